"""The fits of a cell: hold out, augment, train, score; and the tables that consist of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import torch
import typer

from ._arms import Augmented, Augmenter, Settings, as_numbers, quiet
from ._classifiers import (
    EARLY,
    N_STEPS,
    NEURAL,
    NO_PROTOCOL,
    PROTOCOLS,
    SCORES,
    hold_out,
    make_classifier,
    rarest_class,
    scores,
)
from ._common import Row, versions
from ._options import Options
from ._peers import CannotDrawError
from ._report import report
from ._sweep import Cell, sweep

Fit = tuple[str, str, str]


class Split(NamedTuple):
    """Rows to train on and rows to test on, in the order of `train_test_split`."""

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any


def all_fits(arms: Iterable[str], classifiers: Iterable[str]) -> tuple[Fit, ...]:
    """Each arm with each classifier, the neural ones by both protocols."""
    classifiers = list(classifiers)
    return tuple(
        (arm, classifier, protocol)
        for arm in arms
        for classifier in classifiers
        for protocol in (PROTOCOLS if classifier in NEURAL else (NO_PROTOCOL,))
    )


def fit_split(
    cell: Cell, split: Split, settings: Settings, *, n_steps: int = N_STEPS, device: str = "auto"
) -> list[Row]:
    """Score all fits of a cell; all that trains does so on the device."""
    rows: list[Row] = []
    split = split._replace(X_test=as_numbers(split.X_test))
    with quiet(), auto_is(device):
        for early in (False, True):
            fits = [fit for fit in cell.fits if (fit[2] == EARLY) == early]
            if fits:
                rows += _fit_part(cell, fits, split, settings, n_steps, device)
    return rows


def _fit_part(
    cell: Cell, fits: list[Fit], split: Split, settings: Settings, n_steps: int, device: str
) -> Iterator[Row]:
    """Score fits that train on the same rows.

    What is held out for early stopping leaves before anything is drawn, so that the new rows know
    nothing of it. New rows are drawn once an arm, for all its classifiers.
    """
    seed = cell.labels["seed"]
    X, y, validation = split.X_train, np.asarray(split.y_train), None
    if fits[0][2] == EARLY:
        X, X_held_out, y, y_held_out = hold_out(X, y, seed)
        validation = as_numbers(X_held_out), y_held_out
    augmenter = Augmenter(X, y, settings, seed)
    for arm in dict.fromkeys(fit[0] for fit in fits):
        try:
            rows = augmenter(arm)
        except CannotDrawError:
            rows = None
        for fit in fits:
            if fit[0] == arm:
                name, protocol = fit[1:]
                model = make_classifier(
                    name, protocol, seed, validation=validation, n_steps=n_steps, device=device
                )
                measured = _measure(model, rows, split)
                yield {
                    **cell.labels,
                    **{"arm": arm, "classifier": name, "protocol": protocol},
                    **measured,
                    **{"n_train": len(split.y_train), "n_test": len(split.y_test)},
                    **{"device": device_name(device), "versions": versions()},
                }


def _measure(model: Any, rows: Augmented | None, split: Split) -> Row:
    """Train on augmented rows and score on the test rows; nothing, where nothing was drawn."""
    if rows is None:
        return dict.fromkeys([*SCORES, "fit_seconds", "resample_seconds"], np.nan)
    start = time.perf_counter()
    model.fit(rows.X, rows.y, sample_weight=rows.sample_weight)
    seconds = time.perf_counter() - start
    predicted = model.predict(split.X_test)
    return {
        **scores(split.y_test, predicted, rarest_class(split.y_train)),
        "fit_seconds": seconds,
        "resample_seconds": rows.seconds,
    }


@contextmanager
def auto_is(device: str) -> Iterator[None]:
    """Let the device "auto" be this one.

    A sampler's own model, filters and ctgan choose a device by themselves, and a table compares
    times: all of them have to be where the user wants them.
    """
    if device.startswith("cuda"):
        with torch.cuda.device(device):
            yield
    elif device == "auto":
        yield
    else:
        with patch("torch.cuda.is_available", return_value=False):
            yield


def device_name(device: str) -> str:
    """What computes under this name: "cpu", or the name of the GPU."""
    if not on_gpu(device):
        return device.replace("auto", "cpu")
    return torch.cuda.get_device_name(None if device == "auto" else device)


def on_gpu(device: str) -> bool:
    """Whether the name means a GPU here."""
    return torch.cuda.is_available() if device == "auto" else device.startswith("cuda")


def check_device(device: str, *, here: bool) -> None:
    """Stop at what is no CPU and no CUDA device or, if fits run here, none of this machine's."""
    if device in ("auto", "cpu"):
        return
    if not re.fullmatch(r"cuda(:\d+)?", device):
        raise typer.BadParameter(f"--device must be auto, cpu, cuda or cuda:N, got {device!r}")
    named = torch.device(device)
    n_gpus = torch.cuda.device_count()
    if here and (named.index or 0) >= n_gpus:
        raise typer.BadParameter(f"--device {device}: torch sees {n_gpus} CUDA devices here")


def run_table(
    options: Options,
    table: str,
    cells: Sequence[Cell],
    fit_cell: Callable[[Cell], Iterable[Row]],
    settings: Mapping[str, Any],
) -> None:
    """Measure the cells that are asked for into a CSV, and report on it."""
    check_device(options.device, here=options.backend == "loky")
    path = options.out / f"{table}.csv"
    sweep(
        fit_cell,
        cells,
        path,
        jobs=options.jobs,
        backend=options.backend,
        scheduler=options.scheduler,
        resume=options.resume,
        command=options.command,
        settings={**settings, "device": device_name(options.device), "versions": versions()},
        label=table,
    )
    report([path], options.out)
