"""Samplers of the package as arms: each is declared here, and nowhere else.

A sampler has its default settings, but for what its name says. `registry` adds the seed, and
indicators where values are missing. Functions import the package when they run, so that the command
line can list the arms at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

VAE_OVERSAMPLER, MULTI_VAE_RESAMPLER = "VAEOversampler", "MultiVAEResampler"
BALANCED, UNFILTERED = " balance 1", " unfiltered"
RECOMMENDED = "recommended"
WITH_UNLABELLED = "VAEOversampler unlabelled"
LC = " + LC"
FILLED = 200  # rows of each class that WITH_UNLABELLED asks for


@dataclass(frozen=True)
class FillUp:
    """Strategy that fills each class up to `n_rows` rows; a larger class stays as it is."""

    n_rows: int

    def __call__(self, y: Any) -> dict[Any, int]:
        return {c: max(n, self.n_rows) for c, n in Counter(y.tolist()).items()}


def vae_oversampler(**params: Any) -> Any:
    """Make a `VAEOversampler`."""
    from skvae import VAEOversampler

    return VAEOversampler(**params)


def multi_vae_resampler(**params: Any) -> Any:
    """Make a `MultiVAEResampler`."""
    from skvae import MultiVAEResampler

    return MultiVAEResampler(**params)


def times(ratio: float, **params: Any) -> Any:
    """Make the strategy that draws `ratio` new rows for each real one, the rarest classes first."""
    from skvae.strategies import augment

    return augment(ratio, **params)


def _changed(params: dict[str, Any]) -> Any:
    """Make a `VAEOversampler` with other parameters than its own."""
    return vae_oversampler().set_params(**params)


# Arms that even out the classes, for imbalanced tables.
EVEN: dict[str, Callable[[], Any]] = {
    VAE_OVERSAMPLER: vae_oversampler,
    MULTI_VAE_RESAMPLER: multi_vae_resampler,
    VAE_OVERSAMPLER + BALANCED: lambda: vae_oversampler().set_params(filter__balance=1.0),
    VAE_OVERSAMPLER + UNFILTERED: lambda: vae_oversampler(filter=None),
}
# Trials of something instead of a default, one change an arm, for imbalanced tables;
# `docs/trials.md` tells what each gave.
_TRIED: dict[str, dict[str, Any]] = {
    "temperature 0": {"filter__temperature": 0.0},
    "temperature 0.2": {"filter__temperature": 0.2},
    "temperature 1": {"filter__temperature": 1.0},
    "cross-fitted": {"filter__cv": 5},
    "without residuals": {"residuals": False},
    "noise 0": {"noise_scale": 0.0},
    "noise 0.5": {"noise_scale": 0.5},
    "beta 0.1": {"vae__beta": 0.1},
    "beta 1": {"vae__beta": 1.0},
    "likeliest categories": {"vae__discrete": "mode"},
    "1000 steps": {"vae__max_iter": 1000},
    "noise alone": {"latent_sampling": "noise"},
    "extrapolation": {"latent_sampling": "extrapolation+noise"},
    "neighbours of all": {"neighbor_pool": "all"},
    "filled to 70 %": {"sampling_strategy": 0.7},
}
TRIALS: dict[str, Callable[[], Any]] = {
    f"{VAE_OVERSAMPLER} {words}": partial(_changed, params) for words, params in _TRIED.items()
}
# Arms that enlarge all classes, for small tables. `RECOMMENDED` is what README tells to start with
# where rows are few; its limit was chosen on inner splits of PROBEN1's training rows.
ENLARGE: dict[str, Callable[[], Any]] = {
    RECOMMENDED: lambda: vae_oversampler(sampling_strategy=times(10.0, max_growth=20.0)),
    f"{VAE_OVERSAMPLER} x1": lambda: vae_oversampler(sampling_strategy=times(1.0)),
    f"{MULTI_VAE_RESAMPLER} x1": lambda: multi_vae_resampler(sampling_strategy=times(1.0)),
}
# Arms that take the unlabelled rows too.
SEMI_SUPERVISED: dict[str, Callable[[], Any]] = {
    WITH_UNLABELLED: lambda: vae_oversampler(sampling_strategy=FillUp(FILLED)),
}
OURS = {**EVEN, **TRIALS, **ENLARGE, **SEMI_SUPERVISED}
