"""Progress bars on standard error, which leave the output to tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, track

from .cells import Cell

N_NAMED = 2  # running cells that the bar names


def show_progress(items: Iterable[Any], total: int, label: str) -> Iterator[Any]:
    """Iterate with a bar."""
    return iter(track(items, description=label, total=total, console=Console(stderr=True)))


class Bar:
    """Bar of a sweep: the running cells, the number of fits that are done, the time left.

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
        self._refresh()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def start(self, cell: Cell) -> None:
        """Show a cell as running."""
        self._running.append(cell)
        self._refresh()

    def finish(self, cell: Cell) -> None:
        """Count the fits of a cell as done."""
        self._running = [other for other in self._running if other is not cell]
        self.n_done += len(cell.fits)
        self._progress.advance(self._task, cell.cost)
        self._refresh()

    def kept(self, path: Path) -> str:
        """Sentence about the fits that are in the file by now."""
        return f"{self.n_done} of {self.n_fits} fits are in {path}; --resume goes on from there."

    def say(self, message: str) -> None:
        """Print a message above the bar."""
        self._console.print(message, highlight=False, soft_wrap=True)

    def _refresh(self) -> None:
        more = "; …" if len(self._running) > N_NAMED else ""
        running = "; ".join(map(str, self._running[:N_NAMED])) + more
        self._progress.update(
            self._task,
            description=f"{self.label}: {running}" if running else self.label,
            fits=f"{self.n_done} of {self.n_fits} fits",
        )
