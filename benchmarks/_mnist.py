"""MNIST with few labels: one VAE of all images without their labels, and arms that draw from it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import Memory
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from skvae import VAE
from skvae.datasets import fetch_mnist, few_shot

from . import _arms
from ._cells import Split, all_fits, device_name, fit_split, on_gpu, run_table
from ._common import Row, stop_without_data, versions
from ._options import Options, Table
from ._sweep import Cell

TABLE = Table(
    "mnist-fewshot",
    ("MNIST",),
    (*_arms.ARMS, _arms.UNLABELLED),
    (
        *("none", "SMOTE", *(f"single-VAE {rule}" for rule in _arms.RULES)),
        *("multi-VAE beta 0.5", _arms.UNLABELLED, _arms.RECOMMENDED),
    ),
    ("CNN",),
    seeds=10,
    quick_seeds=2,
    sizes=(2, 3, 4, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000),
    quick_sizes=(2, 20),
    largest=5421,
)
SHAPE = (28, 28)


class Budget(NamedTuple):
    """How long models train.

    Attributes
    ----------
    steps : int
        Optimiser steps of a classifier.
    vae_steps, multi_vae_steps : int
        Those of the single-VAE, and of each VAE of the multi-VAE.
    n_unlabelled : int
        Images among which the arm with unlabelled ones finds partners.
    """

    steps: int
    vae_steps: int
    multi_vae_steps: int
    n_unlabelled: int


THESIS = Budget(1500, vae_steps=93_000, multi_vae_steps=6000, n_unlabelled=6000)
FULL = Budget(1500, vae_steps=2000, multi_vae_steps=300, n_unlabelled=6000)
QUICK = Budget(50, vae_steps=20, multi_vae_steps=20, n_unlabelled=500)


@dataclass(frozen=True)
class AddRows:
    """A `sampling_strategy`: the same number of new rows for each class."""

    n_new: int

    def __call__(self, y: Any) -> dict[Any, int]:
        classes, counts = np.unique(y, return_counts=True)
        return dict(zip(classes, (counts + self.n_new).tolist(), strict=True))


def run(
    options: Options, table: str, sizes: Iterable[tuple[int, int | None, int]], **settings: Any
) -> None:
    """Measure, print and save a table.

    `sizes` are real rows a class, new rows a class as the CSV says it, and as they are drawn;
    `settings` are those of the arms.
    """
    _arms.check_arms(options.arms)
    with stop_without_data():
        fetch_mnist(data_home=options.data_home)
    budget = QUICK if options.quick else THESIS if on_gpu(options.device) else FULL
    cells, n_drawn = [], {}
    for n, n_new, drawn in sizes:
        n_drawn[n, n_new] = drawn
        # Sizes outside, seeds inside: cells that start together train models of their own.
        for seed in range(options.seeds):
            labels = {
                "table": table,
                "dataset": options.datasets[0],
                "n": n,
                "n_new": n_new,
                "seed": seed,
            }
            cells.append(Cell(labels, all_fits(options.arms, options.classifiers)))
    task = partial(
        fit_cell,
        budget=budget,
        n_drawn=n_drawn,
        settings=settings,
        device=options.device,
        data_home=options.data_home,
        models=options.out / "models",
    )
    run_table(options, table, cells, task, budget._asdict())


def fit_cell(
    cell: Cell,
    *,
    budget: Budget,
    n_drawn: dict[tuple[int, int | None], int],
    settings: dict[str, Any],
    device: str,
    data_home: os.PathLike[str] | None,
    models: Path,
) -> list[Row]:
    """Score on the 10,000 test images."""
    n, n_new, seed = (cell.labels[name] for name in ("n", "n_new", "seed"))
    images, labels = load("train", data_home)
    train_once = Memory(models, verbose=0).cache(train_vae, ignore=["images", "device"])
    vae = train_once(images, seed, budget.vae_steps, device, device_name(device), versions())
    X, y = few_shot(images, labels, n, random_state=seed)
    X_test, y_test = load("test", data_home)
    others = np.random.RandomState(seed).permutation(len(images))[: budget.n_unlabelled]
    new_rows = AddRows(n_drawn[n, n_new])
    arms = _arms.Settings(
        new_rows=new_rows,
        many_rows=new_rows,
        single_vae=FrozenEstimator(vae),
        multi_vae=make_multi_vae(budget.multi_vae_steps, device),
        unlabelled=images[others],
        **settings,
    )
    return fit_split(cell, Split(X, X_test, y, y_test), arms, n_steps=budget.steps, device=device)


def load(
    subset: str, data_home: os.PathLike[str] | None
) -> tuple[NDArray[np.float32], NDArray[Any]]:
    """Images as rows of values in [0, 1], and their digits."""
    X, y = fetch_mnist(subset=subset, data_home=data_home, return_X_y=True)
    return X.astype(np.float32) / 255, y


def train_vae(
    images: NDArray[np.float32], seed: int, max_iter: int, device: str, made_on: str, made_by: str
) -> VAE:
    """The thesis' single-VAE (table 5.1); the last two only tell one model from another."""
    return VAE(
        50,
        image_shape=SHAPE,
        conv_channels=(64, 128, 256),
        hidden_layer_sizes=(128,),
        batch_size=64,
        max_iter=max_iter,
        device=device,
        random_state=seed,
    ).fit(images)


def make_multi_vae(max_iter: int, device: str) -> VAE:
    """The thesis' model of one class (table 5.1)."""
    return VAE(
        2,
        image_shape=SHAPE,
        conv_channels=(32, 64),
        hidden_layer_sizes=(),
        batch_size=64,
        max_iter=max_iter,
        device=device,
    )
