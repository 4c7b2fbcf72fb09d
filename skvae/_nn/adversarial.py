"""Adversarial training: discriminators, the networks that they judge, and the objectives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from .._tables.layout import Layout
from .devices import standard_normal
from .likelihoods import counting_columns, reconstruction_means
from .networks import StackedVAE
from .objectives import Player, kl_to_standard_normal

# Standard deviation of the noise by which the discriminator's gradient is measured.
_STEP = 0.1
# Temperature of relaxed categories: small, so that they are hardly told from one-hot rows.
_TEMPERATURE = 0.2
# Adam's average of gradients: those of an opponent that moves are soon out of date.
_MOMENTUM = 0.5


class StackedDiscriminator(nn.Module):
    """M classifiers that tell real rows from generated ones.

    Parameters
    ----------
    body : Module
        (M, n_columns, batch) -> (M, n_features, batch).
    head : Module
        (M, n_features, batch) -> (M, 1, batch), log-odds that a row is real.
    """

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body, self.head = body, head

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (M, n_features, batch) and log-odds (M, batch) of rows."""
        features = self.body(x)
        return features, self.head(features)[:, 0]


class StackedGAN(nn.Module):
    """Generators and discriminators of M models.

    Parameters
    ----------
    generator : Module
        (M, n_components, batch) -> (M, n_columns, batch), log-odds, values and unnormalised
        log-probabilities.
    discriminator : StackedDiscriminator
        The judge of its rows.
    """

    # A generator has no noise besides z.
    scale: ClassVar[None] = None

    def __init__(self, generator: nn.Module, discriminator: StackedDiscriminator) -> None:
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Return the parameters of the rows of z, (M, n_columns, batch)."""
        return self.generator(z)


class StackedVAEGAN(StackedVAE):
    """VAEs and discriminators of M models.

    Parameters
    ----------
    rngs : sequence of M generators
        One a model, on the device of the network.
    encoder, decoder : Module
        As of a VAE.
    discriminator : StackedDiscriminator
        The judge of decoded rows.
    """

    def __init__(
        self,
        rngs: Sequence[torch.Generator],
        encoder: nn.Module,
        decoder: nn.Module,
        discriminator: StackedDiscriminator,
    ) -> None:
        super().__init__(rngs, encoder, decoder)
        self.discriminator = discriminator


class Judging(NamedTuple):
    """The discriminator's side of a step.

    Attributes
    ----------
    features : tensor of shape (M, n_features, batch + n_fake)
        Features of real and generated rows.
    fake_odds : tensor of shape (M, n_fake)
        Log-odds of the generated rows.
    real, penalty : tensor of shape (M, batch)
        Cross-entropy of the real rows, and the squared gradient there.
    """

    features: torch.Tensor
    fake_odds: torch.Tensor
    real: torch.Tensor
    penalty: torch.Tensor


@dataclass(frozen=True)
class Rows:
    """Rows as a discriminator sees them.

    Attributes
    ----------
    layout : Layout
        The coded columns.
    relaxed : bool
        Whether Bernoulli columns are categories, to be drawn, rather than pixels.
    """

    layout: Layout
    relaxed: bool

    @property
    def n_noise(self) -> int:
        """Random values by which the categories of a row are drawn."""
        return self.layout.n_columns - self.layout.n_gaussian if self.relaxed else 0

    def generated(self, logits: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Return generated rows, their categories drawn but with a gradient.

        Categories are relaxed: softmax and sigmoid, at a low temperature, of the logits plus
        Gumbel or logistic noise (Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017).

        Parameters
        ----------
        logits : tensor of shape (M, n_columns, batch)
            From the generator.
        noise : tensor of shape (M, n_noise, batch)
            Standard normal noise.
        """
        if not self.n_noise:
            return self.seen(reconstruction_means(logits, self.layout))
        uniform = torch.special.ndtr(noise).clamp(1e-6, 1 - 1e-6)
        n = self.layout.n_bernoulli
        bits, symbols = uniform[:, :n], uniform[:, n:]
        drawn = [
            (logits[:, :n] + bits.logit()) / _TEMPERATURE,
            logits[:, self.layout.gaussian],
            (logits[:, self.layout.gaussian.stop :] - (-symbols.log()).log()) / _TEMPERATURE,
        ]
        return self.seen(reconstruction_means(torch.cat(drawn, dim=1), self.layout))

    def seen(self, x: torch.Tensor) -> torch.Tensor:
        """Return rows without the numbers that a switch turns off."""
        if not self.layout.switches:
            return x
        end = self.layout.gaussian.stop
        return torch.cat([x[:, :end] * counting_columns(x, self.layout), x[:, end:]], dim=1)


