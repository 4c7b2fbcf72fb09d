"""PROBEN1 on full training sets (table 6.2 of the thesis, and label consistency)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from imblearn.pipeline import make_pipeline
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skvae import VAE, GenerativeClassifierFilter, LabelConsistencyFilter, MultiVAEResampler
from skvae.datasets import fetch_proben1
from skvae.strategies import augment

from ._common import (
    BASELINE,
    Row,
    check_known,
    format_summary,
    in_order,
    print_table,
    run_cells,
    score_fit,
    summarize,
    to_markdown,
    write_csv,
    write_file,
)

BETAS: dict[str, dict[str, Any]] = {
    "beta norm": {"beta": 1.0, "normalize_beta": True},
    "beta 0.5": {"beta": 0.5},
    "beta 1": {"beta": 1.0},
}
FILTERS: dict[str, Any] = {
    "": None,
    " + GC": GenerativeClassifierFilter(),
    " + label consistency": LabelConsistencyFilter(),
}
ARMS = {beta + name: (beta, name) for beta in BETAS for name in FILTERS}


class Thesis(NamedTuple):
    """How the thesis treats a data set, and its weighted F1: none, then VAE and + GC by beta."""

    balance: bool
    mix_fraction: float
    baseline: float
    f1: dict[str, tuple[float, float]]


DATASETS = {
    "card": Thesis(
        True,
        0.0,
        0.871,
        {"beta norm": (0.873, 0.869), "beta 0.5": (0.868, 0.864), "beta 1": (0.876, 0.871)},
    ),
    "diabetes": Thesis(
        True,
        0.0,
        0.823,
        {"beta norm": (0.831, 0.826), "beta 0.5": (0.830, 0.822), "beta 1": (0.827, 0.833)},
    ),
    "gene": Thesis(
        False,
        0.2,
        0.813,
        {"beta norm": (0.802, 0.814), "beta 0.5": (0.818, 0.813), "beta 1": (0.812, 0.813)},
    ),
    "glass": Thesis(
        True,
        0.0,
        0.985,
        {"beta norm": (0.977, 0.985), "beta 0.5": (0.977, 0.985), "beta 1": (0.984, 0.985)},
    ),
    "horse": Thesis(
        True,
        0.0,
        0.828,
        {"beta norm": (0.837, 0.844), "beta 0.5": (0.833, 0.835), "beta 1": (0.836, 0.828)},
    ),
    "thyroid": Thesis(
        False,
        0.2,
        0.954,
        {"beta norm": (0.952, 0.956), "beta 0.5": (0.927, 0.956), "beta 1": (0.925, 0.954)},
    ),
}


def main(
    datasets: list[str],
    seeds: int,
    jobs: int | None,
    max_iter: int,
    data_home: Path | None,
    out: Path,
) -> None:
    """Run, print and save the comparison."""
    check_known("--datasets", datasets, DATASETS)
    try:
        for dataset in datasets:  # download once, before the processes start
            fetch_proben1(dataset, data_home=data_home)
    except (OSError, ImportError) as error:
        raise SystemExit(f"Error: {error}") from error
    cells = [
        (dataset, arm, seed, max_iter, data_home)
        for dataset in datasets
        for seed in range(seeds)
        for arm in [BASELINE, *ARMS]
    ]
    fits = pd.DataFrame(run_cells(fit_cell, cells, jobs=jobs, label="proben1"))
    fits = in_order(fits, ["dataset", "seed", "arm"], [*DATASETS, BASELINE, *ARMS])
    write_csv(out / "proben1.csv", fits)

    text = side_by_side(summarize(fits, ["dataset"]))
    title = f"Weighted F1, MLP (128, 64), multi-VAE 1:1, {seeds} seeds: difference (95 % interval)"
    write_file(out / "proben1.md", f"# {title}\n\n{to_markdown(text)}")
    print_table(title, text, groups=["dataset"])
    print(f"Every fit: {out / 'proben1.csv'}. This table: {out / 'proben1.md'}.")


def side_by_side(summary: pd.DataFrame) -> pd.DataFrame:
    """A row a data set and beta: the baseline, then each filter's difference to it."""
    text = format_summary(summary, ["dataset"]).set_index(["dataset", "arm"])
    rows = []
    for dataset in summary["dataset"].unique():
        thesis = DATASETS[dataset]
        for beta in BETAS:
            row = {"dataset": dataset, "VAE": beta, BASELINE: text.loc[(dataset, BASELINE), "F1"]}
            for name in FILTERS:
                row[name.strip() or "difference"] = text.loc[
                    (dataset, beta + name), f"difference to {BASELINE}"
                ]
            figures = (thesis.baseline, *thesis.f1[beta])
            row["thesis: none, VAE, + GC"] = ", ".join(f"{f1:.3f}" for f1 in figures)
            rows.append(row)
    return pd.DataFrame(rows)


def fit_cell(
    dataset: str, arm: str, seed: int, max_iter: int, data_home: os.PathLike[str] | None
) -> Row:
    """Score one pipeline on a stratified fifth of the rows."""
    X, y = fetch_proben1(dataset, data_home=data_home, return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.2, stratify=y, random_state=seed
    )
    # Trained until its loss has settled, so that more rows don't just mean more training.
    classifier = MLPClassifier((128, 64), max_iter=5000, random_state=seed)
    pipeline = make_pipeline(make_sampler(dataset, arm, seed, max_iter), classifier)
    cell = {"dataset": dataset, "arm": arm, "seed": seed}
    return cell | score_fit(pipeline, X_train, y_train, X_test, y_test)


def make_sampler(dataset: str, arm: str, seed: int, max_iter: int) -> MultiVAEResampler | None:
    """The multi-VAE of table 6.2: two latent dimensions, as many new rows as real ones."""
    if arm == BASELINE:
        return None
    thesis = DATASETS[dataset]
    beta, name = ARMS[arm]
    vae = VAE(2, hidden_layer_sizes=(512, 256, 128, 64), max_iter=max_iter, **BETAS[beta])
    return MultiVAEResampler(
        vae,
        filter=FILTERS[name],
        mix_fraction=thesis.mix_fraction,
        sampling_strategy=augment(1.0, balance=thesis.balance),
        random_state=seed,
    )
