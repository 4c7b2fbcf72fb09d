"""PROBEN1 on full training sets, with as many new rows as real ones (table 6.2 of the thesis)."""

from __future__ import annotations

import os
from functools import partial
from typing import NamedTuple

from sklearn.model_selection import train_test_split

from skvae import VAE
from skvae.datasets import fetch_proben1
from skvae.strategies import augment

from . import _arms
from ._cells import Split, all_fits, fit_split, run_table
from ._classifiers import N_STEPS, TABULAR
from ._common import Row, stop_without_data
from ._options import Options, Table
from ._sweep import Cell
from ._thesis import PROBEN1_OPTIONS
from ._typed import typed_frame

# Seconds of a cell's multi-VAE arms with the MLP, on one core.
COSTS = {"card": 40, "diabetes": 40, "gene": 60, "glass": 60, "horse": 50, "thyroid": 60}
TABLE = Table(
    "proben1",
    tuple(COSTS),
    _arms.ARMS,
    _arms.DEFAULT_ARMS,
    TABULAR,
    seeds=20,
    quick_seeds=3,
)


class Budget(NamedTuple):
    """How long models train.

    Attributes
    ----------
    steps : int
        Optimiser steps of a neural classifier.
    vae_steps : int
        Those of each VAE of the multi-VAE. The thesis has 6,000: ten times the time.
    peer_epochs : int
        Epochs of TVAE and CTGAN; theirs by default are 300.
    """

    steps: int
    vae_steps: int
    peer_epochs: int


FULL = Budget(N_STEPS, vae_steps=600, peer_epochs=300)
QUICK = Budget(300, vae_steps=50, peer_epochs=5)


def main(options: Options) -> None:
    """Measure, print and save the table."""
    prepare(options)
    cells = [
        Cell(
            {"table": TABLE.name, "dataset": dataset, "seed": seed},
            all_fits(options.arms, options.classifiers),
            COSTS[dataset],
        )
        for dataset in options.datasets
        for seed in range(options.seeds)
    ]
    budget = QUICK if options.quick else FULL
    task = partial(fit_cell, budget=budget, device=options.device, data_home=options.data_home)
    run_table(options, TABLE.name, cells, task, budget._asdict())


def prepare(options: Options) -> None:
    """Stop at once where something is missing."""
    _arms.check_arms(options.arms)
    with stop_without_data():
        for dataset in options.datasets:
            fetch_proben1(dataset, data_home=options.data_home)


def fit_cell(
    cell: Cell, *, budget: Budget, device: str, data_home: os.PathLike[str] | None
) -> list[Row]:
    """Score on a stratified fifth of the rows."""
    dataset = cell.labels["dataset"]
    split = split_rows(dataset, cell.labels["seed"], data_home)
    settings = arm_settings(dataset, budget, device)
    return fit_split(cell, split, settings, n_steps=budget.steps, device=device)


def split_rows(dataset: str, seed: int, data_home: os.PathLike[str] | None) -> Split:
    """Four fifths of the rows to train on, their columns of the kinds that they hold."""
    bunch = fetch_proben1(dataset, data_home=data_home, as_frame=True)
    X, y = typed_frame(bunch), bunch.target.to_numpy()
    return Split(*train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed))


def arm_settings(dataset: str, budget: Budget, device: str) -> _arms.Settings:
    """The multi-VAE as in the thesis, and as many new rows as real ones."""
    balance, mix_fraction = PROBEN1_OPTIONS[dataset]
    hidden = (512, 256, 128, 64)
    return _arms.Settings(
        new_rows=augment(1.0, balance=balance),
        mix_fraction=mix_fraction,
        multi_vae=VAE(2, hidden_layer_sizes=hidden, max_iter=budget.vae_steps, device=device),
        peer_epochs=budget.peer_epochs,
    )
