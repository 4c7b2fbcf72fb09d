"""Variational autoencoders that grow small and imbalanced data sets."""

from .over_sampling import MultiVAEResampler, VAEOversampler
from .vae import VAE

__all__ = ["VAE", "MultiVAEResampler", "VAEOversampler"]
