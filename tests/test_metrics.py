"""Laws of the measures of generated tables, and references computed one pair at a time."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from scipy.stats import chi2_contingency, ks_2samp
from sklearn.base import BaseEstimator
from sklearn.datasets import load_wine
from sklearn.dummy import DummyClassifier
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae.metrics import (
    _copying,
    association_matrix,
    column_distances,
    correlation_difference,
    distance_to_closest_record,
    report,
    train_on_synthetic_score,
)

COMPARE = pytest.mark.parametrize(
    "compare",
    [
        column_distances,
        correlation_difference,
        lambda real, synthetic: distance_to_closest_record(real, synthetic, real),
    ],
    ids=["column_distances", "correlation_difference", "distance_to_closest_record"],
)
MEASURES = [
    *["column_distance_mean", "column_distance_worst", "correlation_difference"],
    *["train_on_synthetic_score", "share_closer_to_train", "exact_copies", "median_distance"],
]


def mixed(n_rows=200, seed=0, missing=0.1):
    """A frame of numbers, dates and symbols that depend on each other, with missing values."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, n_rows)
    frame = pd.DataFrame(
        {
            "age": age.astype(float),
            "dose": age / 10 + rng.normal(size=n_rows),
            "visit": pd.Timestamp("2024-01-01") + pd.to_timedelta(age + rng.integers(9), unit="D"),
            "old": age > 60,
            "ward": pd.Categorical(np.array(["a", "b", "c"])[rng.integers(3, size=n_rows)]),
            "drug": np.where(age + rng.normal(0, 20, n_rows) > 50, "x", "y"),
        }
    )
    gaps = rng.random(frame.shape) < missing
    gaps[:, 3] = False
    return frame.mask(gaps)


def tiny(cls=VAEOversampler, **params):
    return cls(VAE(hidden_layer_sizes=(8,), max_iter=20), **params)


# Columns, each for itself


def test_equal_tables_have_no_distance():
    X = mixed()
    assert (column_distances(X, X) == 0).all()
    assert correlation_difference(X, X) == 0


def test_disjoint_columns_have_distance_1():
    real = pd.DataFrame({"number": [1.0, 2.0], "symbol": ["a", "b"], "gap": [1.0, 2.0]})
    other = pd.DataFrame({"number": [5, 3, 4], "symbol": list("xyz"), "gap": [np.nan] * 3})
    assert column_distances(real, other).to_dict() == {"number": 1, "symbol": 1, "gap": 1}


def test_column_distances_against_one_column_at_a_time():
    real, other = mixed(), mixed(120, seed=1, missing=0.3)
    distances = column_distances(real, other)
    assert list(distances.index) == list(real.columns)
    for name in ["age", "dose", "visit"]:
        a, b = (
            X[name].dropna().astype("int64" if name == "visit" else float) for X in (real, other)
        )
        gaps = abs(real[name].isna().mean() - other[name].isna().mean())
        assert distances[name] == pytest.approx(max(ks_2samp(a, b).statistic, gaps))
    for name in ["old", "ward", "drug"]:
        p, q = (
            X[name].astype(object).value_counts(normalize=True, dropna=False) for X in (real, other)
        )
        assert distances[name] == pytest.approx(p.sub(q, fill_value=0).abs().sum() / 2)


def test_missing_numbers_count_where_they_differ_more():
    real = pd.DataFrame({"a": np.arange(10.0)})
    other = real.mask(real["a"] % 2 == 0)
    assert column_distances(real, other)["a"] == 0.5


def frames(n_tables):
    """Tables of two columns of numbers and two of symbols, with missing values."""
    number = st.just(np.nan) | st.floats(allow_infinity=False) | st.integers(-2, 2).map(float)
    symbol = st.none() | st.sampled_from("abc")
    rows = st.lists(st.tuples(number, number, symbol, symbol), min_size=1, max_size=8)
    table = rows.map(lambda r: pd.DataFrame(r, columns=["n", "m", "s", "t"]).astype({"s": object}))
    return st.tuples(*[table] * n_tables)


