"""Filters of rows that look like noise, or that disagree with their class."""

from ._generative_classifier import GenerativeClassifierFilter
from ._label_consistency import LabelConsistencyFilter

__all__ = ["GenerativeClassifierFilter", "LabelConsistencyFilter"]
