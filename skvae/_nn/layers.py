"""Stacked layers: M networks of one shape as one, one native call a layer for all of them.

Every parameter and buffer has the models one after another on its first axis. Activations are
(M, features, batch), features before batch: so each of the M * features channels lies in one
piece, and batch normalisation of the whole stack is one call over them without a copy.
A single network is a stack of one.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral
from typing import Any

import torch
from torch import nn

from .._seeding import short

# LeakyReLU's slope in discriminators (Radford, Metz and Chintala 2016).
STEEP = 0.2


def check_hidden_layer_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes as a tuple, or refuse anything but integers >= 1."""
    if not all(isinstance(size, Integral) and size >= 1 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must hold integers >= 1, got {short(sizes)}")
    return tuple(int(size) for size in sizes)


class StackedAffine(nn.Module):
    """M affine maps, with weights (M, ...) and biases (M, n_out, 1).

    Weights start uniform in +-1 / sqrt(fan_in) as in `torch.nn`, model m's drawn from ``rngs[m]``.

    Attributes
    ----------
    n_models : int
        M.
    n_out : int
        Outputs of a map; a convolution has them at several places.
    n_uses : int
        Times that a row meets each weight.
    width : int
        Values that the M maps give out for a row.
    """

    bias: nn.Parameter | None

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        weight_shape: Sequence[int],
        n_out: int,
        fan_in: int,
        *,
        bias: bool,
    ) -> None:
        super().__init__()
        bound = 1 / math.sqrt(max(1, fan_in))  # a table may have nothing to learn

        def uniform(*shape: int) -> nn.Parameter:
            draws = [
                torch.rand(shape, generator=g, device=g.device, dtype=torch.float32) for g in rngs
            ]
            return nn.Parameter((2 * torch.stack(draws) - 1) * bound)

        self.weight = uniform(*weight_shape)
        self.register_parameter("bias", uniform(n_out, 1) if bias else None)
        self.n_models, self.n_out, self.n_uses = len(rngs), n_out, 1
        self.width = len(rngs) * n_out

    def scaled(self, scale: torch.Tensor) -> torch.Tensor:
        """Return the weights times a scale (M, n_out) of their outputs."""
        return self.weight * scale.view(*scale.shape, *[1] * (self.weight.dim() - 2))


