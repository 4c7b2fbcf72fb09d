"""Stacked networks: autoencoders, VAEs and binary classifiers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .layers import StackedMLP

# Lower bound of a Gaussian column's noise, in standard deviations of the column.
_LEAST_SCALE = 0.01


class StackedAutoencoder(nn.Module):
    """Encoders and decoders of M models, with the noise of Gaussian columns.

    Parameters
    ----------
    rngs : sequence of M generators
        One a model, on the device of the network.
    encoder : Module
        (M, n_columns, batch) -> (M, n_components, batch).
    decoder : Module
        (M, n_components, batch) -> (M, n_columns, batch), parameters of p(x given z).
    n_gaussian : int, default=0
        Columns with a Gaussian likelihood, whose standard deviations are learnt.
    """

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        encoder: nn.Module,
        decoder: nn.Module,
        n_gaussian: int = 0,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        shape, device = (len(rngs), n_gaussian, 1), rngs[0].device
        scales = torch.zeros(shape, device=device, dtype=torch.float32)
        self.raw_scale = nn.Parameter(scales) if n_gaussian else None

    @property
    def scale(self) -> torch.Tensor | None:
        """Standard deviations of the Gaussian likelihood, (M, n_gaussian, 1)."""
        if self.raw_scale is None:
            return None
        # Tenfold, because scales have further to go than weights; bounded, because a column that
        # is fully explained would send its scale to 0 and its gradient to infinity.
        return torch.exp(10 * self.raw_scale).clamp_min(_LEAST_SCALE)

    @torch.no_grad()
    def set_scale(self, scale: torch.Tensor) -> None:
        """Set the standard deviations of a stack of one, (n_gaussian,)."""
        if self.raw_scale is not None:
            self.raw_scale[0, :, 0] = scale.clamp_min(_LEAST_SCALE).log() / 10

    def latents(self, x: torch.Tensor, eps: torch.Tensor | None = None) -> torch.Tensor:
        """Return the latent vectors of rows, (M, n_components, batch).

        Parameters
        ----------
        x : tensor of shape (M, n_columns, batch)
            Coded rows.
        eps : tensor of shape (M, n_components, batch), default=None
            Standard normal noise. A network whose posterior is a distribution draws from it by
            `eps`, and returns its mean without.
        """
        return self.encoder(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Return log-odds, means and log-probabilities of p(x given z), (M, n_columns, batch)."""
        return self.decoder(z)


class StackedVAE(StackedAutoencoder):
    """Encoders and decoders of M variational autoencoders.

    The encoder gives 2 * n_components values: the mean and the log-variance of q(z given x).
    """

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log-variance of q(z given x), each (M, n_components, batch)."""
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        return mean, log_var

    def deviations(self, x: torch.Tensor) -> torch.Tensor:
        """Return the standard deviations of q(z given x), (M, n_components, batch)."""
        return torch.exp(0.5 * self.encode(x)[1])

    def latents(self, x: torch.Tensor, eps: torch.Tensor | None = None) -> torch.Tensor:
        mean, log_var = self.encode(x)
        return mean if eps is None else mean + torch.exp(0.5 * log_var) * eps


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
        # Not persistent: all models share the bins, which are no part of their weights.
        self.register_buffer("lower", lower, persistent=False)
        # Beside an extreme value others lie so close that 1 / width is no float.
        scale = torch.where(width > torch.finfo(width.dtype).tiny, 1 / width, 0)
        self.register_buffer("scale", scale, persistent=False)
        self.mlp = StackedMLP(rngs, [lower[..., 0].numel(), *hidden_layer_sizes, 1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return log-odds (M, 1, batch) of rows (M, n_features, batch), or (1, ...) for all."""
        shares = (x[:, :, None] - self.lower).mul_(self.scale).clamp_(0, 1).flatten(1, 2)
        return self.mlp(shares.expand(self.n_models, -1, -1))
