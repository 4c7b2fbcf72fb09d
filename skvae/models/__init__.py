"""Generative models, one family a file."""

from ._base import GenerativeModel
from ._vae import VAE

__all__ = ["VAE", "GenerativeModel"]
