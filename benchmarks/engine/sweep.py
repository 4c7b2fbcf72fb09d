"""Sweep: many fits as rows of one CSV that a rerun completes.

One process alone writes the CSV, a cell at a time as it arrives, and holds its folder meanwhile.
The file is therefore whole at any time, except for its last line after a crash.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..classifiers.names import SCORES
from ..cli.folder import hold
from ..cli.interrupts import interruptible, is_interrupt
from .backends import Arriving, Task, open_backend
from .cells import Cell, Key, row_key
from .csv_file import append, prepare, read_rows, to_lines
from .progress import Bar


@dataclass(frozen=True)
class Plan:
    """Work of an experiment.

    Attributes
    ----------
    cells : sequence of Cell
        Cells to run.
    fit_cell : callable
        Function of a module, or a partial of one, that takes a cell and returns a row for each of
        its fits.
    settings : mapping
        Settings that rows of one CSV must agree in; they stand in its head.
    scores : collection of str
        Columns of the scores.
    """

    cells: Sequence[Cell]
    fit_cell: Task
    settings: Mapping[str, Any] = field(default_factory=dict)
    scores: Collection[str] = tuple(SCORES)


def sweep(
    plan: Plan,
    path: Path,
    *,
    jobs: int | None,
    backend: str = "loky",
    scheduler: str | None = None,
    resume: bool = False,
    command: str,
    label: str,
) -> pd.DataFrame:
    """Run all fits of a plan, append their rows to `path`, and return them in the plan's order.

    With `resume`, fits whose rows are in `path` are not run again. Otherwise, a file that exists is
    kept under another name. Ctrl-C ends the process with code 130, without a row of the fits that
    it interrupts.
    """
    asked = [key for cell in plan.cells for key in cell.keys()]
    if len(set(asked)) < len(asked):
        raise ValueError("two fits have the same labels, arm, classifier and protocol")
    with open_backend(backend, scheduler, jobs) as run, hold(path.parent), interruptible():
        prepare(path, resume, command, plan.settings, plan.scores)
        todo = _longest_first(_without(plan.cells, set(_keys(read_rows(path)))))
        n_done = len(asked) - sum(len(cell.fits) for cell in todo)
        with Bar(label, todo, n_done, len(asked)) as bar:
            try:
                _append(path, run(plan.fit_cell, todo, bar.start), todo, plan.scores, bar)
            except BaseException as error:
                if is_interrupt(error):
                    # No stack trace: nothing is wrong, and nothing is lost.
                    bar.say(f"Interrupted. {bar.kept(path)}")
                    sys.exit(130)
                if isinstance(error, OSError):
                    raise OSError(f"{error}. {bar.kept(path)}") from error
                bar.say(f"Failed. {bar.kept(path)}")
                raise
    return _in_order(read_rows(path), asked)


def _append(
    path: Path, arriving: Arriving, todo: Sequence[Cell], scores: Collection[str], bar: Bar
) -> None:
    """Write rows as they arrive."""
    with closing(arriving):
        for place, rows in arriving:
            append(path, to_lines(todo[place], rows, scores))
            bar.finish(todo[place])


def _longest_first(cells: Iterable[Cell]) -> list[Cell]:
    """Sort by cost, so that no long cell is left when the others are done."""
    return sorted(cells, key=lambda cell: -cell.cost)


def _without(cells: Sequence[Cell], done: set[Key]) -> list[Cell]:
    """Return the cells without the fits that are done; a part of a cell costs a part."""
    todo = []
    for cell in cells:
        fits = tuple(
            fit for fit, key in zip(cell.fits, cell.keys(), strict=True) if key not in done
        )
        if fits:
            todo.append(replace(cell, fits=fits, cost=cell.cost * len(fits) / len(cell.fits)))
    return todo


def _keys(results: pd.DataFrame) -> list[Key]:
    return [row_key(row) for row in results.to_dict("records")]


def _in_order(results: pd.DataFrame, asked: list[Key]) -> pd.DataFrame:
    place = {key: i for i, key in enumerate(_keys(results))}
    return results.iloc[[place[key] for key in asked]].reset_index(drop=True)
