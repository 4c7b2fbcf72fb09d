"""Many fits, spread over processes or a cluster, as rows of one CSV that a rerun completes.

This process alone writes the CSV, a cell at a time as it arrives: what is there is whole, but for
the last line after a crash.
"""

from __future__ import annotations

import json
import math
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import typer
from joblib import Parallel, cpu_count, delayed, parallel_config
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from threadpoolctl import threadpool_limits

from ._classifiers import SCORES
from ._common import Row, versions, write_file

FIT = ("arm", "classifier", "protocol")
LABELS = ("table", "dataset", "n", "n_new", "seed")
COLUMNS = [
    *("table", "dataset", "n", "n_new", *FIT, "seed"),
    *SCORES,
    *("fit_seconds", "resample_seconds", "n_train", "n_test", "device", "versions"),
]
COUNTS = ("n", "n_new", "seed", "n_train", "n_test")
TEXTS = ("table", "dataset", *FIT, "device", "versions")

Key = tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """Fits that share work and run in one process.

    `labels` (table, dataset, n, n_new, seed) are the same in all its rows; `fits` are (arm,
    classifier, protocol), a row each; `cost` is its time relative to other cells.
    """

    labels: Mapping[str, Any]
    fits: tuple[tuple[str, str, str], ...]
    cost: float = 1.0

    def __str__(self) -> str:
        """As people say it: ``card, n 5, seed 3``."""
        numbers = {name: self.labels.get(name) for name in ("n", "n_new", "seed")}
        said = [f"{name} {value}" for name, value in numbers.items() if not _missing(value)]
        return ", ".join([str(self.labels.get("dataset")), *said])

    def keys(self) -> list[Key]:
        """What tells the rows of this cell from all others, in the order of its fits."""
        return [_key({**self.labels, **dict(zip(FIT, fit, strict=True))}) for fit in self.fits]


FitCell = Callable[[Cell], Iterable[Row]]
# Pairs of a cell's place and its rows, as they come.
Arriving = Generator[tuple[int, list[Row]], None, None]
# Runs cells, and tells which ones start.
Engine = Callable[[FitCell, Sequence[Cell], Callable[[Cell], None]], Arriving]


def sweep(
    fit_cell: FitCell,
    cells: Sequence[Cell],
    path: Path,
    *,
    jobs: int | None,
    backend: str = "loky",
    scheduler: str | None = None,
    resume: bool = False,
    command: str,
    settings: Mapping[str, Any],
    label: str,
) -> pd.DataFrame:
    """Run all fits of `cells`, append their rows to `path`, and return them in the order asked.

    `fit_cell`, a function of a module or a partial of one, returns a row for each fit of a cell.
    With `resume`, fits that are in `path` already are not run again; else a file there is kept
    under another name.
    """
    asked = [key for cell in cells for key in cell.keys()]
    if len(set(asked)) < len(asked):
        raise ValueError("two fits have the same labels, arm, classifier and protocol")
    with open_engine(backend, scheduler, jobs) as engine:
        prepare(path, resume, command, settings)
        todo = _without(cells, set(_keys(read_rows(path))))
        n_done = len(asked) - sum(len(cell.fits) for cell in todo)
        with Bar(label, todo, n_done, len(asked)) as bar:
            try:
                _append(path, engine(fit_cell, todo, bar.start), todo, bar)
            except KeyboardInterrupt:
                # No word on where it was: nothing is wrong, and nothing is lost.
                bar.say(f"Interrupted. {bar.kept(path)}")
                sys.exit(130)
            except Exception:
                bar.say(f"Failed. {bar.kept(path)}")
                raise
    return _in_order(read_rows(path), asked)


def _append(path: Path, arriving: Arriving, todo: Sequence[Cell], bar: Bar) -> None:
    with path.open("a", encoding="utf-8") as file, closing(arriving):
        for place, rows in arriving:
            file.write(_to_lines(todo[place], rows))
            file.flush()
            bar.finish(todo[place])


# ------------------------------------------------------------------------------ engines


