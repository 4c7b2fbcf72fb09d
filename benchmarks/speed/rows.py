"""Time of oversampling by the number of rows, beside SMOTE's, and its memory.

Each table has two classes of normal clusters, one of them a tenth of the rows, which grows to the
size of the other. Measurements are interleaved, so that a busy moment of the machine falls on all.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from imblearn.over_sampling import SMOTE
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning

from skvae import VAEOversampler

from ..cli.output import to_png
from ..engine.cells import Row
from ..engine.progress import show_progress
from .resources import beyond_the_data, in_a_process

MINORITY = 0.1
# Columns, where only the number of rows counts.
N_FEATURES = 20
# Rows up to which TVAE is measured: beyond, it takes hours.
TVAE_ROWS = 10_000
GROWTH_GOAL = 4.0  # a fit of the most rows, in fits of a hundredth of them
SMALL_GOAL = 0.35  # seconds
MEMORY_GOAL = 3.0  # tables
STYLES = {"SMOTE": ("#D55E00", "s"), "VAEOversampler": ("#0072B2", "o"), "TVAE": ("#009E73", "^")}


class Shape(NamedTuple):
    """A table, and the time that oversampling it may take, in SMOTE's."""

    n_rows: int
    n_features: int
    goal: float | None = None


def make_table(n_rows: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Make two classes that overlap a little, in float32."""
    X, y = make_classification(
        n_rows, n_features, n_informative=5, weights=[1 - MINORITY], flip_y=0, random_state=0
    )
    return X.astype(np.float32), y


def by_smote(X: np.ndarray, y: np.ndarray) -> None:
    SMOTE(random_state=0).fit_resample(X, y)


def by_skvae(X: np.ndarray, y: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of few rows
        VAEOversampler(random_state=0).fit_resample(X, y)


def by_tvae(X: np.ndarray, y: np.ndarray) -> None:
    from ctgan import TVAE

    model = TVAE()
    model.fit(X[y == 1])
    model.sample(int((y == 0).sum() - (y == 1).sum()))


ARMS: dict[str, Callable[[np.ndarray, np.ndarray], None]] = {
    "SMOTE": by_smote,
    "VAEOversampler": by_skvae,
}
if find_spec("ctgan"):
    ARMS["TVAE"] = by_tvae


def measure_resampling(shapes: Sequence[Shape], repeats: int) -> list[Row]:
    """Measure seconds to oversample tables: wall-clock time, and the time of all cores."""
    rows = []
    for resample in ARMS.values():  # libraries load parts of themselves at first use
        resample(*make_table(100, N_FEATURES))
    for shape in show_progress(shapes, len(shapes), "resampling"):
        X, y = make_table(shape.n_rows, shape.n_features)
        for repeat in range(repeats):
            for arm, resample in ARMS.items():
                if arm == "TVAE" and shape.n_rows > TVAE_ROWS:
                    continue
                seconds, of_cores = timed(resample, X, y)
                rows += as_rows("resampling", arm, shape, seconds, of_cores, repeat)
    return rows


def measure_fits(shapes: Sequence[Shape], repeats: int) -> list[Row]:
    """Measure seconds to fit the default sampler, with as many steps for any number of rows."""
    rows = []
    data = [make_table(*shape[:2]) for shape in shapes]
    for repeat in show_progress(range(-1, repeats), 1 + repeats, "fits"):  # -1 warms up
        for shape, (X, y) in zip(shapes, data, strict=True):
            spent = timed(VAEOversampler(random_state=0).fit, X, y)
            rows += as_rows("fit", "VAEOversampler", shape, *spent, repeat)
    return [row for row in rows if row["repeat"] >= 0]


def measure_memory(shape: Shape) -> list[Row]:
    """Measure the peak memory of oversampling beyond the data, in tables."""
    return [
        {"figure": "resampling memory", "arm": arm, "unit": "tables", "repeat": 0}
        | {"value": in_a_process(resampling_memory, arm, *shape[:2]), **size_of(shape)}
        for arm in ("SMOTE", "VAEOversampler")
    ]


def resampling_memory(arm: str, n_rows: int, n_features: int) -> float:
    """Peak of the resident memory beyond the table, over the table's size."""
    ARMS[arm](*make_table(1000, n_features))
    X, y = make_table(n_rows, n_features)
    return beyond_the_data(lambda: ARMS[arm](X, y), X.nbytes)


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[float, float]:
    """Return the seconds of a call: wall-clock time, and the time of all cores."""
    start, start_of_cores = time.perf_counter(), time.process_time()
    function(*arguments)
    return time.perf_counter() - start, time.process_time() - start_of_cores


def size_of(shape: Shape) -> dict[str, int]:
    return {"n_rows": shape.n_rows, "n_features": shape.n_features}


def as_rows(
    figure: str, arm: str, shape: Shape, seconds: float, of_cores: float, repeat: int
) -> list[Row]:
    """Return a measurement as rows of the CSV."""
    values = {"s": seconds, "s of all cores": of_cores}
    return [
        {"figure": figure, "arm": arm, "value": value, "unit": unit, "repeat": repeat}
        | size_of(shape)
        for unit, value in values.items()
    ]


def format_rows(
    resampling: pd.DataFrame, fits: pd.DataFrame, memory: pd.DataFrame, shapes: Sequence[Shape]
) -> pd.DataFrame:
    """Format times as shares of SMOTE's, growth and memory, beside their goals."""
    keys = ["n_rows", "n_features", "unit"]
    medians = resampling.pivot_table("value", keys, "arm", aggfunc="median")
    lines = []
    for shape in shapes:
        wall, cores = (medians.loc[(*shape[:2], unit)] for unit in ("s", "s of all cores"))
        name, smote = "VAEOversampler", "SMOTE"
        measured = (
            f"{wall[name]:.2f} s, SMOTE {wall[smote]:.2f} s: {wall[name] / wall[smote]:.2f}"
            f" (of all cores {cores[name] / cores[smote]:.2f})"
        )
        what = f"fit_resample, {shape.n_rows:,} x {shape.n_features}"
        lines.append([what, measured, "" if shape.goal is None else f"<= {shape.goal} of SMOTE's"])
    seconds = fits[fits["unit"] == "s"].groupby(["n_rows", "n_features"])["value"].median()
    small, few, many = sorted(seconds.index)
    lines.append(
        [f"fit, {small[0]:,} x {small[1]}", f"{seconds[small]:.2f} s", f"<= {SMALL_GOAL} s"]
    )
    growth = seconds[many] / seconds[few]
    lines.append(
        [f"fit, {many[0]:,} x {many[1]}", f"{growth:.2f} times that of {few[0]:,} rows",
         f"<= {GROWTH_GOAL:.0f} times"]
    )  # fmt: skip
    for _, row in memory.iterrows():
        what = f"{row['arm']}: memory beyond {row['n_rows']:,} x {row['n_features']} float32"
        goal = f"<= {MEMORY_GOAL:.0f} tables" if row["arm"] == "VAEOversampler" else ""
        lines.append([what, f"{row['value']:.2f} tables", goal])
    return pd.DataFrame(lines, columns=["what", "measured", "goal"])


def draw_rows(resampling: pd.DataFrame) -> bytes:
    """Draw the time of each arm against the number of rows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    ax = figure.subplots()
    chosen = resampling[(resampling["unit"] == "s") & (resampling["n_features"] == N_FEATURES)]
    for arm, own in chosen.groupby("arm", sort=False):
        seconds = own.groupby("n_rows")["value"].median()
        color, marker = STYLES[str(arm)]
        ax.loglog(seconds.index, seconds, color=color, marker=marker, label=arm)
    ax.set(xlabel=f"rows of a table of {N_FEATURES} columns", ylabel="seconds of fit_resample")
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return to_png(figure)
