"""Objectives: the terms that a stack of models minimises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
from torch import nn
from torch.nn import functional as F

from .._tables.layout import Layout
from .devices import standard_normal
from .likelihoods import reconstruction_nll


class Player(NamedTuple):
    """Part of a network that minimises a loss of its own.

    Attributes
    ----------
    parameters : list of Parameter
        What the player moves.
    weights : tuple of float
        The weight of each of the objective's terms in the player's loss, 0 for those that do not
        concern it.
    momentum : float
        Adam's decay rate of the average of gradients, in [0, 1).
    """

    parameters: list[nn.Parameter]
    weights: tuple[float, ...]
    momentum: float = 0.9


class Objective(Protocol):
    """The terms that training minimises, and the players that minimise them.

    In each step every player moves its own parameters, against the others as they were before the
    step. A VAE has one player.

    Attributes
    ----------
    terms : tuple of str
        Names of the terms.
    n_noise : int
        Random values that a row takes.
    """

    @property
    def terms(self) -> tuple[str, ...]: ...

    @property
    def n_noise(self) -> int: ...

    def players(self, net: Any) -> Sequence[Player]:
        """Return the players in their order; the first one's loss is that of held-out rows."""

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        """Draw (M, n_steps, n_noise, n_rows), model m's from ``rngs[m]``."""

    def __call__(self, net: Any, x: torch.Tensor, noise: torch.Tensor) -> Sequence[torch.Tensor]:
        """Return the terms, each (M, n_rows), for rows x (M, n_columns, n_rows)."""


class LatentVariableModel(Protocol):
    """The parts of a network that the ELBO needs.

    Attributes
    ----------
    scale : tensor of shape (M, n_gaussian, 1) or None
        Standard deviations of the Gaussian columns.
    """

    @property
    def scale(self) -> torch.Tensor | None: ...

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]: ...

    def decode(self, z: torch.Tensor) -> torch.Tensor: ...


class Terms(NamedTuple):
    """The two terms of the negative ELBO in nats, each (M, batch)."""

    reconstruction: torch.Tensor
    kl: torch.Tensor


def kl_to_standard_normal(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    r"""KL of N(mean, diag exp(log_var)) from N(0, I), (M, components, batch) -> (M, batch).

    :math:`\frac12 \sum_j (\sigma_j^2 + \mu_j^2 - 1 - \log \sigma_j^2)`, Kingma and Welling
    (2014), appendix B.
    """
    return kl_by_component(mean, log_var).sum(dim=1)


def kl_by_component(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    """The terms of `kl_to_standard_normal`, (M, components, batch)."""
    return 0.5 * torch.addcmul(torch.expm1(log_var) - log_var, mean, mean)


def with_conditions(z: torch.Tensor, x: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return what the decoder gets: latent vectors, and below them the conditions of their rows."""
    return torch.cat([z, x[:, layout.n_columns :]], dim=1) if layout.n_conditions else z


def negative_elbo(
    net: LatentVariableModel,
    x: torch.Tensor,
    eps: torch.Tensor,
    layout: Layout,
    x_seen: torch.Tensor | None = None,
) -> Terms:
    """Both terms of the negative ELBO at z = mean + sigma * eps.

    Parameters
    ----------
    net : LatentVariableModel
        M encoders and decoders.
    x : tensor of shape (M, n_inputs, batch)
        The rows to explain, and their conditions.
    eps : tensor of shape (M, components, batch)
        Standard normal draws (the reparametrisation of Kingma and Welling 2014, section 2.4).
    layout : Layout
        The likelihoods of the columns.
    x_seen : tensor like `x`, default=None
        Rows that the encoder sees instead of `x`: the noisy rows of a denoising VAE.
    """
    mean, log_var = net.encode(x if x_seen is None else x_seen)
    z = torch.addcmul(mean, torch.exp(0.5 * log_var), eps)
    logits = net.decode(with_conditions(z, x, layout))
    reconstruction = reconstruction_nll(logits, x, layout, net.scale)
    return Terms(reconstruction, kl_to_standard_normal(mean, log_var))


@dataclass(frozen=True)
class Reconstruction:
    """Negative log-likelihood of rows that an autoencoder reconstructs.

    Attributes
    ----------
    layout : Layout
        The network's inputs.
    denoising_std : float
        Standard deviation of the noise on the encoder's input in training.
    """

    layout: Layout
    denoising_std: float = 0.0

    terms: ClassVar[tuple[str, ...]] = ("reconstruction",)

    @property
    def n_noise(self) -> int:
        return self.layout.n_columns if self.denoising_std else 0

    def players(self, net: nn.Module) -> list[Player]:
        return [Player(list(net.parameters()), (1.0,))]

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        return standard_normal(rngs, n_steps, self.n_noise, n_rows)

    def __call__(self, net: Any, x: torch.Tensor, noise: torch.Tensor) -> list[torch.Tensor]:
        is_spoiled = self.denoising_std and net.training
        z = net.latents(x + self.denoising_std * noise if is_spoiled else x)
        return [reconstruction_nll(net.decode(z), x, self.layout, net.scale)]


@dataclass(frozen=True)
class NegativeELBO:
    """`negative_elbo` as a training objective, its KL weighted by `beta`.

    Attributes
    ----------
    layout : Layout
        The network's inputs.
    n_components : int
        Latent dimensions.
    beta : float
        Weight of the KL.
    denoising_std : float
        Standard deviation of the noise on the encoder's input in training.
    """

    layout: Layout
    n_components: int
    beta: float = 1.0
    denoising_std: float = 0.0

    terms: ClassVar[tuple[str, ...]] = ("reconstruction", "KL")

    @property
    def n_noise(self) -> int:
        return self.n_components + (self.layout.n_columns if self.denoising_std else 0)

    def players(self, net: nn.Module) -> list[Player]:
        return [Player(list(net.parameters()), (1.0, self.beta))]

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        return standard_normal(rngs, n_steps, self.n_noise, n_rows)

    def __call__(self, net: Any, x: torch.Tensor, noise: torch.Tensor) -> Terms:
        eps, x_seen = noise, None
        if self.denoising_std:
            eps, spoil = noise.split([self.n_components, self.layout.n_columns], dim=1)
            if net.training:
                rows, conditions = x.split([self.layout.n_columns, self.layout.n_conditions], dim=1)
                x_seen = torch.cat([rows + self.denoising_std * spoil, conditions], dim=1)
        return negative_elbo(net, x, eps, self.layout, x_seen)


@dataclass(frozen=True)
class RealAgainstNoise:
    """Binary cross-entropy of telling real rows from as many noise rows.

    Attributes
    ----------
    n_features : int
        The network's inputs.
    draw : sequence of M callables
        ``draw[m](rng, n)`` gives n rows (n, n_features) of model m's noise.
    """

    n_features: int
    draw: Sequence[Callable[[torch.Generator, int], torch.Tensor]]

    terms: ClassVar[tuple[str, ...]] = ("real", "noise")

    @property
    def n_noise(self) -> int:
        return self.n_features

    def players(self, net: nn.Module) -> list[Player]:
        return [Player(list(net.parameters()), (0.5, 0.5))]

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        rows = [draw(g, n_steps * n_rows) for draw, g in zip(self.draw, rngs, strict=True)]
        shape = (len(rngs), n_steps, n_rows, self.n_features)
        return torch.stack(rows).view(shape).transpose(2, 3)

    def __call__(
        self, net: nn.Module, x: torch.Tensor, noise: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        real, fake = net(torch.cat([x, noise], dim=2))[:, 0].chunk(2, dim=1)
        return F.softplus(-real), F.softplus(fake)
