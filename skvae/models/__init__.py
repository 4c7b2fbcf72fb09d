"""Generative models, one family a file."""

from ._autoencoder import Autoencoder
from ._base import GenerativeModel
from ._vae import VAE

__all__ = ["VAE", "Autoencoder", "GenerativeModel"]
