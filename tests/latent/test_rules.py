"""The latent rules and their partners."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvae import VAEOversampler
from skvae.latent import ClassLatents, _neighbors
from skvae.latent._names import ROW_RULES, by_name
from skvae.latent._neighbors import NearestRows
from tests.helpers import sampler


@pytest.fixture
def latent():
    return np.random.default_rng(0).normal(size=(500, 2))


def draw(rule, means, alpha=0.5, noise_scale=0.25, n=500):
    """New latent vectors, and where they start and go to; the same for each rule."""
    settings = {"alpha": alpha, "noise_scale": noise_scale, "k_neighbors": 400}
    rows = np.arange(len(means))
    latents = ClassLatents(
        "a", means.shape[1], rows, means, rows, means, deviations=np.full_like(means, 0.3)
    )
    fitted = by_name(rule, neighbor_pool="class", **settings).fit(latents)
    Z, parents, *_ = fitted.draw(n, np.random.RandomState(0))
    return Z, means[parents[:, 0]], means[parents[:, 1]]


def test_interpolation_goes_from_the_row_to_its_partner(latent):
    Z, start, _ = draw("interpolation", latent, alpha=0)
    assert_allclose(Z, start)
    Z, _, partners = draw("interpolation", latent, alpha=1)
    assert_allclose(Z, partners)
    half, start, partners = draw("interpolation", latent, alpha=0.5)
    assert (half >= np.minimum(start, partners)).all()
    assert (half <= np.maximum(start, partners)).all()


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.0])
def test_extrapolation_is_interpolation_mirrored_at_the_row(latent, alpha):
    towards, start, _ = draw("interpolation", latent, alpha)
    away, _, _ = draw("extrapolation", latent, alpha)
    assert_allclose(towards + away, 2 * start)
    assert not np.allclose(towards, away)


@pytest.mark.parametrize("rule", ["noise", "interpolation+noise", "extrapolation+noise"])
def test_noise_is_standard_normal_times_its_scale(latent, rule):
    silent, *_ = draw(rule, latent, noise_scale=0)
    assert_allclose(silent, draw(rule.removesuffix("+noise"), latent, noise_scale=0)[0])
    noise = draw(rule, latent, noise_scale=0.5)[0] - silent
    assert_allclose(noise.mean(axis=0), 0, atol=0.1)
    assert_allclose(noise.std(axis=0), 0.5, rtol=0.1)
    assert_allclose(draw(rule, latent, noise_scale=2.0)[0] - silent, 4 * noise)


@pytest.mark.parametrize("rule", ROW_RULES)
def test_latent_dtype_and_inputs_stay(latent, rule):
    means = latent.astype("float32")
    before = means.copy()
    Z, *_ = draw(rule, means)
    assert Z.dtype == "float32"
    assert_array_equal(means, before)


@pytest.mark.parametrize("k", [1, 4, 29])
@pytest.mark.parametrize("query", [7, 65_536])
def test_partners_are_among_the_nearest_by_brute_force(k, query, monkeypatch):
    monkeypatch.setattr(_neighbors, "_QUERY", query)
    pool = np.random.default_rng(0).normal(size=(30, 2))
    chosen = np.random.RandomState(0).randint(30, size=3000)
    near = NearestRows(pool, k)
    assert_array_equal(near.of(chosen[:5]), near.of(chosen)[:5])
    partners = near.of(chosen)[np.arange(3000), np.random.RandomState(0).randint(k, size=3000)]
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
    others = NearestRows(pool, k).of(chosen)
    assert (others != chosen[:, None]).all()
    assert_array_equal(pool[others], np.broadcast_to(pool[chosen][:, None], (*others.shape, 2)))


def test_partners_of_many_rows_are_the_nearest_of_some(monkeypatch):
    monkeypatch.setattr(_neighbors, "_ALL_CANDIDATES", 299)
    monkeypatch.setattr(_neighbors, "_CANDIDATES", 100)
    pool, rows = np.random.default_rng(0).normal(size=(300, 2)), np.arange(300)
    others = NearestRows(pool, 4).of(rows)
    candidates = np.unique(others)
    assert 80 <= len(candidates) <= 100
    assert (others != rows[:, None]).all()
    distances = np.linalg.norm(pool[:, None] - pool[candidates], axis=2)
    distances[candidates, np.arange(len(candidates))] = np.inf
    farthest = np.linalg.norm(pool[others] - pool[:, None], axis=2).max(axis=1)
    assert_allclose(farthest, np.sort(distances, axis=1)[:, 3])


def test_latent_vectors_beyond_the_numbers_are_refused():
    X, y = np.random.default_rng(0).random((40, 3)).astype(np.float32), np.repeat([0, 1], [25, 15])
    resampler = sampler(VAEOversampler, noise_scale=1e39)
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="alpha and noise_scale"):
        resampler.fit_resample(X, y)
