"""Demo: samplers on few-shot and imbalanced versions of data that scikit-learn ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from imblearn.datasets import make_imbalance
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae.datasets import few_shot
from skvae.inspection import LatentSpaceDisplay
from skvae.strategies import augment

from ..arms.names import BASELINE
from ..cli.checks import check_known
from ..cli.folder import hold
from ..cli.output import print_table, to_png, write_csv, write_file
from ..engine.backends import run_cells
from ..engine.cells import Row
from .scoring import format_summary, in_order, interval_label, score_fit, summarize

DATASETS = {"wine": load_wine, "cancer": load_breast_cancer, "digits": load_digits}
ARMS = {
    BASELINE: None,
    "SMOTE": SMOTE,
    "VAEOversampler": VAEOversampler,
    "MultiVAEResampler": MultiVAEResampler,
}
# Few-shot classes are equally large, so that there the samplers double the rows.
SCENARIOS = {"few-shot": augment(1.0), "imbalanced": "auto"}
N_FEW = 10


def main(datasets: list[str], seeds: int, jobs: int | None, out: Path, *, quick: bool) -> None:
    """Run, print and save the comparison, and draw a latent space."""
    check_known("--datasets", datasets, DATASETS)
    cells = [
        (dataset, scenario, arm, seed)
        for dataset in datasets
        for scenario in SCENARIOS
        for seed in range(seeds)
        for arm in ARMS
    ]
    with hold(out):
        fits = pd.DataFrame(run_cells(fit_cell, cells, jobs=jobs, label="demo"))
        keys, names = ["dataset", "scenario", "seed", "arm"], [*DATASETS, *SCENARIOS, *ARMS]
        fits = in_order(fits, keys, names)
        write_csv(out / "demo.csv", fits, quick=quick)
        write_file(out / "demo-latent-space.png", draw_latent_space(*load_digits(return_X_y=True)))

    text = format_summary(summarize(fits, ["dataset", "scenario"]), ["dataset", "scenario"])
    title = f"Weighted F1, logistic regression, {seeds} seeds ({interval_label(seeds)})"
    print_table(title, text, groups=["dataset", "scenario"], quick=quick)
    print(f"Every fit: {out / 'demo.csv'}. The digits, encoded: {out / 'demo-latent-space.png'}.")


def fit_cell(dataset: str, scenario: str, arm: str, seed: int) -> Row:
    """Score one pipeline on the half of the data that the scenario leaves untouched."""
    X, y = DATASETS[dataset](return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.5, stratify=y, random_state=seed
    )
    X_train, y_train = thin_out(X_train, y_train, scenario, seed)
    sampler = ARMS[arm]
    pipeline = make_pipeline(
        StandardScaler(),
        sampler and sampler(sampling_strategy=SCENARIOS[scenario], random_state=seed),
        LogisticRegression(max_iter=1000),
    )
    cell = {"dataset": dataset, "scenario": scenario, "arm": arm, "seed": seed}
    return cell | score_fit(pipeline, X_train, y_train, X_test, y_test)


def thin_out(X: Any, y: Any, scenario: str, seed: int) -> tuple[Any, Any]:
    """Leave ten rows of every class (few-shot), or of every second one (imbalanced)."""
    if scenario == "few-shot":
        return few_shot(X, y, N_FEW, random_state=seed)
    rare = np.unique(y)[1::2]
    return make_imbalance(X, y, sampling_strategy=dict.fromkeys(rare, N_FEW), random_state=seed)


def draw_latent_space(X: Any, y: Any) -> bytes:
    """Draw the latent means of a VAE that saw no labels, coloured by class, as PNG."""
    from matplotlib.figure import Figure  # without pyplot: no display, no global state

    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes = figure.add_subplot()
    LatentSpaceDisplay.from_estimator(VAE(2, max_iter=1000, random_state=0).fit(X), X, y, ax=axes)
    axes.set_title("Digits in the latent space of a VAE that saw no labels")
    return to_png(figure, dpi=150, bbox_inches=None)
