"""Adversarial objectives against plain networks of torch.nn, and the parts they are made of."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from skvae._nn.adversarial import (
    GeneratorAgainstDiscriminator,
    Rows,
    StackedDiscriminator,
    VAEAgainstDiscriminator,
    judge,
)
from skvae._nn.devices import generators
from skvae._nn.layers import StackedAffine, StackedBatchNorm, StackedLinear
from skvae._nn.training import Budget, StackRows, train
from skvae._tables.layout import Layout
from skvae.models import GAN, VAEGAN
from skvae.models._architecture import ImageArchitecture, TableArchitecture

CPU = torch.device("cpu")
NUMBERS = Layout(0, n_gaussian=5)
MIXED = Layout(2, n_gaussian=2, group_sizes=(3,), switches=((2, 0, False),))
TABLES = TableArchitecture((6, 4), "gaussian", True, False)
IMAGES = ImageArchitecture((1, 6, 6), (3, 4), (5,), mixed=False)
KINDS = {"GAN": GAN(2), "VAEGAN": VAEGAN(2, beta=0.7, gamma=0.3)}
ROWS = {"numbers": (TABLES, NUMBERS), "mixed": (TABLES, MIXED), "images": (IMAGES, Layout(36))}
every_family = pytest.mark.parametrize("family", KINDS)
every_kind = pytest.mark.parametrize("kind", ROWS)


def make(family, kind, seeds):
    """A network, its objective, and rows and noise for it."""
    architecture, layout = ROWS[kind]
    model = KINDS[family].__class__(**KINDS[family].get_params())
    model.set_params(image_shape=(6, 6) if kind == "images" else None)
    net = model._network(architecture, generators(seeds, CPU), layout)
    objective = model._objective(layout)
    rngs = generators([seed + 100 for seed in seeds], CPU)
    x = torch.stack([torch.rand(layout.n_columns, 7, generator=g) for g in rngs])
    x[:, : layout.n_bernoulli] = x[:, : layout.n_bernoulli].round()
    return net, objective, x, objective.noise(rngs, 1, 7)[:, 0]


def gradients(net, objective, x, noise):
    """The gradient of each player's loss, the mean over rows, by its parameters."""
    terms = objective(net, x, noise)
    found = []
    for player in objective.players(net):
        pairs = zip(player.weights, terms, strict=True)
        loss = sum(weight * term.mean(dim=1).sum() for weight, term in pairs)
        found.append(torch.autograd.grad(loss, player.parameters, retain_graph=True))
    return terms, found


@every_kind
@every_family
def test_three_in_a_stack_are_as_alone(family, kind):
    terms, together = gradients(*make(family, kind, [3, 4, 5]))
    for m, seed in enumerate([3, 4, 5]):
        own_terms, alone = gradients(*make(family, kind, [seed]))
        for term, own in zip(terms, own_terms, strict=True):
            torch.testing.assert_close(term[m], own[0], rtol=1e-4, atol=1e-4)
        for stacked, single in zip(together, alone, strict=True):
            for g, own in zip(stacked, single, strict=True):
                part = g.view(3, -1)[m].view(own.shape)
                torch.testing.assert_close(part, own, rtol=1e-4, atol=1e-4)


@every_kind
@every_family
def test_each_player_moves_its_own_parameters(family, kind):
    net, objective, x, _ = make(family, kind, [0])
    players = objective.players(net)
    owned = [id(p) for player in players for p in player.parameters]
    assert sorted(owned) == sorted(map(id, net.parameters()))

    for which, player in enumerate(players):

        class Alone(type(objective)):
            def players(self, net, which=which):
                return super().players(net)[which : which + 1]

        own = {id(p) for p in player.parameters}
        before = [p.clone() for p in net.parameters()]
        rows = StackRows(x[0].T.contiguous(), [torch.arange(7)], generators([0], CPU))
        train(net, Alone(**vars(objective)), rows, budget=Budget(3, 4, 0.1))
        moved = {id(p) for p, old in zip(net.parameters(), before, strict=True) if (p != old).any()}
        assert moved
        assert moved <= own


