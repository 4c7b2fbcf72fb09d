"""Laws of the measures of latent spaces."""

import numpy as np
import pandas as pd
import pytest
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


@pytest.fixture(scope="module")
def factors():
    """Sprites' factors, of as many rows as a test set has."""
    return make_sprites(3000, image_size=8, random_state=0).factors


# Mutual information gap


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
    train, test = (make_sprites(2000, image_size=16, random_state=n) for n in (4000, 3000))

    def measure(beta, seed):
        vae = VAE(6, hidden_layer_sizes=(128, 64), max_iter=1000, batch_size=64)
        vae.set_params(likelihood="bernoulli", quantile_transform=False, **beta)
        Z = vae.set_params(random_state=seed).fit(train.data).transform(test.data)
        gap = mutual_information_gap(Z[:, vae.active_components_], test.factors)
        sharpness = sharpness_ratio(test.data, vae.inverse_transform(Z), image_shape=(16, 16))
        return gap, sharpness, reconstruction_error(vae, test.data, scale=255).mean()

    betas = {"beta": 1.0, "normalize_beta": True}, {"beta": 4.0}
    low, high = (np.array([measure(beta, seed) for seed in range(2)]).T for beta in betas)
    assert low[0].max() < high[0].min()
    assert 2.5 * low[0].mean() < high[0].mean()
    assert low[1].min() > 2 * high[1].max()
    assert low[2].max() < 0.7 * high[2].min()


# Beta-VAE score


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
