"""One column: its dtype, categories and step; entries to numbers and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import infer_dtype, is_complex_dtype, is_numeric_dtype, is_object_dtype

from .._seeding import short
from .conversion import as_dtype
from .dtypes import (
    PER_SECOND,
    are_like_times,
    as_objects,
    cast,
    cast_wholes,
    integers_to_times,
    local_clock,
    numpy_dtype,
    round_on_clock,
    time_unit,
    time_zone,
    times_to_integers,
)
from .exact import Grid
from .messages import ENCODE, FarApartError, plain
from .objects import Objects, as_numbers, as_times

# Day, hour, minute, second, millisecond and microsecond, in seconds and in parts of one.
_SECONDS, _PARTS = (86_400, 3_600, 60, 1), (1_000, 1_000_000)


@dataclass(frozen=True)
class Column:
    """Content of a column; turns its entries into numbers and numbers into entries.

    Attributes
    ----------
    name : label
        Name or number of the column.
    dtype : dtype
        Dtype of the column, and of new entries.
    symbols : array or None
        Categories of the column, in order and in its dtype; None for a column of numbers.
    step : float
        All entries are multiples of the step: 1 for integers, a day for dates (on the clock of
        their time zone), the last place for decimals. 0 allows any number.
    has_missing : bool
        Whether entries are missing.
    missing : object
        Entry that marks a missing value.
    unit : str or None
        Unit in which dates, times and durations are counted; None for any other column.
    grid : Grid
        Place of numbers and of times in their unit among float64 values.
    objects : Objects or None
        Kind and type of Python objects, None for other entries.
    """

    name: Any
    dtype: Any
    symbols: Any = None
    step: float = 0.0
    has_missing: bool = False
    missing: Any = np.nan
    unit: str | None = None
    grid: Grid = field(default_factory=Grid)
    objects: Objects | None = None

    @classmethod
    def of(
        cls, name: Any, column: pd.Series, symbolic: bool, beside: Sequence[pd.Series] = ()
    ) -> Column:
        """Learn a column, as a categorical one if `symbolic`.

        Parameters
        ----------
        name : label
            Its name.
        column : Series
            Its entries.
        symbolic : bool
            Whether it is categorical.
        beside : sequence of Series
            Its entries in other tables, of numbers or dates as the first are. The values of
            all tables are exact.
        """
        dtype, absent = column.dtype, column.isna()
        missing = column[absent].iloc[0] if absent.any() else np.nan
        gaps: tuple[bool, Any] = (bool(absent.any()), missing)
        if symbolic:
            return cls(name, dtype, _categories(name, column), 1.0, *gaps)
        objects = Objects.of(name, column)
        present = [column[~absent], *(part.dropna() for part in beside)]
        times = [part for part in (as_times(name, part) for part in present) if part is not None]
        if times:
            step, unit, grid = _learn_times(times)
            return cls(name, dtype, None, float(step), *gaps, unit, grid, objects)
        _check_numeric(name, column)
        step, grid = _learn_numbers(name, present)
        return cls(name, dtype, None, float(step), *gaps, None, grid, objects)

    @property
    def is_plain(self) -> bool:
        """Return whether values are the entries themselves, as numbers."""
        is_number = self.symbols is None and self.unit is None and self.objects is None
        return is_number and self.grid.is_plain

    @property
    def spacing(self) -> float:
        """Distance of values whose entries are a step apart; 0 for any numbers."""
        return self.step * self.grid.scale / (self._scale * self.grid.stride)

    @property
    def _scale(self) -> int:
        """Entries times this number are whole, if there is a step."""
        return 10**self.objects.places if self.objects else 1

    @property
    def _plain(self) -> Any:
        """Dtype of entries as dates, times or durations."""
        return self.objects.plain if self.objects else self.dtype

    @property
    def _content(self) -> Any:
        """Dtype of entries for messages."""
        return self.dtype if self._plain is None else self._plain

    @property
    def zone(self) -> Any:
        """Time zone of dates, None for any other column."""
        return None if self.unit is None else time_zone(self._plain)

    def on_grid_of(self, other: Column) -> Column:
        """Return the column with the values that a column of another table has.

        Raises
        ------
        ValueError
            If one holds numbers and the other dates, or dates of another kind.
        """
        if not are_like_times(self._plain, other._plain):
            other._refuse(self._content)
        step = self.step
        if self.unit is not None and other.unit is not None:
            step = max(1.0, float(np.rint(step * PER_SECOND[other.unit] / PER_SECOND[self.unit])))
        return replace(self, unit=other.unit, grid=other.grid, step=step)

    def _refuse(self, content: Any) -> NoReturn:
        raise ValueError(f"column {self.name!r} must hold {self._content} as in fit, got {content}")

    def with_dtype_of(self, column: pd.Series, dtype: Any) -> Column:
        """Return the column with the dtype and step of another table's.

        Parameters
        ----------
        column : Series
            The other table's entries, dense.
        dtype : dtype
            Their dtype in that table, which may be sparse, or text of limited length.

        Raises
        ------
        ValueError
            If the other column is of another kind, or its dtype can't hold the categories.
        """
        if self.symbols is not None:
            dense = dtype.subtype if isinstance(dtype, pd.SparseDtype) else dtype
            symbols = pd.Series(self.symbols, dtype=self.symbols.dtype)
            try:
                symbols = as_dtype(symbols, dense, column.rename(self.name), True)
            except ValueError as error:
                raise ValueError(f"the table in fit: {error}") from error
            is_plain = isinstance(symbols.dtype, np.dtype)
            entries = symbols.to_numpy() if is_plain else symbols.array
            return replace(self, dtype=dtype, symbols=entries)
        other = Column.of(self.name, column, False).on_grid_of(self)
        return replace(self, dtype=dtype, step=other.step, objects=other.objects)

    def read(self, column: pd.Series) -> NDArray[np.floating]:
        """Return the entries of a column as values, NaN where missing."""
        if self.symbols is not None:
            return self._read_categories(column)
        values = np.full(len(column), np.nan)
        absent = column.isna().to_numpy()
        if absent.all():
            return values
        present = column[~absent] if absent.any() else column
        if self.unit and not time_unit(present.dtype) and infer_dtype(present) == "string":
            self._refuse("text")  # of any dtype
        times = as_times(self.name, present)
        dtype = present.dtype if times is None else times.dtype
        if not are_like_times(self._plain, dtype):
            self._refuse(dtype)
        if times is not None:
            values[~absent] = self.grid.read(_moments(times, str(self.unit)))[0]
            return values
        values[~absent], lost = self.grid.read(as_numbers(self.name, present))
        if lost.any():
            row = np.flatnonzero(~absent)[lost.argmax()]
            raise ValueError(
                f"column {self.name!r} must hold whole numbers or decimals within 2**53 steps of "
                f"those in fit, got {plain(column.iloc[row])!r} in row {row}"
            )
        return values

    def _read_categories(self, column: pd.Series) -> NDArray[np.float64]:
        symbols = as_objects(self.symbols)
        codes = pd.Index(symbols, dtype=object).get_indexer(as_objects(column))
        absent = column.isna().to_numpy()
        unknown = np.flatnonzero((codes < 0) & ~absent)
        if len(unknown):
            known = ", ".join(short(symbol) for symbol in symbols[:5])
            raise ValueError(
                f"column {self.name!r} must hold categories that it held in fit ({known}), got "
                f"{short(column.iloc[unknown[0]])} in row {unknown[0]}"
            )
        return np.where(absent, np.nan, codes)

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Return values as entries of the column's dtype.

        They are rounded to multiples of the column's step, or to the nearest category.
        """
        absent = np.isnan(values)
        if self.symbols is not None:
            return self._restore_categories(values, absent)
        if self.unit is not None:
            return self._restore_times(values, absent)
        if self.objects is not None:
            known = values[~absent]
            if self.objects.is_whole:
                numbers: Any = self.grid.wholes(known, scale=self._scale)
            else:
                numbers = self._floats(known).tolist()
            return self._fill(self.objects.entries(numbers), absent)
        if self.grid.is_plain or np.dtype(numpy_dtype(self.dtype)).kind not in "iu":
            return cast(self._floats(values), self.dtype)
        return cast_wholes(self.grid.wholes(values[~absent]), absent, self.dtype)

    def round(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Round values of dates to multiples of the step on the clock of their time zone."""
        absent = np.isnan(values)
        return np.where(absent, np.nan, self.grid.read(self._rounded_moments(values, absent))[0])

    def _floats(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        numbers = self.grid.floats(values)
        return np.rint(numbers) if self.step else numbers

    def _rounded_moments(
        self, values: NDArray[np.floating], absent: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Return values as integers of the unit, which are multiples of the step."""
        step, zone = int(self.step), self.zone
        # Multiples of the step on a local clock are others in UTC.
        wholes = self.grid.wholes(values[~absent], step=self.grid.stride if zone else step)
        moments = cast_wholes(wholes, absent, np.dtype(np.int64))
        return moments if zone is None else round_on_clock(moments, step, str(self.unit), zone)

    def _restore_times(self, values: NDArray[np.floating], absent: NDArray[np.bool_]) -> Any:
        moments = self._rounded_moments(values, absent)
        times = integers_to_times(moments, absent, self._plain, str(self.unit))
        if self.objects is None:
            return times
        return self._fill(self.objects.times(times[~absent]), absent)

    def _fill(self, present: list[Any], absent: NDArray[np.bool_]) -> Any:
        """Return objects in the rows that have one, and the missing one elsewhere."""
        entries = np.full(len(absent), self.missing, object)
        for row, entry in zip(np.flatnonzero(~absent), present, strict=True):
            entries[row] = entry
        return entries if is_object_dtype(self.dtype) else pd.array(entries, dtype=self.dtype)

    def _restore_categories(self, values: NDArray[np.floating], absent: NDArray[np.bool_]) -> Any:
        codes = np.where(absent, -1, np.rint(values)).astype(np.intp)
        if isinstance(self.symbols, pd.api.extensions.ExtensionArray):
            return self.symbols.take(codes, allow_fill=True)
        entries = self.symbols[codes]
        if absent.any():
            entries = as_objects(entries)
            entries[absent] = self.missing
        # Gaps make objects of numbers and times, and a sparse column was read as a dense one.
        if entries.dtype != self.dtype:
            return pd.Series(entries, dtype=self.dtype).array
        return entries


def _categories(name: Any, column: pd.Series) -> Any:
    """Return the categories of a column in its dtype, sorted if their kind has an order."""
    try:
        _, categories = pd.factorize(column, sort=True)
    except (TypeError, NotImplementedError):
        try:
            _, categories = pd.factorize(column, sort=False)
        except (TypeError, NotImplementedError) as error:
            kind = type(column.dropna().iloc[0]).__name__
            raise ValueError(
                f"column {name!r} must hold hashable categories: unhashable type {kind!r}"
            ) from error
    # Arrow tells -0.0 from 0.0.
    categories = categories[~pd.Index(categories, dtype=object).duplicated()]
    if not len(categories):
        raise ValueError(f"column {name!r} must hold at least 1 category, got missing values only")
    if isinstance(column.dtype, pd.api.extensions.ExtensionDtype):
        # pandas 2 takes Arrow's dictionaries of any integers for those of int32.
        is_same = categories.dtype == column.dtype
        return categories.array if is_same else pd.array(as_objects(categories), dtype=column.dtype)
    return np.asarray(categories).astype(column.dtype, copy=False)


def _moments(times: pd.Series, unit: str, zone: Any = None) -> NDArray[Any]:
    """Return dates, times and durations, none of them missing, as whole numbers of a unit.

    Dates with a time zone count in UTC, or on the clock of `zone`.
    """
    moments, own = times_to_integers(times), str(time_unit(times.dtype))
    if zone is not None:
        moments = local_clock(moments, own, zone)
    if own == unit:
        return moments
    return moments.astype(object) * Fraction(PER_SECOND[unit], PER_SECOND[own])


def _learn_times(times: Sequence[pd.Series]) -> tuple[int, str, Grid]:
    """Return the step, unit and grid of a column of dates, times or durations in some tables."""
    unit = max((str(time_unit(part.dtype)) for part in times), key=PER_SECOND.__getitem__)
    moments = [_moments(part, unit) for part in times]
    step = _time_step(moments, PER_SECOND[unit])
    grid = Grid.of(moments, step=step)
    if (zone := time_zone(times[0].dtype)) is not None:
        step = _time_step([_moments(part, unit, zone) for part in times], PER_SECOND[unit])
    return step, unit, grid


def _time_step(moments: Sequence[NDArray[Any]], second: int) -> int:
    """Return the longest of a day, hour, ..., microsecond and the unit that divides all times."""
    steps = [second * n for n in _SECONDS] + [second // n for n in _PARTS if n <= second]
    return next((n for n in steps if all((part % n == 0).all() for part in moments)), 1)


def _learn_numbers(name: Any, entries: Sequence[pd.Series]) -> tuple[int, Grid]:
    """Return the step and the grid of a column of numbers in some tables."""
    numbers = [as_numbers(name, part) for part in entries]
    objects = [kind for part in entries if (kind := Objects.of(name, part))]
    scale = 10 ** max((kind.places for kind in objects), default=0)
    grid = Grid.of(numbers, scale=scale)
    if grid.loses(numbers):
        raise FarApartError(name)
    return int(scale > 1 or _is_whole(numbers[0])), grid


def _check_numeric(name: Any, column: pd.Series) -> None:
    """Refuse a column whose dtype holds no real numbers; entries of objects are not checked."""
    dtype = column.dtype
    if is_object_dtype(dtype):
        return
    if is_numeric_dtype(dtype) and np.dtype(numpy_dtype(dtype)).kind != "c":
        return
    is_nested = getattr(dtype, "type", None) in (list, dict)
    hint = "encode it as numbers first" if is_nested or is_complex_dtype(dtype) else ENCODE
    raise ValueError(f"X must be numeric, got dtype {str(dtype)!r} in column {name!r}: {hint}")


def _is_whole(numbers: NDArray[Any]) -> bool:
    """Return whether numbers are whole: pandas stores integers with missing values as floats."""
    if numbers.dtype.kind in "biu":
        return True
    if numbers.dtype.kind == "O":
        return all(number % 1 == 0 for number in numbers)
    return len(numbers) > 0 and bool((numbers == np.rint(numbers)).all())
