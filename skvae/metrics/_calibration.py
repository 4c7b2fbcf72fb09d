"""Calibration of probabilities."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_consistent_length

from .._seeding import checked_params, short
from .._tables.target import Target


@checked_params(
    {
        "y_true": ["array-like"],
        "y_proba": ["array-like"],
        "n_bins": [Interval(Integral, 1, None, closed="left")],
        "strategy": [StrOptions({"uniform", "quantile"})],
        "labels": ["array-like", None],
    }
)
def expected_calibration_error(
    y_true: ArrayLike,
    y_proba: ArrayLike,
    *,
    n_bins: int = 10,
    strategy: str = "uniform",
    labels: ArrayLike | None = None,
) -> float:
    r"""Mean distance between predicted probabilities and how often they come true.

    Rows are put into bins by the probability of a class [1]_:

    .. math:: \mathrm{ECE} = \sum_b \frac{n_b}{n} \left| \bar y_b - \bar p_b \right|

    with the number of rows :math:`n_b`, the share of the class :math:`\bar y_b` and the mean
    probability :math:`\bar p_b` of a bin. With more than two classes it is the mean over them,
    each against the rest [2]_. Even perfect probabilities have an error above 0 where rows are
    few: compare it on the same rows only.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Class labels.
    y_proba : array-like of shape (n_samples,) or (n_samples, n_classes)
        Probabilities of the last of two classes, or of each class, in [0, 1].
    n_bins : int, default=10
        Bins, >= 1.
    strategy : {"uniform", "quantile"}, default="uniform"
        Bins of equal width, or with equal numbers of rows.
    labels : array-like of shape (n_classes,), default=None
        The classes in the order of the columns; None takes those of `y_true`, sorted.

    Returns
    -------
    error : float
        In [0, 1]; lower is better.

    Raises
    ------
    ValueError
        If labels and probabilities don't match, or probabilities are outside [0, 1].

    References
    ----------
    .. [1] M. P. Naeini, G. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities
       using Bayesian binning", AAAI 2015, https://doi.org/10.1609/aaai.v29i1.9602
    .. [2] M. Kull et al., "Beyond temperature scaling: obtaining well-calibrated multiclass
       probabilities with Dirichlet calibration", NeurIPS 2019.

    Examples
    --------
    >>> from skvae.metrics import expected_calibration_error
    >>> expected_calibration_error([0, 0, 0, 1], [0.25, 0.25, 0.25, 0.25])
    0.0
    >>> expected_calibration_error([0, 0, 0, 1], [0.75, 0.75, 0.75, 0.75])
    0.5
    """
    y = Target.of(y_true, "y_true").labels
    classes = np.unique(y) if labels is None else np.asarray(labels)
    proba = check_array(y_proba, ensure_2d=False, dtype=np.float64, input_name="y_proba")
    check_consistent_length(y, proba)
    if proba.ndim == 1:
        proba = np.column_stack([1 - proba, proba])
        if labels is None and len(classes) == 1 and set(classes.tolist()) <= {0, 1}:
            classes = np.array([0, 1])
    if unknown := sorted(set(y.tolist()) - set(classes.tolist()), key=str):
        raise ValueError(f"labels must hold all classes of y_true, and lack {short(unknown)}")
    if proba.shape[1] != len(classes):
        raise ValueError(
            f"y_proba must have a column for each of the {len(classes)} classes "
            f"{short(classes.tolist())}, got {proba.shape[1]}: name the classes in labels"
        )
    if proba.min() < 0 or proba.max() > 1:
        raise ValueError(
            f"y_proba must be in [0, 1], got values from {proba.min():g} to {proba.max():g}"
        )
    # With two classes, both columns say the same.
    chosen = [1] if len(classes) == 2 else range(len(classes))
    errors = [_binary_error(y == classes[k], proba[:, k], n_bins, strategy) for k in chosen]
    return float(np.mean(errors))


def _binary_error(
    is_class: NDArray[np.bool_], p: NDArray[np.float64], n_bins: int, strategy: str
) -> Any:
    """Return the error of one class against the rest."""
    edges = np.linspace(0, 1, n_bins + 1)
    if strategy == "quantile":
        edges = np.quantile(p, edges)
    bins = np.searchsorted(edges[1:-1], p, side="left")
    return np.abs(np.bincount(bins, is_class - p)).sum() / len(p)
