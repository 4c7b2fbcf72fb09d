"""Convolutional VAEs: equal to plain torch networks, in a stack as alone, and as estimators."""

import copy
import os
import pickle
import re
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from torch import nn
from torch.nn import functional as F

from skvae import VAE, GenerativeClassifierFilter, MultiVAEResampler, VAEOversampler
from skvae._nn.convolutions import StackedConv, StackedLeakyBatchNorm2d, ToFeatures
from skvae._nn.devices import generators
from skvae._nn.layers import StackedBatchNorm, StackedLinear
from skvae._nn.networks import StackedConvVAE
from skvae._nn.objectives import NegativeELBO, negative_elbo
from skvae._nn.training import train
from skvae._tables.layout import Layout
from skvae._tables.numbers import RangeScaler
from skvae.datasets import fetch_mnist

CPU = torch.device("cpu")
DIGITS, LABELS = load_digits(return_X_y=True)

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
            elif isinstance(layer, ToFeatures) and layer is not half[-1]:
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
    return StackedConvVAE(generators((0, 1, 2), CPU), shape, 2, channels, hidden)


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
    singles = stack.split()
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
    net = StackedConvVAE(rngs, (1, 5, 7), 2, (4, 6), (8,))
    settings = {"max_iter": 60, "batch_size": 16, "learning_rate": 1e-2, **changes}
    history = train(net, NegativeELBO(Layout(35), 2, 0.7), data, rows, rngs, **settings)
    return net.split(), history


@pytest.mark.parametrize("stop", [False, True], ids=["plain", "early stopping"])
def test_model_in_a_stack_equals_model_alone(stop):
    data = torch.rand(200, 35, generator=torch.Generator().manual_seed(0))
    rows = [torch.arange(0, 100), torch.arange(100, 180), torch.arange(180, 185)]
    held_out = [torch.arange(185, 190), torch.arange(190, 198), torch.arange(198, 200)]

    def run(ms):
        own = {"held_out": [held_out[m] for m in ms], "n_iter_no_change": 1} if stop else {}
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
        net = StackedConvVAE(generators([0], CPU), shape, 3, channels, hidden, mixed=mixed)
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
    net = StackedConvVAE(rngs, shape, 2, channels, hidden)
    settings = {"max_iter": 1, "batch_size": 8, "learning_rate": 1e-3}
    train(
        net, NegativeELBO(Layout(n), 2, 1.0), torch.rand(9, n), [torch.arange(9)], rngs, **settings
    )
    assert strides[1:] == strides[:1] * 3


@pytest.mark.parametrize("given", ["auto", True, False])
@pytest.mark.parametrize("able", [True, False])
def test_auto_mixes_precisions_where_the_device_can(given, able, monkeypatch):
    monkeypatch.setattr("skvae.models._fitting.multiplies_bfloat16", lambda device: able)
    nets = []
    monkeypatch.setattr(StackedConvVAE, "__init__", spy_on(StackedConvVAE.__init__, nets))
    tiny(conv_channels=(8, 8), mixed_precision=given).fit(DIGITS[:50])
    mixed = any(module.mixed for module in nets[0].modules() if isinstance(module, StackedConv))
    assert mixed == (able if given == "auto" else given)


def spy_on(init, made):
    def wrapped(net, *args, **kwargs):
        init(net, *args, **kwargs)
        made.append(net)

    return wrapped


def test_mixed_precision_learns_digits_as_well():
    scores = [
        tiny(conv_channels=(8, 16), max_iter=400, mixed_precision=mixed)
        .fit(DIGITS[:1000])
        .score(DIGITS[1000:])
        for mixed in (True, False)
    ]
    assert_allclose(*scores, rtol=5e-3)


def test_held_out_rows_in_parts_make_no_difference(monkeypatch):
    data = torch.rand(60, 35, generator=torch.Generator().manual_seed(0))
    stop = {"held_out": [torch.arange(40, 60)], "n_iter_no_change": 1}
    (whole,), _ = train_stack(data, [torch.arange(40)], (0,), **stop)
    monkeypatch.setattr("skvae._nn.monitor._EVALUATION_VALUES", 200)
    (parts,), _ = train_stack(data, [torch.arange(40)], (0,), **stop)
    torch.testing.assert_close(whole.state_dict(), parts.state_dict())


# The estimator


def tiny(**params):
    settings = {"image_shape": (8, 8), "conv_channels": (4, 8), "hidden_layer_sizes": (16,)}
    return VAE(**{**settings, "max_iter": 20, "random_state": 0, **params})


def test_digits_are_learnt():
    vae = tiny(n_components=8, conv_channels=(16, 32), max_iter=300, learning_rate_init=3e-3)
    X, unseen = DIGITS[:1500], DIGITS[1500:]
    vae.set_params(beta=0.5).fit(X)
    errors = (vae.inverse_transform(vae.transform(unseen)) - unseen) ** 2
    assert errors.mean() < 0.6 * ((X.mean(axis=0) - unseen) ** 2).mean()
    noise = np.random.default_rng(0).uniform(0, 16, unseen.shape)
    assert (vae.score_samples(unseen) > vae.score_samples(noise).max()).mean() > 0.95


