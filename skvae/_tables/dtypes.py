"""Dtypes of numpy and pandas: casts of numbers, and times as integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Units per second.
PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
# Roundings on a local clock, whose changes may move a rounded moment.
_ROUNDINGS = 6


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


def can_miss(dtype: Any) -> bool:
    """Return whether a dtype has an entry for missing values."""
    plain = dtype.subtype if isinstance(dtype, pd.SparseDtype) else dtype
    return not isinstance(plain, np.dtype) or plain.kind not in "biuSU"


def as_objects(entries: Any) -> NDArray[Any]:
    """Return a new array of entries as objects, dates and times among them as those of pandas."""
    return pd.Series(entries, dtype=entries.dtype).astype(object).to_numpy(object, copy=True)


def _round_for(values: NDArray[np.floating], dtype: np.dtype) -> NDArray[np.floating]:
    """Return the nearest values that a numpy dtype can hold."""
    if dtype == values.dtype:
        return values
    if dtype.kind == "f" and dtype.itemsize < 8:
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


def time_zone(dtype: Any) -> Any:
    """Return the time zone of dates, or None for any other dtype."""
    if isinstance(dtype, pd.DatetimeTZDtype):
        return dtype.tz
    return getattr(getattr(dtype, "pyarrow_dtype", None), "tz", None)


def are_like_times(dtype: Any, other: Any) -> bool:
    """Return whether two dtypes of dates, times or durations differ in unit and zone at most."""
    kinds = (
        (numpy_dtype(d).kind if time_zone(d) is None else "zone") if time_unit(d) else None
        for d in (dtype, other)
    )
    return len(set(kinds)) == 1


def times_to_integers(column: pd.Series, unit: str | None = None) -> NDArray[np.int64]:
    """Return dates, times and durations as integers of a unit, by default their own.

    Dates and times count from 1970, those of a time zone in UTC.
    """
    own = time_unit(column.dtype)
    if time_zone(column.dtype) is not None:
        column = column.astype(pd.DatetimeTZDtype(own, "UTC")).dt.tz_localize(None)
    kind = numpy_dtype(column.dtype).kind
    column = column.astype(f"{kind}8[{own}]")
    if unit and unit != own:
        column = column.astype(f"{kind}8[{unit}]")  # refuses times that overflow
    return column.to_numpy().view(np.int64)


def integers_to_times(
    moments: NDArray[np.int64], absent: NDArray[np.bool_], dtype: Any, unit: str
) -> Any:
    """Return integers of a unit as dates, times or durations of a dtype; NaT where `absent`."""
    kind = "m8" if getattr(numpy_dtype(dtype), "kind", "M") == "m" else "M8"
    per_unit = PER_SECOND[str(time_unit(dtype))] // PER_SECOND[unit]
    if per_unit > 1:
        limit = np.iinfo(np.int64).max // per_unit
        moments = np.clip(moments, -limit, limit)
    stamps = moments.astype(np.int64).view(f"{kind}[{unit}]")
    stamps[absent] = "NaT"
    column = pd.Series(stamps)
    if time_zone(dtype) is not None:
        column = column.dt.tz_localize("UTC")
    return column.astype(dtype).array


def local_clock(moments: NDArray[np.int64], unit: str, zone: Any) -> NDArray[np.int64]:
    """Return what clocks of a time zone show at moments in UTC, both as integers of a unit."""
    dates = pd.DatetimeIndex(moments.view(f"M8[{unit}]")).tz_localize("UTC")
    return dates.tz_convert(zone).tz_localize(None).asi8


def round_on_clock(
    moments: NDArray[np.int64], step: int, unit: str, zone: Any
) -> NDArray[np.int64]:
    """Return the moments in UTC nearest to some at which a local clock shows multiples of a step.

    A change of the clock between a moment and the rounded one takes a second rounding. Where the
    clock skips a multiple (midnight, in some zones), the one before it is taken.
    """
    for attempt in range(_ROUNDINGS):
        excess = (local_clock(moments, unit, zone) + step // 2) % step - step // 2
        if not excess.any():
            break
        back = step if attempt == _ROUNDINGS // 2 else 0
        moments = moments - excess - np.where(excess, back, 0)
    return moments
