"""Both filters as a step of their own."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.naive_bayes import GaussianNB

from skvae.filters._base import assign_folds
from tests.helpers import GC, LC, SAMPLERS, both_filters, fresh


def test_folds_spread_every_group():
    folds = assign_folds([np.arange(0, 11), np.arange(11, 13)], 5, np.random.RandomState(0))
    assert sorted(Counter(folds[:11].tolist()).values()) == [2, 2, 2, 2, 3]
    assert sorted(folds[11:]) == [0, 1]


@both_filters
@pytest.mark.parametrize("container", ["frame", "array", "list"])
def test_resampling_leaves_out_rows(imbalanced, filter_, container):
    X, y = imbalanced
    kinds = {
        "frame": (
            pd.DataFrame(X, columns=list("abc"), index=range(50, 90)),
            pd.Series(y, name="kind", dtype="int8"),
        ),
        "array": (X.astype("float32"), y),
        "list": (X.tolist(), y.tolist()),
    }
    X_in, y_in = kinds[container]
    step = fresh(filter_, **({"rejection_rate": 0.2} if filter_ is GC else {}))
    X_out, y_out = step.fit_resample(X_in, y_in)
    kept = step.sample_indices_
    assert 0 < len(kept) < len(X)
    assert type(X_out) is type(X_in)
    assert type(y_out) is type(y_in)
    assert_array_equal(np.asarray(X_out), np.asarray(X_in)[kept])
    assert_array_equal(np.asarray(y_out), y[kept])
    if container == "frame":
        assert list(X_out.index) == list(range(len(kept)))
        assert (y_out.name, y_out.dtype) == ("kind", "int8")


@both_filters
def test_only_wanted_classes_lose_rows(imbalanced, filter_):
    X, y = imbalanced
    strict = {"rejection_rate": 0.3} if filter_ is GC else {"threshold": 0.999}
    _, y_out = fresh(filter_, sampling_strategy=[0], **strict).fit_resample(X, y)
    assert Counter(y_out)[1] == 12
    assert Counter(y_out)[2] == 8
    assert Counter(y_out)[0] < 20


def test_a_class_that_would_vanish_keeps_its_best_row(imbalanced):
    X, y = imbalanced
    X[y == 2] = X[y == 0][:8]
    with pytest.warns(ConvergenceWarning, match="keeps none of the 8 rows of class 2"):
        _, y_out = fresh(LC).fit_resample(X, y)
    assert Counter(y_out)[2] == 1


@both_filters
def test_step_behind_a_sampler(imbalanced, filter_):
    X, y = imbalanced
    pipeline = make_pipeline(fresh(SAMPLERS[0]), fresh(filter_), GaussianNB())
    assert set(pipeline.fit(X, y).predict(X)) <= {0, 1, 2}
    assert f"{type(filter_).__name__.lower()}__cv" in pipeline.get_params()


def test_a_failed_fit_leaves_nothing_that_looks_fitted(imbalanced):
    X, y = imbalanced
    spoilt = np.where(X == X.max(), np.inf, X)
    for filter_, method in ((fresh(GC), "predict"), (fresh(LC), "predict_proba")):
        filter_.fit(X, y)
        with pytest.raises(ValueError, match="infinity"):
            filter_.fit(spoilt, y)
        with pytest.raises(NotFittedError):
            getattr(filter_, method)(X)
