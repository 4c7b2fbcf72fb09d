"""Likelihoods, Kullback-Leibler divergence, and what the stacks minimise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import nn
from torch.nn import functional as F

from ._runtime import standard_normal


class LatentVariableModel(Protocol):
    """What the ELBO asks of a network."""

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]: ...

    def decode(self, z: torch.Tensor) -> torch.Tensor: ...


class Terms(NamedTuple):
    """The two sides of the ELBO in nats, each (M, batch): a value a model and row."""

    reconstruction: torch.Tensor
    kl: torch.Tensor


def bernoulli_nll(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy, summed over the features: (M, features, batch) -> (M, batch)."""
    # log(1 + exp(l)) - x * l in one kernel each; the native loss has more of them.
    return (F.softplus(logits) - x * logits).sum(dim=1)


def kl_to_standard_normal(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    r"""KL of N(mean, diag exp(log_var)) from N(0, I), (M, components, batch) -> (M, batch).

    :math:`\frac12 \sum_j (\sigma_j^2 + \mu_j^2 - 1 - \log \sigma_j^2)`, Kingma and Welling
    (2014), appendix B.
    """
    return 0.5 * torch.addcmul(torch.expm1(log_var) - log_var, mean, mean).sum(dim=1)


def negative_elbo(
    net: LatentVariableModel,
    x: torch.Tensor,
    eps: torch.Tensor,
    x_seen: torch.Tensor | None = None,
) -> Terms:
    """Both terms of the negative ELBO at z = mean + sigma * eps.

    Parameters
    ----------
    net : LatentVariableModel
        M encoders and decoders.
    x : tensor of shape (M, features, batch)
        The rows to explain, in [0, 1].
    eps : tensor of shape (M, components, batch)
        Standard normal draws (the reparametrisation of Kingma and Welling 2014, section 2.4).
    x_seen : tensor like `x`, default=None
        What the encoder sees instead of `x`: the noisy rows of a denoising VAE.
    """
    mean, log_var = net.encode(x if x_seen is None else x_seen)
    z = torch.addcmul(mean, torch.exp(0.5 * log_var), eps)
    return Terms(bernoulli_nll(net.decode(z), x), kl_to_standard_normal(mean, log_var))


@dataclass(frozen=True)
class NegativeELBO:
    """`negative_elbo` as a training objective, its KL weighted by `beta`.

    Attributes
    ----------
    n_features, n_components : int
        The network's inputs and latent dimensions.
    beta : float
        Weight of the KL.
    denoising_std : float
        Standard deviation of the noise on what the encoder sees in training.
    """

    n_features: int
    n_components: int
    beta: float = 1.0
    denoising_std: float = 0.0

    @property
    def weights(self) -> tuple[float, float]:
        return 1.0, self.beta

    @property
    def n_noise(self) -> int:
        return self.n_components + (self.n_features if self.denoising_std else 0)

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        return standard_normal(rngs, n_steps, self.n_noise, n_rows)

    def __call__(self, net: Any, x: torch.Tensor, noise: torch.Tensor) -> Terms:
        eps, x_seen = noise, None
        if self.denoising_std:
            eps, spoil = noise.split([self.n_components, self.n_features], dim=1)
            x_seen = x + self.denoising_std * spoil if net.training else None
        return negative_elbo(net, x, eps, x_seen)


@dataclass(frozen=True)
class RealAgainstNoise:
    """Binary cross-entropy of telling real rows from as many noise rows.

    Attributes
    ----------
    n_features : int
        The network's inputs.
    draw : sequence of M callables
        ``draw[m](rng, n)`` gives n rows (n, n_features) of what is noise to model m.
    """

    n_features: int
    draw: Sequence[Callable[[torch.Generator, int], torch.Tensor]]

    @property
    def weights(self) -> tuple[float, float]:
        return 0.5, 0.5

    @property
    def n_noise(self) -> int:
        return self.n_features

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        rows = [draw(g, n_steps * n_rows) for draw, g in zip(self.draw, rngs, strict=True)]
        shape = (len(rngs), n_steps, n_rows, self.n_features)
        return torch.stack(rows).view(shape).transpose(2, 3)

    def __call__(
        self, net: nn.Module, x: torch.Tensor, noise: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        real, fake = net(torch.cat([x, noise], dim=2))[:, 0].chunk(2, dim=1)
        return F.softplus(-real), F.softplus(fake)
