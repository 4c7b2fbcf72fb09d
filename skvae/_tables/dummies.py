"""Dummies: columns of 0 and 1, of which one is 1 in every row: one category, coded one-hot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frames import row_chunks

# Rows that a table needs, so that columns don't look like dummies by chance.
_FEWEST_ROWS = 20
# Rows in which groups are searched, before all are checked.
_SOME_ROWS = 256


@dataclass(frozen=True)
class Dummies:
    """A group of dummies.

    Attributes
    ----------
    columns : ndarray of shape (n_columns,)
        Their places in the table, ascending.
    may_be_none : bool
        Whether some rows have no 1, as with a category that is missing or dropped.
    """

    columns: NDArray[np.intp]
    may_be_none: bool = False


def find_dummies(
    values: NDArray[np.floating], names: Sequence[Any], n_first: int | None = None
) -> tuple[Dummies, ...]:
    """Return each group of dummies, such as `pandas.get_dummies` makes.

    A group has at least two columns, whose values are 0 and 1. Either exactly one of them is 1 in
    every row, and they are neighbours or all those of one prefix; or at most one is 1 in every row,
    and they are all those of one prefix. A prefix ends before a character that is no letter and
    no digit. Columns of zeros are left out, except between others.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_features)
        Values of a table; no group is found in one of less than 20 rows.
    names : sequence of label
        Names of the columns.
    n_first : int, default=None
        The first so many rows decide how many columns may be 1, if there are 20 of them.
    """
    if len(values) < _FEWEST_ROWS:
        return ()
    first = values if n_first is None or n_first < _FEWEST_ROWS else values[:n_first]
    some = first[:: len(first) // _SOME_ROWS or 1]
    free = _are_binary(values, np.flatnonzero(((some == 0) | (some == 1)).all(axis=0)))
    ones = np.zeros(values.shape[1])
    ones[free] = sum(first[rows][:, free].sum(axis=0) for rows in row_chunks(first))
    used = (0 < ones) & (ones < len(first))
    found: list[Dummies] = []

    def take(columns: NDArray[np.intp], may_be_none: bool = False) -> None:
        if len(columns) > 1 and _are_dummies(first, columns, may_be_none):
            found.append(Dummies(columns, may_be_none))
            free[columns] = used[columns] = False

    prefixes = _prefixes(names, used)
    for columns in prefixes:
        take(columns[used[columns]])
    order = _by_last_prefix(names)
    for start, stop in _runs(some[:, order], free[order]):
        take(np.sort(order[start:stop]))
    for columns in prefixes:
        take(columns[used[columns]], may_be_none=True)
    return tuple(sorted(found, key=lambda group: group.columns[0]))


def _are_binary(values: NDArray[np.floating], columns: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return a mask of those among some columns that hold 0 and 1 only."""
    mask = np.zeros(values.shape[1], bool)
    mask[columns] = True
    for rows in row_chunks(values):
        part = values[rows][:, columns]
        mask[columns] &= ((part == 0) | (part == 1)).all(axis=0)
    return mask


def _prefixes(names: Sequence[Any], used: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Return the columns of each prefix, short prefixes first."""
    places: dict[str, list[int]] = {}
    for j in np.flatnonzero(used).tolist():
        name = "_".join(map(str, names[j])) if isinstance(names[j], tuple) else names[j]
        if isinstance(name, str):
            for end, character in enumerate(name[1:], start=1):
                if not character.isalnum():
                    places.setdefault(name[:end], []).append(j)
    return [np.array(places[prefix], np.intp) for prefix in sorted(places, key=len)]


def _by_last_prefix(names: Sequence[Any]) -> NDArray[np.intp]:
    """Return the columns in their order, but those of one prefix ``name_`` together."""
    places: dict[str, int] = {}
    prefixes = (str(name).rpartition("_")[0] for name in names)
    return np.argsort([places.setdefault(p, len(places)) for p in prefixes], kind="stable")


def _runs(values: NDArray[np.floating], is_binary: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the first and the end of each group of neighbouring columns, by the values in hand."""
    ones = values == 1
    n_rows, n_columns = ones.shape
    others = np.append(np.flatnonzero(~is_binary), n_columns)
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


def _are_dummies(
    values: NDArray[np.floating], columns: NDArray[np.intp], may_be_none: bool
) -> bool:
    """Return whether exactly one of some columns of 0 and 1, or at most one, is 1 in every row."""
    sums = (values[rows][:, columns].sum(axis=1) for rows in row_chunks(values))
    return all(bool(((part == 1) | (may_be_none & (part == 0))).all()) for part in sums)
