"""Columns of numbers: their ranges and the values that stand out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frames import row_chunks

# A value is a spike of a column of numbers if this share of its rows holds it, so many times as
# many as hold the next common one, and the column has more than so many others: else it is but
# one of a few, or of a grid that numbers were rounded to.
_SPIKE_SHARE = 0.1
_SPIKE_TIMES = 4
_SPIKE_OTHERS = 10
# Rows among which it is looked for.
_SPIKE_ROWS = 10_000


class RangeScaler:
    """Scales every column to [0, 1] by its range, and back; NaN stays NaN.

    Parameters
    ----------
    shared : bool, default=False
        Whether all columns have one range: a pixel that never changes then stays what it is.

    Attributes
    ----------
    min_, max_ : ndarray of shape (n_features,), float64
        Each column's range in the rows that `fit` saw. A constant column is coded as 0.
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
        # Half of it, because the range of float64's extremes is not a float64.
        return self.max_ / 2 - self.min_ / 2

    def encode(self, values: NDArray[np.floating], dtype: type = np.float32) -> NDArray[Any]:
        """Scale rows; those outside the fitted range leave [0, 1]."""
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
            part = coded[rows] * self._half_range
            part += self.min_ / 2
            part *= 2
            np.clip(part, self.min_, self.max_, out=values[rows])
        return values


def find_spike(numbers: NDArray[np.floating]) -> float | None:
    """The value that stands out of a column without NaN, if one does."""
    some = numbers[:: max(1, len(numbers) // _SPIKE_ROWS)]
    present, counts = np.unique(some, return_counts=True)
    if len(present) <= _SPIKE_OTHERS:
        return None
    next_count, count = np.partition(counts, -2)[-2:]
    if count < _SPIKE_TIMES * next_count:
        return None
    commonest = present[counts.argmax()]
    return float(commonest) if np.mean(numbers == commonest) >= _SPIKE_SHARE else None
