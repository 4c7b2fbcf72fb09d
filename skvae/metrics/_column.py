"""Distances between the columns of two tables, one column at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .._tables.together import read_together


def column_distances(
    X_real: ArrayLike, X_synthetic: ArrayLike, *, categorical_features: Any = "auto"
) -> pd.Series:
    r"""Distance between the distributions of each column in two tables.

    - Categorical columns: the total variation distance
      :math:`\frac{1}{2} \sum_s |p_\mathrm{real}(s) - p_\mathrm{synthetic}(s)|`, where missing is
      one more category.
    - Numbers and dates: the Kolmogorov-Smirnov statistic
      :math:`\sup_t |F_\mathrm{real}(t) - F_\mathrm{synthetic}(t)|` [1]_ of the values that are not
      missing, or the difference between the shares of missing values, if that is larger.

    One minus the distance is the shape score of [2]_.

    Parameters
    ----------
    X_real, X_synthetic : {array-like, dataframe} of shape (n_samples, n_features)
        Tables with the same columns. Their numbers of rows may differ, and values may be missing.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names. "auto" takes the columns of text,
        categories and booleans of a frame, and none of an array.

    Returns
    -------
    distances : Series of shape (n_features,)
        A value in [0, 1] for each column: 0 if both distributions are the same; 1 if they have no
        category in common, or all numbers of one are below all numbers of the other.

    Raises
    ------
    TypeError
        If a table is sparse, or of an unsupported library.
    ValueError
        If a table is empty, holds infinity, has other columns than the other one, or a column is
        neither numeric nor categorical; the message names it.

    See Also
    --------
    correlation_difference : Compares pairs of columns.

    References
    ----------
    .. [1] F. J. Massey, "The Kolmogorov-Smirnov test for goodness of fit", Journal of the
       American Statistical Association 46, 1951, https://doi.org/10.1080/01621459.1951.10500769
    .. [2] N. Patki, R. Wedge and K. Veeramachaneni, "The synthetic data vault", DSAA 2016,
       https://doi.org/10.1109/DSAA.2016.49

    Examples
    --------
    >>> import pandas as pd
    >>> from skvae.metrics import column_distances
    >>> real = pd.DataFrame({"age": [30, 40, 50, 60], "sex": ["f", "f", "m", "m"]})
    >>> synthetic = pd.DataFrame({"age": [30, 40, 45, 70], "sex": ["f", "f", "f", None]})
    >>> column_distances(real, synthetic).to_dict()
    {'age': 0.25, 'sex': 0.5}
    """
    table_format, (real, synthetic) = read_together(
        {"X_real": X_real, "X_synthetic": X_synthetic}, categorical_features
    )
    n_categories = table_format.n_symbols.tolist()
    distances = [
        _total_variation(a, b, n) if n else _number_distance(a, b)
        for a, b, n in zip(real.T, synthetic.T, n_categories, strict=True)
    ]
    names = [column.name for column in table_format.columns]
    return pd.Series(distances, index=names, name="distance")


def _total_variation(a: NDArray[np.float64], b: NDArray[np.float64], n_categories: int) -> float:
    """Total variation distance of two columns of category codes; NaN is one more category."""
    counts_a, counts_b = (
        np.bincount(
            np.nan_to_num(codes, nan=n_categories).astype(np.intp), minlength=n_categories + 1
        )
        for codes in (a, b)
    )
    # Integers until the division, so that distances of 0 and 1 are exact.
    return float(np.abs(counts_a * len(b) - counts_b * len(a)).sum() / (2 * len(a) * len(b)))


def _number_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Kolmogorov-Smirnov statistic of two columns, or the difference in missing values."""
    missing = abs(float(np.isnan(a).mean() - np.isnan(b).mean()))
    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    if not (len(a) and len(b)):
        return missing
    # Not ks_2samp of scipy, which also computes a p-value, and warns if that fails.
    everywhere = np.concatenate([a, b])
    below_a, below_b = (
        np.searchsorted(values, everywhere, side="right") / len(values) for values in (a, b)
    )
    return max(missing, float(np.abs(below_a - below_b).max()))
