"""Whole numbers as float64 values that tell all of them apart, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

# float64 holds all whole numbers up to this one.
_LARGEST = 2**53


@dataclass(frozen=True)
class Grid:
    """Place of a column's numbers among float64 values: (number * scale - origin) / unit.

    Whole numbers that float64 can't hold, such as ids of 19 digits, are held by their distance to
    the least of them.

    Attributes
    ----------
    origin, unit : int
        Number at 0, and distance of the number at 1.
    scale : int
        Power of 10 that makes all numbers whole, for decimals.
    ticks : str or None
        Unit of times, or None for numbers.
    """

    origin: int = 0
    unit: int = 1
    scale: int = 1
    ticks: str | None = None

    @classmethod
    def of(
        cls,
        numbers: Sequence[NDArray[Any]],
        *,
        step: int = 1,
        scale: int = 1,
        ticks: str | None = None,
    ) -> Grid:
        """Return a grid on which float64 holds all numbers, if there is one.

        Parameters
        ----------
        numbers : sequence of ndarray
            Numbers, or times in `ticks`; NaN where missing.
        step : int
            All times are multiples of it.
        scale, ticks
            As in the attributes.
        """
        grid = cls(scale=scale, ticks=ticks)
        if not grid.loses(numbers):
            return grid
        lowest = min(_least(part, scale) for part in numbers)
        from_lowest = cls(lowest, 1, scale, ticks)
        by_steps = cls(lowest, step, scale, ticks)
        return by_steps if step > 1 and from_lowest.loses(numbers) else from_lowest

    @property
    def is_plain(self) -> bool:
        """Return whether values are the numbers themselves."""
        return (self.origin, self.unit, self.scale) == (0, 1, 1)

    def loses(self, numbers: Sequence[NDArray[Any]]) -> bool:
        """Return whether float64 can't hold some of the numbers."""
        return any(self.read(part)[1].any() for part in numbers)

    def read(self, numbers: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the values of numbers, and a mask of the whole numbers that they are not.

        Those are rounded towards the origin, so that they stay between the others.
        """
        if self.is_plain and (numbers.dtype.kind in "fb" or fits_float64(numbers)):
            return numbers.astype(np.float64), np.zeros(len(numbers), bool)
        pairs = [self._value(number) for number in numbers.tolist()]
        values, lost = zip(*pairs, strict=True) if pairs else ((), ())
        return np.array(values, np.float64), np.array(lost, bool)

    def _value(self, number: Any) -> tuple[float, bool]:
        if isinstance(number, float):
            if self.is_plain or not math.isfinite(number):
                return number, False
            if not number.is_integer() or abs(number) > _LARGEST:
                return float((Fraction(number) * self.scale - self.origin) / self.unit), False
            number = int(number)  # an integer beside missing ones
        distance = number * self.scale - self.origin
        if distance.denominator != 1:
            return float(distance / self.unit), False
        distance = int(distance)
        try:
            value = distance / self.unit
        except OverflowError:
            return math.copysign(math.inf, distance), True
        if value.is_integer() and abs(int(value)) * self.unit > abs(distance):
            value = math.nextafter(value, 0)
        return value, int(value) * self.unit != distance

    def wholes(self, values: NDArray[np.floating], *, step: int = 1, scale: int = 1) -> list[int]:
        """Return numbers, times `scale`, rounded to multiples of a step."""
        if scale == self.scale and step % self.unit == 0 and self.origin % step == 0:
            span = step // self.unit
            return [
                int(value) * self.unit + self.origin
                for value in (np.rint(values / span) * span).tolist()
            ]
        exact = (
            (Fraction(value) * self.unit + self.origin) * scale / self.scale
            for value in values.tolist()
        )
        return [round(number / step) * step for number in exact]

    def floats(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return numbers as float64."""
        return values if self.is_plain else (values * self.unit + self.origin) / self.scale


def with_gaps(present: NDArray[Any], absent: NDArray[np.bool_]) -> NDArray[Any]:
    """Return exact numbers in the rows that have one, and NaN where `absent` is True."""
    if not absent.any():
        return present
    is_float = present.dtype.kind == "f" or fits_float64(present)
    numbers = np.full(len(absent), np.nan, np.float64 if is_float else object)
    numbers[~absent] = present
    return numbers


def fits_float64(numbers: NDArray[Any]) -> bool:
    """Return whether float64 holds all numbers of an array, judged by their size."""
    kind, size = numbers.dtype.kind, numbers.dtype.itemsize
    if kind not in "iu" or not numbers.size:
        return kind != "O"
    return size < 8 or (-_LARGEST <= int(numbers.min()) and int(numbers.max()) <= _LARGEST)


def _least(numbers: NDArray[Any], scale: int) -> int:
    """Return the largest whole number that is below all numbers, times `scale`."""
    known = [n for n in numbers.tolist() if not isinstance(n, float) or math.isfinite(n)]
    return math.floor(Fraction(min(known)) * scale)
