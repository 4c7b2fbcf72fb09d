"""Tables to values and back to the entries."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator

from skvae._tables.distances import distance_space
from skvae._tables.format import TableFormat
from skvae._tables.reading import learn_table, read_table
from tests.columns import CANNOT_MISS, COLUMNS


def test_a_copy_has_no_distance_and_a_missing_value_counts_one():
    X = pd.DataFrame({"x": [1.0, 2.0, np.nan, 5.0], "s": ["a", "b", "c", None]})
    table_format, values = learn_table(BaseEstimator(), X, missing="indicator")
    coded = distance_space(values, table_format)(values)
    assert_array_equal(np.linalg.norm(coded - coded, axis=1), 0)
    assert np.linalg.norm(coded[0] - coded[1]) == pytest.approx(np.hypot(0.25, 1), abs=1e-6)
    assert np.linalg.norm(coded[0] - coded[2]) >= np.sqrt(2) - 1e-6


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (["float32", "float32"], "float32"),
        (["float64", "float32"], "float64"),
        (["int8", "bool"], "float64"),
        (["Int64", "Float64"], "float64"),
        (["float64", "Sparse[float64]"], "float64"),
    ],
)
def test_matrix_dtype(dtypes, expected):
    X = pd.DataFrame({"a": [0, 1, 1], "b": [1, 0, 1]}).astype(dict(zip("ab", dtypes, strict=True)))
    _, values = learn_table(BaseEstimator(), X)
    assert values.dtype == expected
    assert_array_equal(values, [[0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float32", "float64", "bool"])
def test_arrays_and_lists(dtype):
    X = np.array([[0, 1], [1, 1], [0, 0]]).astype(dtype)
    new = np.array([[0.4, 0.6]])
    expected = np.array([[0.4, 0.6] if "float" in dtype else [0, 1]]).astype(dtype)
    table_format, _ = learn_table(BaseEstimator(), X)
    array = table_format.append(X, new)
    assert array.dtype == X.dtype
    assert_array_equal(array, np.concatenate([X, expected]))
    rows = X.tolist()
    table_format, _ = learn_table(BaseEstimator(), rows)
    both = table_format.append(rows, new)
    assert both[:3] == rows
    assert [type(v) for v in both[3]] == [type(v) for v in rows[0]]


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "float16"])
def test_values_lead_back_to_the_entries(name):
    X = pd.DataFrame({"x": COLUMNS[name]})
    if name not in CANNOT_MISS:
        X["x"] = X["x"].mask(np.arange(40) % 7 == 0)
    table_format, values = learn_table(BaseEstimator(), X, missing="indicator")
    assert isinstance(table_format, TableFormat)
    assert_frame_equal(table_format.restore(values), X)
    again = read_table(BaseEstimator(), X, table_format, missing="indicator", reset=True)
    assert_array_equal(again, values)