def plain(stacked):
    """A network of torch.nn with the weights of a stack of one."""
    layers = []
    for layer in stacked.modules():
        if isinstance(layer, StackedLinear):
            twin = nn.Linear(*layer.weight.shape[:0:-1], bias=layer.bias is not None)
            twin.weight.data = layer.weight[0].detach().clone()
            if layer.bias is not None:
                twin.bias.data = layer.bias[0, :, 0].detach().clone()
            layers.append(twin)
        elif isinstance(layer, StackedBatchNorm):
            layers.append(nn.BatchNorm1d(len(layer.weight)))
        elif isinstance(layer, nn.LeakyReLU):
            layers.append(nn.LeakyReLU(layer.negative_slope))
    return nn.Sequential(*layers)


def assert_same_gradients(own, module, loss):
    """Compare gradients of a player's parameters with those of a plain network."""
    theirs = torch.autograd.grad(loss, list(module.parameters()), retain_graph=True)
    assert any(g.abs().max() > 1e-4 for g in theirs)
    for mine, other in zip(own, theirs, strict=True):
        torch.testing.assert_close(mine.reshape(other.shape), other, rtol=1e-4, atol=1e-6)


def cross_entropy(odds, truth):
    return F.binary_cross_entropy_with_logits(odds, torch.full_like(odds, truth))


def penalty_of(discriminator, x, directions):
    near = discriminator(x + 0.1 * directions)
    return (((near - discriminator(x)) / 0.1) ** 2).mean()


def test_gan_is_that_of_plain_networks():
    net, objective, x, noise = make("GAN", "numbers", [0])
    _, (by_generator, by_discriminator) = gradients(net, objective, x, noise)
    generator, discriminator = plain(net.generator), plain(net.discriminator)
    rows, z, directions = x[0].T, noise[0, :2].T, noise[0, 2:].T
    fake = generator(z)
    assert_same_gradients(by_generator, generator, cross_entropy(discriminator(fake), 1.0))
    loss = cross_entropy(discriminator(rows), 1.0) + cross_entropy(discriminator(fake), 0.0)
    loss = loss + 10.0 / 2 * penalty_of(discriminator, rows, directions)
    assert_same_gradients(by_discriminator, discriminator, loss)


def test_vaegan_is_that_of_plain_networks():
    net, objective, x, noise = make("VAEGAN", "numbers", [0])
    _, (by_encoder, by_decoder, by_discriminator) = gradients(net, objective, x, noise)
    encoder, decoder = plain(net.encoder), plain(net.decoder)
    discriminator, body = plain(net.discriminator), plain(net.discriminator.body)
    body.load_state_dict(discriminator[:-1].state_dict())
    rows, eps, z, directions = x[0].T, noise[0, :2].T, noise[0, 2:4].T, noise[0, 4:].T
    mean, log_var = encoder(rows).chunk(2, dim=1)
    posterior = torch.distributions.Normal(mean, torch.exp(0.5 * log_var))
    fake = decoder(torch.cat([mean + posterior.stddev * eps, z]))
    decoded = fake[:7]
    law = torch.distributions.Normal(discriminator[:-1](decoded), 1.0)
    features = discriminator[:-1](rows)
    # But for a constant.
    reconstruction = -(law.log_prob(features) - law.log_prob(law.mean)).sum(dim=1).mean()
    kl = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    assert_same_gradients(by_encoder, encoder, reconstruction + 0.7 * kl.sum(dim=1).mean())
    fooling = cross_entropy(discriminator(fake), 1.0)
    assert_same_gradients(by_decoder, decoder, 0.3 * reconstruction + fooling)
    loss = cross_entropy(discriminator(rows), 1.0) + cross_entropy(discriminator(fake), 0.0)
    loss = loss + 10.0 / 2 * penalty_of(discriminator, rows, directions)
    assert_same_gradients(by_discriminator, discriminator, loss)


