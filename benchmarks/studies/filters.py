"""Findings of the generative classifier, and how much they depend on the seed.

Everything is measured on the training four fifths of PROBEN1, so that the test rows of other tables
stay unseen.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from skvae import GenerativeClassifierFilter, MultiVAEResampler
from skvae.datasets import fetch_proben1

from ..cli.checks import check_known, stop_without_data
from ..cli.folder import hold
from ..cli.output import print_table, write_csv
from ..engine.backends import run_cells
from ..engine.cells import Row
from ..engine.environment import versions
from .scoring import in_order

DATASETS = ["card", "diabetes", "gene", "glass", "horse", "thyroid"]
N_ROWS = 2000  # noise rows and generated rows to judge
ALL, PER_CLASS = "one for all", "per class"
THESIS, EVEN, CALIBRATED = "thesis", "even odds", "calibrated"


def main(
    datasets: list[str],
    seeds: int,
    jobs: int | None,
    data_home: Path | None,
    out: Path,
    *,
    quick: bool,
) -> None:
    """Run, print and save both comparisons."""
    check_known("--datasets", datasets, DATASETS)
    with stop_without_data():
        for dataset in datasets:
            fetch_proben1(dataset, data_home=data_home)
    cells = [(dataset, seed, data_home) for dataset in datasets for seed in range(seeds)]
    with hold(out):
        found = run_cells(find_noise, cells, jobs=jobs, label="planted noise")
        strict = run_cells(reject, cells, jobs=jobs, label="seeds")
        fits = in_order(pd.DataFrame([*found, *strict]), ["what", "dataset", "seed"], DATASETS)
        write_csv(out / "filters.csv", fits.assign(versions=versions()), quick=quick)

    title = "Planted noise: ROC AUC, and real rows called noise (mean)"
    print_table(title, found_text(fits), quick=quick)
    title = f"Share of rows called noise: mean and standard deviation over {seeds} seeds"
    print_table(title, strict_text(fits), groups=["rows"], quick=quick)
    print(f"Every measurement: {out / 'filters.csv'}.")


def split(
    dataset: str, seed: int, data_home: os.PathLike[str] | None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Split the training rows into four fifths to fit on and a fifth to judge: X, X, y, y."""
    X, y = fetch_proben1(dataset, data_home=data_home, return_X_y=True)
    X_train, _, y_train, _ = train_test_split(
        np.asarray(X, np.float32), y, test_size=0.2, stratify=y, random_state=seed
    )
    return train_test_split(X_train, y_train, test_size=0.2, stratify=y_train, random_state=seed)


def find_noise(dataset: str, seed: int, data_home: os.PathLike[str] | None) -> Row:
    """Plant noise among rows that the filter has not seen."""
    X_fit, X_new, y_fit, y_new = split(dataset, seed, data_home)
    rng = np.random.default_rng(seed)
    uniform = rng.uniform(X_fit.min(axis=0), X_fit.max(axis=0), (N_ROWS, X_fit.shape[1]))
    # Each value of a row comes from another row: the distribution of every column stays as it was.
    rows = rng.integers(len(X_new), size=(N_ROWS, X_new.shape[1]))
    shuffled = np.take_along_axis(X_new, rows, axis=0)
    y_noise = rng.choice(y_new, N_ROWS)
    row: Row = {"what": "planted", "dataset": dataset, "seed": seed}
    for arm in (ALL, PER_CLASS):
        gc = GenerativeClassifierFilter(per_class=arm == PER_CLASS, random_state=seed)
        real = gc.fit(X_fit, y_fit).score_samples(X_new, y_new)
        truth = np.repeat([1, 0], [len(real), N_ROWS])
        for name, noise in (("uniform", uniform), ("shuffled", shuffled)):
            scores = np.concatenate([real, gc.score_samples(noise, y_noise)])
            row[f"{arm}, {name}"] = roc_auc_score(truth, scores)
        row[f"{arm}, rejected"] = np.mean(real < 0)
    return row


def reject(dataset: str, seed: int, data_home: os.PathLike[str] | None) -> Row:
    """Share of the same unseen and generated rows that filters of this seed call noise."""
    X_fit, X_new, y_fit, _ = split(dataset, 0, data_home)
    generated, _ = MultiVAEResampler(random_state=0).fit(X_fit, y_fit).sample(N_ROWS)
    thesis = GenerativeClassifierFilter(rejection_rate=None, random_state=seed).fit(X_fit)
    ours = GenerativeClassifierFilter(random_state=seed).fit(X_fit)
    row: Row = {"what": "rejected", "dataset": dataset, "seed": seed}
    for name, rows in (("real", X_new), ("generated", generated)):
        scores = ours.score_samples(rows)
        row[f"{name}, {THESIS}"] = np.mean(thesis.score_samples(rows) < 0)
        row[f"{name}, {EVEN}"] = np.mean(scores + ours.thresholds_[0] < 0)
        row[f"{name}, {CALIBRATED}"] = np.mean(scores < 0)
    return row


def found_text(fits: pd.DataFrame) -> pd.DataFrame:
    """Format the scores of planted noise: a row for each data set, then their mean."""
    columns = [f"{a}, {b}" for a in (ALL, PER_CLASS) for b in ("uniform", "shuffled", "rejected")]
    means = fits[fits["what"] == "planted"].groupby("dataset", sort=False)[columns].mean()
    means.loc["mean"] = means.mean()
    return means.map("{:.3f}".format).reset_index()


def strict_text(fits: pd.DataFrame) -> pd.DataFrame:
    """Format the shares called noise: a row for each data set and kind of rows, then the means."""
    groups = fits[fits["what"] == "rejected"].groupby("dataset", sort=False)
    lines = []
    for name in ("real", "generated"):
        columns = {arm: f"{name}, {arm}" for arm in (THESIS, EVEN, CALIBRATED)}
        mean, std = (groups[list(columns.values())].agg(how) for how in ("mean", "std"))
        for dataset in mean.index:
            line = {"rows": name, "dataset": dataset}
            for arm, column in columns.items():
                line[arm] = f"{mean.loc[dataset, column]:.3f} ± {std.loc[dataset, column]:.3f}"
            lines.append(line | _ratios(std.loc[dataset], columns))
        line = {"rows": name, "dataset": "mean spread"}
        line |= {arm: f"± {std[column].mean():.3f}" for arm, column in columns.items()}
        lines.append(line | _ratios(std.mean(), columns))
    return pd.DataFrame(lines)


def _ratios(std: pd.Series, columns: dict[str, str]) -> dict[str, str]:
    """Spread of the calibrated threshold, as a share of the others'."""
    ours = std[columns[CALIBRATED]]
    return {f"spread / {arm}": f"{ours / std[columns[arm]]:.2f}" for arm in (THESIS, EVEN)}
