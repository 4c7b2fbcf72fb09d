"""Time of a training step of GAN and VAE-GAN for tables.

As in `tables`: the same networks on the same rows, measurements interleaved. The plain loop takes
the same losses, one player after the other, as one would write them down first.
"""

from __future__ import annotations

import time
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from skvae import GAN, VAEGAN, MultiVAEResampler
from skvae.exceptions import ModeCollapseWarning

from ..engine.cells import Row
from ..engine.progress import show_progress
from .tables import (
    BATCH_SIZE,
    BATCHES_PER_EPOCH,
    LEARNING_RATE,
    N_COMPONENTS,
    N_FEATURES,
    N_LOOPED,
    batches,
    finish,
    hidden_layers,
    make_table,
)

LAYERS = (128, 64)
# Largest time of a step per model, as a share of the plain loop's, by number of models.
GOALS = {1: 1.05, 3: 0.5, 10: 0.3}
FAMILIES = {"GAN": GAN, "VAEGAN": VAEGAN}


def measure_steps(
    n_models: tuple[int, ...], epochs: int, repeats: int, device: str = "cpu"
) -> list[Row]:
    """Measure milliseconds per model and step of both families, ours and plain."""
    cells = [
        (repeat, family, k, arm)
        for repeat in range(-1, repeats)  # -1 warms up
        for family in FAMILIES
        for k in n_models
        for arm in ("skvae", "plain")
    ]
    rows = []
    for repeat, family, k, arm in show_progress(cells, len(cells), "adversarial steps"):
        n_epochs = 1 if repeat < 0 else epochs
        n_trained = k if arm == "skvae" else min(k, N_LOOPED)
        X, y = make_table(n_trained)
        fit = fit_skvae if arm == "skvae" else fit_plain
        start = time.perf_counter()
        with warnings.catch_warnings():
            # Noise is hard to draw, and the budget short.
            warnings.simplefilter("ignore", ModeCollapseWarning)
            fit(X, y, family, n_epochs * BATCHES_PER_EPOCH, device)
        seconds = time.perf_counter() - start
        value = 1000 * seconds / (n_epochs * BATCHES_PER_EPOCH * n_trained)
        rows.append({"figure": "adversarial step", "arm": arm, "layers": family, "k": k})
        rows[-1] |= {"value": value, "unit": "ms", "repeat": repeat}
    return [row for row in rows if row["repeat"] >= 0]


def fit_skvae(X: np.ndarray, y: np.ndarray, family: str, n_steps: int, device: str) -> None:
    """Train one model, or a stack of one per class."""
    model = FAMILIES[family](
        N_COMPONENTS,
        hidden_layer_sizes=LAYERS,
        quantile_transform=False,
        batch_size=BATCH_SIZE,
        learning_rate_init=LEARNING_RATE,
        validation_fraction=0.0,
        max_iter=n_steps,
        device=device,
        random_state=0,
    )
    if y.any():
        MultiVAEResampler(model, latent_sampling="prior", filter=None, random_state=0).fit(X, y)
    else:
        model.fit(X)


def fit_plain(X: np.ndarray, y: np.ndarray, family: str, n_steps: int, device: str) -> None:
    """Train by a plain torch loop, one class after the other."""
    for label in np.unique(y):
        rows = torch.from_numpy(X[y == label]).to(device)
        rows = (rows - rows.mean(dim=0)) / rows.std(dim=0)
        game = PLAIN[family]().to(device)
        optimizers = [
            torch.optim.Adam(p.parameters(), lr=LEARNING_RATE, betas=(0.5, 0.999), fused=True)
            for p in game.players()
        ]
        for batch, _ in zip(batches(rows, BATCH_SIZE), range(n_steps), strict=False):
            for which, optimizer in enumerate(optimizers):
                optimizer.zero_grad()
                game.loss(which, rows[batch]).backward()
                optimizer.step()
    finish(device)


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


PLAIN: dict[str, type[PlainGAN]] = {"GAN": PlainGAN, "VAEGAN": PlainVAEGAN}


def decoder() -> nn.Sequential:
    """Make a generator."""
    return nn.Sequential(
        *hidden_layers([N_COMPONENTS, *reversed(LAYERS)]), nn.Linear(LAYERS[0], N_FEATURES)
    )


def format_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Format medians side by side, and our share of the plain loop beside its goal."""
    medians = steps.pivot_table("value", ["layers", "k"], "arm", aggfunc="median", sort=False)
    text = medians[["skvae", "plain"]].map("{:.3f}".format)
    text["skvae / plain"] = (medians["skvae"] / medians["plain"]).map("{:.2f}".format)
    text["goal"] = [f"<= {GOALS[k]:.2f}" for _, k in medians.index]
    return text.reset_index().rename(columns={"layers": "family"})
