"""Dummies: columns of 0 and 1, of which one is 1 in every row: one category, coded one-hot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frames import row_chunks

# Rows that a table needs, so that columns don't look like dummies by chance.
_FEWEST_ROWS = 20
# Rows in which groups are searched, before all are checked.
_SOME_ROWS = 256


def find_dummies(
    values: NDArray[np.floating], names: Sequence[Any]
) -> tuple[NDArray[np.intp], ...]:
    """Return the columns of each group of dummies, such as `pandas.get_dummies` makes.

    A group has at least two columns, whose values are 0 and 1, and exactly one 1 in every row. They
    are neighbours, or those of one prefix ``name_`` are. Columns of zeros at the ends are left out.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_features)
        Values of a table; no group is found in one of less than 20 rows.
    names : sequence of label
        Names of the columns.
    """
    if len(values) < _FEWEST_ROWS:
        return ()
    places: dict[str, int] = {}
    prefixes = (str(name).rpartition("_")[0] for name in names)
    order = np.argsort([places.setdefault(p, len(places)) for p in prefixes], kind="stable")
    some = values[:: len(values) // _SOME_ROWS or 1][:, order]
    found = [np.sort(order[start:stop]) for start, stop in _runs(some)]
    return tuple(group for group in found if _are_dummies(values, group))


def _runs(values: NDArray[np.floating]) -> Iterator[tuple[int, int]]:
    """Yield the first and the end of each group of neighbouring columns, by the values in hand."""
    ones = values == 1
    n_rows, n_columns = ones.shape
    others = np.append(np.flatnonzero(~(ones | (values == 0)).all(axis=0)), n_columns)
    # The next column with a 1, from each column on, by row.
    following = np.full((n_rows, n_columns + 2), n_columns)
    for j in range(n_columns - 1, -1, -1):
        following[:, j] = np.where(ones[:, j], j, following[:, j + 1])
    start = 0
    while start < n_columns:
        first = following[:, start]
        stop = int(first.max()) + 1
        second = following[np.arange(n_rows), first + 1]
        if stop > others[np.searchsorted(others, start)] or (second < stop).any():
            start += 1
            continue
        if first.min() < stop - 1:
            yield int(first.min()), stop
        start = stop


def _are_dummies(values: NDArray[np.floating], columns: NDArray[np.intp]) -> bool:
    """Return whether exactly one of some columns is 1 in every row, and all others are 0."""
    parts = (values[rows][:, columns] for rows in row_chunks(values))
    return all(
        bool(((part == 0) | (part == 1)).all() and (part.sum(axis=1) == 1).all()) for part in parts
    )
