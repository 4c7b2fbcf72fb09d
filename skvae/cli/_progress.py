"""Progress on stderr, where that is a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from .._progress import Progress as Shown
from .._progress import shown_by


class Steps:
    """Steps of a command, of which the one that runs is shown.

    Parameters
    ----------
    bars : Progress
        The display.
    """

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._step = bars.add_task("", total=None)

    def begin(self, step: str) -> None:
        """Show the step that begins."""
        self._bars.update(self._step, description=step)

    def inside(self, name: str, total: int, unit: str) -> Shown:
        """Return the bar of work inside the step."""
        return _Bar(self._bars, name, total)


class _Bar(Shown):
    """A bar of rich, which is gone when the work is done."""

    def __init__(self, bars: Progress, name: str, total: int) -> None:
        self._bars = bars
        self._task = bars.add_task(f"  {name}", total=total)

    def reach(self, done: int, notes: Sequence[str] | None = ()) -> None:
        self._bars.update(self._task, completed=done)

    def close(self) -> None:
        self._bars.remove_task(self._task)


@contextmanager
def steps() -> Iterator[Steps]:
    """Yield the steps of a command; long work of the library in the block is shown below them."""
    console = Console(stderr=True)
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    # Bars that are disabled end with an empty line before rich 14.3.
    with bars if console.is_terminal else nullcontext():
        shown = Steps(bars)
        with shown_by(shown.inside):
            yield shown
