"""Laws of the measures of images, reconstructions and latent spaces."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter, laplace
from sklearn.base import BaseEstimator
from sklearn.datasets import load_wine
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import mutual_info_score

from skvae import VAE
from skvae.datasets import make_sprites
from skvae.metrics import (
    beta_vae_score,
    mutual_information_gap,
    reconstruction_error,
    sharpness_ratio,
)

SHAPES = pytest.mark.parametrize("image_shape", [(16, 20), (1, 16, 20), (3, 16, 20), (5, 8, 8)])


def pictures(image_shape, n=30, seed=0):
    """Smooth random images as rows of floats in [0, 1]."""
    noise = np.random.default_rng(seed).random((n, *image_shape))
    return gaussian_filter(noise, [0] * (len(image_shape) - 1) + [0.7, 0.7]).reshape(n, -1)


def blur(X, image_shape, sigma=1.0):
    sigmas = [0] * (len(image_shape) - 1) + [sigma, sigma]
    return gaussian_filter(X.reshape(-1, *image_shape), sigmas).reshape(X.shape)


@pytest.fixture(scope="module")
def factors():
    """Sprites' factors, of as many rows as a test set has."""
    return make_sprites(3000, image_size=8, random_state=0).factors


# --- sharpness ----------------------------------------------------------------------------------


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


# --- reconstruction -----------------------------------------------------------------------------


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


# --- mutual information gap ---------------------------------------------------------------------


def test_gap_of_factors_and_of_noise(factors):
    rng = np.random.default_rng(0)
    assert mutual_information_gap(factors, factors) > 0.95
    assert mutual_information_gap(rng.normal(size=(3000, 6)), factors) < 0.02
    assert mutual_information_gap(np.hstack([factors, factors]), factors) < 1e-9
    half = np.where(rng.random(factors.shape) < 0.5, factors, rng.permuted(factors, axis=0))
    assert 0.1 < mutual_information_gap(half, factors) < 0.6


def test_gap_is_lost_by_rotation(factors):
    z = np.random.default_rng(0).normal(size=(3000, 2))
    gaps = []
    for angle in np.linspace(0, np.pi / 4, 4):
        cos, sin = np.cos(angle), np.sin(angle)
        gaps.append(mutual_information_gap(z @ [[cos, -sin], [sin, cos]], z))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > 0.9
    assert gaps[-1] < 0.03


def test_gap_depends_on_the_order_of_values_only(factors):
    rng = np.random.default_rng(0)
    Z = factors @ rng.normal(size=(6, 4)) + rng.normal(size=(3000, 4))
    gap = mutual_information_gap(Z, factors)
    assert gap > 0.02
    assert mutual_information_gap(Z[:, [2, 0, 3, 1]], factors) == pytest.approx(gap)
    rows = rng.permutation(3000)
    assert mutual_information_gap(Z[rows], factors[rows]) == pytest.approx(gap)
    assert mutual_information_gap(np.exp(Z) * [1, 1e-9, 1e9, 7] + 3, factors) == pytest.approx(gap)
    assert mutual_information_gap(-Z, factors) == pytest.approx(gap, abs=1e-3)
    assert mutual_information_gap(Z, -factors[:, ::-1]) == pytest.approx(gap)
    assert mutual_information_gap(Z.tolist(), pd.DataFrame(factors)) == pytest.approx(gap)


@pytest.mark.parametrize("n_bins", [2, 7, 20])
def test_gap_is_that_of_mutual_info_score(n_bins):
    rng = np.random.default_rng(0)
    values = np.column_stack(
        [rng.integers(0, 2, 600), rng.integers(0, 40, 600), rng.normal(size=600)]
    )
    Z = values @ rng.normal(size=(3, 4)) * [0.1, 1, 1, 1] + rng.normal(size=(600, 4))

    def binned(column):
        if len(np.unique(column)) <= n_bins:
            return column
        ranks = pd.Series(column).rank().to_numpy()
        return np.floor((ranks - 0.5) / 600 * n_bins)

    gaps = []
    for factor in values.T:
        v = binned(factor)
        told = sorted(mutual_info_score(binned(z), v) for z in Z.T)
        gaps.append((told[-1] - told[-2]) / mutual_info_score(v, v))
    expected = np.mean(gaps)
    assert mutual_information_gap(Z, values, n_bins=n_bins) == pytest.approx(expected)


