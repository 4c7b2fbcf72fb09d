"""Weights of rows: new rows inherit them, and a classifier gets them."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.naive_bayes import GaussianNB

from skvae import MultiVAEResampler, VAEOversampler
from skvae.model_selection import PriorCorrectedClassifier
from skvae.over_sampling._weights import resampled_weights
from tests.helpers import VAE_, both_samplers, fresh

WEIGHTS = np.random.default_rng(0).random(40) + 0.1


@both_samplers
@pytest.mark.parametrize("rule", ["noise", "interpolation"])
def test_new_rows_have_the_mean_weight_of_their_parents(imbalanced, sampler, rule):
    sampler = fresh(sampler, latent_sampling=rule)
    X_out, _ = sampler.fit_resample(*imbalanced, sample_weight=WEIGHTS)
    parents = sampler.parent_indices_
    second = np.where(parents[:, 1] < 0, parents[:, 0], parents[:, 1])
    assert (parents[:, 1] < 0).all() == (rule == "noise")
    expected = (WEIGHTS[parents[:, 0]] + WEIGHTS[second]) / 2
    assert sampler.sample_weight_.shape == (len(X_out),)
    assert_array_equal(sampler.sample_weight_[:40], WEIGHTS)
    assert_allclose(sampler.sample_weight_[40:], expected)


def test_rows_of_the_prior_have_the_mean_weight_of_their_class(imbalanced):
    sampler = MultiVAEResampler(VAE_, filter=None, random_state=0)
    _, y_out = sampler.fit_resample(*imbalanced, sample_weight=WEIGHTS.tolist())
    for c in (1, 2):
        expected = WEIGHTS[imbalanced[1] == c].mean()
        assert_allclose(sampler.sample_weight_[40:][y_out[40:] == c], expected)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@both_samplers
def test_weights_change_no_row_and_last_for_one_fit(imbalanced, sampler):
    sampler = fresh(sampler)
    weighted = sampler.fit_resample(*imbalanced, sample_weight=WEIGHTS)
    assert hasattr(sampler, "sample_weight_")
    plain = sampler.fit_resample(*imbalanced)
    assert not hasattr(sampler, "sample_weight_")
    for mine, its in zip(weighted, plain, strict=True):
        assert_array_equal(mine, its)


def test_partners_without_labels_have_no_weight(imbalanced):
    sampler = VAEOversampler(
        VAE_, unlabelled=imbalanced[0] + 0.01, neighbor_pool="all", random_state=0
    )
    sampler.fit_resample(*imbalanced, sample_weight=WEIGHTS)
    parents = sampler.parent_indices_
    strangers = parents[:, 1] >= 40
    assert strangers.any()
    assert_allclose(sampler.sample_weight_[40:][strangers], WEIGHTS[parents[strangers, 0]])


def test_a_row_of_unlabelled_parents_has_the_mean_of_its_class():
    weights, labels = np.array([1.0, 3.0, 8.0]), np.array(["a", "a", "b"])
    parents = np.array([[0, 1], [4, 2], [3, 4], [-1, -1]])
    found = resampled_weights(weights, labels, np.array(["a", "b", "a", "b"]), parents)
    assert found.tolist() == [1, 3, 8, 2, 8, 2, 8]


@both_samplers
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(39), r"sample_weight.shape == \(39,\), expected \(40,\)"),
        (np.ones((40, 2)), "Sample weights must be 1D"),
        (np.full(40, np.nan), "Input sample_weight contains NaN"),
        (np.full(40, -1), "Negative values in data passed to `sample_weight`"),
        (np.repeat([1, np.inf], [39, 1]), "Input sample_weight contains infinity"),
    ],
)
def test_wrong_weights_are_refused_before_training(imbalanced, sampler, weights, message):
    sampler = fresh(sampler)
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(*imbalanced, sample_weight=weights)
    assert not hasattr(sampler, "sampling_strategy_")


@both_samplers
def test_frames_of_polars(imbalanced, sampler):
    polars = pytest.importorskip("polars")
    X = polars.DataFrame(dict(zip("abc", imbalanced[0].T, strict=True)))
    sampler = fresh(sampler, latent_sampling="noise")
    X_out, _ = sampler.fit_resample(X, imbalanced[1], sample_weight=polars.Series(WEIGHTS))
    assert isinstance(X_out, polars.DataFrame)
    assert_array_equal(sampler.sample_weight_[:40], WEIGHTS)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_a_classifier_learns_with_the_weights_of_the_resampled_rows(imbalanced):
    X, y = pd.DataFrame(imbalanced[0], columns=list("abc")), imbalanced[1]
    sampler = VAEOversampler(VAE_, random_state=0)
    clf = PriorCorrectedClassifier(GaussianNB(), sampler).fit(X, y, sample_weight=WEIGHTS)
    X_out, y_out = fresh(sampler).fit_resample(X, y)
    alone = GaussianNB().fit(X_out, y_out, clf.sampler_.sample_weight_)
    assert_allclose(clf.estimator_.predict_proba(X), alone.predict_proba(X))
    assert_allclose(clf.priors_, np.bincount(y, WEIGHTS) / WEIGHTS.sum())


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("routes", [False, True], ids=["without routing", "by routing"])
def test_weights_go_through_cross_validation(imbalanced, routes):
    X, y = imbalanced
    clf = PriorCorrectedClassifier(LogisticRegression(), VAEOversampler(VAE_, random_state=0))
    with sklearn.config_context(enable_metadata_routing=routes):
        if routes:
            clf.set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        done = cross_validate(
            *(clf, X, y), cv=2, params={"sample_weight": WEIGHTS}, return_estimator=True
        )
    for one in done["estimator"]:
        assert np.isin(one.sampler_.sample_weight_[:20], WEIGHTS).all()


def test_a_pipeline_routes_weights_to_the_sampler(imbalanced):
    X, y = imbalanced
    with sklearn.config_context(enable_metadata_routing=True):
        sampler = VAEOversampler(VAE_, filter=None, random_state=0)
        sampler.set_fit_resample_request(sample_weight=True, groups=False)
        clf = LogisticRegression().set_fit_request(sample_weight=False)
        pipe = make_pipeline(sampler, clf).fit(X, y, sample_weight=WEIGHTS)
    assert len(pipe[0].sample_weight_) == 60
