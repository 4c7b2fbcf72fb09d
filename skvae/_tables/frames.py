"""Containers of tables: categorical columns, dtypes, selected rows, columns alike."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from enum import Enum
from itertools import zip_longest
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_object_dtype, is_string_dtype
from sklearn.utils import _safe_indexing
from sklearn.utils._indexing import _get_column_indices
from sklearn.utils.validation import check_array

from .._seeding import short
from .exact import fits_float64

# Values per chunk of rows, few enough that copies of a chunk stay in the cache of a CPU.
_CHUNK = 1 << 18
# pandas' names for the content of object columns of numbers and dates.
_OBJECT_NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal", "complex", "empty"}
_OBJECT_TIMES = {"datetime", "datetime64", "date", "timedelta", "timedelta64"}


def check_container(X: Any, name: str = "X") -> None:
    """Refuse what is no table, one of another library than numpy and pandas, or unreadable."""
    library = type(X).__module__.split(".")[0]
    if library in {"polars", "pyarrow", "modin", "dask", "cudf", "ibis"}:
        way = "compute" if library == "dask" else "to_pandas"
        raise TypeError(
            f"{name} must be a pandas DataFrame or an array, got {library}'s {type(X).__name__}: "
            f"convert it, for instance with X.{way}()"
        )
    rows = X[:1] if isinstance(X, list | tuple) else X
    n_dims = None if isinstance(X, type) else getattr(rows, "ndim", None)
    n_dims = np.asarray(rows).ndim if n_dims is None else n_dims
    if n_dims == 1:
        raise ValueError(
            f"Expected 2D array, got 1D array instead: {name} is {short(X)}. Reshape your data, "
            "for one column with X.reshape(-1, 1) or X.to_frame()"
        )
    if n_dims == 0:
        raise ValueError(f"Expected 2D array, got scalar array instead: {name} is {short(X)}")
    _check_readable(X, name)


def _check_readable(X: Any, name: str) -> None:
    """Refuse columns in which pandas can't look for missing values, and masks that it ignores."""
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        row, column = np.argwhere(np.ma.getmaskarray(X))[0].tolist()
        raise ValueError(
            f"{name} must not be masked, got a masked entry in column {column}, first in row "
            f"{row}: fill it, for instance with X.filled(numpy.nan)"
        )
    if isinstance(X, pd.DataFrame):
        columns = [(label, column.dtype, column) for label, column in X.items()]
    elif isinstance(X, list | tuple) or is_object_dtype(getattr(X, "dtype", None)):
        array = np.asarray(X, object)
        columns = [
            (j, array.dtype, part) for j, part in enumerate(array.T if array.ndim == 2 else [])
        ]
    else:
        return
    for label, dtype, column in columns:
        try:
            if is_object_dtype(dtype):
                pd.isna(column)
        except InvalidOperation as error:
            signals = [isinstance(entry, Decimal) and entry.is_snan() for entry in column]
            raise ValueError(
                f"{name} must hold no Decimal('sNaN'), got one in column {label!r}, first in row "
                f"{signals.index(True)}: put None in its place"
            ) from error
        except NotImplementedError as error:
            raise ValueError(
                f"{name} must have dtypes that pandas has, got {error} in column {label!r}: cast it"
            ) from error


def symbolic_columns(X: Any, categorical_features: Any) -> NDArray[np.bool_]:
    """Return a mask of the categorical columns.

    Parameters
    ----------
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The table.
    categorical_features : "auto", array-like or None
        The categorical columns, as a mask, indices or names; "auto" takes a frame's columns of
        text, categories and booleans, and none of an array.

    Raises
    ------
    ValueError
        If `categorical_features` is invalid or names no column of `X`.
    """
    auto = isinstance(categorical_features, str) and categorical_features == "auto"
    if isinstance(categorical_features, str) and not auto:
        raise ValueError(
            "categorical_features must be 'auto', None, or a mask, indices or names of "
            f"columns, got {short(categorical_features)}"
        )
    if auto and isinstance(X, pd.DataFrame):
        _check_names(X)
        return np.array([_is_symbolic(column) for _, column in X.items()], bool)
    shape = np.shape(X) if isinstance(X, pd.DataFrame) else np.shape(np.asarray(X))
    n_features = shape[1] if len(shape) == 2 else 0
    mask = np.zeros(n_features, bool)
    if auto or categorical_features is None:
        return mask
    selectable = X if isinstance(X, pd.DataFrame) else np.empty((0, n_features))
    try:
        mask[_get_column_indices(selectable, _as_key(categorical_features))] = True
    except (ValueError, IndexError, TypeError) as error:
        raise ValueError(
            f"categorical_features must name columns of X, got {short(categorical_features)}: "
            f"{error}"
        ) from error
    return mask


def _as_key(columns: Any) -> Any:
    """Return a list or array in the form that scikit-learn's column selection accepts."""
    key = np.asarray(columns)
    return key.astype(int) if key.size == 0 else key.tolist()


