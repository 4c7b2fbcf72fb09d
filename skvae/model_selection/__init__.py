"""Comparison of samplers on one table, and a classifier of resampled rows with their weights."""

from ._compare import compare_samplers
from ._paired import MIN_PAIRS, PairedDifference, holm, paired_difference, spread
from ._prior_corrected import PriorCorrectedClassifier

__all__ = [
    "MIN_PAIRS",
    "PairedDifference",
    "PriorCorrectedClassifier",
    "compare_samplers",
    "holm",
    "paired_difference",
    "spread",
]
