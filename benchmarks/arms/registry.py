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

import pandas as pd
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

from .families import MODELS, RULES
from .forest_peers import ARFPeer, ForestDiffusionPeer
from .names import (
    ARF,
    BETA_HALF,
    BETA_NORM,
    BETA_ONE,
    BORDERLINE,
    CTGAN,
    DUPLICATES,
    FILTERS,
    FOREST_DIFFUSION,
    GC,
    LABEL_SPREADING,
    NO_FILTER,
    PLAIN_SMOTE,
    RELABELLED,
    RELABELLED_SMOTE,
    SINGLE_VAE,
    SMOTEENN,
    UNLABELLED,
)
from .ours import ENLARGE, EVEN, LC, SEMI_SUPERVISED, TRIALS
from .peers import (
    ADASYNPeer,
    BorderlineSMOTEPeer,
    ConsistentSMOTEPeer,
    CTGANPeer,
    DuplicatesPeer,
    LabelSpreadingPeer,
    PlainSMOTEPeer,
    RelabelledSMOTEPeer,
    SMOTEENNPeer,
    SMOTEPeer,
)
from .shared import TrainingRows

# Parameters of the multi-VAE of images that other families take over.
SHARED_WITH_IMAGES = (
    *("image_shape", "conv_channels", "hidden_layer_sizes", "batch_size", "max_iter"),
)
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


def _relabelled(rows: TrainingRows) -> TimedSampler:
    """Make the sampler with relabelled rows."""
    return rows.settings.relabelled(rows.seed, rows.settings.many_rows), 0.0


def _ours(make: Callable[[], Any], rows: TrainingRows) -> TimedSampler:
    """Make a sampler of `ours`, with indicators where values are missing."""
    sampler = make().set_params(random_state=rows.seed)
    if isinstance(rows.X, pd.DataFrame) and rows.X.isna().any(axis=None):
        sampler.set_params(missing="indicator")
    if rows.settings.single_vae is not None:
        sampler.set_params(vae=rows.settings.single_vae)
    return sampler, 0.0


def _rule(make: Callable[[], Any], rows: TrainingRows) -> TimedSampler:
    """Make a sampler of `families` with another rule; as many new rows as the other arms draw."""
    sampler, seconds = _ours(make, rows)
    return sampler.set_params(sampling_strategy=rows.settings.new_rows), seconds


def _model(make: Callable[[], Any], rows: TrainingRows) -> TimedSampler:
    """Make a sampler of `families` with another model, which is of images where the others are."""
    model = make().vae
    sampler, seconds = _rule(make, rows)
    given, others = rows.settings.single_vae, rows.settings.multi_vae
    if others.image_shape is not None:
        params = others.get_params()
        model.set_params(**{name: params[name] for name in SHARED_WITH_IMAGES})
    elif given is not None:
        model.set_params(max_iter=given.max_iter)
    return sampler.set_params(vae=model), seconds


def _semi_supervised(make: Callable[[], Any], rows: TrainingRows) -> TimedSampler:
    """Make a sampler of `ours` that takes the unlabelled rows."""
    sampler, seconds = _ours(make, rows)
    unlabelled = rows.settings.unlabelled
    if isinstance(unlabelled, pd.DataFrame) and unlabelled.isna().any(axis=None):
        sampler.set_params(missing="indicator")
    return sampler.set_params(unlabelled=unlabelled), seconds


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
    PLAIN_SMOTE: partial(_alone, PlainSMOTEPeer),
    RELABELLED_SMOTE: _relabelled_smote,
    "SMOTE" + LC: partial(_alone, ConsistentSMOTEPeer),
    BORDERLINE: partial(_alone, BorderlineSMOTEPeer),
    SMOTEENN: partial(_alone, SMOTEENNPeer),
    "ADASYN": partial(_alone, ADASYNPeer),
    **{name: partial(_ctgan, name) for name in CTGAN},
    **{
        arm + suffix: partial(_by_rule, arm.removeprefix("single-VAE "), suffix)
        for arm in SINGLE_VAE
        for suffix in FILTERS
    },
    **{arm + suffix: partial(_multi_vae, arm, suffix) for arm in BETAS for suffix in FILTERS},
    RELABELLED: _relabelled,
    UNLABELLED: _unlabelled,
    **{arm: partial(_ours, make) for arm, make in {**EVEN, **TRIALS, **ENLARGE}.items()},
    **{arm: partial(_model, make) for arm, make in MODELS.items()},
    **{arm: partial(_rule, make) for arm, make in RULES.items()},
    **{arm: partial(_semi_supervised, make) for arm, make in SEMI_SUPERVISED.items()},
    DUPLICATES: lambda rows: (DuplicatesPeer(), 0.0),
    LABEL_SPREADING: lambda rows: (LabelSpreadingPeer(rows.settings.unlabelled), 0.0),
    FOREST_DIFFUSION: partial(_alone, ForestDiffusionPeer),
    ARF: partial(_alone, ARFPeer),
}


# Package that an arm needs, and the name to install it by.
PACKAGES = {
    **dict.fromkeys(CTGAN, ("ctgan", "ctgan")),
    FOREST_DIFFUSION: ("ForestDiffusion", "ForestDiffusion"),
    ARF: ("arfpy", "arfpy"),
}


def check_installed(arms: Iterable[str]) -> None:
    """Stop where an arm needs a package that is not installed."""
    for arm in arms:
        module, package = PACKAGES.get(arm, ("", ""))
        if module and not find_spec(module):
            raise typer.BadParameter(f"--arms {arm} needs {package}: pip install {package}")
