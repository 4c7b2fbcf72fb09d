"""Columns in the dtypes of another table's: numbers rounded, dates in its zone, categories kept."""

from __future__ import annotations

from numbers import Integral, Number
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype, is_object_dtype

from .dtypes import (
    are_like_times,
    as_objects,
    can_miss,
    cast,
    integers_to_times,
    numpy_dtype,
    time_unit,
    times_to_integers,
)


def as_dtype(column: pd.Series, dtype: Any, known: pd.Series, symbolic: bool) -> pd.Series:
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

    Raises
    ------
    ValueError
        If the entries are of another kind than those known, such as text beside numbers, or the
        dtype can't hold a category or a missing value.
    """
    name = known.name
    if column.dtype == dtype and not is_object_dtype(dtype):
        return column
    absent = column.isna()
    if absent.any() and not can_miss(dtype):
        raise ValueError(f"column {name!r} must miss no values, as {dtype} in X can't: impute them")
    if absent.all():
        return pd.Series(index=column.index, dtype=dtype)
    if symbolic:
        return _categories(column, dtype, known)
    if not are_like_times(column.dtype, dtype) or not _is_numeric(column):
        raise ValueError(f"column {name!r} must hold {dtype} as in X, got {_content(column)}")
    if is_object_dtype(dtype):
        return column.astype(object)
    try:
        if unit := time_unit(dtype):
            moments = times_to_integers(column, unit)
            return pd.Series(integers_to_times(moments, absent.to_numpy(), dtype, unit))
        return _numbers(column, dtype)
    except ValueError as error:
        raise ValueError(f"column {name!r} must hold {dtype} as in X: {error}") from error


def _numbers(column: pd.Series, dtype: Any) -> pd.Series:
    own, plain = np.dtype(numpy_dtype(column.dtype)), np.dtype(numpy_dtype(dtype))
    if own.kind in "iu" and plain.kind in "iu":  # exact, however large
        limits = np.iinfo(own), np.iinfo(plain)
        lowest, highest = max(n.min for n in limits), min(n.max for n in limits)
        return column.clip(lowest, highest).astype(dtype)
    if is_object_dtype(column.dtype):
        column = column.mask(column.isna(), np.nan).astype(np.float64)
    numbers = column.to_numpy(np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        raise ValueError("got infinity, impute or drop it")
    return pd.Series(cast(numbers, dtype))


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
            f"{entries[strange.argmax()]!r}"
        )
    limit = f"one of {', '.join(map(repr, here[:5]))}" if strict else str(dtype)
    unfit = f"column {known.name!r} must hold categories that X can hold as {limit}"
    try:
        converted = _cast_objects(entries, dtype)
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise ValueError(f"{unfit}: {error}") from error
    lost = as_objects(converted) != entries
    # Floats of fewer bits are the same categories.
    dtypes = (numpy_dtype(column.dtype), numpy_dtype(dtype))
    if lost.any() and any(getattr(d, "kind", "O") != "f" for d in dtypes):
        raise ValueError(f"{unfit}, got {entries[lost.argmax()]!r}")
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


def _is_numeric(column: pd.Series) -> bool:
    """Return whether a column holds real numbers, or times."""
    if is_object_dtype(column.dtype):
        return all(_kind(entry, False) in ("numbers", "booleans") for entry in column.dropna())
    kind = getattr(numpy_dtype(column.dtype), "kind", "O")
    return kind in "mM" or (is_numeric_dtype(column.dtype) and kind != "c")


def _content(column: pd.Series) -> str:
    """Return the dtype of a column for messages, or the content of objects."""
    if is_object_dtype(column.dtype):
        return pd.api.types.infer_dtype(column, skipna=True)
    return str(column.dtype)
