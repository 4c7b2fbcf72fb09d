"""A uniform sample of the rows of a table that may be larger than memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from .._tables.chunks import sample_rows
from ._base import check_int


def reservoir_sample(
    chunks: Any,
    n_rows: int = 500_000,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> Any:
    """Draw rows of a table in one pass, all with the same chance, without replacement.

    Any estimator can learn from them. No more than twice as many rows and one chunk are in memory
    at a time. The rows keep their order. Which rows are drawn depends on `random_state`, `n_rows`
    and their place in the table, and not on the chunks: columns, labels or weights that come
    apart are drawn along with the same integer `random_state`.

    Parameters
    ----------
    chunks : {array, dataframe, iterable}
        The table, with numbers or categories of any kind: an array, such as a `numpy.memmap` or a
        data set of h5py, a frame, one of Dask, a data set or file of Arrow
        (``pyarrow.dataset.dataset("folder")``, ``pyarrow.parquet.ParquetFile("file")``), or an
        iterable of arrays of shape (n, n_features) or (n,), or of frames with the same columns,
        such as ``pandas.read_csv("file", chunksize=100_000)``.
    n_rows : int, default=500_000
        Rows to draw, >= 1; of a table with fewer, all are taken.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same rows at each call.

    Returns
    -------
    X : {ndarray, dataframe, series}
        The rows in the container of the chunks: pandas' for those of Dask, Arrow and polars.

    Raises
    ------
    TypeError
        If `chunks` is no table and yields none.
    ValueError
        If `n_rows` is not an int >= 1, there are no chunks, or a chunk has other columns than the
        first one.

    Examples
    --------
    >>> import numpy as np
    >>> from skvae.datasets import reservoir_sample
    >>> chunks = (np.full((100, 2), i) for i in range(50))
    >>> reservoir_sample(chunks, 1000, random_state=0).shape
    (1000, 2)
    """
    check_int("n_rows", n_rows, 1)
    return sample_rows(chunks, n_rows, check_random_state(random_state)).table