@contextmanager
def open_engine(backend: str, scheduler: str | None, jobs: int | None) -> Iterator[Engine]:
    """Give what runs cells: processes of this machine ("loky") or workers of a Dask cluster."""
    if backend == "loky":
        yield partial(_run_on_loky, jobs)
        return
    if not find_spec("distributed"):
        raise SystemExit(
            'Error: --backend dask needs distributed: pip install "skvae[distributed]"'
        )
    from distributed import Client

    try:
        client = Client(scheduler)
    except OSError as error:
        raise SystemExit(f"Error: no Dask scheduler answers at {scheduler}: {error}") from error
    with client:
        yield partial(_run_on_dask, client)


def _run_on_loky(
    jobs: int | None, fit_cell: FitCell, cells: Sequence[Cell], started: Callable[[Cell], None]
) -> Arriving:
    jobs = max(1, min(jobs or cpu_count(), len(cells)))
    run = run_cell if jobs == 1 else run_in_worker  # a single job is this process itself

    def tasks() -> Iterator[Any]:
        for place in _dear_first(cells):
            started(cells[place])
            yield delayed(run)(fit_cell, place, cells[place])

    # Each process gets its share of the cores: more threads than that would wait for each other.
    with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=max(1, cpu_count() // jobs)):
        # No batches and no queue: a cell is asked for when it starts and written when it is done.
        parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch=jobs)
        with closing(parallel(tasks())) as arriving:
            yield from arriving


def _run_on_dask(
    client: Any, fit_cell: FitCell, cells: Sequence[Cell], started: Callable[[Cell], None]
) -> Arriving:
    """Cells as tasks of their own: Dask runs those again whose worker was lost.

    (joblib's own Dask backend waits for ever where a cell kills all its workers, and makes what
    is nested in a cell, such as a forest, tasks of the cluster too.)
    """
    from distributed import as_completed

    run = f"fit-{uuid4().hex}"  # no fit of another run is taken for one of this
    futures = [
        # Dask's messages tell the key, and so the cell.
        client.submit(run_cell, fit_cell, place, cells[place], 1, key=(run, str(cells[place])))
        for place in _dear_first(cells)
    ]
    for _, result in as_completed(futures, with_results=True):
        yield result


