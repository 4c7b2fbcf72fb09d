"""The latent rules that have names."""

from __future__ import annotations

from ._base import LatentSampler
from ._mixture import MixtureSampling
from ._neighbors import ExtrapolationSampling, InterpolationSampling, NoiseSampling
from ._posterior import PosteriorSampling
from ._prior import PriorSampling

_PATH = ("alpha", "k_neighbors", "neighbor_pool")
# Each name's rule, and the parameters that it takes over; the others keep their defaults.
_NAMED: dict[str, tuple[type[LatentSampler], tuple[str, ...]]] = {
    "prior": (PriorSampling, ()),
    "noise": (NoiseSampling, ("noise_scale",)),
    "interpolation": (InterpolationSampling, _PATH),
    "extrapolation": (ExtrapolationSampling, _PATH),
    "interpolation+noise": (InterpolationSampling, (*_PATH, "noise_scale")),
    "extrapolation+noise": (ExtrapolationSampling, (*_PATH, "noise_scale")),
    "mixture": (MixtureSampling, ()),
    "posterior": (PosteriorSampling, ()),
}
# Names of the rules.
RULES = tuple(_NAMED)
# Names of those that use the rows of a class, and so suit one model for all classes.
ROW_RULES = tuple(name for name, (rule, _) in _NAMED.items() if rule.uses_rows)


def by_name(
    name: str, *, alpha: float, noise_scale: float, k_neighbors: int, neighbor_pool: str
) -> LatentSampler:
    """Return the rule of a name.

    Parameters
    ----------
    name : str
        One of `RULES`.
    alpha, noise_scale, k_neighbors, neighbor_pool
        As in `InterpolationSampling`; each rule takes over those that it has.
    """
    given = {
        "alpha": alpha,
        "noise_scale": noise_scale,
        "k_neighbors": k_neighbors,
        "neighbor_pool": neighbor_pool,
    }
    rule, names = _NAMED[name]
    return rule(**{name: given[name] for name in names})
