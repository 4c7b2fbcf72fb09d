"""Variational autoencoders that grow small and imbalanced data sets."""

from .filters import GenerativeClassifierFilter, LabelConsistencyFilter
from .models import VAE
from .over_sampling import MultiVAEResampler, VAEOversampler

__all__ = [
    "VAE",
    "GenerativeClassifierFilter",
    "LabelConsistencyFilter",
    "MultiVAEResampler",
    "VAEOversampler",
]
