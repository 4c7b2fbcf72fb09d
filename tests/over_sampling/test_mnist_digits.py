"""Few labels of MNIST, many images without: one VAE, frozen, and what is drawn from it."""

import os

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from skvae import VAE, VAEOversampler
from skvae.datasets import fetch_mnist, few_shot
from skvae.latent._names import ROW_RULES

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset"),
]
N_NEW = 30


@pytest.fixture(scope="module")
def mnist():
    X, y = (values[:4000] for values in fetch_mnist(return_X_y=True))
    X = X.astype(np.float32) / 255
    vae = VAE(20, hidden_layer_sizes=(256,), max_iter=1500, batch_size=64, random_state=0)
    # To the VAE these are columns of a table: the likelihood of pixels has to be said.
    vae.set_params(likelihood="bernoulli", quantile_transform=False, beta=1.0)
    return FrozenEstimator(vae.fit(X)), X, y


def grow(mnist, n, seed, **options):
    """Images of `n` a digit and their new ones, and the rest of the images."""
    vae, X, y = mnist
    few, digits = few_shot(X[:2000], y[:2000], n, random_state=seed)
    strategy = dict.fromkeys(range(10), n + N_NEW)
    sampler = VAEOversampler(vae, sampling_strategy=strategy, random_state=seed, **options)
    return sampler, *sampler.fit_resample(few, digits)


@pytest.mark.parametrize("rule", [rule for rule in ROW_RULES if rule != "prior"])
def test_each_rule_draws_digits_of_its_class(rule, mnist):
    vae, X, y = mnist
    sampler, X_new, y_new = grow(mnist, 10, 0, latent_sampling=rule)
    assert X_new.shape == (10 * (10 + N_NEW), 784)
    judge = LogisticRegression(max_iter=200).fit(vae.transform(X), y)
    new = vae.transform(X_new[sampler.synthetic_mask_])
    assert (judge.predict(new) == y_new[sampler.synthetic_mask_]).mean() > 0.6  # chance: 0.1


def test_unlabelled_images_help_few_labels_and_do_not_hurt_many(mnist):
    _, X, y = mnist
    unlabelled, X_test, y_test = X[2000:3000], X[3000:], y[3000:]

    def gain(n, seed):
        _, X_new, y_new = grow(mnist, n, seed, unlabelled=unlabelled, residuals=True)
        n_real = 10 * n  # the first rows
        with_them, without = (
            LogisticRegression(max_iter=300).fit(*rows).score(X_test, y_test)
            for rows in [(X_new, y_new), (X_new[:n_real], y_new[:n_real])]
        )
        return with_them - without

    assert np.mean([gain(2, seed) for seed in range(3)]) > 0.05
    # Of a linear model; its scores on 1,000 images vary by 0.005.
    assert np.mean([gain(50, seed) for seed in range(3)]) > -0.01
