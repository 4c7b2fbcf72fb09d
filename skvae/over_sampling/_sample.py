"""Drawing from a fitted sampler, without its originals: `sample` and `iter_sample`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._tables.polars import gives_polars
from .._tables.target import labels_of_rows
from ..models._mixins import check_n_samples, in_chunks
from ._drawing import FittedSampler


class SampleMixin:
    """Mixin of samplers, which draw rows of classes."""

    _fitted: FittedSampler
    classes_: NDArray[Any]
    n_features_in_: int
    random_state: int | np.random.RandomState | None

    def sample(self, n_samples: int, y: Any = None) -> tuple[Any, Any]:
        """Draw rows from the fitted models, without the originals.

        Parameters
        ----------
        n_samples : int
            Rows to draw, >= 1.
        y : label or array-like of shape (n_samples,), default=None
            Their class, or the class of each; None draws classes by their shares in training
            (those of one row can't be drawn).

        Returns
        -------
        X_new : {ndarray, dataframe} of shape (n_samples, n_features)
            In the container and dtypes of the training table. With an integer `random_state`
            every call returns the same rows.
        y_new : ndarray of shape (n_samples,)
            Their labels, of `classes_`.
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        return self._draw(n_samples, y, check_random_state(self.random_state))

    def iter_sample(
        self, n_samples: int, chunk_size: int = 100_000, y: Any = None
    ) -> Iterator[tuple[Any, Any]]:
        """Draw rows in chunks, so that a table of new rows may be larger than memory.

        Parameters
        ----------
        n_samples : int
            Rows to draw, >= 1.
        chunk_size : int, default=100_000
            Rows of each chunk, >= 1; the last one may have fewer.
        y : label or array-like of shape (n_samples,), default=None
            As in `sample`, of all rows.

        Returns
        -------
        chunks : iterator of (X_new, y_new)
            The rows that `sample` draws, called for one chunk after the other with a RandomState
            of this `random_state`: the first chunk is ``sample(chunk_size)``, and another
            `chunk_size` gives other rows. Filters judge each chunk by itself.
        """
        check_is_fitted(self)
        rng = check_random_state(self.random_state)

        def draw(n: int, labels: Any) -> tuple[Any, Any]:
            return self._draw(n, labels, rng)

        return in_chunks(draw, n_samples, chunk_size, y, self.classes_)

    @gives_polars
    def _draw(self, n_samples: int, y: Any, rng: np.random.RandomState) -> tuple[Any, Any]:
        labels = self._wanted_labels(n_samples, y, rng)
        values = np.empty((n_samples, self.n_features_in_))
        counts = dict(zip(*np.unique(labels, return_counts=True), strict=True))
        for c, quota in self._fitted.fill(counts, rng).items():
            values[labels == c] = quota.rows().values
        return self._fitted.format.restore(values), labels

    def _wanted_labels(self, n_samples: int, y: Any, rng: np.random.RandomState) -> NDArray[Any]:
        if y is None:
            shares = [one.share for one in self._fitted.classes]
            return rng.choice(self.classes_, size=n_samples, p=shares)
        return labels_of_rows(y, n_samples, self.classes_)
