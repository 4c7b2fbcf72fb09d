"""Filters of tables with symbols, dates and gaps."""

import functools
import warnings

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import OrdinalEncoder

from skvae import GenerativeClassifierFilter, LabelConsistencyFilter, VAEOversampler
from tests import helpers
from tests.columns import COLUMNS, RNG, Y, assert_like
from tests.helpers import BOTH

tiny = functools.partial(helpers.tiny, max_iter=10)


@pytest.mark.parametrize("name", ["category", "mixed object", "boolean", "dates", "float64"])
@BOTH
def test_filters_judge_tables_of_all_kinds(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    if name != "dates":
        X["x"] = X["x"].mask(np.arange(40) % 5 == 0)
    gc = GenerativeClassifierFilter(hidden_layer_sizes=(8,), max_iter=20, cv=2)
    lc = LabelConsistencyFilter(cv=2)
    over = cls(tiny(), filter=[gc, lc], missing="indicator", max_draws=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # models of ten steps draw rows that don't pass
        X_both, y_both = over.fit_resample(X, Y)
    assert_like(X_both["x"][40:], X["x"])
    assert y_both.value_counts().eq(20).all()
    assert {"filter_score_0", "filter_score_1"} <= set(over.provenance())


def test_a_detector_that_can_not_read_the_table():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    with pytest.raises(ValueError, match=r"^filter IsolationForest\(.*\) can't be fitted on "):
        VAEOversampler(tiny(), filter=IsolationForest()).fit(X, Y)


def test_filters_alone_take_gaps():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)}).mask(
        np.random.default_rng(0).random((40, 2)) < 0.2
    )
    gc = GenerativeClassifierFilter(hidden_layer_sizes=(8,), max_iter=20, cv=2, random_state=0)
    assert set(gc.fit(X).predict(X)) <= {-1, 1}
    assert LabelConsistencyFilter(cv=2, random_state=0).fit(X, Y).predict_proba(X).shape == (40, 3)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_a_detector_gets_the_table_as_it_is():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    detector = make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        IsolationForest(n_estimators=5, random_state=0),
    )
    X_both, _ = VAEOversampler(tiny(), filter=detector, random_state=0).fit_resample(X, Y)
    assert len(X_both) == 60


def test_unlikely_symbols_are_noise():
    rng = np.random.default_rng(0)
    symbols = np.array(list("abcdefgh"))
    first = rng.integers(0, 8, 600)
    X = pd.DataFrame({"p": symbols[first], "q": symbols[(first + 1) % 8]})
    wrong = pd.DataFrame({"p": symbols[first], "q": symbols[(first + 4) % 8]})
    gc = GenerativeClassifierFilter(random_state=0).fit(X)
    assert (gc.predict(X) == 1).mean() > 0.9
    assert (gc.predict(wrong) == -1).mean() > 0.9
