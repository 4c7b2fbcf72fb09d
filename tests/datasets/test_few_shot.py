"""Subsets of a few rows of each class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from numpy.testing import assert_array_equal

from skvae.datasets import few_shot


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = rng.permutation(np.repeat(["a", "b", "c"], [5, 10, 20]))
    return np.arange(35.0)[:, None] * [1, -1], y


@pytest.mark.parametrize("n", [1, 3, 5, np.int64(5)])
def test_few_shot_draws_n_rows_of_each_class(table, n):
    X, y = table
    X_few, y_few = few_shot(X, y, n, random_state=0)
    rows = X_few[:, 0].astype(int)
    assert_array_equal(np.unique(y_few, return_counts=True)[1], [n] * 3)
    assert (np.diff(rows) > 0).all()  # the original order, and no row twice
    assert_array_equal(X_few, X[rows])
    assert_array_equal(y_few, y[rows])


def test_few_shot_seeds(table):
    rows = [set(few_shot(*table, 3, random_state=seed)[0][:, 0]) for seed in (0, 0, 1)]
    assert rows[0] == rows[1] != rows[2]
    larger = set(few_shot(*table, 5, random_state=0)[0][:, 0])
    assert rows[0] < larger


def test_few_shot_leaves_the_global_generator_alone(table):
    before = np.random.get_state()[1].copy()
    few_shot(*table, 3, random_state=0)
    assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("dtype", ["str", "category", "object"])
def test_few_shot_keeps_pandas_containers(table, dtype):
    X, y = table
    frame = pd.DataFrame(X, columns=["u", "v"], index=np.arange(100, 135)).astype({"v": "float32"})
    series = pd.Series(y, index=frame.index, name="class", dtype=dtype)
    X_few, y_few = few_shot(frame, series, 2, random_state=0)
    assert_array_equal(X_few, few_shot(X, y, 2, random_state=0)[0])
    pd.testing.assert_frame_equal(X_few, frame.loc[X_few.index])
    pd.testing.assert_series_equal(y_few, series.loc[y_few.index])


def test_few_shot_of_lists_and_sparse_matrices(table):
    X, y = table
    expected = few_shot(X, y, 2, random_state=0)
    lists = few_shot(X.tolist(), y.tolist(), 2, random_state=0)
    assert isinstance(lists[0], list)
    assert isinstance(lists[1], list)
    assert_array_equal(lists[0], expected[0])
    assert lists[1] == expected[1].tolist()
    sparse = few_shot(sp.csr_array(X), y, 2, random_state=0)[0]
    assert_array_equal(sparse.toarray(), expected[0])


@pytest.mark.parametrize("labels", [[-1, 1], [False, True], ["no", "yes"], [0.0, 1.0]])
def test_few_shot_label_types(labels):
    y = np.array(labels * 4)
    _, y_few = few_shot(np.zeros((8, 1)), y, 2, random_state=0)
    assert y_few.dtype == y.dtype
    assert sorted(y_few) == sorted(labels * 2)


@pytest.mark.parametrize("n", [0, -1, 2.0, "2", None, True, {"a": 1}])
def test_few_shot_bad_n(table, n):
    with pytest.raises(ValueError, match="n_per_class must be an int >= 1, got "):
        few_shot(*table, n)


def test_few_shot_names_the_short_classes(table):
    with pytest.raises(ValueError, match=r"got 11, but class 'a' has 5, class 'b' has 10$"):
        few_shot(*table, 11)


def test_few_shot_bad_targets(table):
    X, y = table
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        few_shot(X, y[:-1], 1)
    with pytest.raises(ValueError, match="continuous"):
        few_shot(X, np.linspace(0, 1, len(X)), 1)


@pytest.mark.parametrize(
    ("missing", "dtype"),
    [(np.nan, float), (np.nan, "str"), (None, object), (pd.NA, "string"), (pd.NA, "Int64")],
)
def test_few_shot_missing_labels(missing, dtype):
    y = pd.Series([1, 2, 1, 2], dtype="Int64").astype(dtype)
    y[3] = missing
    with pytest.raises(ValueError, match=r"^y misses labels, first in row 3 \(1 in all\)$"):
        few_shot(np.zeros((4, 1)), y, 1)


def test_few_shot_labels_in_objects_and_lists():
    X = np.arange(6.0)[:, None]
    for y in (np.array([1, 2] * 3, object), pd.Series([True, False] * 3, dtype=object)):
        _, few = few_shot(X, y, 1, random_state=0)
        assert type(few) is type(y)
        assert few.dtype == object
        assert len(set(few)) == 2
    with pytest.raises(ValueError, match=r"^y misses labels, first in row 1"):
        few_shot(X, ["a", np.nan] * 3, 1)
