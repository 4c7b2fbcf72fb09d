"""Report of all measures of a sampler, with references from real rows."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_consistent_length

from .._seeding import checked_params, seeded, short
from .._tables.frames import check_container, take_rows
from .._tables.target import Target
from ._association import correlation_difference
from ._column import column_distances
from ._copying import distance_to_closest_record
from ._usefulness import train_on_synthetic_score

_MEANINGS = {
    "column_distance_mean": (
        "mean distance of a column to held-out rows, 0 is none; reference: training rows"
    ),
    "column_distance_worst": (
        "the largest of these distances, of column {worst!r}; reference: training rows"
    ),
    "correlation_difference": (
        "mean change of pairwise associations, 0 is none; reference: training rows"
    ),
    "train_on_synthetic_score": (
        "score of a classifier on held-out rows; reference: trained on real rows"
    ),
    "share_closer_to_train": (
        "new rows closer to a training than to a held-out row; 0.5: no copying, 1: copies"
    ),
    "exact_copies": "share of new rows equal to a training row; reference: held-out rows",
    "median_distance": "median distance to the closest training row; reference: of held-out rows",
    "verbatim_cells": (
        "names, ids or texts of training rows in new rows, a count; reference: in held-out rows"
    ),
}


class LabelledRows(NamedTuple):
    """Rows of a table and their classes."""

    X: Any
    y: Any


class Trial(NamedTuple):
    """A fitted sampler, the rows that it has seen and those that it has not, and new ones."""

    sampler: Any
    train: LabelledRows
    holdout: LabelledRows
    new: LabelledRows
    seed: int


@checked_params(
    {
        "test_size": [Interval(Real, 0, 1, closed="neither")],
        "estimator": [HasMethods(["fit", "predict"]), None],
        "scoring": [str, callable],
        "random_state": ["random_state"],
    }
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
    """Measure whether the rows of a sampler are realistic, useful, and no copies.

    The table is split at random within each class. A clone of the sampler is fitted to the
    training rows and draws as many new rows of each class. The measures compare the new rows with
    the held-out rows. The reference of a measure is its value for real rows in place of the new
    ones; a good sampler comes near it. A sampler that copies the training rows comes near it as
    well, but the last four measures reveal the copies.

    Parameters
    ----------
    sampler : estimator
        Has `fit` and ``sample(n, y=labels)``, as the samplers of skvae and `ConditionalVAE` do; or
        has `sampling_strategy` and a `fit_resample` that appends the new rows to the given ones, as
        `SMOTE` of imbalanced-learn does.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        Real rows.
    y : array-like of shape (n_samples,)
        Class of each row; each class has at least 2 rows.
    test_size : float, default=0.25
        Share of the rows that is held out, in (0, 1).
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names. "auto" takes the columns of text,
        categories and booleans of a frame, and none of an array. The sampler does not see it.
    estimator : classifier, default=None
        As in `train_on_synthetic_score`.
    scoring : str or callable, default="f1_weighted"
        A scorer as scikit-learn takes it.
    random_state : int, RandomState instance or None, default=None
        Seed of the split, and of `sampler` and the classifiers if their `random_state` is None.

    Returns
    -------
    measures : DataFrame
        A row for each measure, with the columns ``value``, ``reference`` and ``meaning``:

        - ``column_distance_mean``, ``column_distance_worst``: mean and maximum of
          `column_distances` to the held-out rows; reference: of the training rows;
        - ``correlation_difference``: see `correlation_difference`; reference: of the training
          rows;
        - ``train_on_synthetic_score``: see `train_on_synthetic_score`; reference: trained on the
          training rows;
        - ``share_closer_to_train``, ``exact_copies``, ``median_distance``, ``verbatim_cells``: see
          `distance_to_closest_record`; reference: 0.5, and the measures of the held-out rows.

    Raises
    ------
    TypeError
        If `sampler` lacks a method, or `X` is a table of an unsupported library.
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
    trial = try_sampler(sampler, X, y, test_size=test_size, random_state=random_state)
    return measure(
        trial, categorical_features=categorical_features, estimator=estimator, scoring=scoring
    )


def try_sampler(
    sampler: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    test_size: float,
    random_state: int | np.random.RandomState | None,
) -> Trial:
    """Split a table, fit a clone of a sampler to one part, and draw as many rows of each class.

    The parameters are those of `report`.
    """
    draw = _drawing_method(sampler)
    check_container(X)
    labels = Target.of(y).labels
    check_consistent_length(X, labels)
    rng = check_random_state(random_state)
    # Seeds of split and classifiers come first, so that all samplers have the same references.
    split_seed, seed = rng.randint(2**31 - 1, size=2)
    train, holdout = _split(X, labels, test_size, split_seed)
    fitted = seeded(sampler, rng)
    new = LabelledRows(*draw(fitted, train.X, train.y))
    return Trial(fitted, train, holdout, new, seed)


