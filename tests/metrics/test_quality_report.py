"""All measures of a sampler at once."""

import numpy as np
import pytest
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from sklearn.base import BaseEstimator
from sklearn.datasets import load_wine
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier

from skvae import VAE, ConditionalVAE, MultiVAEResampler, VAEOversampler
from skvae.metrics import report
from tests.columns import mixed

MEASURES = [
    *["column_distance_mean", "column_distance_worst", "correlation_difference"],
    *["train_on_synthetic_score", "share_closer_to_train", "exact_copies", "median_distance"],
    "verbatim_cells",
]


def tiny(cls=VAEOversampler, **params):
    return cls(VAE(hidden_layer_sizes=(8,), max_iter=20), **params)


@pytest.mark.parametrize(
    "sampler",
    [tiny(), tiny(MultiVAEResampler), SMOTE(k_neighbors=3)],
    ids=lambda s: type(s).__name__,
)
def test_report_on_wine(sampler):
    X, y = load_wine(return_X_y=True, as_frame=True)
    before = repr(sampler.get_params())
    measures = report(sampler, X, y, random_state=0)
    assert measures.index.tolist() == MEASURES
    assert measures.columns.tolist() == ["value", "reference", "meaning"]
    values = measures[["value", "reference"]].astype(float)
    assert np.isfinite(values).all(axis=None)
    assert (values.drop("median_distance") <= 1).all(axis=None)
    assert (
        values.loc["column_distance_mean", "value"] <= values.loc["column_distance_worst", "value"]
    )
    assert values.loc["train_on_synthetic_score", "reference"] > 0.9
    assert values.loc["exact_copies", "value"] == 0
    assert repr(sampler.get_params()) == before
    assert not hasattr(sampler, "n_features_in_")
    assert_frame_equal(report(sampler, X, y, random_state=0), measures)


def test_report_on_a_mixed_frame_with_missing_values():
    X = mixed(120)
    y = X.pop("old").map({True: "old", False: "young"})
    measures = report(
        tiny(missing="indicator"), X, y, test_size=0.4, scoring="accuracy", random_state=0
    )
    assert measures.index.tolist() == MEASURES
    assert measures.notna().all(axis=None)


@pytest.mark.filterwarnings("ignore::skvae.exceptions.IdentifierWarning")
def test_report_counts_names_of_real_people():
    X, y = mixed(120, missing=0), np.repeat(["a", "b"], [80, 40])
    X = X.assign(name=[f"person {i % 110}" for i in range(120)], none=None)
    measures = report(tiny(missing="indicator", filter=None), X, y, random_state=0)
    assert measures.loc["verbatim_cells", "value"] == 90
    assert measures.loc["verbatim_cells", "reference"] < 10
    assert report(tiny(), X[["age"]], y).loc["verbatim_cells", ["value", "reference"]].eq(0).all()


def test_references_are_the_same_for_all_samplers():
    X, y = load_wine(return_X_y=True)
    one, other = (report(s, X, y, random_state=0) for s in (SMOTE(), RandomOverSampler()))
    assert_series_equal(one["reference"], other["reference"])


def test_report_finds_copies():
    X, y = load_wine(return_X_y=True)
    measures = report(RandomOverSampler(), X, y, estimator=KNeighborsClassifier(1), random_state=0)
    assert measures.loc[["share_closer_to_train", "exact_copies"], "value"].tolist() == [1, 1]
    assert measures.loc["median_distance", "value"] == 0


class Recorder(BaseEstimator):
    """A sampler that hands out training rows, and notes what it was asked for."""

    calls = ()

    def fit(self, X, y):
        self.X_, self.y_ = X, y
        return self

    def sample(self, n_samples, y=None):
        type(self).calls = (*self.calls, (self.X_, self.y_, n_samples, y))
        return self.X_, y


def test_report_asks_for_the_classes_of_the_training_rows():
    X, y = mixed(80), np.repeat(["a", "b"], [60, 20])
    Recorder.calls = ()
    measures = report(Recorder(), X, y, random_state=0)
    ((X_train, y_train, n_samples, wanted),) = Recorder.calls
    assert n_samples == len(X_train) == 60
    assert_array_equal(wanted, y_train)
    assert np.sum(y_train == "a") == 45
    # Training rows reach every reference, but for those that tell copies.
    same = measures.index[:4]
    assert measures.loc[same, "value"].tolist() == measures.loc[same, "reference"].tolist()
    assert measures.loc["exact_copies", "value"] == 1


def test_report_of_a_model_that_is_told_classes():
    X, y = load_wine(return_X_y=True)
    measures = report(ConditionalVAE(max_iter=20), X, y, random_state=0)
    assert 0 <= measures.loc["train_on_synthetic_score", "value"] <= 1


@pytest.mark.parametrize(
    "sampler", [GaussianMixture(), VAE(), VAEOversampler, KNeighborsClassifier(), None]
)
def test_report_names_what_a_sampler_needs(sampler):
    with pytest.raises(TypeError, match=r"sampler must be .* with fit and sample\(n, y=labels\)"):
        report(sampler, [[1.0], [2.0]], [0, 1])


def test_report_refuses_resamplers_that_drop_rows():
    X, y = load_wine(return_X_y=True)
    with pytest.raises(TypeError, match="must return the given rows before the new ones"):
        report(SMOTEENN(random_state=0), X, y, random_state=0)
    with pytest.raises(ValueError, match="under-sampling"):
        report(RandomUnderSampler(), X, y, random_state=0)


@pytest.mark.parametrize(
    ("y", "params", "message"),
    [
        ([0, 0, 1], {}, "inconsistent numbers"),
        ([0, 0, 0, 1], {}, "least populated class"),
        ([0, 0, 1, 1], {"test_size": 1.5}, "'test_size' parameter"),
        ([0.1, 0.2, 0.3, 0.4], {}, "continuous"),
    ],
)
def test_report_refuses_input(y, params, message):
    with pytest.raises(ValueError, match=message):
        report(Recorder(), [[1.0], [2.0], [3.0], [4.0]], y, **params)
