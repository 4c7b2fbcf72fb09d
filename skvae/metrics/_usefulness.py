"""Usefulness of generated rows as training data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.metrics import check_scoring
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods
from sklearn.utils.validation import check_consistent_length

from .._seeding import checked_params, seeded, short
from .._tables.format import TableFormat
from .._tables.messages import naming_large
from .._tables.target import Target
from .._tables.together import read_together

# Exponent of 2 that float32 has room for.
_EXPONENT = 120


@checked_params(
    {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "scoring": [str, callable],
        "random_state": ["random_state"],
    }
)
def train_on_synthetic_score(
    X_synthetic: ArrayLike,
    y_synthetic: ArrayLike,
    X_test: ArrayLike,
    y_test: ArrayLike,
    *,
    categorical_features: Any = "auto",
    estimator: Any = None,
    scoring: str | Callable = "f1_weighted",
    random_state: int | np.random.RandomState | None = None,
) -> float:
    """Score on real rows of a classifier that is trained on generated rows (TSTR [1]_).

    Compare it with the score of the same classifier trained on real rows.

    Parameters
    ----------
    X_synthetic : {array-like, dataframe} of shape (n_samples, n_features)
        Generated rows, to train on.
    y_synthetic : array-like of shape (n_samples,)
        Classes of the generated rows.
    X_test : {array-like, dataframe} of shape (n_test, n_features)
        Real rows that the generator has not seen, to score on.
    y_test : array-like of shape (n_test,)
        Classes of the real rows.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as a mask, indices or names. "auto" takes the columns of text,
        categories and booleans of a frame, and none of an array. Not used with `estimator`.
    estimator : classifier, default=None
        A clone of it is trained; it gets the tables as they are. None stands for a
        ``RandomForestClassifier()`` after a one-hot encoding of categorical columns, which ignores
        categories that `X_synthetic` lacks. Missing numbers become medians, with an indicator, and
        dates become numbers.
    scoring : str or callable, default="f1_weighted"
        A scorer as scikit-learn takes it.
    random_state : int, RandomState instance or None, default=None
        Seed of the forest, or of `estimator` if its `random_state` is None.

    Returns
    -------
    score : float
        In the scorer's range: [0, 1] for weighted F1, where 1 is best.

    Raises
    ------
    TypeError, ValueError
        If a parameter, a table or labels are not as described; the message names it.

    References
    ----------
    .. [1] C. Esteban, S. L. Hyland and G. Rätsch, "Real-valued (medical) time series generation
       with recurrent conditional GANs", 2017, https://doi.org/10.48550/arXiv.1706.02633

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skvae.metrics import train_on_synthetic_score
    >>> X_synthetic, y_synthetic = [[0.1], [0.2], [0.8], [0.9]], ["a", "a", "b", "b"]
    >>> train_on_synthetic_score(
    ...     X_synthetic, y_synthetic, [[0.0], [1.0]], ["a", "b"], estimator=GaussianNB()
    ... )
    1.0
    """
    labels = Target.of(y_synthetic, "y_synthetic").labels
    test_labels = Target.of(y_test, "y_test").labels
    if estimator is None:
        table_format, tables = read_together(
            {"X_test": X_test, "X_synthetic": X_synthetic}, categorical_features
        )
        unit = _unit(np.concatenate(tables))
        X_test, X_synthetic = (table * unit for table in tables)
        estimator = _forest(table_format)
    check_consistent_length(X_synthetic, labels)
    check_consistent_length(X_test, test_labels)
    model = seeded(estimator, check_random_state(random_state))
    with naming_large(X_synthetic, short(estimator)):
        model.fit(X_synthetic, labels)
    with naming_large(X_test, short(estimator)):
        return float(check_scoring(model, scoring=scoring)(model, X_test, test_labels))


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return powers of 2 by which columns past float32, in which trees take them, fit in there."""
    largest = np.fmax.reduce(np.abs(values), axis=0)
    _, exponents = np.frexp(np.nan_to_num(largest))
    return np.ldexp(1.0, np.minimum(0, _EXPONENT - exponents))


def _forest(table_format: TableFormat) -> Any:
    """Return an untrained random forest that codes the columns of a table format."""
    categorical = table_format.n_symbols > 0
    # Not the imputer's own indicator, which set_output does not reach.
    medians = make_union(
        SimpleImputer(strategy="median", keep_empty_features=True),
        MissingIndicator(error_on_new=False),
    )
    coder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), np.flatnonzero(categorical)),
        (medians, np.flatnonzero(~categorical)),
    )
    # Arrays between the steps, whatever scikit-learn is set to.
    return make_pipeline(coder, RandomForestClassifier()).set_output(transform="default")
