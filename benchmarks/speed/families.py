"""Time of a training step of the other families for tables: conditional VAE, GAN and VAE-GAN.

As in `tables`: the same networks on the same rows, measurements interleaved. The plain loop takes
the same losses, one player after the other, as one would write them down first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from skvae import GAN, VAEGAN, ConditionalVAE, MultiVAEResampler

from ..arms.settings import THESIS_VAE
from ..engine.cells import Row
from .tables import (
    BATCH_SIZE,
    LEARNING_RATE,
    N_COMPONENTS,
    N_FEATURES,
    Fit,
    batches,
    finish,
    hidden_layers,
    time_steps,
)

LAYERS = (128, 64)
# Largest time of a step per model, as a share of the plain loop's, by number of models. One
# conditional VAE learns all classes.
GOALS = {
    "ConditionalVAE": {1: 1.05},
    "GAN": {1: 1.05, 3: 0.5, 10: 0.3},
    "VAEGAN": {1: 1.05, 3: 0.5, 10: 0.3},
}
N_CLASSES = 3


def measure_steps(
    n_models: tuple[int, ...], epochs: int, repeats: int, device: str = "cpu"
) -> list[Row]:
    """Measure milliseconds per model and step of each family, ours and plain."""
    fits = {family: {"skvae": SKVAE[family], "plain": PLAIN[family]} for family in GOALS}
    sizes = {family: [k for k in n_models if k in goals] for family, goals in GOALS.items()}
    return time_steps("step of a family", fits, sizes, epochs, repeats, device)


OURS: dict[str, Any] = {
    "hidden_layer_sizes": LAYERS,
    "quantile_transform": False,
    "batch_size": BATCH_SIZE,
    "learning_rate_init": LEARNING_RATE,
    "random_state": 0,
}


def fit_conditional(X: np.ndarray, y: np.ndarray, n_steps: int, device: str) -> None:
    """Train our conditional VAE."""
    params = OURS | THESIS_VAE | {"class_weight": None, "max_iter": n_steps, "device": device}
    ConditionalVAE(N_COMPONENTS, **params).fit(X, np.arange(len(X)) % N_CLASSES)


def fit_adversarial(
    family: type[GAN | VAEGAN], X: np.ndarray, y: np.ndarray, n_steps: int, device: str
) -> None:
    """Train one model of ours, or a stack of one per class."""
    params = OURS | {"validation_fraction": 0.0, "max_iter": n_steps, "device": device}
    model = family(N_COMPONENTS, **params)
    if y.any():
        MultiVAEResampler(model, latent_sampling="prior", filter=None, random_state=0).fit(X, y)
    else:
        model.fit(X)


def play(
    game: Callable[[], PlainGAN], X: np.ndarray, y: np.ndarray, n_steps: int, device: str
) -> None:
    """Train a plain game, one class after the other."""
    for label in np.unique(y):
        rows = torch.from_numpy(X[y == label]).to(device)
        rows = (rows - rows.mean(dim=0)) / rows.std(dim=0)
        game_of_class = game().to(device)
        optimizers = [
            torch.optim.Adam(p.parameters(), lr=LEARNING_RATE, betas=(0.5, 0.999), fused=True)
            for p in game_of_class.players()
        ]
        for batch, _ in zip(batches(rows, BATCH_SIZE), range(n_steps), strict=False):
            for which, optimizer in enumerate(optimizers):
                optimizer.zero_grad()
                game_of_class.loss(which, rows[batch]).backward()
                optimizer.step()
    finish(device)


def fit_plain_conditional(X: np.ndarray, y: np.ndarray, n_steps: int, device: str) -> None:
    """Train a plain conditional VAE."""
    rows = torch.from_numpy(X).to(device)
    classes = F.one_hot(torch.arange(len(X), device=device) % N_CLASSES, N_CLASSES).to(rows.dtype)
    vae = PlainConditionalVAE().to(device)
    optimizer = torch.optim.Adam(vae.parameters(), lr=LEARNING_RATE, fused=True)
    for batch, _ in zip(batches(rows, BATCH_SIZE), range(n_steps), strict=False):
        optimizer.zero_grad()
        vae.loss(rows[batch], classes[batch]).backward()
        optimizer.step()
    finish(device)


class PlainConditionalVAE(nn.Module):
    """Conditional VAE in plain torch: encoder and decoder get the class, too."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *hidden_layers([N_FEATURES + N_CLASSES, *LAYERS]),
            nn.Linear(LAYERS[-1], 2 * N_COMPONENTS),
        )
        self.decoder = decoder(N_COMPONENTS + N_CLASSES)

    def loss(self, x: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        mean, log_var = self.encoder(torch.cat([x, c], dim=1)).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        logits = self.decoder(torch.cat([z, c], dim=1))
        nll = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return (nll + 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum()) / len(x)


class PlainGAN(nn.Module):
    """GAN in plain torch, with the gradient penalty."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = decoder()
        self.body = nn.Sequential(
            *(
                layer
                for pair in pairwise([N_FEATURES, *LAYERS])
                for layer in (nn.Linear(*pair), nn.LeakyReLU(0.2))
            )
        )
        self.head = nn.Linear(LAYERS[-1], 1)

    def players(self) -> list[nn.Module]:
        """The networks that have optimisers, in their order."""
        return [nn.Sequential(self.body, self.head), self.generator]

    def odds(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))

    def judging(self, x: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        """The discriminator's loss."""
        real = self.odds(x)
        slope = (self.odds(x + 0.1 * torch.randn_like(x)) - real) / 0.1
        fake_loss = F.softplus(self.odds(fake)).mean()
        return F.softplus(-real).mean() + fake_loss + 5 * slope.square().mean()

    def loss(self, which: int, x: torch.Tensor) -> torch.Tensor:
        fake = self.generator(torch.randn(len(x), N_COMPONENTS, device=x.device))
        if which == 0:
            return self.judging(x, fake.detach())
        return F.softplus(-self.odds(fake)).mean()


class PlainVAEGAN(PlainGAN):
    """VAE-GAN in plain torch."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *hidden_layers([N_FEATURES, *LAYERS]), nn.Linear(LAYERS[-1], 2 * N_COMPONENTS)
        )

    def players(self) -> list[nn.Module]:
        return [*super().players(), self.encoder]

    def loss(self, which: int, x: torch.Tensor) -> torch.Tensor:
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        if which == 2:
            kl = 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum(dim=1).mean()
            return self.distance(x, self.generator(z)) + 0.01 * kl
        fake = self.generator(torch.cat([z, torch.randn_like(z)]))
        if which == 0:
            return self.judging(x, fake.detach())
        return self.distance(x, fake[: len(x)]) + F.softplus(-self.odds(fake)).mean()

    def distance(self, x: torch.Tensor, decoded: torch.Tensor) -> torch.Tensor:
        """The reconstruction error on the discriminator's hidden layer."""
        return 0.5 * (self.body(decoded) - self.body(x)).square().sum(dim=1).mean()


def decoder(n_inputs: int = N_COMPONENTS) -> nn.Sequential:
    """Make a generator."""
    return nn.Sequential(
        *hidden_layers([n_inputs, *reversed(LAYERS)]), nn.Linear(LAYERS[0], N_FEATURES)
    )


SKVAE: dict[str, Fit] = {
    "ConditionalVAE": fit_conditional,
    "GAN": partial(fit_adversarial, GAN),
    "VAEGAN": partial(fit_adversarial, VAEGAN),
}
PLAIN: dict[str, Fit] = {
    "ConditionalVAE": fit_plain_conditional,
    "GAN": partial(play, PlainGAN),
    "VAEGAN": partial(play, PlainVAEGAN),
}


def format_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Format medians side by side, and our share of the plain loop beside its goal."""
    medians = steps.pivot_table("value", ["layers", "k"], "arm", aggfunc="median", sort=False)
    text = medians[["skvae", "plain"]].map("{:.3f}".format)
    text["skvae / plain"] = (medians["skvae"] / medians["plain"]).map("{:.2f}".format)
    text["goal"] = [f"<= {GOALS[family][k]:.2f}" for family, k in medians.index]
    return text.reset_index().rename(columns={"layers": "family"})
