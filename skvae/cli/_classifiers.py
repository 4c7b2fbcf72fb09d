"""Classifiers by name, for tables as they come from files."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype


class Classifier(StrEnum):
    """Classifiers by the names of the command."""

    logistic = "logistic"
    forest = "forest"
    boosting = "boosting"
    mlp = "mlp"


def make_classifier(name: Classifier, X: pd.DataFrame) -> Any:
    """Return a classifier behind coders of numbers, dates and categories.

    Parameters
    ----------
    name : Classifier
        Its name.
    X : DataFrame
        The table, whose columns tell their kinds.
    """
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    dates = [c for c in X if is_datetime64_any_dtype(X[c])]
    numbers = [c for c in X if is_numeric_dtype(X[c])]
    others = [c for c in X if c not in {*dates, *numbers}]
    scaled = [FunctionTransformer(_as_floats), SimpleImputer(), StandardScaler()]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    coded = make_column_transformer(
        (make_pipeline(*scaled), [*dates, *numbers]),
        (make_pipeline(FunctionTransformer(_as_texts), one_hot), others),
    )
    classifier = {
        Classifier.logistic: LogisticRegression(max_iter=1000),
        Classifier.forest: RandomForestClassifier(),
        Classifier.boosting: HistGradientBoostingClassifier(),
        Classifier.mlp: MLPClassifier(early_stopping=False, max_iter=500),
    }[name]
    return make_pipeline(coded, classifier)


def _as_floats(frame: pd.DataFrame) -> Any:
    """Return numbers, and dates as seconds, NaN where missing."""
    columns = []
    for _, column in frame.items():
        if is_datetime64_any_dtype(column):
            column = (column - pd.Timestamp(0, tz=column.dt.tz)).dt.total_seconds()
        columns.append(column.to_numpy(np.float64, na_value=np.nan))
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def _as_texts(frame: pd.DataFrame) -> Any:
    """Return categories as text, of which missing is one."""
    return frame.astype(object).where(frame.notna(), "").astype(str).to_numpy(object)
