"""Tables in, float matrices out, and back: containers, names, dtypes and scales."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from imblearn.utils import check_target_type
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import is_numeric_dtype, is_object_dtype
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d, validate_data

# Values that are scaled at once: small enough to leave no second table in memory.
_CHUNK = 1 << 20


def read_table(estimator: BaseEstimator, X: Any, *, reset: bool) -> NDArray[np.floating]:
    """Check `X` and return it as float matrix: float32 stays, all else becomes float64.

    Sets or compares `n_features_in_` and `feature_names_in_` as scikit-learn does.

    Raises
    ------
    TypeError
        If `X` is sparse.
    ValueError
        If `X` isn't a table of at least 1 column, a column is not numeric, holds NaN, a missing
        value or infinity, or a name stands twice; the message names the column.
    """
    if isinstance(X, pd.DataFrame):
        _check_frame(X)
        sparse = {c: d.subtype for c, d in X.dtypes.items() if isinstance(d, pd.SparseDtype)}
        X = X.astype(sparse) if sparse else X
    try:
        values = validate_data(
            estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False
        )
    except ValueError as error:
        if "could not convert" in str(error):
            _name_text(X)
        raise
    if not isinstance(X, pd.DataFrame):
        _check_array_dtype(X)
    _check_finite(values, _names(X, values.shape[1]), type(estimator).__name__)
    return values


def _names(X: Any, n_features: int) -> list[str]:
    columns = X.columns if isinstance(X, pd.DataFrame) else range(n_features)
    return [repr(c) for c in columns]


def _check_frame(X: pd.DataFrame) -> None:
    twice = X.columns[X.columns.duplicated()].unique().tolist()
    if twice:
        raise ValueError(f"X must have distinct column names, got {twice} more than once")
    for name, dtype in X.dtypes.items():
        if not is_numeric_dtype(dtype) and not is_object_dtype(dtype):
            raise ValueError(
                f"X must be numeric, got dtype {str(dtype)!r} in column {name!r}: encode it first, "
                "for instance with sklearn.preprocessing.OrdinalEncoder"
            )


def _check_array_dtype(X: Any) -> None:
    dtype = np.asarray(X).dtype
    if dtype.kind in "SU":
        _name_text(X)
    if dtype.kind in "mM":
        raise ValueError(f"X must be numeric, got dtype {str(dtype)!r}: encode it as numbers first")


def _name_text(X: Any) -> None:
    """Raise an error that names the first column with text in it, if a column has any."""
    entries = np.asarray(X, object)
    if entries.ndim != 2:
        return
    for j, name in enumerate(_names(X, entries.shape[1])):
        for entry in entries[:, j]:
            if isinstance(entry, str | bytes):
                raise ValueError(
                    f"X must be numeric, got {entry!r} in column {name}: encode it first, for "
                    "instance with sklearn.preprocessing.OrdinalEncoder"
                )


def _check_finite(values: NDArray[np.floating], names: list[str], estimator: str) -> None:
    # A finite sum has finite terms, at no cost in memory; only else look closer.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return
    for rows in _chunks(values):
        for bad, what in ((np.isnan, "NaN"), (np.isinf, "infinity")):
            row, column = np.nonzero(bad(values[rows]))
            if len(row):
                raise ValueError(
                    f"{estimator} needs finite numbers: X contains {what} in column "
                    f"{names[column[0]]}, first in row {rows.start + row[0]}: impute or drop it"
                )


def _chunks(values: NDArray[Any]) -> Iterator[slice]:
    step = max(1, _CHUNK // max(1, values.shape[1]))
    for start in range(0, len(values), step):
        yield slice(start, min(start + step, len(values)))


@dataclass(frozen=True)
class TableFormat:
    """The container, column names and dtypes of a table, to give new rows the same.

    Attributes
    ----------
    columns : Index or None
        A frame's columns; None for anything else.
    dtypes : list of dtype
        One a column for a frame, else one for all.
    as_list : bool
        Whether the table came as a list of lists.
    """

    columns: pd.Index | None
    dtypes: list[Any]
    as_list: bool = False

    @classmethod
    def of(cls, X: ArrayLike | pd.DataFrame) -> TableFormat:
        """Read the format off a table that `read_table` accepts."""
        if isinstance(X, pd.DataFrame):
            return cls(X.columns, X.dtypes.tolist())
        return cls(None, [np.asarray(X).dtype], isinstance(X, list))

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Turn a float matrix into such a table; integers and booleans are rounded."""
        if self.columns is None:
            table = _cast(values, self.dtypes[0])
            return table.tolist() if self.as_list else table
        if len(set(self.dtypes)) == 1 and isinstance(self.dtypes[0], np.dtype):
            return pd.DataFrame(_cast(values, self.dtypes[0]), columns=self.columns)
        arrays = [_cast(values[:, j], dtype) for j, dtype in enumerate(self.dtypes)]
        frame = pd.DataFrame(dict(enumerate(arrays)))
        frame.columns = self.columns
        return frame

    def append(self, X: Any, values: NDArray[np.floating]) -> Any:
        """The rows of `X` as they are, then `values` in its format, with a new index."""
        new = self.restore(values)
        if self.as_list:
            return [*X, *new]
        if self.columns is None:
            return np.concatenate([np.asarray(X), new])
        return pd.concat([X, new], ignore_index=True)


