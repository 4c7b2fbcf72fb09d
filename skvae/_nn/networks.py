"""Stacked networks: encoders, decoders, classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .convolutions import SLOPE, StackedConv, StackedLeakyBatchNorm2d, ToFeatures, ToMaps
from .layers import StackedAffine, StackedMLP, folded

# Of a Gaussian column, in standard deviations of the data.
_LEAST_SCALE = 0.01


class StackedBinClassifier(nn.Module):
    """Binary classifiers of rows whose values are coded by quantile bins.

    A value in [0, 1] becomes its share of the way through each of its column's bins (0 below, 1
    above): the piecewise linear encoding of Gorishniy et al. (2022), section 3.2.1.

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    edges : ndarray of shape (n_features, n_bins + 1)
        Edges of the bins; a bin without width is always 0.
    hidden_layer_sizes : sequence of int
        Hidden layers.
    """

    lower: torch.Tensor
    scale: torch.Tensor

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        edges: NDArray[np.float32],
        hidden_layer_sizes: Sequence[int],
    ) -> None:
        super().__init__()
        self.n_models = len(rngs)
        bounds = torch.from_numpy(edges).to(rngs[0].device)[:, :, None]
        lower, width = bounds[:, :-1], bounds.diff(dim=1)
        # Not persistent: what is the same for all models is no part of their weights.
        self.register_buffer("lower", lower, persistent=False)
        scale = torch.where(width > 0, 1 / width, 0)
        self.register_buffer("scale", scale, persistent=False)
        self.mlp = StackedMLP(rngs, [lower[..., 0].numel(), *hidden_layer_sizes, 1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Log-odds (M, 1, batch) of rows (M, n_features, batch), or (1, ...) for all models."""
        shares = (x[:, :, None] - self.lower).mul_(self.scale).clamp_(0, 1).flatten(1, 2)
        return self.mlp(shares.expand(self.n_models, -1, -1))


class StackedVAE(nn.Module):
    """Encoders and mirror-image decoders of M variational autoencoders.

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    n_features, n_components : int
        Inputs and latent dimensions.
    hidden_layer_sizes : sequence of int
        The encoder's hidden layers, from the input to the latent space.
    n_gaussian : int, default=0
        Inputs with a Gaussian likelihood, whose scales are learnt.
    normalize : bool, default=True
        Whether hidden layers have batch normalisation.
    """

    arguments: tuple
    encoder: nn.Module
    decoder: nn.Module

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        n_features: int,
        n_components: int,
        hidden_layer_sizes: Sequence[int],
        n_gaussian: int = 0,
        *,
        normalize: bool = True,
    ) -> None:
        super().__init__()
        self.arguments = (n_features, n_components, tuple(hidden_layer_sizes), n_gaussian)
        self.n_components = n_components
        encoder = [n_features, *hidden_layer_sizes, 2 * n_components]
        decoder = [n_components, *hidden_layer_sizes[::-1], n_features]
        self.encoder = StackedMLP(rngs, encoder, normalize=normalize)
        self.decoder = StackedMLP(rngs, decoder, normalize=normalize)
        shape, device = (len(rngs), n_gaussian, 1), rngs[0].device
        scales = torch.zeros(shape, device=device, dtype=torch.float32)
        self.raw_scale = nn.Parameter(scales) if n_gaussian else None

    @property
    def scale(self) -> torch.Tensor | None:
        """Standard deviations of the Gaussian likelihood, (M, n_gaussian, 1)."""
        if self.raw_scale is None:
            return None
        # Tenfold, because they have further to go than weights; bounded, because a column that is
        # fully explained would send its scale to 0 and its gradient to infinity.
        return torch.exp(10 * self.raw_scale).clamp_min(_LEAST_SCALE)

    @torch.no_grad()
    def set_scale(self, scale: torch.Tensor) -> None:
        """Set the standard deviations of a stack of one, (n_gaussian,)."""
        if self.raw_scale is not None:
            self.raw_scale[0, :, 0] = scale.clamp_min(_LEAST_SCALE).log() / 10

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log-variance of q(z given x), each (M, n_components, batch)."""
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        return mean, log_var

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Log-odds, means and log-probabilities of p(x given z), (M, n_features, batch)."""
        return self.decoder(z)

    @torch.no_grad()
    def split(self) -> list[StackedVAE]:
        """The M trained models for inference: stacks of one on the CPU, normalisation folded."""
        pairs = folded(self)
        singles = []
        for m in range(len(pairs[0][0])):
            single = type(self)([torch.Generator("cpu")], *self.arguments, normalize=False)
            layers = [x for x in single.modules() if isinstance(x, StackedAffine)]
            for layer, (weight, bias) in zip(layers, pairs, strict=True):
                layer.load_state_dict({"weight": weight[m : m + 1], "bias": bias[m : m + 1]})
            if self.raw_scale is not None and single.raw_scale is not None:
                single.raw_scale.copy_(self.raw_scale[m : m + 1])
            singles.append(single.eval().requires_grad_(False))
        return singles


