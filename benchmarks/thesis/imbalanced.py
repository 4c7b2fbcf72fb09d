"""Experiment on KEEL's imbalanced sets of two classes, by cross-validation."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import typer
from sklearn.model_selection import StratifiedKFold

from skvae import VAE
from skvae.datasets import load_keel

from ..arms.registry import check_installed
from ..arms.settings import Settings, even_out
from ..classifiers.names import ALL_SCORES
from ..cli.checks import stop_without_data
from ..cli.choices import Options
from ..engine.cells import Cell, Row, all_fits
from ..engine.fits import Split, fit_split
from ..engine.sweep import Plan
from .budget import Budget
from .datasets import keel_folder

N_FOLDS = 5


def plan(table: str, options: Options, budget: Budget) -> Plan:
    """Plan a cell for each data set, seed and fold."""
    check_installed(options.arms)
    folder = keel_folder(options.data_home)
    fits = all_fits(options.arms, options.classifiers)
    cells = []
    for dataset in options.datasets:
        with stop_without_data():
            X, _ = read_rows(folder, dataset)
        # Steps of networks take the same time for any number of rows, trees and neighbours do not.
        cost = 1.0 + X.size / 20_000
        for split in range(N_FOLDS * options.seeds):
            cells.append(Cell({"table": table, "dataset": dataset, "seed": split}, fits, cost))
    task = partial(fit_cell, budget=budget, device=options.device, folder=folder)
    settings = {
        "steps": budget.classifier_steps,
        "vae_steps": budget.single_vae_steps,
        "folds": N_FOLDS,
    }
    return Plan(cells, task, settings)


def fit_cell(cell: Cell, *, budget: Budget, device: str, folder: Path) -> list[Row]:
    """Score on a fold; the label "seed" counts the folds of all seeds."""
    split = split_rows(folder, cell.labels["dataset"], cell.labels["seed"])
    return fit_split(
        cell,
        split,
        arm_settings(budget),
        n_steps=budget.classifier_steps,
        device=device,
        measured=tuple(ALL_SCORES),
    )


def arm_settings(budget: Budget) -> Settings:
    """Settings that even out the classes, with the samplers' own models unless these are short."""
    steps = budget.single_vae_steps
    return Settings(
        new_rows=even_out,
        single_vae=None if steps is None else VAE(max_iter=steps),
        peer_epochs=budget.peer_epochs,
        one_hot=True,
    )


def split_rows(folder: Path, dataset: str, split: int) -> Split:
    """Hold out fold ``split % 5`` of the stratified folds of seed ``split // 5``."""
    X, y = read_rows(folder, dataset)
    seed, fold = divmod(split, N_FOLDS)
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(X, y)
    train, test = list(folds)[fold]
    return Split(X.iloc[train], X.iloc[test], y[train], y[test])


def read_rows(folder: Path, dataset: str) -> tuple[Any, Any]:
    """Read a file; class 1 is that of fewer rows."""
    path = folder / f"{dataset}.dat"
    try:
        X, labels = load_keel(path, return_X_y=True)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    counts = labels.value_counts()
    if len(counts) != 2 or counts.min() < N_FOLDS:
        raise typer.BadParameter(
            f"{path} must have two classes of at least {N_FOLDS} rows, got {counts.to_dict()}"
        )
    return X, (labels == counts.idxmin()).to_numpy().astype(np.int64)
