"""Class labels in, an array of labels out, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from imblearn.utils import check_target_type
from numpy.typing import NDArray
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d


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
