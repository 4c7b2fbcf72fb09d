"""Weights of resampled rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def resampled_weights(
    weights: NDArray[np.floating],
    labels: NDArray[Any],
    new_labels: NDArray[Any],
    parents: NDArray[np.intp],
) -> NDArray[np.floating]:
    """Return the weights of rows, followed by those that new rows inherit.

    A new row has the mean weight of the rows that it comes from, or of the rows of its class where
    it comes from none that has a weight.

    Parameters
    ----------
    weights : ndarray of shape (n_samples,)
        Weights of the original rows.
    labels : ndarray of shape (n_samples,)
        Their classes.
    new_labels : ndarray of shape (n_new,)
        Classes of the new rows.
    parents : ndarray of shape (n_new, 2)
        Rows that each comes from, -1 for none; from n_samples on they have no weight.
    """
    is_known = (parents >= 0) & (parents < len(weights))
    n_known = is_known.sum(axis=1)
    total = np.where(is_known, weights[np.where(is_known, parents, 0)], 0).sum(axis=1)
    inherited = total / np.maximum(n_known, 1)
    for c in np.unique(new_labels[n_known == 0]):
        inherited[(n_known == 0) & (new_labels == c)] = weights[labels == c].mean()
    return np.concatenate([weights, inherited.astype(weights.dtype)])
