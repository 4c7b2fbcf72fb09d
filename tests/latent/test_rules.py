"""The latent rules and their partners."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvae import VAEOversampler
from skvae.latent import _neighbors
from skvae.latent._neighbors import RULES, choose_partners, draw_latent
from tests.helpers import sampler


@pytest.fixture
def latent():
    rng = np.random.default_rng(0)
    return rng.normal(size=(500, 2)), rng.normal(size=(500, 2))


def draw(rule, means, partners=None, alpha=0.5, noise_scale=0.25, seed=0):
    rng = np.random.RandomState(seed)
    return draw_latent(rule, means, partners, alpha=alpha, noise_scale=noise_scale, rng=rng)


def test_interpolation_goes_from_the_row_to_its_partner(latent):
    means, partners = latent
    assert_allclose(draw("interpolation", means, partners, alpha=0), means)
    assert_allclose(draw("interpolation", means, partners, alpha=1), partners)
    half = draw("interpolation", means, partners, alpha=0.5)
    assert (half >= np.minimum(means, partners)).all()
    assert (half <= np.maximum(means, partners)).all()


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.0])
def test_extrapolation_is_interpolation_mirrored_at_the_row(latent, alpha):
    means, partners = latent
    towards = draw("interpolation", means, partners, alpha)
    away = draw("extrapolation", means, partners, alpha)
    assert_allclose(towards + away, 2 * means)
    assert not np.allclose(towards, away)


@pytest.mark.parametrize("rule", ["noise", "interpolation+noise", "extrapolation+noise"])
def test_noise_is_standard_normal_times_its_scale(latent, rule):
    means, partners = latent[0], None if rule == "noise" else latent[1]
    silent = draw(rule, means, partners, noise_scale=0)
    assert_allclose(silent, draw(rule.removesuffix("+noise"), means, partners, noise_scale=0))
    noise = draw(rule, means, partners, noise_scale=0.5) - silent
    assert_allclose(noise.mean(axis=0), 0, atol=0.1)
    assert_allclose(noise.std(axis=0), 0.5, rtol=0.1)
    assert_allclose(draw(rule, means, partners, noise_scale=2.0) - silent, 4 * noise)


@pytest.mark.parametrize("rule", RULES)
def test_latent_dtype_and_inputs_stay(latent, rule):
    means, partners = (a.astype("float32") for a in latent)
    before = means.copy()
    Z = draw(rule, means, None if rule == "noise" else partners)
    assert Z.dtype == "float32"
    assert_array_equal(means, before)


@pytest.mark.parametrize("k", [1, 4, 29])
@pytest.mark.parametrize("query", [7, 65_536])
def test_partners_are_among_the_nearest_by_brute_force(k, query, monkeypatch):
    monkeypatch.setattr(_neighbors, "_QUERY", query)
    pool = np.random.default_rng(0).normal(size=(30, 2))
    chosen = np.random.RandomState(0).randint(30, size=3000)
    partners = choose_partners(pool, chosen, k, np.random.RandomState(0))
    distances = np.linalg.norm(pool[:, None] - pool, axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argsort(axis=1)[:, :k]
    assert all(p in nearest[c] for c, p in zip(chosen, partners, strict=True))
    # Each of the k is drawn about as often: at 3000 / 30 draws a row, in the sum over rows.
    rank = (nearest[chosen] == partners[:, None]).argmax(axis=1)
    assert_allclose(np.bincount(rank, minlength=k) / 3000, 1 / k, atol=4 * np.sqrt(1 / k / 3000))


@pytest.mark.parametrize("k", [1, 3])
def test_no_row_is_its_own_partner_even_among_twins(k):
    pool = np.repeat([[0.0, 0.0], [5.0, 5.0]], [12, 4], axis=0)
    chosen = np.tile(np.arange(16), 50)
    partners = choose_partners(pool, chosen, k, np.random.RandomState(0))
    assert (partners != chosen).all()
    assert_array_equal(pool[partners], pool[chosen])


def test_latent_vectors_beyond_the_numbers_are_refused():
    X, y = np.random.default_rng(0).random((40, 3)).astype(np.float32), np.repeat([0, 1], [25, 15])
    resampler = sampler(VAEOversampler, noise_scale=1e39)
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="alpha and noise_scale"):
        resampler.fit_resample(X, y)
