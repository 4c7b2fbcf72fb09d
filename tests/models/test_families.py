"""The door for families: a short class trains, stacks and serves both samplers."""

import inspect

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.frozen import FrozenEstimator

from skvae import VAE, Autoencoder, MultiVAEResampler, VAEOversampler
from skvae._nn.devices import generators
from skvae._nn.training import Budget, StackRows, train
from skvae._tables.layout import Layout
from skvae.models._architecture import TableArchitecture
from skvae.models._base import fit_together, learn_table
from tests.helpers import THESIS
from tests.models.families import (
    AdversarialAutoencoder,
    AgainstACritic,
    PlainAutoencoder,
    Reconstruction,
)

X, Y = load_iris(return_X_y=True)
X, Y = X[:120], Y[:120]
SETTINGS = {"hidden_layer_sizes": (16,), "max_iter": 200, "learning_rate_init": 1e-2}
SETTINGS |= {name: value for name, value in THESIS.items() if name != "beta"}
every_family = pytest.mark.parametrize(
    "family",
    [
        PlainAutoencoder,
        AdversarialAutoencoder,
        Autoencoder,
    ],
)


def make(family, **params):
    return family(**{**SETTINGS, "random_state": 0, **params})


@pytest.mark.parametrize(
    "parts", [(PlainAutoencoder, Reconstruction), (AdversarialAutoencoder, AgainstACritic)]
)
def test_a_family_is_short(parts):
    assert sum(len(inspect.getsource(part).splitlines()) for part in parts) <= 60


@every_family
def test_a_family_learns(family):
    model = make(family, max_iter=600).fit(X)
    errors = (model.inverse_transform(model.transform(X)) - X) ** 2
    assert errors.mean() < 0.2 * X.var(axis=0).mean()
    assert model.transform(X).shape == (120, 2)
    assert model.loss_curve_[-20:].mean() < model.loss_curve_[:20].mean()


@every_family
@pytest.mark.parametrize("options", [{}, {"early_stopping": True}], ids=["fixed", "stopped"])
def test_three_in_a_stack_are_as_alone(family, options):
    rows = [np.flatnonzero(k == Y) for k in range(3)]
    models = [make(family, random_state=seed, **options) for seed in range(3)]
    table_format, values = learn_table(make(family), X)
    fit_together(models, table_format, values, rows, ["a", "b", "c"])
    for seed, (model, own) in enumerate(zip(models, rows, strict=True)):
        alone = make(family, random_state=seed, **options)
        fit_together([alone], table_format, values, [own])
        assert alone.n_iter_ == model.n_iter_
        assert_allclose(model.loss_curve_, alone.loss_curve_, rtol=0.02, atol=0.02)
        # Weights drift apart by rounding, what they mean hardly.
        far = np.abs(model.transform(X[own]) - alone.transform(X[own]))
        assert np.median(far) < 0.05 * np.ptp(alone.transform(X[own]))


def test_each_player_moves_its_own_parameters():
    rngs = generators([0], torch.device("cpu"))
    architecture = TableArchitecture((8,), "bernoulli", False, False)
    model, layout = make(AdversarialAutoencoder), Layout(4)

    class Alone(AgainstACritic):
        def players(self, net):
            return super().players(net)[which : which + 1]

    data = torch.rand(20, 4, generator=rngs[0])
    for which in (0, 1):
        net = model._network(architecture, rngs, layout)
        before = {name: value.clone() for name, value in net.named_parameters()}
        rows = StackRows(data, [torch.arange(20)], rngs)
        train(net, Alone(layout, 2), rows, budget=Budget(3, 8, 0.1))
        moved = {name for name, value in net.named_parameters() if (value != before[name]).any()}
        assert moved
        assert {name.startswith("critic") for name in moved} == {bool(which)}


@every_family
@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
@pytest.mark.parametrize("residuals", [False, True])
def test_a_family_serves_both_samplers(family, cls, residuals):
    y = Y[20:]
    over = cls(make(family), latent_sampling="interpolation", residuals=residuals, random_state=0)
    X_both, y_both = over.fit_resample(X[20:], y)
    assert_array_equal(X_both[:100], X[20:])
    assert set(np.unique(y_both, return_counts=True)[1]) == {50}
    assert_array_equal(y[over.provenance()["parent"]], y_both[100:])
    again = clone(over).fit_resample(X[20:], y)[0]
    assert_array_equal(again, X_both)


def test_a_model_with_a_prior_is_drawn_from_it():
    over = MultiVAEResampler(make(AdversarialAutoencoder), random_state=0).fit(X, Y)
    for k in range(2):
        drawn = over.sample(200, y=k)[0].mean(axis=0)
        others = [np.abs(drawn - X[j == Y].mean(axis=0)).sum() for j in range(2)]
        assert np.argmin(others) == k
    assert make(AdversarialAutoencoder).fit(X).sample(3).shape == (3, 4)


def test_a_model_that_lacks_what_the_rule_needs_is_refused_before_training(no_training):
    with pytest.raises(TypeError, match=r"a model with a prior \(one with sample, such as VAE\)"):
        MultiVAEResampler(make(PlainAutoencoder)).fit(X, Y)


@every_family
def test_mixed_tables_and_pickles(family, copied):
    frame = pd.DataFrame(X, columns=list("abcd")).assign(e=pd.Categorical(Y), f=Y > 0)
    model = make(family, likelihood="gaussian", max_iter=50).fit(frame)
    back = model.inverse_transform(model.transform(frame))
    assert (back.dtypes == frame.dtypes).all()
    assert_array_equal(copied(model).transform(frame), model.transform(frame))
    assert isinstance(clone(model), family)


def test_every_family_is_taken_where_a_vae_is():
    for model in (VAE(**SETTINGS), make(PlainAutoencoder)):
        over = VAEOversampler(model, latent_sampling="noise", random_state=0)
        assert over.fit(X, Y).sample(5)[0].shape == (5, 4)


def test_lent_models_must_have_a_prior_too():
    lent = MultiVAEResampler(make(PlainAutoencoder), latent_sampling="noise").fit(X, Y)
    with pytest.raises(TypeError, match="a model with a prior"):
        MultiVAEResampler(FrozenEstimator(lent)).fit(X, Y)


class Short(PlainAutoencoder):
    def __init__(self, n_components=2, *, max_iter=20, random_state=None):
        super().__init__(n_components, max_iter=max_iter, random_state=random_state)


def test_a_family_may_have_fewer_parameters():
    over = VAEOversampler(Short(), latent_sampling="noise", random_state=0).fit(X, Y)
    assert over.vae_.get_params(deep=False).keys() == {"n_components", "max_iter", "random_state"}
