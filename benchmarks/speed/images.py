"""Time of a training step of the thesis' convolutional networks for MNIST."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from skvae import VAE, MultiVAEResampler

from ..engine.cells import Row
from ..engine.progress import show_progress
from .tables import batches, finish

SIZE = 28
BATCH_SIZE = 64
LEARNING_RATE = 1e-3
# Models that the plain loop trains, at most: it trains one after the other.
N_LOOPED = 2


class Network(NamedTuple):
    """Network, its number of models, and the goals of its training.

    Attributes
    ----------
    channels, hidden : tuple of int
        Maps of the convolutions, and sizes of the dense layers.
    n_components : int
        Latent dimensions.
    k : int
        Number of models.
    goal : float
        Largest time of a step on a CPU, as a share of the plain loop's.
    max_iter : int
        Steps of the thesis' training.
    seconds, best : float
        Largest time of `max_iter` steps of all models on an H100, and the goal beyond it.
    """

    channels: tuple[int, ...]
    hidden: tuple[int, ...]
    n_components: int
    k: int
    goal: float
    max_iter: int
    seconds: float
    best: float


NETWORKS = {
    "single-VAE": Network(
        (64, 128, 256), (128,), 50, 1, goal=0.8, max_iter=93_000, seconds=60, best=20
    ),
    "multi-VAE": Network((32, 64), (), 2, 10, goal=0.6, max_iter=6_000, seconds=15, best=5),
}
QUICK = {"tiny": Network((4, 8), (8,), 2, 2, goal=1.0, max_iter=5, seconds=1, best=1)}


def measure_training(
    networks: dict[str, Network], device: str, X: np.ndarray, y: np.ndarray
) -> list[Row]:
    """Measure seconds of the thesis' whole training on the device, set-up included.

    One network learns all images, ten learn a class of `y` each.
    """
    rows = []
    for name, network in show_progress(networks.items(), len(networks), f"training on {device}"):
        labels = y if network.k > 1 else np.zeros_like(y)
        fit_skvae(X, labels, network, 5, device)  # loads all that is loaded at first use
        start = time.perf_counter()
        fit_skvae(X, labels, network, network.max_iter, device)
        rows.append({"figure": "training", "arm": name, "k": network.k, "unit": "s"})
        rows[-1] |= {"value": time.perf_counter() - start, "repeat": 0}
    return rows


def measure(
    networks: dict[str, Network], n_steps: int, repeats: int, device: str = "cpu"
) -> list[Row]:
    """Measure milliseconds per model and step, over `n_steps`, which are a part of an epoch.

    The set-up of a fit hardly counts in a whole epoch. Among few steps it would, so the time of a
    fit of one step is subtracted.
    """
    cells = [
        (repeat, name, arm)
        for repeat in range(-1, repeats)  # -1 warms up
        for name in networks
        for arm in FITS
    ]
    rows = []
    for repeat, name, arm in show_progress(cells, len(cells), "convolutions"):
        network, fit = networks[name], FITS[arm]
        k = min(network.k, N_LOOPED) if arm == "plain" else network.k
        X, y = make_images(k)
        times = []
        for n in (1, 1 + n_steps):
            start = time.perf_counter()
            fit(X, y, network, n, device)
            times.append(time.perf_counter() - start)
        value = 1000 * (times[1] - times[0]) / (n_steps * k)
        rows.append({"figure": "convolution", "arm": arm})
        rows[-1] |= {"layers": name, "k": network.k, "value": value, "unit": "ms", "repeat": repeat}
    return [row for row in rows if row["repeat"] >= 0]


def make_images(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Make uniform noise in k classes: time does not depend on the data."""
    n = 10 * BATCH_SIZE
    X = np.random.default_rng(0).random((k * n, SIZE**2), dtype=np.float32)
    return X, np.repeat(np.arange(k), n)


def fit_skvae(
    X: np.ndarray,
    y: np.ndarray,
    network: Network,
    n_steps: int,
    device: str,
    mixed_precision: bool | str = "auto",
) -> None:
    """Train one VAE, or a stack of one per class."""
    vae = VAE(
        network.n_components,
        image_shape=(SIZE, SIZE),
        conv_channels=network.channels,
        hidden_layer_sizes=network.hidden,
        beta=1.0,
        batch_size=BATCH_SIZE,
        learning_rate_init=LEARNING_RATE,
        max_iter=n_steps,
        mixed_precision=mixed_precision,
        device=device,
        random_state=0,
    )
    if y.any():
        MultiVAEResampler(vae, random_state=0).fit(X, y)
    else:
        vae.fit(X)


