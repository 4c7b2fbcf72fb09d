"""Latent rules: where new latent vectors come from.

A sampler takes a rule by its name (``latent_sampling="interpolation+noise"``) or as one of these
objects, whose parameters a grid search reaches (``vaeoversampler__latent_sampling__alpha``). A
rule of your own is a subclass of `LatentSampler` with `fit` and `draw`.
"""

from ._base import ClassLatents, LatentDraw, LatentSampler
from ._mixture import MixtureSampling
from ._neighbors import ExtrapolationSampling, InterpolationSampling, NoiseSampling
from ._posterior import PosteriorSampling
from ._prior import PriorSampling
from ._riemannian import RiemannianSampling

__all__ = [
    "ClassLatents",
    "ExtrapolationSampling",
    "InterpolationSampling",
    "LatentDraw",
    "LatentSampler",
    "MixtureSampling",
    "NoiseSampling",
    "PosteriorSampling",
    "PriorSampling",
    "RiemannianSampling",
]
