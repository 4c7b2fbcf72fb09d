"""Measures of generated rows, of latent spaces and of probabilities."""

from ._association import association_matrix, correlation_difference
from ._calibration import expected_calibration_error
from ._column import column_distances
from ._copying import distance_to_closest_record
from ._disentanglement import beta_vae_score, mutual_information_gap
from ._images import reconstruction_error, sharpness_ratio
from ._report import report
from ._usefulness import train_on_synthetic_score

__all__ = [
    "association_matrix",
    "beta_vae_score",
    "column_distances",
    "correlation_difference",
    "distance_to_closest_record",
    "expected_calibration_error",
    "mutual_information_gap",
    "reconstruction_error",
    "report",
    "sharpness_ratio",
    "train_on_synthetic_score",
]