def fit_plain(X: np.ndarray, y: np.ndarray, network: Network, n_steps: int, device: str) -> None:
    """Train by a plain torch loop, one class after the other."""
    for label in np.unique(y):
        rows = torch.from_numpy(X[y == label]).to(device)
        vae = PlainConvVAE(network).to(device)
        optimizer = torch.optim.Adam(vae.parameters(), lr=LEARNING_RATE, fused=True)
        for batch, _ in zip(batches(rows, BATCH_SIZE), range(n_steps), strict=False):
            optimizer.zero_grad()
            vae.loss(rows[batch]).backward()
            optimizer.step()
    finish(device)


FITS: dict[str, Callable[..., None]] = {
    "skvae": fit_skvae,
    "skvae, float32": partial(fit_skvae, mixed_precision=False),
    "plain": fit_plain,
}


class PlainConvVAE(nn.Module):
    """Convolutional VAE in plain torch, as one would write it down first."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        factor = 2 ** len(network.channels)
        side = -(-SIZE // factor)
        self.padding = (side * factor - SIZE) // 2
        maps = network.channels[-1]
        sizes = [maps * side**2, *network.hidden]
        self.encoder = nn.Sequential(
            *(layer for pair in pairwise([1, *network.channels]) for layer in halving(*pair)),
            nn.Flatten(),
            *(layer for pair in pairwise(sizes) for layer in linear(*pair)),
            nn.Linear(sizes[-1], 2 * network.n_components),
        )
        sizes = [network.n_components, *network.hidden[::-1]]
        self.decoder = nn.Sequential(
            *(layer for pair in pairwise(sizes) for layer in linear(*pair)),
            nn.Linear(sizes[-1], maps * side**2),
            nn.Unflatten(1, (maps, side, side)),
            *(
                layer
                for pair in pairwise([*network.channels[::-1], 1])
                for layer in doubling(*pair)
            ),
        )

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        images = x.view(-1, 1, SIZE, SIZE)
        mean, log_var = self.encoder(F.pad(images, [self.padding] * 4)).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        kept = slice(self.padding, self.padding + SIZE)
        logits = self.decoder(z)[:, :, kept, kept]
        nll = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
        kl = 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum()
        return (nll + kl) / len(x)


def halving(n_in: int, n_out: int) -> list[nn.Module]:
    """Layers that halve the side of maps."""
    return [nn.Conv2d(n_in, n_out, 4, 2, 1), nn.BatchNorm2d(n_out), nn.LeakyReLU()]


def linear(n_in: int, n_out: int) -> list[nn.Module]:
    """Layers of a dense network."""
    return [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.LeakyReLU()]


def doubling(n_in: int, n_out: int) -> list[nn.Module]:
    """Layers that double the side of maps."""
    return [nn.BatchNorm2d(n_in), nn.LeakyReLU(), nn.ConvTranspose2d(n_in, n_out, 4, 2, 1)]


def format_steps(steps: pd.DataFrame, networks: dict[str, Network]) -> pd.DataFrame:
    """Format medians side by side, and our share of the plain loop beside its goal."""
    medians = steps.pivot_table("value", ["layers", "k"], "arm", aggfunc="median", sort=False)
    text = medians[list(FITS)].map("{:.2f}".format)
    for arm in list(FITS)[:-1]:
        text[f"{arm} / plain"] = (medians[arm] / medians["plain"]).map("{:.2f}".format)
    text["goal"] = [f"<= {networks[name].goal:.2f}" for name, _ in medians.index]
    return text.reset_index().rename(columns={"layers": "network"})


def format_training(training: pd.DataFrame, networks: dict[str, Network]) -> pd.DataFrame:
    """Format seconds beside their goals."""
    lines = [
        [
            row.arm,
            f"{networks[row.arm].max_iter:,}",
            f"{row.value:.1f}",
            f"<= {networks[row.arm].seconds:.0f}",
            f"{networks[row.arm].best:.0f}",
        ]
        for row in training.itertuples()
    ]
    return pd.DataFrame(lines, columns=["network", "steps", "seconds", "limit on an H100", "goal"])
