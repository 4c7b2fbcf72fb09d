"""All measures of a sampler, beside what real rows reach."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, validate_params
from sklearn.utils.validation import check_consistent_length

from .._seeding import seeded
from .._tables.frames import check_container, take_rows
from .._tables.target import Target
from ._association import correlation_difference
from ._column import column_distances
from ._copying import distance_to_closest_record
from ._usefulness import train_on_synthetic_score


@validate_params(
    {
        "test_size": [Interval(Real, 0, 1, closed="neither")],
        "estimator": [HasMethods(["fit", "predict"]), None],
        "scoring": [str, callable],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def report(
    sampler: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    test_size: float = 0.25,
    categorical_features: Any = "auto",
    estimator: Any = None,
    scoring: str | Callable = "f1_weighted",
    random_state: int | np.random.RandomState | None = None,
) -> pd.DataFrame:
    """Measure whether a sampler's rows are like real ones, useful, and no copies of them.

    Rows are split by class. A clone of the sampler is fitted to one part and draws as many rows
    of each class as that has; the other part, which it has not seen, judges them. The reference
    of a measure is what real rows get in their place, so that a good sampler comes near it. To
    copy the training rows reaches it too: the last three measures tell.

    Parameters
    ----------
    sampler : estimator
        Has `fit` and ``sample(n, y=labels)``, as skvae's samplers do; or `sampling_strategy` and
        a `fit_resample` that returns the rows that it got before the new ones, as
        imbalanced-learn's `SMOTE` does.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        Real rows.
    y : array-like of shape (n_samples,)
        Class labels, of each at least 2.
    test_size : float, default=0.25
        Share of the rows that is held out, in (0, 1).
    categorical_features : "auto", array-like or None, default="auto"
        The columns that hold symbols, as a mask, indices or names; "auto" takes a frame's columns
        of text, categories and booleans, and none of an array. The sampler has its own.
    estimator : classifier, default=None
        As in `train_on_synthetic_score`.
    scoring : str or callable, default="f1_weighted"
        A scorer in scikit-learn's terms.
    random_state : int, RandomState instance or None, default=None
        Seed of the split, and of `sampler` and classifiers where their own is None.

    Returns
    -------
    measures : DataFrame
        A row a measure, with the columns ``value``, ``reference`` and ``meaning``:

        - ``column_distance_mean``, ``column_distance_worst``: of `column_distances`;
        - ``correlation_difference``: as the function;
        - ``train_on_synthetic_score``: as the function; reference: trained on real rows;
        - ``share_closer_to_train``, ``exact_copies``, ``median_distance``: of
          `distance_to_closest_record`; reference: 0.5, and what the held-out rows have.

    Raises
    ------
    TypeError
        If `sampler` has not the methods that it needs, or a table is of another library's type.
    ValueError
        If a parameter, `X` or `y` is not as described; the message names it.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, VAEOversampler
    >>> from skvae.metrics import report
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> sampler = VAEOversampler(VAE(hidden_layer_sizes=(8,), max_iter=20))
    >>> measures = report(sampler, X, y, random_state=0)
    >>> bool(measures.loc["exact_copies", "value"] == 0)
    True
    """
    draw = _way_to_draw(sampler)
    check_container(X)
    labels = Target.of(y).labels
    check_consistent_length(X, labels)
    rng = check_random_state(random_state)
    # Before the sampler's, so that the references are the same for all samplers.
    split_seed, seed = rng.randint(2**31 - 1, size=2)
    kept, held_out = train_test_split(
        np.arange(len(labels)),
        test_size=test_size,
        stratify=labels,
        random_state=split_seed,
    )
    X_train, X_holdout = take_rows(X, kept), take_rows(X, held_out)
    X_new, y_new = draw(seeded(sampler, rng), X_train, labels[kept])

    how = {"categorical_features": categorical_features}
    distances = column_distances(X_holdout, X_new, **how)
    own_distances = column_distances(X_holdout, X_train, **how)
    copying = distance_to_closest_record(X_train, X_new, X_holdout, **how)
    score, own_score = (
        train_on_synthetic_score(
            *table,
            X_holdout,
            labels[held_out],
            estimator=estimator,
            scoring=scoring,
            random_state=seed,
            **how,
        )
        for table in ((X_new, y_new), (X_train, labels[kept]))
    )
    measures = {
        "column_distance_mean": (
            distances.mean(),
            own_distances.mean(),
            "mean distance of a column to held-out rows, 0 is none; reference: training rows",
        ),
        "column_distance_worst": (
            distances.max(),
            own_distances.max(),
            f"the largest of them, of column {distances.idxmax()!r}; reference: training rows",
        ),
        "correlation_difference": (
            correlation_difference(X_holdout, X_new, **how),
            correlation_difference(X_holdout, X_train, **how),
            "mean change of pairwise associations, 0 is none; reference: training rows",
        ),
        "train_on_synthetic_score": (
            score,
            own_score,
            "score of a classifier on held-out rows; reference: trained on real rows",
        ),
        "share_closer_to_train": (
            copying["share_closer_to_train"],
            0.5,
            "new rows closer to a training than to a held-out row; 0.5: no copying, 1: copies",
        ),
        "exact_copies": (
            copying["exact_copies"],
            copying["exact_copies_holdout"],
            "share of new rows equal to a training row; reference: held-out rows",
        ),
        "median_distance": (
            copying["median_distance"],
            copying["median_distance_holdout"],
            "median distance to the closest training row; reference: of held-out rows",
        ),
    }
    columns = ["value", "reference", "meaning"]
    return pd.DataFrame.from_dict(measures, orient="index", columns=columns)


def _way_to_draw(sampler: Any) -> Callable[[Any, Any, NDArray[Any]], tuple[Any, Any]]:
    """How a sampler draws new rows of given classes."""
    if not isinstance(sampler, type):
        if hasattr(sampler, "fit") and hasattr(sampler, "sample"):
            if "y" in signature(sampler.sample).parameters:
                return _sample
        if hasattr(sampler, "fit_resample") and hasattr(sampler, "sampling_strategy"):
            return _resample
    raise TypeError(
        "sampler must be an instance with fit and sample(n, y=labels), or with sampling_strategy "
        f"and fit_resample, got {sampler!r}"
    )


def _sample(sampler: Any, X: Any, labels: NDArray[Any]) -> tuple[Any, Any]:
    sampler.fit(X, labels)
    return sampler.sample(len(labels), y=labels)


def _resample(sampler: Any, X: Any, labels: NDArray[Any]) -> tuple[Any, Any]:
    """Double each class, and take what is new."""
    classes, counts = np.unique(labels, return_counts=True)
    twice = {c: 2 * n for c, n in zip(classes.tolist(), counts.tolist(), strict=True)}
    X_both, y_both = sampler.set_params(sampling_strategy=twice).fit_resample(X, labels)
    n = len(labels)
    if len(y_both) <= n or not np.array_equal(y_both[:n], labels):
        raise TypeError(
            f"sampler must return the rows that it got before new ones, got {sampler!r}"
        )
    return take_rows(X_both, np.arange(n, len(y_both))), y_both[n:]
