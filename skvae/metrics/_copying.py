"""Measures of copying: distances of generated rows to the training rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import euclidean_distances

from .._tables.distances import distance_space
from .._tables.format import TableFormat
from .._tables.identifiers import identifiers
from .._tables.together import read_together

# Number of distances that are in memory at once.
_CHUNK = 1 << 22
# Squared distances count as equal up to these relative and absolute rounding errors.
_ROUNDING, _ROUNDING_AT_ZERO = 1e-9, 1e-12

Matrix = NDArray[np.float64]


def distance_to_closest_record(
    X_train: ArrayLike,
    X_synthetic: ArrayLike,
    X_holdout: ArrayLike,
    *,
    categorical_features: Any = "auto",
) -> pd.Series:
    r"""Measure whether generated rows are closer to training rows than to held-out rows.

    The generator has not seen the held-out rows. If it copies no training rows, the real row that
    is closest to a generated row is therefore as likely a held-out row as a training row [1]_.
    With the numbers :math:`c_\mathrm{train}` and :math:`c_\mathrm{holdout}` of generated rows
    that are closest to a training row and to a held-out row, and the numbers
    :math:`n_\mathrm{train}` and :math:`n_\mathrm{holdout}` of rows, the share

    .. math:: \frac{c_\mathrm{train} / n_\mathrm{train}}
        {c_\mathrm{train} / n_\mathrm{train} + c_\mathrm{holdout} / n_\mathrm{holdout}}

    is then 0.5; it is 1 if all generated rows are closest to training rows. If both tables have
    the same size, it is the share of generated rows that are closest to a training row.

    Distances are Euclidean. Numbers are scaled to [0, 1] by the real rows and clipped to one range
    outside of theirs. Two different categories, or a value and a missing one, have distance 1.

    Parameters
    ----------
    X_train : {array-like, dataframe} of shape (n_train, n_features)
        Rows that the generator was fitted on.
    X_synthetic : {array-like, dataframe} of shape (n_samples, n_features)
        Generated rows.
    X_holdout : {array-like, dataframe} of shape (n_holdout, n_features)
        Real rows that the generator has not seen, a random sample as the training rows are.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names. "auto" takes the columns of text,
        categories and booleans of a frame, and none of an array.

    Returns
    -------
    measures : Series
        - ``share_closer_to_train``: the share above, in [0, 1]: 0.5 is no copying, 1 is copying.
          A generated row with several closest rows counts for each of them in equal parts.
        - ``exact_copies``: share of generated rows that are equal to a training row, in [0, 1].
        - ``exact_copies_holdout``: the same share of the held-out rows, as reference.
        - ``median_distance``: median distance of a generated row to the closest training row.
        - ``median_distance_holdout``: the same median of the held-out rows, as reference.
        - ``verbatim_cells``: number of cells of generated rows that repeat a value of the training
          rows, in columns that look like names, ids or free text (see
          `~skvae.exceptions.IdentifierWarning`).
        - ``verbatim_cells_holdout``: the same number of the held-out rows, as reference.

    Raises
    ------
    TypeError
        If a table is sparse, or of an unsupported library.
    ValueError
        If a table is empty, holds infinity, has other columns than the others, or a column is
        neither numeric nor categorical; the message names it.

    Notes
    -----
    Generated rows that are all alike have the same closest row, which is a training row or not by
    chance: the share means little for such a generator.

    Time grows with the product of the numbers of rows, memory does not.

    References
    ----------
    .. [1] M. Platzer and T. Reutterer, "Holdout-based empirical assessment of mixed-type
       synthetic data", Frontiers in Big Data 4, 2021, https://doi.org/10.3389/fdata.2021.679939

    Examples
    --------
    >>> import numpy as np
    >>> from skvae.metrics import distance_to_closest_record
    >>> X_train, X_holdout, X_new = np.random.default_rng(0).normal(size=(3, 500, 2))
    >>> float(distance_to_closest_record(X_train, X_new, X_holdout)["share_closer_to_train"])
    0.51...
    >>> copies = X_train[:100]
    >>> float(distance_to_closest_record(X_train, copies, X_holdout)["share_closer_to_train"])
    1.0
    """
    table_format, (train, synthetic, holdout) = read_together(
        {"X_train": X_train, "X_synthetic": X_synthetic, "X_holdout": X_holdout},
        categorical_features,
    )
    names = identifiers(table_format, train)
    near, new, far = _code(table_format, train, synthetic, holdout)
    return pd.Series(
        {
            "share_closer_to_train": _share_closer(new, near, far),
            "exact_copies": _share_of_copies(synthetic, train),
            "exact_copies_holdout": _share_of_copies(holdout, train),
            "median_distance": _median_distance(new, near),
            "median_distance_holdout": _median_distance(far, near),
            "verbatim_cells": _repeated(synthetic[:, names], train[:, names]),
            "verbatim_cells_holdout": _repeated(holdout[:, names], train[:, names]),
        }
    )


def closest_distances(X_train: Any, X_synthetic: Any, X_holdout: Any) -> tuple[Matrix, Matrix]:
    """Return the distance of each generated and of each held-out row to the closest training row.

    The parameters, and the scale of distances, are those of `distance_to_closest_record`.
    """
    tables = {"X_train": X_train, "X_synthetic": X_synthetic, "X_holdout": X_holdout}
    table_format, (train, synthetic, holdout) = read_together(tables, "auto")
    near, new, far = _code(table_format, train, synthetic, holdout)
    return _closest(new, near), _closest(far, near)


def _code(
    table_format: TableFormat, train: Matrix, synthetic: Matrix, holdout: Matrix
) -> list[NDArray[np.float32]]:
    """Code the rows of the three tables, so that Euclidean distances compare all columns."""
    real = np.concatenate([train, holdout])
    low, high = np.fmin.reduce(real, axis=0), np.fmax.reduce(real, axis=0)
    # A column that is constant in real rows has its range from the generated rows.
    flat = ~(low < high)
    low[flat] = np.fmin(low, np.fmin.reduce(synthetic, axis=0))[flat]
    high[flat] = np.fmax(high, np.fmax.reduce(synthetic, axis=0))[flat]
    # A row of gaps, as generated rows may miss values in columns that real rows fill.
    gaps = np.full(len(low), np.nan)
    low_flat, high_flat = np.where(flat, low, np.nan), np.where(flat, high, np.nan)
    code = distance_space(np.vstack([real, gaps, low_flat, high_flat]), table_format)
    with np.errstate(over="ignore"):
        reach = np.where(table_format.n_symbols, np.inf, high - low)
        synthetic = np.clip(synthetic, low - reach, high + reach)
    return [code(train), code(synthetic), code(holdout)]


def _squared_distances(rows: NDArray[Any], others: NDArray[Any]) -> Iterator[Matrix]:
    """Yield the squared distances of some rows at a time to all others."""
    step = max(1, _CHUNK // len(others))
    others = others.astype(np.float64)
    for start in range(0, len(rows), step):
        part = rows[start : start + step].astype(np.float64)
        squares = euclidean_distances(part, others, squared=True)
        squares[squares < _ROUNDING_AT_ZERO] = 0
        yield squares


def _median_distance(rows: NDArray[Any], others: NDArray[Any]) -> float:
    """Return the median distance of a row to the closest of the others."""
    return float(np.median(_closest(rows, others)))


def _closest(rows: NDArray[Any], others: NDArray[Any]) -> Matrix:
    """Return the distance of each row to the closest of the others."""
    closest = [squares.min(axis=1) for squares in _squared_distances(rows, others)]
    return np.sqrt(np.concatenate(closest))


def _share_closer(rows: NDArray[Any], train: NDArray[Any], holdout: NDArray[Any]) -> float:
    """Share of rows closer to `train` than to `holdout`, weighted as if both had equal size."""
    n_closer = 0.0
    for squares in _squared_distances(rows, np.concatenate([train, holdout])):
        least = squares.min(axis=1, keepdims=True)
        closest = squares <= least * (1 + _ROUNDING) + _ROUNDING_AT_ZERO
        n_closer += (closest[:, : len(train)].sum(axis=1) / closest.sum(axis=1)).sum()
    rate, other_rate = n_closer / len(train), (len(rows) - n_closer) / len(holdout)
    return float(rate / (rate + other_rate))


def _repeated(values: Matrix, originals: Matrix) -> int:
    """Return how many values stand in the same column of the originals, too."""
    columns = zip(values.T, originals.T, strict=True)
    return sum(int(np.isin(column, original).sum()) for column, original in columns)


def _share_of_copies(rows: Matrix, originals: Matrix) -> float:
    """Share of rows that are equal to an original."""
    known = {row.tobytes() for row in _canonical(originals)}
    return float(np.mean([row.tobytes() in known for row in _canonical(rows)]))


def _canonical(values: Matrix) -> Matrix:
    """Normalise NaN and -0.0, so that equal rows have equal bytes."""
    return np.where(np.isnan(values), np.nan, values + 0.0)
