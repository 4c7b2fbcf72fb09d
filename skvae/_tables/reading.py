"""Tables to formats and matrices of values, with all checks.

The value of a category is its index among the column's categories, the value of a missing entry
NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from .column import Column
from .dtypes import fits_float32
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

    Sets the estimator's `n_features_in_` and `feature_names_in_` as scikit-learn does.

    Parameters
    ----------
    estimator : BaseEstimator
        The calling estimator; error messages use its class name.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The table.
    categorical_features : "auto", array-like or None, default="auto"
        The categorical columns, as a mask, indices or names; "auto" takes a frame's columns of
        text, categories and booleans, and none of an array.
    missing : {"error", "indicator"}, default="error"
        Whether missing values are refused or become NaN.
    like : TableFormat, default=None
        Format learnt from another table. The columns of `X` are then read by this format, and
        only their dtypes are learnt.

    Returns
    -------
    table_format : TableFormat
    values : ndarray of shape (n_samples, n_features)
        float32 if `X` holds float32 and short integers only, else float64.

    Raises
    ------
    TypeError
        If `X` is sparse, or a table of another library.
    ValueError
        If `X` has no column, a column is neither numeric nor categorical, holds infinity or a
        missing value that is refused, or two columns share a name. The message names the column.
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
    """Return the values of a table in a known format.

    Parameters
    ----------
    estimator : BaseEstimator
        The calling estimator; error messages use its class name.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The table.
    table_format : TableFormat
        Format learnt from the training table or from another table.
    missing : {"error", "indicator"}, default="error"
        Whether missing values are refused or become NaN.
    reset : bool, default=False
        Whether `X` is the estimator's training table; sets the estimator's `n_features_in_` and
        `feature_names_in_`.

    Returns
    -------
    values : ndarray of shape (n_samples, n_features)

    Raises
    ------
    TypeError, ValueError
        As `learn_table`, and if a column holds a category or a missing value unknown to its
        format.
    """
    check_container(X)
    if not table_format.has_symbols and not isinstance(X, pd.DataFrame):
        values = _read_numbers(estimator, X, reset)
    else:
        values = _read_columns(estimator, X, table_format, reset)
    names = column_names(X, values.shape[1])
    check_finite(values, names, type(estimator).__name__, missing)
    if missing == "indicator":
        has_gaps = np.isnan(values).any(axis=0)
        for name, column, has_gap in zip(names, table_format.columns, has_gaps, strict=True):
            if has_gap and not column.has_missing:
                raise ValueError(
                    f"column {name} must not miss values, as it missed none in fit: impute them"
                )
    return values


def finite_array(X: Any, **options: Any) -> NDArray[Any]:
    """Return scikit-learn's `check_array`, also where it is set to assume that all is finite."""
    with config_context(assume_finite=False):
        return check_array(X, **options)


def _read_columns(
    estimator: BaseEstimator, X: Any, table_format: TableFormat, reset: bool
) -> NDArray[np.floating]:
    """Return the values of a frame or of an array with categories, read column by column."""
    frame, names = as_frame(X), table_format.names
    if reset and names is not None and list(frame.columns) != list(names):
        raise ValueError(
            f"X must have the columns {list(names)} in their order, got {list(frame.columns)}"
        )
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    values = table_format.read(frame)
    return check_array(values, dtype=_FLOATS, ensure_all_finite=False, copy=False)


def _learn_numbers(
    estimator: BaseEstimator, X: Any, missing: str
) -> tuple[TableFormat, NDArray[np.floating]]:
    """Learn an array of numbers as a whole, which is faster than column by column."""
    values = _read_numbers(estimator, X, reset=True)
    check_finite(values, column_names(X, values.shape[1]), type(estimator).__name__, missing)
    array = np.asarray(X)
    step = 1.0 if array.dtype.kind in "biu" else 0.0
    if missing == "indicator":
        has_gaps = np.isnan(values).any(axis=0).tolist()
    else:
        has_gaps = [False] * values.shape[1]
    columns = [Column(j, array.dtype, None, step, has_gap) for j, has_gap in enumerate(has_gaps)]
    return TableFormat(columns, None, array.dtype, isinstance(X, list)), values


def _read_numbers(estimator: BaseEstimator, X: Any, reset: bool) -> NDArray[np.floating]:
    """Return the values of an array of numbers, NaN where missing."""
    dtypes = np.float32 if fits_float32(getattr(X, "dtype", None)) else _FLOATS
    try:
        values = validate_data(estimator, X, reset=reset, dtype=dtypes, ensure_all_finite=False)
    except ValueError:
        if _holds_non_numbers(X):
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


def _holds_non_numbers(X: Any) -> bool:
    """Return whether an array of text or objects has entries that are no numbers."""
    try:
        array = np.asarray(X)
    except ValueError:  # rows of different lengths
        return False
    if array.dtype.kind not in "OSU":
        return False
    try:
        array.astype(np.float64)
    except (TypeError, ValueError):
        return True
    return False