def test_gap_of_one_latent_is_the_share_that_it_tells(factors):
    told = mutual_information_gap(factors[:, [2]], factors[:, [2, 3]])
    assert told == pytest.approx(0.5, abs=0.02)
    assert mutual_information_gap(factors[:, :0], factors) == 0
    constant = np.zeros((3000, 1))
    assert mutual_information_gap(constant, factors) == 0
    both = np.hstack([factors[:, [2]], constant])
    assert mutual_information_gap(both, factors[:, [2]]) == pytest.approx(1)


def test_binning_tells_equal_values_from_none():
    # Half of the rows hold one value: it is a bin of its own, not several.
    z = np.concatenate([np.zeros(500), np.linspace(1, 2, 500)])
    spike = (z == 0).astype(float)
    assert mutual_information_gap(z[:, None], spike[:, None]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"Z": np.ones((3, 2))}, "factors must have the 3 rows of Z, got 4"),
        ({"factors": [[1, 7]] * 2 + [[2, 7]] * 2}, "must vary .* got 7 in all rows of column 1"),
        ({"Z": np.full((4, 1), np.nan)}, "Input Z contains NaN"),
        ({"factors": np.full((4, 1), np.inf)}, "Input factors contains infinity"),
        ({"factors": [1, 2, 3, 4]}, "2D array"),
        ({"n_bins": 1}, "'n_bins' parameter"),
    ],
)
def test_gap_refuses(params, message):
    Z = np.arange(4.0)[:, None]
    with pytest.raises(ValueError, match=message):
        mutual_information_gap(**{"Z": Z, "factors": Z, **params})


@pytest.mark.slow
def test_beta_trades_sharpness_for_disentanglement():
    """With these networks the gap grows up to a beta of about 4; at 16 all dimensions collapse."""
    train, test = (make_sprites(n, image_size=16, random_state=n) for n in (4000, 3000))

    def measure(beta, seed):
        vae = VAE(6, hidden_layer_sizes=(256, 128), **beta, max_iter=3000, batch_size=64)
        Z = vae.set_params(random_state=seed).fit(train.data).transform(test.data)
        gap = mutual_information_gap(Z[:, vae.active_components_], test.factors)
        sharpness = sharpness_ratio(test.data, vae.inverse_transform(Z), image_shape=(16, 16))
        return gap, sharpness, reconstruction_error(vae, test.data, scale=255).mean()

    betas = {"beta": 1.0, "normalize_beta": True}, {"beta": 4.0}
    low, high = (np.array([measure(beta, seed) for seed in range(5)]).T for beta in betas)
    assert low[0].max() < high[0].min()
    assert 2.5 * low[0].mean() < high[0].mean()
    assert low[1].min() > 2 * high[1].max()
    assert low[2].max() < high[2].min() / 2


# --- beta-VAE score -----------------------------------------------------------------------------


class Encoder(BaseEstimator):
    """Applies a function to rows."""

    def __init__(self, function=lambda X: X):
        self.function = function

    def transform(self, X):
        return self.function(X)


def draw_factors(k, n, rng):
    """Pairs of the factors themselves, six normal numbers."""
    one, other = rng.normal(size=(2, n, 6))
    other[:, k] = one[:, k]
    return one, other


def score_of(function, draw=draw_factors, seed=0, **params):
    encoder = Encoder(function)
    return beta_vae_score(encoder, draw, n_factors=6, random_state=seed, **params)


