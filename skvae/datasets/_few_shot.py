"""Random subsets with a few rows of each class."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.utils import _safe_indexing, check_random_state, column_or_1d, indexable
from sklearn.utils.multiclass import check_classification_targets

from ._base import check_int

Table = TypeVar("Table")
Labels = TypeVar("Labels")


def few_shot(
    X: Table,
    y: Labels,
    n_per_class: int,
    *,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[Table, Labels]:
    """Draw a random subset with `n_per_class` rows of each class, without replacement.

    The rows keep their original order. With the same integer seed, a smaller subset is part of
    every larger one, so that a learning curve over `n_per_class` only adds rows.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        The rows to draw from.
    y : array-like of shape (n_samples,)
        The class of each row.
    n_per_class : int
        Number of rows to draw from each class, at least 1.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same subset at each call.

    Returns
    -------
    X_few : same container as `X`, of shape (n_classes * n_per_class, n_features)
        The drawn rows.
    y_few : same container as `y`, of shape (n_classes * n_per_class,)
        Classes of the drawn rows.

    Raises
    ------
    ValueError
        If `n_per_class` is not an int >= 1, if a class has fewer rows than that, or if `y` does
        not hold classes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae.datasets import few_shot
    >>> X, y = load_iris(return_X_y=True)
    >>> X_few, y_few = few_shot(X, y, n_per_class=2, random_state=0)
    >>> X_few.shape
    (6, 4)
    >>> y_few
    array([0, 0, 1, 1, 2, 2])
    """
    check_int("n_per_class", n_per_class, 1)
    X, y = indexable(X, y)
    # Objects first: numpy makes text of NaN in a list of text. Then the dtype of their own.
    labels = pd.Series(column_or_1d(np.asarray(y, object))).infer_objects().to_numpy()
    absent = np.flatnonzero(pd.isna(labels))
    if len(absent):
        raise ValueError(f"y misses labels, first in row {absent[0]} ({len(absent)} in all)")
    check_classification_targets(labels)
    classes, counts = np.unique(labels, return_counts=True)
    short = [
        f"class {label!r} has {count}"
        for label, count in zip(classes.tolist(), counts, strict=True)
        if count < n_per_class
    ]
    if short:
        raise ValueError(
            f"n_per_class must be at most the number of rows of each class, got {n_per_class}, "
            f"but {', '.join(short)}"
        )
    rng = check_random_state(random_state)
    # Whole permutations, as the random stream then does not depend on n: subsets are nested.
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:n_per_class] for label in classes]
    rows = np.sort(np.concatenate(drawn))
    return _safe_indexing(X, rows), _safe_indexing(y, rows)
