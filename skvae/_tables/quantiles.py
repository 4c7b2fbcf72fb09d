"""Quantiles of columns of numbers: to ranks and back, all columns in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from .frames import row_chunks

# Quantiles learnt per column, at most: no rank is further off than the step between two, 1 / 2000.
_QUANTILES = 2001
# Nodes of the table of the normal distribution, and its range.
_NODES = 16_385
_NORMAL_END = 6.0
# Distance to a knot, in steps from one to the next, that rounding to single precision may cause.
_NEAR = 1e-4
# Cells of a column by which the knot below a number is found, and knots that one may hold.
_CELLS = 4096
_MOST_IN_CELL = 8
# Range of a column beyond which it is not divided into cells, whose ends might overflow.
_FAR = 1e300


class QuantileScaler:
    """Maps every column to the quantiles of a known distribution, and back; NaN stays NaN.

    Between evenly spaced quantiles of a column, its knots, ranks are interpolated linearly. Knots
    and both ends of a column come back exactly.

    Parameters
    ----------
    normal : bool, default=False
        Whether the distribution is the standard normal one, rather than uniform on [0, 1].
    """

    def __init__(self, *, normal: bool = False) -> None:
        self.normal = normal

    def fit(
        self,
        numbers: NDArray[np.floating],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
    ) -> QuantileScaler:
        """Learn the quantiles of columns.

        Parameters
        ----------
        numbers : ndarray of shape (n, n_columns)
            Some of the numbers of each column.
        low, high : ndarray of shape (n_columns,)
            The ends of each column.
        """
        self._columns = [_Knots.of(*column) for column in zip(numbers.T, low, high, strict=True)]
        return self

    def __getstate__(self) -> dict[str, Any]:
        # Files hold the knots, from which all else is made again.
        return {"normal": self.normal, "_columns": self._columns}

    @cached_property
    def _ranks(self) -> _Ranks:
        return _Ranks(self._columns)

    @cached_property
    def _numbers(self) -> _Numbers:
        return _Numbers(self._columns)

    def encode(self, numbers: NDArray[np.floating], dtype: type = np.float32) -> NDArray[Any]:
        """Return the quantiles of numbers."""
        coded: NDArray[Any] = np.empty(numbers.shape, dtype)
        for rows in row_chunks(numbers):
            ranks = self._ranks.at(numbers[rows])
            coded[rows] = ndtri(ranks) if self.normal else ranks
        return coded

    def decode(self, coded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the numbers at some quantiles."""
        numbers = np.empty(coded.shape)
        for rows in row_chunks(coded):
            part = coded[rows]
            if self.normal:
                ranks = _normal_ranks(part)
            else:
                ranks = np.clip(part, 0, 1, dtype=np.float64)
            numbers[rows] = self._numbers.at(ranks)
        return numbers


