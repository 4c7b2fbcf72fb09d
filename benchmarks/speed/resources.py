"""Time of drawing and of fitting a filter, and the memory of a fit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification

from skvae import VAE, GenerativeClassifierFilter, MultiVAEResampler, VAEOversampler

from ..cli.interrupts import start_deaf
from ..engine.cells import Row
from ..engine.progress import show_progress
from ..engine.workers import follow
from .tables import N_FEATURES, ROWS_PER_CLASS, make_table

DRAWING_GOAL = 1.5  # seconds
FILTER_GOAL = 0.5  # of the multi-VAE's own fit
MEMORY_GOAL = 1.5  # tables


def measure_drawing(n_rows: int, repeats: int) -> list[Row]:
    """Measure seconds to draw rows from fitted samplers with default settings, and unfiltered."""
    X, y = make_classification(
        3 * ROWS_PER_CLASS, N_FEATURES, n_informative=5, n_classes=3, flip_y=0, random_state=0
    )
    samplers = {
        f"{kind.__name__}{named}": kind(filter=filter_, random_state=0).fit(X, y)
        for filter_, named in (("auto", ""), (None, ", filter=None"))
        for kind in (VAEOversampler, MultiVAEResampler)
    }
    rows = []
    for repeat in show_progress(range(repeats), repeats, "drawing"):
        for arm, sampler in samplers.items():
            start = time.perf_counter()
            sampler.sample(n_rows)
            value = time.perf_counter() - start
            rows.append({"figure": "drawing", "arm": arm, "value": value})
            rows[-1] |= {"unit": "s", "repeat": repeat}
    return rows


def measure_filter(repeats: int) -> list[Row]:
    """Measure seconds to fit the multi-VAE and the generative classifier at their defaults."""
    X, y = make_table(3)
    estimators: list[Any] = [MultiVAEResampler(), GenerativeClassifierFilter()]
    rows = []
    for repeat in show_progress(range(repeats), repeats, "filter"):
        for estimator in estimators:
            start = time.perf_counter()
            estimator.fit(X, y)
            value = time.perf_counter() - start
            rows.append({"figure": "filter", "arm": type(estimator).__name__, "value": value})
            rows[-1] |= {"unit": "s", "repeat": repeat}
    return rows


def measure_memory(shape: tuple[int, int]) -> Row:
    """Measure the peak memory of a fit beyond the data, in tables, in a separate process."""
    value = in_a_process(fit_memory, *shape)
    return {"figure": "memory", "arm": "VAE", "value": value, "unit": "tables", "repeat": 0}


def in_a_process(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function of a module in a process whose memory nothing else has used."""
    context, parent = get_context("spawn"), (os.getpid(),)
    with ProcessPoolExecutor(1, context, initializer=follow, initargs=parent) as pool:
        with start_deaf():
            future = pool.submit(function, *args)
        return future.result()


def fit_memory(n_rows: int, n_features: int) -> float:
    """Peak of the memory in `VAE.fit` beyond that before it, over the table's size."""
    X = np.random.default_rng(0).random((n_rows, n_features), dtype=np.float32)
    VAE(max_iter=5).fit(X[:1000])  # libraries load parts of themselves at first use
    return beyond_the_data(lambda: VAE(max_iter=5).fit(X), X.nbytes)


def beyond_the_data(work: Callable[[], Any], n_bytes: int) -> float:
    """Peak of the resident memory in a call beyond that before it, over the size of its data."""
    return peak_memory(work) / n_bytes


def peak_memory(call: Callable[[], Any], before: float | None = None) -> float:
    """Measure the peak of the resident memory in a call beyond that before it, in bytes.

    `before` takes the place of the memory just before the call. (`getrusage` would give the
    parent's peak if that was higher.)
    """
    before = resident_bytes("VmRSS") if before is None else before
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5")  # the peak so far is forgotten
    call()
    return resident_bytes("VmHWM") - before


def resident_bytes(key: str) -> float:
    """Read VmRSS (now) or VmHWM (peak) of this process; NaN where there is no Linux' ``/proc``."""
    status = Path("/proc/self/status")
    if not status.exists():
        return np.nan
    lines = status.read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))


def format_resources(
    drawing: pd.DataFrame,
    filters: pd.DataFrame,
    memory: pd.DataFrame,
    drawn_rows: int,
    memory_table: tuple[int, int],
) -> pd.DataFrame:
    """Format drawing, filter and memory beside their goals."""
    n_rows, n_features = memory_table
    lines = [
        [f"{arm}: draw {drawn_rows:,} rows of {N_FEATURES} columns", f"{seconds:.2f} s",
         f"<= {DRAWING_GOAL} s"]
        for arm, seconds in drawing.groupby("arm", sort=False)["value"].median().items()
    ]  # fmt: skip
    seconds = filters.groupby("arm")["value"].median()
    share = seconds["GenerativeClassifierFilter"] / seconds["MultiVAEResampler"]
    lines.append(
        ["GenerativeClassifierFilter.fit: share of MultiVAEResampler.fit", f"{share:.2f}",
         f"<= {FILTER_GOAL}"]
    )  # fmt: skip
    lines.append(
        [f"VAE.fit: memory beyond {n_rows:,} x {n_features} float32",
         f"{memory['value'].item():.2f} tables", f"<= {MEMORY_GOAL} tables"]
    )  # fmt: skip
    return pd.DataFrame(lines, columns=["what", "measured", "goal"])
