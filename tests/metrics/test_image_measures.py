"""Laws of the measures of images and reconstructions."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter, laplace
from sklearn.base import BaseEstimator
from sklearn.datasets import load_wine
from sklearn.frozen import FrozenEstimator

from skvae import VAE
from skvae.datasets import make_sprites
from skvae.metrics import reconstruction_error, sharpness_ratio

SHAPES = pytest.mark.parametrize("image_shape", [(16, 20), (1, 16, 20), (3, 16, 20), (5, 8, 8)])


def pictures(image_shape, n=30, seed=0):
    """Smooth random images as rows of floats in [0, 1]."""
    noise = np.random.default_rng(seed).random((n, *image_shape))
    return gaussian_filter(noise, [0] * (len(image_shape) - 1) + [0.7, 0.7]).reshape(n, -1)


def blur(X, image_shape, sigma=1.0):
    sigmas = [0] * (len(image_shape) - 1) + [sigma, sigma]
    return gaussian_filter(X.reshape(-1, *image_shape), sigmas).reshape(X.shape)


# Sharpness


@SHAPES
def test_sharpness_of_same_blurred_flat_and_noisy_images(image_shape):
    X = pictures(image_shape)
    rng = np.random.default_rng(1)
    assert sharpness_ratio(X, X, image_shape=image_shape) == 1
    assert sharpness_ratio(X, X[::-1], image_shape=image_shape) == pytest.approx(1)
    little, much = (
        sharpness_ratio(X, blur(X, image_shape, sigma), image_shape=image_shape)
        for sigma in (0.5, 1.5)
    )
    assert 0 < much < little < 0.8
    assert sharpness_ratio(X, np.full_like(X, 0.3), image_shape=image_shape) < 1e-20
    noisy = X + rng.normal(0, 0.3, X.shape)
    assert sharpness_ratio(X, noisy, image_shape=image_shape) > 1.2
    assert sharpness_ratio(X, rng.random(X.shape), image_shape=image_shape) > 1.2


@SHAPES
def test_sharpness_against_one_image_and_channel_at_a_time(image_shape, monkeypatch):
    def reference(X):
        channels = X.reshape(-1, *image_shape[-2:])
        return np.mean([laplace(channel).var() for channel in channels])

    real, generated = pictures(image_shape), pictures(image_shape, n=7, seed=1) ** 2
    expected = reference(generated) / reference(real)
    assert sharpness_ratio(real, generated, image_shape=image_shape) == pytest.approx(expected)
    monkeypatch.setattr("skvae._tables.frames._CHUNK", 1000)  # a few images at once
    assert sharpness_ratio(real, generated, image_shape=image_shape) == pytest.approx(expected)


def test_sharpness_takes_any_unit_and_table():
    real = make_sprites(50, image_size=16, random_state=0).data
    other = blur(real, (16, 16))
    expected = sharpness_ratio(real, other, image_shape=(16, 16))
    assert real.dtype == other.dtype == np.uint8  # differences of bytes don't wrap around
    for change in (
        lambda X: X / 255,
        lambda X: X.astype(np.float32) * 1e6 - 7,
        pd.DataFrame,
        np.ndarray.tolist,
    ):
        ratio = sharpness_ratio(change(real), change(other), image_shape=[16, 16])
        assert ratio == pytest.approx(expected, rel=1e-3)
    assert isinstance(expected, float)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"image_shape": (4, 5)}, r"X_real must have the 20 columns of image_shape .*, got 16"),
        ({"image_shape": (16,)}, r"image_shape must be \(H, W\) or \(C, H, W\) of .* got \(16,\)"),
        ({"image_shape": (-4, -4)}, r"image_shape must be \(H, W\) .* >= 1, got \(-4, -4\)"),
        ({"image_shape": (4.0, 4.0)}, r"image_shape must be \(H, W\) .* integers .* got \(4.0, 4"),
        ({"image_shape": 16}, "'image_shape' parameter"),
        ({"X_generated": np.ones((2, 9))}, "X_generated must have the 16 columns .*, got 9"),
        ({"X_generated": np.full((2, 16), np.nan)}, "Input X_generated contains NaN"),
        ({"X_real": np.full((2, 16), np.inf)}, "Input X_real contains infinity"),
        ({"X_real": np.full((2, 16), 7)}, "X_real must hold an image that is not flat"),
        ({"X_real": np.ones((0, 16))}, "0 sample"),
        ({"X_real": np.ones(16)}, "2D array"),
    ],
)
def test_sharpness_refuses(params, message):
    X = np.arange(32.0).reshape(2, 16) ** 2
    with pytest.raises(ValueError, match=message):
        sharpness_ratio(**{"X_real": X, "X_generated": X, "image_shape": (4, 4), **params})


# Reconstruction


class Shifted(BaseEstimator):
    """Gives back what it gets, with `shift` added to numbers."""

    def __init__(self, shift=0.0, categorical_features="auto"):
        self.shift = shift
        self.categorical_features = categorical_features

    def transform(self, X):
        return X

    def inverse_transform(self, Z):
        if not isinstance(Z, pd.DataFrame):
            return Z + self.shift
        numbers = Z.select_dtypes("number").columns
        return Z.assign(**{name: Z[name] + self.shift for name in numbers})


def test_reconstruction_error_is_in_units_of_the_ranges():
    X = np.array([[0.0, 0.0, 5.0], [10.0, 2.0, 5.0], [5.0, 1.0, 5.0]])
    assert_array_equal(reconstruction_error(Shifted(), X), 0)
    # Of the columns with a range.
    assert_allclose(reconstruction_error(Shifted(1.0), X), (0.1**2 + 0.5**2) / 2)
    assert_allclose(reconstruction_error(Shifted(1.0), X, scale=2), 0.25)
    assert_allclose(reconstruction_error(Shifted(1.0), X, scale=[1, 0, 2]), (1 + 0.25) / 2)
    ranges = np.ptp(X, axis=0)
    assert_array_equal(
        reconstruction_error(Shifted(1.0), X[:1], scale=ranges),
        reconstruction_error(Shifted(1.0), X)[:1],
    )


def test_reconstruction_error_against_its_formula(monkeypatch):
    X = load_wine().data
    vae = VAE(hidden_layer_sizes=(8,), max_iter=50, random_state=0).fit(X)
    again = vae.inverse_transform(vae.transform(X))
    expected = (((X - again) / np.ptp(X, axis=0)) ** 2).mean(axis=1)
    assert_allclose(reconstruction_error(vae, X), expected)
    assert_allclose(reconstruction_error(FrozenEstimator(vae), X), expected)
    monkeypatch.setattr("skvae._tables.frames._CHUNK", 100)
    assert_allclose(reconstruction_error(vae, X), expected)


def test_reconstruction_error_of_mixed_tables_looks_at_numbers():
    X = pd.DataFrame(
        {
            "sex": list("fmfm"),
            "age": [20, 30, 40, 60],
            "day": pd.date_range("2024", periods=4),
            "dose": [0.0, np.nan, 1.0, 0.5],
        }
    )
    errors = reconstruction_error(Shifted(4.0), X)
    with_dose, without = (0.1**2 + 4**2) / 3, 0.1**2 / 2
    assert_allclose(errors, [with_dose, without, with_dose, with_dose])
    assert_allclose(reconstruction_error(Shifted(4.0), X, scale=[0, 40, 0, 0]), 0.01)
    only_dose = reconstruction_error(Shifted(4.0), X, scale=[0, 0, 0, 1])
    assert_array_equal(only_dose, [16, np.nan, 16, 16])
    codes = Shifted(4.0, categorical_features=[0])
    assert_allclose(reconstruction_error(codes, np.array([[1.0, 0], [2.0, 40]])), 0.01)


def test_reconstruction_error_of_a_fitted_model_of_a_mixed_table(mixed_frame):
    frame = mixed_frame.assign(ward=np.where(mixed_frame["int"] > 0, "a", "b"))
    frame.loc[frame.index[:5], "float"] = np.nan
    vae = VAE(hidden_layer_sizes=(8,), missing="indicator", max_iter=20, random_state=0).fit(frame)
    errors = reconstruction_error(vae, frame)
    assert errors.shape == (40,)
    assert ((errors > 0) & (errors < 1)).all()


def test_reconstruction_error_falls_with_training():
    X = make_sprites(300, image_size=8, random_state=0).data
    short, long = (
        reconstruction_error(VAE(max_iter=n, random_state=0).fit(X), X, scale=255).mean()
        for n in (1, 300)
    )
    assert 0 < long < short / 2


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ([1, 2], r"scale must be a number or one for each of 3 columns, got the shape \(2,\)"),
        (-1, "scale must be finite and >= 0, got -1"),
        (np.nan, "scale must be finite and >= 0, got nan"),
        (0, "X must have a column of numbers whose scale is not 0"),
        ("columns", "'scale' parameter|could not convert"),
    ],
)
def test_reconstruction_error_refuses_scales(scale, message):
    with pytest.raises(ValueError, match=message):
        reconstruction_error(Shifted(), np.eye(3), scale=scale)


def test_reconstruction_error_refuses_tables_and_models():
    with pytest.raises(ValueError, match="X must have a column of numbers"):
        reconstruction_error(Shifted(), np.ones((1, 3)))
    with pytest.raises(ValueError, match="X must have a column of numbers"):
        reconstruction_error(Shifted(), pd.DataFrame({"s": list("ab")}))
    with pytest.raises(ValueError, match="'vae' parameter"):
        reconstruction_error(BaseEstimator(), np.eye(3))
