"""Experiments on PROBEN1: full training sets (table 6.2), or few rows of each class (6.3)."""

from __future__ import annotations

import os
from functools import partial

from sklearn.model_selection import train_test_split

from skvae import VAE
from skvae.datasets import fetch_proben1, few_shot
from skvae.strategies import augment

from ..arms.registry import check_installed
from ..arms.settings import THESIS_VAE, Settings
from ..arms.typed import typed_frame
from ..cli.checks import stop_without_data
from ..cli.choices import Options
from ..engine.cells import Cell, Row, all_fits
from ..engine.fits import Split, fit_split
from ..engine.sweep import Plan
from .budget import Budget
from .datasets import PROBEN1

HIDDEN_LAYER_SIZES = (512, 256, 128, 64)  # of the thesis' multi-VAE


def plan(table: str, options: Options, budget: Budget) -> Plan:
    """Plan a cell for each data set, size (where the experiment has sizes) and seed."""
    check_installed(options.arms)
    with stop_without_data():
        for dataset in options.datasets:
            fetch_proben1(dataset, data_home=options.data_home)
    sizes: list[int | None] = [*options.sizes] or [None]
    cells = []
    for dataset in options.datasets:
        for n in sizes:
            for seed in range(options.seeds):
                labels = {"table": table, "dataset": dataset, "n": n, "seed": seed}
                fits = all_fits(options.arms, options.classifiers)
                cells.append(Cell(labels, fits, PROBEN1[dataset].cost))
    task = partial(fit_cell, budget=budget, device=options.device, data_home=options.data_home)
    settings = {
        "steps": budget.classifier_steps,
        "vae_steps": budget.multi_vae_steps,
        "peer_epochs": budget.peer_epochs,
    }
    return Plan(cells, task, settings)


def fit_cell(
    cell: Cell, *, budget: Budget, device: str, data_home: os.PathLike[str] | None
) -> list[Row]:
    """Score on a stratified fifth of the rows; the sizes of a seed are nested and share it."""
    dataset, seed, n = cell.labels["dataset"], cell.labels["seed"], cell.labels.get("n")
    split = split_rows(dataset, seed, data_home)
    if n is not None:
        X, y = few_shot(split.X_train, split.y_train, n, random_state=seed)
        split = split._replace(X_train=X, y_train=y)
    settings = arm_settings(dataset, budget, device)
    return fit_split(cell, split, settings, n_steps=budget.classifier_steps, device=device)


def split_rows(dataset: str, seed: int, data_home: os.PathLike[str] | None) -> Split:
    """Keep four fifths of the rows to train on, in columns with the dtypes of their content."""
    bunch = fetch_proben1(dataset, data_home=data_home, as_frame=True)
    X, y = typed_frame(bunch), bunch.target.to_numpy()
    return Split(*train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed))


def arm_settings(dataset: str, budget: Budget, device: str) -> Settings:
    """Settings with the thesis' multi-VAE, and as many new rows as real ones."""
    balanced, mix_fraction, _ = PROBEN1[dataset]
    return Settings(
        new_rows=augment(1.0, balance=balanced),
        mix_fraction=mix_fraction,
        multi_vae=VAE(
            2,
            hidden_layer_sizes=HIDDEN_LAYER_SIZES,
            max_iter=budget.multi_vae_steps,
            device=device,
            **THESIS_VAE,
        ),
        peer_epochs=budget.peer_epochs,
    )
