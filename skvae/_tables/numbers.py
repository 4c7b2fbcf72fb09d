"""Columns of numbers: their ranges, their quantiles and their spikes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from .frames import row_chunks, some_rows
from .gaps import Range

# A column of numbers has a spike if one value fills at least this share of its rows, is this many
# times as frequent as the second most frequent value, and has more than this many values beside it.
# The last two conditions rule out columns of few values and numbers rounded to a grid.
_SPIKE_SHARE = 0.1
_SPIKE_TIMES = 4
_SPIKE_OTHERS = 10
# Rows that the search for a spike looks at first.
_SPIKE_ROWS = 10_000
# Quantiles learnt per column, at most.
_QUANTILES = 1000
# Rows that quantiles, means and deviations are learnt from, at most; ranges are those of all rows.
_LEARNT_ROWS = 100_000
# Nodes of the table of the normal distribution, and its range.
_NODES = 16_385
_NORMAL_END = 6.0
# Distance to a knot, in steps from one to the next, that rounding to single precision may cause.
_NEAR = 1e-4


class NumberCoder:
    """Codes the columns of numbers of a table, and decodes them.

    Numbers are scaled by a `RangeScaler` or a `QuantileScaler`; for a Gaussian likelihood the
    result is standardised. A missing number and a spike are coded as the column's mean.

    Parameters
    ----------
    columns : ndarray of shape (n_numbers,)
        Indices of the columns of numbers, ascending.
    spikes : mapping of int to float
        Spike of each column that has one.
    likelihood : {"bernoulli", "gaussian"}, default="bernoulli"
        Likelihood of the coded numbers.
    quantile_transform : bool, default=False
        Whether numbers are mapped to their quantiles.
    shared_range : bool, default=False
        Whether all columns share one range; has no effect on quantiles.

    Attributes
    ----------
    scaler : RangeScaler or QuantileScaler
        The fitted scaler.
    """

    def __init__(
        self,
        columns: NDArray[np.intp],
        spikes: Mapping[int, float],
        *,
        likelihood: str = "bernoulli",
        quantile_transform: bool = False,
        shared_range: bool = False,
    ) -> None:
        self.columns = columns
        self.likelihood = likelihood
        self.quantile_transform = quantile_transform
        self.shared_range = shared_range
        positions = np.searchsorted(columns, list(spikes)).tolist()
        self._spikes = list(zip(positions, spikes.values(), strict=True))

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    def fit(self, values: NDArray[np.floating], *, has_gaps: bool) -> NumberCoder:
        """Learn scales from the values of a table.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            Values of all columns of the table.
        has_gaps : bool
            Whether some column of numbers has a missing value or a spike.
        """
        whole = Range.union(self.select(values[rows]) for rows in row_chunks(values))
        # The range of a column without any number is 0.
        ends = np.nan_to_num([whole.low, whole.high])
        numbers = self.select(values[some_rows(len(values), _LEARNT_ROWS)])
        self.scaler: RangeScaler | QuantileScaler
        if self.quantile_transform and self.n_columns:
            self.scaler = QuantileScaler(normal=self.likelihood == "gaussian").fit(numbers, *ends)
        else:
            self.scaler = RangeScaler(shared=self.shared_range).fit(ends)
        self._mean, self._std = np.zeros(self.n_columns), np.ones(self.n_columns)
        # The code of a missing number or a spike; None where every number is coded as it is.
        self._fill: NDArray[np.float64] | None = None
        if self.n_columns and (has_gaps or self.likelihood == "gaussian"):
            self._fit_moments(self.scaler.encode(numbers, np.float64))
        return self

    def _fit_moments(self, scaled: NDArray[np.float64]) -> None:
        """Learn means and, for a Gaussian likelihood, standard deviations of scaled numbers."""
        n_present = np.maximum(1, (~np.isnan(scaled)).sum(axis=0))
        mean = np.nansum(scaled, axis=0) / n_present
        if self.likelihood == "gaussian":
            std = np.sqrt(np.nansum((scaled - mean) ** 2, axis=0) / n_present)
            self._std = np.where(std > 0, std, 1.0)
            self._mean, mean = mean, np.zeros(len(mean))
        self._fill = mean

    def select(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the numbers among a table's values, with NaN in place of spikes."""
        numbers = values if self.n_columns == values.shape[1] else values[:, self.columns]
        if self._spikes and numbers is values:
            numbers = numbers.copy()
        for position, spike in self._spikes:
            column = numbers[:, position]
            column[column == spike] = np.nan
        return numbers

    def encode(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Code the numbers among a table's values, (n, n_features) -> (n, n_numbers)."""
        coded: NDArray[np.float64] = self.scaler.encode(self.select(values), np.float64)
        if self._fill is None:
            return coded
        coded = (coded - self._mean) / self._std
        return np.where(np.isnan(coded), self._fill, coded)

    def decode(self, coded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the numbers of coded rows, (n, n_numbers) -> (n, n_numbers)."""
        return self.scaler.decode(coded * self._std + self._mean)


class RangeScaler:
    """Scales every column to [0, 1] by its range, and back; NaN stays NaN.

    Parameters
    ----------
    shared : bool, default=False
        Whether all columns share one range. A constant pixel of an image then keeps its value.

    Attributes
    ----------
    min_, max_ : ndarray of shape (n_features,), float64
        Range of each column in the rows given to `fit`. A constant column is coded as 0.
    """

    def __init__(self, *, shared: bool = False) -> None:
        self.shared = shared

    def fit(self, values: NDArray[np.floating]) -> RangeScaler:
        self.min_ = np.fmin.reduce(values, axis=0).astype(np.float64)
        self.max_ = np.fmax.reduce(values, axis=0).astype(np.float64)
        for bound in (self.min_, self.max_):
            bound[np.isnan(bound)] = 0  # a column of NaN only
        if self.shared:
            self.min_[:], self.max_[:] = self.min_.min(), self.max_.max()
        return self

    @property
    def _half_range(self) -> NDArray[np.float64]:
        # The full range of float64's extremes is not a float64.
        return self.max_ / 2 - self.min_ / 2

    def encode(self, values: NDArray[np.floating], dtype: type = np.float32) -> NDArray[Any]:
        """Scale rows. Values outside the fitted range get codes outside [0, 1]."""
        divisor = np.where(self._half_range > 0, self._half_range, 1)
        coded: NDArray[Any] = np.empty(values.shape, dtype)
        for rows in row_chunks(values):
            part = values[rows].astype(np.float64)
            part /= 2
            part -= self.min_ / 2
            part /= divisor
            coded[rows] = part
        return coded

    def decode(self, coded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Scale back, into the fitted range."""
        values = np.empty(coded.shape)
        for rows in row_chunks(coded):
            # Values that overflow are outside of the range.
            with np.errstate(over="ignore"):
                part = coded[rows] * self._half_range
                part += self.min_ / 2
                part *= 2
            np.clip(part, self.min_, self.max_, out=values[rows])
        return values


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
        columns = zip(numbers.T, low, high, strict=True)
        self._columns = [_Quantiles.of(*column) for column in columns]
        return self

    def encode(self, numbers: NDArray[np.floating], dtype: type = np.float32) -> NDArray[Any]:
        """Return the quantiles of numbers."""
        ranks = np.empty(numbers.shape)
        for column, known, out in zip(numbers.T, self._columns, ranks.T, strict=True):
            out[:] = known.ranks(column)
        return (ndtri(ranks) if self.normal else ranks).astype(dtype)

    def decode(self, coded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the numbers at some quantiles.

        Knots are evenly spaced, so that a rank tells its knot: a search among the knots for every
        number takes ten times as long.
        """
        ranks = self._ranks(coded)
        numbers = np.empty((coded.shape[1], len(coded)))
        for column, known, out in zip(ranks.T, self._columns, numbers, strict=True):
            known.numbers(column, out)
        return numbers.T

    def _ranks(self, coded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the ranks of codes, in [0, 1]."""
        if not self.normal:
            return np.clip(coded, 0, 1, dtype=np.float64)
        # A table takes a third of the time of the normal distribution itself.
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
class _Quantiles:
    """Quantiles of one column.

    Attributes
    ----------
    unit : float
        Factor of all numbers: 1/2 where their range is no float, else 1.
    lowest_rank, highest_rank : float
        Ranks of the ends of the column: equal numbers have their middle rank. With ranks of 0 and
        1 the ends of a normal distribution would be far away.
    knots : ndarray of shape (n_steps + 2,)
        Evenly spaced quantiles in this unit, the last one twice.
    repeated, middles : ndarray of shape (n_repeated,)
        Knots that are equal to the next one, once each, and their middle ranks.
    """

    unit: float
    lowest_rank: float
    highest_rank: float
    knots: NDArray[np.float64]
    repeated: NDArray[np.float64]
    middles: NDArray[np.float64]

    @classmethod
    def of(cls, some: NDArray[np.floating], low: float, high: float) -> _Quantiles:
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
        repeated, first, counts = np.unique(knots, return_index=True, return_counts=True)
        several = counts > 1
        middles = (first + (counts - 1) / 2)[several] / n_steps
        repeated = repeated[several]
        middles[repeated == knots[0]] = lowest_rank
        middles[repeated == knots[-1]] = highest_rank
        knots = np.append(knots, knots[-1])
        return cls(unit, lowest_rank, highest_rank, knots, repeated, middles)

    def ranks(self, column: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the ranks of numbers, in [0, 1]."""
        column = column * self.unit
        ranks = np.interp(column, self.knots[:-1], np.linspace(0, 1, len(self.knots) - 1))
        if len(self.repeated):
            place = np.searchsorted(self.repeated[1:], column, "right")
            is_repeated = self.repeated[place] == column
            ranks[is_repeated] = self.middles[place[is_repeated]]
        return np.clip(ranks, self.lowest_rank, self.highest_rank)

    def numbers(self, ranks: NDArray[np.float64], out: NDArray[np.float64]) -> None:
        """Write the numbers at ranks to `out`."""
        n_steps = len(self.knots) - 2
        places = ranks * n_steps
        # The ends lie at their middle ranks: the half step between the two is gone through twice
        # as fast.
        low, high = 2 * self.lowest_rank * n_steps, (2 * self.highest_rank - 1) * n_steps
        np.minimum(places, np.maximum(2 * places - low, 0), out=out)
        np.maximum(out, np.minimum(2 * out - high, n_steps), out=out)
        # A place as near to a knot as rounding may bring it is the knot.
        out += _NEAR
        below = out.astype(np.intp)
        out -= below
        out -= 2 * _NEAR
        out /= 1 - 2 * _NEAR
        np.maximum(out, 0, out=out)
        start = self.knots[below]
        out *= self.knots[below + 1] - start
        out += start
        np.clip(out, self.knots[0], self.knots[-1], out=out)
        if self.unit != 1:
            out /= self.unit


def find_spike(numbers: NDArray[np.floating]) -> float | None:
    """Return the spike of a column without NaN, or None if the column has none."""
    some = numbers[:: max(1, len(numbers) // _SPIKE_ROWS)]
    present, counts = np.unique(some, return_counts=True)
    if len(present) <= _SPIKE_OTHERS:
        return None
    next_count, count = np.partition(counts, -2)[-2:]
    if count < _SPIKE_TIMES * next_count:
        return None
    commonest = present[counts.argmax()]
    return float(commonest) if np.mean(numbers == commonest) >= _SPIKE_SHARE else None
