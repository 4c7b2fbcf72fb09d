"""Columns and labels that can't be taken are refused by their name, in one line."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from skvae import VAEOversampler
from tests.helpers import begins, tiny

N = 60
Y = np.repeat([0, 1], [45, 15])
Z = np.random.default_rng(0).normal(size=N)
DECIMALS = pd.Series([Decimal(i) for i in range(N)], dtype=object)
SNAN = DECIMALS.where(DECIMALS.index != 3, Decimal("sNaN"))
UTC = datetime.UTC
BERLIN = datetime.timezone(datetime.timedelta(hours=1))
DATES = [datetime.datetime(2024, 1, 1 + i % 28, tzinfo=zone) for i in range(N // 2)
         for zone in (UTC, BERLIN)]  # fmt: skip


def frame(entries):
    return pd.DataFrame({"z": Z, "c": entries})


def check_refused(message, X, y=Y, error=ValueError, **params):
    with pytest.raises(error, match=begins(message)) as caught:
        VAEOversampler(tiny(), random_state=0, **params).fit_resample(X, y)
    assert "\n" not in str(caught.value)


SIGNALING = "must hold no Decimal('sNaN'), got one in column 'c', first in row 3: put None in its"


def test_signaling_nan():
    check_refused(f"X {SIGNALING}", frame(SNAN))
    check_refused(f"X {SIGNALING}", frame(SNAN), missing="indicator")
    check_refused(f"X {SIGNALING}", frame(SNAN), categorical_features=["c"])
    check_refused(f"unlabelled {SIGNALING}", frame(DECIMALS), unlabelled=frame(SNAN))
    array = frame(SNAN).to_numpy(object)
    in_array = SIGNALING.replace("'c'", "1")
    check_refused(f"X {in_array}", array)
    check_refused(f"X {in_array}", array.tolist())
    with pytest.raises(ValueError, match=begins(f"X {SIGNALING}")):
        tiny().fit(frame(DECIMALS % 9)).transform(frame(SNAN))
    check_refused("y must hold text, whole numbers", frame(DECIMALS), SNAN, TypeError)


def test_dates_of_several_zones():
    several = "column 'c' must hold dates of one zone, got several: convert them, for instance by "
    check_refused(several, frame(pd.Series(DATES, dtype=object)))
    naive = pd.Series([date.replace(tzinfo=None) for date in DATES[:30]] + DATES[30:], dtype=object)
    check_refused(several, frame(naive))
    stamps = [pd.Timestamp(date) for date in DATES]
    check_refused(several, frame(pd.Series(stamps, dtype=object)))


def test_dtypes_of_arrow_that_pandas_lacks():
    pa = pytest.importorskip("pyarrow")
    entries = {pa.string_view(): ["a", "b"] * 30, pa.month_day_nano_interval(): [(1, 1, 1)] * N}
    for type_, values in entries.items():
        column = pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values, type_)))
        check_refused("X must have dtypes that pandas has, got ", frame(column))


def test_dtypes_of_polars_that_pandas_lacks():
    pl = pytest.importorskip("polars")
    X = pl.DataFrame({"z": Z, "c": pl.Series(list(range(N)), dtype=pl.Int128)})
    wanted = "must have a dtype that pandas has, got"
    check_refused(f"column 'c' {wanted} Int128: cast it", X, error=TypeError)
    objects = pl.DataFrame({"z": Z, "c": pl.Series([object()] * N, dtype=pl.Object)})
    check_refused(f"column 'c' {wanted} Object", objects, error=TypeError)
    labels = pl.Series("target", Y.tolist(), dtype=pl.Int128)
    check_refused(f"y {wanted} Int128", X.select("z"), labels, error=TypeError)


def test_labels():
    X = frame(1.0)
    huge = [2**70, 2**70 + 1] * 30
    check_refused(
        "y must hold text, whole numbers of 64 bits or booleans, got 118059", X, huge, TypeError
    )
    for y in (Z, pd.Series(Z), Z.tolist()):
        check_refused(
            f"Unknown label type: continuous: y must hold classes, got {Z[0]:g} in row 0: cut", X, y
        )
    for y in (np.array([0.0, 1.0, 0.5] * 20), (Y + 0.5)[:, None]):
        check_refused("Unknown label type: continuous: y must hold classes, got 0.5 in row ", X, y)


FAR = {
    "int64": (np.arange(N) % 9, 2**62 + 1),
    "objects": (pd.Series([10**25 + i % 9 for i in range(N)], dtype=object), 5),
    "decimals": (DECIMALS % 9 / 1000, Decimal(10**14) + Decimal("0.001")),
}


@pytest.mark.parametrize(("entries", "far"), FAR.values(), ids=FAR)
def test_numbers_of_unlabelled_that_are_too_far_from_those_of_x(entries, far):
    X, unlabelled = frame(entries), frame(entries)
    unlabelled.loc[7, "c"] = far
    way = "whole numbers or decimals within 2**53 steps of those of X, got"
    message = f"unlabelled: column 'c' must hold {way} {far!r} in row 7: drop such rows"
    check_refused(message, X, unlabelled=unlabelled)
    # Those of X are X's fault.
    check_refused("column 'c' must hold whole", unlabelled, unlabelled=X)


def test_integers_of_an_array_without_labels_too_far_away():
    X = np.c_[np.arange(N) % 9, np.arange(N) % 7]
    unlabelled = np.array([[1, 2], [2**62 + 1, 3]])
    message = "unlabelled: column 0 must hold whole numbers or decimals within 2**53 steps of "
    check_refused(message, X, unlabelled=unlabelled)


def test_masked_entries():
    X = np.ma.masked_greater(np.c_[Z, Z], Z.max() - 0.1)
    row = Z.argmax()
    check_refused(f"X must not be masked, got a masked entry in column 0, first in row {row}", X)
    check_refused("unlabelled must not be masked", np.c_[Z, Z], unlabelled=X)
    both, _ = VAEOversampler(tiny(), random_state=0).fit_resample(np.ma.array(np.c_[Z, Z]), Y)
    assert both.shape == (90, 2)
    check_refused(
        f"y misses labels, first in row {row}", np.c_[Z, Z], np.ma.array(Y, mask=X.mask[:, 0])
    )


SECONDS = pd.Series(pd.date_range("2024-01-01", periods=N, freq="h").as_unit("s"))
CUT = {
    "unit": (SECONDS, pd.Timedelta("5ms"), "2024-01-01 07:00:00"),
    "objects": (SECONDS.dt.date.astype(object), pd.Timedelta("1h"), "2024-01-01 00:00:00"),
}


@pytest.mark.parametrize(("entries", "more", "cut_to"), CUT.values(), ids=CUT)
def test_times_of_unlabelled_that_would_be_cut(entries, more, cut_to):
    fine = SECONDS.dt.normalize() if entries.dtype == object else SECONDS
    fine = fine.astype("M8[ns]")
    unlabelled = frame(fine)
    unlabelled.loc[7, "c"] += more
    message = (
        f"unlabelled: column 'c' must hold .* as in X: {unlabelled.loc[7, 'c']} in row 7 would be "
        f"cut to {cut_to}: round such"
    )
    with pytest.raises(ValueError, match=message):
        VAEOversampler(tiny(), unlabelled=unlabelled).fit(frame(entries), Y)
    both = VAEOversampler(tiny(), unlabelled=frame(fine), random_state=0)
    assert both.fit_resample(frame(entries), Y)[0]["c"].dtype == frame(entries)["c"].dtype
