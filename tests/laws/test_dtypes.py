"""Every dtype of a column, in and out again, and any table of them."""

import functools
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier

from skvae import GAN, VAEGAN, Autoencoder, ConditionalVAE, MultiVAEResampler, VAEOversampler
from skvae.strategies import augment
from tests import helpers
from tests.columns import CANNOT_MISS, COLUMNS, RNG, Y, assert_like, is_symbols
from tests.helpers import BOTH

tiny = functools.partial(helpers.tiny, max_iter=10)


@pytest.mark.parametrize("name", COLUMNS)
@BOTH
def test_every_dtype_comes_back(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    X.index = range(100, 140)
    over = cls(tiny(), sampling_strategy=augment(1.0), random_state=0)
    X_both, y_both = over.fit_resample(X, Y)
    assert_frame_equal(X_both[:40], X.reset_index(drop=True))
    assert list(X_both.index) == list(range(80))
    assert_like(X_both["x"][40:], X["x"])
    assert y_both.dtype == Y.dtype
    assert y_both.name == "kind"
    if name in ("int64", "object numbers"):
        assert all(isinstance(v, int | np.integer) for v in X_both["x"])
    if name in ("dates", "time zone"):
        assert (X_both["x"] == X_both["x"].dt.normalize()).all()


@pytest.mark.parametrize("name", [name for name in COLUMNS if name not in CANNOT_MISS])
@BOTH
def test_every_dtype_can_miss_values(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    X["x"] = X["x"].mask(np.arange(40) % 4 == 0)
    params = {"missing": "indicator", "sampling_strategy": augment(10.0), "random_state": 0}
    # A filter picks some rows rather than others.
    over = cls(tiny(), filter=None, **params)
    X_both, _ = over.fit_resample(X, Y)
    assert_frame_equal(X_both[:40], X)
    assert_like(X_both["x"][40:], X["x"])
    assert X_both["x"][40:].isna().mean() == pytest.approx(0.25, abs=0.08)
    with pytest.raises(ValueError, match="X contains NaN in column 'x', first in row 0"):
        cls(tiny()).fit(X, Y)


@pytest.mark.parametrize("family", [Autoencoder, ConditionalVAE, GAN, VAEGAN])
@pytest.mark.filterwarnings("ignore::skvae.exceptions.ModeCollapseWarning")
def test_every_dtype_comes_back_from_every_family(family):
    X = pd.DataFrame(COLUMNS).reset_index(drop=True)
    model = family(hidden_layer_sizes=(8,), max_iter=5, random_state=0)
    rule = "noise" if family is Autoencoder else "prior"
    # A model that learns no classes can't draw one of them from the prior.
    cls = VAEOversampler if family is ConditionalVAE else MultiVAEResampler
    over = cls(model, latent_sampling=rule, filter=None, random_state=0)
    X_both, _ = over.set_params(sampling_strategy=augment(1.0)).fit_resample(X, Y)
    assert_frame_equal(X_both[:40], X)
    for name in X:
        assert_like(X_both[name][40:], X[name])


def as_numbers(frame):
    """What a classifier makes of any frame: symbols by their place, dates as numbers."""
    return frame.apply(
        lambda column: (
            pd.Series(pd.factorize(column, sort=False)[0], column.index)
            if is_symbols(column)
            else column.astype(float)
        )
    )


class AsNumbers(BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return as_numbers(X)


@pytest.mark.parametrize("name", COLUMNS)
@BOTH
def test_every_dtype_goes_through_a_pipeline(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    clf = HistGradientBoostingClassifier(max_iter=2)
    pipeline = make_pipeline(cls(tiny(), random_state=0), AsNumbers(), clf)
    assert set(pipeline.fit(X, Y).predict(X)) <= {"a", "b", "c"}


@st.composite
def tables(draw):
    """Frames of random kinds of columns with random gaps, and labels of two or three classes."""
    n_rows = draw(st.integers(12, 40))
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns = {}
    for j, name in enumerate(names):
        column = COLUMNS[name].iloc[rng.integers(0, 40, n_rows)].reset_index(drop=True)
        if name not in CANNOT_MISS and draw(st.booleans()):
            column = column.mask(rng.random(n_rows) < draw(st.floats(0, 0.9)))
            # A column of symbols without a symbol is an error of its own.
            column.iloc[0] = COLUMNS[name].iloc[0]
        columns[f"c{j}"] = column
    y = rng.permutation(np.arange(n_rows) % draw(st.integers(2, 3)))
    return pd.DataFrame(columns), y


@given(
    tables(),
    st.sampled_from([VAEOversampler, MultiVAEResampler]),
    st.sampled_from(["bernoulli", "gaussian"]),
    st.sampled_from(["sample", "mode"]),
    st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_keeps_its_laws(table, cls, likelihood, discrete, quantiles):
    X, y = table
    vae = tiny(max_iter=3, likelihood=likelihood, discrete=discrete, quantile_transform=quantiles)
    strategy = augment(1.0)
    over = cls(vae, missing="indicator", sampling_strategy=strategy, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # collapsed models, few neighbours
        X_both, y_both = over.fit_resample(X, y)
    n_rows = len(X)
    assert_frame_equal(X_both[:n_rows], X)
    assert list(X_both.columns) == list(X.columns)
    for name in X:
        assert_like(X_both[name][n_rows:], X[name])
    assert dict(zip(*np.unique(y_both, return_counts=True), strict=True)) == strategy(y)
    assert len(over.provenance()) == n_rows
