"""Tables whose columns have the kinds of what they hold, and the same tables as plain numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


def typed_frame(bunch: Any) -> pd.DataFrame:
    """A fetched PROBEN1 set (``as_frame=True``) with categories and missing values."""
    X = bunch.data.mask(bunch.missing)
    for name, symbols in bunch.categories.items():
        codes = (X[name] * (len(symbols) - 1)).round().fillna(-1).astype(int)
        X[name] = pd.Categorical.from_codes(codes, symbols)
    return X


def fill_in(X: pd.DataFrame) -> pd.DataFrame:
    """Medians and commonest symbols where values are missing."""
    fills = {name: c.mode()[0] if is_symbolic(c) else c.median() for name, c in X.items()}
    return X.fillna(fills)


def is_symbolic(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def to_numbers(X: pd.DataFrame) -> pd.DataFrame:
    """The thesis' numbers: symbols evenly spaced in [0, 1], 0 where values are missing."""
    return X.apply(
        lambda c: c.cat.codes.clip(lower=0) / (len(c.cat.categories) - 1) if is_symbolic(c) else c
    ).fillna(0.0)


def from_numbers(numbers: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    """Each symbol that a number is nearest to."""
    X = numbers.copy()
    for name, column in like.items():
        if is_symbolic(column):
            codes = (numbers[name] * (len(column.cat.categories) - 1)).round().astype(int)
            X[name] = pd.Categorical.from_codes(codes, dtype=column.dtype)
    return X


class ToNumbers(TransformerMixin, BaseEstimator):
    """`to_numbers` as a step of a Pipeline."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> ToNumbers:
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return to_numbers(X)

    def __sklearn_is_fitted__(self) -> bool:
        return True
