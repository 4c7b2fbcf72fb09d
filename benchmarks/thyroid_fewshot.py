"""thyroid with few rows of each class, and as many new ones (table 6.3, figure 6.7)."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from skvae.datasets import few_shot

from . import proben1
from ._cells import all_fits, fit_split, run_table
from ._common import Row
from ._options import Options
from ._sweep import Cell
from .proben1 import FULL, QUICK, Budget, arm_settings, prepare, split_rows

TABLE = replace(
    proben1.TABLE,
    name="thyroid-fewshot",
    datasets=("thyroid",),
    sizes=(5, 10, 20, 30, 50, 100),
    quick_sizes=(5, 20),
    largest=132,
)


def main(options: Options) -> None:
    """Measure, print and save the table."""
    prepare(options)
    cells = [
        Cell(
            {"table": TABLE.name, "dataset": dataset, "n": n, "seed": seed},
            all_fits(options.arms, options.classifiers),
        )
        for dataset in options.datasets
        for n in options.sizes
        for seed in range(options.seeds)
    ]
    budget = QUICK if options.quick else FULL
    task = partial(fit_cell, budget=budget, device=options.device, data_home=options.data_home)
    run_table(options, TABLE.name, cells, task, budget._asdict())


def fit_cell(
    cell: Cell, *, budget: Budget, device: str, data_home: os.PathLike[str] | None
) -> list[Row]:
    """Score on a stratified fifth of all rows; the sizes of a seed are nested, and share it."""
    dataset, seed = cell.labels["dataset"], cell.labels["seed"]
    whole = split_rows(dataset, seed, data_home)
    X, y = few_shot(whole.X_train, whole.y_train, cell.labels["n"], random_state=seed)
    few = whole._replace(X_train=X, y_train=y)
    settings = arm_settings(dataset, budget, device)
    return fit_split(cell, few, settings, n_steps=budget.steps, device=device)
