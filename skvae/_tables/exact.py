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
    """Place of a column's numbers among float64 values: (number * scale - origin) / stride.

    Whole numbers that float64 can't hold, such as ids of 19 digits, are held by their distance to
    the least of them.

    Attributes
    ----------
    origin, stride : int
        Number at 0, and its distance to the number at 1.
    scale : int
        Power of 10 that makes all numbers whole, for decimals.
    """

    origin: int = 0
    stride: int = 1
    scale: int = 1

    @classmethod
    def of(cls, numbers: Sequence[NDArray[Any]], *, step: int = 1, scale: int = 1) -> Grid:
        """Return a grid on which float64 holds all numbers, if there is one.

        Parameters
        ----------
        numbers : sequence of ndarray
            Numbers of one column in some tables.
        step : int
            All numbers are multiples of it.
        scale : int
            As in the attributes.
        """
        grid = cls(scale=scale)
        if not grid.loses(numbers):
            return grid
        lowest = min(_least(part, scale) for part in numbers if len(part))
        from_lowest, by_steps = cls(lowest, 1, scale), cls(lowest, step, scale)
        return by_steps if step > 1 and from_lowest.loses(numbers) else from_lowest

    @property
    def is_plain(self) -> bool:
        """Return whether values are the numbers themselves."""
        return (self.origin, self.stride, self.scale) == (0, 1, 1)

    def loses(self, numbers: Sequence[NDArray[Any]]) -> bool:
        """Return whether float64 can't hold some of the numbers."""
        return any(self.read(part)[1].any() for part in numbers)

    def read(self, numbers: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the values of numbers, and a mask of whole numbers that float64 can't hold.

        Those are rounded towards the origin, so that they stay between the others.
        """
        if self.is_plain and fits_float64(numbers):
            return numbers.astype(np.float64), np.zeros(len(numbers), bool)
        distances = self._distances(numbers)
        if distances is not None:
            return _as_float64(distances)
        pairs = [self._value(number) for number in numbers.tolist()]
        values, lost = zip(*pairs, strict=True) if pairs else ((), ())
        return np.array(values, np.float64), np.array(lost, bool)

    def _distances(self, numbers: NDArray[Any]) -> NDArray[Any] | None:
        """Return the values of integers as integers, if numpy has such integers."""
        if numbers.dtype.kind not in "iu" or self.scale != 1:
            return None
        if self.is_plain or not len(numbers):
            return numbers
        if int(numbers.min()) < self.origin or int(numbers.max()) - self.origin >= 2**64:
            return None
        distances = numbers.astype(np.uint64) - np.uint64(self.origin % 2**64)
        if self.stride == 1:
            return distances
        stride = np.uint64(self.stride)
        return None if (distances % stride).any() else distances // stride

    def _value(self, number: Any) -> tuple[float, bool]:
        if isinstance(number, float):
            if self.is_plain or not math.isfinite(number):
                return number, False
            # Beside decimals, 0.29 means what it looks like.
            exact = Fraction(repr(number)) if self.scale > 1 else Fraction(number)
            return float((exact * self.scale - self.origin) / self.stride), False
        distance = number * self.scale - self.origin
        if distance.denominator != 1:
            return float(distance / self.stride), False
        distance = int(distance)
        try:
            value = distance / self.stride
        except OverflowError:
            return math.inf if distance > 0 else -math.inf, True
        if value.is_integer() and abs(int(value)) * self.stride > abs(distance):
            value = math.nextafter(value, 0)
        return value, int(value) * self.stride != distance

    def wholes(self, values: NDArray[np.floating], *, step: int = 1, scale: int = 1) -> list[int]:
        """Return numbers, times `scale`, rounded to multiples of a step."""
        if scale == self.scale and step % self.stride == 0 and self.origin % step == 0:
            span = step // self.stride
            return [
                int(value) * self.stride + self.origin
                for value in (np.rint(values / span) * span).tolist()
            ]
        exact = (
            (Fraction(value) * self.stride + self.origin) * scale / self.scale
            for value in values.tolist()
        )
        return [round(number / step) * step for number in exact]

    def floats(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return numbers as float64."""
        return values if self.is_plain else (values * self.stride + self.origin) / self.scale


def fits_float64(numbers: NDArray[Any]) -> bool:
    """Return whether float64 holds all numbers of an array, judged by their size."""
    kind, size = numbers.dtype.kind, numbers.dtype.itemsize
    if kind not in "iu" or not numbers.size:
        return kind != "O"
    return size < 8 or (-_LARGEST <= int(numbers.min()) and int(numbers.max()) <= _LARGEST)


def _as_float64(integers: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return integers as float64, rounded towards 0, and a mask of those that were rounded."""
    low = integers & integers.dtype.type(2**16 - 1)
    high = (integers - low).astype(np.float64)
    values = high + low
    # The rounding error of a sum of floats is a float, too.
    excess = (values - high) - low
    further = np.where(values < 0, excess < 0, excess > 0)
    return np.where(further, np.nextafter(values, 0), values), excess != 0


def _least(numbers: NDArray[Any], scale: int) -> int:
    """Return the largest whole number that is below all numbers, times `scale`."""
    known = [n for n in numbers.tolist() if not isinstance(n, float) or math.isfinite(n)]
    return math.floor(Fraction(min(known)) * scale)
