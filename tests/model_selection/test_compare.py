"""Comparison of samplers: what it says, what samplers see, what it refuses."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from imblearn.datasets import make_imbalance
from imblearn.over_sampling import SMOTE, RandomOverSampler
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.exceptions import FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVR

from skvae import VAE, LabelConsistencyFilter, VAEOversampler
from skvae.model_selection import compare_samplers, holm, paired_difference
from skvae.model_selection._compare import _verdict, peers
from tests.helpers import tiny

WINE = load_wine(return_X_y=True)
RARE = make_imbalance(*load_breast_cancer(return_X_y=True), sampling_strategy={0: 40})
CLASSIFIER = make_pipeline(StandardScaler(), LogisticRegression())


class Spy:
    """A sampler that keeps what it sees, and returns it as it is."""

    seen: ClassVar[list] = []

    def __init__(self, n=1):
        self.n = n

    def get_params(self, deep=True):
        return {"n": self.n}

    def set_params(self, **params):
        return self

    def fit_resample(self, X, y):
        self.seen.append((X, y))
        return np.tile(X, (self.n, 1)), np.tile(y, self.n)


@pytest.fixture
def spy():
    Spy.seen = []
    return Spy


def test_scores_are_those_of_a_loop_by_hand():
    X, y = RARE
    cv = StratifiedKFold(8, shuffle=True, random_state=0)
    comparison, scores = compare_samplers(
        CLASSIFIER, X, y, {"SMOTE": SMOTE(random_state=3)}, cv=cv, return_scores=True
    )
    by_hand = []
    for train, test in cv.split(X, y):
        rows = SMOTE(random_state=3).fit_resample(X[train], y[train])
        by_hand.append(
            cross_val_score(
                CLASSIFIER,
                np.concatenate([rows[0], X[test]]),
                np.concatenate([rows[1], y[test]]),
                cv=[(np.arange(len(rows[1])), len(rows[1]) + np.arange(len(test)))],
                scoring="f1_macro",
            )[0]
        )
    assert_array_equal(scores["SMOTE"], by_hand)
    assert_array_equal(scores["none"], cross_val_score(CLASSIFIER, X, y, cv=cv, scoring="f1_macro"))
    assert comparison.index.tolist() == ["none", "SMOTE"]
    ratio = np.mean([len(test) / len(train) for train, test in cv.split(X, y)])
    gain = paired_difference(by_hand, scores["none"], test_ratio=ratio)
    row = comparison.loc["SMOTE"]
    assert (row["gain"], row["low"], row["high"], row["p_value"]) == (*gain[:3], gain.p_value)
    assert row["mean"] == pytest.approx(np.mean(by_hand))
    assert row["n_splits"] == 8
    assert comparison.loc["none", ["gain", "low", "high", "p_value"]].isna().all()


def test_p_values_are_corrected_for_the_number_of_samplers():
    X, y = RARE
    samplers = {"a": SMOTE(random_state=0), "b": RandomOverSampler(random_state=0)}
    alone = [
        compare_samplers(CLASSIFIER, X, y, {k: s}, random_state=0) for k, s in samplers.items()
    ]
    both = compare_samplers(CLASSIFIER, X, y, samplers, random_state=0)
    p_values = [table["p_value"].iloc[1] for table in alone]
    assert_allclose(both["p_value"].iloc[1:], holm(p_values))


def test_samplers_see_training_rows_alone(spy):
    X, y = WINE
    splits = list(StratifiedKFold(6).split(X, y))
    compare_samplers(CLASSIFIER, X, y, {"spy": spy()}, cv=splits)
    assert len(spy.seen) == len(splits)
    for (train, test), (rows, labels) in zip(splits, spy.seen, strict=True):
        assert_array_equal(rows, X[train])
        assert_array_equal(labels, y[train])
        base = rows
        while base is not None:  # no view of an array that holds test rows
            assert len(base) == len(train)
            base = base.base
        assert len(train) + len(test) == len(X)


def test_a_sampler_that_memorises_gains_nothing(spy):
    comparison = compare_samplers(GaussianNB(), *WINE, {"twice": spy(2)}, random_state=0)
    row = comparison.loc["twice"]
    assert row["verdict"] == "no gain"
    assert_allclose(row["gain"], 0, atol=1e-6)


def test_says_gain_loss_and_too_few_splits():
    # A classifier by priors: balanced classes change its accuracy on each split.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(2000, 2)), np.repeat([0, 1], [1600, 400])
    X[y == 1] += 1.0
    samplers = {"random": RandomOverSampler()}
    scores = ["recall_macro", "accuracy"]
    table = compare_samplers(GaussianNB(), X, y, samplers, scoring=scores, random_state=0)
    assert table.loc[("recall_macro", "random"), "verdict"] == "gain"
    assert table.loc[("accuracy", "random"), "verdict"] == "loss"
    few = compare_samplers(GaussianNB(), X, y, samplers, cv=3, scoring="recall_macro")
    assert few.loc["random", "verdict"] == "fewer than 6 splits"


def test_groups_are_never_on_both_sides(spy):
    X, y = WINE
    groups = np.arange(len(y)) % 12
    table = compare_samplers(
        CLASSIFIER, X, y, {"spy": spy()}, groups=groups, cv=GroupKFold(6), random_state=0
    )
    assert table.loc["spy", "n_splits"] == 6
    compare_samplers(CLASSIFIER, X, y, {"spy": spy()}, groups=groups, random_state=0)
    for rows, _ in spy.seen:
        inside = {groups[np.flatnonzero((X == row).all(axis=1))[0]] for row in rows}
        assert len(rows) == np.isin(groups, list(inside)).sum()


class GroupsSpy(Spy):
    """A sampler that takes groups, and keeps them too."""

    def fit_resample(self, X, y, groups=None):
        self.seen.append((X, groups))
        return X, y


class GroupsSpyFilter(LabelConsistencyFilter):
    """A filter that keeps the groups that its sampler hands on."""

    def _fit_for_sampler(self, context):
        Spy.seen.append((context.X, context.groups))
        super()._fit_for_sampler(context)


@pytest.mark.parametrize(("n_groups", "n_splits"), [(2, 2), (3, 3)])
def test_no_split_of_few_groups_comes_twice(spy, n_groups, n_splits):
    X, y = WINE
    groups = np.arange(len(y)) % n_groups
    table = compare_samplers(CLASSIFIER, X, y, {"spy": spy()}, groups=groups, random_state=0)
    assert table.loc["spy", "n_splits"] == n_splits


def test_one_group_can_not_be_split():
    message = "groups must hold two groups or more to split by, got 1"
    with pytest.raises(ValueError, match=message):
        compare_samplers(CLASSIFIER, *WINE, groups=np.zeros(len(WINE[1])))


def test_samplers_that_take_groups_get_those_of_the_training_rows(spy):
    X, y = WINE
    patients = np.arange(len(y)) % 12
    samplers = {
        "takes groups": GroupsSpy(),
        "has folds": VAEOversampler(tiny(), filter=GroupsSpyFilter(cv=3)),
        "without folds": VAEOversampler(tiny()),
        "frozen": FrozenEstimator(VAEOversampler(tiny())),
        "none in its signature": RandomOverSampler(),
    }
    names = [f"patient {k}" for k in patients]
    table = compare_samplers(CLASSIFIER, X, y, samplers, groups=names, cv=GroupKFold(2))
    assert table["n_splits"].tolist() == [2] * 6
    assert len(spy.seen) == 4
    patient_of = {tuple(row): patient for row, patient in zip(X, patients, strict=True)}
    for rows, groups in spy.seen:
        expected, _ = pd.factorize(np.array([patient_of[tuple(row)] for row in rows]))
        assert_array_equal(pd.factorize(groups)[0], expected)


def test_defaults_on_a_mixed_table_with_gaps():
    X, y = WINE
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"], copy=True)
    frame["ward"] = np.where(X[:, 3] > 20, "north", "south")
    encode = make_column_transformer((OneHotEncoder(), ["ward"]), remainder=SimpleImputer())
    neighbors = make_pipeline(encode, KNeighborsClassifier())
    ours = ["VAEOversampler", "MultiVAEResampler"]
    cv = StratifiedKFold(2)
    table = compare_samplers(neighbors, frame, y, cv=cv, random_state=0)
    assert table.index.tolist() == ["none", "SMOTE", *ours]  # neighbours take no weights
    assert table["verdict"].tolist() == ["", *["fewer than 6 splits"] * 3]
    assert table["mean"].between(0, 1).all()
    frame.loc[3, "a"] = np.nan
    weighted = make_pipeline(encode, LogisticRegression(max_iter=1000))
    table = compare_samplers(weighted, frame, y, cv=cv, random_state=0)
    assert table.index.tolist() == ["none", "class weights", *ours]
    assert (table["n_splits"] == 2).all()
    with pytest.raises(ValueError, match=r"estimator can't be fitted .* NaN"):
        compare_samplers(LogisticRegression(), frame[["a", "b"]], y)


def test_smote_is_no_peer_where_columns_hold_dates():
    numbers = pd.DataFrame(WINE[0][:, :2], columns=["a", "b"])
    dated = numbers.assign(day=pd.date_range("2020", periods=len(numbers)))
    assert list(peers(CLASSIFIER, numbers)) == ["class weights", "SMOTE"]
    assert list(peers(CLASSIFIER, dated)) == ["class weights"]


def test_class_weights_of_classifiers_and_of_rows():
    X, y = RARE
    weighted = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    cv = StratifiedKFold(4)
    samplers = {"weights": "balanced"}
    _, scores = compare_samplers(CLASSIFIER, X, y, samplers, cv=cv, return_scores=True)
    assert_array_equal(
        scores["weights"], cross_val_score(weighted, X, y, cv=cv, scoring="f1_macro")
    )
    # GaussianNB has no class_weight; weighted evenly its classes have even priors.
    even = GaussianNB(priors=[0.5, 0.5])
    _, scores = compare_samplers(GaussianNB(), X, y, samplers, cv=cv, return_scores=True)
    assert_allclose(scores["weights"], cross_val_score(even, X, y, cv=cv, scoring="f1_macro"))


def test_seeds_and_processes_change_nothing():
    X, y = RARE
    sampler = VAEOversampler(VAE(max_iter=5))
    options = {"cv": 3, "scoring": ["f1_macro", "roc_auc"], "random_state": 0}
    tables = [
        compare_samplers(CLASSIFIER, X, y, {"ours": sampler}, n_jobs=n_jobs, **options)
        for n_jobs in (None, 1, 2)
    ]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(
            table.drop(columns="seconds"), tables[0].drop(columns="seconds")
        )
    assert tables[0].index.names == ["score", "sampler"]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"estimator": LinearSVR()}, TypeError, "estimator must be a classifier"),
        ({"samplers": {"a": StandardScaler()}}, TypeError, "as 'a'"),
        ({"samplers": {"a": SMOTE}}, TypeError, "the class SMOTE as 'a'"),
        ({"samplers": {"none": SMOTE()}}, ValueError, "'none' must name no sampler"),
        ({"samplers": [SMOTE()]}, ValueError, "'samplers' parameter .* must be"),
        ({"y": np.zeros(len(WINE[1]))}, ValueError, "y must have two classes or more"),
        ({"y": np.arange(len(WINE[1])) == 5}, ValueError, "got 1 of class True"),
        ({"y": WINE[1][1:]}, ValueError, "inconsistent numbers of samples"),
        ({"scoring": "f2"}, ValueError, "f2"),
    ],
)
def test_wrong_input_is_refused_before_any_fit(change, error, words, spy):
    arguments = {
        "estimator": CLASSIFIER,
        "X": WINE[0],
        "y": WINE[1],
        "samplers": {"spy": spy()},
        **change,
    }
    with pytest.raises(error, match=words):
        compare_samplers(**arguments)
    assert not spy.seen


def test_a_sampler_that_fails_has_no_score_and_is_named():
    X, y = make_imbalance(*WINE, sampling_strategy={0: 12}, random_state=0)
    sampler = SMOTE(k_neighbors=10)
    with pytest.warns(FitFailedWarning, match="'SMOTE' failed on 10 of 10 splits.*n_neighbors"):
        table = compare_samplers(CLASSIFIER, X, y, {"SMOTE": sampler}, random_state=0)
    assert table.loc["SMOTE", "verdict"] == "failed"
    assert table.loc["SMOTE", "n_splits"] == 0


@pytest.mark.parametrize(
    ("sign", "n_pairs", "p_value", "verdict"),
    [
        (1, 10, 0.01, "gain"),
        (-1, 10, 0.01, "loss"),
        (1, 10, 0.2, "perhaps a gain"),
        (-1, 10, np.nan, "perhaps a loss"),
        (0, 10, 0.01, "no gain"),
        (0, 5, 0.01, "fewer than 6 splits"),
        (0, 0, np.nan, "failed"),
    ],
)
def test_verdicts(sign, n_pairs, p_value, verdict):
    assert _verdict(sign, n_pairs, p_value) == verdict
