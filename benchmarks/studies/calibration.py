"""Damage that resampling does to probabilities, and two ways to repair it.

Each classifier gives probabilities of all rows of a set, each row's by the fold that has left it
out: as it learns from resampled rows, corrected by a `PriorCorrectedClassifier`, and calibrated on
real rows that inner folds leave out of resampling.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from imblearn import FunctionSampler
from imblearn.pipeline import make_pipeline
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import brier_score_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import FunctionTransformer

from skvae.metrics import expected_calibration_error
from skvae.model_selection import PriorCorrectedClassifier, paired_difference

from ..arms.augmenter import Augmenter, quiet
from ..arms.names import BASELINE
from ..arms.ours import VAE_OVERSAMPLER
from ..arms.settings import Settings
from ..classifiers.names import NEIGHBORS, NO_PROTOCOL
from ..classifiers.protocols import make_classifier
from ..cli.checks import check_known, stop_without_data
from ..cli.folder import hold
from ..cli.output import format_interval, print_table, write_csv
from ..engine.backends import run_cells
from ..engine.cells import Row
from ..engine.environment import versions
from ..engine.fits import Split
from ..thesis.budget import Budget
from ..thesis.datasets import keel_folder, keel_names
from ..thesis.imbalanced import N_FOLDS, arm_settings, read_rows, split_rows
from .scoring import in_order

SAMPLERS = ("SMOTE", VAE_OVERSAMPLER)
CLASSIFIERS = ("logistic regression", "forest", NEIGHBORS)
CORRECTED, CALIBRATED = " corrected", " calibrated"
ARMS = (
    BASELINE,
    BASELINE + CALIBRATED,
    *(arm + how for arm in SAMPLERS for how in ("", CORRECTED, CALIBRATED)),
)
BRIER, ECE = "Brier score", "calibration error"
ALL = "mean of all"
Probability = tuple[str, str, NDArray[np.floating]]


def main(
    datasets: list[str] | None,
    seeds: int,
    jobs: int | None,
    data_home: Path | None,
    out: Path,
    *,
    quick: bool,
) -> None:
    """Run, print and save the scores."""
    known = keel_names(data_home)
    datasets = list(datasets or (known[:2] if quick else known))
    check_known("--datasets", datasets, known)
    folder = keel_folder(data_home)
    with stop_without_data():
        for dataset in datasets:
            read_rows(folder, dataset)
    cells = [(dataset, seed, folder, quick) for dataset in datasets for seed in range(seeds)]
    with hold(out):
        scores = tidy(run_cells(score, cells, jobs=jobs, label="data sets"), datasets)
        write_csv(out / "calibration.csv", scores.assign(versions=versions()), quick=quick)
    title = f"Brier score and expected calibration error, means of {len(datasets)} data sets"
    print_table(title, summary(scores), groups=["classifier"], quick=quick)
    print(f"Every measurement: {out / 'calibration.csv'}.")


def score(dataset: str, seed: int, folder: Path, quick: bool) -> Row:
    """Score the probabilities of all rows of a data set, by all arms and classifiers."""
    _, y = read_rows(folder, dataset)
    settings = arm_settings(Budget(0, single_vae_steps=20 if quick else None))
    classifiers = CLASSIFIERS[:1] if quick else CLASSIFIERS
    probability: dict[tuple[str, str], list[NDArray[np.floating]]] = {}
    truth = []
    with quiet():
        for fold in range(seed * N_FOLDS, (seed + 1) * N_FOLDS):
            split = split_rows(folder, dataset, fold)
            truth.append(split.y_test)
            for arm in (BASELINE, *SAMPLERS):
                for how, name, p in probabilities(split, arm, classifiers, settings, fold):
                    probability.setdefault((arm + how, name), []).append(p)
    y = np.concatenate(truth)
    row: Row = {"dataset": dataset, "seed": seed}
    for (arm, name), parts in probability.items():
        p = np.concatenate(parts)
        row[f"{arm}; {name}; {BRIER}"] = brier_score_loss(y, p)
        row[f"{arm}; {name}; {ECE}"] = expected_calibration_error(y, p)
    return row


def probabilities(
    split: Split, arm: str, classifiers: tuple[str, ...], settings: Settings, fold: int
) -> Iterator[Probability]:
    """Yield the repair, the classifier and the probabilities of class 1 of held-out rows."""
    y = np.asarray(split.y_train)

    def resample(X: Any, y: Any) -> tuple[Any, NDArray[Any]]:
        rows = Augmenter(X, y, settings, fold, "cpu")(arm)
        return rows.X, rows.y

    sampler = FunctionSampler(func=resample, validate=False)
    code = FunctionTransformer(settings.coded)  # leaves the sampler's rows as they are
    X_test = settings.coded(split.X_test)
    X_resampled, y_resampled = resample(split.X_train, y)
    for name in classifiers:
        classifier = make_classifier(name, NO_PROTOCOL, fold // N_FOLDS)
        model = clone(classifier).fit(X_resampled, y_resampled)
        yield "", name, model.predict_proba(X_test)[:, 1]
        if arm != BASELINE:
            shares = corrected(model, X_resampled, y_resampled, y)
            yield CORRECTED, name, shares.predict_proba(X_test)[:, 1]
        pipeline = make_pipeline(sampler, code, classifier)
        folds = StratifiedKFold(min(N_FOLDS, np.bincount(y).min()), shuffle=True, random_state=fold)
        calibrated = CalibratedClassifierCV(pipeline, cv=folds, ensemble=False)
        yield CALIBRATED, name, calibrated.fit(split.X_train, y).predict_proba(split.X_test)[:, 1]


def corrected(
    model: Any, X_resampled: Any, y_resampled: NDArray[Any], y: NDArray[Any]
) -> PriorCorrectedClassifier:
    """Correct a classifier of resampled rows to the class shares of `y`."""
    shares = np.bincount(y) / len(y)
    as_they_are = FunctionSampler(validate=False)
    fitted = PriorCorrectedClassifier(FrozenEstimator(model), as_they_are, priors=shares)
    return fitted.fit(X_resampled, y_resampled)


def tidy(rows: list[Row], datasets: list[str]) -> pd.DataFrame:
    """Return a row for each data set, seed, arm and classifier, with both scores."""
    long = pd.DataFrame(rows).melt(["dataset", "seed"], var_name="what")
    long[["arm", "classifier", "score"]] = long["what"].str.split("; ", expand=True)
    keys = ["dataset", "seed", "classifier", "arm"]
    scores = long.pivot(index=keys, columns="score", values="value").reset_index()
    return in_order(scores.rename_axis(columns=None), keys, [*datasets, *CLASSIFIERS, *ARMS])


def summary(scores: pd.DataFrame) -> pd.DataFrame:
    """Format means over data sets, and differences to no resampling with their intervals."""
    everything = scores.groupby(["dataset", "arm"], as_index=False, sort=False)[[BRIER, ECE]].mean()
    lines = []
    for name in (*scores["classifier"].unique(), ALL):
        part = everything if name == ALL else scores[scores["classifier"] == name]
        tables = {
            s: part.pivot_table(index="dataset", columns="arm", values=s) for s in (BRIER, ECE)
        }
        for arm in ARMS:
            line = {"classifier": name, "arm": arm}
            for s, table in tables.items():
                mean, low, high, *_ = paired_difference(table[arm], table[BASELINE])
                gain = "" if arm == BASELINE else format_interval(mean, low, high, digits=4)
                line |= {s: f"{table[arm].mean():.4f}", f"{s}, to {BASELINE} [95 %]": gain}
            lines.append(line)
    return pd.DataFrame(lines)
