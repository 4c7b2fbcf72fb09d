"""Columns in the dtypes of another table's: numbers rounded, dates in its zone, categories kept."""

from __future__ import annotations

from numbers import Integral, Number
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype, is_object_dtype

from .._seeding import short
from .dtypes import (
    are_like_times,
    as_objects,
    can_miss,
    cast,
    cast_wholes,
    integers_to_times,
    numpy_dtype,
    time_unit,
    times_to_integers,
)
from .objects import Objects, as_numbers, as_times

_INFINITE = (np.inf, -np.inf)


def as_dtype(
    column: pd.Series, dtype: Any, known: pd.Series, symbolic: bool, objects: Objects | None = None
) -> pd.Series:
    """Return a column in the dtype of another table's.

    Parameters
    ----------
    column : Series
        Entries of any dtype.
    dtype : dtype
        The other table's dtype, which may be sparse, or text of limited length.
    known : Series
        The other table's entries, whose name error messages use.
    symbolic : bool
        Whether both are categories. Numbers are else rounded to the dtype, and clipped to its
        limits.
    objects : Objects, default=None
        Kind and type of the other table's entries, if they are Python objects and no categories.

    Raises
    ------
    ValueError
        If the entries are of another kind than those known, such as text beside numbers, or the
        dtype can't hold a category or a missing value.
    """
    name = known.name
    if column.dtype == dtype and not is_object_dtype(dtype):
        return column
    present = column.dropna()
    if len(present) < len(column) and not can_miss(dtype):
        raise ValueError(f"column {name!r} must miss no values, as {dtype} in X can't: impute them")
    if not len(present):
        return pd.Series(index=column.index, dtype=dtype)
    if symbolic:
        return _categories(column, dtype, known)
    plain = dtype if objects is None or objects.plain is None else objects.plain
    new = _times_or_numbers(name, present)
    if new is None or not are_like_times(new.dtype, plain):
        raise ValueError(f"column {name!r} must hold {plain} as in X, got {_content(present)}")
    is_infinite = np.zeros(1, bool) if isinstance(new, pd.Series) else np.isin(new, _INFINITE)
    if is_infinite.any():
        raise ValueError(
            f"column {name!r} must hold finite numbers, got infinity, first in row "
            f"{present.index[is_infinite.argmax()]}: impute or drop it"
        )
    try:
        if isinstance(new, pd.Series):
            entries = _times(new, plain, objects)
            back = as_times(name, pd.Series(entries, index=present.index, dtype=dtype))
            _refuse_cut(new, back)
        elif objects is not None:
            entries = objects.entries(_for_objects(new, objects))
        else:
            entries = _numbers(new, dtype)
        return pd.Series(entries, index=present.index, dtype=dtype).reindex(column.index)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"column {name!r} must hold {plain} as in X: {error}") from error


def _times_or_numbers(name: Any, present: pd.Series) -> pd.Series | NDArray[Any] | None:
    """Return dates, times or durations in a dtype of these, or real numbers; None for others."""
    dtype = present.dtype
    is_real = is_numeric_dtype(dtype) and np.dtype(numpy_dtype(dtype)).kind != "c"
    if not (is_real or time_unit(dtype) or is_object_dtype(dtype)):
        return None
    try:
        times = as_times(name, present)
        return as_numbers(name, present) if times is None else times
    except (TypeError, ValueError):
        return None


def _times(times: pd.Series, plain: Any, objects: Objects | None) -> Any:
    unit = str(time_unit(plain))
    moments = times_to_integers(times, unit)
    entries = integers_to_times(moments, np.zeros(len(times), bool), plain, unit)
    return entries if objects is None else objects.times(entries)


def _refuse_cut(times: pd.Series, back: pd.Series | None) -> None:
    """Refuse dates, times or durations that another dtype, of days say, holds as others."""
    if back is None:
        return
    cut = as_objects(back) != as_objects(times)
    if cut.any():
        raise ValueError(
            f"{times.iloc[cut.argmax()]} in row {times.index[cut.argmax()]} would be cut to "
            f"{back.iloc[cut.argmax()]}: round such entries, or give X a finer unit"
        )


def _for_objects(numbers: NDArray[Any], objects: Objects) -> list[Any]:
    """Return numbers as the entries of objects are made of them."""
    if objects.is_whole:
        return [round(number * 10**objects.places) for number in numbers.tolist()]
    return numbers.astype(np.float64).tolist()


def _numbers(numbers: NDArray[Any], dtype: Any) -> Any:
    plain = np.dtype(numpy_dtype(dtype))
    if plain.kind in "iu" and numbers.dtype.kind == "O":
        return cast_wholes([round(n) for n in numbers], np.zeros(len(numbers), bool), dtype)
    if plain.kind in "iu" and numbers.dtype.kind in "iu":  # exact, however large
        limits = np.iinfo(numbers.dtype), np.iinfo(plain)
        lowest, highest = max(n.min for n in limits), min(n.max for n in limits)
        return pd.Series(np.clip(numbers, lowest, highest)).astype(dtype).array
    return cast(numbers.astype(np.float64), dtype)


def _categories(column: pd.Series, dtype: Any, known: pd.Series) -> pd.Series:
    """Return categories in a dtype that holds all of them as they are."""
    codes, unique = pd.factorize(column)
    entries = as_objects(unique)
    strict = isinstance(dtype, pd.CategoricalDtype)
    here = dtype.categories if strict else pd.Index(known.dropna().unique())
    wanted = {_kind(entry, strict) for entry in as_objects(here)}
    kinds = [_kind(entry, strict) for entry in entries]
    strange = np.array([kind not in wanted for kind in kinds])
    if wanted and (strange.all() or (strict and strange.any())):
        raise ValueError(
            f"column {known.name!r} must hold {' or '.join(sorted(wanted))} as in X, got "
            f"{short(entries[strange.argmax()])}"
        )
    limit = f"one of {', '.join(map(short, here[:5]))}" if strict else str(dtype)
    unfit = f"column {known.name!r} must hold categories that X can hold as {limit}"
    try:
        converted = _cast_objects(entries, dtype)
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise ValueError(f"{unfit}: {error}") from error
    lost = as_objects(converted) != entries
    # Floats of fewer bits are the same categories.
    dtypes = (numpy_dtype(column.dtype), numpy_dtype(dtype))
    if lost.any() and any(getattr(d, "kind", "O") != "f" for d in dtypes):
        raise ValueError(f"{unfit}, got {short(entries[lost.argmax()])}")
    return converted.reindex(codes).set_axis(column.index)


def _cast_objects(entries: NDArray[Any], dtype: Any) -> pd.Series:
    if isinstance(dtype, pd.CategoricalDtype):
        codes = pd.Index(as_objects(dtype.categories), dtype=object).get_indexer(entries)
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
    if isinstance(dtype, np.dtype) and dtype.kind in "SU":  # cut to the length of an array's text
        entries, dtype = entries.astype(dtype).astype(object), object
    return pd.Series(entries, dtype=object).astype(dtype)


def _kind(entry: Any, strict: bool) -> str:
    """Return the kind of a category; whole numbers are a kind of their own where it is strict."""
    if isinstance(entry, bool | np.bool_):
        return "booleans"
    if isinstance(entry, Number):
        return ("integers" if isinstance(entry, Integral) else "floats") if strict else "numbers"
    return "text" if isinstance(entry, str) else type(entry).__name__


def _content(column: pd.Series) -> str:
    """Return the dtype of a column for messages, or the content of objects."""
    if is_object_dtype(column.dtype):
        return pd.api.types.infer_dtype(column, skipna=True)
    return str(column.dtype)
