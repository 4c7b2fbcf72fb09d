"""Stacked convolutions: M networks for images as one, by grouped convolutions.

Images are (batch, M * channels, height, width) with the channels innermost in memory, where
convolutions and batch normalisation are fastest. Outside the convolutions activations are
(M, features, batch) as in `layers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from numbers import Integral
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from .._seeding import short
from .layers import STEEP, StackedAffine, StackedBatchNorm, StackedMLP

# Every convolution halves a map, or doubles it.
_KERNEL, _STRIDE, _PADDING = 4, 2, 1
# LeakyReLU's, torch's default.
SLOPE = 0.01
# Fewer maps than fill a vector register: transposed convolutions to them go another way.
_FEW_MAPS = 8


def check_conv_channels(
    conv_channels: Sequence[int], image_shape: tuple[int, int, int]
) -> tuple[int, ...]:
    """Refuse anything but integers >= 1, and more of them than the image can be halved."""
    sizes = tuple(conv_channels)
    if not sizes or not all(isinstance(s, Integral) and s >= 1 for s in sizes):
        raise ValueError(
            f"conv_channels must hold at least one integer, all >= 1, got {short(conv_channels)}"
        )
    most = max(1, (max(image_shape[1:]) - 1).bit_length())
    if len(sizes) > most:
        raise ValueError(
            f"conv_channels must hold at most {most} integers for images of {image_shape[1]} x "
            f"{image_shape[2]} pixels, each of which halves them, got {sizes}"
        )
    return tuple(int(s) for s in sizes)


class StackedConv(StackedAffine):
    """M convolutions of 4x4 with stride 2, which halve a map, or transposed, which double it.

    A map that is smaller than twice its half is zero-padded implicitly, through `padding`; the
    padded map is never stored.

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    n_in, n_out : int
        Maps of a model.
    size : (int, int)
        Height and width of the larger maps: the input's, or the output's if transposed.
    half : (int, int)
        Height and width of the smaller maps, at least half of `size`.
    transposed : bool, default=False
        Whether to double the maps instead of halving them.
    bias : bool
        Whether to add a bias.
    mixed : bool, default=False
        Whether to train in bfloat16. Convolutions from or to few maps, as an image's, stay in
        float32: they are fast, and bfloat16 would cost precision.
    """

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        n_in: int,
        n_out: int,
        size: tuple[int, int],
        half: tuple[int, int],
        *,
        transposed: bool = False,
        bias: bool,
        mixed: bool = False,
    ) -> None:
        # In memory as the channels-last weight of torch.nn, so that no step copies it; the fan-in
        # is torch's, for transposed convolutions too.
        first, last = (n_in, n_out) if transposed else (n_out, n_in)
        shape = (first, _KERNEL, _KERNEL, last)
        super().__init__(rngs, shape, n_out, last * _KERNEL**2, bias=bias)
        self.transposed, self.size = transposed, size
        self.mixed = mixed and min(n_in, n_out) >= _FEW_MAPS
        extra = [_STRIDE * h - s for s, h in zip(size, half, strict=True)]
        # An odd number of zeros has one more before the map than behind it, where a convolution's
        # last window, and a transposed one's last pixels, simply do not exist.
        self.padding = (_PADDING + (extra[0] + 1) // 2, _PADDING + (extra[1] + 1) // 2)
        self.output_padding = [e % 2 if transposed else 0 for e in extra]
        self.n_uses = half[0] * half[1]
        self.width *= size[0] * size[1] if transposed else self.n_uses

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Convolve maps (batch, M * n_in, ...) to (batch, M * n_out, ...)."""
        x = x.to(torch.bfloat16 if self.mixed and self.training else self.weight.dtype)
        weight = self.weight.to(x.dtype)
        weight = weight.flatten(0, 1).permute(0, 3, 1, 2)
        bias = None if self.bias is None else self.bias.view(-1).to(x.dtype)
        geometry = [_STRIDE] * 2, self.padding, [1, 1], self.transposed, self.output_padding
        if self.transposed and self.n_out < _FEW_MAPS and x.device.type == "cpu":
            maps = _ToFewMaps.apply(x, weight, self.size, (*geometry, self.n_models))
            return maps if bias is None else maps + bias.view(-1, 1, 1)
        return torch.convolution(x, weight, bias, *geometry, self.n_models)

    def scaled(self, scale: torch.Tensor) -> torch.Tensor:
        """Return the weights times a scale (M, n_out) of their outputs."""
        if self.transposed:
            return self.weight * scale[:, None, None, None]
        return super().scaled(scale)


