"""`compare_samplers` says what the benchmarks' reports say of the same scores."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.report.results import gains, mean_gain_of_unit
from skvae.model_selection import compare_samplers, holm


def test_gains_are_those_of_the_reports_to_the_last_digit():
    X, y = load_breast_cancer(return_X_y=True)
    X, y = X[:150], y[:150]
    cv = StratifiedKFold(6, shuffle=True, random_state=0)
    samplers = {"SMOTE": SMOTE(random_state=0), "random": RandomOverSampler(random_state=0)}
    model = make_pipeline(StandardScaler(), LogisticRegression())
    comparison, scores = compare_samplers(model, X, y, samplers, cv=cv, return_scores=True)

    columns = pd.MultiIndex.from_product([["logistic regression"], ["-"], scores.columns])
    index = pd.MultiIndex.from_product([[0], scores.index], names=["unit", "seed"])
    table = pd.DataFrame(
        scores.to_numpy(), index, columns.set_names(["classifier", "protocol", "arm"])
    )
    ratio = np.mean([len(test) / len(train) for train, test in cv.split(X, y)])
    found = [mean_gain_of_unit(gains(table), column, 0, ratio) for column in table]
    p_values = holm([gain.p_value for gain in found[1:]])
    for name, gain, p in zip(samplers, found[1:], p_values, strict=True):
        row = comparison.loc[name]
        assert (row["gain"], row["low"], row["high"]) == gain[:3]
        assert row["p_value"] == p
        assert row["gain"] == pytest.approx(row["mean"] - comparison.loc["none", "mean"])
