"""Time of training steps, of drawing and by the number of rows, and memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch

from ..cli import output
from ..cli.folder import hold
from ..cli.output import NO_RESULT, write_csv, write_file
from ..engine.environment import device_name, versions
from . import families, images, resources, rows, tables
from .rows import N_FEATURES, Shape

PICTURE = "speed-rows.png"


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
    memory_table=(10_000, 50),
    convolutions=images.QUICK,
    conv_steps=20,
    resampled=(Shape(100, N_FEATURES), Shape(300, N_FEATURES, 2.0)),
    fits=(Shape(100, 10), Shape(200, 20), Shape(300, 20)),
    resampled_times=1,
)


class Part(NamedTuple):
    """One part of a measurement: a title, its rows, and a frame of strings to print."""

    title: str
    rows: pd.DataFrame
    text: pd.DataFrame
    groups: tuple[str, ...] = ()
    picture: str = ""

    def print(self, *, quick: bool) -> None:
        """Print the part as a table."""
        output.print_table(self.title, self.text, groups=self.groups, quick=quick)

    def to_markdown(self) -> str:
        """Return the part as a section of a page, with the picture in its folder."""
        table = output.to_markdown(self.text)
        shown = f"\n![{self.title}]({self.picture})\n" if self.picture else ""
        return f"## {self.title}\n\n{table}{shown}"


def measure_steps(load: Workload, repeats: int, device: str) -> Iterator[Part]:
    """Measure training steps of all kinds on a device, one part after the other."""
    on = f"median of {repeats} on {device_name(device)}"
    on = f"{on}, {load.threads} threads" if device == "cpu" else on
    steps = pd.DataFrame(tables.measure_steps(load.n_models, load.epochs, repeats, device))
    title = f"Milliseconds per model and step, {on}"
    yield Part(title, steps, goals_of_cpus(tables.format_steps(steps), device), ("layers",))
    others = pd.DataFrame(families.measure_steps(load.n_models, load.epochs, repeats, device))
    title = f"Milliseconds per model and step of other families, layers {families.LAYERS}"
    yield Part(title, others, goals_of_cpus(families.format_steps(others), device))
    networks = load.convolutions
    convolutions = pd.DataFrame(images.measure(networks, load.conv_steps, repeats, device))
    title = f"Milliseconds per model and step, images of 28 x 28 in batches of {images.BATCH_SIZE}"
    text = images.format_steps(convolutions, networks)
    yield Part(title, convolutions, goals_of_cpus(text, device))


def goals_of_cpus(text: pd.DataFrame, device: str) -> pd.DataFrame:
    """Leave the goals out on a GPU: they are shares of a plain loop on a CPU."""
    return text if device == "cpu" else text.drop(columns="goal")


def main(repeats: int, quick: bool, device: str, out: Path) -> None:
    """Measure, print beside the goals, and save every measurement."""
    load = QUICK if quick else Workload()
    with hold(out):
        if device == "cpu" and "pythae" not in tables.ARMS:
            print("pythae is not installed and left out (pip install pythae).")
        with n_threads(load.threads):
            parts = list(measure_steps(load, repeats, device))
            if device == "cpu":
                parts += [measure_resources(load, repeats), measure_rows(load, repeats, out)]
        every = pd.concat([part.rows for part in parts], ignore_index=True)
        every = every.assign(threads=load.threads, device=device_name(device), versions=versions())
        write_csv(out / "speed.csv", every, quick=quick)
        write_file(out / "speed.md", render(parts, device, repeats, quick=quick))
    for part in parts:
        part.print(quick=quick)
    print(f"Every measurement: {out / 'speed.csv'}; the tables: {out / 'speed.md'}.")


def render(parts: Sequence[Part], device: str, repeats: int, *, quick: bool) -> str:
    """Return the page of a measurement."""
    command = f"python -m benchmarks speed --repeats {repeats}"
    command += "" if device == "cpu" else f" --device {device}"
    command += " --quick" if quick else ""
    head = [
        f"# Speed on {device_name(device)}\n",
        f"By `{command}`{f' ({NO_RESULT})' if quick else ''}. Versions: {versions()}.\n",
        "Times are medians of interleaved measurements, memory is measured once. Compare figures "
        "of one run only: seconds are those of one machine at one time.\n",
    ]
    return "\n".join([*head, *(part.to_markdown() for part in parts)])


def measure_resources(load: Workload, repeats: int) -> Part:
    """Measure what runs on the CPU whatever the device: drawing, filters, and memory."""
    drawing = pd.DataFrame(resources.measure_drawing(load.drawn_rows, repeats))
    filters = pd.DataFrame(resources.measure_filter(repeats))
    memory = pd.DataFrame([resources.measure_memory(load.memory_table)])
    text = resources.format_resources(drawing, filters, memory, load.drawn_rows, load.memory_table)
    measured = pd.concat([drawing, filters, memory], ignore_index=True)
    return Part("Drawing, filter and memory", measured, text)


def measure_rows(load: Workload, repeats: int, out: Path) -> Part:
    """Measure oversampling and fits by the number of rows, and draw `speed-rows.png`."""
    n_times = min(repeats, load.resampled_times)
    resampling = pd.DataFrame(rows.measure_resampling(load.resampled, n_times))
    fits = pd.DataFrame(rows.measure_fits(load.fits, n_times))
    peaks = pd.DataFrame(rows.measure_memory(Shape(*load.memory_table)))
    write_file(out / PICTURE, rows.draw_rows(resampling))
    text = rows.format_rows(resampling, fits, peaks, load.resampled)
    measured = pd.concat([resampling, fits, peaks], ignore_index=True)
    return Part(f"By the number of rows, median of {n_times}", measured, text, picture=PICTURE)


@contextmanager
def n_threads(n: int) -> Iterator[None]:
    """Let torch use n threads in the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
