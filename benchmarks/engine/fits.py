"""Fits of a cell: hold out, augment, train, score."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..arms.augmenter import Augmented, Augmenter, quiet
from ..arms.peers import CannotDrawError
from ..arms.settings import Settings
from ..arms.typed import as_numbers
from ..classifiers.names import EARLY, N_STEPS, SCORES
from ..classifiers.protocols import hold_out, make_classifier, rarest_class, scores
from .cells import Cell, Fit, Row
from .environment import current_gpu, device_name, versions


class Split(NamedTuple):
    """Rows to train on and rows to test on, in the order of `train_test_split`."""

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any


def fit_split(
    cell: Cell, split: Split, settings: Settings, *, n_steps: int = N_STEPS, device: str = "auto"
) -> list[Row]:
    """Score all fits of a cell; all models train on the device."""
    rows: list[Row] = []
    split = split._replace(X_test=as_numbers(split.X_test))
    with quiet(), current_gpu(device):
        for early in (False, True):
            fits = [fit for fit in cell.fits if (fit[2] == EARLY) == early]
            if fits:
                rows += _fit_part(cell, fits, split, settings, n_steps, device)
    return rows


def _fit_part(
    cell: Cell, fits: list[Fit], split: Split, settings: Settings, n_steps: int, device: str
) -> Iterator[Row]:
    """Score fits that train on the same rows.

    Rows for early stopping are held out before anything is drawn, so that no new row depends on
    them. New rows are drawn once for each arm, for all its classifiers.
    """
    seed = cell.labels["seed"]
    X, y, validation = split.X_train, np.asarray(split.y_train), None
    if fits[0][2] == EARLY:
        X, X_held_out, y, y_held_out = hold_out(X, y, seed)
        validation = as_numbers(X_held_out), y_held_out
    augmenter = Augmenter(X, y, settings, seed, device)
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
    """Train on augmented rows and score on the test rows; NaN where the arm could not draw."""
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