def _cast(values: NDArray[np.floating], dtype: Any) -> Any:
    if isinstance(dtype, np.dtype):
        return _round_for(values, dtype).astype(dtype, copy=False)
    # pandas' own dtypes: "Int64", "Float32", "boolean", and sparse ones.
    plain = dtype.subtype if isinstance(dtype, pd.SparseDtype) else dtype.numpy_dtype
    return pd.array(_round_for(values, plain)).astype(dtype)


def _round_for(values: NDArray[np.floating], dtype: np.dtype) -> NDArray[np.floating]:
    """`values` as `dtype` can hold them: whole numbers for integers and booleans."""
    if dtype.kind not in "biu":
        return values
    values = np.rint(values)
    if dtype.kind != "b":
        lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
        # The float64 nearest to the int64 2^63 - 1 is 2^63, which is none: take the one below.
        top = float(highest) if int(float(highest)) == highest else np.nextafter(highest, 0.0)
        np.clip(values, lowest, top, out=values)
    return values


def take_rows(X: Any, rows: NDArray[np.integer]) -> Any:
    """Rows of a table in its container, with a new index."""
    taken = _safe_indexing(X, rows)
    return taken.reset_index(drop=True) if hasattr(taken, "reset_index") else taken


@dataclass(frozen=True)
class Target:
    """Class labels, and how to give more of them the container of the first.

    Attributes
    ----------
    y : array-like
        The target as it came.
    labels : ndarray of shape (n_samples,)
        A label a row; for one-hot columns, the number of the column.
    one_hot : bool
        Whether `y` has a column a class.
    """

    y: Any
    labels: NDArray[Any]
    one_hot: bool

    @classmethod
    def of(cls, y: Any) -> Target:
        """Check a target and read its labels.

        Raises
        ------
        TypeError
            If labels can't be put in order, such as numbers beside strings.
        ValueError
            If `y` is continuous, has several labels a row, or holds NaN.
        """
        array = _target_array(y)
        if array.dtype == object:
            try:
                sorted(set(array.ravel().tolist()))
            except TypeError as error:
                raise TypeError(f"y must hold labels of one kind: {error}") from error
        check_classification_targets(y)
        labels, one_hot = check_target_type(array, indicate_one_vs_all=True)
        return cls(y, column_or_1d(np.asarray(labels)), one_hot)

    def like(self, labels: NDArray[Any]) -> Any:
        """Labels in the target's container and dtype."""
        y = self.y
        if self.one_hot:
            labels = np.eye(np.shape(y)[1], dtype=_target_array(y).dtype)[labels]
        if isinstance(y, pd.Series):
            return pd.Series(labels, dtype=y.dtype, name=y.name)
        if isinstance(y, pd.DataFrame):
            return pd.DataFrame(labels, columns=y.columns).astype(y.dtypes)
        return labels.tolist() if isinstance(y, list) else labels

    def append(self, labels: NDArray[Any]) -> Any:
        """The target as it came, then `labels` likewise."""
        y, new = self.y, self.like(labels)
        if isinstance(y, pd.Series | pd.DataFrame):
            return pd.concat([y, new], ignore_index=True)
        if isinstance(y, list):
            return [*y, *new]
        return np.concatenate([np.asarray(y) if self.one_hot else self.labels, new])


def _target_array(y: Any) -> NDArray[Any]:
    """`y` as an array; pandas' nullable integers and booleans stay what they are."""
    dtype = getattr(y, "dtype", None)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "numpy_dtype"):
        if not y.isna().any():
            return y.to_numpy(dtype.numpy_dtype)
    return np.asarray(y)


class TableCodec:
    """Scales every column to [0, 1] by its range, and back.

    Attributes
    ----------
    min_, max_ : ndarray of shape (n_features,), float64
        Each column's range in the rows that `fit` saw. A constant column is coded as 0.
    """

    def fit(self, values: NDArray[np.floating]) -> TableCodec:
        self.min_ = values.min(axis=0).astype(np.float64)
        self.max_ = values.max(axis=0).astype(np.float64)
        return self

    @property
    def _half_range(self) -> NDArray[np.float64]:
        # Half of it, because the range of float64's extremes is not a float64.
        return self.max_ / 2 - self.min_ / 2

    def encode(self, values: NDArray[np.floating], dtype: Any = np.float32) -> NDArray[Any]:
        """Scale rows; those outside the fitted range leave [0, 1]."""
        divisor = np.where(self._half_range > 0, self._half_range, 1)
        coded = np.empty(values.shape, dtype)
        for rows in _chunks(values):
            part = values[rows].astype(np.float64)
            part /= 2
            part -= self.min_ / 2
            part /= divisor
            coded[rows] = part
        return coded

    def decode(self, coded: NDArray[np.floating]) -> NDArray[np.float64]:
        """Scale back, into the fitted range."""
        values = np.empty(coded.shape)
        for rows in _chunks(coded):
            part = coded[rows] * self._half_range
            part += self.min_ / 2
            part *= 2
            np.clip(part, self.min_, self.max_, out=values[rows])
        return values
