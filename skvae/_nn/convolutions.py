"""Stacked convolutions: M networks for images as one, by grouped convolutions.

Images are (batch, M * channels, height, width) with the channels innermost in memory, where
convolutions and batch normalisation are fastest. Outside the convolutions activations are
(M, features, batch) as in `layers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from .layers import StackedAffine, StackedBatchNorm

# Of all convolutions: they halve a map, or double it.
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
            f"conv_channels must hold at least one integer, all >= 1, got {conv_channels!r}"
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

    A map that is smaller than twice its half counts as lying in one of zeros that is not: the zeros
    are a matter of the padding, and never stored.

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    n_in, n_out : int
        Maps of a model.
    size : (int, int)
        Height and width of the larger maps: the input's, or the output's if transposed.
    half : (int, int)
        Those of the smaller ones, at least half of `size`.
    transposed : bool, default=False
        Whether to double.
    bias : bool
        Whether it has one.
    mixed : bool, default=False
        Whether to train in bfloat16 where that pays: not from or to few maps, an image's, whose
        precision it costs and which are soon done.
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
        self.n_models, self.transposed, self.size = len(rngs), transposed, size
        self.mixed = mixed and min(n_in, n_out) >= _FEW_MAPS
        extra = [_STRIDE * h - s for s, h in zip(size, half, strict=True)]
        # An odd number of zeros has one more before the map than behind it, where a convolution's
        # last window, and a transposed one's last pixels, simply do not exist.
        self.padding = (_PADDING + (extra[0] + 1) // 2, _PADDING + (extra[1] + 1) // 2)
        self.output_padding = [e % 2 if transposed else 0 for e in extra]
        self.n_uses = half[0] * half[1]
        self.width *= size[0] * size[1] if transposed else self.n_uses

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps (batch, M * n_in, ...) to (batch, M * n_out, ...)."""
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
        """Weights times a scale (M, n_out) of their outputs."""
        if self.transposed:
            return self.weight * scale[:, None, None, None]
        return super().scaled(scale)


class _ToFewMaps(torch.autograd.Function):
    """A transposed convolution to few maps on a CPU.

    The library's own is fast in its gradient only. So what goes forward takes two steps, of which
    each is fast: a patch of the output for each pixel of the input, then their overlapping sum.
    """

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, size: tuple[int, int], geometry: tuple
    ) -> torch.Tensor:
        """`size` is the output's, `geometry` all that `torch.convolution` takes after the bias."""
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

    What comes in `backward` is overwritten, so one layer alone may read what `forward` gives out.
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


class ToMaps(nn.Module):
    """(M, height * width * maps, batch) -> (batch, M * maps, height, width)."""

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pixels = x.unflatten(1, (self.height, self.width, -1)).permute(4, 1, 2, 0, 3)
        # By way of one dimension: else the strides of a single map would pass for another layout.
        flat = pixels.flatten().view(x.shape[-1], self.height, self.width, -1)
        return flat.permute(0, 3, 1, 2)


class ToFeatures(nn.Module):
    """(batch, M * maps, height, width) -> (M, height * width * maps, batch), never bfloat16."""

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
