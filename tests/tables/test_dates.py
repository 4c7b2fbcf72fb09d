"""Dates: their steps, and the clocks of time zones."""

import functools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from sklearn.base import BaseEstimator

from skvae import VAE
from skvae._tables.column import Column
from skvae._tables.reading import learn_table
from tests import helpers
from tests.columns import arrow
from tests.helpers import BOTH

tiny = functools.partial(helpers.tiny, max_iter=10)
ZONES = ["Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "+05:45"]
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def dates(freq, zone, n=400, unit="us", as_arrow=False):
    """Midnights, whole hours, ... on the clock of a zone, which changes in the first weeks."""
    if freq == "D":  # in Sao Paulo one day has no midnight
        days = pd.date_range("2018-10-01", periods=n + 1)
        moments = days.tz_localize(zone, nonexistent="NaT").dropna()
    else:
        moments = pd.date_range("2018-10-01", periods=4 * n, freq="15min" if freq == "h" else freq)
        moments = moments.tz_localize("UTC").tz_convert(zone)
    if freq == "h":
        moments = moments[moments.minute == 0]
    type_ = arrow(pa.timestamp(unit, tz=zone)) if as_arrow else f"M8[{unit}, {zone}]"
    return pd.Series(moments[:n]).astype(type_)


@pytest.mark.parametrize("as_arrow", [False, True])
@pytest.mark.parametrize("unit", ["us", "ns"])
@pytest.mark.parametrize("zone", ZONES)
def test_steps_are_those_of_the_local_clock(zone, unit, as_arrow):
    seconds = {"D": 86_400, "h": 3_600, "min": 60, "s": 1, "ms": 1e-3, "us": 1e-6}
    for freq, step in seconds.items():
        X = pd.DataFrame({"d": dates(freq, zone, 400, unit, as_arrow)})
        table_format, values = learn_table(BaseEstimator(), X)
        assert table_format.steps[0] == pytest.approx(step * UNITS[unit])
        assert_frame_equal(table_format.restore(values), X)
        assert_array_equal(table_format.round(values), values)


@pytest.mark.parametrize(("unit", "step"), [("s", 1), ("ms", 1), ("us", 1_000), ("ns", 1_000_000)])
def test_parts_of_a_second_are_steps_too(unit, step):
    part = "s" if unit == "s" else "ms"
    for numbers in (pd.to_datetime([1, 2, 5], unit=part), pd.to_timedelta([1, 2, 5], unit=part)):
        assert Column.of("x", pd.Series(numbers).dt.as_unit(unit), False).step == step


@pytest.mark.parametrize("as_arrow", [False, True])
@pytest.mark.parametrize("zone", ZONES)
def test_any_moment_becomes_the_nearest_local_midnight(zone, as_arrow):
    days = dates("D", zone, as_arrow=as_arrow)
    column = Column.of("d", days, False)
    known = column.read(days)
    values = np.random.default_rng(0).uniform(known[0], known[-1], 4000)
    drawn = pd.Series(column.restore(values))
    assert drawn.dtype == days.dtype
    assert set(drawn) <= set(days)
    assert_array_equal(column.read(drawn), column.round(values))
    off = np.abs(column.round(values) - values)
    nearest = np.abs(known[:, None] - values).min(axis=0)
    # Where the clock skips a midnight, the next nearest will do.
    assert (off <= nearest + 3.6e9).mean() > 0.995


def test_both_halves_of_the_doubled_hour_stay_apart():
    zone = "Europe/Berlin"
    minutes = pd.date_range("2024-10-26 23:30", "2024-10-27 02:30", freq="min", tz="UTC", unit="us")
    X = pd.DataFrame({"d": minutes.tz_convert(zone), "z": np.linspace(0, 1, len(minutes))})
    _, values = learn_table(BaseEstimator(), X)
    assert_array_equal(np.diff(values[:, 0]), 60_000_000)
    drawn = VAE(max_iter=50, random_state=0).fit(X).sample(300)["d"]
    doubled = drawn[drawn.dt.hour == 2]
    assert {offset.total_seconds() for offset in doubled.map(pd.Timestamp.utcoffset)} == {
        3600,
        7200,
    }


@BOTH
def test_hours_and_midnights_on_both_sides_of_a_change_of_the_clock(cls):
    y = np.repeat([0, 1], [45, 15])
    for zone, as_arrow in [("Europe/Berlin", True), ("Australia/Lord_Howe", False)]:
        days = dates("D", zone, 60, as_arrow=as_arrow)
        X = pd.DataFrame({"day": days, "z": np.linspace(0, 1, 60), "h": dates("h", zone, 60)})
        over = cls(tiny(), random_state=0, filter=None)
        X_both, _ = over.fit_resample(X, y)
        assert_frame_equal(X_both[:60], X)
        for drawn in (X_both, over.sample(40)[0], over.sample(40, y=1)[0]):
            assert drawn.dtypes.equals(X.dtypes)
            assert_series_equal(drawn["day"].dt.normalize(), drawn["day"], check_freq=False)
            assert (drawn["h"].dt.minute == 0).all()


@pytest.mark.parametrize("type_", [pa.date32(), pa.date64(), pa.timestamp("ns", tz="Asia/Tokyo")])
def test_dates_of_arrow_may_miss(type_):
    days = pd.Series(pd.date_range("2024", periods=30))
    days = days.dt.tz_localize("Asia/Tokyo") if getattr(type_, "tz", None) else days
    X = pd.DataFrame({"d": days.mask(days.index % 3 == 0).astype(arrow(type_))})
    table_format, values = learn_table(BaseEstimator(), X, missing="indicator")
    assert_frame_equal(table_format.restore(values), X)


def test_tables_of_other_kinds_of_dates_are_refused():
    naive, aware = dates("D", "Asia/Tokyo", 40).dt.tz_localize(None), dates("D", "Asia/Tokyo", 40)
    other = {
        "naive": naive.astype("M8[ns]"),
        "aware": aware.dt.tz_convert("Europe/Berlin"),
        "arrow naive": naive.astype(arrow(pa.timestamp("ms"))),
        "arrow aware": aware.astype(arrow(pa.timestamp("s", tz="+05:45"))),
    }
    for own, fits in [(naive, "naive"), (aware, "aware")]:
        X = pd.DataFrame({"d": own})
        vae = tiny().fit(X)
        for name, column in other.items():
            if name.endswith(fits):
                assert_array_equal(vae.transform(X.assign(d=column)), vae.transform(X))
            else:
                with pytest.raises(ValueError, match=r"column 'd' must hold .* as in fit, got"):
                    vae.transform(X.assign(d=column))
        for column in (naive.astype(str), naive - naive[0]):
            with pytest.raises(ValueError, match=r"column 'd' must hold .* as in fit, got"):
                vae.transform(X.assign(d=column))
