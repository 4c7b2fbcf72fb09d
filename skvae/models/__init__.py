"""Generative models, one family a file."""

from ._vae import VAE

__all__ = ["VAE"]
