"""Values to codes and back: properties that hold for any table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator

from skvae._tables import frames
from skvae._tables.codec import TableCodec
from skvae._tables.numbers import RangeScaler
from skvae._tables.reading import learn_table

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TABLES = hnp.arrays(np.float64, SHAPES, elements=FLOATS) | hnp.arrays(
    np.float32, SHAPES, elements=st.floats(allow_nan=False, allow_infinity=False, width=32)
)


@given(TABLES, st.sampled_from([np.float32, np.float64]))
def test_codes_are_in_the_unit_interval_and_lead_back(values, dtype):
    codec = RangeScaler().fit(values)
    coded = codec.encode(values, dtype)
    assert coded.dtype == dtype
    assert (coded >= 0).all()
    assert (coded <= 1).all()
    back = codec.decode(coded)
    assert (back >= values.min(axis=0)).all()
    assert (back <= values.max(axis=0)).all()
    # Halves, because the range of float64's extremes is no float64.
    wide = values.astype(np.float64) / 2
    half_range = wide.max(axis=0) - wide.min(axis=0)
    rounding = np.finfo(np.float64).eps * np.abs(wide).max(axis=0) + 1e-320
    share = 4 * np.finfo(dtype).eps
    assert (np.abs(back / 2 - wide) <= share * half_range + 4 * rounding).all()


@given(TABLES)
def test_ends_of_a_range_are_coded_as_0_and_1(values):
    codec = RangeScaler().fit(values)
    spread = values.max(axis=0) / 2 - values.min(axis=0) / 2 > 1e-300
    assert_array_equal(codec.encode(values.min(axis=0)[None])[0], 0)
    assert_array_equal(codec.encode(values.max(axis=0)[None])[0][spread], 1)


@given(TABLES)
def test_a_constant_column_comes_back_exactly(values):
    values[:] = values[0]
    codec = RangeScaler().fit(values)
    assert_array_equal(codec.encode(values), 0)
    assert_array_equal(codec.decode(np.ones(values.shape, np.float32)), values)


@given(st.floats(-3, 4, width=32))
def test_rows_outside_the_range(code):
    codec = RangeScaler().fit(np.array([[-1.0], [1.0]]))
    coded = codec.encode(np.array([[2 * code - 1]]))
    assert coded[0, 0] == pytest.approx(code, abs=1e-6)
    assert codec.decode(coded)[0, 0] == pytest.approx(np.clip(2 * code - 1, -1, 1), abs=1e-6)


def test_chunks_make_no_difference(monkeypatch):
    values = np.random.default_rng(0).normal(size=(50, 3))
    codec = RangeScaler().fit(values)
    coded, decoded = codec.encode(values), codec.decode(values)
    monkeypatch.setattr(frames, "_CHUNK", 10)
    assert_array_equal(codec.encode(values), coded)
    assert_array_equal(codec.decode(values), decoded)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_quantiles_lead_back(likelihood):
    values = np.exp(2 * np.random.default_rng(0).normal(size=(500, 3)))
    values[:, 2] = np.round(values[:, 2])
    codec = TableCodec(likelihood=likelihood, quantile_transform=True).fit(values)
    back = codec.decode(codec.encode(values, np.float64))
    ranks = np.argsort(np.argsort(values[:, :2], axis=0), axis=0)
    assert_array_equal(np.argsort(np.argsort(back[:, :2], axis=0), axis=0), ranks)
    # Within the step from one quantile to the next.
    order = np.sort(values, axis=0)
    for j in range(3):
        place = np.searchsorted(order[:, j], values[:, j])
        low, high = order[np.maximum(place - 4, 0), j], order[np.minimum(place + 4, 499), j]
        assert ((low - 1e-9 <= back[:, j]) & (back[:, j] <= high + 1e-9)).mean() > 0.99
    assert back.min() >= values.min()
    assert back.max() <= values.max()


QUANTILE_COLUMNS = {
    "float": lambda rng, n: rng.normal(size=n),
    "float32": lambda rng, n: rng.normal(size=n).astype(np.float32),
    "float16": lambda rng, n: (1000 * rng.normal(size=n)).astype(np.float16),
    "whole": lambda rng, n: rng.integers(90, 99, n).astype(float),
    "lone end": lambda rng, n: np.r_[1e6, rng.normal(size=n - 1)],
    "constant": lambda rng, n: np.full(n, 98.0),
    "spike": lambda rng, n: np.where(rng.random(n) < 0.4, 0, rng.exponential(size=n)),
    "few at the end": lambda rng, n: np.r_[np.full(n // 9, -9.0), rng.normal(size=n - n // 9)],
    "large": lambda rng, n: rng.normal(size=n) * 1e307,
    "whole range": lambda rng, n: np.r_[[1.0, -1.0], rng.normal(size=n - 2) / 9] * LARGEST,
    "small beside large": lambda rng, n: np.r_[1e300, rng.uniform(1e-320, 1e-319, n - 1)],
    "missing": lambda rng, n: np.r_[np.nan, rng.normal(size=n - 1)],
}
LARGEST = np.finfo(float).max


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("n", [2, 3, 60, 300, 1000, 3000])
@pytest.mark.parametrize("column", QUANTILE_COLUMNS)
def test_quantiles_lead_back_exactly(column, n, likelihood, dtype):
    values = QUANTILE_COLUMNS[column](np.random.default_rng(0), n)[:, None]
    if n == 2 and column == "missing":
        values[0] = values[1] + 1
    codec = TableCodec(likelihood=likelihood, quantile_transform=True).fit(values)
    present = values[~np.isnan(values)[:, 0]]
    back = codec.decode(codec.encode(present, dtype))
    is_knot = np.ones(len(present), bool)
    if n > 2001:  # more numbers than quantiles
        is_knot = np.isin(present, [present.min(), present.max()])[:, 0]
    assert_array_equal(back[is_knot], present[is_knot])
    # Whatever a network may give lies in the range, too.
    codes = np.random.default_rng(0).normal(size=(500, codec.layout.n_columns), scale=3)
    decoded = codec.decode(np.sort(codes, axis=0).astype(dtype))[:, 0]
    decoded = decoded[~np.isnan(decoded)]
    assert (decoded >= present.min()).all()
    assert (decoded <= present.max()).all()
    assert (np.diff(decoded / 2) >= 0).all() or column == "missing"


def test_shared_range_of_constant_images():
    scaler = RangeScaler(shared=True).fit(np.full((3, 4), 7.0))
    assert_array_equal(scaler.encode(np.full((3, 4), 7.0)), 0)
    assert_array_equal(scaler.decode(np.ones((3, 4))), 7)


def test_what_is_no_spike():
    rng = np.random.default_rng(0)
    few = rng.choice(np.arange(11.0), 500, p=[0.5, *[0.05] * 10])
    grid = rng.normal(size=500).round(1)
    frame = pd.DataFrame({"few": np.where(few > 9, 0, few), "grid": grid})
    table_format, values = learn_table(BaseEstimator(), frame)
    assert TableCodec(spikes=True).fit(values, table_format).layout.switches == ()


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_gaps_in_every_column_lead_back(likelihood):
    rng = np.random.default_rng(0)
    values = np.where(rng.random((50, 3)) < 0.3, np.nan, rng.normal(size=(50, 3)))
    codec = TableCodec(likelihood=likelihood).fit(values)
    coded = codec.encode(values, np.float64)
    assert coded.shape == (50, codec.layout.n_columns)
    assert_allclose(codec.decode(coded), values, atol=1e-12)
