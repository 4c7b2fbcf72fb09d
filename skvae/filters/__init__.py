"""Filters: which rows look like noise, and which disagree with their class."""

from ._generative_classifier import GenerativeClassifierFilter
from ._label_consistency import LabelConsistencyFilter

__all__ = ["GenerativeClassifierFilter", "LabelConsistencyFilter"]
