"""How alike generated rows are to real ones, how useful, and what latent spaces tell of rows."""

from ._association import association_matrix, correlation_difference
from ._column import column_distances
from ._copying import distance_to_closest_record
from ._images import reconstruction_error, sharpness_ratio
from ._report import report
from ._usefulness import train_on_synthetic_score

__all__ = [
    "association_matrix",
    "column_distances",
    "correlation_difference",
    "distance_to_closest_record",
    "reconstruction_error",
    "report",
    "sharpness_ratio",
    "train_on_synthetic_score",
]
