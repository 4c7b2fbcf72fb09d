"""Class labels: the target as the user gives it, as an array, and back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any

import numpy as np
import pandas as pd
from imblearn.utils import check_target_type
from numpy.typing import NDArray
from pandas.api.types import is_object_dtype
from sklearn import config_context
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from .._seeding import short

_ONE_HOT = "multilabel-indicator"  # as scikit-learn calls it
# pandas' names for the content of objects, and the dtypes of such labels.
_DTYPES = {
    "boolean": (np.bool_,),
    "integer": (np.int64, np.uint64),
    "floating": (np.float64,),
    "mixed-integer-float": (np.float64,),
}


@dataclass(frozen=True)
class Target:
    """Class labels and their container, which new labels get too.

    Attributes
    ----------
    y : array-like
        The target in the user's container.
    labels : ndarray of shape (n_samples,)
        Label of each row; the number of the column if `y` is one-hot.
    one_hot : bool
        Whether `y` has one column per class.
    """

    y: Any
    labels: NDArray[Any]
    one_hot: bool

    @classmethod
    def of(cls, y: Any, name: str = "y") -> Target:
        """Check a target and read its labels; messages call it `name`.

        Raises
        ------
        TypeError
            If labels are neither text nor numbers nor booleans, or of several kinds.
        ValueError
            If `y` is no array, misses labels, is continuous, or has several labels per row.
        """
        array = _target_array(y, name)
        if array.ndim > 1 and array.shape[1] > 1 and type_of_target(array) != _ONE_HOT:
            raise ValueError(
                f"{name} should be a 1d array, got an array of shape {array.shape}: the table "
                "comes first, then its labels"
            )
        with config_context(assume_finite=False):
            kind = type_of_target(array)
            if kind.startswith("continuous"):
                broken = np.flatnonzero(array.reshape(len(array), -1)[:, 0] % 1)[0]
                raise ValueError(
                    f"Unknown label type: {kind}: {name} must hold classes, got "
                    f"{array.flat[broken]:g} in row {broken}: cut numbers into classes, for "
                    "instance by pandas.cut"
                )
            check_classification_targets(array)
        labels, one_hot = check_target_type(array, indicate_one_vs_all=True)
        if one_hot:
            _refuse_missing(np.all(array == 0, axis=1, keepdims=True), name)
        return cls(y, column_or_1d(np.asarray(labels)), one_hot)

    def like(self, labels: NDArray[Any]) -> Any:
        """Return labels in the target's container and dtype."""
        y = self.y
        if self.one_hot:
            labels = np.eye(np.shape(y)[1], dtype=_target_array(y, "y").dtype)[labels]
        if isinstance(y, pd.DataFrame):
            return pd.DataFrame(labels, columns=y.columns).astype(y.dtypes)
        is_object = is_object_dtype(getattr(y, "dtype", None))
        if is_object and not self.one_hot:
            # The labels themselves, of whatever type: a member of an IntEnum is no int.
            known = dict(zip(self.labels.tolist(), np.asarray(y, object).flat, strict=True))
            labels = np.fromiter((known[label] for label in labels.tolist()), object, len(labels))
        if isinstance(y, pd.Series):
            return pd.Series(labels, dtype=y.dtype, name=y.name)
        if isinstance(y, list):
            return labels.tolist()
        return labels.astype(object) if is_object else labels

    def append(self, labels: NDArray[Any]) -> Any:
        """Return the target, followed by `labels` in its container and dtype."""
        y, new = self.y, self.like(labels)
        if isinstance(y, pd.Series | pd.DataFrame):
            return pd.concat([y, new], ignore_index=True)
        if isinstance(y, list):
            return [*y, *new]
        return np.concatenate([np.asarray(y) if self.one_hot else self.like(self.labels), new])


def labels_of_rows(y: Any, n_rows: int, classes: NDArray[Any]) -> NDArray[Any]:
    """Return a label for each of `n_rows`, given one for all or an array of known ones.

    Raises
    ------
    ValueError
        If there are more or fewer, or some are not among `classes`.
    """
    if isinstance(y, dict | set | frozenset):
        raise ValueError(f"y must be one label, or an array of one a row, got {short(y)}")
    labels = np.full(n_rows, y) if np.ndim(y) == 0 else column_or_1d(np.asarray(y))
    if len(labels) != n_rows:
        raise ValueError(
            f"y must be one label, or one for each of {n_rows} rows, got {len(labels)}"
        )
    known = classes.tolist()
    unknown = sorted(set(labels.tolist()) - set(known), key=str)
    if unknown:
        raise ValueError(f"y must hold labels of {short(known)}, got {short(unknown)}")
    return labels.astype(classes.dtype, copy=False)


def _target_array(y: Any, name: str) -> NDArray[Any]:
    """Return `y` as an array; numbers and booleans of pandas, and in objects, keep their kind."""
    # numpy would make text of numbers and None beside text in a list.
    is_list = isinstance(y, list | tuple)
    array = np.asarray(y, object) if is_list else np.asarray(y)
    if array.ndim == 0 or not len(array):
        raise ValueError(f"{name} should be a 1d array of labels, one a row, got {short(y)}")
    if isinstance(y, np.ma.MaskedArray):
        _refuse_missing(np.ma.getmaskarray(y), name)
    with suppress(InvalidOperation):  # of decimals, which are refused below
        _refuse_missing(np.asarray(pd.isna(array)), name)
    dtype = getattr(y, "dtype", None)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "numpy_dtype"):
        array = y.to_numpy(dtype.numpy_dtype)
    if array.dtype == object:
        array = _without_objects(array, name)
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} must hold labels, got {short(y)}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = np.nonzero(~np.isfinite(array))[0][0]
        raise ValueError(f"{name} must hold finite labels, got infinity, first in row {row}")
    return array.astype(str) if is_list and array.dtype == object else array


def _without_objects(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Return numbers and booleans in a dtype of their own; text, too, is of one kind."""
    kind = pd.api.types.infer_dtype(array.ravel(), skipna=False)
    for dtype in _DTYPES.get(kind, ()):
        try:
            return array.astype(dtype)
        except OverflowError:
            continue
    if kind in ("string", "empty"):
        return array
    types = " and ".join(sorted({type(label).__name__ for label in array.flat}))
    got = f"{max(array.flat, key=abs)}" if types == "int" else types
    raise TypeError(
        f"{name} must hold text, whole numbers of 64 bits or booleans, got {got}: cast the labels, "
        "for instance to str"
    )


def _refuse_missing(absent: NDArray[np.bool_], name: str) -> None:
    """Refuse labels that are missing in some rows."""
    rows = np.flatnonzero(absent.reshape(len(absent), -1).any(axis=1))
    if len(rows):
        raise ValueError(
            f"{name} misses labels, first in row {rows[0]} ({len(rows)} of {len(absent)} rows): "
            "label these rows or drop them"
        )
