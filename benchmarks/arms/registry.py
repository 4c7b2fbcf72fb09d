"""Samplers by the names of their arms.

Arms share a trained model where they can: all rules and filters of the single-VAE have one model,
and so have all filters of the multi-VAE with the same beta. The multi-VAEs of all betas share a
fitted filter of each kind. The rows that an arm draws do not depend on which other arms run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from importlib.util import find_spec
from typing import Any

import typer
from imblearn.over_sampling import RandomOverSampler
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from skvae import (
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)

from .names import (
    BETA_HALF,
    BETA_NORM,
    BETA_ONE,
    CTGAN,
    FILTERS,
    GC,
    LC,
    NO_FILTER,
    RECOMMENDED,
    RELABELLED_SMOTE,
    SINGLE_VAE,
    UNLABELLED,
)
from .peers import ADASYNPeer, CTGANPeer, RelabelledSMOTEPeer, SMOTEPeer
from .shared import TrainingRows

# A sampler, and the seconds that its shared models took to train.
TimedSampler = tuple[Any, float]

BETAS: dict[str, dict[str, Any]] = {
    BETA_NORM: {"beta": 1.0, "normalize_beta": True},
    BETA_HALF: {"beta": 0.5},
    BETA_ONE: {"beta": 1.0},
}


def make_filter(suffix: str) -> Any:
    """Make the filter that the suffix of an arm names, or None."""
    if suffix == NO_FILTER:
        return None
    return {GC: GenerativeClassifierFilter, LC: LabelConsistencyFilter}[suffix]()


def _alone(make: Callable[..., Any], rows: TrainingRows) -> TimedSampler:
    """Make a sampler that shares nothing."""
    return make(**rows.options), 0.0


def _relabelled_smote(rows: TrainingRows) -> TimedSampler:
    """Make SMOTE with relabelled rows."""
    return RelabelledSMOTEPeer(rows.settings.many_rows, rows.seed), 0.0


def _ctgan(name: str, rows: TrainingRows) -> TimedSampler:
    """Make TVAE or CTGAN."""
    return CTGANPeer(name, epochs=rows.settings.peer_epochs, **rows.options), 0.0


def _recommended(rows: TrainingRows) -> TimedSampler:
    """Make the recommended sampler."""
    return rows.settings.recommended(rows.seed, rows.settings.many_rows), 0.0


def _single_vae(rows: TrainingRows, **params: Any) -> TimedSampler:
    """Make a sampler that draws from the shared single-VAE."""
    fitted, seconds = rows.trained(
        "single-VAE", lambda: VAEOversampler(rows.settings.single_vae, random_state=rows.seed)
    )
    return VAEOversampler(FrozenEstimator(fitted.vae_), **params, **rows.options), seconds


def _by_rule(rule: str, suffix: str, rows: TrainingRows) -> TimedSampler:
    """Make a single-VAE sampler with a latent rule and a filter."""
    return _single_vae(rows, latent_sampling=rule, filter=make_filter(suffix))


def _unlabelled(rows: TrainingRows) -> TimedSampler:
    """Make a single-VAE sampler that takes unlabelled rows."""
    return _single_vae(rows, unlabelled=rows.settings.unlabelled)


def _multi_vae(arm: str, suffix: str, rows: TrainingRows) -> TimedSampler:
    """Make a sampler that draws from the shared multi-VAE of an arm, with a filter."""
    settings = rows.settings
    fitted, seconds = rows.trained(
        arm,
        lambda: MultiVAEResampler(
            clone(settings.multi_vae).set_params(**BETAS[arm]),
            mix_fraction=settings.mix_fraction,
            random_state=rows.seed,
        ),
    )
    # Rows drawn from a prior have no originals: one fitted filter serves all betas.
    fitted_filter = None
    if suffix != NO_FILTER:
        shared, filter_seconds = rows.trained(
            suffix, lambda: make_filter(suffix).set_params(random_state=rows.seed)
        )
        fitted_filter, seconds = FrozenEstimator(shared), seconds + filter_seconds
    sampler = MultiVAEResampler(FrozenEstimator(fitted), filter=fitted_filter, **rows.options)
    return sampler, seconds


SAMPLERS: dict[str, Callable[[TrainingRows], TimedSampler]] = {
    "random": partial(_alone, RandomOverSampler),
    "SMOTE": partial(_alone, SMOTEPeer),
    RELABELLED_SMOTE: _relabelled_smote,
    "ADASYN": partial(_alone, ADASYNPeer),
    **{name: partial(_ctgan, name) for name in CTGAN},
    **{
        arm + suffix: partial(_by_rule, arm.removeprefix("single-VAE "), suffix)
        for arm in SINGLE_VAE
        for suffix in FILTERS
    },
    **{arm + suffix: partial(_multi_vae, arm, suffix) for arm in BETAS for suffix in FILTERS},
    RECOMMENDED: _recommended,
    UNLABELLED: _unlabelled,
}


def check_installed(arms: Iterable[str]) -> None:
    """Stop where an arm needs a package that is not installed."""
    if set(arms) & set(CTGAN) and not find_spec("ctgan"):
        raise typer.BadParameter("--arms TVAE and CTGAN need ctgan: pip install ctgan")
