"""MNIST with few labels: the latent rules, one VAE per class, and unlabelled images as partners.

One VAE a seed learns images without their labels; every arm but the multi-VAE draws from it. The
images that are scored are others: neither labelled nor seen by the VAE.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.neural_network import MLPClassifier

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae.datasets import fetch_mnist, few_shot
from skvae.exceptions import LatentCollapseWarning, NeighborsReducedWarning

from ._common import (
    BASELINE,
    Row,
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

RULES = ["noise", "interpolation", "extrapolation", "interpolation+noise", "extrapolation+noise"]
UNLABELLED, MULTI = "unlabelled partners", "multi-VAE"
ARMS = [BASELINE, "SMOTE", *RULES, MULTI, UNLABELLED]
N_NEW = 100  # rows a class


def main(
    sizes: list[int],
    seeds: int,
    n_unlabelled: int,
    max_iter: int,
    jobs: int | None,
    data_home: Path | None,
    out: Path,
) -> None:
    """Run, print and save the comparison."""
    try:
        fetch_mnist(data_home=data_home)  # once, before the processes start
    except (OSError, ImportError) as error:
        raise SystemExit(f"Error: {error}") from error
    cells = [(seed, sizes, n_unlabelled, max_iter, data_home) for seed in range(seeds)]
    fits = [
        row
        for found in run_cells(fit_seed, cells, jobs=jobs, label="mnist")
        for row in found["fits"]
    ]
    table = in_order(pd.DataFrame(fits), ["n per class", "seed", "arm"], ARMS)
    write_csv(out / "mnist-fewshot.csv", table)
    text = format_summary(summarize(table, ["n per class"]), ["n per class"])
    title = f"Weighted F1 of an MLP, {N_NEW} new rows a class, {seeds} seeds (95 % interval)"
    write_file(out / "mnist-fewshot.md", f"# {title}\n\n{to_markdown(text)}")
    print_table(title, text, groups=["n per class"])
    print(f"Every fit: {out / 'mnist-fewshot.csv'}. This table: {out / 'mnist-fewshot.md'}.")


def fit_seed(
    seed: int,
    sizes: list[int],
    n_unlabelled: int,
    max_iter: int,
    data_home: os.PathLike[str] | None,
) -> Row:
    """Score every arm for every number of labels; one VAE serves them all."""
    X, y = fetch_mnist(data_home=data_home, return_X_y=True)
    order = np.random.RandomState(seed).permutation(len(X))
    X = X.astype(np.float32) / 255
    X_u, X_test, y_test = X[order[:n_unlabelled]], X[order[-5000:]], y[order[-5000:]]
    rest = order[n_unlabelled:-5000]
    vae = VAE(
        30, hidden_layer_sizes=(256, 128), max_iter=max_iter, batch_size=128, random_state=seed
    ).fit(X_u)
    fits = []
    for n in sizes:
        X_few, y_few = few_shot(X[rest], y[rest], n, random_state=seed)
        for arm in ARMS:
            pipeline = make_pipeline(
                make_sampler(arm, vae, X_u, n, seed),
                MLPClassifier((128,), max_iter=200, random_state=seed),
            )
            with warnings.catch_warnings():
                for expected in (
                    ConvergenceWarning,
                    NeighborsReducedWarning,
                    LatentCollapseWarning,
                ):
                    warnings.simplefilter("ignore", expected)
                scores = score_fit(pipeline, X_few, y_few, X_test, y_test)
            fits.append({"n per class": n, "arm": arm, "seed": seed} | scores)
    return {"fits": fits}


def make_sampler(arm: str, vae: VAE, X_u: NDArray[Any], n: int, seed: int) -> Any:
    """The step that adds `N_NEW` rows to each class."""
    options: dict[str, Any] = {
        "sampling_strategy": dict.fromkeys(range(10), n + N_NEW),
        "random_state": seed,
    }
    if arm == BASELINE:
        return None
    if arm == "SMOTE":
        return SMOTE(k_neighbors=min(5, n - 1), **options)
    if arm == MULTI:
        return MultiVAEResampler(VAE(2, beta=0.5, hidden_layer_sizes=(256, 128)), **options)
    if arm == UNLABELLED:
        return VAEOversampler(FrozenEstimator(vae), unlabelled=X_u, **options)
    return VAEOversampler(FrozenEstimator(vae), latent_sampling=arm, **options)
