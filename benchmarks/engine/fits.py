"""Fits of a cell: hold out, augment, train, score."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import has_fit_parameter

from ..arms.augmenter import Augmented, Augmenter, quiet
from ..arms.names import LATENT_REGRESSION, SELF_TRAINING, TRANSFER, TUNED_THRESHOLD
from ..arms.peers import CannotDrawError
from ..arms.settings import Settings
from ..classifiers.names import EARLY, N_STEPS, SCORES
from ..classifiers.protocols import (
    NO_THRESHOLD,
    hold_out,
    make_classifier,
    on_latent_means,
    probability_scores,
    rarest_class,
    scores,
    self_train,
    tune_threshold,
)
from ..cli.interrupts import check_interrupted
from .cells import Cell, Fit, Row
from .environment import current_gpu, device_name, versions


class Split(NamedTuple):
    """Rows to train on and rows to test on, in the order of `train_test_split`."""

    X_train: Any
    X_test: Any
    y_train: Any
    y_test: Any


def fit_split(
    cell: Cell,
    split: Split,
    settings: Settings,
    *,
    n_steps: int = N_STEPS,
    device: str = "auto",
    measured: Collection[str] = tuple(SCORES),
) -> list[Row]:
    """Score all fits of a cell; all models train on the device.

    `measured` names the scores of the table: those of all tables, or `ALL_SCORES`.
    """
    rows: list[Row] = []
    split = split._replace(X_test=settings.coded(split.X_test))
    with quiet(), current_gpu(device):
        for early in (False, True):
            fits = [fit for fit in cell.fits if (fit[2] == EARLY) == early]
            if fits:
                rows += _fit_part(cell, fits, split, settings, n_steps, device, measured)
    return rows


def _fit_part(
    cell: Cell,
    fits: list[Fit],
    split: Split,
    settings: Settings,
    n_steps: int,
    device: str,
    measured: Collection[str],
) -> Iterator[Row]:
    """Score fits that train on the same rows.

    Rows for early stopping are held out before anything is drawn, so that no new row depends on
    them. New rows are drawn once for each arm, for all its classifiers.
    """
    seed = cell.labels["seed"]
    X, y, validation = split.X_train, np.asarray(split.y_train), None
    if fits[0][2] == EARLY:
        X, X_held_out, y, y_held_out = hold_out(X, y, seed)
        validation = settings.coded(X_held_out), y_held_out
    augmenter = Augmenter(X, y, settings, seed, device)
    for arm in dict.fromkeys(fit[0] for fit in fits):
        try:
            rows = augmenter(arm)
        except CannotDrawError:
            rows = None
        for fit in fits:
            check_interrupted()
            if fit[0] == arm:
                name, protocol = fit[1:]
                model = make_classifier(
                    name, protocol, seed, validation=validation, n_steps=n_steps, device=device
                )
                yield {
                    **cell.labels,
                    **{"arm": arm, "classifier": name, "protocol": protocol},
                    **_measure(_as_arm(arm, model, y, seed, settings), rows, split, measured),
                    **{"n_train": len(split.y_train), "n_test": len(split.y_test)},
                    **{"device": device_name(device), "versions": versions()},
                }


def _as_arm(arm: str, model: Any, y: Any, seed: int, settings: Settings) -> Any:
    """Wrap a classifier as the arm wants it, or take another one."""
    if arm in TRANSFER:
        return on_latent_means(settings.single_vae, regression=arm == LATENT_REGRESSION)
    if arm == TUNED_THRESHOLD:
        return tune_threshold(model, y, seed)
    return self_train(model) if arm == SELF_TRAINING else model


def _measure(model: Any, rows: Augmented | None, split: Split, measured: Collection[str]) -> Row:
    """Train on augmented rows and score on the test rows.

    Scores are NaN where the arm could not draw, where the classifier takes no weights of rows, and
    where it gives all rows one probability, among which no threshold can be chosen.
    """
    without = dict.fromkeys([*measured, "fit_seconds", "resample_seconds"], np.nan)
    if rows is None or not _takes(model, rows):
        return without
    start = time.perf_counter()
    weights = {} if rows.sample_weight is None else {"sample_weight": rows.sample_weight}
    try:
        model.fit(rows.X, rows.y, **weights)
    except ValueError as error:
        if NO_THRESHOLD in str(error):
            return without
        raise
    seconds = time.perf_counter() - start
    predicted = model.predict(split.X_test)
    rarest = rarest_class(split.y_train)
    found = scores(split.y_test, predicted, rarest)
    if not set(measured) <= set(found):
        probability = model.predict_proba(split.X_test)
        found |= probability_scores(split.y_test, probability, model.classes_, rarest)
    return {
        **found,
        "fit_seconds": seconds,
        "resample_seconds": rows.seconds,
    }


def _takes(model: Any, rows: Augmented) -> bool:
    """Return whether a classifier can be trained on rows with their weights, if they have any."""
    return rows.sample_weight is None or has_fit_parameter(model, "sample_weight")
