"""Settings that the arms of an experiment have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skvae import VAE, LabelConsistencyFilter, VAEOversampler
from skvae.strategies import augment

from .typed import as_numbers, one_hot

# Settings of the thesis' VAEs, where ours have other defaults.
THESIS_VAE: dict[str, Any] = {"likelihood": "bernoulli", "quantile_transform": False, "beta": 1.0}
# New rows of "VAEOversampler relabelled", and of "SMOTE relabelled", which shows how much of it is
# its forests' doing.
TENFOLD = augment(10.0, balance=False)


def even_out(y: NDArray[Any]) -> dict[Any, int]:
    """Ask for as many rows of each class as the largest has."""
    classes, counts = np.unique(y, return_counts=True)
    return dict.fromkeys(classes.tolist(), int(counts.max()))


def cross_fitted_forests(**params: Any) -> LabelConsistencyFilter:
    """Make the filter whose forests name the classes of relabelled rows."""
    forest = make_pipeline(FunctionTransformer(as_numbers), RandomForestClassifier())
    return LabelConsistencyFilter(forest, relabel=True, cv=5, **params)


def relabelled(seed: int, new_rows: Callable[..., dict] = TENFOLD) -> VAEOversampler:
    """Make the sampler whose rows get the classes that forests predict, ten for each real one.

    Chosen on inner splits (75/25) of each PROBEN1 set's training rows, by the weighted F1 of the
    MLP, before the samplers had a filter by default.
    """
    return VAEOversampler(
        VAE(beta=0.1, max_iter=1000),
        missing="indicator",
        noise_scale=0.5,
        residuals=False,
        filter=cross_fitted_forests(),
        sampling_strategy=new_rows,
        random_state=seed,
    )


@dataclass(frozen=True)
class Settings:
    """Settings that the arms of an experiment have in common.

    Attributes
    ----------
    new_rows : callable
        `sampling_strategy` of all arms but the relabelled and the recommended ones.
    many_rows : callable
        `sampling_strategy` of the two relabelled arms.
    mix_fraction : float
        Parameter of the multi-VAE.
    multi_vae : VAE
        Model of the multi-VAE; each arm sets its own beta.
    single_vae : VAE, FrozenEstimator or None
        Model of the single-VAE, and of the samplers in `ours`; None is the model that a sampler
        brings.
    relabelled : callable
        Function that makes "VAEOversampler relabelled" from a seed and a `sampling_strategy`.
    peer_epochs : int
        Epochs of TVAE and CTGAN.
    unlabelled : ndarray, DataFrame or None
        Rows for the arms that take unlabelled ones.
    only_new : bool
        Whether augmented training rows leave out the real rows.
    one_hot : bool
        Whether classifiers get a column of 0 and 1 for each category, or a number for each
        categorical column, as in the thesis.
    """

    new_rows: Callable[..., dict] = field(default_factory=augment)
    many_rows: Callable[..., dict] = TENFOLD
    mix_fraction: float = 0.0
    multi_vae: VAE = field(
        default_factory=lambda: VAE(2, hidden_layer_sizes=(512, 256, 128, 64), **THESIS_VAE)
    )
    single_vae: VAE | FrozenEstimator | None = None
    relabelled: Callable[..., Any] = relabelled
    peer_epochs: int = 300
    unlabelled: Any = None
    only_new: bool = False
    one_hot: bool = False

    def coded(self, X: Any) -> Any:
        """Code rows for the classifiers."""
        return one_hot(X) if self.one_hot else as_numbers(X)
