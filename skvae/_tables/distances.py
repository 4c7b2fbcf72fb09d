"""Distances between rows of mixed tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .codec import TableCodec
from .format import TableFormat


def distance_space(
    values: NDArray[np.floating], table_format: TableFormat
) -> Callable[[NDArray[np.floating]], NDArray[np.float32]]:
    """Return a function that codes rows for Euclidean distances over all kinds of columns.

    Numbers are scaled to [0, 1] by their range in `values`. Two categories have distance 1. A
    missing number is coded as the mean of its column, and a 1 in one more column sets it apart.

    Parameters
    ----------
    values : ndarray of shape (n, n_features)
        Values of a table.
    table_format : TableFormat
        Format of the table.

    Returns
    -------
    code : callable
        Function of values (m, n_features) to coordinates (m, n_coordinates).
    """
    codec = TableCodec().fit(values, table_format)
    layout = codec.layout
    if not layout.n_columns:  # one category in each column: all rows are alike
        return lambda rows: np.zeros((len(rows), 1), np.float32)
    weights = np.ones(layout.n_columns, np.float32)
    weights[layout.gaussian.stop :] = np.sqrt(0.5)  # two columns of a group differ
    return lambda rows: codec.encode(rows) * weights
