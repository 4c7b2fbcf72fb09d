"""Tables in: checks, formats and matrices of numbers.

A category becomes its place among the column's categories, a missing value NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from .column import Column, fits_float32
from .format import TableFormat
from .frames import as_frame, check_container, symbolic_columns
from .messages import check_finite, column_names, refuse_text

_FLOATS = [np.float64, np.float32]


def learn_table(
    estimator: BaseEstimator,
    X: Any,
    *,
    categorical_features: Any = "auto",
    missing: str = "error",
    like: TableFormat | None = None,
) -> tuple[TableFormat, NDArray[np.floating]]:
    """Check a table to train on; return its format and its values.

    Sets `n_features_in_` and `feature_names_in_` as scikit-learn does.

    Parameters
    ----------
    estimator : BaseEstimator
        For whom; messages name it.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The table.
    categorical_features : "auto", array-like or None, default="auto"
        The columns that hold symbols, as a mask, indices or names; "auto" takes a frame's columns
        of text, categories and booleans, and none of an array.
    missing : {"error", "indicator"}, default="error"
        Whether missing values are refused or NaN in the values.
    like : TableFormat, default=None
        A format whose columns to read the table by, instead of learning them from it.

    Returns
    -------
    table_format : TableFormat
    values : ndarray of shape (n_samples, n_features)
        float32 where that holds all of `X`, as float32 and short integers, else float64.

    Raises
    ------
    TypeError
        If `X` is sparse, or of another library's type.
    ValueError
        If `X` isn't a table of at least 1 column, a column is neither numbers nor symbols, holds
        infinity or a missing value that is refused, or a name stands twice; the message names
        the column.
    """
    check_container(X)
    if like is not None:
        table_format = like.with_dtypes_of(X)
        return table_format, read_table(estimator, X, like, missing=missing, reset=True)
    symbolic = symbolic_columns(X, categorical_features)
    if not isinstance(X, pd.DataFrame) and not symbolic.any():
        return _learn_numbers(estimator, X, missing)
    table_format = TableFormat.of(X, symbolic)
    return table_format, read_table(estimator, X, table_format, missing=missing, reset=True)


def read_table(
    estimator: BaseEstimator,
    X: Any,
    table_format: TableFormat,
    *,
    missing: str = "error",
    reset: bool = False,
) -> NDArray[np.floating]:
    """Values of a table in a format that was learnt before, or of its training table (`reset`).

    Raises
    ------
    TypeError, ValueError
        As `learn_table`, and if a column holds a symbol that it did not when its format was
        learnt.
    """
    check_container(X)
    if not table_format.has_symbols and not isinstance(X, pd.DataFrame):
        values = _read_numbers(estimator, X, reset)
    else:
        frame = as_frame(X)
        names = table_format.names
        if reset and names is not None and list(frame.columns) != list(names):
            raise ValueError(
                f"X must have the columns {list(names)} in their order, got {list(frame.columns)}"
            )
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        values = check_array(
            table_format.read(frame), dtype=_FLOATS, ensure_all_finite=False, copy=False
        )
    names = column_names(X, values.shape[1])
    check_finite(values, names, type(estimator).__name__, missing)
    if missing == "indicator":
        gaps = np.isnan(values).any(axis=0)
        for name, column, has_gap in zip(names, table_format.columns, gaps, strict=True):
            if has_gap and not column.has_missing:
                raise ValueError(
                    f"column {name} must not miss values, as it missed none in fit: impute them"
                )
    return values


def _learn_numbers(
    estimator: BaseEstimator, X: Any, missing: str
) -> tuple[TableFormat, NDArray[np.floating]]:
    """The way of arrays that hold numbers only: no column is looked at alone."""
    values = _read_numbers(estimator, X, reset=True)
    check_finite(values, column_names(X, values.shape[1]), type(estimator).__name__, missing)
    array = np.asarray(X)
    step = 1.0 if array.dtype.kind in "biu" else 0.0
    gaps = np.isnan(values).any(axis=0) if missing == "indicator" else [False] * values.shape[1]
    columns = [Column(j, array.dtype, None, step, bool(own)) for j, own in enumerate(gaps)]
    return TableFormat(columns, None, array.dtype, isinstance(X, list)), values


def _read_numbers(estimator: BaseEstimator, X: Any, reset: bool) -> NDArray[np.floating]:
    dtypes = np.float32 if fits_float32(getattr(X, "dtype", None)) else _FLOATS
    try:
        values = validate_data(estimator, X, reset=reset, dtype=dtypes, ensure_all_finite=False)
    except ValueError as error:
        if "could not convert" in str(error):
            refuse_text(X)
        raise
    dtype = np.asarray(X).dtype
    if dtype.kind in "SU":
        refuse_text(X)
    if dtype.kind in "mM":
        raise ValueError(
            f"X must be numeric, got dtype {str(dtype)!r}: give it as a pandas DataFrame"
        )
    return values
