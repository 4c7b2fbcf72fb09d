"""Uniform draws from the Riemannian manifold of a VAE, against closed forms."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kstest, norm, truncnorm
from sklearn.frozen import FrozenEstimator

from skvae import MultiVAEResampler, VAEOversampler
from skvae.latent import ClassLatents, RiemannianSampling
from skvae.latent._riemannian import Chains, VolumeElement
from tests.helpers import BOTH, sampler, tiny
from tests.models.families import PlainAutoencoder

RNG = np.random.default_rng(0)
# Probability below which a sample is not from a law.
LEAST_P = 1e-3


def latents(means, deviations):
    rows = np.arange(len(means))
    return ClassLatents("a", means.shape[1], rows, means, rows, means, deviations=deviations)


def fitted(means, deviations, **params):
    return RiemannianSampling(**params).fit(latents(np.array(means), np.array(deviations)))


def some_rows(n=12, d=3):
    return RNG.normal(size=(n, d)), np.exp(RNG.normal(-1, 0.5, size=(n, d)))


def chains(volume, low, high, scale=1.0, n_leapfrog=10, step=0.3):
    ends = np.atleast_1d(np.float64(low)), np.atleast_1d(np.float64(high))
    return Chains(volume, *ends, np.broadcast_to(scale, ends[0].shape), n_leapfrog, step)


@pytest.mark.parametrize("rho", [0.3, 1.7, 30])
@pytest.mark.parametrize("regularization", [1e-4, 1, 100])
def test_volume_element_and_its_gradient_are_those_of_autograd(rho, regularization):
    means, deviations = some_rows()
    places = torch.tensor(RNG.normal(size=(40, 3)), requires_grad=True)
    precisions = torch.tensor(deviations) ** -2
    far = ((places[:, None] - torch.tensor(means)) ** 2 * precisions).sum(-1)
    metric = (torch.exp(-far / rho**2)[..., None, None] * torch.diag_embed(precisions)).sum(1)
    metric = metric + regularization * torch.eye(3)
    expected = torch.log(torch.sqrt(torch.linalg.det(metric)))
    (gradient,) = torch.autograd.grad(expected.sum(), places)
    volume = VolumeElement(means, deviations, rho, regularization)
    said = volume.at(places.detach().numpy())
    assert_allclose(said.log_density, expected.detach(), rtol=1e-8, atol=1e-8)
    assert_allclose(said.gradients, gradient, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("params", [{"temperature": 1e8}, {"regularization": 1e8}])
def test_a_flat_metric_is_the_uniform_law_on_the_support(params):
    means, deviations = some_rows(5, 2)
    rule = fitted(means, deviations, **params)
    Z = rule.draw(4000, np.random.RandomState(0)).Z
    low = (means - 4 * deviations).min(axis=0)
    high = (means + 4 * deviations).max(axis=0)
    for k in range(2):
        assert kstest(Z[:, k], "uniform", (low[k], high[k] - low[k])).pvalue > LEAST_P
    assert abs(np.corrcoef(Z.T)[0, 1]) < 0.05
    _, acceptance = rule._chains.move(Z, 5, np.random.RandomState(1))
    assert acceptance > 0.999


@pytest.mark.parametrize("temperature", [None, 0.5, 3.0])
def test_one_row_has_a_normal_density(temperature):
    """Without regularisation sqrt det G is the density of N(mu, rho**2 / d Sigma)."""
    mean, deviation = np.array([[3.0, -50]]), np.array([[0.2, 4]])
    rule = fitted(mean, deviation, temperature=temperature, regularization=1e-12)
    share = (np.sqrt(2) if temperature is None else temperature) / np.sqrt(2)
    # Not from where the rule starts, which is this law, but from the lowest corner.
    corner = np.tile(mean - 2 * share * deviation, (4000, 1)).clip(rule._chains.low)
    walked, _ = rule._chains.move(corner, 40, np.random.RandomState(0))
    for Z in (rule.draw(4000, np.random.RandomState(0)).Z, walked):
        for k in range(2):
            law = truncnorm(-4 / share, 4 / share, mean[0, k], share * deviation[0, k])
            assert kstest(Z[:, k], law.cdf).pvalue > LEAST_P
        assert abs(np.corrcoef(Z.T)[0, 1]) < 0.06


def test_several_rows_have_the_density_of_the_volume_element():
    means, deviations = np.array([[0.0], [1.5], [4]]), np.array([[0.3], [1.0], [0.5]])
    params = {"temperature": 1.5, "regularization": 0.3, "n_steps": 60}
    rule = fitted(means, deviations, **params)
    grid = np.linspace(rule._chains.low[0], rule._chains.high[0], 20_001)
    far = (grid[:, None] - means.T) ** 2 / deviations.T**2
    density = np.sqrt((np.exp(-far / 1.5**2) / deviations.T**2).sum(axis=1) + 0.3)
    shares = np.cumsum(density) / density.sum()
    Z = rule.draw(4000, np.random.RandomState(0)).Z[:, 0]
    assert kstest(Z, lambda z: np.interp(z, grid, shares)).pvalue > LEAST_P


def test_moves_can_be_taken_back():
    means, deviations = some_rows()
    volume = VolumeElement(means, deviations, 1.5, 1e-4)
    walk = chains(volume, [-1.5] * 3, [1.5] * 3, 0.5)
    Z = RNG.uniform(-1.5, 1.5, size=(200, 3))
    momenta = RNG.normal(size=(200, 3))
    state, ends = walk.leapfrog(volume.at(Z), momenta, 0.3)
    assert (np.abs(state.Z) <= 1.5).all()
    assert (np.abs(state.Z - Z).max(axis=1) > 0.05).mean() > 0.95
    back, again = walk.leapfrog(state, -ends, 0.3)
    assert_allclose(back.Z, Z, atol=1e-6)
    assert_allclose(-again, momenta, atol=1e-6)


def test_the_energy_stays_the_better_the_shorter_the_steps():
    volume = VolumeElement(*some_rows(), 2.0, 1e-2)
    Z, momenta = RNG.normal(size=(500, 3)), RNG.normal(size=(500, 3))
    state = volume.at(Z)

    def error(n, step):
        walk = chains(volume, [-9] * 3, [9] * 3, 0.2, n)
        ends, q = walk.leapfrog(state, momenta, step)
        kinetic = 0.5 * (momenta**2 - q**2).sum(axis=1)
        return np.median(np.abs(ends.log_density - state.log_density + kinetic))

    assert_allclose(error(10, 0.2) / error(20, 0.1), 4, rtol=0.2)


def test_the_chosen_step_has_most_moves_accepted():
    for d in (1, 2, 10, 50):
        rule = fitted(*some_rows(30, d))
        Z = rule.draw(500, np.random.RandomState(0)).Z
        assert rule._chains.move(Z, 10, np.random.RandomState(1))[1] > 0.7


def test_chains_from_far_away_come_back():
    volume = VolumeElement(np.zeros((1, 2)), np.ones((1, 2)), np.sqrt(2), 1e-12)
    far = np.tile([[1e6, -1e6]], (500, 1))
    Z, _ = chains(volume, [-4] * 2, [4] * 2).move(far, 40, np.random.RandomState(0))
    assert kstest(Z[:, 0], norm.cdf).pvalue > LEAST_P


@pytest.mark.parametrize("n_rows", [2, 3, 40])
@pytest.mark.parametrize("d", [1, 10])
@pytest.mark.parametrize(
    ("place", "deviation"), [(1, 0), (1, 1e-30), (0, 1), (1e-8, 1e-3), (1e6, 1), (3, 1e30)]
)
@pytest.mark.parametrize("temperature", [None, 1e-6, 1e200])
def test_draws_are_finite_and_inside_the_support(n_rows, d, place, deviation, temperature):
    means = place * np.random.default_rng(0).normal(size=(n_rows, d)).astype(np.float32)
    deviations = np.full(means.shape, deviation, np.float32)
    deviations[:, 0] = 1  # a direction that the model does not use
    means[:, 0] = 0
    rule = fitted(means, deviations, temperature=temperature, n_steps=3)
    Z = rule.draw(50, np.random.RandomState(0)).Z
    assert Z.dtype == np.float32
    assert np.isfinite(Z).all()
    reach = 4.01 * np.clip(deviations, 1e-3, 1e3)
    reach += 1e-6 * np.abs(means)
    assert (Z >= (means - reach).min(axis=0)).all()
    assert (Z <= (means + reach).max(axis=0)).all()


def test_few_centroids_stand_for_many_rows():
    k = np.arange(3000) % 3
    means = 10 * np.eye(3)[k] + RNG.normal(size=(3000, 3))
    rule = fitted(means, np.full(means.shape, 0.3), n_centroids=20)
    centroids = rule._chains.volume.centroids
    assert 15 <= len(centroids) <= 20
    assert all((centroid == means).all(axis=1).any() for centroid in centroids)
    assert (np.abs(centroids[:, None] - 10 * np.eye(3)).max(axis=2) < 4).any(axis=0).all()
    twins = fitted(np.repeat(means[:4], 50, axis=0), np.full((200, 3), 0.3))
    assert len(twins._chains.volume.centroids) == 4


def test_all_chains_move_at_once(monkeypatch):
    rule = fitted(*some_rows())
    calls, at = [], VolumeElement.at
    monkeypatch.setattr(VolumeElement, "at", lambda self, Z: (calls.append(len(Z)), at(self, Z))[1])
    for n in (1, 500):
        calls.clear()
        rule.draw(n, np.random.RandomState(0))
        assert calls == [n] * (1 + 30 * 10)


@BOTH
def test_both_samplers_draw_by_it(cls, imbalanced):
    X, y = imbalanced
    over = sampler(cls, latent_sampling=RiemannianSampling(n_steps=3))
    X_both, _ = over.fit_resample(X, y)
    assert_array_equal(X_both[:40], X)
    assert len(X_both) == 60
    origin = over.provenance()
    assert set(origin["rule"]) == {"RiemannianSampling(n_steps=3)"}
    assert_array_equal(origin[["parent", "partner"]], -1)
    again = sampler(cls, latent_sampling=RiemannianSampling(n_steps=3)).fit_resample(X, y)[0]
    assert_array_equal(again, X_both)
    assert over.drop_training_rows().sample(4, y=2)[0].shape == (4, 3)


def test_frozen_models_and_rows_without_labels(imbalanced):
    X, y = imbalanced
    frozen = FrozenEstimator(tiny().fit(X))
    rule = RiemannianSampling(n_steps=3)
    with_them = sampler(VAEOversampler, frozen, latent_sampling=rule, unlabelled=X + 0.1)
    without = sampler(VAEOversampler, frozen, latent_sampling=rule, filter=None)
    assert_allclose(*(over.fit_resample(X, y)[0] for over in (with_them, without)))


@BOTH
def test_what_it_can_not_use_is_refused_before_training(cls, imbalanced, no_training):
    rule = RiemannianSampling()
    with pytest.raises(TypeError, match=r"a model with posterior distributions \(such as VAE\)"):
        cls(PlainAutoencoder(2), latent_sampling=rule).fit(*imbalanced)
    with pytest.raises(
        ValueError, match=r"residuals must be 'auto' or False where latent_sampling"
    ):
        sampler(cls, latent_sampling=rule, residuals=True).fit(*imbalanced)
    with pytest.raises(ValueError, match="k_neighbors must be left at 5 where latent_sampling"):
        sampler(cls, latent_sampling=rule, k_neighbors=3).fit(*imbalanced)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0),
        ("regularization", 0),
        ("n_centroids", 0),
        ("n_steps", 0),
        ("n_leapfrog", 1.5),
    ],
)
def test_bad_parameters(name, value, imbalanced, no_training):
    rule = RiemannianSampling(**{name: value})
    with pytest.raises(ValueError, match=f"The '{name}' parameter of RiemannianSampling must be"):
        sampler(MultiVAEResampler, latent_sampling=rule).fit(*imbalanced)
