"""Digits that models of images draw: are they the ones asked for, of every kind, and sharp?

Each model learns some training images of MNIST; a CNN that has learnt all others names what the
model draws, and sharpness is compared with test images.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skvae import GAN, VAE, VAEGAN, ConditionalVAE
from skvae.exceptions import ModeCollapseWarning
from skvae.metrics import sharpness_ratio

from ..arms.augmenter import quiet
from ..classifiers.cnn import SIDE, make_cnn
from ..cli.checks import stop_without_data
from ..cli.folder import hold
from ..cli.output import format_spread, print_table, write_csv
from ..engine.backends import run_cells
from ..engine.cells import Row
from ..engine.environment import versions
from ..thesis.mnist import load
from .scoring import in_order

MODELS: dict[str, Callable[..., Any]] = {
    "VAE": VAE,
    "VAE-GAN": VAEGAN,
    # With dense layers between code and maps it collapses to few digits.
    "GAN": partial(GAN, 20, conv_channels=(32, 64), hidden_layer_sizes=()),
    # With the beta of tables, 1, half of its digits are named as asked.
    "conditional VAE": partial(ConditionalVAE, beta=4.0),
}
N_IMAGES, N_DRAWN, BATCH_SIZE = 5000, 5000, 64
STEPS, QUICK_STEPS = 1000, 30
KNOWS_CLASSES = ("conditional VAE",)
NAMED, AS_ASKED, RAREST = "test images named right", "named as asked", "rarest digit (of .1)"
SHARPNESS = "sharpness"


def main(seeds: int, jobs: int | None, data_home: Path | None, out: Path, *, quick: bool) -> None:
    """Run, print and save the comparison."""
    with stop_without_data():
        mnist(data_home)
    n_steps = QUICK_STEPS if quick else STEPS
    cells = [(model, seed, n_steps, data_home) for seed in range(seeds) for model in MODELS]
    with hold(out):
        fits = pd.DataFrame(run_cells(draw_digits, cells, jobs=jobs, label="digits"))
        fits = in_order(fits, ["model", "seed"], list(MODELS)).assign(versions=versions())
        write_csv(out / "digits.csv", fits, quick=quick)
    title = (
        f"{N_DRAWN:,} digits of models of {N_IMAGES:,}, {n_steps:,} steps of {BATCH_SIZE}, "
        f"over {seeds} seeds; the CNN names {fits[NAMED].mean():.1%} of test images right"
    )
    print_table(title, summary_text(fits), quick=quick)
    print(f"Every fit: {out / 'digits.csv'}.")


Images = tuple[NDArray[np.float32], NDArray[Any]]  # of values in [0, 1], and their digits


@cache
def mnist(data_home: Path | None) -> tuple[Images, Images]:
    """Read the training and the test images."""
    return load("train", data_home), load("test", data_home)


def draw_digits(name: str, seed: int, n_steps: int, data_home: Path | None) -> Row:
    """Train a model, and judge what it draws."""
    (X, y), (X_test, y_test) = mnist(data_home)
    order = np.random.default_rng(seed).permutation(len(X))
    learnt, others = order[:N_IMAGES], order[N_IMAGES:]
    model = MODELS[name](
        image_shape=(SIDE, SIDE), batch_size=BATCH_SIZE, max_iter=n_steps, random_state=seed
    )
    start = time.perf_counter()
    with quiet(ModeCollapseWarning):
        model.fit(X[learnt], y[learnt])
    row: Row = {"model": name, "seed": seed, "seconds": time.perf_counter() - start}
    asked = np.repeat(np.arange(10), N_DRAWN // 10)
    images = model.sample(N_DRAWN, y=asked) if name in KNOWS_CLASSES else model.sample(N_DRAWN)
    cnn = make_cnn("cpu").set_params(random_state=seed, max_epochs=2)
    cnn.partial_fit(X[others], y[others], classes=np.unique(y))
    named = cnn.predict(images)
    return row | {
        NAMED: np.mean(cnn.predict(X_test) == y_test),
        AS_ASKED: np.mean(named == asked) if name in KNOWS_CLASSES else np.nan,
        RAREST: np.bincount(named, minlength=10).min() / N_DRAWN,
        SHARPNESS: sharpness_ratio(X_test, images, image_shape=(SIDE, SIDE)),
    }


def summary_text(fits: pd.DataFrame) -> pd.DataFrame:
    """Format the mean and the standard deviation over seeds of each score."""
    scores = [AS_ASKED, RAREST, SHARPNESS, "seconds"]
    groups = fits.groupby("model", sort=False)[scores]
    mean, std = groups.mean(), groups.std()
    lines = [
        {
            "model": model,
            **{s: format_spread(mean.loc[model, s], std.loc[model, s]) for s in scores},
        }
        for model in mean.index
    ]
    return pd.DataFrame(lines)
