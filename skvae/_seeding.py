"""Estimators as parameters: clones with seeds of their own, and contents of frozen ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator


def seeded(estimator: BaseEstimator, rng: np.random.RandomState) -> Any:
    """Return a clone whose random states that are None are drawn from `rng`."""
    copy = clone(estimator)
    unset = [
        name
        for name, value in sorted(copy.get_params().items())
        if name.split("__")[-1] == "random_state" and value is None
    ]
    copy.set_params(**{name: rng.randint(2**31 - 1) for name in unset})
    return copy  # a FrozenEstimator's set_params returns nothing


def unfrozen(estimator: Any) -> Any:
    """Return the estimator in a `FrozenEstimator`, however deep; anything else as it is."""
    while isinstance(estimator, FrozenEstimator):
        estimator = estimator.estimator
    return estimator
