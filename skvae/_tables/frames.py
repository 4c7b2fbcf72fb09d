"""Containers of tables: categorical columns, selected rows, tables below each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_object_dtype, is_string_dtype
from sklearn.utils import _safe_indexing
from sklearn.utils._indexing import _get_column_indices
from sklearn.utils.validation import check_array

# Values per chunk of rows, few enough that a copy of a chunk takes little memory.
_CHUNK = 1 << 20
# pandas' names for the content of an object column of numbers.
_OBJECT_NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal", "empty"}


def check_container(X: Any) -> None:
    """Refuse a table of another library than numpy and pandas."""
    library = type(X).__module__.split(".")[0]
    if library in {"polars", "pyarrow", "modin", "dask", "cudf", "ibis"}:
        raise TypeError(
            f"X must be a pandas DataFrame or an array, got {library}'s {type(X).__name__}: "
            "convert it, for instance with X.to_pandas()"
        )


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
            f"columns, got {categorical_features!r}"
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
            f"categorical_features must name columns of X, got {categorical_features!r}: {error}"
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
        return pd.api.types.infer_dtype(column, skipna=True) not in _OBJECT_NUMBERS
    if isinstance(dtype, pd.CategoricalDtype):
        return True
    if isinstance(dtype, pd.SparseDtype):
        return False
    return is_bool_dtype(dtype) or is_string_dtype(dtype)


def as_frame(X: Any) -> pd.DataFrame:
    """Return a table as a dense frame with distinct names.

    The columns of an array of objects get the dtypes of their entries.
    """
    if not isinstance(X, pd.DataFrame):
        array = np.asarray(X, object) if isinstance(X, list | tuple) else np.asarray(X)
        if array.ndim != 2:  # raises scikit-learn's error
            check_array(X, dtype=None, ensure_all_finite=False)
        return pd.DataFrame(array).infer_objects()
    _check_names(X)
    sparse = [j for j, d in enumerate(X.dtypes) if isinstance(d, pd.SparseDtype)]
    dense = X.copy(deep=False) if sparse else X
    for j in sparse:  # by place: a label may be missing
        dense.isetitem(j, X.iloc[:, j].sparse.to_dense())
    return dense


def _check_names(X: pd.DataFrame) -> None:
    repeated = X.columns[X.columns.duplicated()].unique().tolist()
    if repeated:
        raise ValueError(f"X must have distinct column names, got {repeated} more than once")


def stack_tables(X: Any, other: Any, name: str) -> Any:
    """Return the rows of `X`, followed by the rows of another table.

    Parameters
    ----------
    X, other : {array-like, dataframe} of shape (n_samples, n_features)
        Tables with the same columns.
    name : str
        Name of `other` in error messages.

    Raises
    ------
    ValueError
        If `other` has no rows, another kind of container or other columns than `X`.
    """
    if not len(other):
        raise ValueError(f"{name} must have at least 1 row, got none")
    if isinstance(X, pd.DataFrame) != isinstance(other, pd.DataFrame):
        raise ValueError(
            f"{name} must be a {type(X).__name__} as X is, got a {type(other).__name__}"
        )
    if isinstance(X, pd.DataFrame):
        if list(X.columns) != list(other.columns):
            raise ValueError(
                f"{name} must have the columns of X in their order, {list(X.columns)}, got "
                f"{list(other.columns)}"
            )
        return pd.concat([X, other], ignore_index=True)
    shapes = np.shape(X), np.shape(other)
    if len(shapes[0]) != 2 or shapes[0][1:] != shapes[1][1:]:
        raise ValueError(
            f"{name} must have as many columns as X, got shapes {shapes[1]} and {shapes[0]}"
        )
    return np.concatenate([np.asarray(X), np.asarray(other)])


def row_chunks(values: NDArray[Any]) -> Iterator[slice]:
    """Yield slices of rows, small enough that a copy of them takes little memory."""
    step = max(1, _CHUNK // max(1, values.shape[1]))
    for start in range(0, len(values), step):
        yield slice(start, min(start + step, len(values)))


def take_rows(X: Any, rows: NDArray[np.integer]) -> Any:
    """Return rows of a table in the table's container, with a new index."""
    # A table that is no array, but can become one, has no rows to take.
    taken = _safe_indexing(X if hasattr(X, "__getitem__") else np.asarray(X), rows)
    return taken.reset_index(drop=True) if hasattr(taken, "reset_index") else taken
