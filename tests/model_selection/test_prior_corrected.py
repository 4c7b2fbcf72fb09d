"""Probabilities for the original class shares, after resampling."""

import numpy as np
import pandas as pd
import pytest
from imblearn import FunctionSampler
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from skvae import VAEOversampler
from skvae.metrics import expected_calibration_error
from skvae.model_selection import PriorCorrectedClassifier
from tests.helpers import VAE_, begins

TWO = make_classification(3000, weights=[0.9], flip_y=0.02, class_sep=0.7, random_state=0)
THREE = make_classification(
    900, n_informative=4, n_classes=3, weights=[0.7, 0.2], class_sep=0.6, random_state=0
)
OVER = RandomOverSampler(random_state=0)


def test_bayes_rule_is_exact_for_copies_of_rows():
    """Naive Bayes differs by its class shares alone, where each row of a class counts twice."""
    X, y = THREE
    doubled = FunctionSampler(func=double_the_last, validate=False)
    clf = PriorCorrectedClassifier(GaussianNB(), doubled).fit(X, y)
    plain = GaussianNB().fit(X, y)
    assert_allclose(clf.predict_proba(X), plain.predict_proba(X), atol=1e-9)
    assert_array_equal(clf.predict(X), plain.predict(X))
    assert not np.allclose(clf.estimator_.predict_proba(X), plain.predict_proba(X), atol=0.01)
    assert_allclose(clf.priors_, np.bincount(y) / len(y))
    assert clf.resampled_priors_[2] > clf.priors_[2]


def double_the_last(X, y):
    rows = np.concatenate([np.arange(len(y)), np.flatnonzero(y == 2)])
    return X[rows], y[rows]


@pytest.mark.parametrize(
    "sampler", [OVER, RandomUnderSampler(random_state=0), SMOTE(random_state=0)]
)
def test_the_damage_of_resampling_is_repaired(sampler):
    X, X_test, y, y_test = train_test_split(*TWO, stratify=TWO[1], random_state=0)
    plain = LogisticRegression().fit(X, y).predict_proba(X_test)[:, 1]
    clf = PriorCorrectedClassifier(LogisticRegression(), sampler).fit(X, y)
    damaged = clf.estimator_.predict_proba(X_test)[:, 1]
    repaired = clf.predict_proba(X_test)[:, 1]
    assert brier_score_loss(y_test, damaged) > brier_score_loss(y_test, plain) + 0.03
    assert brier_score_loss(y_test, repaired) < brier_score_loss(y_test, plain) + 0.005
    errors = [expected_calibration_error(y_test, p) for p in (plain, damaged, repaired)]
    assert errors[2] < errors[0] + 0.02 < errors[1]
    # The order of rows stays, so ROC AUC does.
    assert_array_equal(np.argsort(damaged), np.argsort(repaired))


def test_other_priors():
    X, y = TWO
    wanted = [0.5, 0.5]
    clf = PriorCorrectedClassifier(LogisticRegression(), OVER, priors=wanted).fit(X, y)
    none = PriorCorrectedClassifier(LogisticRegression(), OVER, priors=None).fit(X, y)
    assert_allclose(clf.resampled_priors_, wanted)
    assert_allclose(none.predict_proba(X), none.estimator_.predict_proba(X))
    assert_allclose(clf.predict_proba(X), none.predict_proba(X))
    certain = PriorCorrectedClassifier(DecisionTreeClassifier(), OVER, priors=[1, 0]).fit(X, y)
    assert_allclose(certain.predict_proba(X), np.tile([1.0, 0.0], (len(X), 1)))


@pytest.mark.parametrize(
    "priors", [[0.5, 0.3], [0.5, 0.25, 0.25], [1.5, -0.5], [np.nan, 0.5], [[0.5, 0.5]]]
)
def test_wrong_priors(priors):
    with pytest.raises(ValueError, match="priors must be 2 shares >= 0 with a sum of 1"):
        PriorCorrectedClassifier(GaussianNB(), OVER, priors=priors).fit(*TWO)


def test_a_class_that_the_sampler_loses_has_probability_0():
    X, y = THREE

    def drop(X, y):
        return X[y != 1], y[y != 1]

    clf = PriorCorrectedClassifier(GaussianNB(), FunctionSampler(func=drop, validate=False))
    P = clf.fit(X, y).predict_proba(X)
    assert P.shape == (len(X), 3)
    assert_array_equal(P[:, 1], 0)
    assert_allclose(P.sum(axis=1), 1)


