"""Generative models, one family a file."""

from ._autoencoder import Autoencoder
from ._base import GenerativeModel
from ._conditional_vae import ConditionalVAE
from ._gan import GAN
from ._vae import VAE
from ._vaegan import VAEGAN

__all__ = ["GAN", "VAE", "VAEGAN", "Autoencoder", "ConditionalVAE", "GenerativeModel"]
