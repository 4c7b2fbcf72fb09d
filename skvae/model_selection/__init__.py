"""Comparison of samplers on one table.

Not part of the public API yet: names and signatures may change without a deprecation.
"""

from ._paired import MIN_PAIRS, PairedDifference, paired_difference

__all__ = ["MIN_PAIRS", "PairedDifference", "paired_difference"]