def test_the_penalty_is_the_squared_gradient():
    rngs = generators([0], CPU)
    linear = StackedLinear(rngs, 3, 1)
    directions = torch.randn(1, 3, 20_000, generator=rngs[0])
    x = torch.zeros(1, 3, 20_000)
    judged = judge(StackedDiscriminator(nn.Identity(), linear), x, x, directions)
    expected = linear.weight.square().sum()
    torch.testing.assert_close(judged.penalty.mean(), expected, rtol=0.05, atol=0)


def test_categories_are_drawn_by_their_probabilities():
    rng = torch.Generator().manual_seed(0)
    logits = torch.tensor([1.0, -1.0, 0.4, 2.0, 0.0, 1.0, -1.0])[None, :, None].repeat(1, 1, 20_000)
    rows = Rows(MIXED, relaxed=True)
    noise = torch.randn(1, rows.n_noise, 20_000, generator=rng)
    drawn = rows.generated(logits, noise)[0]
    assert (drawn[4:].sum(dim=0) - 1).abs().max() < 1e-5
    assert (drawn[4:].max(dim=0).values > 0.9).float().mean() > 0.7
    shares = drawn[4:].argmax(dim=0).bincount() / 20_000
    torch.testing.assert_close(shares, logits[0, 4:, 0].softmax(dim=0), rtol=0, atol=0.02)
    bits = (drawn[:2] > 0.5).float().mean(dim=1)
    torch.testing.assert_close(bits, logits[0, :2, 0].sigmoid(), rtol=0, atol=0.02)
    # A number whose switch says that there is none is hidden, others are as they come.
    torch.testing.assert_close(drawn[2], 0.4 * (1 - drawn[0]))
    assert (drawn[3] == 2).all()


def test_pixels_are_means():
    logits = torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(0))
    rows = Rows(Layout(4), relaxed=False)
    assert rows.n_noise == 0
    torch.testing.assert_close(rows.generated(logits, logits[:, :0]), logits.sigmoid())


@every_family
def test_gradients_flow_through_drawn_categories(family):
    net, objective, x, noise = make(family, "mixed", [0])
    _, found = gradients(net, objective, x, noise)
    assert all(g.isfinite().all() for player in found for g in player)
    *_, last = net.decoder.layers if family == "VAEGAN" else net.generator.layers
    decoder = objective.players(net)[-2].parameters
    place = next(i for i, p in enumerate(decoder) if p is last.weight)
    assert (found[-2][place].abs().sum(dim=2) > 0).all()


def test_discriminators_have_no_batch_normalisation():
    for architecture, layout in ROWS.values():
        net = architecture.discriminator(generators([0], CPU), layout)
        assert not any(isinstance(layer, StackedBatchNorm) for layer in net.modules())
        assert all(m.bias is not None for m in net.modules() if isinstance(m, StackedAffine))
        x = torch.rand(1, layout.n_columns, 4, generator=torch.Generator().manual_seed(0))
        together = net(x)[1]
        alone = torch.cat([net(x[:, :, i : i + 1])[1] for i in range(4)], dim=1)
        torch.testing.assert_close(together, alone)


def test_objectives_name_their_terms():
    for objective in (
        GeneratorAgainstDiscriminator(Rows(NUMBERS, True), 2, 1.0),
        VAEAgainstDiscriminator(Rows(NUMBERS, True), 2, 1.0, 1.0, 1.0),
    ):
        family = "GAN" if isinstance(objective, GeneratorAgainstDiscriminator) else "VAEGAN"
        net, _, x, _ = make(family, "numbers", [0])
        noise = objective.noise(generators([0], CPU), 1, 7)[:, 0]
        terms = objective(net, x, noise)
        assert len(terms) == len(objective.terms)
        assert all(term.shape == (1, 7) for term in terms)
        for one, other in pairwise(objective.players(net)):
            assert one.weights != other.weights
