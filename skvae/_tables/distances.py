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
    """A function that codes rows so that their Euclidean distances compare all kinds of columns.

    Numbers are scaled to [0, 1] by their range in `values`; another symbol counts 1, and a missing
    number beside one that is there 1 and how far that is from the mean.
    """
    codec = TableCodec().fit(values, table_format)
    layout = codec.layout
    weights = np.ones(layout.n_columns, np.float32)
    weights[layout.gaussian.stop :] = np.sqrt(0.5)  # two columns differ
    return lambda rows: codec.encode(rows) * weights
