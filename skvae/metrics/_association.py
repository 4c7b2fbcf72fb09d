"""How much the columns of a table tell of each other.

All pairs at once: with a column a symbol, 1 where a row holds it, the tables of counts of all
pairs of columns are the blocks of one product of matrices, and rows that miss a value drop out.
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

# Of a column's variance: what is less than this in the rows of a pair is rounding.
_NO_VARIANCE = 1e-9


def association_matrix(X: ArrayLike, *, categorical_features: Any = "auto") -> pd.DataFrame:
    r"""Association of each pair of columns, for columns of all kinds.

    - Two columns of numbers or dates: Pearson's correlation r, in [-1, 1].
    - Two columns of symbols: Cramér's V with the bias correction of [1]_, in [0, 1].
    - One of each: the correlation ratio
      :math:`\eta = \sqrt{\mathrm{Var}(\mathrm{E}[x \mid s]) / \mathrm{Var}(x)}`, in [0, 1].

    A pair is judged by the rows that miss neither value, and is 0 where a column is constant in
    them.

    Parameters
    ----------
    X : {array-like, dataframe} of shape (n_samples, n_features)
        A table, which may miss values.
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
        If `X` is sparse, or of another library's type.
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
    r"""Mean absolute difference of two tables' associations, over all pairs of columns.

    :math:`\frac{2}{d (d - 1)} \sum_{i < j} |A_\mathrm{real} - A_\mathrm{synthetic}|_{ij}` with
    the matrices of `association_matrix`; [1]_ compare tables by such a difference.

    Parameters
    ----------
    X_real, X_synthetic : {array-like, dataframe} of shape (n_samples, n_features)
        Tables of the same columns; they may differ in their number of rows, and miss values.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names. "auto" takes the columns of text,
        categories and booleans of a frame, and none of an array.

    Returns
    -------
    difference : float
        In [0, 2]; 0 where all associations are the same, and for a single column. More than 1
        takes correlations of opposite signs.

    Raises
    ------
    TypeError
        If a table is sparse, or of another library's type.
    ValueError
        If a table is empty, holds infinity, has other columns than the other one, or a column is
        neither numeric nor categorical; the message names it.

    See Also
    --------
    column_distances : Looks at each column for itself.

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


def _associations(values: Matrix, n_symbols: NDArray[np.intp]) -> Matrix:
    symbolic, numeric = np.flatnonzero(n_symbols), np.flatnonzero(n_symbols == 0)
    symbols = _Symbols.of(values[:, symbolic], n_symbols[symbolic])
    numbers = _Numbers.of(values[:, numeric])
    matrix = np.empty((len(n_symbols), len(n_symbols)))
    matrix[np.ix_(numeric, numeric)] = _pearson(numbers)
    matrix[np.ix_(symbolic, symbolic)] = _cramers_v(symbols)
    between = _correlation_ratio(symbols, numbers)
    matrix[np.ix_(symbolic, numeric)] = between
    matrix[np.ix_(numeric, symbolic)] = between.T
    varies = np.fmin.reduce(values, axis=0) < np.fmax.reduce(values, axis=0)
    np.fill_diagonal(matrix, varies.astype(float))
    return matrix


@dataclass(frozen=True)
class _Numbers:
    """Columns of numbers: standardised, 0 where missing, and 1 where there is a number."""

    z: Matrix
    there: Matrix

    @classmethod
    def of(cls, values: Matrix) -> _Numbers:
        present = ~np.isnan(values)
        n_rows = np.maximum(1, present.sum(axis=0))
        # Ranges first, so that no square leaves the floats.
        scaled = RangeScaler().fit(values).encode(values, np.float64)
        z = np.where(present, scaled - np.nansum(scaled, axis=0) / n_rows, 0)
        std = np.sqrt((z**2).sum(axis=0) / n_rows)
        return cls(z / np.where(std > 0, std, 1), present.astype(float))


@dataclass(frozen=True)
class _Symbols:
    """Columns of symbols: a column a symbol, the column that each is of, and 1 where there is one.

    All symbols stand in one sparse matrix, in the order of their columns.
    """

    one_hot: csr_array
    owner: NDArray[np.intp]
    there: Matrix

    @classmethod
    def of(cls, codes: Matrix, n_symbols: NDArray[np.intp]) -> _Symbols:
        present = ~np.isnan(codes)
        owner = np.repeat(np.arange(len(n_symbols)), n_symbols)
        rows, columns = np.nonzero(present)
        first = np.cumsum(n_symbols) - n_symbols
        places = first[columns] + codes[rows, columns].astype(np.intp)
        shape = (len(codes), len(owner))
        one_hot = csr_array((np.ones(len(rows)), (rows, places)), shape=shape)
        return cls(one_hot, owner, present.astype(float))

    def total(self, by_symbol: Matrix) -> Matrix:
        """Sums over each column's symbols, (n_all_symbols, m) -> (n_columns, m)."""
        first = np.searchsorted(self.owner, np.arange(self.there.shape[1]))
        return np.add.reduceat(by_symbol, first, axis=0)


