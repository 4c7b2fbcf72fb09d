"""Time of a training step of networks for tables.

Every arm trains the same network on the same rows with Adam, in batches of 32. The time includes
all that a fit costs beyond its steps. Measurements are interleaved, so that a busy moment of the
machine falls on all arms.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from skvae import VAE, MultiVAEResampler
from skvae.exceptions import ModeCollapseWarning

from ..arms.augmenter import quiet
from ..arms.settings import THESIS_VAE
from ..engine.cells import Row
from ..engine.progress import show_progress

N_FEATURES = 21
ROWS_PER_CLASS = 500
N_COMPONENTS = 2
BATCH_SIZE = 32
LEARNING_RATE = 1e-3
# Classes that the peers train, at most. They train one class after the other, so that a model costs
# the same for any number of classes.
N_LOOPED = 3
BATCHES_PER_EPOCH = -(-ROWS_PER_CLASS // BATCH_SIZE)

# Largest time of a step per model, as a share of the plain loop's, by number of models.
GOALS = {
    (128, 64): {1: 1.05, 3: 0.35, 10: 0.15},
    (512, 256, 128, 64): {1: 1.05, 3: 0.55, 10: 0.45},
}


Fit = Callable[[np.ndarray, np.ndarray, int, str], None]  # of X, y, steps and device


def measure_steps(
    n_models: tuple[int, ...], epochs: int, repeats: int, device: str = "cpu"
) -> list[Row]:
    """Measure milliseconds per model and step of every arm, network and number of models."""
    arms = [arm for arm in ARMS if arm in ON_GPU or device == "cpu"]
    fits = {str(n): {arm: partial(ARMS[arm], layers=n) for arm in arms} for n in GOALS}
    return time_steps("step", fits, dict.fromkeys(fits, n_models), epochs, repeats, device)


def time_steps(
    figure: str,
    fits: Mapping[str, Mapping[str, Fit]],
    n_models: Mapping[str, Sequence[int]],
    epochs: int,
    repeats: int,
    device: str,
) -> list[Row]:
    """Measure milliseconds per model and step of fits of some names, each by several arms."""
    cells = [
        (repeat, name, k, arm)
        for repeat in range(-1, repeats)  # -1 warms up
        for name, arms in fits.items()
        for k in n_models[name]
        for arm in arms
    ]
    rows = []
    for repeat, name, k, arm in show_progress(cells, len(cells), figure):
        n_steps = BATCHES_PER_EPOCH * (1 if repeat < 0 else epochs)
        n_trained = k if arm == "skvae" else min(k, N_LOOPED)
        X, y = make_table(n_trained)
        start = time.perf_counter()
        # Noise is hard to draw, and the budget short.
        with quiet(ModeCollapseWarning):
            fits[name][arm](X, y, n_steps, device)
        value = 1000 * (time.perf_counter() - start) / (n_steps * n_trained)
        rows.append({"figure": figure, "arm": arm, "layers": name, "k": k, "value": value})
        rows[-1] |= {"unit": "ms", "repeat": repeat}
    return [row for row in rows if row["repeat"] >= 0]


def make_table(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Make uniform noise in k classes: time does not depend on the data."""
    rng = np.random.default_rng(0)
    X = rng.random((k * ROWS_PER_CLASS, N_FEATURES), dtype=np.float32)
    return X, np.repeat(np.arange(k), ROWS_PER_CLASS)


def fit_skvae(
    X: np.ndarray, y: np.ndarray, n_steps: int, device: str, *, layers: tuple[int, ...]
) -> None:
    """Train one VAE, or a stack of one per class."""
    vae = VAE(
        N_COMPONENTS,
        hidden_layer_sizes=layers,
        **THESIS_VAE,
        batch_size=BATCH_SIZE,
        learning_rate_init=LEARNING_RATE,
        max_iter=n_steps,
        device=device,
        random_state=0,
    )
    if y.any():
        MultiVAEResampler(vae, filter=None, random_state=0).fit(X, y)
    else:
        vae.fit(X)


