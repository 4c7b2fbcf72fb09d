"""Columns in the dtypes of another table's."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_series_equal

from skvae._tables.column import Column
from skvae._tables.conversion import as_dtype
from skvae._tables.objects import Objects
from tests.columns import arrow

DAYS = pd.Series(pd.date_range("2024-03-30", periods=3))
BERLIN = DAYS.dt.tz_localize("Europe/Berlin")
TOKYO = BERLIN.dt.tz_convert("Asia/Tokyo")
LETTERS = pd.Series(["u", "v", "u"], dtype=object)


def series(values, dtype):
    return pd.Series(values, dtype=dtype, name="x")


def converted(new, known, symbolic):
    return as_dtype(new, known.dtype, known.rename("x"), symbolic)


@pytest.mark.parametrize(
    ("new", "dtype", "expected"),
    [
        ([1.4, 1.6, 300.0], "int8", [1, 2, 127]),
        ([1.4, -1.6, 300.0], "UInt8", [1, 0, 255]),
        ([1.4, None, 3.0], "Int16", [1, None, 3]),
        ([1.4, 1.6, 3.0], arrow(pa.int16()), [1, 2, 3]),
        ([1.4, 0.0, 3.0], "Sparse[int64]", [1, 0, 3]),
        ([1.5, 0.0, 1e300], "float32", [1.5, 0, np.finfo("float32").max]),
        ([1.5, 0.0, 1e5], "float16", [1.5, 0, 65504]),
        ([1.5, None, 3.0], "Float32", [1.5, None, 3]),
        ([0.2, 0.7, 1.0], "bool", [False, True, True]),
    ],
)
def test_numbers_are_rounded_and_clipped(new, dtype, expected):
    known = series([1, 0, 1], dtype)
    for column in (pd.Series(new, dtype="float64"), pd.Series(new, dtype="Float64")):
        assert_series_equal(
            converted(column, known, False), pd.Series(expected, dtype=dtype), check_names=False
        )


@pytest.mark.parametrize("dtype", ["int64", "Int64", "uint64", arrow(pa.int64())])
def test_large_integers_stay_exact(dtype):
    new = pd.Series([2**62 + 1, 7], dtype="uint64")
    assert converted(new, series([1, 2], dtype), False).tolist() == [2**62 + 1, 7]


@pytest.mark.parametrize("known", [BERLIN, BERLIN.astype(arrow(pa.timestamp("ms", tz="+01:00")))])
@pytest.mark.parametrize("symbolic", [False, True])
def test_dates_of_other_zones_are_converted(known, symbolic):
    for new in (
        TOKYO,
        TOKYO.astype("M8[ns, Asia/Tokyo]"),
        TOKYO.astype(arrow(pa.timestamp("s", tz="UTC"))),
    ):
        assert_series_equal(converted(new, known, symbolic), known, check_names=False)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        (["u", "w"], pd.Series(["u", "v"], dtype="str")),
        (["u", "v"], pd.Series(["u", "v"], dtype="category")),
        (pd.Series(["u", "w"], dtype="category"), LETTERS),
        (pd.Series(["u", None], dtype="string"), LETTERS),
        (["u", "w"], pd.Series(["u"], dtype="string")),
        (["u", "w"], pd.Series(["u"], dtype=arrow(pa.string())).astype(
            arrow(pa.dictionary(pa.int8(), pa.string())))),
        ([1.0, 7.0], pd.Series([1, 2], dtype="int8")),
        ([1, 7], pd.Series([1.5, 2.0])),
        ([0.1, 0.7], pd.Series([0.5], dtype="float32")),
        ([1, 7], pd.Series([1, 2], dtype="Sparse[int64]")),
        (pd.Series([True, False], dtype="boolean"), pd.Series([True])),
    ],
)  # fmt: skip
def test_categories_that_the_dtype_holds(new, known):
    new = pd.Series(new).set_axis([5, 3])
    column = converted(new, known, True)
    assert column.dtype == known.dtype
    assert list(column.index) == [5, 3]
    same = column.astype(object) == new.astype(object)
    assert (same | new.isna() | (known.dtype == "float32")).all()


@pytest.mark.parametrize(
    ("new", "known", "symbolic", "message"),
    [
        (["1", "2"], series([1, 2], "int64"), False, "must hold int64 as in X, got str"),
        (series(["1"], object), series([1], "int64"), False, "must hold int64 as in X, got string"),
        (series(["1"], object), series([1], object), False, "must hold object as in X, got string"),
        (series(["1"], "category"), series([1], "int64"), False, "int64 as in X, got category"),
        ([1 + 1j], series([1], "int64"), False, "must hold int64 as in X, got complex128"),
        ([1.0, None], series([1], "int64"), False, "must miss no values, as int64 in X"),
        ([1.0, np.inf], series([1], "int64"), False, "got infinity, first in row 1: impute"),
        (series([1, -np.inf], object), series([1], "int8"), False, "got infinity, first in row 1"),
        (DAYS.astype("str"), DAYS, False, "must hold datetime64.* as in X, got str"),
        (DAYS, BERLIN, False, r"must hold datetime64.*Europe/Berlin\] as in X, got datetime64"),
        (BERLIN, DAYS, False, r"must hold datetime64.*Europe/Berlin"),
        (DAYS, series([1], "int64"), False, "must hold int64 as in X, got datetime64"),
        (DAYS - DAYS[0], DAYS, False, "must hold datetime64.* as in X, got timedelta64"),
        (
            pd.Series([datetime.datetime(3000, 1, 1)], dtype="M8[s]"),
            DAYS.astype("M8[ns]"),
            False,
            "Out of bounds",
        ),
        (["u", "w"], series(["u", "v"], "category"), True, "as one of 'u', 'v', got 'w'"),
        ([1.0, 2.0], series([1, 2], "category"), True, "must hold integers as in X, got 1.0"),
        ([1, 2], series([1.0, 2.0], "category"), True, "must hold floats as in X, got 1"),
        ([1, 2], LETTERS, True, "must hold text as in X, got 1"),
        ([1, 2], series([True], bool), True, "must hold booleans as in X, got 1"),
        ([1.5], series([1], "int64"), True, "X can hold as int64, got 1.5"),
        ([700], series([1], "int8"), True, "X can hold as int8.* 700"),
        (DAYS, BERLIN, True, "X can hold as datetime64"),
        (DAYS.dt.to_period("M"), DAYS.dt.to_period("D"), True, r"X can hold as period\[D\]"),
        (series([True, None], "boolean"), series([True], bool), True, "must miss no values"),
    ],
)  # fmt: skip
def test_entries_of_another_kind_are_refused(new, known, symbolic, message):
    with pytest.raises(ValueError, match=rf"column 'x' .*{message}"):
        converted(pd.Series(new), known, symbolic)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        ([2.4, 1.6], [1, 2]),
        ([0.126, 3], [decimal.Decimal("1.25"), 3]),
        ([0.2, 0.7], [True, False]),
        (DAYS, [datetime.date(2024, 1, 1)]),
        (DAYS.astype("M8[s]"), [datetime.datetime(2024, 1, 1)]),
        (DAYS, [np.datetime64("2024-01-01")]),
        (BERLIN, [datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)]),
        (DAYS - DAYS[0], [datetime.timedelta(1)]),
    ],
)
def test_objects_are_of_the_same_type(new, known):
    known, new = series(known, object), pd.Series(new)
    objects = Objects.of("x", known)
    there = as_dtype(new, known.dtype, known, False, objects)
    assert {type(v) for v in there} == {type(known[0])}
    plain = Column.of("x", new, False)
    back = as_dtype(there, new.dtype, new.rename("x"), False)
    assert back.dtype == new.dtype
    assert np.abs(plain.read(back) - plain.read(new)).max() < 0.5


def test_large_integers_of_objects_stay_exact():
    new = series([2**62 + 1, None, 7, 2**70], object)
    column = converted(new, series([1, None], "Int64"), False)
    assert column.dropna().tolist() == [2**62 + 1, 7, 2**63 - 1]


def test_text_of_limited_length():
    known = series(["u", "v"], object)
    assert as_dtype(pd.Series(["w"]), np.dtype("<U1"), known, True).tolist() == ["w"]
    with pytest.raises(ValueError, match=r"column 'x' must hold categories .* <U1, got 'hello'"):
        as_dtype(pd.Series(["w", "hello"]), np.dtype("<U1"), known, True)


def test_a_column_without_entries_has_any_kind():
    empty = pd.Series([None, None], dtype=object)
    for known in (BERLIN, LETTERS, series([1.5], "float32"), series(["u"], "category")):
        column = converted(empty, known, known is LETTERS)
        assert column.dtype == known.dtype
        assert column.isna().all()
