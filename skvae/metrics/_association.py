"""Associations between the columns of a table.

All pairs of columns are counted at once. In a one-hot coding, the contingency tables of all pairs
are the blocks of one product of matrices, and rows with a missing value don't count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from .._tables.numbers import RangeScaler
from .._tables.together import read_together

Matrix = NDArray[np.float64]

# Smaller shares of a column's variance, in the rows of a pair, are rounding errors.
_NO_VARIANCE = 1e-9


def association_matrix(X: ArrayLike, *, categorical_features: Any = "auto") -> pd.DataFrame:
    r"""Association of each pair of columns, for columns of all kinds.

    - Two columns of numbers or dates: Pearson's correlation r, in [-1, 1].
    - Two categorical columns: Cramér's V with the bias correction of [1]_, in [0, 1].
    - One of each: the correlation ratio
      :math:`\eta = \sqrt{\mathrm{Var}(\mathrm{E}[x \mid s]) / \mathrm{Var}(x)}`, in [0, 1].

    The association of a pair is computed from the rows that have both values. It is 0 if a column
    is constant in these rows.

    Parameters
    ----------
    X : {array-like, dataframe} of shape (n_samples, n_features)
        A table; values may be missing.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names. "auto" takes the columns of text,
        categories and booleans of a frame, and none of an array.

    Returns
    -------
    associations : DataFrame of shape (n_features, n_features)
        Symmetric, with 1 on the diagonal (0 for a constant column).

    Raises
    ------
    TypeError
        If `X` is sparse, or a table of an unsupported library.
    ValueError
        If `X` is empty, holds infinity, or a column is neither numeric nor categorical.

    References
    ----------
    .. [1] W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", Journal of the
       Korean Statistical Society 42, 2013, https://doi.org/10.1016/j.jkss.2012.10.002

    Examples
    --------
    >>> import pandas as pd
    >>> from skvae.metrics import association_matrix
    >>> X = pd.DataFrame({"cm": [150, 160, 170, 180], "inch": [59.1, 63.0, 66.9, 70.9]})
    >>> X["size"] = ["small", "small", "tall", "tall"]
    >>> association_matrix(X).round(2)
            cm  inch  size
    cm    1.00  1.00  0.89
    inch  1.00  1.00  0.89
    size  0.89  0.89  1.00
    """
    table_format, (values,) = read_together({"X": X}, categorical_features)
    names = [column.name for column in table_format.columns]
    return pd.DataFrame(_associations(values, table_format.n_symbols), index=names, columns=names)


def correlation_difference(
    X_real: ArrayLike, X_synthetic: ArrayLike, *, categorical_features: Any = "auto"
) -> float:
    r"""Mean absolute difference between the associations of two tables, over pairs of columns.

    :math:`\frac{2}{d (d - 1)} \sum_{i < j} |A_\mathrm{real} - A_\mathrm{synthetic}|_{ij}` with
    the matrices of `association_matrix`; [1]_ compare tables by such a difference.

    Parameters
    ----------
    X_real, X_synthetic : {array-like, dataframe} of shape (n_samples, n_features)
        Tables with the same columns. Their numbers of rows may differ, and values may be missing.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names. "auto" takes the columns of text,
        categories and booleans of a frame, and none of an array.

    Returns
    -------
    difference : float
        In [0, 2]: 0 if all associations are the same, or there is a single column. Values above 1
        need correlations of opposite signs.

    Raises
    ------
    TypeError
        If a table is sparse, or of an unsupported library.
    ValueError
        If a table is empty, holds infinity, has other columns than the other one, or a column is
        neither numeric nor categorical; the message names it.

    See Also
    --------
    column_distances : Compares one column at a time.

    References
    ----------
    .. [1] Z. Zhao, A. Kunar, R. Birke and L. Y. Chen, "CTAB-GAN: effective table data
       synthesizing", ACML 2021, https://doi.org/10.48550/arXiv.2102.08369

    Examples
    --------
    >>> from skvae.metrics import correlation_difference
    >>> correlation_difference([[1, 1], [2, 2], [3, 3]], [[1, 3], [2, 2], [3, 1]])
    2.0
    """
    table_format, tables = read_together(
        {"X_real": X_real, "X_synthetic": X_synthetic}, categorical_features
    )
    real, synthetic = (_associations(values, table_format.n_symbols) for values in tables)
    pairs = np.triu_indices(len(real), k=1)
    return float(np.abs(real - synthetic)[pairs].mean()) if len(pairs[0]) else 0.0


def _associations(values: Matrix, n_categories: NDArray[np.intp]) -> Matrix:
    """Associations of all columns; numeric columns have 0 categories."""
    categorical, numeric = np.flatnonzero(n_categories), np.flatnonzero(n_categories == 0)
    categories = _Categories.of(values[:, categorical], n_categories[categorical])
    numbers = _Numbers.of(values[:, numeric])
    matrix = np.empty((len(n_categories), len(n_categories)))
    matrix[np.ix_(numeric, numeric)] = _pearson(numbers)
    matrix[np.ix_(categorical, categorical)] = _cramers_v(categories)
    between = _correlation_ratio(categories, numbers)
    matrix[np.ix_(categorical, numeric)] = between
    matrix[np.ix_(numeric, categorical)] = between.T
    varies = np.fmin.reduce(values, axis=0) < np.fmax.reduce(values, axis=0)
    np.fill_diagonal(matrix, varies.astype(float))
    return matrix


@dataclass(frozen=True)
class _Numbers:
    """Numeric columns, standardised, with 0 for missing numbers.

    Attributes
    ----------
    z : ndarray of shape (n_samples, n_columns)
        Standardised numbers.
    present : ndarray of shape (n_samples, n_columns)
        1 for numbers, 0 for missing ones.
    """

    z: Matrix
    present: Matrix

    @classmethod
    def of(cls, values: Matrix) -> _Numbers:
        present = ~np.isnan(values)
        n_rows = np.maximum(1, present.sum(axis=0))
        # Scaled to a range first, so that no square overflows.
        scaled = RangeScaler().fit(values).encode(values, np.float64)
        z = np.where(present, scaled - np.nansum(scaled, axis=0) / n_rows, 0)
        std = np.sqrt((z**2).sum(axis=0) / n_rows)
        return cls(z / np.where(std > 0, std, 1), present.astype(float))


@dataclass(frozen=True)
class _Categories:
    """Categorical columns in a one-hot coding.

    Attributes
    ----------
    one_hot : csr_array of shape (n_samples, n_all_categories)
        A column for each category, in the order of the categorical columns.
    column : ndarray of shape (n_all_categories,)
        Index of the categorical column that a category belongs to.
    present : ndarray of shape (n_samples, n_columns)
        1 for categories, 0 for missing ones.
    """

    one_hot: csr_array
    column: NDArray[np.intp]
    present: Matrix

    @classmethod
    def of(cls, codes: Matrix, n_categories: NDArray[np.intp]) -> _Categories:
        present = ~np.isnan(codes)
        column = np.repeat(np.arange(len(n_categories)), n_categories)
        rows, columns = np.nonzero(present)
        first = np.cumsum(n_categories) - n_categories
        hot = first[columns] + codes[rows, columns].astype(np.intp)
        shape = (len(codes), len(column))
        one_hot = csr_array((np.ones(len(rows)), (rows, hot)), shape=shape)
        return cls(one_hot, column, present.astype(float))

    def total(self, by_category: Matrix) -> Matrix:
        """Sum over the categories of each column: (n_all_categories, m) to (n_columns, m)."""
        first = np.searchsorted(self.column, np.arange(self.present.shape[1]))
        return np.add.reduceat(by_category, first, axis=0)


def _pearson(numbers: _Numbers) -> Matrix:
    """Correlations of numeric columns."""
    z, present = numbers.z, numbers.present
    n_rows = np.maximum(1, present.T @ present)
    sums = z.T @ present
    squares = (z**2).T @ present - sums**2 / n_rows
    varies = squares > _NO_VARIANCE * n_rows
    products = z.T @ z - sums * sums.T / n_rows
    return _ratio(products, np.sqrt(np.maximum(squares, 0) * np.maximum(squares.T, 0)), varies)


def _correlation_ratio(categories: _Categories, numbers: _Numbers) -> Matrix:
    """Correlation ratios of categorical columns (rows) and numeric columns (columns)."""
    # By category and numeric column: number of rows, and sum of the numbers.
    n_category = categories.one_hot.T @ numbers.present
    sums = categories.one_hot.T @ numbers.z
    n_rows = np.maximum(1, categories.total(n_category))
    mean_part = categories.total(sums) ** 2 / n_rows
    explained = categories.total(sums**2 / np.maximum(1, n_category)) - mean_part
    total = categories.present.T @ numbers.z**2 - mean_part
    varies = total > _NO_VARIANCE * n_rows
    ratio = np.divide(explained, total, out=np.zeros_like(total), where=varies)
    return np.sqrt(np.clip(ratio, 0, 1))


def _cramers_v(categories: _Categories) -> Matrix:
    """Bias-corrected Cramér's V of categorical columns."""
    column, m = categories.column, categories.present.shape[1]
    counts = (categories.one_hot.T @ categories.one_hot).tocoo()
    a, b = counts.coords
    # Number of rows with a category, among the rows that have a value in another column.
    margins = categories.one_hot.T @ categories.present
    shares = counts.data**2 / (margins[a, column[b]] * margins[b, column[a]])
    phi2 = np.bincount(column[a] * m + column[b], shares, m * m).reshape(m, m) - 1
    n_rest = np.maximum(1, categories.present.T @ categories.present - 1)
    # Degrees of freedom: number of categories minus 1, of either column of a pair.
    free = np.maximum(0, categories.total((margins > 0).astype(float)) - 1)
    free_other = free.T
    corrected = np.maximum(0, phi2 - free * free_other / n_rest)
    most = np.minimum(free - free**2 / n_rest, free_other - free_other**2 / n_rest)
    return np.sqrt(np.clip(_ratio(corrected, most, most > _NO_VARIANCE), 0, 1))


def _ratio(above: Matrix, below: Matrix, defined: NDArray[np.bool_]) -> Matrix:
    """Quotients in [-1, 1]; 0 unless a pair is defined in both orders."""
    both = defined & defined.T
    return np.clip(np.divide(above, below, out=np.zeros_like(below), where=both), -1, 1)
