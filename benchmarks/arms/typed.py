"""Tables whose columns have the dtypes of their content, and the same tables as plain numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


def typed_frame(bunch: Any) -> pd.DataFrame:
    """Convert a PROBEN1 set (fetched ``as_frame=True``) to categories and missing values."""
    X = bunch.data.mask(bunch.missing)
    for name, categories in bunch.categories.items():
        codes = (X[name] * (len(categories) - 1)).round().fillna(-1).astype(int)
        X[name] = pd.Categorical.from_codes(codes, categories)
    return X


def fill_gaps(X: pd.DataFrame) -> pd.DataFrame:
    """Replace missing values by the column's median or commonest category."""
    fills = {name: c.mode()[0] if is_categorical(c) else c.median() for name, c in X.items()}
    return X.fillna(fills)


def as_floats(X: pd.DataFrame) -> pd.DataFrame:
    """Convert integer columns to floats, between whose values interpolation may end."""
    return X.astype({name: float for name, dtype in X.dtypes.items() if dtype.kind in "iu"})


def is_categorical(column: pd.Series) -> bool:
    """Return whether a column has a categorical dtype."""
    return isinstance(column.dtype, pd.CategoricalDtype)


def to_numbers(X: pd.DataFrame) -> pd.DataFrame:
    """Encode as the thesis does: categories evenly spaced in [0, 1], missing values as 0."""
    return X.apply(
        lambda c: (
            c.cat.codes.clip(lower=0) / (len(c.cat.categories) - 1) if is_categorical(c) else c
        )
    ).fillna(0.0)


def as_numbers(X: Any) -> Any:
    """Encode a frame by `to_numbers` as an array; an array is returned as it is."""
    return to_numbers(X).to_numpy() if isinstance(X, pd.DataFrame) else X


def one_hot(X: Any) -> Any:
    """Encode each category of a frame as a column of 0 and 1, and missing values as 0.

    An array is returned as it is.
    """
    if not isinstance(X, pd.DataFrame):
        return X
    return pd.get_dummies(X, dtype=float).fillna(0.0).to_numpy(float)


def from_numbers(numbers: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Decode `to_numbers`: replace each number of a categorical column by the nearest category."""
    X = numbers.copy()
    for name, column in like.items():
        if is_categorical(column):
            codes = (numbers[name] * (len(column.cat.categories) - 1)).round().astype(int)
            X[name] = pd.Categorical.from_codes(codes, dtype=column.dtype)
    return X


class ToNumbers(TransformerMixin, BaseEstimator):
    """Apply `to_numbers` as a step of a Pipeline."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> ToNumbers:
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return to_numbers(X)

    def __sklearn_is_fitted__(self) -> bool:
        return True
