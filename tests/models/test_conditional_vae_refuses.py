"""What a conditional VAE refuses, before training where it can."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator

from skvae import VAE, VAEOversampler
from skvae.latent._names import ROW_RULES, RULES
from tests.helpers import BOTH, begins
from tests.models.conditional import CONDITIONED, KIND, NAMES, TABLE, X, Y, tiny

FLOWERS = tiny().fit(X[:100], NAMES[:100])


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"condition_on": ["wards"]},
            "condition_on must name columns of X, such as 'ward', got 'w",
        ),
        ({"condition_on": [0]}, "condition_on must name columns of X, such as 'ward', got 0"),
        ({"condition_on": ["ward", "ward"]}, "condition_on must name each column once, got 'ward'"),
        ({"condition_on": "ward"}, "The 'condition_on' parameter of ConditionalVAE must be an arr"),
        ({"n_bins": 1}, "The 'n_bins' parameter of ConditionalVAE must be an int in the range [2"),
    ],
)
def test_bad_parameters(params, message, no_training):
    with pytest.raises(ValueError, match=begins(message)):
        tiny(missing="indicator", **params).fit(TABLE, KIND)


def test_conditions_on_pixels(no_training):
    with pytest.raises(ValueError, match=r"^condition_on must be None with image_shape=\(2, 2\)"):
        tiny(image_shape=(2, 2), conv_channels=(4,), condition_on=[0]).fit(X, Y)


def test_conditions_on_a_dummy(no_training):
    dummies = np.eye(3)[Y]
    with pytest.raises(ValueError, match=r"^condition_on must name no dummy, got 5: hand over"):
        tiny(condition_on=[5]).fit(np.c_[X, dummies], Y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "This ConditionalVAE estimator requires y to be passed, but the target y is None"),
        (Y[:0], "y should be a 1d array of labels, one a row, got "),
        (Y[:9], "Found input variables with inconsistent numbers of samples"),
        (np.where(Y, 1.0, np.nan), "y misses labels, first in row 0"),
    ],
)
def test_bad_classes(y, message, no_training):
    with pytest.raises(ValueError, match=begins(message)):
        tiny().fit(X, y)


def test_classes_of_one_row_each(no_training):
    message = "y must have a class of at least 2 rows, got 9 classes of 1 row each"
    with pytest.raises(ValueError, match=begins(message)):
        tiny().fit(X[:9], np.arange(9))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.sample(2, y="none"), "y must hold labels of ['often', 'rare'], got ['none']"),
        (
            lambda m: m.sample(2, y=["rare"]),
            "y must be one label, or one for each of 2 rows, got",
        ),
        (
            lambda m: m.sample(2, y={"rare": 2}),
            "y must be one label, or an array of one a row",
        ),
        (lambda m: m.sample(True), "n_samples must be an integer >= 1, got True"),
        (lambda m: m.sample(0), "n_samples must be an integer >= 1, got 0"),
        (lambda m: m.transform(TABLE, "none"), "y must hold labels of ['often', 'rare'], got ['n"),
        (lambda m: m.inverse_transform(np.ones((2, 10))), "y must be the class to decode to, or"),
        (lambda m: m.inverse_transform(np.ones((2, 3)), "rare"), "Z must have n_components=10 co"),
        (lambda m: m.sample(2, conditions={"x": 1}), "conditions must name columns of condition_o"),
        (
            lambda m: m.sample(2, conditions={"ward": "west"}),
            "conditions must hold a category of column 'ward' in fit ['east', 'north', 'south'], g",
        ),
        (
            lambda m: m.sample(2, conditions={"ward": None}),
            "conditions must hold a category of column 'ward', which missed none in fit, got None",
        ),
        (
            lambda m: m.sample(2, conditions={"age": "old"}),
            "conditions must hold an entry of column 'age', or its least and greatest, got 'old'",
        ),
        (
            lambda m: m.sample(2, conditions={"age": 120}),
            "conditions must hold an entry of column 'age', or its least and greatest, within the ",
        ),
        (
            lambda m: m.sample(2, conditions={"age": (40, 30)}),
            "conditions must hold the least of column 'age' before the greatest, got (40, 30)",
        ),
        (
            lambda m: m.sample(2, conditions={"age": (30.2, 30.8)}),
            "conditions must hold an interval with entries of column 'age', whose step is 1, got (",
        ),
        (
            lambda m: m.sample(2, conditions={"age": np.nan}),
            "conditions must hold an entry of column 'age', or its least and greatest, got nan",
        ),
    ],
)
def test_bad_calls(call, message):
    with pytest.raises(ValueError, match=begins(message)):
        call(CONDITIONED)


def test_conditions_that_are_no_dict():
    with pytest.raises(TypeError, match=r"^conditions must be a dict of entries by column, got \["):
        CONDITIONED.sample(2, conditions=["ward"])


def test_rows_without_labels_are_refused(no_training):
    over = VAEOversampler(tiny(), unlabelled=X[:9])
    with pytest.raises(ValueError, match=r"^unlabelled must be None with a ConditionalVAE, which"):
        over.fit(X, Y)


@pytest.mark.parametrize("rule", ["prior", "noise"])
@BOTH
def test_classes_that_a_frozen_one_does_not_know(cls, rule, no_training):
    frozen = FrozenEstimator(FLOWERS)
    with pytest.raises(
        ValueError, match=r"^y must hold classes that the frozen ConditionalVAE has"
    ):
        cls(frozen, latent_sampling=rule).fit(X, NAMES)


def test_the_prior_of_a_vae_is_refused_still(no_training):
    with pytest.raises(ValueError, match=r"^latent_sampling must be a rule that uses a class"):
        VAEOversampler(VAE(), latent_sampling="prior").fit(X, Y)
    assert set(ROW_RULES) < set(RULES)


def test_dates_may_be_text():
    days = ("2021-01-01", "2021-01-03")
    assert CONDITIONED.sample(20, conditions={"day": days})["day"].between(*days).all()
    with pytest.raises(ValueError, match="conditions must hold an entry of column 'day'"):
        CONDITIONED.sample(2, conditions={"day": "soon"})
