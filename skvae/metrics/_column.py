"""How far the columns of two tables are apart, each for itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .._tables.together import read_together


def column_distances(
    X_real: ArrayLike, X_synthetic: ArrayLike, *, categorical_features: Any = "auto"
) -> pd.Series:
    r"""Distance of each column's distribution in one table to that in another.

    For symbols the total variation distance
    :math:`\frac{1}{2} \sum_s |p_\mathrm{real}(s) - p_\mathrm{synthetic}(s)|`, where a missing
    value is a symbol of its own. For numbers and dates the Kolmogorov-Smirnov statistic
    :math:`\sup_t |F_\mathrm{real}(t) - F_\mathrm{synthetic}(t)|` [1]_ of the values that are
    there, or the difference between the shares of missing values where that is larger. One minus
    either is the shape score of [2]_.

    Parameters
    ----------
    X_real, X_synthetic : {array-like, dataframe} of shape (n_samples, n_features)
        Tables of the same columns; they may differ in their number of rows, and miss values.
    categorical_features : "auto", array-like or None, default="auto"
        The columns that hold symbols, as a mask, indices or names; "auto" takes a frame's columns
        of text, categories and booleans, and none of an array.

    Returns
    -------
    distances : Series of shape (n_features,)
        A value in [0, 1] a column: 0 where both distributions are the same, 1 where they have
        no value in common (numbers: where all of one lie below all of the other).

    Raises
    ------
    TypeError
        If a table is sparse, or of another library's type.
    ValueError
        If a table is empty, holds infinity, has other columns than the other one, or a column is
        neither numbers nor symbols; the message names it.

    See Also
    --------
    correlation_difference : Looks at pairs of columns.

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
    n_symbols = table_format.n_symbols.tolist()
    distances = [
        _total_variation(a, b, n) if n else _number_distance(a, b)
        for a, b, n in zip(real.T, synthetic.T, n_symbols, strict=True)
    ]
    names = [column.name for column in table_format.columns]
    return pd.Series(distances, index=names, name="distance")


def _total_variation(a: NDArray[np.float64], b: NDArray[np.float64], n_symbols: int) -> float:
    of_a, of_b = (
        np.bincount(np.nan_to_num(codes, nan=n_symbols).astype(np.intp), minlength=n_symbols + 1)
        for codes in (a, b)
    )
    # Whole numbers, so that the ends of the range are exact.
    return float(np.abs(of_a * len(b) - of_b * len(a)).sum() / (2 * len(a) * len(b)))


def _number_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    missing = abs(float(np.isnan(a).mean() - np.isnan(b).mean()))
    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    if not (len(a) and len(b)):
        return missing
    # scipy's ks_2samp computes a p-value as well, and warns where it can't.
    below_a, below_b = (
        np.searchsorted(own, np.concatenate([a, b]), side="right") / len(own) for own in (a, b)
    )
    return max(missing, float(np.abs(below_a - below_b).max()))