def test_score_of_factors_and_of_noise():
    noise = np.random.default_rng(0)
    assert score_of(lambda X: X) > 0.99
    assert score_of(lambda X: X * [1e-3, 1, 1e3, -1, 1, 5] + 7) > 0.99
    assert score_of(lambda X: noise.normal(size=(len(X), 6))) == pytest.approx(1 / 6, abs=0.08)
    # As more factors are told, and the more so by more pairs.
    by_latents = [score_of(lambda X, d=d: X[:, :d]) for d in (1, 3, 6)]
    assert by_latents == sorted(by_latents)
    # Of those that no latent tells, one is guessed.
    assert by_latents[:2] == pytest.approx([2 / 6, 4 / 6], abs=0.1)
    assert score_of(lambda X: X, n_pairs=1) < score_of(lambda X: X, n_pairs=8)


def test_score_is_seeded_and_leaves_global_states(random_states):
    before = random_states()
    seeds = [0, np.random.RandomState(0), 0, 1, 2, 3]
    scores = [score_of(lambda X: X[:, :3], seed=seed, n_votes=25) for seed in seeds]
    assert scores[0] == scores[1] == scores[2]
    assert len(set(scores)) > 1
    assert random_states() == before


def test_score_of_sprites_shares_the_factor_that_it_says(monkeypatch):
    seen = []

    def spy(X):
        seen.append(X)
        return X[:, :3].astype(float)

    encoder = Encoder(spy)
    encoder.n_features_in_ = 64
    beta_vae_score(encoder, n_votes=4, n_pairs=5, random_state=0)
    assert len(seen) == 12
    assert {X.shape for X in seen} == {(20, 64)}
    brightest = [X.max(axis=1).astype(int) for X in seen]
    gaps = [np.abs(a - b).mean() for a, b in zip(brightest[::2], brightest[1::2], strict=True)]
    assert np.argmin(gaps) == 5  # brightness


def test_score_leaves_out_what_a_model_does_not_use():
    encoder = Encoder(lambda X: np.hstack([X[:, :1], 1e-9 * X[:, 1:]]))
    whole = beta_vae_score(encoder, draw_factors, n_factors=6, random_state=0)
    encoder.active_components_ = np.arange(6) == 0
    part = beta_vae_score(encoder, draw_factors, n_factors=6, random_state=0)
    assert part < 0.5 < whole
    encoder.active_components_ = np.zeros(6, bool)
    assert beta_vae_score(encoder, draw_factors, n_factors=6, random_state=0) == 1 / 6


def test_score_of_a_trained_model():
    X = make_sprites(1000, image_size=8, random_state=0).data
    vae = VAE(6, max_iter=500, random_state=0).fit(X)
    score = beta_vae_score(vae, random_state=0)
    assert 0.3 < score < 1
    assert beta_vae_score(FrozenEstimator(vae), random_state=0) == score


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"n_factors": None},
            "n_factors must be the number of factors that draw can fix, got None",
        ),
        ({"draw": None}, "n_factors must be None without draw, got 6"),
        ({"draw": None, "n_factors": None}, "vae must be fitted to images of make_sprites"),
        ({"draw": lambda k, n, rng: (np.eye(3), np.eye(3))}, "two tables of 8 rows each, got 3"),
        ({"draw": 3}, "'draw' parameter"),
        ({"n_factors": 1}, "'n_factors' parameter"),
        ({"n_votes": 1}, "'n_votes' parameter"),
        ({"n_pairs": 0}, "'n_pairs' parameter"),
        ({"vae": BaseEstimator()}, "'vae' parameter"),
    ],
)
def test_score_refuses(params, message):
    given = {"vae": Encoder(), "draw": draw_factors, "n_factors": 6, "n_votes": 2, "n_pairs": 4}
    with pytest.raises(ValueError, match=message):
        beta_vae_score(**{**given, **params})


def test_score_refuses_models_of_other_images():
    vae = VAE(max_iter=1).fit(load_wine().data)
    with pytest.raises(ValueError, match=r"n_features_in_=13, which is no square"):
        beta_vae_score(vae)
