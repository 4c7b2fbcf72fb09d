"""Gaps between the numbers of a column, which new rows of a class stay out of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Range:
    """Range of every column in the rows of a class.

    Attributes
    ----------
    low, high : ndarray of shape (n_features,), float64
        Least and largest numbers, NaN for a column of missing values.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, table: NDArray[np.floating]) -> Range:
        """Return the range of every column of a table."""
        low, high = np.fmin.reduce(table, axis=0), np.fmax.reduce(table, axis=0)
        return cls(low.astype(np.float64), high.astype(np.float64))

    @classmethod
    def union(cls, tables: Iterable[NDArray[np.floating]]) -> Range:
        """Return the range of every column of one or more tables, which are needed one by one."""
        low, high = zip(*((own.low, own.high) for own in map(cls.of, tables)), strict=True)
        return cls(np.fmin.reduce(low), np.fmax.reduce(high))

    @property
    def half_width(self) -> NDArray[np.float64]:
        # The full range of float64's extremes is not a float64.
        return np.nan_to_num(self.high / 2 - self.low / 2)


@dataclass(frozen=True)
class Gaps:
    """Stretches of columns in which no row lies, and that are wider than the range of a class.

    Attributes
    ----------
    ends : dict of int to (ndarray of shape (n_gaps,), ndarray of shape (n_gaps,))
        Lower and upper ends of the gaps of each column that has some, ascending.
    """

    ends: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]]

    @classmethod
    def between(
        cls,
        tables: Sequence[NDArray[np.floating]],
        columns: NDArray[np.intp],
        classes: Sequence[Range],
    ) -> Gaps:
        """Find the gaps between the numbers of some columns.

        Parameters
        ----------
        tables : sequence of ndarray of shape (n, n_features)
            All rows.
        columns : ndarray of shape (n_numbers,)
            The columns to look at.
        classes : sequence of Range
            Ranges of the classes; gaps that are wider than none of them are passed over.
        """
        everyone, ends = Range.union(tables), {}
        # Such a gap lies outside of the class, and so few columns have room for one.
        has_room = np.zeros(len(everyone.low), bool)
        for one in classes:
            below = np.fmax(one.low / 2 - everyone.low / 2, 0)
            above = np.fmax(everyone.high / 2 - one.high / 2, 0)
            has_room |= (np.maximum(below, above) > one.half_width) | np.isnan(one.low)
        least = np.min([one.half_width for one in classes], axis=0, initial=np.inf)
        for j in columns[has_room[columns]].tolist():
            numbers = np.sort(np.concatenate([table[:, j] for table in tables]).astype(np.float64))
            is_gap = np.diff(numbers / 2) > least[j]
            if is_gap.any():
                ends[j] = numbers[:-1][is_gap], numbers[1:][is_gap]
        return cls(ends)

    def leave(self, values: NDArray[np.float64], own: Range) -> None:
        """Move new numbers of a class, in place, to the nearer end of the gap that they lie in.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            New rows; numbers in gaps no wider than the range of the class stay.
        own : Range
            The range of the class. With a single number it leaves only numbers of the column.
        """
        # Wide gaps lie outside of the class, as few new numbers do. NaN, too, is not inside.
        is_outside = ~((values >= own.low) & (values <= own.high))
        half_width = own.half_width
        for j in np.flatnonzero(is_outside.any(axis=0)).tolist():
            if j not in self.ends:
                continue
            low, high = self.ends[j]
            rows = np.flatnonzero(is_outside[:, j])
            numbers = values[rows, j]
            place = np.searchsorted(low, numbers) - 1
            below, above = low[place], high[place]
            is_wide = above / 2 - below / 2 > half_width[j]
            is_inside = (place >= 0) & (numbers < above) & is_wide
            nearer = np.where(numbers / 2 - below / 2 <= above / 2 - numbers / 2, below, above)
            values[rows, j] = np.where(is_inside, nearer, numbers)
