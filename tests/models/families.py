"""Families of models that only the tests have: what a new family has to answer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from skvae._nn.devices import standard_normal
from skvae._nn.likelihoods import reconstruction_means, reconstruction_nll
from skvae._nn.networks import StackedAutoencoder
from skvae._nn.objectives import Player
from skvae._tables.layout import Layout
from skvae.models._base import GenerativeModel
from skvae.models._mixins import EncoderMixin, PriorMixin


@dataclass(frozen=True)
class Reconstruction:
    layout: Layout
    terms = ("reconstruction",)
    n_noise = 0

    def players(self, net):
        return [Player(list(net.parameters()), (1.0,))]

    def noise(self, rngs, n_steps, n_rows):
        return standard_normal(rngs, n_steps, self.n_noise, n_rows)

    def __call__(self, net, x, noise):
        return [reconstruction_nll(net.decode(net.latents(x)), x, self.layout, net.scale)]


class PlainAutoencoder(EncoderMixin, GenerativeModel):
    """Reconstructs rows; its latent space has no prior."""

    def _network(self, architecture, rngs, layout):
        encoder = architecture.encoder(rngs, layout, self.n_components)
        decoder = architecture.decoder(rngs, layout, self.n_components)
        return StackedAutoencoder(rngs, encoder, decoder, layout.n_gaussian)

    def _objective(self, layout):
        return Reconstruction(layout)


@dataclass(frozen=True)
class AgainstACritic:
    layout: Layout
    n_noise: int
    terms = ("reconstruction", "fooling", "telling apart")

    def players(self, net):
        critic = list(net.critic.parameters())
        others = [p for p in net.parameters() if not any(p is own for own in critic)]
        return [Player(others, (1.0, 0.3, 0.0)), Player(critic, (0.0, 0.0, 1.0))]

    def noise(self, rngs, n_steps, n_rows):
        return standard_normal(rngs, n_steps, self.n_noise, n_rows)

    def __call__(self, net, x, noise):
        reconstruction = reconstruction_nll(net.decode(net.latents(x)), x, self.layout, net.scale)
        decoded = reconstruction_means(net.decode(noise), self.layout)
        real, fake = net.critic(torch.cat([x, decoded], dim=2))[:, 0].chunk(2, dim=1)
        return [reconstruction, F.softplus(-fake), F.softplus(-real) + F.softplus(fake)]


class AdversarialAutoencoder(EncoderMixin, PriorMixin, GenerativeModel):
    """Reconstructs rows, and decodes noise to rows that a critic takes for real ones."""

    def _network(self, architecture, rngs, layout):
        encoder = architecture.encoder(rngs, layout, self.n_components)
        decoder = architecture.decoder(rngs, layout, self.n_components)
        net = StackedAutoencoder(rngs, encoder, decoder, layout.n_gaussian)
        net.critic = architecture.encoder(rngs, layout, 1)
        return net

    def _objective(self, layout):
        return AgainstACritic(layout, self.n_components)
