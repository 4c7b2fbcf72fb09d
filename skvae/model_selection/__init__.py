"""Comparison of samplers on one table, which tells whether augmentation pays there."""

from ._compare import compare_samplers
from ._paired import MIN_PAIRS, PairedDifference, holm, paired_difference, spread

__all__ = [
    "MIN_PAIRS",
    "PairedDifference",
    "compare_samplers",
    "holm",
    "paired_difference",
    "spread",
]