class StackedLinear(StackedAffine):
    """M affine maps, ``(M, in_features, batch) -> (M, out_features, batch)``."""

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
    ) -> None:
        # (out, in): the gradient then comes in the weight's own layout and is not copied.
        super().__init__(rngs, (out_features, in_features), out_features, in_features, bias=bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.bias is None:
            return torch.bmm(self.weight, x)
        return torch.baddbmm(self.bias, self.weight, x)


class StackedBatchNorm(nn.Module):
    """Batch normalisation of M models, each by its own statistics (Ioffe and Szegedy 2015).

    Attributes
    ----------
    n_models : int
        M.
    """

    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, n_models: int, n_features: int, device: torch.device) -> None:
        super().__init__()
        self.n_models, self.eps = n_models, 1e-5
        zeros = torch.zeros(n_models * n_features, device=device, dtype=torch.float32)
        self.weight = nn.Parameter(zeros + 1)
        self.bias = nn.Parameter(zeros.clone())
        self.register_buffer("running_mean", zeros.clone())
        self.register_buffer("running_var", zeros + 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # The kernel itself: the functional form looks for a faster one first, which here takes
        # longer than it can bring.
        channels, _, _ = torch.native_batch_norm(
            x.view(1, -1, x.shape[-1]),
            self.weight,
            self.bias,
            self.running_mean,
            self.running_var,
            self.training,
            0.1,  # momentum, torch's default
            self.eps,
        )
        return channels.view(x.shape)

    def folded(self) -> nn.Module:
        """Return the rest of the layer once its scale and shift lie in the map before it."""
        return nn.Identity()


class StackedMLP(nn.Module):
    """Hidden layers (linear, batch normalisation, LeakyReLU), then a linear layer.

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    sizes : sequence of int
        Inputs, units of each hidden layer, outputs.
    bias : bool, default=True
        Whether the last layer has a bias. The hidden ones have none: the normalisation would
        subtract it again.
    """

    def __init__(
        self, rngs: Sequence[torch.Generator], sizes: Sequence[int], *, bias: bool = True
    ) -> None:
        super().__init__()
        *hidden, last = pairwise(sizes)
        layers: list[nn.Module] = []
        for n_in, n_out in hidden:
            layers.append(StackedLinear(rngs, n_in, n_out, bias=False))
            layers.append(StackedBatchNorm(len(rngs), n_out, rngs[0].device))
            layers.append(nn.LeakyReLU())
        self.layers = nn.Sequential(*layers, StackedLinear(rngs, *last, bias=bias))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def leaky_layers(rngs: Sequence[torch.Generator], sizes: Sequence[int]) -> nn.Sequential:
    """Make layers without normalisation, linear and LeakyReLU, of M discriminators.

    Normalised by batches, a discriminator would see which rows came together.

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    sizes : sequence of int
        Inputs, then units of each layer.
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [StackedLinear(rngs, n_in, n_out), nn.LeakyReLU(STEEP)]
    return nn.Sequential(*layers)


@torch.no_grad()
def split(net: nn.Module) -> list[Any]:
    """Return the M trained models of a stack for inference.

    Each is a stack of one on the CPU, without batch normalisation: its scale and shift are worked
    into the map before it. Parameters that belong to no affine map have the models on their first
    axis.
    """
    affine = folded(net)
    n_models = next(iter(affine)).n_models
    return [_single(net, m, affine) for m in range(n_models)]


def folded(net: nn.Module) -> dict[StackedAffine, tuple[torch.Tensor, torch.Tensor]]:
    """Return weights (M, ...) and biases (M, n_out, 1) with the normalisation worked in.

    A normalisation belongs to the affine map that comes before it in the order of the network's
    modules.
    """
    affine: dict[StackedAffine, tuple[torch.Tensor, torch.Tensor]] = {}
    last: StackedAffine | None = None
    for layer in net.modules():
        if isinstance(layer, StackedAffine):
            # A layer without a bias gets it from the normalisation that follows.
            bias = layer.weight if layer.bias is None else layer.bias
            affine[layer] = layer.weight, bias
            last = layer
        elif isinstance(layer, StackedBatchNorm) and last is not None:
            scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
            shift = layer.bias - layer.running_mean * scale
            # Maps that a linear layer gives have one normalisation for all their pixels, and lie
            # side by side in each.
            n_models = len(last.weight)
            times = n_models * last.n_out // len(scale)
            scale, shift = (v.view(n_models, -1).repeat(1, times) for v in (scale, shift))
            affine[last] = last.scaled(scale), shift[:, :, None]
    return affine


def _single(
    net: nn.Module, m: int, affine: dict[StackedAffine, tuple[torch.Tensor, torch.Tensor]]
) -> nn.Module:
    """Return a copy of a network for model m alone, with its folded weights and biases."""

    def of_model(values: torch.Tensor) -> nn.Parameter:
        own = values[m : m + 1].to("cpu", copy=True).contiguous()
        return nn.Parameter(own, requires_grad=False)

    # Objects that the copy gets instead of copies of the originals.
    replaced: dict[int, Any] = {}
    for module in net.modules():
        if isinstance(module, StackedBatchNorm):
            replaced[id(module)] = module.folded()
        elif isinstance(module, nn.LeakyReLU):
            replaced[id(module)] = nn.LeakyReLU(module.negative_slope, inplace=True)
        elif isinstance(module, StackedAffine):
            replaced[id(module.weight)] = of_model(affine[module][0])
        else:
            own = module.parameters(recurse=False)
            replaced.update((id(parameter), of_model(parameter)) for parameter in own)
    single = copy.deepcopy(net, replaced).cpu().eval()
    modules: list[Any] = list(single.modules())
    layers = [module for module in modules if isinstance(module, StackedAffine)]
    for layer, (_, bias) in zip(layers, affine.values(), strict=True):
        layer.bias = of_model(bias)
        layer.width //= layer.n_models
    for module in modules:
        if hasattr(module, "n_models"):
            module.n_models = 1
    return single