def test_row_is_channels_of_rows_of_pixels():
    # Two channels that never agree: only a network that tells them apart gives them back.
    on = np.random.default_rng(0).random((200, 1)) > 0.5
    X = np.hstack([np.repeat(on, 12, axis=1), np.repeat(~on, 12, axis=1)]).astype(float)
    vae = tiny(image_shape=(2, 3, 4), max_iter=200, learning_rate_init=1e-2, beta=0.1).fit(X)
    assert_allclose(vae.inverse_transform(vae.transform(X)), X, atol=0.1)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int64"])
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_containers_and_dtypes(dtype, container):
    X = container(DIGITS[:100].astype(dtype))
    vae = tiny().fit(X)
    new = vae.sample(5)
    assert type(new) is type(X)
    assert np.asarray(new).dtype == dtype
    expected = "float32" if dtype in ("uint8", "float32") else "float64"
    assert vae.transform(X).dtype == expected
    assert_allclose(vae.transform(X), tiny().fit(DIGITS[:100]).transform(DIGITS[:100]), atol=1e-4)


def test_scale_of_pixels_does_not_matter():
    plain, scaled = tiny().fit(DIGITS), tiny().fit(1e6 * DIGITS - 5e6)
    Z = plain.transform(DIGITS)
    assert_allclose(scaled.transform(1e6 * DIGITS - 5e6), Z, atol=1e-3)


def test_all_pixels_share_one_range():
    # Pixels 0 and 32 are 0 in all digits: a faint mark there must stay faint, and new rows empty.
    X = DIGITS[:500].copy()
    assert_array_equal(X[:, [0, 32]], 0)
    X[::50, 0] = 0.01
    vae = tiny(max_iter=300, learning_rate_init=1e-2).fit(X)
    coded = vae._codec.encode(X)
    assert coded[:, 0].max() < 0.001
    assert coded.max() == 1
    assert vae.sample(100)[:, [0, 32]].max() < 0.5
    assert_array_equal(vae._codec.decode(np.full((1, 64), 2.0)), 16)


def test_shared_range_of_constant_images():
    scaler = RangeScaler(shared=True).fit(np.full((3, 4), 7.0))
    assert_array_equal(scaler.encode(np.full((3, 4), 7.0)), 0)
    assert_array_equal(scaler.decode(np.ones((3, 4))), 7)


def test_small_integers_are_read_without_a_double(monkeypatch):
    seen = {}

    def fit_stack(models, table_format, values, *args):
        seen["dtype"] = values.dtype

    monkeypatch.setattr("skvae.models._vae.fit_stack", fit_stack)
    tiny().fit(DIGITS.astype("uint8"))
    assert seen["dtype"] == np.float32


@pytest.mark.parametrize(
    "params",
    [
        {"early_stopping": True, "max_iter": 150, "tol": 1e9, "n_iter_no_change": 1},
        {"denoising_std": 0.2},
        {"early_checkpoint": 0.5},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": None, "normalize_beta": True},
    ],
    ids=lambda params: next(iter(params)),
)
def test_options_of_training(params):
    vae = tiny(**params).fit(DIGITS[:200])
    assert np.isfinite(vae.transform(DIGITS)).all()
    assert vae.sample(3).shape == (3, 64)
    if "early_stopping" in params:
        assert vae.n_iter_ == 100
    if "early_checkpoint" in params:
        early = tiny(max_iter=10).fit(DIGITS[:200])
        assert_allclose(vae.early_vae_.transform(DIGITS), early.transform(DIGITS), atol=1e-4)
    again = pickle.loads(pickle.dumps(vae))
    assert_array_equal(again.transform(DIGITS), vae.transform(DIGITS))
    assert_array_equal(again.sample(3), vae.sample(3))


def test_score_does_not_hang_on_how_many_rows_there_are(monkeypatch):
    vae = tiny().fit(DIGITS[:200])
    scores, Z = vae.score_samples(DIGITS[:50]), vae.transform(DIGITS[:50])
    monkeypatch.setattr("skvae.models._vae._BATCH_VALUES", 1000)
    assert_allclose(vae.score_samples(DIGITS[:50]), scores, rtol=1e-6)
    assert_allclose(vae.transform(DIGITS[:50]), Z, rtol=1e-5, atol=1e-6)


def test_without_image_shape_conv_channels_are_not_looked_at():
    plain, other = (tiny(image_shape=None, conv_channels=c).fit(DIGITS) for c in [(4,), ()])
    assert_array_equal(plain.transform(DIGITS), other.transform(DIGITS))


@pytest.mark.parametrize(("shape", "default"), [(None, (128, 64)), ((8, 8), (128,))])
def test_default_of_the_hidden_layers(shape, default):
    none, given = (
        tiny(image_shape=shape, hidden_layer_sizes=sizes, max_iter=5).fit(DIGITS[:100])
        for sizes in (None, default)
    )
    assert_array_equal(none.transform(DIGITS), given.transform(DIGITS))


