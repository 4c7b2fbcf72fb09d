"""Where new rows come from."""

import functools
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError

from skvae import LabelConsistencyFilter, MultiVAEResampler, VAEOversampler
from skvae.latent._names import RULES
from skvae.strategies import augment
from tests import helpers
from tests.columns import COLUMNS, RNG, Y
from tests.helpers import GC, LC

tiny = functools.partial(helpers.tiny, max_iter=10)


@pytest.mark.parametrize("rule", ["prior", "mixture", "posterior", "noise", "interpolation"])
def test_provenance(rule):
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    over = MultiVAEResampler(tiny(), latent_sampling=rule, filter=None, random_state=0)
    with pytest.raises(ValueError, match="has resampled nothing yet: call fit_resample first"):
        over.fit(X, Y).provenance()
    X_both, y_both = over.fit_resample(X, Y)
    told = over.provenance()
    assert list(told.columns) == ["class", "rule", "parent", "partner", "distance"]
    assert_array_equal(told.index, np.flatnonzero(over.synthetic_mask_))
    assert_array_equal(told["class"], y_both[40:])
    assert set(told["rule"]) == {rule}
    assert_array_equal(told[["parent", "partner"]], over.parent_indices_)
    if rule in ("prior", "mixture"):
        assert (told["parent"] == -1).all()
    # Against every pair, by hand.
    z = (np.r_[X["z"]] - X["z"].min()) / (X["z"].max() - X["z"].min())
    for place, distance in told["distance"].items():
        row = X_both.loc[place]
        own = (row["z"] - X["z"].min()) / (X["z"].max() - X["z"].min())
        pairs = np.sqrt((z - own) ** 2 + (X["x"] != row["x"]))
        assert distance == pytest.approx(pairs.min(), abs=1e-5)


@pytest.fixture
def rows(imbalanced):
    """Rows of which none is the least or the largest in all columns: ranges stay in files."""
    X, y = imbalanced
    return X * [1, -1, 1], y


def test_dates_of_a_zone_may_be_categories():
    rng = np.random.default_rng(0)
    dates = pd.Series(
        pd.date_range("2024-03-29", periods=4, tz="Europe/Berlin")[rng.integers(4, size=40)]
    )
    X = pd.DataFrame({"x": dates, "z": rng.normal(size=40)})
    over = MultiVAEResampler(tiny(), categorical_features=["x"], filter=None, random_state=0)
    X_both, _ = over.fit_resample(X, Y)
    assert set(X_both["x"]) == set(dates)
    assert (over.provenance()["distance"] < 1).all()


def holds_a_row(over, X):
    """The file of a sampler holds some row of numbers, as it is or beside others."""
    file = pickle.dumps(over)
    return any(row.tobytes() in file for row in np.asarray(X, np.float64))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("filter_", [None, LC], ids=["unfiltered", "filtered"])
def test_training_rows_can_be_dropped(rule, filter_, rows):
    def make(**params):
        rules = {"latent_sampling": rule, "filter": filter_, "random_state": 0}
        return MultiVAEResampler(tiny(), **rules, **params)

    over = make()
    over.fit_resample(*rows)
    size = len(pickle.dumps(over))
    assert holds_a_row(over, rows[0])
    assert over.drop_training_rows() is over
    assert not holds_a_row(over, rows[0])
    assert len(pickle.dumps(over)) < size
    expected = make(residuals=False).fit(*rows).sample(9)
    for mine, its in zip(over.sample(9), expected, strict=True):
        assert_array_equal(mine, its)
    with pytest.raises(NotFittedError, match=r"no training rows .*drop_training_rows has dropped"):
        over.provenance()
    over.fit_resample(*rows)
    assert len(over.provenance()) == 20


def test_a_rule_without_parents_leaves_nothing_of_single_rows(rows):
    X = np.repeat(rows[0], 50, axis=0)
    y = np.repeat(rows[1], 50)
    sizes = []
    for n in (2200, 3000):  # columns of 2,001 rows have all their quantiles
        over = MultiVAEResampler(tiny(), filter=None, random_state=0).fit(X[:n], y[:n])
        sizes.append(len(pickle.dumps(over.drop_training_rows())))
    # Numbers of rows that a filter would have been fitted on.
    assert sizes[1] - sizes[0] < 9 * 800


def test_rows_without_labels_are_dropped_too(rows):
    X, y = rows
    more = X + 0.1
    over = VAEOversampler(tiny(), unlabelled=more, sampling_strategy=augment(), random_state=0)
    over.fit_resample(X, y)
    assert holds_a_row(over, more)
    assert not holds_a_row(over.drop_training_rows(), np.concatenate([X, more]))
    assert over.unlabelled is None
    assert over.sample(9)[0].shape == (9, 3)


def test_only_a_fitted_sampler_has_rows_to_drop():
    with pytest.raises(NotFittedError):
        MultiVAEResampler().drop_training_rows()


def test_models_and_filters_hold_no_rows(rows):
    X, y = rows
    over = VAEOversampler(tiny(early_checkpoint=0.5), filter=[GC, LC, LabelConsistencyFilter()])
    over.set_params(random_state=0).fit_resample(X, y)
    assert not any(holds_a_row(one, X) for one in (over.vae_, *over.filters_))
    assert not holds_a_row(over.drop_training_rows(), X)
