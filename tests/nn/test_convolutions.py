"""Stacked convolutions: equal to plain torch networks, in a stack as alone."""

import copy
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from skvae._nn.convolutions import (
    ChannelsFirst,
    StackedConv,
    StackedLeakyBatchNorm2d,
    ToFeatures,
)
from skvae._nn.devices import generators
from skvae._nn.layers import StackedBatchNorm, StackedLinear, split
from skvae._nn.objectives import NegativeELBO, negative_elbo
from skvae._tables.layout import Layout
from tests.stacks import conv_vae, train_rows

CPU = torch.device("cpu")

# Images, convolutions and linear layers: those of the thesis for MNIST, made narrower, more than
# one channel, odd sizes, and the smallest image there is.
NETWORKS = [
    ((1, 28, 28), (4, 6, 8), (5,)),
    ((1, 28, 28), (4, 6), ()),
    ((3, 32, 32), (4, 6, 9, 10), (7, 6)),
    ((1, 5, 7), (4, 6, 9), (7,)),
    ((2, 9, 3), (10, 9), ()),
    ((9, 6, 6), (4,), ()),  # so many channels that the last convolution goes the common way
    ((1, 1, 1), (3,), (4,)),
]
by_network = pytest.mark.parametrize(("shape", "channels", "hidden"), NETWORKS)


