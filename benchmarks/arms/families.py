"""Other families of models, and other latent rules, as arms: each in the sampler that suits it.

A sampler has its default settings, but for its model or rule. As in `ours`, functions import the
package when they run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

DENOISING_STD = 0.1  # of the denoising models, in units of the coded columns


def _single(family: str, rule: str, **params: Any) -> Any:
    """Make a sampler with one model for all classes."""
    import skvae

    return skvae.VAEOversampler(getattr(skvae, family)(**params), latent_sampling=rule)


def _one_a_class(family: str) -> Any:
    """Make a sampler that draws from the prior of a model a class."""
    import skvae

    return skvae.MultiVAEResampler(getattr(skvae, family)())


def _riemannian() -> Any:
    """Make a sampler that draws from the manifold of each class."""
    from skvae import VAEOversampler
    from skvae.latent import RiemannianSampling

    return VAEOversampler(latent_sampling=RiemannianSampling())


def _by_rule(rule: str) -> Any:
    """Make a sampler with the model that it brings, and a rule."""
    from skvae import VAEOversampler

    return VAEOversampler(latent_sampling=rule)


# Models other than `VAE()`.
MODELS: dict[str, Callable[[], Any]] = {
    "autoencoder": partial(_single, "Autoencoder", "interpolation+noise"),
    "DAE": partial(_single, "Autoencoder", "interpolation+noise", denoising_std=DENOISING_STD),
    "DVAE": partial(_single, "VAE", "interpolation+noise", denoising_std=DENOISING_STD),
    "conditional VAE": partial(_single, "ConditionalVAE", "prior"),
    "VAE-GAN": partial(_one_a_class, "VAEGAN"),
    "GAN": partial(_one_a_class, "GAN"),
}
# Rules other than the default's.
RULES: dict[str, Callable[[], Any]] = {
    "posterior": partial(_by_rule, "posterior"),
    "mixture": partial(_by_rule, "mixture"),
    "Riemannian": _riemannian,
}
FAMILIES = {**MODELS, **RULES}