def run_in_worker(fit_cell: FitCell, place: int, cell: Cell) -> tuple[int, list[Row]]:
    """Run one cell in a process that leaves Ctrl-C to the one that has started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return run_cell(fit_cell, place, cell)


def run_cell(
    fit_cell: FitCell, place: int, cell: Cell, threads: int | None = None
) -> tuple[int, list[Row]]:
    """Run one cell where it has been sent to; what goes wrong there says in which cell."""
    try:
        with limit_threads(threads):
            return place, list(fit_cell(cell))
    except Exception as error:
        raise RuntimeError(f"{cell}: {type(error).__name__}: {error}") from error


@contextmanager
def limit_threads(threads: int | None) -> Iterator[None]:
    """Let numpy, scikit-learn and torch use so many threads, or as many as they would."""
    if threads is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    with threadpool_limits(threads):
        torch.set_num_threads(threads)  # which torch else sets by itself, in each new thread
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _dear_first(cells: Sequence[Cell]) -> list[int]:
    """The places of the cells, so that no long one is left when the others are done."""
    return sorted(range(len(cells)), key=lambda place: -cells[place].cost)


# ------------------------------------------------------------------------------ the CSV


def read_rows(path: Path) -> pd.DataFrame:
    """Read the rows of a sweep; counts that do not apply (`n`, `n_new`) are missing."""
    dtypes = {
        **dict.fromkeys(COLUMNS, "float64"),
        **dict.fromkeys(COUNTS, "Int64"),
        **dict.fromkeys(TEXTS, "str"),
    }
    return pd.read_csv(
        path,
        comment="#",
        dtype=dtypes,
        keep_default_na=False,  # an arm may be called "none", or "NA"
        na_values=[""],
    )


def prepare(path: Path, resume: bool, command: str, settings: Mapping[str, Any]) -> None:
    """Leave a file at `path` that rows can be appended to."""
    asked = json.loads(json.dumps(settings))
    if not resume or not path.exists():
        if path.exists():
            set_aside(path)
        notes = {"command": command, "versions": versions(), "settings": json.dumps(asked)}
        head = [f"# {name}: {note}\n" for name, note in notes.items()]
        write_file(path, "".join([*head, ",".join(COLUMNS), "\n"]))
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    _check_settings(path, lines, asked)
    if lines and not lines[-1].endswith("\n"):
        del lines[-1]  # a crash has cut it off
    if f"# command: {command}\n" not in lines:
        lines.insert(1, f"# command: {command}\n")
    write_file(path, "".join(lines))


def set_aside(path: Path) -> None:
    """Give an older file the first free name: ``proben1.1.csv``, ``proben1.2.csv``, ..."""
    names = (path.with_suffix(f".{n}{path.suffix}") for n in count(1))
    path.replace(next(name for name in names if not name.exists()))


def _check_settings(path: Path, lines: list[str], asked: dict[str, Any]) -> None:
    mark = "# settings: "
    found = [json.loads(line.removeprefix(mark)) for line in lines if line.startswith(mark)]
    if not found:
        raise typer.BadParameter(f"--resume: {path} does not say which settings it is made with")
    there = found[0]
    differing = [
        f"{name} {there.get(name)!r} there, {asked.get(name)!r} here"
        for name in {**there, **asked}
        if there.get(name) != asked.get(name)
    ]
    if differing:
        raise typer.BadParameter(
            f"--resume: {path} is made with other settings: {'; '.join(differing)}"
        )


def _to_lines(cell: Cell, rows: list[Row]) -> str:
    """The CSV lines of a cell, which must have the rows that it promised, no more and no less."""
    if sorted(map(_key, rows)) != sorted(cell.keys()):
        returned = [" ".join(str(row.get(name)) for name in FIT) for row in rows]
        raise RuntimeError(f"{cell}: promised {cell.fits}, returned rows for {returned}")
    unknown = {name for row in rows for name in row} - set(COLUMNS)
    if unknown:
        raise RuntimeError(f"{cell}: no columns of the CSV: {sorted(unknown)}")
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object).to_csv(index=False, header=False)


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _key(row: Mapping[str, Any]) -> Key:
    """What names a row: text, so that a number read from the CSV equals one of a cell."""
    values = [row.get(name) for name in (*LABELS, *FIT)]
    return tuple("" if _missing(value) else str(value) for value in values)


def _keys(results: pd.DataFrame) -> list[Key]:
    return [_key(row) for row in results.to_dict("records")]


def _without(cells: Sequence[Cell], there: set[Key]) -> list[Cell]:
    """The cells, less the fits whose rows are there; a part of a cell costs a part."""
    todo = []
    for cell in cells:
        fits = tuple(
            fit for fit, key in zip(cell.fits, cell.keys(), strict=True) if key not in there
        )
        if fits:
            todo.append(replace(cell, fits=fits, cost=cell.cost * len(fits) / len(cell.fits)))
    return todo


def _in_order(results: pd.DataFrame, asked: list[Key]) -> pd.DataFrame:
    place = {key: i for i, key in enumerate(_keys(results))}
    return results.iloc[[place[key] for key in asked]].reset_index(drop=True)


# ------------------------------------------------------------------------------ the bar


class Bar:
    """What runs, how many fits are done, and how long it takes, on standard error.

    A stream that is no terminal, such as a log file, gets the messages only.
    """

    def __init__(self, label: str, todo: Sequence[Cell], n_done: int, n_fits: int) -> None:
        self.label, self.n_done, self.n_fits = label, n_done, n_fits
        self._running: list[Cell] = []
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[fits]}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            speed_estimate_period=math.inf,  # cells may take longer than the usual half minute
        )
        self._task = self._progress.add_task(label, total=sum(cell.cost for cell in todo), fits="")

    def __enter__(self) -> Bar:
        self._progress.start()
        self._show()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def start(self, cell: Cell) -> None:
        self._running.append(cell)
        self._show()

    def finish(self, cell: Cell) -> None:
        self._running = [other for other in self._running if other is not cell]
        self.n_done += len(cell.fits)
        self._progress.advance(self._task, cell.cost)
        self._show()

    def kept(self, path: Path) -> str:
        return f"{self.n_done} of {self.n_fits} fits are in {path}; --resume goes on from there."

    def say(self, message: str) -> None:
        self._console.print(message, highlight=False, soft_wrap=True)

    def _show(self) -> None:
        what = "; ".join(map(str, self._running[:2])) + ("; …" if len(self._running) > 2 else "")
        self._progress.update(
            self._task,
            description=f"{self.label}: {what}" if what else self.label,
            fits=f"{self.n_done} of {self.n_fits} fits",
        )