def _pearson(numbers: _Numbers) -> Matrix:
    z, there = numbers.z, numbers.there
    n_rows = np.maximum(1, there.T @ there)
    sums = z.T @ there
    squares = (z**2).T @ there - sums**2 / n_rows
    varies = squares > _NO_VARIANCE * n_rows
    products = z.T @ z - sums * sums.T / n_rows
    return _ratio(products, np.sqrt(np.maximum(squares, 0) * np.maximum(squares.T, 0)), varies)


def _correlation_ratio(symbols: _Symbols, numbers: _Numbers) -> Matrix:
    """Of columns of symbols (rows) and of numbers (columns)."""
    # By symbol and column of numbers: rows, and sums of numbers.
    n_symbol = symbols.one_hot.T @ numbers.there
    sums = symbols.one_hot.T @ numbers.z
    n_rows = np.maximum(1, symbols.total(n_symbol))
    mean_part = symbols.total(sums) ** 2 / n_rows
    explained = symbols.total(sums**2 / np.maximum(1, n_symbol)) - mean_part
    total = symbols.there.T @ numbers.z**2 - mean_part
    varies = total > _NO_VARIANCE * n_rows
    ratio = np.divide(explained, total, out=np.zeros_like(total), where=varies)
    return np.sqrt(np.clip(ratio, 0, 1))


def _cramers_v(symbols: _Symbols) -> Matrix:
    owner, m = symbols.owner, symbols.there.shape[1]
    counts = (symbols.one_hot.T @ symbols.one_hot).tocoo()
    a, b = counts.coords
    # How often a symbol stands in the rows that a pair of columns has.
    margins = symbols.one_hot.T @ symbols.there
    shares = counts.data**2 / (margins[a, owner[b]] * margins[b, owner[a]])
    phi2 = np.bincount(owner[a] * m + owner[b], shares, m * m).reshape(m, m) - 1
    n_rest = np.maximum(1, symbols.there.T @ symbols.there - 1)
    # Symbols but one of the row's column, and of the column's.
    rows = np.maximum(0, symbols.total((margins > 0).astype(float)) - 1)
    columns = rows.T
    corrected = np.maximum(0, phi2 - rows * columns / n_rest)
    most = np.minimum(rows - rows**2 / n_rest, columns - columns**2 / n_rest)
    return np.sqrt(np.clip(_ratio(corrected, most, most > _NO_VARIANCE), 0, 1))


def _ratio(above: Matrix, below: Matrix, defined: NDArray[np.bool_]) -> Matrix:
    """Quotients in [-1, 1], 0 where a pair isn't defined in either order."""
    both = defined & defined.T
    return np.clip(np.divide(above, below, out=np.zeros_like(below), where=both), -1, 1)
