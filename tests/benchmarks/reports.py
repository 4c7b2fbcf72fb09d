"""CSVs of invented scores for the tests of reports, and the tables of their pages."""

from itertools import product

import numpy as np
import pandas as pd

from benchmarks.classifiers.names import SCORES
from benchmarks.experiments import presentations
from benchmarks.report.results import read_results

MLP = (("MLP", "fixed"), ("MLP", "early-stopped"))
HEAD = "# command: python -m benchmarks proben1 --seeds 8\n# versions: skvae 1; torch 2\n"


def make_fits(
    table="proben1",
    datasets=("card", "horse"),
    n=(None,),
    n_new=(None,),
    gains=None,
    settings=MLP,
    seeds=8,
):
    """A fit of each combination; `gains` are the true gains of arms, early stopping has 0.01."""
    gains = {"none": 0.0, "multi-VAE beta 1": 0.05, "SMOTE": 0.0} if gains is None else gains
    rng = np.random.default_rng(0)
    rows = []
    for dataset, few, new, (classifier, protocol), seed in product(
        datasets, n, n_new, settings, range(seeds)
    ):
        split = 0.8 + 0.01 * (protocol == "early-stopped") + rng.normal(0, 0.02)
        for arm, gain in gains.items():
            score = split + gain + (rng.normal(0, 0.002) if arm != "none" else 0)
            labels = (table, dataset, few, new, arm, classifier, protocol, seed)
            rows.append([*labels, *[score] * 4, 1.0, 2.0, 800, 200, "cpu", "skvae 1; torch 2"])
    columns = ["table", "dataset", "n", "n_new", "arm", "classifier", "protocol", "seed", *SCORES]
    columns += ["fit_seconds", "resample_seconds", "n_train", "n_test", "device", "versions"]
    return pd.DataFrame(rows, columns=columns)


def save(path, fits):
    path.write_text(HEAD + fits.to_csv(index=False))
    return path


def read(path, fits):
    return read_results(save(path, fits), presentations())


def section(lines, title):
    """The rows by arm of the first table below a heading."""
    start = next(i for i, line in enumerate(lines) if line == f"## {title}")
    rows = {}
    for line in lines[start:]:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and cells[0] in rows:
            break
        if cells:
            rows[cells[0]] = cells[1:]
    return rows
