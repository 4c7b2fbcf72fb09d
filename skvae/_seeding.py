"""One random state for all that is random in an estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone


def seeded(estimator: BaseEstimator, rng: np.random.RandomState) -> Any:
    """A clone whose random states that are None are drawn from `rng`."""
    copy = clone(estimator)
    unset = [
        name
        for name, value in sorted(copy.get_params().items())
        if name.split("__")[-1] == "random_state" and value is None
    ]
    copy.set_params(**{name: rng.randint(2**31 - 1) for name in unset})
    return copy  # a FrozenEstimator's set_params returns nothing
