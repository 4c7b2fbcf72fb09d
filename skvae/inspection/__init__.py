"""Pictures of fitted models, as displays in the manner of scikit-learn."""

from ._latent_grid import LatentGridDisplay
from ._latent_space import LatentSpaceDisplay
from ._latent_sweep import LatentSweepDisplay
from ._latent_walk import LatentWalkDisplay
from ._loss_curve import LossCurveDisplay
from ._reconstruction import ReconstructionDisplay
from ._sampler_comparison import SamplerComparisonDisplay

__all__ = [
    "LatentGridDisplay",
    "LatentSpaceDisplay",
    "LatentSweepDisplay",
    "LatentWalkDisplay",
    "LossCurveDisplay",
    "ReconstructionDisplay",
    "SamplerComparisonDisplay",
]
