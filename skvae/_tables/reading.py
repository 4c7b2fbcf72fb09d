"""Tables to formats and matrices of values, with all checks.

The value of a category is its index among the column's categories, the value of a missing entry
NaN.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from .._seeding import short
from .column import Column
from .dtypes import fits_float32
from .dummies import find_dummies
from .format import TableFormat
from .frames import as_frame, check_columns, check_container, is_plain, symbolic_columns
from .messages import check_finite, column_names, first_line, refuse_text

_FLOATS = [np.float64, np.float32]


def learn_table(
    estimator: BaseEstimator,
    X: Any,
    *,
    categorical_features: Any = "auto",
    missing: str = "error",
    like: TableFormat | None = None,
    known: TableFormat | None = None,
    n_labelled: int | None = None,
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
    known : TableFormat, default=None
        Format of the table that a model of numbers has learnt. The format of `X` is learnt, but its
        values are those that the model knows.
    n_labelled : int, default=None
        Rows of the table in front of others, which don't decide what dummies are.

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
        like.check_container(X)
        values = read_table(estimator, X, like, missing=missing, reset=True)
        return like.with_dtypes_of(X), values
    symbolic = symbolic_columns(X, categorical_features)
    if is_plain(X) and not symbolic.any() and (known is None or known.is_plain):
        table_format, values = _learn_numbers(estimator, X, missing)
    else:
        table_format = TableFormat.of(X, symbolic)
        if known is not None:
            table_format = table_format.on_grids_of(known)
        values = read_table(estimator, X, table_format, missing=missing, reset=True)
    names = [column.name for column in table_format.columns]
    return replace(table_format, dummies=find_dummies(values, names, n_labelled)), values


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
    if is_plain(X) and table_format.is_plain:
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
    if reset and names is not None:
        check_columns(frame, names, "X", f"the columns {short(list(names))}")
    kinds = sorted({type(name).__name__ for name in frame.columns})
    if "str" in kinds and len(kinds) > 1:  # scikit-learn's message has five lines
        raise TypeError(
            "Feature names are only supported if all input features have string names, got "
            f"{' and '.join(kinds)}: rename them, for instance by X.columns.astype(str)"
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
    return TableFormat(columns, None, array.dtype), values


def _read_numbers(estimator: BaseEstimator, X: Any, reset: bool) -> NDArray[np.floating]:
    """Return the values of an array of numbers, NaN where missing."""
    dtypes = np.float32 if fits_float32(getattr(X, "dtype", None)) else _FLOATS
    try:
        with np.errstate(over="ignore"):  # infinity, then, which is refused
            values = validate_data(estimator, X, reset=reset, dtype=dtypes, ensure_all_finite=False)
    except (OverflowError, ValueError) as error:
        if np.asarray(X).dtype.kind in "SU":
            refuse_text(X)
        # Behind the first line scikit-learn may show all the data.
        raise type(error)(first_line(error)) from None
    dtype = np.asarray(X).dtype
    if dtype.kind in "SU":
        refuse_text(X)
    if dtype.kind in "mM":
        raise ValueError(
            f"X must be numeric, got dtype {str(dtype)!r}: give it as a pandas DataFrame"
        )
    return values
