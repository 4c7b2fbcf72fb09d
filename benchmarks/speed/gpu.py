"""Everything that a GPU is measured by, in one command: tests, the thesis' training, steps.

Each part is printed and written when it is done, so that what is done stays if the rest fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from skvae.datasets import fetch_mnist

from ..cli.folder import hold
from ..cli.output import NO_RESULT, write_csv, write_file
from ..engine.environment import device_name, on_gpu, versions
from . import images
from .run import QUICK, Part, Workload, measure_steps, n_threads

ROOT = Path(__file__).parents[2]
TESTS = "tests/nn/test_cuda.py"
N_IMAGES = 60_000
# Seconds after which no other part begins, and after which the tests are given up.
LIMIT, TESTS_LIMIT = 7 * 60, 2 * 60

Step = Callable[[], Iterator[Part]]


def main(device: str, quick: bool, data_home: Path | None, out: Path) -> int:
    """Measure part after part; return the number of parts that failed or were left out."""
    load, repeats = (QUICK, 1) if quick else (Workload(), 3)
    n_images = 100 if quick else N_IMAGES
    steps: dict[str, Step] = {
        "CUDA tests": run_tests,
        "the thesis' training": partial(train, load, device, data_home, n_images),
        "training steps": partial(measure_steps, load, repeats, device),
    }
    report = Report(device, quick, out)
    with hold(out), n_threads(load.threads):
        for name, step in steps.items():
            if report.seconds() > LIMIT:
                report.miss(f"{name}: left out after {report.seconds():.0f} s")
                continue
            try:
                for part in step():
                    report.add(part)
            except Exception as error:  # of whatever kind: the other parts shall run
                report.miss(f"{name}: {type(error).__name__}: {error}")
        report.close()
    return len(report.missing)


class Report:
    """The parts so far, on the terminal, in gpu.csv and in gpu.md."""

    def __init__(self, device: str, quick: bool, out: Path) -> None:
        self.device, self.quick, self.out = device, quick, out
        self.parts: list[Part] = []
        self.missing: list[str] = []
        self.start = time.perf_counter()

    def seconds(self) -> float:
        """Seconds since the command began."""
        return time.perf_counter() - self.start

    def add(self, part: Part) -> None:
        """Print and write a part."""
        self.parts.append(part)
        part.print(quick=self.quick)
        print(f"({self.seconds():.0f} s since the start)", flush=True)
        self.write()

    def miss(self, sentence: str) -> None:
        """Say and write that a part is missing."""
        self.missing.append(sentence)
        print(f"Missing: {sentence}", flush=True)
        self.write()

    def write(self, end: str = "") -> None:
        """Write all parts so far."""
        name = device_name(self.device)
        if self.parts:
            rows = pd.concat([part.rows for part in self.parts], ignore_index=True)
            rows = rows.assign(device=name, versions=versions())
            write_csv(self.out / "gpu.csv", rows, quick=self.quick)
        lines = [f"# Speed on {name}\n", *self.notes(), f"Versions: {versions()}.\n"]
        lines += [part.to_markdown() for part in self.parts]
        lines += [f"Missing: {sentence}\n" for sentence in self.missing]
        write_file(self.out / "gpu.md", "\n".join([*lines, end]).rstrip() + "\n")

    def notes(self) -> list[str]:
        """Return what a reader has to know before the figures."""
        owed = "No GPU: the figures of a GPU are owed, and these only show that the command runs."
        notes = [] if on_gpu(self.device) else [f"{owed}\n"]
        return [*notes, f"{NO_RESULT}\n"] if self.quick else notes

    def close(self) -> None:
        """Write the time that all took, and say where everything is."""
        end = f"The command took {self.seconds():.0f} seconds."
        self.write(end)
        for note in self.notes():
            print(note.strip())
        print(f"{end} Everything: {self.out / 'gpu.md'} and {self.out / 'gpu.csv'}.")


def run_tests() -> Iterator[Part]:
    """Run the tests that need a GPU, in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=TESTS_LIMIT)
    last = (done.stdout.strip() or done.stderr.strip() or "no output").splitlines()[-1]
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last)}
    if not counts or counts.keys() & {"failed", "error"}:
        print(done.stdout, done.stderr, sep="\n")
        raise RuntimeError(last)
    rows = [{"figure": "CUDA tests", "arm": a, "value": n, "unit": ""} for a, n in counts.items()]
    text = pd.DataFrame([[TESTS, last]], columns=["tests", "result"])
    yield Part("Tests that need a GPU", pd.DataFrame(rows), text)


def train(load: Workload, device: str, data_home: Path | None, n_images: int) -> Iterator[Part]:
    """Train the thesis' networks for MNIST, as long as the thesis did."""
    X, y, source = read_images(data_home, n_images)
    rows = images.measure_training(load.convolutions, device, X, y)
    text = images.format_training(pd.DataFrame(rows), load.convolutions)
    title = f"The thesis' training for MNIST, on {len(X):,} {source}"
    yield Part(title, pd.DataFrame(rows), text)


def read_images(data_home: Path | None, n: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Return n images of MNIST with their classes, or noise of their shape if MNIST isn't there."""
    try:
        X, y = fetch_mnist(data_home=data_home, download_if_missing=False, return_X_y=True)
    except (OSError, ImportError):
        rng = np.random.default_rng(0)
        X = rng.integers(0, 256, (n, images.SIZE**2), dtype=np.uint8)
        return X, np.arange(n) % 10, "generated images"
    return X[:n], y[:n], "images of MNIST"