@settings(max_examples=60)
@given(frames(2))
def test_ranges_and_symmetry(tables):
    real, other = tables
    distances = column_distances(real, other)
    assert distances.between(0, 1).all()
    assert_series_equal(distances, column_distances(other, real))
    matrix = association_matrix(real)
    assert_array_equal(matrix, matrix.T)
    assert (matrix.abs() <= 1).all(axis=None)
    assert (matrix.loc[["s", "t"]] >= 0).all(axis=None)
    difference = correlation_difference(real, other)
    assert 0 <= difference <= 2
    assert difference == pytest.approx(correlation_difference(other, real))


@settings(max_examples=40)
@given(frames(3))
def test_ranges_of_distances_to_the_closest_record(tables):
    train, synthetic, holdout = tables
    measures = distance_to_closest_record(train, synthetic, holdout)
    assert measures.notna().all()
    assert measures.filter(like="share").between(0, 1).all()
    assert measures.filter(like="copies").between(0, 1).all()
    assert (measures.filter(like="median") >= 0).all()
    swapped = distance_to_closest_record(holdout, synthetic, train)
    assert measures["share_closer_to_train"] + swapped["share_closer_to_train"] == pytest.approx(1)


@COMPARE
def test_order_of_rows_and_columns_makes_no_difference(compare):
    real, other = mixed(80), mixed(60, seed=1)
    shuffled = other.sample(frac=1, random_state=0)[other.columns[::-1]]
    expected, got = compare(real, other), compare(real, shuffled)
    assert_allclose(got, expected, rtol=1e-6, atol=1e-12)


@COMPARE
def test_scale_makes_no_difference(compare):
    scale = {"age": lambda X: X["age"] * 1e6 - 7, "dose": lambda X: X["dose"] / 1e9}
    real, other = mixed(80), mixed(60, seed=1)
    expected, got = compare(real, other), compare(real.assign(**scale), other.assign(**scale))
    assert_allclose(got, expected, rtol=1e-5, atol=1e-9)


@COMPARE
def test_arrays_and_frames_agree(compare):
    rng = np.random.default_rng(0)
    real, other = rng.normal(size=(30, 3)), rng.normal(size=(20, 3))
    expected = np.asarray(compare(real, other))
    assert_array_equal(
        compare(pd.DataFrame(real, columns=list("abc")), pd.DataFrame(other, columns=list("abc"))),
        expected,
    )
    assert_array_equal(compare(pd.DataFrame(real, columns=list("abc")), other), expected)
    assert_array_equal(compare(real.tolist(), other.tolist()), expected)


def test_named_symbols_of_an_array():
    real, other = [[1, 5], [2, 5]], [[1, 6], [9, 5]]
    assert column_distances(real, other, categorical_features=[0]).tolist() == [0.5, 0.5]
    text = np.array([["a", 1.0], ["b", 2.0]], dtype=object)
    assert column_distances(text, text[:1], categorical_features=[0]).tolist() == [0.5, 0.5]
    with pytest.raises(ValueError, match=r"must be numeric, got .* in column 0"):
        column_distances(text, text)


def test_dtypes_of_symbols_and_dates_may_differ():
    real = pd.DataFrame({"s": pd.Categorical([1, 2, 2]), "d": pd.date_range("2024", periods=3)})
    other = pd.DataFrame({"s": pd.Categorical([1, 1, 3]), "d": real["d"].astype("datetime64[s]")})
    assert column_distances(real, other).round(3).to_dict() == {"s": 0.667, "d": 0}