class _ToFewMaps(torch.autograd.Function):
    """A transposed convolution to few maps on a CPU.

    The library's own is fast in its gradient only. So the forward pass takes two steps, each of
    which is fast: a patch of the output for each pixel of the input, then their overlapping sum.
    """

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, size: tuple[int, int], geometry: tuple
    ) -> torch.Tensor:
        """Convolve to maps of `size`; `geometry` is what `torch.convolution` takes after a bias."""
        ctx.save_for_backward(x, weight)
        ctx.geometry = geometry
        _, padding, _, _, _, n_models = geometry
        # (M * n_in, n_out, 4, 4) -> (M * n_out * 16, n_in, 1, 1)
        pointwise = weight.view(n_models, -1, *weight.shape[1:]).flatten(2).transpose(1, 2)
        pointwise = pointwise.reshape(-1, x.shape[1] // n_models, 1, 1)
        patches = F.conv2d(x, pointwise, groups=n_models).flatten(2)
        return F.fold(patches, size, _KERNEL, padding=padding, stride=_STRIDE)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        needed = [*ctx.needs_input_grad[:2], False]
        gradients = torch.ops.aten.convolution_backward(
            grad.contiguous(memory_format=torch.channels_last),
            x,
            weight,
            None,
            *ctx.geometry,
            needed,
        )
        return *gradients[:2], None, None


class _LeakyBatchNorm(torch.autograd.Function):
    """Batch normalisation, then LeakyReLU, which takes no memory of its own either way.

    `backward` overwrites the gradient that it is given, so one layer alone may read the output.
    """

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, *others: Any) -> torch.Tensor:
        y, mean, inverse_std = torch.native_batch_norm(x, weight, *others)
        F.leaky_relu_(y, SLOPE)
        ctx.save_for_backward(x, weight, y, mean, inverse_std)
        ctx.eps = others[-1]
        return y

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weight, y, mean, inverse_std = ctx.saved_tensors
        grad = grad.contiguous(memory_format=torch.channels_last)
        torch.ops.aten.leaky_relu_backward.grad_input(grad, y, SLOPE, True, grad_input=grad)
        gradients = torch.ops.aten.native_batch_norm_backward(
            grad, x, weight, None, None, mean, inverse_std, True, ctx.eps, [True] * 3
        )
        return *gradients, None, None, None, None, None


class StackedLeakyBatchNorm2d(StackedBatchNorm):
    """Batch normalisation of maps, over rows and pixels, and LeakyReLU."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return _LeakyBatchNorm.apply(
            x,
            self.weight,
            self.bias,
            self.running_mean,
            self.running_var,
            self.training,
            0.1,  # momentum
            self.eps,
        )

    def folded(self) -> nn.Module:
        return nn.LeakyReLU(SLOPE, inplace=True)


class ToMaps(nn.Module):
    """Features as maps: (M, height * width * maps, batch) -> (batch, M * maps, height, width)."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pixels = x.unflatten(1, (self.height, self.width, -1)).permute(4, 1, 2, 0, 3)
        # By way of one dimension: else the strides of a single map would pass for another layout.
        flat = pixels.flatten().view(x.shape[-1], self.height, self.width, -1)
        return flat.permute(0, 3, 1, 2)


class ToFeatures(nn.Module):
    """Maps as features: (batch, M * maps, height, width) -> (M, height * width * maps, batch).

    The features are never bfloat16.
    """

    def __init__(self, n_models: int) -> None:
        super().__init__()
        self.n_models = n_models

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pixels = x.permute(0, 2, 3, 1).unflatten(3, (self.n_models, -1))
        pixels = pixels.permute(3, 0, 1, 2, 4)
        if pixels.dtype == torch.bfloat16:
            # Both copies in one.
            pixels = pixels.to(torch.float32, memory_format=torch.contiguous_format)
        return pixels.flatten(2).transpose(1, 2)


class PixelsFirst(nn.Module):
    """Reorder a flat image: one channel after the other -> one pixel after the other."""

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.n_channels = n_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(1, (self.n_channels, -1)).transpose(1, 2).flatten(1, 2)


class ChannelsFirst(nn.Module):
    """Reorder a flat image: one pixel after the other -> one channel after the other."""

    def __init__(self, n_channels: int) -> None:
        super().__init__()
        self.n_channels = n_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(1, (-1, self.n_channels)).transpose(1, 2).flatten(1, 2)


class BesideMaps(nn.Module):
    """Convolutions of images, then linear layers that get other features of the rows besides.

    Parameters
    ----------
    convolutions : Module
        (M, n_pixels, batch) -> (M, n_features, batch).
    mlp : Module
        (M, n_features + n_others, batch) -> (M, n_out, batch).
    n_others : int
        Features behind the pixels.
    """

    def __init__(self, convolutions: nn.Module, mlp: nn.Module, n_others: int) -> None:
        super().__init__()
        self.convolutions, self.mlp, self.n_others = convolutions, mlp, n_others

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pixels, others = x.split([x.shape[1] - self.n_others, self.n_others], dim=1)
        return self.mlp(torch.cat([self.convolutions(pixels), others], dim=1))


