"""One column: its dtype, categories and step; entries to numbers and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import (
    is_bool_dtype,
    is_float_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from .conversion import as_dtype
from .dtypes import (
    PER_SECOND,
    are_like_times,
    as_objects,
    cast,
    integers_to_times,
    local_clock,
    numpy_dtype,
    round_on_clock,
    time_unit,
    time_zone,
    times_to_integers,
)
from .messages import ENCODE, refuse_text

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
        All numbers are multiples of the step: 1 for integers, a day for dates (on the clock of
        their time zone). 0 allows any number.
    has_missing : bool
        Whether entries are missing.
    missing : object
        Entry that marks a missing value.
    unit : str or None
        Unit in which dates, times and durations are counted; None for any other column.
    """

    name: Any
    dtype: Any
    symbols: Any = None
    step: float = 0.0
    has_missing: bool = False
    missing: Any = np.nan
    unit: str | None = None

    @classmethod
    def of(cls, name: Any, column: pd.Series, symbolic: bool) -> Column:
        """Learn a column, as a categorical one if `symbolic`."""
        dtype, absent = column.dtype, column.isna()
        gaps = (True, column[absent].iloc[0]) if absent.any() else (False, np.nan)
        if symbolic:
            return cls(name, dtype, _categories(name, column), 1.0, *gaps)
        if unit := time_unit(dtype):
            step = _time_step(column, absent, unit)
            return replace(cls(name, dtype, None, step, *gaps), unit=unit)
        _check_numeric(name, column)
        return cls(name, dtype, None, float(_is_whole(column, absent)), *gaps)

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
            If the column holds no numbers, or its dtype can't hold the categories.
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
        step = Column.of(self.name, column, False).step
        unit = time_unit(dtype)
        if self.unit and unit:
            step = max(1.0, np.rint(step * PER_SECOND[self.unit] / PER_SECOND[unit]))
        return replace(self, dtype=dtype, step=float(step))

    def read(self, column: pd.Series) -> NDArray[np.floating]:
        """Return the entries of a column as numbers, NaN where missing."""
        if self.symbols is not None:
            return self._read_categories(column)
        if not are_like_times(self.dtype, column.dtype):
            raise ValueError(
                f"column {self.name!r} must hold {self.dtype} as in fit, got {column.dtype}"
            )
        return self._read_times(column) if self.unit else self._read_numbers(column)

    def _read_categories(self, column: pd.Series) -> NDArray[np.float64]:
        symbols = as_objects(self.symbols)
        codes = pd.Index(symbols, dtype=object).get_indexer(as_objects(column))
        absent = column.isna().to_numpy()
        unknown = np.flatnonzero((codes < 0) & ~absent)
        if len(unknown):
            known = ", ".join(repr(symbol) for symbol in symbols[:10])
            raise ValueError(
                f"column {self.name!r} must hold categories that it held in fit ({known}), got "
                f"{column.iloc[unknown[0]]!r} in row {unknown[0]}"
            )
        return np.where(absent, np.nan, codes)

    def _read_times(self, column: pd.Series) -> NDArray[np.float64]:
        try:
            moments = times_to_integers(column, self.unit)
        except ValueError as error:
            raise ValueError(f"column {self.name!r} must hold {self.dtype}: {error}") from error
        return np.where(column.isna(), np.nan, moments.astype(np.float64))

    def _read_numbers(self, column: pd.Series) -> NDArray[np.float64]:
        try:
            if is_object_dtype(column.dtype):
                refuse_text(column.to_frame(self.name))
                column = column.mask(column.isna(), np.nan).astype(np.float64)
            return column.to_numpy(np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            refuse_text(column.to_frame(self.name))
            raise ValueError(f"X must be numeric in column {self.name!r}: {error}") from error

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Return numbers as entries of the column's dtype.

        Numbers are rounded to multiples of the column's step, or to the nearest category.
        """
        absent = np.isnan(values)
        if self.symbols is not None:
            entries = self._restore_categories(values, absent)
        elif self.unit:
            moments = self._moments(np.where(absent, 0, values))
            entries = integers_to_times(moments, absent, self.dtype, self.unit)
        elif is_object_dtype(self.dtype):
            entries = np.empty(len(values), object)
            entries[:] = values
            if self.step:
                entries[~absent] = [int(value) for value in np.rint(values[~absent])]
        else:
            return cast(self.round(values), self.dtype)
        if is_object_dtype(entries) and absent.any():
            entries[absent] = self.missing
        return entries

    def round(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Round numbers to multiples of the column's step."""
        if not self.step:
            return values
        if not self.unit:
            return np.rint(values / self.step) * self.step
        absent = np.isnan(values)
        return np.where(absent, np.nan, self._moments(np.where(absent, 0, values)))

    def _moments(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return numbers as integers of the unit, which are multiples of the step."""
        step = int(self.step)
        if self.zone is None:
            return np.rint(values / step).astype(np.int64) * step
        return round_on_clock(np.rint(values).astype(np.int64), step, str(self.unit), self.zone)

    @property
    def zone(self) -> Any:
        """Time zone of dates, None for any other column."""
        return time_zone(self.dtype)

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
        except TypeError as error:
            raise ValueError(f"column {name!r} must hold hashable categories: {error}") from error
    if not len(categories):
        raise ValueError(f"column {name!r} must hold at least 1 category, got missing values only")
    if isinstance(column.dtype, pd.api.extensions.ExtensionDtype):
        return categories.array
    return np.asarray(categories).astype(column.dtype, copy=False)


def _time_step(column: pd.Series, absent: pd.Series, unit: str) -> float:
    """Return the longest of a day, hour, ..., microsecond and the unit that divides all times."""
    moments, zone = times_to_integers(column)[~absent.to_numpy()], time_zone(column.dtype)
    if zone is not None:
        moments = local_clock(moments, unit, zone)
    a_second = PER_SECOND[unit]
    steps = [a_second * n for n in _SECONDS] + [a_second // n for n in _PARTS if n <= a_second]
    return float(next((step for step in steps if (moments % step == 0).all()), 1))


def _check_numeric(name: Any, column: pd.Series) -> None:
    """Refuse a column whose dtype holds no real numbers; entries of objects are not checked."""
    dtype = column.dtype
    if is_object_dtype(dtype):
        return
    if is_numeric_dtype(dtype) and np.dtype(numpy_dtype(dtype)).kind != "c":
        return
    is_text = isinstance(dtype, pd.CategoricalDtype) or is_string_dtype(dtype)
    hint = ENCODE if is_text else "encode it as numbers first"
    raise ValueError(f"X must be numeric, got dtype {str(dtype)!r} in column {name!r}: {hint}")


def _is_whole(column: pd.Series, absent: pd.Series) -> bool:
    """Return whether a column of numbers holds whole numbers only."""
    dtype = column.dtype
    if is_object_dtype(dtype):
        return pd.api.types.infer_dtype(column, skipna=True) == "integer"
    if is_float_dtype(dtype):
        # pandas stores integers with missing values as floats.
        present = column[~absent].to_numpy(np.float64)
        return len(present) > 0 and bool((present == np.rint(present)).all())
    return is_integer_dtype(dtype) or is_bool_dtype(dtype)