def test_empty_columns_are_read_by_the_table_that_has_entries():
    real = pd.DataFrame({"s": [None, None], "t": pd.Categorical([None, None]), "d": pd.NaT})
    other = pd.DataFrame({"s": ["a", "b"], "t": np.nan, "d": pd.date_range("2024", periods=2)})
    for a, b in [(real, other), (other, real)]:
        assert column_distances(a, b).to_dict() == {"s": 1, "t": 0, "d": 1}
        # Of the three pairs, s and d are associated where they have entries.
        assert correlation_difference(a, b) == pytest.approx(1 / 3)
    measures = distance_to_closest_record(real, other, real)
    assert measures["share_closer_to_train"] == 0.5
    assert measures["median_distance"] < 2


# Pairs of columns


def naive_association(a, b, symbols):
    """One pair of columns, by pandas' tables of counts and groups."""
    both = pd.DataFrame({"a": a.astype(object), "b": b.astype(object)}).dropna()
    n = len(both)
    if a.name in symbols and b.name in symbols:
        counts = pd.crosstab(both["a"], both["b"])
        phi2 = chi2_contingency(counts, correction=False).statistic / n
        r, c = counts.shape
        phi2 = max(0, phi2 - (r - 1) * (c - 1) / (n - 1))
        return np.sqrt(phi2 / min(r - 1 - (r - 1) ** 2 / (n - 1), c - 1 - (c - 1) ** 2 / (n - 1)))
    number = "b" if a.name in symbols else "a"
    both[number] = pd.to_numeric(pd.Series(list(both[number]), both.index))
    if a.name in symbols or b.name in symbols:
        means = both.groupby("a" if number == "b" else "b")[number].transform("mean")
        return np.sqrt(means.var() / both[number].var())
    return both["a"].corr(pd.to_numeric(pd.Series(list(both["b"]), both.index)))


def test_associations_against_one_pair_at_a_time():
    X = mixed(150, missing=0.2)
    X["visit"] = (X["visit"] - pd.Timestamp("2024-01-01")).dt.days
    matrix = association_matrix(X)
    assert_array_equal(np.diag(matrix), 1)
    for i, a in enumerate(X):
        for b in X.columns[:i]:
            expected = naive_association(X[a], X[b], ["old", "ward", "drug"])
            assert matrix.loc[a, b] == pytest.approx(expected, abs=1e-9), (a, b)
    other = mixed(90, seed=3, missing=0)
    other["visit"] = (other["visit"] - pd.Timestamp("2024-01-01")).dt.days
    pairs = np.triu_indices(6, k=1)
    expected = np.abs(matrix - association_matrix(other)).to_numpy()[pairs].mean()
    assert correlation_difference(X, other) == pytest.approx(expected)


def test_correlations_are_those_of_pandas():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 4))) * [1e-9, 1, 1e9, 1e200]
    X = X.mask(np.random.default_rng(1).random(X.shape) < 0.3)
    scaled = X / [1e-9, 1, 1e9, 1e200]
    assert_frame_equal(association_matrix(X), scaled.corr(), rtol=1e-6)


def test_constant_columns_are_associated_with_nothing():
    X = pd.DataFrame({"k": 7.0, "s": "a", "x": [1.0, 2, 3, 4], "t": list("aabb"), "gap": np.nan})
    matrix = association_matrix(X)
    assert (matrix.loc[["k", "s", "gap"]] == 0).all(axis=None)
    assert matrix.loc["x", "t"] > 0
    # Also where a column is constant in the rows of the pair only.
    X = pd.DataFrame({"x": [0.1, 0.1, 0.1, 9], "y": [1, 2, 3, np.nan], "s": ["a", "b", "c", None]})
    assert association_matrix(X).loc["x", ["y", "s"]].tolist() == [0, 0]


def test_one_row_or_column():
    X = mixed(missing=0)
    assert (association_matrix(X[:1]) == 0).all(axis=None)
    assert correlation_difference(X[:1], X[1:2]) == 0
    assert correlation_difference(X[["age"]], X[["age"]]) == 0
    assert column_distances(X[:1], X[:1]).eq(0).all()


