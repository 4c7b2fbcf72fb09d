"""Laws of the measures of generated tables, and references computed one pair at a time."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from scipy.stats import chi2_contingency, ks_2samp

from skvae.metrics import (
    association_matrix,
    column_distances,
    correlation_difference,
    distance_to_closest_record,
)
from tests.columns import mixed

COMPARE = pytest.mark.parametrize(
    "compare",
    [
        column_distances,
        correlation_difference,
        lambda real, synthetic: distance_to_closest_record(real, synthetic, real),
    ],
    ids=["column_distances", "correlation_difference", "distance_to_closest_record"],
)


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
    started = time.process_time()
    matrix = association_matrix(X)
    assert time.process_time() - started < 1
    assert matrix.to_numpy()[np.triu_indices(60, k=1)].mean() < 0.05
