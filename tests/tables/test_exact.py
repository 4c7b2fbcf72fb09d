"""Whole numbers and time stamps that float64 can't hold: kept exactly, or refused by name."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator

from skvae import GenerativeClassifierFilter, LabelConsistencyFilter, VAEOversampler
from skvae._tables.exact import Grid
from skvae._tables.reading import learn_table
from skvae.metrics import column_distances, distance_to_closest_record, reconstruction_error
from tests.columns import arrow
from tests.helpers import ALL, BOTH, make, tiny

# Ids are what these tests are about.
pytestmark = pytest.mark.filterwarnings("ignore::skvae.exceptions.IdentifierWarning")

N = np.arange(60)
Y = np.repeat([0, 1], [45, 15])
IDS = 2**60 + 30 + N
STAMPS = (17 * 10**17 + N).view("M8[ns]")
WIDE = "column 'x' must hold whole numbers or decimals within 2\\*\\*53 steps of each other"


def frame(x):
    return pd.DataFrame({"x": x, "z": np.random.default_rng(0).normal(size=60)})


BIG = {
    "int64": pd.Series(IDS),
    "highest": pd.Series(2**63 - 1 - N),
    "lowest": pd.Series(-(2**63) + N),
    "constant": pd.Series(np.full(60, 2**63 - 1)),
    "uint64": pd.Series(np.uint64(2**64 - 1) - N.astype(np.uint64)),
    "Int64": pd.Series(IDS, dtype="Int64"),
    "UInt64": pd.Series((2**63 + N.astype(object)).tolist(), dtype="UInt64"),
    "Arrow": pd.Series(IDS, dtype=arrow(pa.int64())),
    "beyond 64 bits": pd.Series(10**20 + 7 + N.astype(object)),
    "negative": pd.Series(-(10**30) - 7 * N.astype(object)),
    "nanoseconds": pd.Series(STAMPS),
    "Arrow stamps": pd.Series(STAMPS).astype(arrow(pa.timestamp("ns"))),
    "durations": pd.Series((2**60 + N).view("m8[ns]")),
}
CAN_MISS = [name for name, x in BIG.items() if getattr(x.dtype, "kind", "O") not in "iu"]
BIG |= {
    f"{name} with gaps": BIG[name].mask(N % 6 == 0)
    for name in (*CAN_MISS, "Int64", "UInt64", "Arrow")
}


@pytest.mark.parametrize("x", BIG.values(), ids=BIG)
def test_values_lead_back_to_the_entries(x):
    X = pd.DataFrame({"x": x})
    table_format, values = learn_table(BaseEstimator(), X, missing="indicator")
    known = values[~np.isnan(values)]
    assert len(set(known)) == x.nunique()
    assert_array_equal(known, known.round())
    pd.testing.assert_frame_equal(table_format.restore(values), X)


@pytest.mark.parametrize("x", BIG.values(), ids=BIG)
@ALL
def test_new_entries_are_distinct_and_in_range(cls, x):
    model = make(cls, missing="indicator").fit(frame(x), Y)
    drawn = model.sample(60)
    new = (drawn[0] if isinstance(drawn, tuple) else drawn)["x"]
    assert new.dtype == x.dtype
    known, old = new.dropna().tolist(), x.dropna().tolist()
    assert min(old) <= min(known)
    assert max(known) <= max(old)
    assert len(set(known)) > 5 or len(set(old)) == 1


@pytest.mark.filterwarnings("ignore:Only:UserWarning")
@pytest.mark.parametrize("X", [np.c_[IDS, IDS[::-1]], np.c_[IDS, IDS].astype(np.uint64)])
@pytest.mark.parametrize("container", [np.asarray, np.ndarray.tolist, lambda X: X.astype(object)])
@BOTH
def test_arrays_and_lists(cls, container, X):
    table = container(X)
    filters = [LabelConsistencyFilter(), GenerativeClassifierFilter(max_iter=10, cv=2)]
    both, _ = cls(tiny(), filter=filters, random_state=0, max_draws=2).fit_resample(table, Y)
    assert type(both) is type(table)
    assert np.asarray(both).dtype == np.asarray(table).dtype
    assert_array_equal(both[:60], table)
    new = np.asarray(both[60:])
    assert (new >= X.min(axis=0)).all()
    assert (new <= X.max(axis=0)).all()
    assert len(np.unique(new[:, 0])) > 5


@pytest.mark.parametrize(
    "x",
    [
        np.random.default_rng(0).integers(0, 2**63, 60),
        [-(2**63), 2**63 - 1, 0] * 20,
        pd.Series(N.astype(object) * (10**20 + 1)),
    ],
)
def test_a_range_that_is_too_wide_is_refused(x):
    with pytest.raises(ValueError, match=WIDE):
        tiny().fit(frame(x))
    assert tiny(categorical_features=["x"]).fit(frame(x)).sample(5)["x"].isin(x).all()


def test_large_numbers_that_float64_holds_are_not_refused():
    x = np.r_[N[1:], 10**18]
    new = tiny().fit(frame(x)).sample(40)["x"]
    assert new.dtype == np.int64
    assert new.between(1, 10**18).all()


def test_another_table_is_read_as_the_first():
    vae = tiny().fit(frame(IDS))
    Z = vae.transform(frame(IDS))
    for x in (IDS.astype(np.uint64), pd.Series(IDS, dtype="Int64"), pd.Series(IDS, dtype=object)):
        assert_array_equal(vae.transform(frame(x)), Z)
    far = "column 'x' must hold whole numbers .* of those in fit, got 0 in row 0"
    with pytest.raises(ValueError, match=far):
        vae.transform(frame(N))
    with pytest.raises(ValueError, match=r"column 0 must hold .*, got 1152921504606847006 in row"):
        tiny().fit(np.c_[N, N]).transform(np.c_[IDS, IDS])


@pytest.mark.parametrize("shift", [-20, 0, 5])
def test_frozen_models_have_values_of_their_own(shift):
    vae = tiny().fit(frame(IDS))
    for extra in ({}, {"s": list("ab") * 30}):
        vae = tiny().fit(frame(IDS).assign(**extra))
        over = VAEOversampler(FrozenEstimator(vae), random_state=0, filter=None)
        new = over.fit_resample(frame(IDS + shift).assign(**extra), Y)[0]["x"][60:]
        assert new.between(IDS.min(), IDS.max()).all()
        assert new.nunique() > 5


@pytest.mark.parametrize("other", [IDS - 20, IDS.astype(np.uint64), IDS.astype(float), IDS % 2**50])
@pytest.mark.parametrize("container", [pd.DataFrame, np.asarray])
def test_unlabelled_rows_change_no_integer(container, other):
    X, U = container(np.c_[IDS, IDS]), container(np.c_[other, other])
    over = VAEOversampler(tiny(), unlabelled=U, random_state=0)
    if other.max() < 2**59:
        with pytest.raises(ValueError, match=r"unlabelled: column 0 .* steps of those of X, got"):
            over.fit(X, Y)
        return
    both = np.asarray(over.fit_resample(X, Y)[0])
    assert both.dtype == np.int64
    assert_array_equal(both[:60], np.asarray(X))
    assert len(set(both[60:, 0].tolist())) > 5
    assert (over.provenance()["distance"] <= 1).all()


@pytest.mark.parametrize("x", [IDS, pd.Series(STAMPS), pd.Series(IDS, dtype="Int64")])
def test_measures_see_no_copies_where_there_are_none(x):
    X = pd.DataFrame({"x": x})
    measures = distance_to_closest_record(X[:30], X[30:], X[30:])
    assert measures["exact_copies"] == 0
    assert distance_to_closest_record(X[:30], X[:30], X[30:])["exact_copies"] == 1
    assert measures["median_distance"] > 0.1
    assert column_distances(X[:30], X[30:])["x"] == 1


@pytest.mark.parametrize("container", [pd.DataFrame, np.asarray])
def test_reconstruction_error_of_large_integers(container):
    X, small = np.c_[IDS, IDS[::-1]], np.c_[N, N[::-1]]
    errors = reconstruction_error(tiny().fit(container(X)), container(X))
    assert_allclose(errors, reconstruction_error(tiny().fit(container(small)), container(small)))


def test_tables_of_several_dtypes_and_units_are_compared_exactly():
    stamps = pd.DataFrame({"x": STAMPS})
    seconds = stamps.astype("M8[s]")
    assert distance_to_closest_record(seconds[:1], stamps[1:], stamps)["exact_copies"] == 0
    assert distance_to_closest_record(seconds[:1], stamps[:1], stamps)["exact_copies"] == 1
    ids, objects = pd.DataFrame({"x": IDS}), pd.DataFrame({"x": IDS.astype(object)})
    assert distance_to_closest_record(ids, objects, ids)["exact_copies"] == 1
    assert column_distances(ids, ids.astype(float))["x"] > 0.9
    with pytest.raises(ValueError, match=WIDE):
        column_distances(ids, pd.DataFrame({"x": N}))


def test_stamps_over_too_many_steps_stay_in_range():
    rng = np.random.default_rng(0)
    x = pd.Series(rng.integers(-(2**63) + 1, 2**63 - 1, 60).view("M8[ns]"))
    both, _ = VAEOversampler(tiny(), random_state=0, filter=None).fit_resample(frame(x), Y)
    assert_array_equal(both["x"][:60], x)
    assert both["x"][60:].between(x.min(), x.max()).all()
    assert both["x"][60:].nunique() > 20


# Grids


@pytest.mark.parametrize(
    ("numbers", "step", "grid"),
    [
        ([0, 2**53], 1, Grid()),
        ([5, 2**60], 1, Grid()),
        ([2**60 + 1, 2**60 + 9], 1, Grid(2**60 + 1)),
        ([-(10**18) - 1, 10**18 + 999], 1000, Grid(-(10**18) - 1, 1000)),
        (np.array([3 * 10**18, 10**18 + 7], object), 1, Grid(10**18 + 7)),
    ],
)
def test_the_simplest_grid_is_taken(numbers, step, grid):
    assert Grid.of([np.asarray(numbers)], step=step) == grid


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
@pytest.mark.parametrize("grid", [Grid(), Grid(-(2**63)), Grid(7, 3), Grid(5, 1000)])
def test_arithmetic_of_numpy_and_of_python_agree(dtype, grid):
    rng = np.random.default_rng(0)
    limits = np.iinfo(dtype)
    wide = rng.integers(limits.min, limits.max, 200, dtype, endpoint=True)
    ends = np.array([limits.min, limits.max, 2**53, 2**53 + 1], dtype)
    numbers = np.concatenate([wide, wide // dtype(2**40) * dtype(2**40), wide % 1000, ends])
    for some in (numbers, numbers[numbers >= 10], numbers // dtype(3) * dtype(3)):
        values, lost = grid.read(some)
        expected, expected_lost = grid.read(some.astype(object))
        assert_array_equal(values, expected)
        assert_array_equal(lost, expected_lost)
        again = grid.wholes(values[~lost])
        assert_array_equal(np.array(again, object), some[~lost].astype(object))
        if grid.stride == 1:
            distances = np.abs(some.astype(object) - grid.origin)
            assert (np.abs(values.astype(object)) <= distances).all()