# Samplers


def test_classes_train_as_one_grouped_stack(monkeypatch):
    stacks = []

    def record(net, *args, **kwargs):
        stacks.append(net)
        return train(net, *args, **kwargs)

    monkeypatch.setattr("skvae.models._fitting.train", record)
    sampler = MultiVAEResampler(tiny(), random_state=0).fit(DIGITS, LABELS)
    [stack] = stacks
    assert isinstance(stack, StackedConvVAE)
    assert {c.n_models for c in stack.modules() if isinstance(c, StackedConv)} == {10}
    assert sampler.sample(20)[0].shape == (20, 64)
    alone = clone(sampler.estimators_[3]).fit(DIGITS[LABELS == 3])
    assert_allclose(alone.transform(DIGITS), sampler.estimators_[3].transform(DIGITS), atol=1e-3)


# A model of a few steps draws rows that no filter lets pass.
@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_frozen_images_and_filters():
    few = np.concatenate([np.flatnonzero(LABELS == k)[: 8 + 5 * k] for k in range(3)])
    vae = tiny(early_checkpoint=0.2, max_iter=50).fit(DIGITS)
    early = GenerativeClassifierFilter(noise=("uniform", "early"), max_iter=20, cv=2)
    sampler = VAEOversampler(FrozenEstimator(vae), filter=early, random_state=0)
    X, y = sampler.fit_resample(DIGITS[few], LABELS[few])
    assert_array_equal(np.unique(y, return_counts=True)[1], 18)
    assert X.shape == (54, 64)


# Errors

WANTED_SHAPE = "image_shape must be (H, W) or (C, H, W) of integers >= 1"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"image_shape": (64,)}, f"{WANTED_SHAPE}, got (64,)"),
        ({"image_shape": (1, 1, 8, 8)}, f"{WANTED_SHAPE}, got (1, 1, 8, 8)"),
        ({"image_shape": (8, 8.0)}, f"{WANTED_SHAPE}, got (8, 8.0)"),
        ({"image_shape": (-8, -8)}, f"{WANTED_SHAPE}, got (-8, -8)"),
        (
            {"image_shape": (3, 8, 8)},
            "image_shape must hold 64 values, one for each column, got (3, 8, 8), which holds 192",
        ),
        ({"conv_channels": ()}, "conv_channels must hold at least one integer, all >= 1, got ()"),
        ({"conv_channels": (4, 0)}, "conv_channels must hold at least one integer, all >= 1, got"),
        ({"conv_channels": (4.5,)}, "conv_channels must hold at least one integer, all >= 1, got"),
        (
            {"conv_channels": (4, 4, 4, 4)},
            "conv_channels must hold at most 3 integers for images of 8 x 8 pixels, each of which "
            "halves them, got (4, 4, 4, 4)",
        ),
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes must hold integers >= 1, got (0,)"),
        (
            {"likelihood": "gaussian"},
            "likelihood must be 'bernoulli' with image_shape=(8, 8), got 'gaussian'",
        ),
        (
            {"quantile_transform": True},
            "quantile_transform must be False with image_shape=(8, 8), got True",
        ),
        ({"spikes": True}, "spikes must be False with image_shape=(8, 8), got True"),
        ({"missing": "indicator"}, "missing must be 'error' with image_shape=(8, 8), got 'indi"),
        (
            {"categorical_features": [3]},
            "image_shape=(8, 8) needs columns of numbers only, got symbols in column 3",
        ),
    ],
)
def test_wrong_parameters_fail_before_training(params, message, no_training):
    with pytest.raises(ValueError, match=re.escape(message)):
        tiny(**params).fit(DIGITS)


def test_an_image_can_be_halved_down_to_one_pixel():
    assert tiny(conv_channels=(4, 4, 4)).fit(DIGITS[:50]).sample(2).shape == (2, 64)
    with pytest.raises(ValueError, match="at most 1 integers for images of 1 x 2 pixels"):
        tiny(image_shape=(32, 1, 2)).fit(DIGITS[:50])


# Real images


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")
def test_mnist():
    X = fetch_mnist(return_X_y=True)[0]
    unseen = fetch_mnist(subset="test", return_X_y=True)[0][:500]
    vae = VAE(10, image_shape=(28, 28), conv_channels=(16, 32), max_iter=250, random_state=0)
    vae.set_params(learning_rate_init=3e-3, batch_size=64, beta=0.5).fit(X)
    errors = (vae.inverse_transform(vae.transform(unseen)) - unseen.astype(float)) ** 2
    assert errors.mean() < 0.6 * ((X.mean(axis=0) - unseen) ** 2).mean()
    # The margin is empty in all digits: it must be so in new ones.
    edge = vae.sample(200).reshape(-1, 28, 28)[:, [0, -1]]
    assert edge.mean() < 3  # of 255
