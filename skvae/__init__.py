"""Variational autoencoders that grow small and imbalanced data sets."""

from .filters import GenerativeClassifierFilter, LabelConsistencyFilter
from .over_sampling import MultiVAEResampler, VAEOversampler
from .vae import VAE

__all__ = [
    "VAE",
    "GenerativeClassifierFilter",
    "LabelConsistencyFilter",
    "MultiVAEResampler",
    "VAEOversampler",
]
