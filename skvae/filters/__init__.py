"""Filters of rows that look like noise, disagree with their class or break a constraint."""

from ._constraint import ConstraintFilter
from ._generative_classifier import GenerativeClassifierFilter
from ._label_consistency import LabelConsistencyFilter

__all__ = ["ConstraintFilter", "GenerativeClassifierFilter", "LabelConsistencyFilter"]
