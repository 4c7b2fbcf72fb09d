"""Stacked layers: M networks of one shape as one, one native call a layer for all of them.

Every parameter and buffer has the models one after another on its first axis. Activations are (M, features, batch),
features before batch: so each of the M * features channels lies in one piece, and batch
normalisation of the whole stack is one call over M * features channels without a copy.
A single network is a stack of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional as F


class StackedLinear(nn.Module):
    """M affine maps, ``(M, in_features, batch) -> (M, out_features, batch)``.

    Weights start as those of `torch.nn.Linear`, model m's drawn from ``rngs[m]``.
    """

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        bound = 1 / math.sqrt(in_features)

        def uniform(*shape: int) -> nn.Parameter:
            draws = [torch.rand(shape, generator=g, device=g.device) for g in rngs]
            return nn.Parameter((2 * torch.stack(draws) - 1) * bound)

        # (out, in): the gradient then comes in the weight's own layout and is not copied.
        self.weight = uniform(out_features, in_features)
        self.bias = uniform(out_features, 1) if bias else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.bias is None:
            return torch.bmm(self.weight, x)
        return torch.baddbmm(self.bias, self.weight, x)


class StackedBatchNorm(nn.Module):
    """Batch normalisation of M models, each by its own statistics (Ioffe and Szegedy 2015)."""

    def __init__(self, n_models: int, n_features: int, device: torch.device) -> None:
        super().__init__()
        n_channels = n_models * n_features
        self.weight = nn.Parameter(torch.ones(n_channels, device=device))
        self.bias = nn.Parameter(torch.zeros(n_channels, device=device))
        self.register_buffer("running_mean", torch.zeros(n_channels, device=device))
        self.register_buffer("running_var", torch.ones(n_channels, device=device))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        channels = F.batch_norm(
            x.view(1, -1, x.shape[-1]),
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training=self.training,
        )
        return channels.view(x.shape)


class StackedMLP(nn.Module):
    """Hidden layers (linear, batch normalisation, LeakyReLU), then a linear layer.

    A hidden layer has no bias of its own: the normalisation would subtract it again.
    """

    def __init__(self, rngs: Sequence[torch.Generator], sizes: Sequence[int]) -> None:
        super().__init__()
        *hidden, last = zip(sizes[:-1], sizes[1:], strict=True)
        layers: list[nn.Module] = []
        for n_in, n_out in hidden:
            layers += [
                StackedLinear(rngs, n_in, n_out, bias=False),
                StackedBatchNorm(len(rngs), n_out, rngs[0].device),
                nn.LeakyReLU(inplace=True),
            ]
        self.layers = nn.Sequential(*layers, StackedLinear(rngs, *last))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


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
    """

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        n_features: int,
        n_components: int,
        hidden_layer_sizes: Sequence[int],
    ) -> None:
        super().__init__()
        self.shape = (n_features, n_components, tuple(hidden_layer_sizes))
        self.encoder = StackedMLP(rngs, [n_features, *hidden_layer_sizes, 2 * n_components])
        self.decoder = StackedMLP(rngs, [n_components, *hidden_layer_sizes[::-1], n_features])

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log-variance of q(z given x), each (M, n_components, batch)."""
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        return mean, log_var

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Logits of p(x given z), (M, n_features, batch)."""
        return self.decoder(z)

    def split(self) -> list[StackedVAE]:
        """The M models as stacks of one, on the CPU, with memory of their own."""
        state = self.state_dict()
        n_models = len(state["decoder.layers.0.weight"])
        singles = []
        for m in range(n_models):
            single = StackedVAE([torch.Generator()], *self.shape)
            single.load_state_dict({k: v.chunk(n_models)[m].cpu() for k, v in state.items()})
            singles.append(single.eval().requires_grad_(False))
        return singles
