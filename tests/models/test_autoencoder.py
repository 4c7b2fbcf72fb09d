"""Autoencoder and denoising autoencoder: their loss, their score, and where they are taken."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits, load_iris
from sklearn.frozen import FrozenEstimator
from torch import nn
from torch.nn import functional as F

from skvae import VAE, Autoencoder, MultiVAEResampler, VAEOversampler
from skvae._nn.devices import generators
from skvae._nn.objectives import Reconstruction
from skvae._tables.layout import Layout
from skvae.latent import InterpolationSampling
from skvae.latent._names import ROW_RULES
from skvae.models._architecture import TableArchitecture
from tests.helpers import BOTH
from tests.plain import gradients, plain_mlp

X, Y = load_iris(return_X_y=True)
CPU = torch.device("cpu")


def tiny(**params):
    return Autoencoder(**{"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0, **params})


@pytest.mark.parametrize("denoising_std", [0.0, 0.3])
def test_the_loss_is_that_of_a_plain_autoencoder(denoising_std):
    layout = Layout(4, n_gaussian=2)
    rngs = generators([0], CPU)
    architecture = TableArchitecture((7,), "gaussian", False, False)
    model = Autoencoder(3, denoising_std=denoising_std)
    net, objective = model._network(architecture, rngs, layout), model._objective(layout)
    x, noise = torch.rand(16, 6, generator=rngs[0]), torch.randn(16, 6, generator=rngs[0])
    noise = noise[:, : objective.n_noise]
    [term] = objective(net, x.T[None], noise.T[None])
    [player] = objective.players(net)
    assert player.weights == (1.0,)

    encoder, decoder = plain_mlp(net.encoder), plain_mlp(net.decoder)
    scale = nn.Parameter(torch.ones(2))
    seen = x + 0.3 * noise if denoising_std else x
    out = decoder(encoder(seen))
    bits = F.binary_cross_entropy_with_logits(out[:, :4], x[:, :4], reduction="none")
    numbers = -torch.distributions.Normal(out[:, 4:], scale).log_prob(x[:, 4:])
    expected = bits.sum(dim=1) + numbers.sum(dim=1)
    torch.testing.assert_close(term[0], expected)
    its = gradients(expected.mean(), encoder, decoder)
    assert len(player.parameters) == len(its) + 1  # and the scales
    for mine, other in zip(gradients(term.mean(), net.encoder, net.decoder), its, strict=True):
        assert_allclose(mine, other, rtol=1e-4, atol=1e-6)


def test_there_is_no_noise_outside_training():
    rngs, layout = generators([0], CPU), Layout(4)
    net = Autoencoder(2)._network(TableArchitecture((7,), "bernoulli", False, False), rngs, layout)
    x, noise = torch.rand(2, 1, 4, 9, generator=rngs[0])
    spoilt, clean = (
        Reconstruction(layout, std)(net.train(training), x, noise)[0]
        for std, training in ((0.5, True), (0.5, False))
    )
    assert not torch.equal(spoilt, clean)
    torch.testing.assert_close(Reconstruction(layout)(net.eval(), x, noise)[0], clean)


def test_it_reconstructs_more_closely_than_a_vae():
    settings = {"n_components": 2, "max_iter": 600, "learning_rate_init": 1e-2, "random_state": 0}
    errors = []
    for family in (Autoencoder, VAE):
        model = family(hidden_layer_sizes=(16,), **settings).fit(X)
        errors.append(((model.inverse_transform(model.transform(X)) - X) ** 2).mean())
    assert errors[0] < errors[1]


def test_the_denoising_one_takes_noise_off():
    digits = load_digits().data / 16
    noisy = digits + np.random.default_rng(0).normal(0, 0.5, digits.shape)
    settings = {"hidden_layer_sizes": (64,), "max_iter": 1000, "likelihood": "bernoulli"}
    errors = []
    for std in (0.0, 0.5):
        model = tiny(**settings, quantile_transform=False, denoising_std=std).fit(digits)
        cleaned = model.inverse_transform(model.transform(noisy))
        errors.append(((cleaned - digits) ** 2).mean())
    assert errors[1] < 0.8 * errors[0]


# Scores


def test_the_score_is_minus_the_reconstruction_loss():
    settings = {"likelihood": "bernoulli", "quantile_transform": False, "max_iter": 300}
    model = tiny(**settings).fit(X)
    low, span = X.min(axis=0), np.ptp(X, axis=0)
    p = (model.inverse_transform(model.transform(X)) - low) / span
    x = (X - low) / span
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (np.where(x > 0, x * np.log(p), 0) + (1 - x) * np.log(1 - p)).sum(axis=1)
    inside = np.isfinite(expected)
    assert inside.mean() > 0.9
    assert_allclose(model.score_samples(X)[inside], expected[inside], rtol=1e-3)
    assert model.score(X) == pytest.approx(model.score_samples(X).mean())


def test_rows_that_were_learnt_score_better_than_others():
    model = tiny(max_iter=500).fit(X)
    others = np.random.default_rng(0).permuted(X, axis=0)
    assert model.score(X) > model.score(others)
    assert model.score(X[::-1]) == pytest.approx(model.score(X))


# What it is, and is not, taken for


def test_it_draws_nothing_by_itself():
    assert not hasattr(Autoencoder(), "sample")
    assert hasattr(Autoencoder(), "transform")
    assert hasattr(Autoencoder(), "score_samples")


OWN_RULES = [rule for rule in ROW_RULES if rule != "posterior"]


@pytest.mark.parametrize("rule", [*OWN_RULES, InterpolationSampling(alpha=0.3)])
@BOTH
def test_samplers_take_it_by_every_rule_of_rows(cls, rule):
    over = cls(tiny(), latent_sampling=rule, filter=None, random_state=0)
    X_both, y_both = over.fit_resample(X[20:], Y[20:])
    assert_array_equal(X_both[:130], X[20:])
    assert set(np.unique(y_both, return_counts=True)[1]) == {50}


@BOTH
def test_posteriors_are_refused_before_training(cls, no_training):
    with pytest.raises(TypeError, match=r"posterior distributions .*, got Autoencoder"):
        cls(tiny(), latent_sampling="posterior").fit(X, Y)


def test_the_prior_is_refused_before_training(no_training):
    with pytest.raises(TypeError, match=r"a model with a prior \(one with sample, such as VAE"):
        MultiVAEResampler(tiny(), latent_sampling="prior").fit(X, Y)


def test_a_frozen_one_serves_samplers():
    frozen = FrozenEstimator(tiny().fit(X))
    over = VAEOversampler(frozen, latent_sampling="interpolation", random_state=0).fit(X, Y)
    assert over.sample(5)[0].shape == (5, 4)


def test_images_and_mixed_tables():
    digits = load_digits().data[:200]
    model = tiny(image_shape=(8, 8), conv_channels=(4,), denoising_std=0.1).fit(digits)
    assert model.inverse_transform(model.transform(digits)).shape == digits.shape
    frame = pd.DataFrame(X, columns=list("abcd")).assign(e=pd.Categorical(Y), f=Y > 0)
    model = tiny(denoising_std=0.1, early_checkpoint=0.5).fit(frame)
    back = model.early_vae_.inverse_transform(model.transform(frame))
    assert (back.dtypes == frame.dtypes).all()
    assert np.isfinite(model.score_samples(frame)).all()


def test_early_stopping():
    model = tiny(early_stopping=True, max_iter=3000, n_iter_no_change=2, tol=0.1).fit(X)
    assert model.n_iter_ < 3000
    assert len(model.loss_curve_) == model.n_iter_
