"""A table larger than memory: time and peak memory of a fit, and of as many new rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from skvae import VAE

from ..cli.folder import hold
from ..cli.output import print_table, write_csv
from ..engine.cells import Row
from ..engine.environment import versions
from .resources import in_a_process, peak_memory, resident_bytes

N_FEATURES = 20
CHUNK = 100_000  # rows
MEMORY_GOAL = 1e9  # bytes beyond the interpreter with all libraries


def main(n_rows: int, quick: bool, out: Path) -> None:
    """Measure in a new process, print, and save."""
    with hold(out), TemporaryDirectory(prefix="skvae-", dir=out) as folder:
        path = Path(folder) / "table"
        write_table(path, n_rows)
        rows = pd.DataFrame(in_a_process(measure, path, n_rows))
        rows = rows.assign(rows=n_rows, columns=N_FEATURES, versions=versions())
        write_csv(out / "large.csv", rows, quick=quick)
    text = rows.pivot(index="arm", columns="figure", values="value").loc[["fit", "iter_sample"]]
    text = pd.DataFrame(
        {
            "what": text.index,
            "seconds": text["seconds"].map("{:.1f}".format),
            "peak memory": (text["peak memory"] / 1e9).map("{:.2f} GB".format),
            "goal": f"<= {MEMORY_GOAL / 1e9:.0f} GB",
        }
    )
    title = f"{n_rows:,} x {N_FEATURES} float64 in a file ({8e-9 * n_rows * N_FEATURES:.1f} GB)"
    print_table(title, text, quick=quick)
    print(f"Every measurement: {out / 'large.csv'}.")


def write_table(path: Path, n_rows: int) -> None:
    """Write rows of correlated normal numbers."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(N_FEATURES, N_FEATURES))
    with path.open("wb") as file:
        for start in range(0, n_rows, CHUNK):
            rows = rng.standard_normal((min(CHUNK, n_rows - start), N_FEATURES)) @ mixing
            file.write(rows.tobytes())


def measure(path: Path, n_rows: int) -> list[Row]:
    """Measure a fit on the mapped file, and drawing as many rows into another file."""
    vae = VAE(device="cpu", random_state=0)
    list(vae.fit(np.ones((10, 2)) * np.arange(10)[:, None]).iter_sample(2))  # loads libraries
    table = np.memmap(path, np.float64, "r", shape=(n_rows, N_FEATURES))

    def draw() -> None:
        with path.with_name("drawn").open("wb") as file:
            for chunk in vae.iter_sample(n_rows, CHUNK):
                file.write(chunk.tobytes())

    rows: list[Row] = []
    calls: dict[str, Callable[[], object]] = {"fit": lambda: vae.fit(table), "iter_sample": draw}
    before = resident_bytes("VmRSS")
    for name, call in calls.items():
        start = time.perf_counter()
        peak = peak_memory(call, before)
        seconds = time.perf_counter() - start
        rows.append({"figure": "seconds", "arm": name, "value": seconds, "unit": "s"})
        rows.append({"figure": "peak memory", "arm": name, "value": peak, "unit": "bytes"})
    return rows
