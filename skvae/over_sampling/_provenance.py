"""Provenance: the known rows under one numbering, and where each new row comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import check_is_fitted

from .._tables.distances import distance_space
from .._tables.format import TableFormat
from .._tables.frames import row_chunks


@dataclass(frozen=True)
class KnownRows:
    """Rows that new ones may come from, numbered through: those of `X`, then the unlabelled.

    Attributes
    ----------
    values : ndarray of shape (n_samples, n_features)
        The rows of `X`.
    unlabelled : ndarray of shape (n_unlabelled, n_features) or None
        The rows without labels, where there are some.
    """

    values: NDArray[np.floating]
    unlabelled: NDArray[np.floating] | None = None

    def tables(self) -> list[NDArray[np.floating]]:
        """Return the tables, one after the other."""
        return [self.values] if self.unlabelled is None else [self.values, self.unlabelled]

    def all(self) -> NDArray[np.floating]:
        """Return all rows in one table, which is a copy where there are two."""
        return self.values if self.unlabelled is None else np.concatenate(self.tables())

    def take(self, rows: NDArray[np.intp]) -> NDArray[np.floating]:
        """Return some of the rows, by their sorted numbers."""
        parts, start = [], 0
        for table in self.tables():
            inside = rows[(rows >= start) & (rows < start + len(table))]
            parts.append(table[inside - start])
            start += len(table)
        return np.concatenate(parts)

    def chunks(self, rows: NDArray[np.intp]) -> Iterator[NDArray[np.floating]]:
        """Yield some of the rows, by their sorted numbers, a few at a time."""
        n_chunks = max(1, sum(1 for _ in row_chunks(self.values)))
        yield from map(self.take, np.array_split(rows, n_chunks))


@dataclass(frozen=True)
class Resampled:
    """New rows of a `fit_resample`, with their origin.

    Attributes
    ----------
    values : ndarray of shape (n_new, n_features)
        The rows.
    labels : ndarray of shape (n_new,)
        Their classes.
    parents : ndarray of shape (n_new, 2)
        Numbers of the known rows that each comes from, -1 for none.
    scores : ndarray of shape (n_new, n_filters)
        Each filter's scores.
    rule : str
        The latent rule.
    """

    values: NDArray[np.floating]
    labels: NDArray[Any]
    parents: NDArray[np.intp]
    scores: NDArray[np.float64]
    rule: str

    def frame(self, known: KnownRows, table_format: TableFormat) -> pd.DataFrame:
        """Return the provenance of each new row, by its place behind the rows of `X`."""
        first = len(known.values)
        frame = pd.DataFrame(
            {
                "class": self.labels,
                "rule": self.rule,
                "parent": self.parents[:, 0],
                "partner": self.parents[:, 1],
            },
            index=np.arange(first, first + len(self.values)),
        )
        n_filters = self.scores.shape[1]
        names = [f"filter_score_{f}" for f in range(n_filters)]
        if n_filters:
            frame[names if n_filters > 1 else ["filter_score"]] = self.scores
        space = distance_space(known.all(), table_format)
        closest = NearestNeighbors(n_neighbors=1).fit(
            np.concatenate([space(table) for table in known.tables()])
        )
        # The rows as they were handed out, rounded to the table's dtypes.
        new = space(table_format.round(self.values))
        frame["distance"] = closest.kneighbors(new)[0][:, 0] if len(new) else np.empty(0)
        return frame


class ProvenanceMixin:
    """Mixin of samplers: where new rows come from, and the training rows that tell it."""

    _fitted: Any
    _resampled: Resampled

    def provenance(self) -> pd.DataFrame:
        """Return where each new row of the last `fit_resample` comes from.

        For the distances, a fitted sampler keeps the rows of `X` (and `unlabelled`), in its files
        too, until `drop_training_rows`.

        Returns
        -------
        provenance : DataFrame of shape (n_new, n_columns)
            One row for each new row, by its place in the resampled table, with the columns

            - ``class``: its label;
            - ``rule``: the latent rule;
            - ``parent``, ``partner``: rows of `X`, as in `parent_indices_`, -1 for none;
            - ``filter_score``: as in `filter_scores_`, where there is a filter; of several
              filters ``filter_score_0``, ``filter_score_1``, ...;
            - ``distance``: Euclidean distance to the closest row of `X` (and `unlabelled`), with
              columns scaled to [0, 1] and 1 for another category. 0 is a copy.

        Raises
        ------
        NotFittedError
            If nothing is resampled yet, or the training rows are dropped.
        """
        name = type(self).__name__
        if hasattr(self, "_fitted") and self._fitted.known is None:
            raise NotFittedError(
                f"This {name} has no training rows to compare with, because drop_training_rows has "
                "dropped them: call fit_resample again"
            )
        if not hasattr(self, "_resampled"):
            raise NotFittedError(f"This {name} has resampled nothing yet: call fit_resample first")
        return self._resampled.frame(self._fitted.known, self._fitted.format)

    def drop_training_rows(self) -> Any:
        """Drop the rows of `X` (and `unlabelled`), and what `provenance` needs, for good.

        `sample` goes on, with the latent means of the rows where the rule keeps them, and with
        none for ``"prior"`` and ``"mixture"``. New rows no longer keep residuals of originals, as
        with ``residuals=False``: a row's mean and its residual are the row. The parameter
        `unlabelled` is set to None.

        Columns' values remain one by one (ranges, quantiles, categories), and the networks and
        filters as they are. Some estimators keep rows of their own, such as a filter of nearest
        neighbours, or a sampler in a `~sklearn.frozen.FrozenEstimator`, which has this method, too.

        Returns
        -------
        self
        """
        check_is_fitted(self)
        self._fitted = self._fitted.without_rows()
        self.__dict__.pop("_resampled", None)
        if hasattr(self, "unlabelled"):
            self.unlabelled = None
        return self
