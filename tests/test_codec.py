"""Tables to float matrices and back: properties that hold for any table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator

from skvae import _codec
from skvae._codec import TableCodec, TableFormat, read_table

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TABLES = hnp.arrays(np.float64, SHAPES, elements=FLOATS) | hnp.arrays(
    np.float32, SHAPES, elements=st.floats(allow_nan=False, allow_infinity=False, width=32)
)
UNIT = st.floats(0, 1, width=32)
INTEGERS = ["int8", "uint8", "int32", "int64", "uint64", "Int8", "Int64", "UInt64"]
FLOATING = ["float32", "float64", "Float32", "Float64"]
BOOLEAN = ["bool", "boolean"]


@given(TABLES, st.sampled_from([np.float32, np.float64]))
def test_codes_are_in_the_unit_interval_and_lead_back(values, dtype):
    codec = TableCodec().fit(values)
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
    codec = TableCodec().fit(values)
    spread = values.max(axis=0) / 2 - values.min(axis=0) / 2 > 1e-300
    assert_array_equal(codec.encode(values.min(axis=0)[None])[0], 0)
    assert_array_equal(codec.encode(values.max(axis=0)[None])[0][spread], 1)


@given(TABLES)
def test_a_constant_column_comes_back_exactly(values):
    values[:] = values[0]
    codec = TableCodec().fit(values)
    assert_array_equal(codec.encode(values), 0)
    assert_array_equal(codec.decode(np.ones(values.shape, np.float32)), values)


@given(st.floats(-3, 4, width=32))
def test_rows_outside_the_range(code):
    codec = TableCodec().fit(np.array([[-1.0], [1.0]]))
    coded = codec.encode(np.array([[2 * code - 1]]))
    assert coded[0, 0] == pytest.approx(code, abs=1e-6)
    assert codec.decode(coded)[0, 0] == pytest.approx(np.clip(2 * code - 1, -1, 1), abs=1e-6)


def test_chunks_make_no_difference(monkeypatch):
    values = np.random.default_rng(0).normal(size=(50, 3))
    codec = TableCodec().fit(values)
    coded, decoded = codec.encode(values), codec.decode(values)
    monkeypatch.setattr(_codec, "_CHUNK", 10)
    assert_array_equal(codec.encode(values), coded)
    assert_array_equal(codec.decode(values), decoded)


def column_of(dtype):
    if dtype in BOOLEAN:
        return st.booleans()
    if dtype in INTEGERS:
        limits = np.iinfo(dtype.lower())
        return st.integers(int(limits.min), int(limits.max))
    return st.floats(allow_nan=False, allow_infinity=False, width=32)


@st.composite
def frames(draw):
    """Frames with columns of any numeric dtype, and codes of new rows."""
    dtypes = draw(st.lists(st.sampled_from(INTEGERS + FLOATING + BOOLEAN), min_size=1, max_size=4))
    n_rows = draw(st.integers(1, 5))
    columns = [draw(st.lists(column_of(d), min_size=n_rows, max_size=n_rows)) for d in dtypes]
    pairs = enumerate(zip(columns, dtypes, strict=True))
    frame = pd.DataFrame({f"c{j}": pd.Series(v, dtype=d) for j, (v, d) in pairs})
    shape = draw(st.integers(0, 5)), len(dtypes)
    return frame, draw(hnp.arrays(np.float32, shape, elements=UNIT))


@given(frames())
def test_new_rows_look_like_the_old(drawn):
    X, coded = drawn
    values = read_table(BaseEstimator(), X, reset=True)
    new = TableFormat.of(X).restore(TableCodec().fit(values).decode(coded))
    assert new.shape == coded.shape
    assert_array_equal(new.columns, X.columns)
    assert new.dtypes.tolist() == X.dtypes.tolist()
    assert not new.isna().any(axis=None)
    for name in X:
        # Integers beyond 2^53 may end one float64 outside their range.
        old = X[name].astype(float)
        assert new[name].astype(float).between(old.min(), old.max()).all()
        if X[name].dtype.kind == "i" and X[name].abs().max() < 2**53:
            assert new[name].between(X[name].min(), X[name].max()).all()


@given(frames())
def test_originals_are_not_touched_by_what_is_appended(drawn):
    X, coded = drawn
    values = read_table(BaseEstimator(), X, reset=True)
    new = TableCodec().fit(values).decode(coded)
    both = TableFormat.of(X).append(X, new)
    assert_frame_equal(both[: len(X)], X)
    assert_array_equal(both.index, np.arange(len(X) + len(coded)))


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float32", "float64", "bool"])
def test_arrays_and_lists(dtype):
    X = np.array([[0, 1], [1, 1], [0, 0]]).astype(dtype)
    new = np.array([[0.4, 0.6]])
    expected = np.array([[0.4, 0.6] if "float" in dtype else [0, 1]]).astype(dtype)
    array = TableFormat.of(X).append(X, new)
    assert array.dtype == X.dtype
    assert_array_equal(array, np.concatenate([X, expected]))
    rows = X.tolist()
    both = TableFormat.of(rows).append(rows, new)
    assert both[:3] == rows
    assert [type(v) for v in both[3]] == [type(v) for v in rows[0]]


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
    values = read_table(BaseEstimator(), X, reset=True)
    assert values.dtype == expected
    assert_array_equal(values, [[0, 1], [1, 0], [1, 1]])
