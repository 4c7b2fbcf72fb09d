"""Generative models, one family a file."""

from ._autoencoder import Autoencoder
from ._base import GenerativeModel
from ._conditional_vae import ConditionalVAE
from ._vae import VAE

__all__ = ["VAE", "Autoencoder", "ConditionalVAE", "GenerativeModel"]