class StackedConvVAE(StackedVAE):
    """Convolutional encoders and mirror-image decoders of M variational autoencoders.

    Parameters
    ----------
    rngs : sequence of M generators
        Where the models' first weights are drawn from.
    image_shape : (int, int, int)
        Channels, height and width of a row.
    n_components : int
        Latent dimensions.
    conv_channels : sequence of int
        Maps of the encoder's convolutions, each of which halves height and width.
    hidden_layer_sizes : sequence of int
        The linear layers between them and the latent space.
    normalize : bool, default=True
        Whether there is batch normalisation between the layers.
    mixed : bool, default=False
        Whether training convolves in bfloat16, but from and to few maps; weights, their gradients'
        moments, statistics and linear layers stay in float32 (Micikevicius et al. 2018).
    """

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        image_shape: tuple[int, int, int],
        n_components: int,
        conv_channels: Sequence[int],
        hidden_layer_sizes: Sequence[int],
        *,
        normalize: bool = True,
        mixed: bool = False,
    ) -> None:
        nn.Module.__init__(self)
        self.arguments = (image_shape, n_components, tuple(conv_channels), hidden_layer_sizes)
        self.n_components, self.n_channels, self.raw_scale = n_components, image_shape[0], None
        sizes = _map_sizes(image_shape[1:], len(conv_channels))
        maps = [image_shape[0], *conv_channels]
        n_features = maps[-1] * sizes[-1][0] * sizes[-1][1]

        def after(n: int) -> nn.Module:
            if normalize:
                return StackedLeakyBatchNorm2d(len(rngs), n, rngs[0].device)
            return nn.LeakyReLU(SLOPE, inplace=True)

        encoder: list[nn.Module] = [ToMaps(*sizes[0])]
        for (n_in, n_out), (size, half) in zip(pairwise(maps), pairwise(sizes), strict=True):
            encoder.append(
                StackedConv(rngs, n_in, n_out, size, half, bias=not normalize, mixed=mixed)
            )
            encoder.append(after(n_out))
        widths = [n_features, *hidden_layer_sizes, 2 * n_components]
        encoder += [ToFeatures(len(rngs)), StackedMLP(rngs, widths, normalize=normalize)]

        widths = [n_components, *hidden_layer_sizes[::-1], n_features]
        mlp = StackedMLP(rngs, widths, normalize=normalize, bias=not normalize)
        decoder: list[nn.Module] = [mlp, ToMaps(*sizes[-1])]
        for (n_in, n_out), (half, size) in zip(
            pairwise(maps[::-1]), pairwise(sizes[::-1]), strict=True
        ):
            decoder.append(after(n_in))
            bias = not normalize or size == sizes[0]
            decoder.append(
                StackedConv(rngs, n_in, n_out, size, half, transposed=True, bias=bias, mixed=mixed)
            )
        self.encoder = nn.Sequential(*encoder)
        self.decoder = nn.Sequential(*decoder, ToFeatures(len(rngs)))

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log-variance of q(z given x), each (M, n_components, batch)."""
        # Rows hold one channel after the other, the maps' features one pixel after the other.
        return super().encode(x.unflatten(1, (self.n_channels, -1)).transpose(1, 2).flatten(1, 2))

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Log-odds of p(x given z), (M, n_features, batch)."""
        logits = super().decode(z)
        return logits.unflatten(1, (-1, self.n_channels)).transpose(1, 2).flatten(1, 2)


def _map_sizes(size: tuple[int, int], n_halvings: int) -> list[tuple[int, int]]:
    """Heights and widths of the maps: the image's, then the halves of its multiple of 2^n."""
    times = 2**n_halvings
    last = tuple(-(-s // times) for s in size)
    halves = [(last[0] * 2**n, last[1] * 2**n) for n in reversed(range(n_halvings))]
    return [size, *halves]
