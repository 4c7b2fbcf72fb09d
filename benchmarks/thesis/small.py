"""Experiments on tables cut to few rows in all, without and with unlabelled ones."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split

from skvae import VAE
from skvae.datasets import fetch_proben1

from ..arms.registry import check_installed
from ..arms.settings import Settings
from ..arms.typed import typed_frame
from ..classifiers.names import ALL_SCORES
from ..cli.checks import stop_without_data
from ..cli.choices import Options
from ..engine.cells import Cell, Row, all_fits
from ..engine.fits import Split, fit_split
from ..engine.sweep import Plan
from .budget import Budget

SCIKIT_LEARN = {
    "wine": load_wine,
    "cancer": load_breast_cancer,
    "digits": load_digits,
    "iris": load_iris,
}
MIN_ROWS = 2  # training rows of each class: SMOTE and a VAE of a class need two
MIN_TEST, MAX_TEST = 30, 2000  # test rows

DataHome = os.PathLike[str] | None


def plan(table: str, options: Options, budget: Budget, *, unlabelled: bool = False) -> Plan:
    """Plan a cell for each data set, number of training rows that it allows, and seed."""
    check_installed(options.arms)
    fits = all_fits(options.arms, options.classifiers)
    cells = []
    for dataset in options.datasets:
        with stop_without_data():
            X, y = load(dataset, options.data_home)
        for n in options.sizes:
            if not allows(y, n, unlabelled):
                continue
            for seed in range(options.seeds):
                labels = {"table": table, "dataset": dataset, "n": n, "seed": seed}
                cells.append(Cell(labels, fits, 1 + n * X.shape[1] / 10_000))
    if not cells:
        raise typer.BadParameter(
            f"--sizes must be of {MIN_ROWS} rows a class or more and leave {MIN_TEST} test rows, "
            f"got {', '.join(map(str, options.sizes))} for {', '.join(options.datasets)}"
        )
    task = partial(
        fit_cell,
        budget=budget,
        unlabelled=unlabelled,
        device=options.device,
        data_home=options.data_home,
    )
    settings = {
        "steps": budget.classifier_steps,
        "vae_steps": budget.single_vae_steps,
        "peer_epochs": budget.peer_epochs,
    }
    return Plan(cells, task, settings)


def fit_cell(
    cell: Cell, *, budget: Budget, unlabelled: bool, device: str, data_home: DataHome
) -> list[Row]:
    """Score on test rows; the label "n" is the number of training rows in all."""
    dataset, n, seed = (cell.labels[name] for name in ("dataset", "n", "seed"))
    split, others = split_rows(*load(dataset, data_home), n, seed, unlabelled)
    return fit_split(
        cell,
        split,
        arm_settings(budget, others),
        n_steps=budget.classifier_steps,
        device=device,
        measured=tuple(ALL_SCORES),
    )


def load(dataset: str, data_home: DataHome) -> tuple[Any, NDArray[np.int64]]:
    """Load numbers, or a frame whose columns have the dtypes of their content, and classes."""
    if dataset in SCIKIT_LEARN:
        return SCIKIT_LEARN[dataset](return_X_y=True)
    bunch = fetch_proben1(dataset, data_home=data_home, as_frame=True)
    return typed_frame(bunch), bunch.target.to_numpy()


def allows(y: NDArray[np.int64], n: int, unlabelled: bool) -> bool:
    """Return whether `n` training rows are enough for the classes, and leave enough test rows."""
    n_left = (len(y) - n) // 2 if unlabelled else len(y) - n
    return n >= MIN_ROWS * len(np.unique(y)) and n_left >= MIN_TEST


def split_rows(
    X: Any, y: NDArray[np.int64], n: int, seed: int, unlabelled: bool
) -> tuple[Split, Any]:
    """Draw `n` training rows, stratified; of the others at most `MAX_TEST` are test rows.

    With `unlabelled`, half of the others are set apart first, and returned without classes.
    """
    train = draw_rows(y, n, np.random.RandomState(seed))
    rest = np.setdiff1d(np.arange(len(y)), train)
    others = rest[:0]
    if unlabelled:
        rest, others = train_test_split(rest, test_size=0.5, stratify=y[rest], random_state=seed)
    if len(rest) > MAX_TEST:
        rest, _ = train_test_split(rest, train_size=MAX_TEST, stratify=y[rest], random_state=seed)
    take = (lambda rows: X.iloc[rows]) if hasattr(X, "iloc") else (lambda rows: X[rows])
    split = Split(take(train), take(rest), y[train], y[rest])
    return split, take(others) if unlabelled else None


def draw_rows(y: NDArray[np.int64], n: int, rng: np.random.RandomState) -> NDArray[np.intp]:
    """Draw `n` rows with the classes' shares, but at least `MIN_ROWS` of each class."""
    classes, counts = np.unique(y, return_counts=True)
    wanted = n * counts / len(y)
    taken = np.maximum(np.floor(wanted).astype(int), MIN_ROWS)
    while taken.sum() < n:
        taken[np.argmax(wanted - taken)] += 1
    while taken.sum() > n:
        taken[np.argmax(np.where(taken > MIN_ROWS, taken - wanted, -np.inf))] -= 1
    rows = [
        rng.permutation(np.flatnonzero(y == c))[:k] for c, k in zip(classes, taken, strict=True)
    ]
    return np.sort(np.concatenate(rows))


def arm_settings(budget: Budget, unlabelled: Any) -> Settings:
    """Settings with as many new rows as real ones, and the samplers' own models unless short."""
    steps = budget.single_vae_steps
    return Settings(
        single_vae=None if steps is None else VAE(max_iter=steps),
        peer_epochs=budget.peer_epochs,
        unlabelled=unlabelled,
        one_hot=True,
    )
