"""Provenance: the known rows under one numbering, and where each new row comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from .._tables.distances import distance_space
from .._tables.format import TableFormat


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

    values: NDArray[np.float64]
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
