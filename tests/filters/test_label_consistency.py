"""The filter of rows that a classifier of real rows would label otherwise."""

from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_wine, make_blobs
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from skvae import VAE, LabelConsistencyFilter, MultiVAEResampler, VAEOversampler
from skvae.strategies import augment
from tests.helpers import LC, VAE_, fresh


@pytest.fixture
def flipped():
    """Three far blobs of 40 rows; the first five of class 0 lie in the blob of class 1."""
    X, y = make_blobs([40, 40, 40], centers=[[0, 0], [9, 9], [0, 9]], random_state=0)
    wrong = np.flatnonzero(y == 1)[:5]
    y[wrong] = 0
    return X, y, wrong


def test_a_mislabelled_original_cannot_vouch_for_its_rows(flipped):
    X, y, wrong = flipped
    vae = VAE(n_components=10, beta=0.01, max_iter=300)
    sampler = VAEOversampler(
        vae, latent_sampling="noise", noise_scale=0.01, sampling_strategy=augment(1.0),
        filter=LabelConsistencyFilter(cv=5, temperature=0), random_state=0,
    )  # fmt: skip
    sampler.fit_resample(X, y)
    assert not set(wrong) & set(sampler.parent_indices_[:, 0])
    assert sampler.acceptance_rate_[0] < 0.95 < sampler.acceptance_rate_[2]
    sampler.set_params(filter=None).fit_resample(X, y)
    assert set(wrong) & set(sampler.parent_indices_[:, 0])


@pytest.mark.parametrize("cv", [None, 5])
def test_mislabelled_rows_are_left_out_or_relabelled(cv, flipped):
    X, y, wrong = flipped
    forest = LabelConsistencyFilter(cv=cv, random_state=0)
    forest.fit_resample(X, y)
    left_out = np.setdiff1d(np.arange(len(X)), forest.sample_indices_)
    assert set(wrong) <= set(left_out)
    assert len(left_out) < 12  # they take some neighbours with them
    _, y_out = forest.set_params(relabel=True).fit_resample(X, y)
    assert len(y_out) == len(y)
    assert_array_equal(y_out[wrong], 1)
    assert np.mean(np.delete(y_out, wrong) == np.delete(y, wrong)) > 0.9
    _, y_out = forest.set_params(sampling_strategy=[1, 2]).fit_resample(X, y)
    assert_array_equal(y_out[y == 0], 0)


def test_relabelled_rows_go_to_the_class_that_they_look_like(flipped):
    X, y, _ = flipped
    sampler = MultiVAEResampler(
        VAE(max_iter=200), filter=LabelConsistencyFilter(relabel=True),
        sampling_strategy=augment(1.0), random_state=0,
    )  # fmt: skip
    X_out, y_out = sampler.fit_resample(X, y)
    assert Counter(y_out) == {0: 80, 1: 80, 2: 80}
    new = sampler.synthetic_mask_
    assert_array_equal(sampler.filters_[0].predict_proba(X_out[new]).argmax(axis=1), y_out[new])


def test_threshold_is_the_least_probability(imbalanced):
    X, y = imbalanced
    sure = fresh(LC, threshold=0.99, cv=5)
    sure.fit_resample(X, y)
    assert (sure._held_out_proba[sure.sample_indices_, y[sure.sample_indices_]] >= 0.99).all()
    assert len(sure.sample_indices_) < len(fresh(LC, cv=5).fit_resample(X, y)[0])


@pytest.mark.parametrize(
    ("y", "message"),
    [([0, 0, 0, 0], "at least 2 classes"), ([0, 0, 0, 1], "class 1 has 1 row")],
)
def test_classes_that_cannot_be_cross_fitted_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        LabelConsistencyFilter().fit(np.random.default_rng(0).random((4, 2)), y)


def test_label_filter_refuses_what_it_cannot_use(imbalanced):
    X, y = imbalanced
    with pytest.raises(NotFittedError):
        fresh(LC).predict_proba(X)
    with pytest.raises(ValueError, match="X has 2 features"):
        fresh(LC).fit(X, y).predict_proba(X[:, 1:])
    with pytest.raises(ValueError, match="'estimator' parameter of LabelConsistencyFilter"):
        fresh(LC, estimator=LinearSVC()).fit(X, y)
    with pytest.raises(ValueError, match="needs finite numbers"):
        fresh(LC).fit(np.where(X == X.max(), np.inf, X), y)


# Chance


