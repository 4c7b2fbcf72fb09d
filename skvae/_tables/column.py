"""One column: its dtype, categories and step, entries to numbers and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype, is_string_dtype

from .messages import ENCODE, refuse_text

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY, _HOUR, _MINUTE, _SECOND = 86_400, 3_600, 60, 1


@dataclass(frozen=True)
class Column:
    """What a column holds, and how its entries become numbers and go back.

    Attributes
    ----------
    name : label
        Its name or number.
    dtype : dtype
        Its dtype, which new entries get.
    symbols : array or None
        The symbols that it holds, in order and in its dtype; None where it holds numbers.
    step : float
        What its numbers are multiples of: 1 for integers, a day for dates; 0 for any number.
    has_missing : bool
        Whether entries are missing.
    missing : object
        What stands for those.
    """

    name: Any
    dtype: Any
    symbols: Any = None
    step: float = 0.0
    has_missing: bool = False
    missing: Any = np.nan

    @classmethod
    def of(cls, name: Any, column: pd.Series, symbolic: bool) -> Column:
        """Learn a column."""
        dtype, absent = column.dtype, column.isna()
        gaps = (True, column[absent].iloc[0]) if absent.any() else (False, np.nan)
        if symbolic:
            return cls(name, dtype, _symbols(name, column), 1.0, *gaps)
        if unit := _time_unit(dtype):
            moments = _as_integers(column)[~absent.to_numpy()]
            steps = [_PER_SECOND[unit] * seconds for seconds in (_DAY, _HOUR, _MINUTE, _SECOND)]
            step = next((step for step in steps if (moments % step == 0).all()), 1)
            return cls(name, dtype, None, float(step), *gaps)
        whole = pd.api.types.is_integer_dtype(dtype) or is_bool_dtype(dtype)
        if is_object_dtype(dtype):
            whole = pd.api.types.infer_dtype(column, skipna=True) == "integer"
        elif not is_numeric_dtype(dtype) or np.dtype(numpy_dtype(dtype)).kind == "c":
            if isinstance(dtype, pd.CategoricalDtype) or is_string_dtype(dtype):
                hint = ENCODE
            else:
                hint = "encode it as numbers first"
            raise ValueError(
                f"X must be numeric, got dtype {str(dtype)!r} in column {name!r}: {hint}"
            )
        elif not whole and pd.api.types.is_float_dtype(dtype):
            # Integers that miss values are floats in most frames.
            present = column[~absent].to_numpy(np.float64)
            whole = len(present) > 0 and bool((present == np.rint(present)).all())
        return cls(name, dtype, None, float(whole), *gaps)

    def read(self, column: pd.Series) -> NDArray[np.floating]:
        """A column's entries as numbers, NaN where missing."""
        if self.symbols is not None:
            return self._read_symbols(column)
        if bool(_time_unit(self.dtype)) != bool(_time_unit(column.dtype)):
            raise ValueError(
                f"column {self.name!r} must hold {self.dtype} as in fit, got {column.dtype}"
            )
        if _time_unit(self.dtype):
            try:
                column = column.astype(self.dtype)
            except (TypeError, ValueError) as error:
                raise ValueError(f"column {self.name!r} must hold {self.dtype}: {error}") from error
            moments = _as_integers(column).astype(np.float64)
            return np.where(column.isna(), np.nan, moments)
        try:
            if is_object_dtype(column.dtype):
                column = column.mask(column.isna(), np.nan).astype(np.float64)
            return column.to_numpy(np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            refuse_text(column.to_frame(self.name))
            raise ValueError(f"X must be numeric in column {self.name!r}: {error}") from error

    def _read_symbols(self, column: pd.Series) -> NDArray[np.float64]:
        codes = pd.Index(np.asarray(self.symbols, object)).get_indexer(
            np.asarray(column.astype(object), object)
        )
        absent = column.isna().to_numpy()
        unknown = np.flatnonzero((codes < 0) & ~absent)
        if len(unknown):
            known = ", ".join(repr(symbol) for symbol in np.asarray(self.symbols, object)[:10])
            raise ValueError(
                f"column {self.name!r} must hold symbols that it held in fit ({known}), got "
                f"{column.iloc[unknown[0]]!r} in row {unknown[0]}"
            )
        return np.where(absent, np.nan, codes)

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Turn numbers into entries of the column's dtype: symbols, whole multiples of its step."""
        absent = np.isnan(values)
        if self.symbols is not None:
            codes = np.where(absent, -1, np.rint(values)).astype(np.intp)
            if isinstance(self.symbols, pd.api.extensions.ExtensionArray):
                entries = self.symbols.take(codes, allow_fill=True)
            else:
                entries = self.symbols[codes]
                entries = entries.astype(object) if absent.any() else entries
        elif unit := _time_unit(self.dtype):
            moments = np.rint(np.where(absent, 0, values) / self.step) * self.step
            entries = _from_integers(moments, absent, unit, self.dtype)
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


def _symbols(name: Any, column: pd.Series) -> Any:
    """The symbols of a column in their order, in its dtype; as they come where they have none."""
    try:
        _, symbols = pd.factorize(column, sort=True)
    except TypeError:
        try:
            _, symbols = pd.factorize(column, sort=False)
        except TypeError as error:
            raise ValueError(f"column {name!r} must hold hashable symbols: {error}") from error
    if not len(symbols):
        raise ValueError(f"column {name!r} must hold a symbol, got missing values only")
    return (
        symbols.array
        if isinstance(column.dtype, pd.api.extensions.ExtensionDtype)
        else (np.asarray(symbols))
    )


def numpy_dtype(dtype: Any) -> Any:
    """The numpy dtype of numbers of a pandas dtype."""
    if isinstance(dtype, pd.SparseDtype):
        return dtype.subtype
    return getattr(dtype, "numpy_dtype", dtype)


def fits_float32(dtype: Any) -> bool:
    """Whether float32 holds all numbers of a dtype, those of images say, in half the memory."""
    if not isinstance(dtype, np.dtype):
        return False
    return dtype == np.float32 or (dtype.kind in "iu" and dtype.itemsize < 4)


def _time_unit(dtype: Any) -> str | None:
    """The unit of dates, times and durations; None for all else."""
    plain = dtype if isinstance(dtype, pd.DatetimeTZDtype) else numpy_dtype(dtype)
    if getattr(plain, "kind", "O") not in "mM":
        return None
    return plain.unit if isinstance(plain, pd.DatetimeTZDtype) else np.datetime_data(plain)[0]


def _as_integers(column: pd.Series) -> NDArray[np.int64]:
    """Dates, times and durations as integers of their unit, since 1970 by the local clock."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    plain = column.dtype if isinstance(column.dtype, np.dtype) else numpy_dtype(column.dtype)
    return column.to_numpy(plain).view(np.int64)


def _from_integers(
    moments: NDArray[np.floating], absent: NDArray[np.bool_], unit: str, dtype: Any
) -> Any:
    plain = numpy_dtype(dtype)
    kind = "m8" if getattr(plain, "kind", "M") == "m" else "M8"
    stamps = moments.astype(np.int64).view(f"{kind}[{unit}]")
    stamps[absent] = "NaT"
    column = pd.Series(stamps)
    if isinstance(dtype, pd.DatetimeTZDtype):
        # Hours that a clock shows twice, and never, in spring and autumn.
        winter = np.zeros(len(column), bool)
        return column.dt.tz_localize(dtype.tz, ambiguous=winter, nonexistent="shift_forward").array
    return column.astype(dtype).array


def cast(values: NDArray[np.floating], dtype: Any) -> Any:
    """Numbers in a numeric dtype; rounded for integers and booleans, NaN as pandas marks it."""
    if isinstance(dtype, np.dtype):
        return _round_for(values, dtype).astype(dtype, copy=False)
    # pandas' own dtypes: "Int64", "Float32", "boolean", "int64[pyarrow]", and sparse ones.
    plain = np.dtype(numpy_dtype(dtype))
    entries = pd.array(_round_for(values, plain))
    if not isinstance(dtype, pd.SparseDtype):
        entries[np.isnan(values)] = pd.NA
    return entries.astype(dtype)


def _round_for(values: NDArray[np.floating], dtype: np.dtype) -> NDArray[np.floating]:
    """`values` as `dtype` can hold them: whole numbers for integers and booleans."""
    if dtype.kind == "f" and dtype.itemsize < 4:
        limits = np.finfo(dtype)
        return np.clip(values, limits.min, limits.max)
    if dtype.kind not in "biu":
        return values
    values = np.rint(values)
    if dtype.kind != "b":
        lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
        # The float64 nearest to the int64 2^63 - 1 is 2^63, which is none: take the one below.
        top = float(highest) if int(float(highest)) == highest else np.nextafter(highest, 0.0)
        np.clip(values, lowest, top, out=values)
    return values
