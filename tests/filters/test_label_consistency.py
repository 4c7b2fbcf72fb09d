"""The filter of rows that a classifier of real rows would label otherwise."""

from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.svm import LinearSVC

from skvae import VAE, LabelConsistencyFilter, MultiVAEResampler, VAEOversampler
from skvae.strategies import augment
from tests.helpers import LC, fresh


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
