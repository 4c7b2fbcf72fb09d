"""Over-samplers that draw the new rows of a class from variational autoencoders."""

from ._multi_vae_resampler import MultiVAEResampler
from ._vae_oversampler import VAEOversampler

__all__ = ["MultiVAEResampler", "VAEOversampler"]
