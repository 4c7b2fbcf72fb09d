"""The aggregated posterior of a class."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator

from skvae import MultiVAEResampler, VAEOversampler
from skvae.latent import ClassLatents, PosteriorSampling
from tests.helpers import BOTH, models, sampler, tiny
from tests.models.families import PlainAutoencoder


def latents(means, deviations):
    rows = 100 + np.arange(len(means))
    return ClassLatents("a", means.shape[1], rows, means, rows, means, deviations=deviations)


def test_draws_are_normal_around_their_parents():
    means = np.array([[0, 5], [100, -5]], np.float32)
    deviations = np.array([[1, 0.1], [2, 0]], np.float32)
    draw = (
        PosteriorSampling().fit(latents(means, deviations)).draw(20_000, np.random.RandomState(0))
    )
    assert draw.Z.dtype == np.float32
    assert_array_equal(draw.parents[:, 0], draw.nearer)
    assert_array_equal(draw.parents[:, 1], -1)
    assert_allclose((draw.nearer == 100).mean(), 0.5, atol=0.02)
    for k in (0, 1):
        of_row = draw.Z[draw.nearer == 100 + k]
        assert_array_equal(draw.nearer_means[draw.nearer == 100 + k], means[[k]] + 0 * of_row)
        assert_allclose(of_row.mean(axis=0), means[k], atol=0.05)
        assert_allclose(of_row.std(axis=0), deviations[k], rtol=0.03)


@BOTH
def test_deviations_are_those_of_the_model(cls, imbalanced):
    X, y = imbalanced
    over = sampler(cls, latent_sampling="posterior").fit(X, y)
    for k, (one, model) in enumerate(zip(over._fitted.classes, models(over), strict=True)):
        fitted = model._fitted
        coded = torch.tensor(fitted.codec.encode(X[y == k])).float().T[None]
        expected = torch.exp(0.5 * fitted.net.encode(coded)[1])[0].T
        assert_allclose(one.rule._deviations, expected.detach().numpy(), rtol=1e-4)
        assert (one.latents.deviations > 0).all()
    assert over.drop_training_rows()._fitted.classes[0].latents.deviations is None
    assert over.sample(5)[0].shape == (5, 3)


@BOTH
def test_new_rows_keep_the_residuals_of_their_parents(cls, imbalanced, mixed_frame):
    frozen = sampler(cls, latent_sampling="posterior", filter=None)
    with_them = frozen.fit_resample(mixed_frame, imbalanced[1])[0]
    assert isinstance(with_them, pd.DataFrame)
    assert_array_equal(imbalanced[1][frozen.parent_indices_[:, 0]], np.repeat([1, 2], [8, 12]))
    without = frozen.set_params(residuals=False).fit_resample(mixed_frame, imbalanced[1])[0]
    assert not np.allclose(with_them["float"], without["float"])


NO_POSTERIOR = r"vae must be a model with posterior distributions \(such as VAE\) for latent_sampl"


@BOTH
def test_models_without_posteriors_are_refused_before_training(cls, imbalanced, request):
    X, y = imbalanced
    frozen = FrozenEstimator(PlainAutoencoder(2, max_iter=5).fit(X))
    lent = FrozenEstimator(
        MultiVAEResampler(PlainAutoencoder(2, max_iter=5), latent_sampling="noise").fit(X, y)
    )
    request.getfixturevalue("no_training")
    given = [PlainAutoencoder(2), frozen] + [lent] * (cls is MultiVAEResampler)
    for model in given:
        for rule in ("posterior", PosteriorSampling()):
            with pytest.raises(TypeError, match=NO_POSTERIOR):
                cls(model, latent_sampling=rule).fit(X, y)


def test_a_frozen_model_lends_its_posteriors(imbalanced):
    X, y = imbalanced
    frozen = FrozenEstimator(tiny().fit(X))
    for cls, params in ((VAEOversampler, {"unlabelled": X + 0.1}), (MultiVAEResampler, {})):
        over = sampler(cls, frozen, latent_sampling="posterior", **params)
        over.fit_resample(X, y)
        assert (over.parent_indices_[:, 0] < len(X)).all()


def test_a_rule_without_deviations_says_what_it_lacks():
    means = np.zeros((3, 2))
    with pytest.raises(ValueError, match="latents must have deviations"):
        PosteriorSampling().fit(latents(means, None))