class PlainVAE(nn.Module):
    """VAE in plain torch, as one would write it down first."""

    def __init__(self, layers: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *hidden_layers([N_FEATURES, *layers]), nn.Linear(layers[-1], 2 * N_COMPONENTS)
        )
        self.decoder = nn.Sequential(
            *hidden_layers([N_COMPONENTS, *reversed(layers)]), nn.Linear(layers[0], N_FEATURES)
        )

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        nll = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum()
        return (nll + kl) / len(x)


def hidden_layers(sizes: list[int]) -> Iterator[nn.Module]:
    """Yield Linear, batch normalisation and LeakyReLU for each pair of neighbouring sizes."""
    for n_in, n_out in pairwise(sizes):
        yield from (nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.LeakyReLU())


def fit_plain(
    X: np.ndarray, y: np.ndarray, n_steps: int, device: str, *, layers: tuple[int, ...]
) -> None:
    """Train by a plain torch loop, one class after the other."""
    for label in np.unique(y):
        rows = torch.from_numpy(X[y == label]).to(device)
        vae = PlainVAE(layers).to(device)
        optimizer = torch.optim.Adam(vae.parameters(), lr=LEARNING_RATE, fused=True)
        for batch, _ in zip(batches(rows, BATCH_SIZE), range(n_steps), strict=False):
            optimizer.zero_grad()
            vae.loss(rows[batch]).backward()
            optimizer.step()
    finish(device)


def batches(rows: torch.Tensor, batch_size: int) -> Iterator[torch.Tensor]:
    """Yield the numbers of shuffled rows in batches, for ever."""
    while True:
        yield from torch.randperm(len(rows), device=rows.device).split(batch_size)


def finish(device: str) -> None:
    """Wait until a GPU has done all that it was told to: Python runs ahead of it."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def fit_pythae(
    X: np.ndarray, y: np.ndarray, n_steps: int, device: str, *, layers: tuple[int, ...]
) -> None:
    """Train by pythae's BaseTrainer, one class after the other, on the CPU."""
    from pythae import models
    from pythae.data.datasets import BaseDataset
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    config = models.VAEConfig((N_FEATURES,), N_COMPONENTS, reconstruction_loss="bce")
    for label in np.unique(y):
        rows = torch.from_numpy(X[y == label])
        with tempfile.TemporaryDirectory() as folder, silence():
            BaseTrainer(
                models.VAE(config, *pythae_networks(layers)),
                BaseDataset(rows, torch.zeros(len(rows))),
                training_config=BaseTrainerConfig(
                    output_dir=folder,
                    num_epochs=n_steps // BATCHES_PER_EPOCH,
                    per_device_train_batch_size=BATCH_SIZE,
                    learning_rate=LEARNING_RATE,
                    no_cuda=True,
                ),
            ).train()


def pythae_networks(layers: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    """Wrap the layers of PlainVAE as pythae needs them."""
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = PlainVAE(layers).encoder

        def forward(self, x: torch.Tensor) -> Any:
            mean, log_var = self.layers(x).chunk(2, dim=1)
            return ModelOutput(embedding=mean, log_covariance=log_var)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = PlainVAE(layers).decoder

        def forward(self, z: torch.Tensor) -> Any:
            return ModelOutput(reconstruction=self.layers(z).sigmoid())

    return Encoder(), Decoder()


ARMS: dict[str, Callable[..., None]] = {"skvae": fit_skvae, "plain": fit_plain}
ON_GPU = tuple(ARMS)
if find_spec("pythae"):
    ARMS["pythae"] = fit_pythae


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep pythae's log and progress bars from the screen."""
    logging.disable()
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


def format_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Format medians side by side, and our share of the plain loop beside its goal."""
    medians = steps.pivot_table("value", ["layers", "k"], "arm", aggfunc="median", sort=False)
    goals = {(str(layers), k): goal for layers, by_k in GOALS.items() for k, goal in by_k.items()}
    text = medians[[arm for arm in ARMS if arm in medians]].map("{:.3f}".format)
    text["skvae / plain"] = (medians["skvae"] / medians["plain"]).map("{:.2f}".format)
    text["goal"] = [f"<= {goals[cell]:.2f}" for cell in medians.index]
    return text.reset_index()
