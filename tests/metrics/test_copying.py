"""Copies of training rows are found."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_series_equal
from sklearn.neighbors import NearestNeighbors

from skvae.metrics import _copying, distance_to_closest_record
from skvae.metrics._copying import closest_distances
from tests.columns import mixed


@pytest.mark.parametrize("n_holdout", [20, 60, 120])
def test_copies_are_found(n_holdout):
    train, holdout = mixed(60), mixed(n_holdout, seed=1)
    copies = train.sample(30, random_state=0)
    measures = distance_to_closest_record(train, copies, holdout)
    assert measures["share_closer_to_train"] == 1
    assert measures["exact_copies"] == 1
    assert measures["median_distance"] == 0
    assert measures["exact_copies_holdout"] == 0
    assert measures["median_distance_holdout"] > 0
    # Copies of the rows that were held out are none.
    measures = distance_to_closest_record(train, holdout, holdout)
    assert measures["share_closer_to_train"] == 0
    assert measures["exact_copies"] == 0


@pytest.mark.parametrize("n_train", [30, 60, 120])
@pytest.mark.parametrize("discrete", [False, True])
def test_rows_from_the_same_source_are_as_close_to_both(n_train, discrete):
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(40):
        X = rng.integers(0, 3, size=(260, 4)) if discrete else rng.normal(size=(260, 4))
        parts = X[:n_train], X[160:], X[120:160]
        shares.append(distance_to_closest_record(*parts)["share_closer_to_train"])
    assert np.mean(shares) == pytest.approx(0.5, abs=0.04)


def test_distances_are_those_of_nearest_neighbors():
    rng = np.random.default_rng(0)
    train, new, holdout = rng.random((50, 3)), rng.random((40, 3)), rng.random((50, 3))
    train[:2] = [[0] * 3, [1] * 3]
    near, far = (
        NearestNeighbors(n_neighbors=1).fit(X).kneighbors(new)[0] for X in (train, holdout)
    )
    measures = distance_to_closest_record(train, new, holdout)
    assert measures["share_closer_to_train"] == pytest.approx(np.mean(near < far))
    assert measures["median_distance"] == pytest.approx(np.median(near), rel=1e-5)


def test_rows_in_parts_make_no_difference(monkeypatch):
    tables = mixed(50), mixed(40, seed=1), mixed(30, seed=2)
    expected = distance_to_closest_record(*tables)
    monkeypatch.setattr(_copying, "_CHUNK", 200)
    assert_series_equal(distance_to_closest_record(*tables), expected)


def test_real_outliers_hide_no_copies():
    rng = np.random.default_rng(0)
    train, holdout = rng.normal(size=(50, 2)), rng.normal(size=(50, 2))
    train[0] = 1e4
    near = train[1:] + rng.normal(0, 1e-3, size=(49, 2))
    assert distance_to_closest_record(train, near, holdout)["share_closer_to_train"] > 0.9


def test_what_real_rows_lack_is_far_and_harmless():
    real = pd.DataFrame({"k": 7.0, "x": [0.0, 1, 2, 3], "s": list("abab")})
    new = pd.DataFrame({"k": [1e30, 7], "x": [1.0, np.nan], "s": ["new", None]})
    measures = distance_to_closest_record(real[:2], new, real[2:])
    assert 0 <= measures["share_closer_to_train"] <= 1
    assert 1 < measures["median_distance"] < 3


def test_closest_distances_are_those_whose_medians_are_measured():
    X_train, X_holdout, X_new = np.random.default_rng(0).normal(size=(3, 50, 2))
    new, holdout = closest_distances(X_train, X_new, X_holdout)
    measures = distance_to_closest_record(X_train, X_new, X_holdout)
    assert np.median(new) == measures["median_distance"]
    assert np.median(holdout) == measures["median_distance_holdout"]
