"""Two tables read as one: names, dtypes and symbols of both."""

import numpy as np
import pandas as pd
import pytest

from skvae.metrics import (
    association_matrix,
    column_distances,
    correlation_difference,
    distance_to_closest_record,
)
from tests.columns import mixed


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
