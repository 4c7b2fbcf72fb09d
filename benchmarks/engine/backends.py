"""Backends that run cells: processes of this machine, or workers of a Dask cluster.

A cell may be any object that names itself by `str`. A task is a function of a module, or a partial
of one, that takes a cell and returns its rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

from joblib import Parallel, cpu_count, delayed, parallel_config
from threadpoolctl import threadpool_limits

from ..cli.interrupts import check_interrupted, interruptible, start_deaf
from .cells import Row
from .progress import show_progress
from .workers import follow

Task = Callable[[Any], Iterable[Row]]
# Pairs of a cell's place in the list of cells and its rows, as cells finish.
Arriving = Generator[tuple[int, list[Row]], None, None]
# Runs cells in their order, and calls the last argument with each cell that starts.
Backend = Callable[[Task, Sequence[Any], Callable[[Any], None]], Arriving]


@contextmanager
def open_backend(name: str, scheduler: str | None, jobs: int | None) -> Iterator[Backend]:
    """Open "loky" (processes of this machine) or "dask" (workers of a cluster)."""
    if name == "loky":
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


def run_cells(
    task: Callable[..., Row], cells: Sequence[tuple], *, jobs: int | None, label: str
) -> list[Row]:
    """Return ``task(*cell)`` of every cell, as they finish, and show a progress bar."""
    with interruptible(), open_backend("loky", None, jobs) as backend:
        with closing(backend(partial(_single_row, task), cells, lambda cell: None)) as arriving:
            return [rows[0] for _, rows in show_progress(arriving, len(cells), label)]


def _single_row(task: Callable[..., Row], cell: tuple) -> list[Row]:
    return [task(*cell)]


def _run_on_loky(
    jobs: int | None, task: Task, cells: Sequence[Any], started: Callable[[Any], None]
) -> Arriving:
    jobs = max(1, min(jobs or cpu_count(), len(cells)))  # a single job is this process itself

    def calls() -> Iterator[Any]:
        for place, cell in enumerate(cells):
            started(cell)
            yield delayed(run_cell)(task, place, cell)

    # Each process gets its share of the cores: more threads than that would wait for each other.
    threads = max(1, cpu_count() // jobs)
    with parallel_config(
        "loky",
        n_jobs=jobs,
        inner_max_num_threads=threads,
        initializer=follow,
        initargs=(os.getpid(),),
    ):
        # No batches and no queue: a cell is taken when it starts and arrives when it is done.
        parallel = Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch=jobs)
        with start_deaf():  # workers leave Ctrl-C to this process
            arriving = parallel(calls())
        with closing(arriving):
            yield from arriving


def _run_on_dask(
    client: Any, task: Task, cells: Sequence[Any], started: Callable[[Any], None]
) -> Arriving:
    """Run cells as tasks of a cluster: Dask repeats those whose worker was lost.

    (joblib's own Dask backend waits for ever where a cell kills all its workers. It would also
    turn parallel work inside a cell, such as a forest's, into tasks of the cluster.)
    """
    from distributed import as_completed

    run = f"fit-{uuid4().hex}"  # keeps the tasks of different runs apart
    futures = [
        # Dask's messages show the key, and thereby the cell.
        client.submit(run_cell, task, place, cell, 1, key=(run, str(cell)))
        for place, cell in enumerate(cells)
    ]
    for _, result in as_completed(futures, with_results=True):
        yield result


def run_cell(
    task: Task, place: int, cell: Any, threads: int | None = None
) -> tuple[int, list[Row]]:
    """Run one cell in this process; an error names the cell."""
    try:
        with limit_threads(threads):
            rows = list(task(cell))
        check_interrupted()
        return place, rows
    except OSError as error:
        raise OSError(f"{cell}: {error}") from error
    except Exception as error:
        raise RuntimeError(f"{cell}: {type(error).__name__}: {error}") from error


@contextmanager
def limit_threads(threads: int | None) -> Iterator[None]:
    """Limit the threads of numpy, scikit-learn and torch, unless `threads` is None."""
    if threads is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    with threadpool_limits(threads):
        torch.set_num_threads(threads)  # else torch chooses for itself in each new thread
        try:
            yield
        finally:
            torch.set_num_threads(before)
