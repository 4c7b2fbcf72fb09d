"""The terms of the losses, against torch's own."""

import numpy as np
import torch
from torch.nn import functional as F

from skvae._nn.devices import generators
from skvae._nn.likelihoods import reconstruction_nll
from skvae._nn.networks import StackedBinClassifier
from skvae._nn.objectives import RealAgainstNoise, kl_to_standard_normal
from skvae._tables.layout import Layout

CPU = torch.device("cpu")


def test_kl_matches_torch_distributions():
    mean, log_var = torch.randn(2, 3, 5, 50, generator=torch.Generator().manual_seed(0)).double()
    posterior = torch.distributions.Normal(mean, log_var.div(2).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(
        kl_to_standard_normal(mean, log_var), expected.sum(dim=1), atol=1e-6, rtol=1e-6
    )


def test_reconstruction_matches_torch_cross_entropy():
    g = torch.Generator().manual_seed(0)
    logits, x = 20 * torch.randn(3, 5, 50, generator=g), torch.rand(3, 5, 50, generator=g)
    expected = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    torch.testing.assert_close(reconstruction_nll(logits, x, Layout(5)), expected)


def test_loss_is_torch_cross_entropy():
    x, noise = torch.rand(2, 2, 3, 8, generator=torch.Generator().manual_seed(0))
    net = StackedBinClassifier(
        generators([0, 1], CPU), np.tile(np.float32([0, 0.5, 1]), (3, 1)), (4,)
    )
    real, fake = RealAgainstNoise(3, [])(net, x, noise)
    logits = net(torch.cat([x, noise], dim=2))[:, 0]
    truth = torch.cat([torch.ones(2, 8), torch.zeros(2, 8)], dim=1)
    expected = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    torch.testing.assert_close(torch.cat([real, fake], dim=1), expected)


def test_gradient_is_that_of_mean_cross_entropy():
    x, noise = torch.rand(2, 1, 3, 8, generator=torch.Generator().manual_seed(0))
    edges = np.tile(np.float32([0, 0.5, 1]), (3, 1))
    net = StackedBinClassifier(generators([0], CPU), edges, (4,))
    objective = RealAgainstNoise(3, [])
    terms, [player] = objective(net, x, noise), objective.players(net)
    weighted = sum(w * term.mean() for w, term in zip(player.weights, terms, strict=True))
    truth = torch.cat([torch.ones(8), torch.zeros(8)])
    expected = F.binary_cross_entropy_with_logits(net(torch.cat([x, noise], dim=2))[0, 0], truth)
    mine, its = (torch.autograd.grad(loss, list(net.parameters())) for loss in (weighted, expected))
    assert any(g.abs().max() > 0.01 for g in its)
    for own, other in zip(mine, its, strict=True):
        torch.testing.assert_close(own, other)
