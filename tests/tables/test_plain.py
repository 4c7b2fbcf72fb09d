"""Values of pandas become plain ones and come back."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from skvae._tables.layout import Layout
from skvae._tables.plain import Plain, from_plain, list_from_plain, list_to_plain, to_plain
from tests.columns import CANNOT_MISS, COLUMNS

PLAIN = bool, int, float, str, bytes, np.ndarray, np.dtype, type(None)


def assert_plain(value):
    """Nothing of pandas is left, except entries of an array of objects."""
    if isinstance(value, Plain | tuple | list):
        for part in value.parts if isinstance(value, Plain) else value:
            assert_plain(part)
    else:
        assert isinstance(value, PLAIN), value


def through(value):
    assert_plain(to_plain(value))
    return from_plain(to_plain(value))


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_and_their_dtypes(kind):
    column = COLUMNS[kind].rename("a")
    assert_series_equal(through(column), column)
    assert through(column.dtype) == column.dtype
    if kind not in CANNOT_MISS:
        gappy = column.copy()
        gappy.iloc[::3] = None
        assert_series_equal(through(gappy), gappy)


def test_columns_of_rarer_dtypes():
    months = pd.Series(pd.PeriodIndex(["2020-01", None], freq="M"))
    for column in (pd.Series(pd.cut(np.arange(9.0), 3)), months, months.astype("category")):
        assert_series_equal(through(column), column)
    for dtype in (pd.PeriodDtype("M"), pd.SparseDtype(float, 1.0), pd.IntervalDtype("int64")):
        assert through(dtype) == dtype
    zoned = pd.Series(pd.date_range("2020-10-25", periods=5, freq="h", tz="Europe/Berlin"))
    assert_series_equal(through(zoned), zoned)


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3, 9, 2, name="a"),
        pd.Index(["u", "v"], name="b"),
        pd.Index(["u", 1], dtype=object),
        pd.DatetimeIndex(["2020-01-01", "2020-02-03"]),
        pd.MultiIndex.from_tuples([("u", 1), ("v", 2)], names=["a", None]),
        pd.CategoricalIndex(["u", "v"]),
    ],
    ids=lambda index: type(index).__name__,
)
def test_indices(index):
    assert_index_equal(through(index), index)


def test_frames():
    frame = pd.DataFrame(COLUMNS).set_index(np.arange(100, 140))
    assert_frame_equal(through(frame), frame)
    frame.columns = pd.MultiIndex.from_product([["a"], frame.columns])
    assert_frame_equal(through(frame), frame)


def test_missing_entries():
    assert through(pd.NA) is pd.NA
    assert through(pd.NaT) is pd.NaT


@pytest.mark.parametrize(
    "values",
    [
        [0, 1, 2],
        ["a", "bc", ""],
        ["a\0", "b"],  # an array of text loses the null
        [True, False],
        [0.5, 2.0],
        [1, 2.0, True, "a", None],
        [2**63, -1],
        [2**80, 1],
        [np.float64(1.0), np.float64(2.0)],
        [np.dtype(float)] * 3,
        [Layout(1), Layout(1)],
        [Layout(1), None],
        [pd.NA, pd.CategoricalDtype(["a", "b"])],
    ],
)
def test_lists(values):
    plain = list_to_plain(values)
    if not isinstance(values[0], np.generic | Layout):
        assert_plain(plain)
    back = list_from_plain(plain)
    assert back == values or back[0] is pd.NA
    assert list(map(type, back)) == list(map(type, values))


def test_dictionaries_by_booleans():
    plain = to_plain({True: 1, False: 2})
    assert isinstance(plain, Plain)
    assert from_plain(plain) == {True: 1, False: 2}
    assert to_plain({0: 1}) == {0: 1}


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2020-01-01"),
        pd.Timestamp("2020-10-25 01:30", tz="UTC").tz_convert("Europe/Berlin").as_unit("s"),
        pd.Timedelta("3h"),
        pd.Period("2020-03", freq="M"),
        pd.Interval(0, 1.5, closed="left"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_scalars(value):
    assert through(value) == value
    assert through(value) is not value
    assert getattr(through(value), "unit", None) == getattr(value, "unit", None)
    array = np.array([value, "u", None, pd.NA], object)
    assert through(array).tolist()[:3] == [value, "u", None]
    assert through(array)[3] is pd.NA
