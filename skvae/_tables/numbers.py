"""Columns of numbers: their ranges and their spikes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frames import row_chunks, some_rows
from .gaps import Range
from .quantiles import QuantileScaler

# A column of numbers has a spike if one value fills at least this share of its rows, is this many
# times as frequent as the second most frequent value, and has more than this many values beside it.
# The last two conditions rule out columns of few values and numbers rounded to a grid.
_SPIKE_SHARE = 0.1
_SPIKE_TIMES = 4
_SPIKE_OTHERS = 10
# Rows that the search for a spike looks at first.
_SPIKE_ROWS = 10_000
# Rows that quantiles, means and deviations are learnt from, at most; ranges are those of all rows.
_LEARNT_ROWS = 100_000


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

    def fit(
        self,
        values: NDArray[np.floating],
        *,
        has_gaps: bool,
        learn_from: NDArray[np.integer] | None = None,
    ) -> NumberCoder:
        """Learn scales from the values of a table.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            Values of all columns of the table.
        has_gaps : bool
            Whether some column of numbers has a missing value or a spike.
        learn_from : integer array, default=None
            Rows that quantiles, means and deviations are learnt from; None for all.
        """
        whole = Range.union(self.select(values[rows]) for rows in row_chunks(values))
        # The range of a column without any number is 0.
        ends = np.nan_to_num([whole.low, whole.high])
        learnt = values if learn_from is None else values[learn_from]
        numbers = self.select(learnt[some_rows(len(learnt), _LEARNT_ROWS)])
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