def test_labels_are_of_any_kind_and_rows_in_frames():
    X, y = TWO
    frame = pd.DataFrame(X).add_prefix("x")
    names = pd.Series(np.where(y == 1, "rare", "common"))
    sampler = VAEOversampler(VAE_, random_state=0)
    clf = PriorCorrectedClassifier(LogisticRegression(), sampler).fit(frame, names)
    assert clf.classes_.tolist() == ["common", "rare"]
    assert clf.feature_names_in_.tolist() == list(frame)
    assert set(clf.predict(frame)) <= {"common", "rare"}
    assert_array_equal(clf.predict(frame), clf.classes_[clf.predict_proba(frame).argmax(axis=1)])
    assert (
        clf.predict_proba(frame).mean(axis=0)[1] < clf.estimator_.predict_proba(frame)[:, 1].mean()
    )


def test_searched_and_cross_validated():
    X, y = TWO
    clf = PriorCorrectedClassifier(
        make_pipeline(StandardScaler(), LogisticRegression()), SMOTE(random_state=0)
    )
    grid = {
        "sampler__k_neighbors": [3, 5],
        "estimator__logisticregression__C": [0.1],
        "priors": ["original", None],
    }
    search = GridSearchCV(clf, grid, cv=3, scoring="neg_brier_score").fit(X, y)
    assert search.best_params_["priors"] == "original"
    assert len(cross_val_score(clone(clf), X, y, cv=3, scoring="neg_log_loss")) == 3


def test_classifiers_without_probabilities_are_refused():
    message = "estimator must have predict_proba, because probabilities are what is corrected, got "
    with pytest.raises(TypeError, match=begins(message + "LinearSVC()")):
        PriorCorrectedClassifier(LinearSVC(), OVER).fit(*TWO)
    wrapped = CalibratedClassifierCV(LinearSVC(), cv=3)
    assert PriorCorrectedClassifier(wrapped, OVER).fit(*TWO).predict_proba(TWO[0]).shape == (
        3000,
        2,
    )


def test_what_is_no_sampler_is_refused():
    with pytest.raises(ValueError, match=r"'sampler' parameter .* implementing 'fit_resample'"):
        PriorCorrectedClassifier(GaussianNB(), StandardScaler()).fit(*TWO)
    with pytest.raises(
        ValueError, match=begins("y must have at least 2 classes, got 1 class: [0]")
    ):
        PriorCorrectedClassifier(GaussianNB(), OVER).fit(TWO[0], np.zeros(3000, int))


class Weighted(BaseEstimator):
    """Probabilities that are the shares of the weights that it has learnt from."""

    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        self.weights_, self.y_ = sample_weight, y
        return self

    def predict_proba(self, X):
        weights = np.ones(len(self.y_)) if self.weights_ is None else self.weights_
        return np.tile(np.bincount(self.y_, weights) / weights.sum(), (len(X), 1))


def test_weights_count_in_the_shares():
    X, y = TWO
    weights = np.where(y == 1, 3.0, 1.0) * np.random.default_rng(0).random(len(y))
    clf = PriorCorrectedClassifier(Weighted(), OVER).fit(X, y, weights)
    assert_array_equal(clf.estimator_.weights_, weights[clf.sampler_.sample_indices_])
    assert_allclose(clf.predict_proba(X)[0], np.bincount(y, weights) / weights.sum())


@pytest.mark.parametrize(
    ("estimator", "sampler", "message"),
    [
        (GaussianNB(), SMOTE(), "sampler must take sample_weight in fit_resample, as VAEOversampl"),
        (make_pipeline(GaussianNB()), OVER, "estimator must take sample_weight in fit, got Pipel"),
    ],
)
def test_weights_that_cannot_be_handed_on(estimator, sampler, message):
    with pytest.raises(TypeError, match=begins(message)):
        PriorCorrectedClassifier(estimator, sampler).fit(*TWO, sample_weight=np.ones(3000))


@pytest.mark.parametrize(
    "weights", [np.ones(9), np.full(3000, -1.0), np.full(3000, np.nan), np.zeros(3000)]
)
def test_wrong_weights(weights):
    with pytest.raises(ValueError, match=r"(S|s)ample.weights?"):
        PriorCorrectedClassifier(GaussianNB(), OVER).fit(*TWO, sample_weight=weights)