def _normal_ranks(coded: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the normal distribution at some codes, in a third of its time by a table."""
    nodes = np.linspace(-_NORMAL_END, _NORMAL_END, _NODES)
    ranks = ndtr(nodes)
    steps = np.diff(ranks, append=ranks[-1])
    places = (coded - nodes[0]) / (nodes[1] - nodes[0])
    np.clip(places, 0, _NODES - 1, out=places)
    below = places.astype(np.intp)
    places -= below
    places *= steps[below]
    places += ranks[below]
    return places


@dataclass(frozen=True)
class _Knots:
    """Evenly spaced quantiles of one column.

    Attributes
    ----------
    unit : float
        Factor of all numbers: 1/2 where their range is no float, else 1.
    lowest_rank, highest_rank : float
        Ranks of the ends of the column: equal numbers have their middle rank. With ranks of 0 and
        1 the ends of a normal distribution would be far away.
    knots : ndarray of shape (n_steps + 1,)
        The quantiles in this unit.
    """

    unit: float
    lowest_rank: float
    highest_rank: float
    knots: NDArray[np.float64]

    @classmethod
    def of(cls, some: NDArray[np.floating], low: float, high: float) -> _Knots:
        """Learn the quantiles of a column: its numbers, where these are not too many.

        The ends of the column take the places of those of `some` of its numbers.
        """
        present = np.sort(some[~np.isnan(some)])
        if len(present) < 2:
            present = np.empty(2, some.dtype)
        present[0], present[-1] = low, high
        n = len(present)
        n_steps = max(1, min(_QUANTILES, n) - 1)
        unit = 1.0 if np.isfinite(float(present[-1]) - float(present[0])) else 0.5
        lowest_rank = np.searchsorted(present, present[0], "right") / (2 * n)
        highest_rank = 1 - (n - np.searchsorted(present, present[-1])) / (2 * n)
        # Whole numbers, so that a knot that falls on a number is that number.
        place, rest = np.divmod(np.arange(n_steps + 1) * (n - 1), n_steps)
        below = present[place].astype(np.float64) * unit
        above = present[np.minimum(place + 1, n - 1)].astype(np.float64) * unit
        knots = np.minimum(below + rest / n_steps * (above - below), above)
        return cls(unit, lowest_rank, highest_rank, knots)


def _stacked(columns: Sequence[Any], name: str) -> NDArray[np.float64]:
    return np.array([getattr(column, name) for column in columns])


def _starts(parts: Sequence[NDArray[Any]]) -> NDArray[np.intp]:
    """Return the place of each part among all of them, one after the other."""
    return np.cumsum([0, *map(len, parts)])[:-1]


class _Numbers:
    """Numbers at ranks: a rank tells its knot, since knots are evenly spaced.

    Parameters
    ----------
    columns : sequence of _Knots
        The columns.
    """

    def __init__(self, columns: Sequence[_Knots]) -> None:
        # Each column's last knot comes twice.
        knots = [np.append(column.knots, column.knots[-1]) for column in columns]
        self._knots, self._starts = np.concatenate(knots), _starts(knots)
        self._n_steps = np.array([len(column.knots) - 1 for column in columns])
        self._units = _stacked(columns, "unit")
        self._lowest = _stacked(columns, "lowest_rank")
        self._highest = _stacked(columns, "highest_rank")

    def at(self, ranks: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the numbers at ranks, (n, n_columns)."""
        n_steps = self._n_steps
        places = ranks * n_steps
        # The ends lie at their middle ranks: the half step between the two is gone through twice
        # as fast.
        low, high = 2 * self._lowest * n_steps, (2 * self._highest - 1) * n_steps
        np.minimum(places, np.maximum(2 * places - low, 0), out=places)
        np.maximum(places, np.minimum(2 * places - high, n_steps), out=places)
        # A place as near to a knot as rounding may bring it is the knot.
        places += _NEAR
        below = places.astype(np.intp)
        places -= below
        places -= 2 * _NEAR
        places /= 1 - 2 * _NEAR
        np.maximum(places, 0, out=places)
        below += self._starts
        start = self._knots[below]
        below += 1
        places *= self._knots[below] - start
        places += start
        np.clip(places, self._knots[self._starts], self._knots[self._starts + n_steps], out=places)
        return places / self._units if (self._units != 1).any() else places


class _Cells:
    """Cells of columns, in the order of their numbers: narrow ones around the median.

    A number x lies in the cell ``factor * d / (|d| + spread) + shift``, where d is its distance to
    the median, and the spread that of the quartiles.
    """

    def __init__(self, columns: Sequence[_Knots]) -> None:
        quarters = np.array([np.quantile(c.knots, [0.25, 0.5, 0.75]) for c in columns]).T
        self.center, spread = quarters[1], quarters[2] - quarters[0]
        self.spread = np.where(spread > 0, spread, 1.0)
        self.factor, self.shift = np.ones(len(columns)), np.zeros(len(columns))
        ends = self._places(np.array([c.knots[[0, -1]] for c in columns]).T, slice(None))
        width = ends[1] - ends[0]
        self.factor = (_CELLS - 1) / np.where(width > 0, width, 1)
        self.shift = -ends[0] * self.factor

    def _places(self, numbers: NDArray[np.float64], columns: Any) -> NDArray[np.float64]:
        places = numbers - self.center[columns]
        sizes = np.abs(places)
        with np.errstate(over="ignore"):  # in a column so wide that it is searched
            sizes += self.spread[columns]
        places /= sizes
        places *= self.factor[columns]
        places += self.shift[columns]
        return places

    def of(self, numbers: NDArray[np.float64], columns: Any = slice(None)) -> NDArray[np.intp]:
        """Return the cells of numbers between the ends of their columns, (n, n_columns)."""
        cells = self._places(numbers, columns).astype(np.intp)
        return np.clip(cells, 0, _CELLS - 1, out=cells)


class _Ranks:
    """Ranks of numbers: the cell of a number tells the knot below it, or one a little lower.

    A search among the knots takes three times as long.

    Parameters
    ----------
    columns : sequence of _Knots
        The columns.
    """

    def __init__(self, columns: Sequence[_Knots]) -> None:
        self._ends = np.array([column.knots[[0, -1]] for column in columns]).T
        self._units = _stacked(columns, "unit")
        self._lowest = _stacked(columns, "lowest_rank")
        self._highest = _stacked(columns, "highest_rank")
        self._cells = _Cells(columns)
        parts = [_distinct(column) for column in columns]
        self._starts = _starts([part[0] for part in parts])
        # Distinct knots; ranks at them and right above them, and their rise up to the next knot.
        self._knots, self._at_knot, self._above, self._rise = map(
            np.concatenate, zip(*parts, strict=True)
        )
        self._make_guide([part[0] for part in parts])

    def _make_guide(self, knots: Sequence[NDArray[np.float64]]) -> None:
        """Note a knot at or below all numbers of each cell, and how many knots a cell holds."""
        guides, self._crowded, self._n_tries = [], {}, 1
        for j, own in enumerate(knots):
            cells = self._cells.of(own[:-1], j)
            fullest = np.bincount(cells).max()
            if fullest > _MOST_IN_CELL or self._ends[1, j] - self._ends[0, j] > _FAR:
                self._crowded[j] = own
            else:
                self._n_tries = max(self._n_tries, int(fullest))
            first = np.searchsorted(cells, np.arange(_CELLS)) - 1
            guides.append(self._starts[j] + np.maximum(first, 0))
        self._guide = np.concatenate(guides).astype(np.int32)
        self._guide_starts = _CELLS * np.arange(len(knots))

    def at(self, numbers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the ranks of numbers, (n, n_columns), in [0, 1]."""
        inside = numbers * self._units
        np.fmin(np.fmax(inside, self._ends[0], out=inside), self._ends[1], out=inside)
        cells = self._cells.of(inside)
        cells += self._guide_starts
        places = self._guide[cells]
        for _ in range(self._n_tries):
            places += self._knots[places + 1] <= inside
        for j, own in self._crowded.items():
            places[:, j] = self._starts[j] + np.searchsorted(own, inside[:, j], "right") - 1
        knots = self._knots[places]
        ranks = (inside - knots) * self._rise[places]
        ranks += self._above[places]
        np.copyto(ranks, self._at_knot[places], where=inside == knots)
        np.clip(ranks, self._lowest, self._highest, out=ranks)
        np.copyto(ranks, np.nan, where=np.isnan(numbers))
        return ranks


def _distinct(column: _Knots) -> tuple[NDArray[np.float64], ...]:
    """Return distinct knots, with infinity behind; ranks at and above them; the rise from there."""
    knots, first, counts = np.unique(column.knots, return_index=True, return_counts=True)
    n_steps = len(column.knots) - 1
    grid, several = np.linspace(0, 1, n_steps + 1), counts > 1
    at_knot, above = grid[first], grid[first + counts - 1]
    at_knot[several] = (first + (counts - 1) / 2)[several] / n_steps
    # Equal numbers have their middle rank, and at the ends the one that is known exactly.
    at_knot[0], at_knot[-1] = column.lowest_rank, column.highest_rank
    rise = np.zeros(len(knots))
    with np.errstate(over="ignore"):  # between knots as close as floats can be
        rise[:-1] = (grid[first[1:]] - above[:-1]) / np.diff(knots)
    rise = np.minimum(rise, np.finfo(float).max)
    return tuple(
        np.append(own, end) for own, end in ((knots, np.inf), (at_knot, 1), (above, 1), (rise, 0))
    )
