"""Experiments on MNIST with few labels (tables 6.4 to 6.6).

One VAE learns all images without their labels, and arms draw from it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skvae import VAE
from skvae.datasets import fetch_mnist, few_shot

from ..arms.registry import check_installed
from ..arms.settings import Settings
from ..cli.checks import stop_without_data
from ..cli.choices import Options
from ..engine.cells import Cell, Row, all_fits
from ..engine.environment import device_name, versions
from ..engine.fits import Split, fit_split
from ..engine.sweep import Plan
from .budget import Budget

SHAPE = (28, 28)


@dataclass(frozen=True)
class AddRows:
    """Strategy that adds the same number of new rows to each class."""

    n_new: int

    def __call__(self, y: Any) -> dict[Any, int]:
        classes, counts = np.unique(y, return_counts=True)
        return dict(zip(classes, (counts + self.n_new).tolist(), strict=True))


def plan(
    table: str,
    options: Options,
    budget: Budget,
    *,
    n_new: int | None = None,
    n_real: int | None = None,
) -> Plan:
    """Plan a cell for each size and seed.

    By default, sizes are real images of each digit, and arms draw as many new ones. With `n_new`,
    arms draw that many at every size. With `n_real`, sizes are new images instead: arms draw them
    from `n_real` real ones, and classifiers see new images only.
    """
    check_installed(options.arms)
    with stop_without_data():
        fetch_mnist(data_home=options.data_home)
    cells, n_drawn = [], {}
    # Sizes outside, seeds inside: cells that start together train different models.
    for size in options.sizes:
        n, label = (size, None) if n_real is None else (n_real, size)
        n_drawn[n, label] = size if n_new is None else n_new
        for seed in range(options.seeds):
            labels = {
                "table": table,
                "dataset": options.datasets[0],
                "n": n,
                "n_new": label,
                "seed": seed,
            }
            cells.append(Cell(labels, all_fits(options.arms, options.classifiers)))
    task = partial(
        fit_cell,
        budget=budget,
        n_drawn=n_drawn,
        only_new=n_real is not None,
        device=options.device,
        data_home=options.data_home,
        models=options.out / "models",
    )
    settings = {
        "steps": budget.classifier_steps,
        "vae_steps": budget.single_vae_steps,
        "multi_vae_steps": budget.multi_vae_steps,
        "n_unlabelled": budget.n_unlabelled,
    }
    return Plan(cells, task, settings)


def fit_cell(
    cell: Cell,
    *,
    budget: Budget,
    n_drawn: dict[tuple[int, int | None], int],
    only_new: bool,
    device: str,
    data_home: os.PathLike[str] | None,
    models: Path,
) -> list[Row]:
    """Score on the 10,000 test images; `models` is the folder of trained single-VAEs."""
    n, n_new, seed = (cell.labels[name] for name in ("n", "n_new", "seed"))
    images, labels = load("train", data_home)
    train_once = Memory(models, verbose=0).cache(train_vae, ignore=["images", "device"])
    vae = train_once(images, seed, budget.single_vae_steps, device, device_name(device), versions())
    X, y = few_shot(images, labels, n, random_state=seed)
    X_test, y_test = load("test", data_home)
    others = np.random.RandomState(seed).permutation(len(images))[: budget.n_unlabelled]
    new_rows = AddRows(n_drawn[n, n_new])
    arms = Settings(
        new_rows=new_rows,
        many_rows=new_rows,
        single_vae=FrozenEstimator(vae),
        multi_vae=make_multi_vae(budget.multi_vae_steps, device),
        peer_epochs=budget.peer_epochs,
        unlabelled=images[others],
        only_new=only_new,
    )
    split = Split(X, X_test, y, y_test)
    return fit_split(cell, split, arms, n_steps=budget.classifier_steps, device=device)


def load(
    subset: str, data_home: os.PathLike[str] | None
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Fetch images as rows of values in [0, 1], and their digits."""
    X, y = fetch_mnist(subset=subset, data_home=data_home, return_X_y=True)
    return X.astype(np.float32) / 255, y


def train_vae(
    images: NDArray[np.float32], seed: int, max_iter: int, device: str, made_on: str, made_by: str
) -> VAE:
    """Train the thesis' single-VAE (table 5.1).

    `made_on` (a device) and `made_by` (versions) only tell the cached models apart.
    """
    return VAE(
        50,
        image_shape=SHAPE,
        conv_channels=(64, 128, 256),
        hidden_layer_sizes=(128,),
        beta=1.0,
        batch_size=64,
        max_iter=max_iter,
        device=device,
        random_state=seed,
    ).fit(images)


def make_multi_vae(max_iter: int, device: str) -> VAE:
    """Make the thesis' model of one class (table 5.1)."""
    return VAE(
        2,
        image_shape=SHAPE,
        conv_channels=(32, 64),
        hidden_layer_sizes=(),
        beta=1.0,
        batch_size=64,
        max_iter=max_iter,
        device=device,
    )
