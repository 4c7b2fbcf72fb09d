"""Generated rows of mixed tables: how alike, how useful and how fast, beside the peers.

The first part draws as many rows as the training part has, and compares them with rows that no
model has seen. The peers take no missing values, so all arms get the same filled tables. The second
part scores an MLP on PROBEN1 with the rows of a multi-VAE that knows the kinds of the columns, and
of one that takes all columns for numbers, as the thesis does.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from imblearn.pipeline import make_pipeline
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skvae import MultiVAEResampler, VAEOversampler
from skvae.datasets import fetch_proben1
from skvae.metrics import column_distances, correlation_difference, train_on_synthetic_score
from skvae.model_selection import paired_difference
from skvae.strategies import augment

from ..arms.families import FAMILIES
from ..arms.names import BASELINE
from ..arms.peers import NEIGHBORS, fit_ctgan, smote_for
from ..arms.typed import (
    ToNumbers,
    fill_gaps,
    from_numbers,
    is_categorical,
    to_numbers,
    typed_frame,
)
from ..classifiers.names import F1
from ..cli.checks import check_known, stop_without_data
from ..cli.folder import hold
from ..cli.output import format_interval, print_table, write_csv
from ..engine.backends import run_cells
from ..engine.cells import Row
from ..engine.environment import versions
from .scoring import format_summary, in_order, interval_label, score_fit, summarize

SHIPPED = {"wine": load_wine, "cancer": load_breast_cancer, "iris": load_iris}
PROBEN1 = ["card", "horse", "thyroid", "gene"]
DATASETS = [*PROBEN1, *SHIPPED]
QUALITIES = {
    "column distance": "lower",
    "correlation difference": "lower",
    "train on synthetic": "higher",
}
PEER = "TVAE"
NUMERIC, TYPED = "multi-VAE, numeric", "multi-VAE, typed"


def main(
    datasets: list[str],
    seeds: int,
    quality_seeds: int,
    epochs: int,
    jobs: int | None,
    data_home: Path | None,
    out: Path,
    *,
    quick: bool,
) -> None:
    """Run, print and save both parts."""
    check_known("--datasets", datasets, DATASETS)
    if not find_spec("ctgan"):
        print("ctgan is not installed: TVAE and CTGAN are left out (pip install ctgan).")
    with stop_without_data():
        for dataset in set(datasets) & set(PROBEN1):
            fetch_proben1(dataset, data_home=data_home)
    with hold(out):
        measure_quality(datasets, quality_seeds, epochs, jobs, data_home, out, quick=quick)
        if set(datasets) & set(PROBEN1):
            measure_gain(datasets, seeds, jobs, data_home, out, quick=quick)
    print(f"Every fit: {out / 'tables-quality.csv'}, {out / 'tables-gain.csv'}.")


def measure_quality(
    datasets: list[str],
    seeds: int,
    epochs: int,
    jobs: int | None,
    data_home: Path | None,
    out: Path,
    *,
    quick: bool,
) -> None:
    """Run, print and save the comparison of generated rows with real ones."""
    cells = [
        (dataset, arm, seed, epochs, data_home)
        for dataset in datasets
        for seed in range(seeds)
        for arm in GENERATORS
    ]
    quality = pd.DataFrame(run_cells(quality_cell, cells, jobs=jobs, label="quality"))
    quality = in_order(quality, ["dataset", "seed", "arm"], [*DATASETS, *GENERATORS])
    write_csv(out / "tables-quality.csv", quality.assign(versions=versions()), quick=quick)
    title = f"Generated beside unseen real rows, means over {seeds} seeds"
    print_table(title, quality_text(quality), groups=["dataset"], quick=quick)
    if PEER in GENERATORS:
        title = f"skvae beside {PEER}, over all data sets and seeds ({interval_label(seeds)})"
        print_table(title, beside_peer(quality), quick=quick)


def measure_gain(
    datasets: list[str],
    seeds: int,
    jobs: int | None,
    data_home: Path | None,
    out: Path,
    *,
    quick: bool,
) -> None:
    """Run, print and save the gains of an MLP."""
    cells = [
        (dataset, arm, seed, data_home)
        for dataset in datasets
        if dataset in PROBEN1
        for seed in range(seeds)
        for arm in (BASELINE, NUMERIC, TYPED)
    ]
    gains = pd.DataFrame(run_cells(gain_cell, cells, jobs=jobs, label="gain"))
    gains = in_order(gains, ["dataset", "seed", "arm"], [*DATASETS, BASELINE, NUMERIC, TYPED])
    write_csv(out / "tables-gain.csv", gains, quick=quick)
    text = format_summary(summarize(gains, ["dataset"]), ["dataset"])
    title = f"Weighted F1, MLP, {seeds} seeds ({interval_label(seeds)})"
    print_table(title, text, groups=["dataset"], quick=quick)
    mean = gains.pivot_table(F1, "seed", "arm")
    difference, low, high, *_ = paired_difference(mean[TYPED], mean[NUMERIC])
    print(
        "Typed less numeric, mean over data sets, paired by seed: "
        f"{format_interval(difference, low, high, digits=4)}"
    )


# Data


def load(dataset: str, data_home: os.PathLike[str] | None) -> tuple[pd.DataFrame, pd.Series]:
    """Load a frame whose columns have the dtypes of their content, and the classes."""
    if dataset in SHIPPED:
        return SHIPPED[dataset](return_X_y=True, as_frame=True)
    bunch = fetch_proben1(dataset, data_home=data_home, as_frame=True)
    return typed_frame(bunch), bunch.target


# Generators of as many rows as there are, in the real classes or those that a peer draws


def draw_multi(X: pd.DataFrame, y: NDArray[Any], seed: int, epochs: int) -> Any:
    """Draw by the multi-VAE."""
    return MultiVAEResampler(random_state=seed).fit(X, y).sample(len(y), y)


def draw_single(X: pd.DataFrame, y: NDArray[Any], seed: int, epochs: int) -> Any:
    """Draw by the single-VAE."""
    return VAEOversampler(random_state=seed).fit(X, y).sample(len(y), y)


def draw_family(arm: str) -> Callable[..., Any]:
    """Make a generator from another family of models, or another rule."""

    def draw(X: pd.DataFrame, y: NDArray[Any], seed: int, epochs: int) -> Any:
        sampler = FAMILIES[arm]().set_params(random_state=seed)
        return sampler.fit(X, y).sample(len(y), y)

    return draw


def draw_numeric(X: pd.DataFrame, y: NDArray[Any], seed: int, epochs: int) -> Any:
    """Draw by a multi-VAE that takes all columns for numbers."""
    sampler = MultiVAEResampler(random_state=seed)
    numbers, labels = sampler.fit(to_numbers(X), y).sample(len(y), y)
    return from_numbers(numbers, X), labels


def draw_smote(X: pd.DataFrame, y: NDArray[Any], seed: int, epochs: int) -> Any:
    """Draw as many rows of each class as there are by SMOTE."""
    labels, counts = np.unique(y, return_counts=True)
    sampler = smote_for(
        X,
        k_neighbors=min(NEIGHBORS, counts.min() - 1),
        sampling_strategy={c: 2 * n for c, n in zip(labels, counts, strict=True)},
        random_state=seed,
    )
    X_both, y_both = sampler.fit_resample(X, y)
    return X_both[len(X) :], y_both[len(X) :]


def draw_peer(name: str) -> Callable[..., Any]:
    """Make a generator from TVAE or CTGAN, called as users do: the class is one more column."""

    def draw(X: pd.DataFrame, y: NDArray[Any], seed: int, epochs: int) -> Any:
        categorical = [c for c in X if is_categorical(X[c])]
        table = X.astype(dict.fromkeys(categorical, object)).assign(__class__=y)
        discrete = [*categorical, "__class__"]
        drawn = fit_ctgan(name, table, discrete, epochs, seed, "cpu").sample(len(y))
        labels = drawn.pop("__class__").astype(y.dtype).to_numpy()
        dtypes = {c: X[c].dtype for c in categorical}
        return drawn[list(X.columns)].astype(dtypes), labels

    return draw


GENERATORS: dict[str, Callable[..., Any]] = {
    "skvae": draw_multi,
    "skvae, single VAE": draw_single,
    "skvae, numeric": draw_numeric,
    **{f"skvae, {arm}": draw_family(arm) for arm in FAMILIES},
    "SMOTE": draw_smote,
}
if find_spec("ctgan"):
    GENERATORS |= {name: draw_peer(name) for name in (PEER, "CTGAN")}


def quality_cell(
    dataset: str, arm: str, seed: int, epochs: int, data_home: os.PathLike[str] | None
) -> Row:
    """Draw rows, and compare them with a quarter of the real ones."""
    X, y = load(dataset, data_home)
    X = fill_gaps(X)
    X_train, X_test, y_train, y_test = (
        part.reset_index(drop=True)
        for part in train_test_split(X, y, test_size=0.25, stratify=y, random_state=seed)
    )
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        X_new, y_new = GENERATORS[arm](X_train, y_train.to_numpy(), seed, epochs)
    seconds = time.perf_counter() - start
    return {
        "dataset": dataset,
        "arm": arm,
        "seed": seed,
        "column distance": column_distances(X_test, X_new).mean(),
        "correlation difference": correlation_difference(X_test, X_new),
        "train on synthetic": train_on_synthetic_score(
            X_new, y_new, X_test, y_test, random_state=seed
        ),
        "seconds": seconds,
    }


def quality_text(quality: pd.DataFrame) -> pd.DataFrame:
    """Format the qualities: a row for each data set and arm, then the means over data sets."""
    columns = [*QUALITIES, "seconds"]
    means = quality.groupby(["dataset", "arm"], sort=False)[columns].mean()
    overall = means.groupby("arm", sort=False).mean()
    overall.index = pd.MultiIndex.from_product([["mean"], overall.index], names=means.index.names)
    both = pd.concat([means, overall])
    text = both[list(QUALITIES)].map("{:.3f}".format)
    return text.assign(seconds=both["seconds"].map("{:.2f}".format)).reset_index()


def beside_peer(quality: pd.DataFrame) -> pd.DataFrame:
    """Format our means minus the peer's, paired by seed, and the ratio of times.

    The time of an arm is the sum over data sets of its median over seeds.
    """
    lines = []
    for arm in GENERATORS:
        if arm == PEER:
            continue
        line = {"arm": arm}
        for name, better in QUALITIES.items():
            by_seed = quality.pivot_table(name, "seed", "arm")
            difference, low, high, *_ = paired_difference(by_seed[arm], by_seed[PEER])
            line[f"{name} ({better} is better)"] = format_interval(difference, low, high)
        # Not the mean over seeds: a process's first fit also loads libraries.
        medians = quality.pivot_table("seconds", "dataset", "arm", aggfunc="median").sum()
        line["time / its"] = f"{medians[arm] / medians[PEER]:.3f}"
        lines.append(line)
    return pd.DataFrame(lines)


# Gain


def gain_cell(dataset: str, arm: str, seed: int, data_home: os.PathLike[str] | None) -> Row:
    """Score an MLP on a stratified fifth of the rows, with as many new rows as real ones."""
    X, y = load(dataset, data_home)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.2, stratify=y, random_state=seed
    )
    # Trained until its loss has settled, so that more rows do not just mean more training.
    classifier = MLPClassifier((128, 64), max_iter=5000, random_state=seed)
    options: dict[str, Any] = {"sampling_strategy": augment(1.0), "random_state": seed}
    steps: list[Any] = [ToNumbers()]
    if arm == NUMERIC:
        steps.append(MultiVAEResampler(**options))
    elif arm == TYPED:
        steps.insert(0, MultiVAEResampler(missing="indicator", **options))
    cell = {"dataset": dataset, "arm": arm, "seed": seed}
    pipeline = make_pipeline(*steps, classifier)
    return cell | score_fit(pipeline, X_train, y_train, X_test, y_test)
