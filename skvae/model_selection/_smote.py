"""The SMOTE that takes a table's columns, as the peer of our samplers."""

from __future__ import annotations

from typing import Any

import numpy as np
from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import unique_labels

from .._tables.frames import symbolic_columns

_NEIGHBORS = 5  # SMOTE's default


class SMOTEForColumns(BaseEstimator):
    """SMOTE, SMOTENC or SMOTEN, whichever takes the columns of `X`.

    Parameters
    ----------
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.
    """

    def __init__(self, random_state: int | np.random.RandomState | None = None) -> None:
        self.random_state = random_state

    def fit_resample(self, X: Any, y: ArrayLike) -> tuple[Any, Any]:
        """Fill up all classes to the largest; a small class has fewer neighbours than five."""
        categorical = symbolic_columns(X, "auto")
        counts = [int(np.count_nonzero(np.asarray(y) == label)) for label in unique_labels(y)]
        growing = [n for n in counts if n < max(counts)]
        k_neighbors = max(1, min([_NEIGHBORS, *(n - 1 for n in growing)]))
        options = {"k_neighbors": k_neighbors, "random_state": self.random_state}
        if categorical.all():
            sampler = SMOTEN(**options)
        elif categorical.any():
            sampler = SMOTENC(categorical.tolist(), **options)
        else:
            sampler = SMOTE(**options)
        return sampler.fit_resample(X, y)