def measure(
    trial: Trial,
    *,
    categorical_features: Any = "auto",
    estimator: Any = None,
    scoring: str | Callable = "f1_weighted",
) -> pd.DataFrame:
    """Return the measures of `report`, whose parameters these are, of a trial."""
    classifier = {"estimator": estimator, "scoring": scoring, "random_state": trial.seed}
    rows = trial.train, trial.holdout, trial.new
    return _lay_out(*_measure(*rows, categorical_features, classifier))


def _split(
    X: Any, labels: NDArray[Any], test_size: float, seed: int
) -> tuple[LabelledRows, LabelledRows]:
    """Split a table into training and held-out rows, at random within each class."""
    parts = train_test_split(
        np.arange(len(labels)), test_size=test_size, stratify=labels, random_state=seed
    )
    train, holdout = (LabelledRows(take_rows(X, part), labels[part]) for part in parts)
    return train, holdout


def _measure(
    train: LabelledRows,
    holdout: LabelledRows,
    new: LabelledRows,
    categorical_features: Any,
    classifier: dict[str, Any],
) -> tuple[dict[str, tuple[float, float]], Any]:
    """Return the value and the reference of each measure, and the name of the worst column."""
    kinds = {"categorical_features": categorical_features}
    distances, train_distances = (
        column_distances(holdout.X, rows.X, **kinds) for rows in (new, train)
    )
    copying = distance_to_closest_record(train.X, new.X, holdout.X, **kinds)
    score, train_score = (
        train_on_synthetic_score(rows.X, rows.y, holdout.X, holdout.y, **classifier, **kinds)
        for rows in (new, train)
    )
    difference, train_difference = (
        correlation_difference(holdout.X, rows.X, **kinds) for rows in (new, train)
    )
    measures = {
        "column_distance_mean": (distances.mean(), train_distances.mean()),
        "column_distance_worst": (distances.max(), train_distances.max()),
        "correlation_difference": (difference, train_difference),
        "train_on_synthetic_score": (score, train_score),
        "share_closer_to_train": (copying["share_closer_to_train"], 0.5),
        "exact_copies": (copying["exact_copies"], copying["exact_copies_holdout"]),
        "median_distance": (copying["median_distance"], copying["median_distance_holdout"]),
        "verbatim_cells": (copying["verbatim_cells"], copying["verbatim_cells_holdout"]),
    }
    return measures, distances.idxmax()


def _lay_out(measures: dict[str, tuple[float, float]], worst_column: Any) -> pd.DataFrame:
    """Return the measures as a frame that says what each of them means."""
    rows = {
        name: (*values, _MEANINGS[name].format(worst=worst_column))
        for name, values in measures.items()
    }
    columns = ["value", "reference", "meaning"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _drawing_method(sampler: Any) -> Callable[[Any, Any, NDArray[Any]], tuple[Any, Any]]:
    """Return a function that draws new rows of given classes from a sampler."""
    if not isinstance(sampler, type):
        if hasattr(sampler, "fit") and hasattr(sampler, "sample"):
            if "y" in signature(sampler.sample).parameters:
                return _sample
        if hasattr(sampler, "fit_resample") and hasattr(sampler, "sampling_strategy"):
            return _resample
    raise TypeError(
        "sampler must be an instance with fit and sample(n, y=labels), or with sampling_strategy "
        f"and fit_resample, got {short(sampler)}"
    )


def _sample(sampler: Any, X: Any, labels: NDArray[Any]) -> tuple[Any, Any]:
    """Fit a sampler and draw new rows with the same labels."""
    sampler.fit(X, labels)
    drawn = sampler.sample(len(labels), y=labels)
    return drawn if isinstance(drawn, tuple) else (drawn, labels)  # models return rows only


def _resample(sampler: Any, X: Any, labels: NDArray[Any]) -> tuple[Any, Any]:
    """Let a sampler double each class, and return the new rows."""
    classes, counts = np.unique(labels, return_counts=True)
    twice = {c: 2 * n for c, n in zip(classes.tolist(), counts.tolist(), strict=True)}
    X_both, y_both = sampler.set_params(sampling_strategy=twice).fit_resample(X, labels)
    n = len(labels)
    if len(y_both) <= n or not np.array_equal(y_both[:n], labels):
        raise TypeError(
            f"sampler must return the given rows before the new ones, got {short(sampler)}"
        )
    return take_rows(X_both, np.arange(n, len(y_both))), y_both[n:]
