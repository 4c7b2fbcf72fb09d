"""New rows of a class stay out of gaps of a column that are wider than the class."""

import numpy as np
import pandas as pd
import pytest

from skvae import LabelConsistencyFilter, VAEOversampler
from tests.helpers import BOTH, EVERY_RULE, sampler, tiny

RNG = np.random.default_rng(0)
Y = np.repeat([0, 1], [60, 20])
NUMBERS = RNG.normal(size=80) + 3 * Y
NUMBERS[0] = 1e9
DAYS = RNG.integers(0, 30, 80) + 400 * Y
TABLE = pd.DataFrame(
    {
        "outlier": NUMBERS,
        "float32": NUMBERS.astype("float32"),
        "int": np.rint(NUMBERS).astype(int),
        "Int64": pd.array(np.rint(-NUMBERS).astype(int), dtype="Int64"),
        "constant in one": np.where(Y == 1, 7.0, RNG.normal(size=80) * 20),
        "missing": np.where(RNG.random(80) < 0.2, np.nan, NUMBERS),
        "missing in one": np.where(Y == 1, np.nan, NUMBERS),
        "date": pd.Timestamp("2020-01-01") + pd.to_timedelta(DAYS, unit="D"),
        "kind": np.where(NUMBERS > 1, "u", "v"),
    }
)
# No row of a class tells itself from other classes' rows where the model has learnt little.
pytestmark = pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")


def as_numbers(table):
    columns = {}
    for name, column in table.items():
        if column.dtype.kind == "M":
            column = (column - pd.Timestamp("2020-01-01")) / pd.Timedelta(days=1)
        if pd.api.types.is_numeric_dtype(column.dtype):
            columns[name] = column.to_numpy(np.float64, na_value=np.nan)
    return columns


def assert_no_gap_is_filled(X, y, new, labels):
    new = as_numbers(new)
    for name, known in as_numbers(X).items():
        there = np.unique(known[~np.isnan(known)])
        for c in np.unique(labels):
            of_class = known[(y == c) & ~np.isnan(known)]
            width = np.ptp(of_class) if len(of_class) else 0.0
            values = new[name][(labels == c) & ~np.isnan(new[name])]
            assert (values >= there[0]).all(), name
            assert (values <= there[-1]).all(), name
            above = np.searchsorted(there, values)
            gap = there[above] - there[np.maximum(above - 1, 0)]
            assert (np.isin(values, there) | (gap <= width)).all(), name


def make(cls, **params):
    many = {0: 150, 1: 150}
    return sampler(cls, missing="indicator", sampling_strategy=many, **params)


def check(over, X=TABLE):
    both, labels = over.fit_resample(X, Y)
    assert_no_gap_is_filled(X, Y, both[80:], labels[80:])
    assert_no_gap_is_filled(X, Y, *over.sample(100))


@EVERY_RULE
def test_gaps_stay_empty(cls, rule):
    check(make(cls, latent_sampling=rule))


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
@BOTH
def test_gaps_stay_empty_without_residuals_and_quantiles(cls, likelihood):
    vae = tiny(likelihood=likelihood, quantile_transform=False)
    check(make(cls, vae=vae, residuals=False, filter=None, latent_sampling="noise", noise_scale=3))


@BOTH
def test_rows_of_another_label_stay_out_of_its_gaps(cls):
    table = TABLE.assign(outlier=TABLE["outlier"].where(TABLE.index > 0, 20) / (1 + 9 * Y))
    check(make(cls, filter=LabelConsistencyFilter(relabel=True)), table)


def test_rows_without_labels_fill_gaps():
    rng = np.random.default_rng(0)
    more = TABLE.assign(outlier=rng.uniform(0, 1e9, 80))
    over = make(VAEOversampler, unlabelled=more)
    both, labels = over.fit_resample(TABLE, Y)
    known = pd.concat([TABLE, more], ignore_index=True)
    y = np.r_[Y, [-1 if c is None else c for c in over.unlabelled_classes_]]
    assert_no_gap_is_filled(known, y, both[80:], labels[80:])


def test_pixels_have_no_gaps():
    images = np.random.default_rng(0).random((80, 16))
    images[0] = 1e3
    vae = tiny(image_shape=(4, 4), conv_channels=(4,))
    over = sampler(VAEOversampler, vae=vae, residuals=False).fit(images, Y)
    assert not over._fitted.classes[0].gaps.ends
