"""Comparison of samplers on one table, and probabilities after resampling.

The comparison is not part of the public API yet: its names and signatures may change without a
deprecation.
"""

from ._paired import MIN_PAIRS, PairedDifference, paired_difference
from ._prior_corrected import PriorCorrectedClassifier

__all__ = ["MIN_PAIRS", "PairedDifference", "PriorCorrectedClassifier", "paired_difference"]
