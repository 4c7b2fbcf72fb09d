"""The trees that judge rows by default: of many rows they learn from some, by all threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._nn.threads import n_threads, workers
from .._seeding import short
from .._tables.messages import naming_large
from ._scaling import LogScaling

# Rows that the default trees learn from at most, and of a class at least.
TREE_ROWS, _FEW_ROWS = 20_000, 50
# Default trees of more rows: each is worth more, and they may judge millions.
TREES_OF_MANY = 30
# Rows that keep one more thread busy.
_ROWS_OF_A_THREAD = 5_000


def some_of_each(
    n_rows: int, place: NDArray[np.intp], rng: np.random.RandomState
) -> NDArray[np.intp]:
    """Choose about `n_rows` rows at random, of each class its share, but some at least."""
    chosen = []
    for k, n in enumerate(np.bincount(place)):
        wanted = min(n, max(_FEW_ROWS, round(n * n_rows / len(place))))
        chosen.append(rng.choice(np.flatnonzero(place == k), wanted, replace=False))
    return np.sort(np.concatenate(chosen))


def fit_trees(trees: Any, rows: NDArray[np.float32], labels: NDArray[Any]) -> Any:
    """Fit the default trees, many rows by all threads; the result is the same by one."""
    if len(rows) < _ROWS_OF_A_THREAD:
        return trees.fit(rows, labels)
    trees.set_params(n_jobs=n_threads()).fit(rows, labels)
    # Threads that judge would add the trees' votes in an order that depends on chance.
    return trees.set_params(n_jobs=None)


def tree_proba(
    scaling: LogScaling, classifiers: list[Any], values: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return the mean probabilities of the default trees; each thread judges some of many rows."""
    n_parts = min(n_threads(), max(1, len(values) // _ROWS_OF_A_THREAD))
    with workers(n_parts) as (run, _):
        parts = run(
            lambda part: mean_proba(classifiers, scaling.scale(part)),
            np.array_split(values, n_parts),
        )
        return np.concatenate(list(parts))


def mean_proba(classifiers: list[Any], rows: Any) -> NDArray[np.float64]:
    with naming_large(rows, short(classifiers[0])):
        return np.mean([classifier.predict_proba(rows) for classifier in classifiers], axis=0)
