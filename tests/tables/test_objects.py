"""Objects in columns and arrays: new ones are of their type, or they are refused by name."""

import datetime as dt
from decimal import Decimal
from enum import IntEnum, IntFlag
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator

from skvae import VAEOversampler
from skvae._tables.reading import learn_table
from skvae.metrics import column_distances, distance_to_closest_record
from tests.columns import arrow
from tests.helpers import ALL, BOTH, make, tiny

RNG = np.random.default_rng(0)
# Columns here differ in every row.
pytestmark = pytest.mark.filterwarnings("ignore::skvae.exceptions.IdentifierWarning")

N = range(60)
Y = np.repeat([0, 1], [45, 15])
START = dt.datetime(2024, 1, 1, 3, 4, 5, 678901)
CENTS = [Decimal(int(v)) / 100 for v in RNG.integers(100, 9999, 60)]
OBJECTS = {
    "bool": [i % 3 == 0 for i in N],
    "np.bool_": [np.bool_(i % 3 == 0) for i in N],
    "int": [i % 9 for i in N],
    "np.int8": [np.int8(i % 9) for i in N],
    "float": [v.item() for v in RNG.normal(size=60)],
    "whole float": [float(i % 9) for i in N],
    "np.float32": list(RNG.normal(size=60).astype(np.float32)),
    "Decimal": CENTS,
    "long Decimal": [Decimal(10**25) + v for v in CENTS],
    "date": [dt.date(2024, 1, 1) + dt.timedelta(days=i) for i in N],
    "datetime": [START + dt.timedelta(hours=i) for i in N],
    "zoned datetime": [(START + dt.timedelta(hours=i)).replace(tzinfo=dt.UTC) for i in N],
    "Timestamp": [pd.Timestamp(START) + pd.Timedelta(i, "h") for i in N],
    "np.datetime64": [np.datetime64("2024-01-01") + i for i in N],
    "timedelta": [dt.timedelta(minutes=i) for i in N],
    "Timedelta": [pd.Timedelta(i, "s") for i in N],
    "np.timedelta64": [np.timedelta64(i, "m") for i in N],
}
every_type = pytest.mark.parametrize("entries", OBJECTS.values(), ids=OBJECTS)


def objects(entries):
    column = pd.Series(index=range(len(entries)), dtype=object)
    for i, entry in enumerate(entries):
        column.iat[i] = entry
    return column


def frame(entries):
    return pd.DataFrame({"x": objects(entries), "z": RNG.normal(size=len(entries))})


def assert_alike(new, old):
    """New objects have the type of the old ones, and lie in their range."""
    assert {type(v) for v in new} == {type(v) for v in old}
    assert min(old) <= min(new)
    assert max(new) <= max(old)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
@every_type
def test_values_lead_back_to_the_entries(entries, missing):
    X = frame([missing if i % 7 == 0 else v for i, v in enumerate(entries)])
    table_format, values = learn_table(
        BaseEstimator(), X, categorical_features=None, missing="indicator"
    )
    again = table_format.restore(values)
    assert_frame_equal(again, X)
    assert [type(v) for v in again["x"]] == [type(v) for v in X["x"]]


@every_type
@ALL
def test_new_objects_of_a_frame(cls, entries):
    model = make(cls, categorical_features=None).fit(frame(entries), Y)
    drawn = model.sample(60)
    new = (drawn[0] if isinstance(drawn, tuple) else drawn)["x"]
    assert new.dtype == object
    assert_alike(new, entries)


@pytest.mark.parametrize("as_list", [True, False])
@BOTH
def test_new_objects_of_arrays_and_lists(cls, as_list):
    rows = pd.DataFrame({name: objects(entries) for name, entries in OBJECTS.items()}).to_numpy()
    X = [list(row) for row in rows] if as_list else rows
    both, _ = cls(tiny(), filter=None, random_state=0).fit_resample(X, Y)
    assert type(both) is type(X)
    for j, old in enumerate(OBJECTS.values()):
        assert all(row[j] is X_row[j] for row, X_row in zip(both[:60], X, strict=True))
        assert_alike([row[j] for row in both[60:]], old)


@every_type
def test_models_and_measures_take_objects(entries):
    X = frame(entries)
    vae = tiny(categorical_features=None).fit(X)
    assert vae.transform(X).shape == (60, 10)
    over = VAEOversampler(FrozenEstimator(vae), filter=None, random_state=0)
    assert_alike(over.fit_resample(X, Y)[0]["x"][60:], entries)
    measures = distance_to_closest_record(X[:40], X[:20], X[40:], categorical_features=None)
    assert measures["exact_copies"] == 1


def test_whole_numbers_stay_whole():
    X = pd.DataFrame((np.arange(120.0) % 9).reshape(60, 2), columns=["a", "b"])
    for table in (X.astype(object), X.astype(object).to_numpy(), X.to_numpy().tolist()):
        new = np.asarray(tiny().fit(table).sample(30))
        assert all(isinstance(v, float) and v.is_integer() for v in new.ravel().tolist())
    mixed = [[i % 9, i + 0.5] for i in N]
    assert {tuple(map(type, row)) for row in tiny().fit(mixed).sample(30)} == {(int, float)}


