"""What each arm is: from its name to a sampler, and from training rows to rows with new ones.

Arms that can share a trained model do: all rules and filters of the single-VAE have one, and all
filters of the multi-VAE with the same beta. The multi-VAEs of all betas share a fitted filter of
each kind. What an arm draws does not hang on which others run.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import typer
from imblearn.over_sampling import RandomOverSampler
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.utils.class_weight import compute_sample_weight

from skvae import (
    VAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae.exceptions import LatentCollapseWarning, NeighborsReducedWarning
from skvae.strategies import augment

from ._common import BASELINE
from ._peers import ADASYNPeer, CTGANPeer, RelabelledSMOTEPeer, SMOTEPeer
from ._typed import to_numbers

CLASS_WEIGHTS = "class weights"
RECOMMENDED = "recommended"
UNLABELLED = "single-VAE unlabelled"
RELABELLED_SMOTE = "SMOTE relabelled"
CTGAN = ("TVAE", "CTGAN")
RULES = (
    "noise",
    "interpolation",
    "extrapolation",
    "interpolation+noise",
    "extrapolation+noise",
)
BETAS: dict[str, dict[str, Any]] = {
    "norm": {"beta": 1.0, "normalize_beta": True},
    "0.5": {"beta": 0.5},
    "1": {"beta": 1.0},
}
FILTERS: dict[str, Any] = {
    "": None,
    " + GC": GenerativeClassifierFilter(),
    " + LC": LabelConsistencyFilter(),
}


# Of "recommended", and of the arm that tells how much of it is its forests' doing.
TENFOLD = augment(10.0, balance=False)


def recommended(seed: int, new_rows: Callable[..., dict] = TENFOLD) -> VAEOversampler:
    """The one sampler that our documentation tells users to start with, for all data sets.

    Chosen on inner splits (75/25) of each PROBEN1 set's training rows, by the weighted F1 of the
    MLP: classes by a cross-fitted forest helped most. Ten new rows a real one were on the mean no
    worse than four, and better on gene.
    """
    return VAEOversampler(
        missing="indicator",
        filter=LabelConsistencyFilter(relabel=True),
        sampling_strategy=new_rows,
        random_state=seed,
    )


@dataclass(frozen=True)
class Settings:
    """What the arms of a table have in common.

    Attributes
    ----------
    new_rows : callable
        The `sampling_strategy` of all arms but "recommended" and "SMOTE relabelled".
    many_rows : callable
        That of those two.
    mix_fraction : float
        Of the multi-VAE.
    multi_vae : VAE
        Its model, but for beta.
    single_vae : VAE, FrozenEstimator or None
        The single-VAE's model; None is the one that `VAEOversampler` brings.
    recommended : callable
        Makes that arm's sampler from a seed and a `sampling_strategy`.
    peer_epochs : int
        Of TVAE and CTGAN.
    unlabelled : ndarray or None
        The rows without labels of the arm that has some.
    only_new : bool
        Whether the real rows are left out of what augmentation gives.
    """

    new_rows: Callable[..., dict] = field(default_factory=augment)
    many_rows: Callable[..., dict] = TENFOLD
    mix_fraction: float = 0.0
    multi_vae: VAE = field(default_factory=lambda: VAE(2, hidden_layer_sizes=(512, 256, 128, 64)))
    single_vae: VAE | FrozenEstimator | None = None
    recommended: Callable[..., Any] = recommended
    peer_epochs: int = 300
    unlabelled: NDArray[Any] | None = None
    only_new: bool = False


class Augmented(NamedTuple):
    """Training rows as numbers, real ones first where they are kept, and what new ones took.

    Seconds are those that the arm would take alone, the training of shared models included.
    """

    X: Any
    y: NDArray[Any]
    sample_weight: NDArray[np.float64] | None
    seconds: float


class Augmenter:
    """Draws new rows of the training rows by any arm.

    Parameters
    ----------
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Numbers, or a frame whose dtypes say what its columns hold. Arms that can tell kinds of
        columns apart get those; the others, as the thesis, get numbers.
    y : ndarray of shape (n_samples,)
        Classes.
    settings : Settings
        What the arms have in common.
    seed : int
        Of all that is random.
    """

    def __init__(self, X: Any, y: NDArray[Any], settings: Settings, seed: int) -> None:
        self.X, self.y, self.settings, self.seed = X, y, settings, seed
        self.numbers = as_numbers(X)
        self._trained: dict[str, tuple[Any, float]] = {}

    def __call__(self, arm: str) -> Augmented:
        """Draw by an arm; raises a `CannotDrawError` where its method has no way to."""
        if arm in (BASELINE, CLASS_WEIGHTS):
            weights = compute_sample_weight("balanced", self.y) if arm == CLASS_WEIGHTS else None
            return Augmented(self.numbers, self.y, weights, 0.0)
        sampler, trained_in = self.sampler(arm)
        start = time.perf_counter()
        X, y = sampler.fit_resample(self.X if arm in TYPED else self.numbers, self.y)
        seconds = time.perf_counter() - start
        kept = slice(len(self.y) if self.settings.only_new else 0, None)
        return Augmented(as_numbers(X)[kept], np.asarray(y)[kept], None, trained_in + seconds)

    def sampler(self, arm: str) -> tuple[Any, float]:
        """The arm's sampler, and the seconds that its shared models took to train."""
        return SAMPLERS[arm](self)

    def trained(self, name: str, make: Callable[[], Any]) -> tuple[Any, float]:
        """A sampler or filter that is fitted once for all arms that ask for it by `name`."""
        if name not in self._trained:
            start = time.perf_counter()
            fitted = make().fit(self.numbers, self.y)
            self._trained[name] = fitted, time.perf_counter() - start
        return self._trained[name]

    @property
    def options(self) -> dict[str, Any]:
        return {"sampling_strategy": self.settings.new_rows, "random_state": self.seed}


