"""The conditional VAE: its loss, classes, conditions on columns, and the samplers that take it."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from torch import nn
from torch.nn import functional as F

from skvae import ConditionalVAE, MultiVAEResampler, VAEOversampler
from skvae._nn.convolutions import BesideMaps
from skvae._nn.devices import generators
from skvae._tables.layout import Layout
from skvae._tables.reading import learn_table
from skvae.latent._names import RULES
from skvae.models import _fitting
from skvae.models._architecture import ImageArchitecture, TableArchitecture
from skvae.models._base import fit_together
from skvae.models._fitting import _evenly
from tests.helpers import BOTH, begins
from tests.models.conditional import CONDITIONED, KIND, NAMES, TABLE, X, Y, learnt, tiny
from tests.plain import gradients, plain_mlp

CPU = torch.device("cpu")


# The loss


@pytest.mark.parametrize("denoising_std", [0.0, 0.3])
def test_the_loss_is_that_of_a_plain_conditional_vae(denoising_std):
    layout, rngs = Layout(4, n_gaussian=2, n_conditions=3), generators([0], CPU)
    model = ConditionalVAE(5, beta=0.7, denoising_std=denoising_std)
    net = model._network(TableArchitecture((7,), "gaussian", False, False), rngs, layout)
    objective = model._objective(layout)
    x, noise = torch.rand(16, 6, generator=rngs[0]), torch.randn(16, 11, generator=rngs[0])
    given = F.one_hot(torch.arange(16) % 3, 3).float()
    noise = noise[:, : objective.n_noise]
    terms = objective(net, torch.cat([x, given], 1).T[None], noise.T[None])
    [player] = objective.players(net)

    encoder, decoder = plain_mlp(net.encoder), plain_mlp(net.decoder)
    scale = nn.Parameter(torch.ones(2))
    seen = x + 0.3 * noise[:, 5:] if denoising_std else x
    mean, log_var = encoder(torch.cat([seen, given], 1)).chunk(2, dim=1)
    posterior = torch.distributions.Normal(mean, (log_var / 2).exp())
    out = decoder(torch.cat([mean + (log_var / 2).exp() * noise[:, :5], given], 1))
    bits = F.binary_cross_entropy_with_logits(out[:, :4], x[:, :4], reduction="none")
    numbers = -torch.distributions.Normal(out[:, 4:], scale).log_prob(x[:, 4:])
    prior = torch.distributions.Normal(0.0, 1.0)
    expected = [
        bits.sum(dim=1) + numbers.sum(dim=1),
        torch.distributions.kl_divergence(posterior, prior).sum(dim=1),
    ]
    for mine, its in zip(terms, expected, strict=True):
        torch.testing.assert_close(mine[0], its)
    assert player.weights == (1.0, 0.7)
    mine, its = (
        terms[0].mean() + 0.7 * terms[1].mean(),
        expected[0].mean() + 0.7 * expected[1].mean(),
    )
    pairs = zip(
        gradients(mine, net.encoder, net.decoder), gradients(its, encoder, decoder), strict=True
    )
    for own, other in pairs:
        assert_allclose(own, other, rtol=1e-4, atol=1e-6)


def test_convolutions_get_conditions_in_their_linear_layers():
    architecture = ImageArchitecture((1, 8, 8), (4,), (6,), False)
    layout, rngs = Layout(64, n_conditions=3), generators([0, 1], CPU)
    net = ConditionalVAE(2)._network(architecture, rngs, layout).eval()
    assert isinstance(net.encoder, BesideMaps)
    x = torch.rand(2, 67, 5, generator=rngs[0])
    other = x.clone()
    other[:, 64:] = 1 - other[:, 64:]
    assert not torch.allclose(net.encode(x)[0], net.encode(other)[0])
    z = torch.zeros(2, 5, 5)
    assert not torch.allclose(net.decode(z), net.decode(z + torch.tensor([0, 0, 1, 0, 0])[:, None]))


@pytest.mark.parametrize("options", [{}, {"early_stopping": True}], ids=["fixed", "stopped"])
def test_three_in_a_stack_are_as_alone(options):
    rows = [np.flatnonzero(k != Y) for k in range(3)]
    models = [tiny(random_state=seed, **options) for seed in range(3)]
    table_format, values = learn_table(tiny(), X)
    fit_together(models, table_format, values, rows, ["a", "b", "c"], labels=Y)
    for seed, (model, own) in enumerate(zip(models, rows, strict=True)):
        alone = tiny(random_state=seed, **options)
        fit_together([alone], table_format, values, [own], labels=Y)
        assert_array_equal(model.classes_, np.delete([0, 1, 2], seed))
        assert_allclose(model.loss_curve_, alone.loss_curve_, rtol=1e-4, atol=1e-4)
        Z, its = (one.transform(X[own], Y[own]) for one in (model, alone))
        assert_allclose(Z, its, rtol=1e-3, atol=1e-3)


# Classes


@pytest.mark.parametrize("y", [Y, NAMES, Y > 0, NAMES.tolist(), pd.Series(NAMES)])
def test_classes_are_drawn_as_asked_for(y):
    model = learnt().fit(X, y)
    labels = np.asarray(y)
    assert_array_equal(model.classes_, np.unique(labels))
    judge = LogisticRegression(max_iter=1000).fit(X, labels)
    wanted = np.repeat(model.classes_, 100)[::-1]
    drawn = model.sample(len(wanted), y=wanted)
    assert (judge.predict(drawn) == wanted).mean() > 0.8
    alone = model.sample(200, y=wanted[0])
    assert (judge.predict(alone) == wanted[0]).mean() > 0.8


def test_classes_are_drawn_by_their_shares():
    rows = np.concatenate([np.arange(50), np.arange(50, 60)])
    model = learnt().fit(X[rows], Y[rows])
    drawn = LogisticRegression(max_iter=1000).fit(X, Y).predict(model.sample(2000))
    assert np.mean(drawn == 0) == pytest.approx(50 / 60, abs=0.07)


@pytest.mark.parametrize("y", ["rare", "often", None])
def test_categories_of_a_class_have_the_shares_of_its_rows(y):
    unit = np.where(KIND == "rare", np.arange(400) % 8 == 0, np.arange(400) % 10 > 0)
    new = tiny().fit(TABLE[["level"]].assign(unit=unit), KIND).sample(5000, y=y)
    assert new["unit"].mean() == pytest.approx(unit[(y or KIND) == KIND].mean(), abs=0.03)


def test_the_class_of_rows_is_inferred_where_none_is_given():
    model = learnt().fit(X, Y)
    Z = model.transform(X, Y)
    inferred = model.transform(X)
    alike = np.isclose(Z, inferred).all(axis=1)
    assert alike.mean() > 0.85
    back = model.inverse_transform(Z, Y)
    assert ((back - X) ** 2).mean() < 0.3 * X.var(axis=0).mean()
    assert model.inverse_transform(Z[:3], 1).shape == (3, 4)


def test_rows_can_be_decoded_as_another_class():
    model = learnt().fit(X, Y)
    as_last = model.inverse_transform(model.transform(X[:50], Y[:50]), 2)
    judge = LogisticRegression(max_iter=1000).fit(X, Y)
    assert (judge.predict(as_last) == 2).mean() > 0.9


def test_scores_with_and_without_classes():
    model = learnt().fit(X, Y)
    by_class = np.stack([model.score_samples(X, k) for k in range(3)], axis=1)
    shares = np.log(np.bincount(Y) / len(Y))
    expected = np.log(np.exp(by_class + shares).sum(axis=1))
    assert_allclose(model.score_samples(X), expected, rtol=1e-6)
    assert_allclose(model.score_samples(X, Y), by_class[np.arange(150), Y])
    assert model.score(X, Y) == pytest.approx(model.score_samples(X, Y).mean())
    assert model.score(X, Y) > model.score(X, (Y + 1) % 3)


def test_it_stands_in_a_pipeline():
    model = learnt().set_params(beta=0.5)
    clf = make_pipeline(model, LogisticRegression(max_iter=1000)).fit(X, NAMES)
    assert clf.score(X, NAMES) > 0.6
    assert_allclose(clf[0].transform(X), clone(clf[0]).fit_transform(X, NAMES))


def test_images():
    digits, y = load_digits(return_X_y=True)
    digits, y = digits[y < 3], y[y < 3]
    params = {"image_shape": (8, 8), "conv_channels": (8,), "hidden_layer_sizes": (16,)}
    model = learnt(**params).fit(digits, y)
    judge = LogisticRegression(max_iter=1000).fit(digits / 16, y)
    wanted = np.repeat([0, 1, 2], 40)
    assert (judge.predict(model.sample(120, y=wanted) / 16) == wanted).mean() > 0.9
    assert model.transform(digits, y).shape == (len(y), 10)


def test_a_class_of_one_row_is_learnt_but_not_drawn():
    y = np.where(np.arange(150) == 149, "alone", "many")
    model = tiny().fit(X, y)
    assert model.sample(500).shape == (500, 4)
    message = "class 'alone' has 1 row, and at least 2 are needed to learn from: "
    with pytest.raises(ValueError, match=begins(message)):
        model.sample(2, y="alone")


def test_batches_draw_classes_evenly_by_default():
    classes = [np.arange(3), np.arange(3, 13), np.array([13])]
    rng = np.random.RandomState(0)
    for n, each in ((1000, 10), (12, 4)):
        _, counts = np.unique(_evenly(n, classes, [True, True, False], rng), return_counts=True)
        of_classes = [counts[:3], counts[3:-1], counts[-1:]]
        assert [sum(own) for own in of_classes] == [each, each, 1]
        assert all(np.ptp(own) <= 1 for own in of_classes)


def test_even_classes_teach_the_rows_of_a_small_one():
    rows = np.concatenate([np.arange(50), np.arange(50, 60)])
    judge, as_asked = LogisticRegression(max_iter=1000).fit(X, Y), {}
    for weight in ("balanced", None):
        model = learnt(class_weight=weight).fit(X[rows], Y[rows])
        as_asked[weight] = np.mean(judge.predict(model.sample(1000, y=1)) == 1)
    assert as_asked["balanced"] > as_asked[None] + 0.05


# Conditions on columns


CONDITIONS = [
    ({"ward": "north"}, lambda new: new["ward"] == "north"),
    ({"age": (30, 41)}, lambda new: new["age"].between(30, 41)),
    ({"age": [33, 33]}, lambda new: new["age"] == 33),
    ({"ward": "south", "age": (18, 30)}, lambda new: (new["ward"] == "south") & (new["age"] <= 30)),
    ({"flag": True}, lambda new: new["flag"]),
    ({"level": (3.0, 3.1)}, lambda new: new["level"].between(3.0, 3.1)),
    ({"level": (-1.5, 99.0)}, lambda new: new["level"] >= -1.5),
    ({"unit": "v"}, lambda new: new["unit"] == "v"),
    ({"gap": np.nan}, lambda new: new["gap"].isna()),
    ({"gap": (0, 1)}, lambda new: new["gap"].between(0, 1)),
    (
        {"day": (pd.Timestamp("2021-01-01"), pd.Timestamp("2021-01-03"))},
        lambda new: new["day"].between("2021-01-01", "2021-01-03"),
    ),
]


@pytest.mark.parametrize(
    ("conditions", "met"), CONDITIONS, ids=[str(c)[:30] for c, _ in CONDITIONS]
)
@pytest.mark.parametrize("y", [None, "rare"])
def test_conditions_are_met_in_every_row(conditions, met, y):
    new = CONDITIONED.sample(10_000, y=y, conditions=conditions)
    assert met(new).all()
    assert (new.dtypes == TABLE.dtypes).all()
    Z = np.random.default_rng(0).normal(size=(20, 10))
    assert met(CONDITIONED.inverse_transform(Z, "often", conditions)).all()


def test_a_number_asks_for_its_bin():
    new = CONDITIONED.sample(5000, y="often", conditions={"age": 33})["age"]
    inside = TABLE["age"].between(new.min(), new.max())
    assert new.min() <= 33 <= new.max()
    assert inside.mean() == pytest.approx(1 / 5, abs=0.05)


def test_other_columns_follow_the_condition():
    model = learnt(condition_on=["ward"], missing="indicator").fit(TABLE, KIND)
    means = {
        ward: model.sample(2000, y="often", conditions={"ward": ward})["level"].mean()
        for ward in ("east", "north")
    }
    assert means["north"] - means["east"] > 3
    free = model.sample(5000)["ward"].value_counts(normalize=True)
    known = TABLE["ward"].value_counts(normalize=True)
    assert_allclose(free[known.index], known, atol=0.03)


def test_conditions_without_classes():
    model = learnt(condition_on=["ward"], missing="indicator").fit(TABLE)
    assert not hasattr(model, "classes_")
    assert (model.sample(50, conditions={"ward": "south"})["ward"] == "south").all()
    Z = model.transform(TABLE)
    assert (model.inverse_transform(Z[:9], conditions={"ward": "north"})["ward"] == "north").all()
    assert np.isfinite(model.score(TABLE))
    with pytest.raises(
        ValueError, match=r"^y must be None with a model that was fitted without cl"
    ):
        model.sample(2, y="rare")


def test_conditions_on_columns_of_an_array():
    model = tiny(condition_on=[1]).fit(X, Y)
    new = model.sample(1000, y=0, conditions={1: (3.0, 3.5)})[:, 1]
    assert ((new >= 3.0) & (new <= 3.5)).all()


def test_combinations_that_training_rows_lack():
    kind = np.where(TABLE["ward"] == "north", "a", "b")
    model = tiny(condition_on=["ward"], missing="indicator").fit(TABLE, kind)
    new = model.sample(200, y="b", conditions={"ward": "north"})
    assert (new["ward"] == "north").all()


# In the samplers


@pytest.mark.parametrize("rule", RULES)
@BOTH
def test_samplers_take_it_by_every_rule(cls, rule):
    over = cls(tiny(), latent_sampling=rule, filter=None, random_state=0)
    X_both, y_both = over.fit_resample(X[20:], NAMES[20:])
    assert_array_equal(X_both[:130], X[20:])
    assert set(np.unique(y_both, return_counts=True)[1]) == {50}
    again = clone(over).fit_resample(X[20:], NAMES[20:])[0]
    assert_array_equal(again, X_both)


@BOTH
def test_the_prior_draws_each_class(cls):
    over = cls(learnt(), latent_sampling="prior", filter=None, random_state=0).fit(X, NAMES)
    judge = LogisticRegression(max_iter=1000).fit(X, NAMES)
    drawn, labels = over.sample(300, y=np.repeat(over.classes_, 100))
    assert (judge.predict(drawn) == labels).mean() > 0.8


def test_partners_of_other_classes_are_decoded_as_the_class():
    params = {"neighbor_pool": "all", "residuals": False, "filter": None, "random_state": 0}
    over = VAEOversampler(learnt(), latent_sampling="interpolation", **params).fit(X, Y)
    judge = LogisticRegression(max_iter=1000).fit(X, Y)
    drawn, labels = over.sample(300, y=np.repeat([0, 1, 2], 100))
    assert (judge.predict(drawn) == labels).mean() > 0.85


@pytest.mark.parametrize("rule", ["prior", "interpolation"])
@BOTH
def test_samplers_keep_the_columns_of_conditions(cls, rule):
    model = tiny(condition_on=["ward", "age"], missing="indicator")
    over = cls(model, latent_sampling=rule, filter=None, random_state=0)
    new = over.fit_resample(TABLE, KIND)[0][400:]
    assert set(new["ward"]) <= {"east", "north", "south"}
    if rule == "interpolation":  # a row has the conditions of the original that it is nearer to
        parents = over.provenance()[["parent", "partner"]].to_numpy()
        wards = TABLE["ward"].to_numpy()[parents]
        assert (new["ward"].to_numpy()[:, None] == wards).any(axis=1).all()


def test_a_frozen_one_draws_its_classes():
    frozen = FrozenEstimator(learnt().fit(X, NAMES))
    judge = LogisticRegression(max_iter=1000).fit(X, NAMES)
    some = NAMES != "setosa"
    for cls in (VAEOversampler, MultiVAEResampler):
        params = {"latent_sampling": "prior", "filter": None, "random_state": 0}
        over = cls(frozen, **params).fit(X[some], NAMES[some])
        drawn, labels = over.sample(200)
        assert (judge.predict(drawn) == labels).mean() > 0.85


def test_early_rows_are_those_of_their_class():
    from skvae import GenerativeClassifierFilter

    filter_ = GenerativeClassifierFilter(noise=("early",), max_iter=20, cv=2, random_state=0)
    over = VAEOversampler(tiny(early_checkpoint=0.5), filter=filter_, random_state=0).fit(X, NAMES)
    assert over.vae_.early_vae_.sample(3, y="setosa").shape == (3, 4)


def test_files_hold_the_network_once(copied):
    over = VAEOversampler(tiny(), latent_sampling="prior", filter=None, random_state=0)
    over.fit(X, NAMES)
    states = [one.net.__getstate__()["net"] for one in over._fitted.classes]
    assert all(state is over.vae_._fitted.__getstate__()["net"] for state in states)
    again = copied(over)
    assert_array_equal(again.sample(5)[0], over.sample(5)[0])
    assert_array_equal(again.vae_.sample(5, y="setosa"), over.vae_.sample(5, y="setosa"))


def test_files_hold_conditions(copied):
    again = copied(CONDITIONED)
    conditions = {"ward": "north", "day": (pd.Timestamp("2021-01-01"), pd.Timestamp("2021-02-01"))}
    new, old = (one.sample(9, y="rare", conditions=conditions) for one in (again, CONDITIONED))
    pd.testing.assert_frame_equal(new, old)


def test_each_class_gives_its_share_of_the_rows_held_out(monkeypatch):
    held_out, hold_out = [], _fitting._hold_out

    def spy(*arguments):
        held_out.append(hold_out(*arguments))
        return held_out[-1]

    monkeypatch.setattr(_fitting, "_hold_out", spy)
    y = np.repeat([0, 1, 2, 3], [70, 25, 3, 2])
    X = np.random.default_rng(0).normal(size=(100, 2))
    ConditionalVAE(max_iter=3, early_stopping=True, random_state=0).fit(X, y)
    [(trained_on, others)] = held_out
    assert np.bincount(y[others], minlength=4).tolist() == [7, 3, 0, 0]
    assert sorted([*trained_on, *others]) == list(range(100))
