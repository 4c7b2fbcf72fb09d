"""Stacked layers: loss, gradient and statistics are those of plain models."""

import numpy as np
import torch
from numpy.testing import assert_allclose
from torch import nn
from torch.nn import functional as F

from skvae._nn.devices import generators
from skvae._nn.networks import StackedBinClassifier
from skvae._nn.objectives import negative_elbo
from skvae._tables.layout import Layout
from tests.stacks import dense_vae

CPU = torch.device("cpu")


class PlainVAE(nn.Module):
    """One model of a stack as anybody would write it, with that model's weights."""

    def __init__(self, stack, m):
        super().__init__()
        self.encoder = self._copy(stack.encoder, m)
        self.decoder = self._copy(stack.decoder, m)

    @staticmethod
    def _copy(mlp, m):
        layers = []
        for layer in mlp.layers:
            state = {k: v for k, v in layer.state_dict().items()}
            if "running_mean" in state:
                n = len(state["weight"]) // 3
                own = nn.BatchNorm1d(n)
                own.load_state_dict(
                    {k: v[m * n : (m + 1) * n] for k, v in state.items()}, strict=False
                )
            elif "weight" in state:
                _, n_out, n_in = state["weight"].shape
                own = nn.Linear(n_in, n_out, bias="bias" in state)
                own.load_state_dict({k: v[m].squeeze(-1) for k, v in state.items()})
            else:
                own = nn.LeakyReLU(layer.negative_slope)
            layers.append(own)
        return nn.Sequential(*layers)

    def loss(self, x, eps, beta):
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        logits = self.decoder(mean + log_var.exp().sqrt() * eps)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        posterior = torch.distributions.Normal(mean, log_var.exp().sqrt())
        prior = torch.distributions.Normal(0.0, 1.0)
        kl = torch.distributions.kl_divergence(posterior, prior).sum() / len(x)
        return reconstruction + beta * kl


def make_stack(seeds=(0, 1, 2), n_features=7, n_components=2, hidden=(16, 8)):
    return dense_vae(generators(seeds, CPU), n_features, n_components, hidden)


def test_loss_and_gradient_match_plain_models():
    stack = make_stack()
    g = torch.Generator().manual_seed(0)
    x, eps = torch.rand(3, 7, 32, generator=g), torch.randn(3, 2, 32, generator=g)
    plain = [PlainVAE(stack, m) for m in range(3)]
    terms = negative_elbo(stack, x, eps, Layout(7))
    losses = (terms.reconstruction + 0.7 * terms.kl).mean(dim=1)
    losses.sum().backward()
    for m, model in enumerate(plain):
        expected = model.loss(x[m].T, eps[m].T, beta=0.7)
        torch.testing.assert_close(losses[m], expected)
        expected.backward()
        # The reparametrised gradient reaches the first layer of both halves.
        for half in ("encoder", "decoder"):
            got = getattr(stack, half).layers[0].weight.grad[m]
            wanted = getattr(model, half)[0].weight.grad
            assert wanted.abs().max() > 0
            torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-4)


def test_running_statistics_match_plain_models():
    stack = make_stack()
    g = torch.Generator().manual_seed(0)
    x, eps = torch.rand(3, 7, 32, generator=g), torch.randn(3, 2, 32, generator=g)
    plain = [PlainVAE(stack, m) for m in range(3)]
    negative_elbo(stack, x, eps, Layout(7))
    for m, model in enumerate(plain):
        model.loss(x[m].T, eps[m].T, beta=1.0)
        torch.testing.assert_close(
            stack.encoder.layers[1].running_var.view(3, -1)[m], model.encoder[1].running_var
        )


def test_values_are_coded_by_their_place_in_the_bins():
    edges = np.array([[0, 0.5, 1], [0, 1, 1]], np.float32)
    net = StackedBinClassifier(generators([0, 1], CPU), edges, (4,)).eval()
    seen = {}
    net.mlp.register_forward_hook(lambda module, inputs, output: seen.update(x=inputs[0]))
    assert net(torch.tensor([[[0.25, 0.75, 2.0], [0.5, -1.0, 1.0]]])).shape == (2, 1, 3)
    expected = [[0.5, 1, 1], [0, 0.5, 1], [0.5, 0, 1], [0, 0, 0]]
    assert_allclose(seen["x"], np.broadcast_to(expected, (2, 4, 3)))
