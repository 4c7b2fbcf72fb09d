"""Convolutional VAEs as estimators."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skvae import VAE, GenerativeClassifierFilter, MultiVAEResampler, VAEOversampler
from skvae._nn.convolutions import StackedConv
from skvae._nn.networks import StackedVAE
from skvae._nn.training import train
from skvae.datasets import fetch_mnist
from tests.helpers import needs_data

DIGITS, LABELS = load_digits(return_X_y=True)


# The estimator


WANTED_SHAPE = "image_shape must be (H, W) or (C, H, W) of integers >= 1"


def tiny(**params):
    settings = {"image_shape": (8, 8), "conv_channels": (4, 8), "hidden_layer_sizes": (16,)}
    return VAE(**{**settings, "max_iter": 20, "random_state": 0, **params})


def test_digits_are_learnt():
    vae = tiny(n_components=8, conv_channels=(16, 32), max_iter=300, learning_rate_init=3e-3)
    X, unseen = DIGITS[:1500], DIGITS[1500:]
    vae.set_params(beta=0.5).fit(X)
    errors = (vae.inverse_transform(vae.transform(unseen)) - unseen) ** 2
    assert errors.mean() < 0.6 * ((X.mean(axis=0) - unseen) ** 2).mean()
    noise = np.random.default_rng(0).uniform(0, 16, unseen.shape)
    assert (vae.score_samples(unseen) > vae.score_samples(noise).max()).mean() > 0.95


def test_row_is_channels_of_rows_of_pixels():
    # Two channels that never agree: only a network that tells them apart gives them back.
    on = np.random.default_rng(0).random((200, 1)) > 0.5
    X = np.hstack([np.repeat(on, 12, axis=1), np.repeat(~on, 12, axis=1)]).astype(float)
    vae = tiny(image_shape=(2, 3, 4), max_iter=200, learning_rate_init=1e-2, beta=0.1).fit(X)
    assert_allclose(vae.inverse_transform(vae.transform(X)), X, atol=0.1)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int64"])
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_containers_and_dtypes(dtype, container):
    X = container(DIGITS[:100].astype(dtype))
    vae = tiny().fit(X)
    new = vae.sample(5)
    assert type(new) is type(X)
    assert np.asarray(new).dtype == dtype
    expected = "float32" if dtype in ("uint8", "float32") else "float64"
    assert vae.transform(X).dtype == expected
    assert_allclose(vae.transform(X), tiny().fit(DIGITS[:100]).transform(DIGITS[:100]), atol=1e-4)


def test_scale_of_pixels_does_not_matter():
    plain, scaled = tiny().fit(DIGITS), tiny().fit(1e6 * DIGITS - 5e6)
    Z = plain.transform(DIGITS)
    assert_allclose(scaled.transform(1e6 * DIGITS - 5e6), Z, atol=1e-3)


def test_all_pixels_share_one_range():
    # Pixels 0 and 32 are 0 in all digits: a faint mark there must stay faint, and new rows empty.
    X = DIGITS[:500].copy()
    assert_array_equal(X[:, [0, 32]], 0)
    X[::50, 0] = 0.01
    vae = tiny(max_iter=300, learning_rate_init=1e-2).fit(X)
    coded = vae._fitted.codec.encode(X)
    assert coded[:, 0].max() < 0.001
    assert coded.max() == 1
    assert vae.sample(100)[:, [0, 32]].max() < 0.5
    assert_array_equal(vae._fitted.codec.decode(np.full((1, 64), 2.0)), 16)


def test_small_integers_are_read_without_a_double(monkeypatch):
    seen = {}

    def fit_together(models, table_format, values, *args, **options):
        seen["dtype"] = values.dtype

    monkeypatch.setattr("skvae.models._base.fit_together", fit_together)
    tiny().fit(DIGITS.astype("uint8"))
    assert seen["dtype"] == np.float32


@pytest.mark.parametrize(
    "params",
    [
        {"early_stopping": True, "max_iter": 150, "tol": 1e9, "n_iter_no_change": 1},
        {"denoising_std": 0.2},
        {"early_checkpoint": 0.5},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": None, "normalize_beta": True},
    ],
    ids=lambda params: next(iter(params)),
)
def test_options_of_training(params):
    vae = tiny(**params).fit(DIGITS[:200])
    assert np.isfinite(vae.transform(DIGITS)).all()
    assert vae.sample(3).shape == (3, 64)
    if "early_stopping" in params:
        assert vae.n_iter_ == 100
    if "early_checkpoint" in params:
        early = tiny(max_iter=10).fit(DIGITS[:200])
        assert_allclose(vae.early_vae_.transform(DIGITS), early.transform(DIGITS), atol=1e-4)
    again = pickle.loads(pickle.dumps(vae))
    assert_array_equal(again.transform(DIGITS), vae.transform(DIGITS))
    assert_array_equal(again.sample(3), vae.sample(3))


def test_score_does_not_hang_on_how_many_rows_there_are(monkeypatch):
    vae = tiny().fit(DIGITS[:200])
    scores, Z = vae.score_samples(DIGITS[:50]), vae.transform(DIGITS[:50])
    monkeypatch.setattr("skvae._nn.inference._BATCH_VALUES", 1000)
    assert_allclose(vae.score_samples(DIGITS[:50]), scores, rtol=1e-6)
    assert_allclose(vae.transform(DIGITS[:50]), Z, rtol=1e-5, atol=1e-6)


def test_without_image_shape_conv_channels_are_not_looked_at():
    plain, other = (tiny(image_shape=None, conv_channels=c).fit(DIGITS) for c in [(4,), ()])
    assert_array_equal(plain.transform(DIGITS), other.transform(DIGITS))


@pytest.mark.parametrize(("shape", "default"), [(None, (128, 64)), ((8, 8), (128,))])
def test_default_of_the_hidden_layers(shape, default):
    none, given = (
        tiny(image_shape=shape, hidden_layer_sizes=sizes, max_iter=5).fit(DIGITS[:100])
        for sizes in (None, default)
    )
    assert_array_equal(none.transform(DIGITS), given.transform(DIGITS))


# Samplers


def test_classes_train_as_one_grouped_stack(monkeypatch):
    stacks = []

    def record(net, *args, **kwargs):
        stacks.append(net)
        return train(net, *args, **kwargs)

    monkeypatch.setattr("skvae.models._base.train", record)
    sampler = MultiVAEResampler(tiny(), random_state=0).fit(DIGITS, LABELS)
    [stack] = stacks
    assert {c.n_models for c in stack.modules() if isinstance(c, StackedConv)} == {10}
    assert sampler.sample(20)[0].shape == (20, 64)
    alone = clone(sampler.estimators_[3]).fit(DIGITS[LABELS == 3])
    assert_allclose(alone.transform(DIGITS), sampler.estimators_[3].transform(DIGITS), atol=1e-3)


# A model of a few steps draws rows that no filter lets pass.
@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_frozen_images_and_filters():
    few = np.concatenate([np.flatnonzero(LABELS == k)[: 8 + 5 * k] for k in range(3)])
    vae = tiny(early_checkpoint=0.2, max_iter=50).fit(DIGITS)
    early = GenerativeClassifierFilter(noise=("uniform", "early"), max_iter=20, cv=2)
    sampler = VAEOversampler(FrozenEstimator(vae), filter=early, random_state=0)
    X, y = sampler.fit_resample(DIGITS[few], LABELS[few])
    assert_array_equal(np.unique(y, return_counts=True)[1], 18)
    assert X.shape == (54, 64)


# Errors


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"image_shape": (64,)}, f"{WANTED_SHAPE}, got (64,)"),
        ({"image_shape": (1, 1, 8, 8)}, f"{WANTED_SHAPE}, got (1, 1, 8, 8)"),
        ({"image_shape": (8, 8.0)}, f"{WANTED_SHAPE}, got (8, 8.0)"),
        ({"image_shape": (-8, -8)}, f"{WANTED_SHAPE}, got (-8, -8)"),
        (
            {"image_shape": (3, 8, 8)},
            "image_shape must hold 64 values, one for each column, got (3, 8, 8), which holds 192",
        ),
        ({"conv_channels": ()}, "conv_channels must hold at least one integer, all >= 1, got ()"),
        ({"conv_channels": (4, 0)}, "conv_channels must hold at least one integer, all >= 1, got"),
        ({"conv_channels": (4.5,)}, "conv_channels must hold at least one integer, all >= 1, got"),
        (
            {"conv_channels": (4, 4, 4, 4)},
            "conv_channels must hold at most 3 integers for images of 8 x 8 pixels, each of which "
            "halves them, got (4, 4, 4, 4)",
        ),
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes must hold integers >= 1, got (0,)"),
        (
            {"likelihood": "gaussian"},
            "likelihood must be 'bernoulli' with image_shape=(8, 8), got 'gaussian'",
        ),
        (
            {"quantile_transform": True},
            "quantile_transform must be False with image_shape=(8, 8), got True",
        ),
        ({"spikes": True}, "spikes must be False with image_shape=(8, 8), got True"),
        ({"missing": "indicator"}, "missing must be 'error' with image_shape=(8, 8), got 'indi"),
        (
            {"categorical_features": [3]},
            "image_shape=(8, 8) needs columns of numbers only, got categories in column 3",
        ),
    ],
)
def test_wrong_parameters_fail_before_training(params, message, no_training):
    with pytest.raises(ValueError, match=re.escape(message)):
        tiny(**params).fit(DIGITS)


def test_an_image_can_be_halved_down_to_one_pixel():
    assert tiny(conv_channels=(4, 4, 4)).fit(DIGITS[:50]).sample(2).shape == (2, 64)
    with pytest.raises(ValueError, match="at most 1 integers for images of 1 x 2 pixels"):
        tiny(image_shape=(32, 1, 2)).fit(DIGITS[:50])


# Real images


@needs_data
@pytest.mark.slow
def test_mnist():
    X = fetch_mnist(return_X_y=True)[0]
    unseen = fetch_mnist(subset="test", return_X_y=True)[0][:500]
    vae = VAE(10, image_shape=(28, 28), conv_channels=(16, 32), max_iter=250, random_state=0)
    vae.set_params(learning_rate_init=3e-3, batch_size=64, beta=0.5).fit(X)
    errors = (vae.inverse_transform(vae.transform(unseen)) - unseen.astype(float)) ** 2
    assert errors.mean() < 0.6 * ((X.mean(axis=0) - unseen) ** 2).mean()
    # The margin is empty in all digits: it must be so in new ones.
    edge = vae.sample(200).reshape(-1, 28, 28)[:, [0, -1]]
    assert edge.mean() < 3  # of 255


@pytest.mark.parametrize("given", ["auto", True, False])
@pytest.mark.parametrize("able", [True, False])
def test_auto_mixes_precisions_where_the_device_can(given, able, monkeypatch):
    monkeypatch.setattr("skvae.models._architecture.multiplies_bfloat16", lambda device: able)
    nets = []
    monkeypatch.setattr(StackedVAE, "__init__", spy_on(StackedVAE.__init__, nets))
    tiny(conv_channels=(8, 8), mixed_precision=given).fit(DIGITS[:50])
    mixed = any(module.mixed for module in nets[0].modules() if isinstance(module, StackedConv))
    assert mixed == (able if given == "auto" else given)


def spy_on(init, made):
    def wrapped(net, *args, **kwargs):
        init(net, *args, **kwargs)
        made.append(net)

    return wrapped


def test_mixed_precision_learns_digits_as_well():
    scores = [
        tiny(conv_channels=(8, 16), max_iter=400, mixed_precision=mixed)
        .fit(DIGITS[:1000])
        .score(DIGITS[1000:])
        for mixed in (True, False)
    ]
    assert_allclose(*scores, rtol=5e-3)
