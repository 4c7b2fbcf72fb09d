"""Class labels: the target as the user gives it, as an array, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from imblearn.utils import check_target_type
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d


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
    def of(cls, y: Any) -> Target:
        """Check a target and read its labels.

        Raises
        ------
        TypeError
            If labels cannot be sorted, such as numbers and strings together.
        ValueError
            If `y` is continuous, has several labels per row, or holds NaN.
        """
        array = _target_array(y)
        if array.dtype == object:
            try:
                sorted(set(array.ravel().tolist()))
            except TypeError as error:
                raise TypeError(f"y must hold labels of one kind: {error}") from error
        with config_context(assume_finite=False):
            check_classification_targets(y)
        labels, one_hot = check_target_type(array, indicate_one_vs_all=True)
        return cls(y, column_or_1d(np.asarray(labels)), one_hot)

    def like(self, labels: NDArray[Any]) -> Any:
        """Return labels in the target's container and dtype."""
        y = self.y
        if self.one_hot:
            labels = np.eye(np.shape(y)[1], dtype=_target_array(y).dtype)[labels]
        if isinstance(y, pd.Series):
            return pd.Series(labels, dtype=y.dtype, name=y.name)
        if isinstance(y, pd.DataFrame):
            return pd.DataFrame(labels, columns=y.columns).astype(y.dtypes)
        return labels.tolist() if isinstance(y, list) else labels

    def append(self, labels: NDArray[Any]) -> Any:
        """Return the target, followed by `labels` in its container and dtype."""
        y, new = self.y, self.like(labels)
        if isinstance(y, pd.Series | pd.DataFrame):
            return pd.concat([y, new], ignore_index=True)
        if isinstance(y, list):
            return [*y, *new]
        return np.concatenate([np.asarray(y) if self.one_hot else self.labels, new])


def _target_array(y: Any) -> NDArray[Any]:
    """Return `y` as an array; nullable integers and booleans of pandas keep their kind."""
    dtype = getattr(y, "dtype", None)
    if isinstance(dtype, pd.api.extensions.ExtensionDtype) and hasattr(dtype, "numpy_dtype"):
        if not y.isna().any():
            return y.to_numpy(dtype.numpy_dtype)
    return np.asarray(y)