class Known(ClassifierMixin, BaseEstimator):
    """Takes a row's only number for its probability of class 1."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.column_stack([1 - X[:, 0], X[:, 0]])


P = np.random.default_rng(0).random((20_000, 1))
DRAWN_FOR = np.arange(20_000) % 2


def passing(labels, rng=0, **params):
    """Which rows pass a filter of nine rows of class 0 for each of class 1."""
    y = np.arange(100) % 10 == 9
    fitted = LabelConsistencyFilter(Known(), **params).fit(P[:100], y.astype(int))
    parents = np.full(len(labels), -1)
    return fitted._judge(P[: len(labels)], labels, parents, np.random.RandomState(rng)).kept


def test_at_temperature_0_rows_of_the_likeliest_class_pass():
    for rng in (0, 1):
        kept = passing(DRAWN_FOR, rng, temperature=0)
        assert_array_equal(kept, DRAWN_FOR == (P[:, 0] > 0.5))


@pytest.mark.parametrize("balance", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("temperature", [0.2, 1.0, 3.0])
def test_rows_pass_by_their_probabilities(balance, temperature):
    weighed = np.column_stack([1 - P[:, 0], P[:, 0]]) / np.array([0.9, 0.1]) ** balance
    weighed **= 1 / temperature
    expected = (weighed / weighed.sum(axis=1, keepdims=True))[np.arange(20_000), DRAWN_FOR]
    kept = passing(DRAWN_FOR, balance=balance, temperature=temperature)
    for c in (0, 1):
        mine = c == DRAWN_FOR
        assert kept[mine].mean() == pytest.approx(expected[mine].mean(), abs=0.015)
    if balance == 0 and temperature == 1:
        assert kept.mean() == pytest.approx(0.5, abs=0.015)  # the mean probability


@pytest.mark.parametrize("params", [{}, {"temperature": 5.0}, {"balance": 1.0}])
def test_where_the_classifier_is_sure_nothing_is_left_to_chance(params, monkeypatch):
    monkeypatch.setitem(globals(), "P", P.round())
    assert_array_equal(passing(DRAWN_FOR, **params), DRAWN_FOR == P[:, 0])


@pytest.mark.parametrize("temperature", [0.0, 0.2, 1.0])
def test_balance_lets_more_rows_of_the_small_class_pass(temperature):
    small = np.ones(20_000, int)
    least, more, most = (
        passing(small, balance=balance, temperature=temperature) for balance in (0.0, 0.5, 1.0)
    )
    assert least.mean() < more.mean() - 0.05 < most.mean() - 0.1
    assert (least <= more).all()
    assert (more <= most).all()


def test_hardly_any_temperature_is_none():
    assert_array_equal(passing(DRAWN_FOR, temperature=1e-320), passing(DRAWN_FOR, temperature=0))


def test_draws_repeat_with_an_integer_seed(imbalanced):
    soft = LabelConsistencyFilter(temperature=1.0)
    draws = [
        VAEOversampler(VAE_, filter=soft, random_state=seed).fit(*imbalanced) for seed in (0, 0, 1)
    ]
    a, b, c = (over.fit_resample(*imbalanced)[0] for over in draws)
    assert_array_equal(a, b)
    assert not np.allclose(a, c)
    assert_array_equal(draws[0].sample(9)[0], draws[0].sample(9)[0])


@pytest.mark.parametrize("cv", [None, 4])
def test_rows_in_hand_do_not_go_by_chance(cv, imbalanced):
    kept = [
        LabelConsistencyFilter(cv=cv, temperature=temperature, random_state=0)
        for temperature in (0.0, 0.2, 1.0, 5.0, 5.0)
    ]
    for one in kept:
        one.fit_resample(*imbalanced)
        assert_array_equal(one.sample_indices_, kept[0].sample_indices_)
    assert 3 < len(kept[0].sample_indices_) < 40


# Numbers


def test_trees_tell_large_numbers_apart_and_take_any():
    y = np.arange(40) % 2
    X = np.column_stack([2.0**40 + y, 1e300 * np.linspace(-1, 1, 40)])
    fitted = LabelConsistencyFilter(random_state=0).fit(X, y)
    assert_array_equal(fitted.predict_proba(X).argmax(axis=1), y)
    beyond = np.array([[-1e308, 1e308], [1e308, -1e308]])
    assert_array_equal(fitted.predict_proba(beyond).argmax(axis=1), [0, 1])


@pytest.mark.parametrize("extreme", [1e7, 1e9, 1e300])
def test_an_extreme_value_leaves_the_others_apart(extreme):
    x = np.r_[np.random.default_rng(0).normal(size=99), extreme]
    y = (x > 0).astype(int)
    trees = LabelConsistencyFilter(random_state=0).fit(x[:, None], y)
    assert_array_equal(trees.predict_proba(x[:, None]).argmax(axis=1), y)


def test_a_frozen_classifier_of_other_classes_is_refused(imbalanced):
    X, y = imbalanced
    frozen = FrozenEstimator(LogisticRegression().fit(X, y + 1))
    with pytest.raises(ValueError, match=r"estimator must know the classes of y, \[0, 1, 2\]"):
        (filter_ := LabelConsistencyFilter(frozen)).fit(X, y)
    with pytest.raises(NotFittedError):
        filter_.predict_proba(X)


@pytest.mark.parametrize(("most", "n_trees"), [(178, 100), (100, 30)])
def test_of_many_rows_fewer_trees_learn_from_some(monkeypatch, most, n_trees):
    learnt = []
    monkeypatch.setattr("skvae.filters._label_consistency.TREE_ROWS", most)
    monkeypatch.setattr("skvae.filters._trees._FEW_ROWS", 10)
    fit = ExtraTreesClassifier.fit
    monkeypatch.setattr(
        ExtraTreesClassifier, "fit", lambda self, X, y: learnt.append(len(X)) or fit(self, X, y)
    )
    found = LabelConsistencyFilter(random_state=0).fit(*load_wine(return_X_y=True))
    assert len(found.estimators_[0].estimators_) == n_trees
    assert learnt[0] == pytest.approx(most, abs=2)
