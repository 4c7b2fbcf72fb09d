"""One column: its dtype, categories and step; entries to numbers and back."""

from __future__ import annotations

from dataclasses import dataclass
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

from .dtypes import (
    PER_SECOND,
    cast,
    integers_to_times,
    numpy_dtype,
    time_unit,
    times_to_integers,
)
from .messages import ENCODE, refuse_text

_DAY, _HOUR, _MINUTE, _SECOND = 86_400, 3_600, 60, 1


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
        All numbers are multiples of the step: 1 for integers, a day for dates. 0 allows any
        number.
    has_missing : bool
        Whether entries are missing.
    missing : object
        Entry that marks a missing value.
    """

    name: Any
    dtype: Any
    symbols: Any = None
    step: float = 0.0
    has_missing: bool = False
    missing: Any = np.nan

    @classmethod
    def of(cls, name: Any, column: pd.Series, symbolic: bool) -> Column:
        """Learn a column, as a categorical one if `symbolic`."""
        dtype, absent = column.dtype, column.isna()
        gaps = (True, column[absent].iloc[0]) if absent.any() else (False, np.nan)
        if symbolic:
            return cls(name, dtype, _categories(name, column), 1.0, *gaps)
        if unit := time_unit(dtype):
            return cls(name, dtype, None, _time_step(column, absent, unit), *gaps)
        _check_numeric(name, column)
        return cls(name, dtype, None, float(_is_whole(column, absent)), *gaps)

    def read(self, column: pd.Series) -> NDArray[np.floating]:
        """Return the entries of a column as numbers, NaN where missing."""
        if self.symbols is not None:
            return self._read_categories(column)
        if bool(time_unit(self.dtype)) != bool(time_unit(column.dtype)):
            raise ValueError(
                f"column {self.name!r} must hold {self.dtype} as in fit, got {column.dtype}"
            )
        return self._read_times(column) if time_unit(self.dtype) else self._read_numbers(column)

    def _read_categories(self, column: pd.Series) -> NDArray[np.float64]:
        codes = pd.Index(np.asarray(self.symbols, object)).get_indexer(
            np.asarray(column.astype(object), object)
        )
        absent = column.isna().to_numpy()
        unknown = np.flatnonzero((codes < 0) & ~absent)
        if len(unknown):
            known = ", ".join(repr(symbol) for symbol in np.asarray(self.symbols, object)[:10])
            raise ValueError(
                f"column {self.name!r} must hold categories that it held in fit ({known}), got "
                f"{column.iloc[unknown[0]]!r} in row {unknown[0]}"
            )
        return np.where(absent, np.nan, codes)

    def _read_times(self, column: pd.Series) -> NDArray[np.float64]:
        try:
            column = column.astype(self.dtype)
        except (TypeError, ValueError) as error:
            raise ValueError(f"column {self.name!r} must hold {self.dtype}: {error}") from error
        return np.where(column.isna(), np.nan, times_to_integers(column).astype(np.float64))

    def _read_numbers(self, column: pd.Series) -> NDArray[np.float64]:
        try:
            if is_object_dtype(column.dtype):
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
        elif time_unit(self.dtype):
            moments = np.rint(np.where(absent, 0, values) / self.step) * self.step
            entries = integers_to_times(moments, absent, self.dtype)
        elif is_object_dtype(self.dtype):
            entries = np.empty(len(values), object)
            entries[:] = values
            if self.step:
                entries[~absent] = [int(value) for value in np.rint(values[~absent])]
        else:
            return cast(np.rint(values) if self.step else values, self.dtype)
        if is_object_dtype(entries) and absent.any():
            entries[absent] = self.missing
        return entries

    def _restore_categories(self, values: NDArray[np.floating], absent: NDArray[np.bool_]) -> Any:
        codes = np.where(absent, -1, np.rint(values)).astype(np.intp)
        if isinstance(self.symbols, pd.api.extensions.ExtensionArray):
            return self.symbols.take(codes, allow_fill=True)
        entries = self.symbols[codes]
        return entries.astype(object) if absent.any() else entries


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
    if not len(categories):
        raise ValueError(f"column {name!r} must hold at least 1 category, got missing values only")
    if isinstance(column.dtype, pd.api.extensions.ExtensionDtype):
        return categories.array
    return np.asarray(categories)


def _time_step(column: pd.Series, absent: pd.Series, unit: str) -> float:
    """Return the longest of a day, hour, minute, second and unit that divides all times."""
    moments = times_to_integers(column)[~absent.to_numpy()]
    steps = [PER_SECOND[unit] * seconds for seconds in (_DAY, _HOUR, _MINUTE, _SECOND)]
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
