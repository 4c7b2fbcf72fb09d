"""Mixtures of a class's latent means."""

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skvae import MultiVAEResampler, VAEOversampler
from skvae.latent import ClassLatents, MixtureSampling
from tests.helpers import BOTH, sampler, tiny
from tests.models.families import PlainAutoencoder

TYPES = ["full", "tied", "diag", "spherical"]


def latents(means):
    rows = np.arange(len(means))
    return ClassLatents("a", means.shape[1], rows, means, rows, means)


def draw(means, n=20_000, **params):
    return MixtureSampling(**params).fit(latents(means)).draw(n, np.random.RandomState(0))


@pytest.mark.parametrize("covariance_type", TYPES)
def test_one_component_has_the_moments_of_the_means(covariance_type):
    rng = np.random.default_rng(0)
    means = rng.normal(size=(300, 3)) @ [[1, 0.9, 0], [0, 0.5, 0], [0, 0, 7]] + [5, 0, -20]
    Z = draw(means, n_components=1, covariance_type=covariance_type).Z
    assert_allclose(Z.mean(axis=0), means.mean(axis=0), atol=0.04 * means.std(axis=0).max())
    assert_allclose(Z.std(axis=0), means.std(axis=0), rtol=0.03)
    correlation = np.corrcoef(Z.T)[0, 1]
    expected = np.corrcoef(means.T)[0, 1] if covariance_type in ("full", "tied") else 0
    assert_allclose(correlation, expected, atol=0.02)


@pytest.mark.parametrize("covariance_type", ["auto", *TYPES])
def test_components_lie_where_the_means_lie(covariance_type):
    centres = np.array([[0, 0], [9, 0], [0, 9]])
    k = np.repeat([0, 1, 2], [50, 30, 20])
    means = centres[k] + np.random.default_rng(0).normal(size=(100, 2))
    Z = draw(means, n_components=3, covariance_type=covariance_type).Z
    nearest = np.linalg.norm(Z[:, None] - centres, axis=2)
    assert (nearest.min(axis=1) < 5).mean() > 0.99
    assert_allclose(np.bincount(nearest.argmin(axis=1)) / len(Z), [0.5, 0.3, 0.2], atol=0.02)


@pytest.mark.parametrize(("n_clusters", "n_rows"), [(1, 200), (2, 100), (4, 200)])
def test_their_number_is_chosen_by_bic(n_clusters, n_rows):
    k = np.arange(n_rows) % n_clusters
    means = 20 * np.eye(4)[k] + np.random.default_rng(0).normal(size=(n_rows, 4))
    fitted = MixtureSampling().fit(latents(means))
    assert len(fitted._weights) == n_clusters


def test_correlated_means_of_enough_rows_have_a_full_covariance():
    line = np.random.default_rng(0).normal(size=(60, 1)) * [1, 1]
    means = line + 0.1 * np.random.default_rng(1).normal(size=(60, 2))
    assert np.corrcoef(draw(means, n_components=1).Z.T)[0, 1] > 0.95
    # Five rows say too little about how directions go together.
    assert abs(np.corrcoef(draw(means[:5], n_components=1).Z.T)[0, 1]) < 0.02


@pytest.mark.parametrize("n_components", [None, 1, 4, 50])
@pytest.mark.parametrize("covariance_type", ["auto", *TYPES])
@pytest.mark.parametrize("n_rows", [2, 3, 5])
@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_few_rows(n_rows, covariance_type, n_components, scale):
    means = scale * np.random.default_rng(0).normal(size=(n_rows, 10)).astype(np.float32)
    means[:, 3] = 4 * scale  # a direction that the model does not use
    Z = draw(means, 2000, n_components=n_components, covariance_type=covariance_type).Z
    assert Z.dtype == np.float32
    assert_allclose(Z.mean(axis=0), means.mean(axis=0), atol=0.2 * scale)
    assert_allclose(Z[:, 3], 4 * scale)
    assert (np.abs(Z - means.mean(axis=0)) < 8 * scale).all()


@pytest.mark.parametrize("n_rows", [2, 5, 40])
def test_identical_rows_are_drawn_as_they_are(n_rows):
    means = np.tile(np.float32([[0.3, -7.7, 0]]), (n_rows, 1))
    for params in ({}, {"n_components": 3}, {"covariance_type": "tied"}):
        assert_array_equal(draw(means, 10, **params).Z, np.tile(means[:1], (10, 1)))


def test_many_rows_take_no_longer_than_some():
    means = np.random.default_rng(0).normal(size=(200_000, 5))
    start = time.perf_counter()
    Z = draw(means, 100).Z
    assert Z.shape == (100, 5)
    assert time.perf_counter() - start < 30


@BOTH
@pytest.mark.parametrize("family", [tiny, PlainAutoencoder], ids=["VAE", "autoencoder"])
def test_new_rows_of_any_model_with_an_encoder_start_from_no_row(cls, family, imbalanced):
    X, y = imbalanced
    model = family(n_components=2, max_iter=20)
    over = sampler(cls, model, latent_sampling=MixtureSampling(2), filter=None)
    X_both, _ = over.fit_resample(X, y)
    assert len(X_both) == 60
    origin = over.provenance()
    assert set(origin["rule"]) == {"MixtureSampling(n_components=2)"}
    assert_array_equal(origin[["parent", "partner"]], -1)
    over.drop_training_rows()
    assert over.sample(3, y=2)[0].shape == (3, 3)


def test_residuals_are_refused_before_training(imbalanced, no_training):
    with pytest.raises(
        ValueError, match=r"residuals must be 'auto' or False where latent_sampling"
    ):
        sampler(VAEOversampler, latent_sampling="mixture", residuals=True).fit(*imbalanced)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (MixtureSampling(0), "The 'n_components' parameter of MixtureSampling must be an int"),
        (MixtureSampling(1.5), "The 'n_components' parameter of MixtureSampling must be an int"),
        (MixtureSampling(covariance_type="round"), "The 'covariance_type' parameter of Mixture"),
    ],
)
def test_bad_parameters(rule, message, imbalanced, no_training):
    with pytest.raises(ValueError, match=message):
        sampler(MultiVAEResampler, latent_sampling=rule).fit(*imbalanced)


def test_rows_without_labels_take_no_part_in_it(imbalanced):
    X, y = imbalanced
    frozen_rows = X[::3] + 0.01
    over = sampler(VAEOversampler, latent_sampling="mixture", unlabelled=frozen_rows)
    over.fit_resample(X, y)
    assert len(over.unlabelled_classes_) == 14
    means = over.vae_.transform(X[y == 1])
    alone = MixtureSampling().fit(latents(means))
    assert_allclose(over._fitted.classes[1].rule._means, alone._means)
