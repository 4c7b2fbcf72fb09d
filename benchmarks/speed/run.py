"""Time of training steps, of drawing and by the number of rows, and memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch

from ..cli import output
from ..cli.folder import hold
from ..cli.output import write_csv
from ..engine.environment import versions
from . import adversarial, images, resources, rows, tables
from .rows import N_FEATURES, Shape


class Workload(NamedTuple):
    """Amount of work that is measured, and its number of threads."""

    threads: int = 2
    n_models: tuple[int, ...] = (1, 3, 10)
    epochs: int = 20
    drawn_rows: int = 1_000_000
    memory_table: tuple[int, int] = (1_000_000, 50)
    convolutions: dict[str, images.Network] = images.NETWORKS
    conv_steps: int = 60
    resampled: tuple[Shape, ...] = (
        Shape(100, N_FEATURES),
        Shape(1_000, N_FEATURES),
        Shape(10_000, N_FEATURES),
        Shape(100_000, N_FEATURES, 2.0),
        Shape(1_000_000, N_FEATURES),
        Shape(1_000_000, 50, 0.6),
    )
    fits: tuple[Shape, ...] = (Shape(200, 10), Shape(10_000, 20), Shape(1_000_000, 20))
    resampled_times: int = 3


QUICK = Workload(
    threads=1,
    n_models=(1, 3),
    epochs=1,
    drawn_rows=10_000,
    memory_table=(20_000, 50),
    convolutions=images.QUICK,
    conv_steps=50,
    resampled=(Shape(100, N_FEATURES), Shape(300, N_FEATURES, 2.0)),
    fits=(Shape(100, 10), Shape(200, 20), Shape(300, 20)),
    resampled_times=1,
)


def main(repeats: int, quick: bool, out: Path) -> None:
    """Measure, print beside the goals, and save every measurement."""
    load = QUICK if quick else Workload()
    with hold(out):
        if "pythae" not in tables.ARMS:
            print("pythae is not installed and left out (pip install pythae).")
        with n_threads(load.threads):
            steps = pd.DataFrame(tables.measure_steps(load.n_models, load.epochs, repeats))
            games = pd.DataFrame(adversarial.measure_steps(load.n_models, load.epochs, repeats))
            convolutions = pd.DataFrame(images.measure(load.convolutions, load.conv_steps, repeats))
            drawing = pd.DataFrame(resources.measure_drawing(load.drawn_rows, repeats))
            filters = pd.DataFrame(resources.measure_filter(repeats))
            n_times = min(repeats, load.resampled_times)
            resampling = pd.DataFrame(rows.measure_resampling(load.resampled, n_times))
            fits = pd.DataFrame(rows.measure_fits(load.fits, n_times))
        peaks = pd.DataFrame(rows.measure_memory(Shape(*load.memory_table)))
        memory = pd.DataFrame([resources.measure_memory(load.memory_table)])
        measured = [steps, games, convolutions, drawing, filters, memory, resampling, fits, peaks]
        if torch.cuda.is_available():
            training = pd.DataFrame(images.measure_training(load.convolutions, "cuda"))
            measured.append(training.assign(layers=torch.cuda.get_device_name()))
        every = pd.concat(measured, ignore_index=True)
        every = every.assign(threads=load.threads, versions=versions())
        write_csv(out / "speed.csv", every, quick=quick)
        (out / "speed-rows.png").write_bytes(rows.draw_rows(resampling))

    print_table = partial(output.print_table, quick=quick)
    title = f"Milliseconds per model and step, median of {repeats}, {load.threads} threads"
    print_table(title, tables.format_steps(steps), groups=["layers"])
    text = adversarial.format_steps(games)
    print_table(f"The same of adversarial families, layers {adversarial.LAYERS}", text)
    text = images.format_steps(convolutions, load.convolutions)
    print_table(f"The same of images of 28 x 28 in batches of {images.BATCH_SIZE}", text)
    if torch.cuda.is_available():
        text = images.format_training(training, load.convolutions)
        print_table(f"The thesis' training for MNIST on {torch.cuda.get_device_name()}", text)
    text = resources.format_resources(drawing, filters, memory, load.drawn_rows, load.memory_table)
    print_table("Drawing, filter and memory", text)
    text = rows.format_rows(resampling, fits, peaks, load.resampled)
    print_table(f"By the number of rows, median of {n_times}", text)
    print(f"Every measurement: {out / 'speed.csv'}. Time by rows: {out / 'speed-rows.png'}.")


@contextmanager
def n_threads(n: int) -> Iterator[None]:
    """Let torch use n threads in the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