class PlainConvVAE(nn.Module):
    """One model of a stack as anybody would write it, with that model's weights."""

    def __init__(self, stack, m, shape, channels):
        super().__init__()
        self.shape, self.maps, self.m = shape, channels[-1], m
        times = 2 ** len(channels)
        self.small = [-(-s // times) for s in shape[1:]]
        extra = [times * n - s for n, s in zip(self.small, shape[1:], strict=True)]
        self.before, self.behind = [(e + 1) // 2 for e in extra], [e // 2 for e in extra]
        self.encoder, self.decoder = self._copy(stack.encoder), self._copy(stack.decoder)

    def _copy(self, half):
        layers = []
        for layer in half.modules():
            if isinstance(layer, StackedConv):
                layers.append(self._copy_conv(layer))
            elif isinstance(layer, StackedLinear):
                layers.append(self._copy_linear(layer))
            elif isinstance(layer, StackedLeakyBatchNorm2d):
                if isinstance(layers[-1], nn.Linear):
                    linear, order = layers[-1], self._pixel_order()
                    linear.weight.data = linear.weight.data[order]
                    layers.append(nn.Unflatten(1, (self.maps, *self.small)))
                layers += [self._copy_norm(layer, nn.BatchNorm2d), nn.LeakyReLU()]
            elif isinstance(layer, StackedBatchNorm):
                layers += [self._copy_norm(layer, nn.BatchNorm1d), nn.LeakyReLU()]
            elif isinstance(layer, ToFeatures) and not isinstance(half[-1], ChannelsFirst):
                layers.append(nn.Flatten())
        for before, layer in pairwise(layers):
            if isinstance(before, nn.Flatten):
                layer.weight.data = layer.weight.data[:, self._pixel_order()]
        return nn.Sequential(*layers)

    def _pixel_order(self):
        """Plain networks flatten maps one after the other, the stack pixel after pixel."""
        n_features = self.maps * self.small[0] * self.small[1]
        return torch.arange(n_features).view(*self.small, -1).permute(2, 0, 1).flatten()

    def _copy_conv(self, layer):
        weight = layer.weight[self.m].data.permute(0, 3, 1, 2).clone()
        sizes = weight.shape[:2] if layer.transposed else weight.shape[1::-1]
        kind = nn.ConvTranspose2d if layer.transposed else nn.Conv2d
        return self._filled(kind(*sizes, 4, 2, 1, bias=layer.bias is not None), weight, layer.bias)

    def _copy_linear(self, layer):
        weight = layer.weight[self.m].data.clone()
        plain = nn.Linear(*weight.shape[::-1], bias=layer.bias is not None)
        return self._filled(plain, weight, layer.bias)

    def _filled(self, plain, weight, bias):
        assert plain.weight.shape == weight.shape
        plain.weight.data = weight
        if bias is not None:
            plain.bias.data = bias[self.m, :, 0].data.clone()
        return plain

    def _copy_norm(self, layer, kind):
        n = len(layer.weight) // 3
        own = kind(n)
        state = {k: v.view(-1, n)[self.m].clone() for k, v in layer.state_dict().items()}
        own.load_state_dict(state, strict=False)
        return own

    def encode(self, x):
        (top, left), (bottom, right) = self.before, self.behind
        images = F.pad(x.view(-1, *self.shape), (left, right, top, bottom))
        return self.encoder(images).chunk(2, dim=1)

    def decode(self, z):
        (top, left), (height, width) = self.before, self.shape[1:]
        return self.decoder(z)[:, :, top : top + height, left : left + width].flatten(1)

    def loss(self, x, eps, beta):
        mean, log_var = self.encode(x)
        logits = self.decode(mean + log_var.exp().sqrt() * eps)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        posterior = torch.distributions.Normal(mean, log_var.exp().sqrt())
        prior = torch.distributions.Normal(0.0, 1.0)
        kl = torch.distributions.kl_divergence(posterior, prior).sum() / len(x)
        return reconstruction + beta * kl


def make_stack(shape, channels, hidden):
    return conv_vae(generators((0, 1, 2), CPU), shape, 2, channels, hidden)


def make_rows(shape, batch=16):
    g = torch.Generator().manual_seed(0)
    x = torch.rand(3, batch, shape[0] * shape[1] * shape[2], generator=g).transpose(1, 2)
    return x, torch.randn(3, 2, batch, generator=g)


# Against plain torch


@by_network
def test_output_loss_and_gradients_match_plain_networks(shape, channels, hidden):
    stack, (x, eps) = make_stack(shape, channels, hidden), make_rows(shape)
    plain = [PlainConvVAE(stack, m, shape, channels) for m in range(3)]
    n_features = x.shape[1]
    terms = negative_elbo(stack, x, eps, Layout(n_features))
    losses = (terms.reconstruction + 0.7 * terms.kl).mean(dim=1)
    losses.sum().backward()
    gradients = copy.deepcopy(stack)
    for own, parameter in zip(gradients.parameters(), stack.parameters(), strict=True):
        own.data = parameter.grad
    for m, model in enumerate(plain):
        expected = model.loss(x[m].T, eps[m].T, beta=0.7)
        torch.testing.assert_close(losses[m], expected, rtol=1e-5, atol=1e-4)
        expected.backward()
        got = dict(PlainConvVAE(gradients, m, shape, channels).named_parameters())
        for name, parameter in model.named_parameters():
            scale = parameter.grad.abs().max().item()
            torch.testing.assert_close(
                got[name].data, parameter.grad, rtol=1e-3, atol=1e-5 + 1e-4 * scale, msg=name
            )


@by_network
def test_statistics_and_evaluation_match_plain_networks(shape, channels, hidden):
    stack, (x, eps) = make_stack(shape, channels, hidden), make_rows(shape)
    plain = [PlainConvVAE(stack, m, shape, channels) for m in range(3)]
    for _ in range(3):
        negative_elbo(stack, x, eps, Layout(x.shape[1]))
    stack.eval()
    mean, log_var = stack.encode(x)
    logits = stack.decode(eps)
    singles = split(stack)
    for m, model in enumerate(plain):
        for _ in range(3):
            model.loss(x[m].T, eps[m].T, beta=1.0)
        copied = PlainConvVAE(stack, m, shape, channels).state_dict()
        for name, value in model.state_dict().items():
            if "running" in name:
                torch.testing.assert_close(copied[name], value, msg=name)
        model.eval()
        expected = [*model.encode(x[m].T), model.decode(eps[m].T)]
        folded = [*singles[m].encode(x[m : m + 1]), singles[m].decode(eps[m : m + 1])]
        for got, alone, want in zip((mean, log_var, logits), folded, expected, strict=True):
            torch.testing.assert_close(got[m].T, want, rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(alone[0].T, want, rtol=1e-4, atol=1e-4)


def test_first_weights_are_distributed_as_torch_draws_them():
    stack = make_stack((1, 32, 32), (20, 30), (10,))
    for layer in stack.modules():
        if isinstance(layer, StackedConv):
            plain = PlainConvVAE(stack, 0, (1, 32, 32), (20, 30))._copy_conv(layer)
            bound = type(plain)(*plain.weight.shape[:2][:: 1 if layer.transposed else -1], 4)
            largest = layer.weight.abs().amax(dim=(1, 2, 3, 4))
            torch.testing.assert_close(
                largest, bound.weight.abs().max().expand(3), rtol=0.1, atol=0
            )


# In a stack as alone


def train_stack(data, rows, seeds, **changes):
    rngs = generators(seeds, CPU)
    net = conv_vae(rngs, (1, 5, 7), 2, (4, 6), (8,))
    settings = {"max_iter": 60, "batch_size": 16, "learning_rate": 1e-2, **changes}
    history = train_rows(net, NegativeELBO(Layout(35), 2, 0.7), data, rows, rngs, **settings)
    return split(net), history


@pytest.mark.parametrize("stop", [False, True], ids=["plain", "early stopping"])
def test_model_in_a_stack_equals_model_alone(stop):
    data = torch.rand(200, 35, generator=torch.Generator().manual_seed(0))
    rows = [torch.arange(0, 100), torch.arange(100, 180), torch.arange(180, 185)]
    held_out = [torch.arange(185, 190), torch.arange(190, 198), torch.arange(198, 200)]

    def run(ms):
        own = {"held_out": [held_out[m] for m in ms], "patience": 1} if stop else {}
        return train_stack(data, [rows[m] for m in ms], ms, **own)

    together, history = run([0, 1, 2])
    for m in range(3):
        [alone], own = run([m])
        assert own.n_iter == history.n_iter[m : m + 1]
        for name, value in alone.state_dict().items():
            torch.testing.assert_close(
                together[m].state_dict()[name], value, atol=1e-4, rtol=1e-4, msg=name
            )


@pytest.mark.parametrize(
    ("shape", "channels", "hidden"),
    [
        ((1, 28, 28), (16, 32, 8), (5,)),
        ((3, 9, 7), (8, 9), ()),
        ((9, 6, 6), (8,), ()),  # so many channels that all convolutions are rounded
    ],
)
def test_mixed_precision_rounds_and_no_more(shape, channels, hidden):
    x = torch.rand(1, shape[0] * shape[1] * shape[2], 64)
    eps = torch.randn(1, 3, 64)
    layout = Layout(x.shape[1])

    def losses_and_gradients(mixed):
        net = conv_vae(generators([0], CPU), shape, 3, channels, hidden, mixed=mixed)
        loss = sum(negative_elbo(net, x, eps, layout)).mean()
        gradients = torch.autograd.grad(loss, list(net.parameters()))
        assert {g.dtype for g in gradients} == {loss.dtype} == {torch.float32}
        net.eval()
        return loss, torch.cat([g.flatten() for g in gradients]), net.encode(x)

    full, rounded = losses_and_gradients(False), losses_and_gradients(True)
    torch.testing.assert_close(rounded[0], full[0], rtol=5e-3, atol=0)
    assert torch.cosine_similarity(rounded[1], full[1], dim=0) > 0.99
    assert not torch.equal(rounded[1], full[1])
    # Only training rounds; what differs here are the running statistics.
    torch.testing.assert_close(rounded[2], full[2], rtol=0.05, atol=0.05)


@by_network
def test_gradients_lie_in_memory_as_their_parameters(shape, channels, hidden, monkeypatch):
    """CUDA's Adam refuses others, even where only the stride of a single row differs."""
    strides = []

    def adam(values, gradients, means, squares, *args, **kwargs):
        lists = (values, gradients, means, squares)
        strides.extend([t.stride() for t in tensors] for tensors in lists)

    monkeypatch.setattr(torch, "_fused_adam_", adam)
    n = shape[0] * shape[1] * shape[2]
    rngs = generators([0], CPU)
    net = conv_vae(rngs, shape, 2, channels, hidden)
    settings = {"max_iter": 1, "batch_size": 8, "learning_rate": 1e-3}
    objective, rows = NegativeELBO(Layout(n), 2, 1.0), [torch.arange(9)]
    train_rows(net, objective, torch.rand(9, n), rows, rngs, **settings)
    assert strides[1:] == strides[:1] * 3


def test_held_out_rows_in_parts_make_no_difference(monkeypatch):
    data = torch.rand(60, 35, generator=torch.Generator().manual_seed(0))
    stop = {"held_out": [torch.arange(40, 60)], "patience": 1}
    (whole,), _ = train_stack(data, [torch.arange(40)], (0,), **stop)
    monkeypatch.setattr("skvae._nn.monitor._EVALUATION_VALUES", 200)
    (parts,), _ = train_stack(data, [torch.arange(40)], (0,), **stop)
    torch.testing.assert_close(whole.state_dict(), parts.state_dict())