def conv_encoder(
    rngs: Sequence[torch.Generator],
    image_shape: tuple[int, int, int],
    conv_channels: Sequence[int],
    hidden_layer_sizes: Sequence[int],
    n_out: int,
    *,
    n_conditions: int = 0,
    mixed: bool = False,
) -> nn.Module:
    """Make M convolutional encoders, (M, n_pixels + n_conditions, batch) -> (M, n_out, batch).

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    image_shape : (int, int, int)
        Channels, height and width of a row.
    conv_channels : sequence of int
        Maps of the convolutions, each of which halves height and width.
    hidden_layer_sizes : sequence of int
        The linear layers behind them.
    n_out : int
        Outputs.
    n_conditions : int, default=0
        Features behind the pixels, which the linear layers get.
    mixed : bool, default=False
        Whether training convolves in bfloat16, except from and to few maps. Weights, their
        gradients' moments, statistics and linear layers stay in float32 (Micikevicius et al.
        2018).
    """
    sizes = _map_sizes(image_shape[1:], len(conv_channels))
    maps = [image_shape[0], *conv_channels]
    layers: list[nn.Module] = [PixelsFirst(image_shape[0]), ToMaps(*sizes[0])]
    for (n_in, n_out_maps), (size, half) in zip(pairwise(maps), pairwise(sizes), strict=True):
        layers.append(StackedConv(rngs, n_in, n_out_maps, size, half, bias=False, mixed=mixed))
        layers.append(StackedLeakyBatchNorm2d(len(rngs), n_out_maps, rngs[0].device))
    n_features = maps[-1] * sizes[-1][0] * sizes[-1][1]
    mlp = StackedMLP(rngs, [n_features + n_conditions, *hidden_layer_sizes, n_out])
    layers.append(ToFeatures(len(rngs)))
    if n_conditions:
        return BesideMaps(nn.Sequential(*layers), mlp, n_conditions)
    return nn.Sequential(*layers, mlp)


def conv_body(
    rngs: Sequence[torch.Generator],
    image_shape: tuple[int, int, int],
    conv_channels: Sequence[int],
) -> tuple[nn.Sequential, int]:
    """Make the convolutions of M discriminators, without normalisation.

    Parameters
    ----------
    rngs, image_shape, conv_channels
        As of `conv_encoder`.

    Returns
    -------
    body : Module
        (M, n_pixels, batch) -> (M, n_features, batch).
    n_features : int
        Pixels of the last maps.
    """
    sizes = _map_sizes(image_shape[1:], len(conv_channels))
    maps = [image_shape[0], *conv_channels]
    layers: list[nn.Module] = [PixelsFirst(image_shape[0]), ToMaps(*sizes[0])]
    for (n_in, n_out), (size, half) in zip(pairwise(maps), pairwise(sizes), strict=True):
        layers += [StackedConv(rngs, n_in, n_out, size, half, bias=True), nn.LeakyReLU(STEEP)]
    n_features = maps[-1] * sizes[-1][0] * sizes[-1][1]
    return nn.Sequential(*layers, ToFeatures(len(rngs))), n_features


def conv_decoder(
    rngs: Sequence[torch.Generator],
    image_shape: tuple[int, int, int],
    conv_channels: Sequence[int],
    hidden_layer_sizes: Sequence[int],
    n_in: int,
    *,
    mixed: bool = False,
) -> nn.Sequential:
    """Make M mirror images of `conv_encoder`, (M, n_in, batch) -> (M, n_pixels, batch).

    Parameters
    ----------
    n_in : int
        Inputs; the other parameters are the encoder's.
    """
    sizes = _map_sizes(image_shape[1:], len(conv_channels))[::-1]
    maps = [image_shape[0], *conv_channels][::-1]
    n_features = maps[0] * sizes[0][0] * sizes[0][1]
    mlp = StackedMLP(rngs, [n_in, *hidden_layer_sizes[::-1], n_features], bias=False)
    layers: list[nn.Module] = [mlp, ToMaps(*sizes[0])]
    for (n_in_maps, n_out), (half, size) in zip(pairwise(maps), pairwise(sizes), strict=True):
        layers.append(StackedLeakyBatchNorm2d(len(rngs), n_in_maps, rngs[0].device))
        bias = size == sizes[-1]
        layers.append(
            StackedConv(rngs, n_in_maps, n_out, size, half, transposed=True, bias=bias, mixed=mixed)
        )
    return nn.Sequential(*layers, ToFeatures(len(rngs)), ChannelsFirst(image_shape[0]))


def _map_sizes(size: tuple[int, int], n_halvings: int) -> list[tuple[int, int]]:
    """Return heights and widths: the image's, then the halves of its multiple of 2^n."""
    times = 2**n_halvings
    last = tuple(-(-s // times) for s in size)
    halves = [(last[0] * 2**n, last[1] * 2**n) for n in reversed(range(n_halvings))]
    return [size, *halves]
