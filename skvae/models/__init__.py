"""Generative models, one family a file."""

from ._base import GenerativeModel
from ._gan import GAN
from ._vae import VAE
from ._vaegan import VAEGAN

__all__ = ["GAN", "VAE", "VAEGAN", "GenerativeModel"]
