"""Dtypes of numpy and pandas: casts of numbers, and times as integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Units per second.
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def numpy_dtype(dtype: Any) -> Any:
    """Return the numpy dtype of the numbers in a pandas dtype."""
    if isinstance(dtype, pd.SparseDtype):
        return dtype.subtype
    return getattr(dtype, "numpy_dtype", dtype)


def fits_float32(dtype: Any) -> bool:
    """Return whether float32 holds all numbers of a dtype exactly.

    Images of 8 bits, for example, then take half the memory of float64.
    """
    if not isinstance(dtype, np.dtype):
        return False
    return dtype == np.float32 or (dtype.kind in "iu" and dtype.itemsize < 4)


def cast(values: NDArray[np.floating], dtype: Any) -> Any:
    """Return values in a numeric dtype.

    Integers and booleans are rounded. pandas' own dtypes mark NaN as missing.
    """
    if isinstance(dtype, np.dtype):
        return _round_for(values, dtype).astype(dtype, copy=False)
    # pandas' own dtypes: "Int64", "Float32", "boolean", "int64[pyarrow]", and sparse ones.
    plain = np.dtype(numpy_dtype(dtype))
    entries = pd.array(_round_for(values, plain))
    if not isinstance(dtype, pd.SparseDtype):
        entries[np.isnan(values)] = pd.NA
    return entries.astype(dtype)


def cast_wholes(wholes: list[int], absent: NDArray[np.bool_], dtype: Any) -> Any:
    """Return whole numbers of any size in a dtype of integers, at most its limits.

    Entries where `absent` is True are missing, and have no number in the list.
    """
    plain = np.dtype(numpy_dtype(dtype))
    lowest, highest = int(np.iinfo(plain).min), int(np.iinfo(plain).max)
    entries = np.zeros(len(absent), plain)
    entries[~absent] = np.array([min(max(n, lowest), highest) for n in wholes], plain)
    if isinstance(dtype, np.dtype):
        return entries
    filled = pd.array(entries)
    if absent.any():
        filled[absent] = pd.NA
    return filled.astype(dtype)


def _round_for(values: NDArray[np.floating], dtype: np.dtype) -> NDArray[np.floating]:
    """Return the nearest values that a numpy dtype can hold."""
    if dtype.kind == "f" and dtype.itemsize < 4:
        limits = np.finfo(dtype)
        return np.clip(values, limits.min, limits.max)
    if dtype.kind not in "biu":
        return values
    values = np.rint(values)
    if dtype.kind != "b":
        lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
        # The float64 nearest to 2^63 - 1 is 2^63, which is no int64: take the float64 below.
        top = float(highest) if int(float(highest)) == highest else np.nextafter(highest, 0.0)
        np.clip(values, lowest, top, out=values)
    return values


def time_unit(dtype: Any) -> str | None:
    """Return the unit of dates, times and durations, or None for any other dtype."""
    plain = dtype if isinstance(dtype, pd.DatetimeTZDtype) else numpy_dtype(dtype)
    if getattr(plain, "kind", "O") not in "mM":
        return None
    return plain.unit if isinstance(plain, pd.DatetimeTZDtype) else np.datetime_data(plain)[0]


def times_to_integers(column: pd.Series) -> NDArray[np.int64]:
    """Return dates, times and durations as integers of their unit.

    Dates and times count from 1970 by the local clock.
    """
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    plain = column.dtype if isinstance(column.dtype, np.dtype) else numpy_dtype(column.dtype)
    return column.to_numpy(plain).view(np.int64)


def in_unit(dtype: Any, unit: str) -> Any:
    """Return a dtype of dates, times or durations with another unit; numpy's for Arrow's."""
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.DatetimeTZDtype(unit, dtype.tz)
    return dtype if time_unit(dtype) == unit else np.dtype(f"{numpy_dtype(dtype).kind}8[{unit}]")


def integers_to_times(
    moments: NDArray[Any], absent: NDArray[np.bool_], dtype: Any, unit: str
) -> Any:
    """Return integers as dates, times or durations of a dtype; NaT where `absent` is True.

    Integers count a unit, which may be another than that of the dtype.
    """
    kind = "m8" if getattr(numpy_dtype(dtype), "kind", "M") == "m" else "M8"
    stamps = moments.astype(np.int64).view(f"{kind}[{unit}]")
    stamps[absent] = "NaT"
    column = pd.Series(stamps)
    if isinstance(dtype, pd.DatetimeTZDtype):
        # A local clock shows some hours twice in autumn, and skips some in spring.
        winter = np.zeros(len(column), bool)
        return column.dt.tz_localize(dtype.tz, ambiguous=winter, nonexistent="shift_forward").array
    return column.astype(dtype).array