def judge(
    discriminator: StackedDiscriminator, real: torch.Tensor, fake: torch.Tensor, noise: torch.Tensor
) -> Judging:
    r"""Show real and generated rows to the discriminator, all at once.

    The penalty is the squared gradient of the log-odds at real rows (R1 of Mescheder, Geiger and
    Nowozin 2018), estimated along one random direction, which takes no second derivative:
    :math:`((D(x + \epsilon v) - D(x)) / \epsilon)^2`, :math:`v \sim N(0, I)`.

    Parameters
    ----------
    discriminator : StackedDiscriminator
        The judge.
    real, fake : tensor of shape (M, n_columns, batch), (M, n_columns, n_fake)
        The rows.
    noise : tensor like `real`
        The directions.
    """
    n, n_fake = real.shape[-1], fake.shape[-1]
    features, odds = discriminator(torch.cat([real, fake, real + _STEP * noise], dim=2))
    real_odds, fake_odds, near_odds = odds.split([n, n_fake, n], dim=1)
    slope = (near_odds - real_odds) / _STEP
    return Judging(features[:, :, : n + n_fake], fake_odds, F.softplus(-real_odds), slope.square())


@dataclass(frozen=True)
class GeneratorAgainstDiscriminator:
    r"""The non-saturating game of Goodfellow et al. (2014), section 3.

    The generator minimises :math:`-\log D(G(z))`, the discriminator
    :math:`-\log D(x) - \log(1 - D(G(z)))` and half the weighted penalty of `judge`.

    Attributes
    ----------
    rows : Rows
        How the discriminator sees rows.
    n_components : int
        Latent dimensions.
    penalty : float
        Weight of the gradient penalty.
    """

    rows: Rows
    n_components: int
    penalty: float

    terms: ClassVar[tuple[str, ...]] = ("generator", "real", "fake", "penalty")

    @property
    def n_noise(self) -> int:
        return self.n_components + self.rows.n_noise + self.rows.layout.n_columns

    def players(self, net: Any) -> list[Player]:
        generator, critic = net.generator.parameters(), net.discriminator.parameters()
        return [
            Player(list(generator), (1.0, 0.0, 0.0, 0.0), _MOMENTUM),
            Player(list(critic), (0.0, 1.0, 1.0, self.penalty / 2), _MOMENTUM),
        ]

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        return standard_normal(rngs, n_steps, self.n_noise, n_rows)

    def __call__(self, net: Any, x: torch.Tensor, noise: torch.Tensor) -> list[torch.Tensor]:
        sizes = [self.n_components, self.rows.n_noise, self.rows.layout.n_columns]
        z, draws, directions = noise.split(sizes, dim=1)
        fake = self.rows.generated(net.decode(z), draws)
        judged = judge(net.discriminator, self.rows.seen(x), fake, directions)
        odds = judged.fake_odds
        return [F.softplus(-odds), judged.real, F.softplus(odds), judged.penalty]


@dataclass(frozen=True)
class VAEAgainstDiscriminator:
    r"""The game of Larsen et al. (2016), algorithm 1, with a non-saturating generator.

    Rows decoded from q(z given x) and from the prior are judged alike. The reconstruction is the
    negative log-likelihood, but for a constant, of the features of x under a normal law of unit
    variance around those of the decoded row.

    Attributes
    ----------
    rows : Rows
        How the discriminator sees rows.
    n_components : int
        Latent dimensions.
    beta : float
        Weight of the KL for the encoder.
    gamma : float
        Weight of the reconstruction for the decoder.
    penalty : float
        Weight of the gradient penalty.
    """

    rows: Rows
    n_components: int
    beta: float
    gamma: float
    penalty: float

    terms: ClassVar[tuple[str, ...]] = (
        "reconstruction",
        "KL",
        "generator",
        "real",
        "fake",
        "penalty",
    )

    @property
    def n_noise(self) -> int:
        return 2 * self.n_components + 2 * self.rows.n_noise + self.rows.layout.n_columns

    def players(self, net: Any) -> list[Player]:
        encoder, decoder = net.encoder.parameters(), net.decoder.parameters()
        critic = net.discriminator.parameters()
        return [
            Player(list(encoder), (1.0, self.beta, 0.0, 0.0, 0.0, 0.0), _MOMENTUM),
            Player(list(decoder), (self.gamma, 0.0, 1.0, 0.0, 0.0, 0.0), _MOMENTUM),
            Player(list(critic), (0.0, 0.0, 0.0, 1.0, 1.0, self.penalty / 2), _MOMENTUM),
        ]

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        return standard_normal(rngs, n_steps, self.n_noise, n_rows)

    def __call__(self, net: Any, x: torch.Tensor, noise: torch.Tensor) -> list[torch.Tensor]:
        n, d, n_draws = x.shape[-1], self.n_components, self.rows.n_noise
        sizes = [d, d, n_draws, n_draws, self.rows.layout.n_columns]
        eps, z, *draws, directions = noise.split(sizes, dim=1)
        mean, log_var = net.encode(x)
        posterior = torch.addcmul(mean, torch.exp(0.5 * log_var), eps)
        logits = net.decode(torch.cat([posterior, z], dim=2))
        fake = self.rows.generated(logits, torch.cat(draws, dim=2))
        judged = judge(net.discriminator, self.rows.seen(x), fake, directions)
        real, decoded = judged.features[:, :, : 2 * n].chunk(2, dim=2)
        odds = judged.fake_odds.unflatten(1, (2, n))
        return [
            0.5 * (decoded - real).square().sum(dim=1),
            kl_to_standard_normal(mean, log_var),
            F.softplus(-odds).mean(dim=1),
            judged.real,
            F.softplus(odds).mean(dim=1),
            judged.penalty,
        ]