def test_mixtures_of_integers_and_floats_are_floats():
    new = tiny().fit(frame([i if i % 2 else i + 0.5 for i in N])).sample(30)["x"]
    assert {type(v) for v in new} == {float}


@pytest.mark.parametrize("entries", [CENTS, [3, *CENTS[1:]]])
def test_decimals_keep_their_places(entries):
    drawn = tiny(missing="indicator").fit(frame([None, *entries[1:]])).sample(200)["x"]
    known = drawn.dropna()
    assert {v.as_tuple().exponent for v in known} == {-2}
    assert all(v is None for v in drawn[drawn.isna()])
    assert known.sum() > 0


def test_decimals_of_arrow():
    x = pd.Series(pd.array(CENTS, dtype=arrow(pa.decimal128(10, 2)))).mask(np.arange(60) % 6 == 0)
    X = pd.DataFrame({"x": x, "z": RNG.normal(size=60)})
    new = tiny(missing="indicator").fit(X).sample(60)["x"]
    assert new.dtype == x.dtype
    assert_alike(new.dropna(), x.dropna())


def test_decimals_beside_floats_mean_what_they_look_like():
    cents = [Decimal(i) / 100 for i in N]
    tables = [pd.DataFrame({"x": x}) for x in (objects(cents), [i / 100 for i in N])]
    for one, other in (tables, tables[::-1]):
        assert distance_to_closest_record(one, other, one)["exact_copies"] == 1
        assert column_distances(one, other)["x"] == 0


def test_booleans_with_gaps_stay_booleans():
    X = pd.DataFrame({"b": objects([True, False, None] * 20), "s": list("ab" * 30)})
    over = VAEOversampler(
        tiny(), categorical_features=["s"], missing="indicator", filter=None, random_state=0
    )
    new = over.fit(X, Y).sample(300)[0]["b"]
    assert {type(v) for v in new} == {bool, type(None)}
    assert set(new) == {True, False, None}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([Fraction(i, 7) for i in N], "numbers or dates of one kind in column 'x', got Fraction"),
        ([complex(i) for i in N], "X must be numeric in column 'x': .*'complex'"),
        ([Decimal(1), 2.5] * 30, "of one kind in column 'x', got Decimal and float"),
        ([dt.date(2024, 1, 1), START] * 30, "of one kind in column 'x', got date and datetime"),
        ([START, START.replace(tzinfo=dt.UTC)] * 30, "column 'x' must hold dates of one"),
        ([Decimal(i) / 3 for i in N], "column 'x' must hold whole numbers or decimals within 2"),
        ([Decimal("Infinity"), *CENTS[1:]], "X contains infinity in column 'x', first in row 0"),
    ],
)
def test_other_objects_are_refused_by_name(entries, message):
    X = frame(entries)
    with pytest.raises((TypeError, ValueError), match=message):
        tiny().fit(X)
    with pytest.raises((TypeError, ValueError), match=message.replace("'x'", "0")):
        tiny().fit(X.to_numpy())
    assert tiny(categorical_features=["x"]).fit(X[:19]).sample(5)["x"].isin(entries).all()


@pytest.mark.parametrize("dtype", [float, object])
def test_infinity_is_a_category_like_any_other(dtype):
    X = pd.DataFrame({"x": pd.Series([1.0, 2.0, np.inf] * 20, dtype=dtype), "b": list("ab" * 30)})
    for table in (X, X.to_numpy(object)):
        both, _ = VAEOversampler(tiny(), categorical_features=[0, 1], random_state=0).fit_resample(
            table, ["a"] * 40 + ["b"] * 20
        )
        assert set(np.asarray(both, object)[:, 0]) <= {1.0, 2.0, np.inf}
        with pytest.raises(
            ValueError, match=r"X contains infinity in column ('x'|0), first in row"
        ):
            tiny(categorical_features=[1]).fit(table)


class Size(IntEnum):
    SMALL = 1
    LARGE = 4


@pytest.mark.parametrize("kind", [Size, IntFlag("Flag", {"SMALL": 1, "LARGE": 4})])
def test_members_of_an_enumeration_stay_members(kind):
    X = frame(pd.Series([kind(1), kind(4), kind(4)] * 20, dtype=object))
    over = VAEOversampler(tiny(), random_state=0)
    both, y = over.fit_resample(X, pd.Series(X["x"].iloc[::-1].to_numpy(), dtype=object))
    assert {type(entry) for entry in both["x"]} == {type(label) for label in y} == {kind}
    with pytest.raises(ValueError, match=f"of one kind in column 'x', got {kind.__name__}: cast"):
        VAEOversampler(tiny(), categorical_features=None).fit(X, X["x"])