def test_many_columns_of_symbols_take_no_time():
    codes = np.random.default_rng(0).integers(0, 12, size=(3000, 60))
    X = pd.DataFrame(codes.astype(str))
    started = time.perf_counter()
    matrix = association_matrix(X)
    assert time.perf_counter() - started < 1
    assert matrix.to_numpy()[np.triu_indices(60, k=1)].mean() < 0.05


# What is not a table to compare


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X.drop(columns="age"), r"X_synthetic must have the columns of X_real.*'age'"),
        (lambda X: X.assign(extra=1), r"X_synthetic must have the columns of X_real.*'extra'"),
        (lambda X: np.ones((3, 2)), "X_synthetic must have the 6 columns of X_real, got 2"),
        (lambda X: X[:0], "X_synthetic must have at least 1 row"),
        (lambda X: X.assign(age=np.inf), "X_synthetic must hold finite.*'age', first in row 0"),
        (lambda X: X.assign(age="old"), "X_synthetic: X must be numeric, got 'old'"),
        (lambda X: X.assign(age=X["visit"]), "'age' must hold dates in all tables or none"),
        (lambda X: np.ones(3), "2D array"),
    ],
)
def test_errors_name_table_and_column(change, message):
    X = mixed(missing=0)
    with pytest.raises(ValueError, match=message):
        column_distances(X, change(X))
    with pytest.raises(ValueError, match=message.replace("X_real", "X_train")):
        distance_to_closest_record(X, change(X), X)


def test_no_columns():
    with pytest.raises(ValueError, match="X must have at least 1 column"):
        association_matrix(mixed()[[]])


# Usefulness


def test_score_is_that_of_a_classifier_of_synthetic_rows():
    X, y = load_wine(return_X_y=True, as_frame=True)
    train, test = np.arange(len(y)) % 2 == 0, np.arange(len(y)) % 2 == 1
    score = train_on_synthetic_score(
        X[train], y[train], X[test], y[test], estimator=GaussianNB(), scoring="accuracy"
    )
    assert score == GaussianNB().fit(X[train], y[train]).score(X[test], y[test])
    forest = train_on_synthetic_score(X[train], y[train], X[test], y[test], random_state=0)
    assert forest > 0.9
    arrays = (X[train].to_numpy(), y[train].to_numpy(), X[test].to_numpy(), y[test].to_numpy())
    assert train_on_synthetic_score(*arrays, random_state=0) == forest


def test_default_classifier_takes_mixed_tables_with_unseen_symbols():
    X, test = mixed(), mixed(seed=1, missing=0.3)
    y, y_test = (frame.pop("old").map({True: "old", False: "young"}) for frame in (X, test))
    test["ward"] = test["ward"].astype(object).where(test.index > 5, "new")
    X["dose"] = np.nan
    assert train_on_synthetic_score(X, y, test, y_test, random_state=0) > 0.8


def test_classes_that_were_not_generated():
    score = train_on_synthetic_score([[0.0], [1.0]], [0, 0], [[0.0], [1.0]], [0, 1])
    assert 0 < score < 1


def test_estimator_is_cloned_and_seeded():
    dummy = DummyClassifier(strategy="uniform")
    X, y = np.zeros((200, 1)), np.arange(200) % 2
    scores = [
        train_on_synthetic_score(X, y, X, y, estimator=dummy, random_state=seed)
        for seed in (0, 0, 1)
    ]
    assert scores[0] == scores[1] != scores[2]
    assert not hasattr(dummy, "classes_")


@pytest.mark.parametrize(
    ("params", "message"),
    [({"estimator": 3}, "'estimator' parameter"), ({"scoring": 3}, "'scoring' parameter")],
)
def test_usefulness_refuses_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        train_on_synthetic_score([[1]], [1], [[1]], [1], **params)


def test_usefulness_refuses_other_numbers_of_labels():
    with pytest.raises(ValueError, match="inconsistent numbers"):
        train_on_synthetic_score([[1], [2]], [1], [[1]], [1])


# Copies


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


# All at once


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