def as_numbers(X: Any) -> Any:
    return to_numbers(X).to_numpy() if isinstance(X, pd.DataFrame) else X


def _alone(make: Callable[..., Any], augmenter: Augmenter) -> tuple[Any, float]:
    """A sampler that shares nothing."""
    return make(**augmenter.options), 0.0


def _relabelled_smote(augmenter: Augmenter) -> tuple[Any, float]:
    return RelabelledSMOTEPeer(augmenter.settings.many_rows, augmenter.seed), 0.0


def _ctgan(name: str, augmenter: Augmenter) -> tuple[Any, float]:
    return CTGANPeer(name, epochs=augmenter.settings.peer_epochs, **augmenter.options), 0.0


def _recommended(augmenter: Augmenter) -> tuple[Any, float]:
    settings = augmenter.settings
    return settings.recommended(augmenter.seed, settings.many_rows), 0.0


def _single_vae(augmenter: Augmenter, **params: Any) -> tuple[Any, float]:
    vae = augmenter.settings.single_vae
    fitted, seconds = augmenter.trained(
        "single-VAE", lambda: VAEOversampler(vae, random_state=augmenter.seed)
    )
    return VAEOversampler(FrozenEstimator(fitted.vae_), **params, **augmenter.options), seconds


def _by_rule(rule: str, suffix: str, augmenter: Augmenter) -> tuple[Any, float]:
    return _single_vae(augmenter, latent_sampling=rule, filter=FILTERS[suffix])


def _unlabelled(augmenter: Augmenter) -> tuple[Any, float]:
    return _single_vae(augmenter, unlabelled=augmenter.settings.unlabelled)


def _multi_vae(beta: str, suffix: str, augmenter: Augmenter) -> tuple[Any, float]:
    settings = augmenter.settings
    fitted, seconds = augmenter.trained(
        f"multi-VAE beta {beta}",
        lambda: MultiVAEResampler(
            clone(settings.multi_vae).set_params(**BETAS[beta]),
            mix_fraction=settings.mix_fraction,
            random_state=augmenter.seed,
        ),
    )
    # Drawn from a prior, new rows have no originals: one fitted filter serves all betas.
    fitted_filter = None
    if FILTERS[suffix] is not None:
        shared, filter_seconds = augmenter.trained(
            suffix, lambda: clone(FILTERS[suffix]).set_params(random_state=augmenter.seed)
        )
        fitted_filter, seconds = FrozenEstimator(shared), seconds + filter_seconds
    sampler = MultiVAEResampler(FrozenEstimator(fitted), filter=fitted_filter, **augmenter.options)
    return sampler, seconds


SAMPLERS: dict[str, Callable[[Augmenter], tuple[Any, float]]] = {
    "random": partial(_alone, RandomOverSampler),
    "SMOTE": partial(_alone, SMOTEPeer),
    RELABELLED_SMOTE: _relabelled_smote,
    "ADASYN": partial(_alone, ADASYNPeer),
    **{name: partial(_ctgan, name) for name in CTGAN},
    **{
        f"single-VAE {rule}{suffix}": partial(_by_rule, rule, suffix)
        for rule in RULES
        for suffix in FILTERS
    },
    **{
        f"multi-VAE beta {beta}{suffix}": partial(_multi_vae, beta, suffix)
        for beta in BETAS
        for suffix in FILTERS
    },
    RECOMMENDED: _recommended,
    UNLABELLED: _unlabelled,
}
ARMS = (BASELINE, CLASS_WEIGHTS, *(arm for arm in SAMPLERS if arm != UNLABELLED))
# Those that take a frame's columns for what they are.
TYPED = ("SMOTE", RELABELLED_SMOTE, *CTGAN, RECOMMENDED)
MULTI_VAE = tuple(arm for arm in ARMS if arm.startswith("multi-VAE"))
DEFAULT_ARMS = (
    *(BASELINE, CLASS_WEIGHTS, "random", "SMOTE", RELABELLED_SMOTE, "ADASYN"),
    *("single-VAE interpolation+noise", *MULTI_VAE, RECOMMENDED),
)


def check_arms(arms: Any) -> None:
    """Stop where an arm needs what is not installed."""
    if set(arms) & set(CTGAN) and not find_spec("ctgan"):
        raise typer.BadParameter("--arms TVAE and CTGAN need ctgan: pip install ctgan")


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out warnings that the scores tell too, of thousands of fits."""
    with warnings.catch_warnings():
        for category in (ConvergenceWarning, LatentCollapseWarning, NeighborsReducedWarning):
            warnings.simplefilter("ignore", category)
        # imbalanced-learn's, where the largest class grows too.
        warnings.filterwarnings("ignore", "After over-sampling")
        yield