def _is_symbolic(column: pd.Series) -> bool:
    """Return whether a column is categorical by its dtype or, for objects, by its entries."""
    dtype = column.dtype
    if is_object_dtype(dtype):
        content = pd.api.types.infer_dtype(column, skipna=True)
        if content.startswith("mixed"):  # of decimals and integers, say
            return not all(_is_number(entry) for entry in column.dropna())
        if content == "integer" and any(isinstance(entry, Enum) for entry in column):
            return True  # between the members of an IntEnum there are no others
        return content not in _OBJECT_NUMBERS | _OBJECT_TIMES
    if getattr(dtype, "type", None) is pd.CategoricalDtype.type:  # a dictionary of Arrow, too
        return True
    if isinstance(dtype, pd.SparseDtype):
        return False
    return is_bool_dtype(dtype) or is_string_dtype(dtype)


def _is_number(entry: Any) -> bool:
    return isinstance(entry, Number) and not isinstance(entry, bool | np.bool_)


def as_frame(X: Any) -> pd.DataFrame:
    """Return a table as a dense frame with distinct names."""
    if not isinstance(X, pd.DataFrame):
        array = np.asarray(X, object) if isinstance(X, list | tuple) else np.asarray(X)
        if array.ndim != 2:  # raises scikit-learn's error
            check_array(X, dtype=None, ensure_all_finite=False)
        # Frames are only read here: a large array need not be copied.
        return pd.DataFrame(array, dtype=array.dtype if array.dtype == object else None, copy=False)
    _check_names(X)
    sparse = [j for j, d in enumerate(X.dtypes) if isinstance(d, pd.SparseDtype)]
    dense = X.copy(deep=False) if sparse else X
    for j in sparse:  # by place: a label may be missing
        dense.isetitem(j, X.iloc[:, j].sparse.to_dense())
    return dense


def is_plain(X: Any) -> bool:
    """Return whether a table is one array of numbers that float64 holds, or no table at all."""
    if isinstance(X, pd.DataFrame | list):
        return False
    array = np.asarray(X)
    return array.ndim != 2 or fits_float64(array)


def _check_names(X: pd.DataFrame) -> None:
    repeated = X.columns[X.columns.duplicated()].unique().tolist()
    if repeated:
        raise ValueError(f"X must have distinct column names, got {short(repeated)} more than once")


def check_columns(X: pd.DataFrame, names: pd.Index, table: str, expected: str) -> None:
    """Refuse other columns than `names`, which are `expected` of the table, in their order."""
    # Unlike lists, indices are equal where a name is NaN, as in a pivot.
    if X.columns.equals(names):
        return
    pairs = enumerate(zip_longest(X.columns, names))
    j, (here, there) = next(p for p in pairs if not pd.Index(p[1][:1]).equals(pd.Index(p[1][1:])))
    raise ValueError(
        f"{table} must have {expected} in their order, got {here!r} in place of {there!r} as "
        f"column {j}"
    )


def dtypes_of(X: Any) -> tuple[Any, list[Any]]:
    """Return the dtype of an array, None for a frame, and the dtype of each column."""
    if isinstance(X, pd.DataFrame):
        return None, list(X.dtypes)
    dtype = np.dtype(object) if isinstance(X, list) else np.asarray(X).dtype
    frame = as_frame(X)
    # pandas knows no text of limited length.
    return dtype, [dtype] * frame.shape[1] if dtype.kind in "SU" else list(frame.dtypes)


def check_alike(X: Any, other: Any, name: str) -> None:
    """Refuse a table of another kind of container or other columns than `X`.

    Parameters
    ----------
    X, other : {array-like, dataframe} of shape (n_samples, n_features)
        The tables.
    name : str
        Name of `other` in error messages.

    Raises
    ------
    ValueError
        If `other` has no rows, another kind of container or other columns than `X`.
    """
    check_container(X)
    check_container(other, name)
    if not len(other):
        raise ValueError(f"{name} must have at least 1 row, got none")
    if isinstance(X, pd.DataFrame) != isinstance(other, pd.DataFrame):
        raise ValueError(
            f"{name} must be a {type(X).__name__} as X is, got a {type(other).__name__}"
        )
    if isinstance(X, pd.DataFrame):
        check_columns(other, X.columns, name, "the columns of X")
        return
    shapes = np.shape(X), np.shape(other)
    if len(shapes[0]) != 2 or shapes[0][1:] != shapes[1][1:]:
        raise ValueError(
            f"{name} must have as many columns as X, got shapes {shapes[1]} and {shapes[0]}"
        )


def row_chunks(values: Any) -> Iterator[slice]:
    """Yield slices of rows, small enough that a copy of them takes little memory."""
    step = max(1, _CHUNK // max(1, math.prod(values.shape[1:])))
    for start in range(0, len(values), step):
        yield slice(start, min(start + step, len(values)))


def some_rows(n_rows: int, at_most: int) -> NDArray[np.intp] | slice:
    """Return numbers of `at_most` of some rows, ascending: a random sample, the same every time."""
    if n_rows <= at_most:
        return slice(None)
    return np.sort(np.random.default_rng(0).choice(n_rows, at_most, replace=False, shuffle=False))


def take_rows(X: Any, rows: NDArray[np.integer]) -> Any:
    """Return rows of a table in the table's container, with a new index."""
    # A table that is no array, but can become one, has no rows to take.
    taken = _safe_indexing(X if hasattr(X, "__getitem__") else np.asarray(X), rows)
    return taken.reset_index(drop=True) if hasattr(taken, "reset_index") else taken
