"""Progress of long work: a bar with the time left, or lines where tqdm is not installed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import Any

# Lines that a piece of work prints at most, besides its last one.
_N_LINES = 10


class Progress:
    """Progress that is shown to nobody, and the base of what is shown."""

    def reach(self, done: int, notes: Sequence[str] | None = ()) -> None:
        """Show that `done` units of the work are done, and say something of them.

        Without `notes` (None) only a bar moves; lines wait for the next ones.
        """

    def close(self) -> None:
        """Show the last state, and end."""


class _Bar(Progress):
    """A bar of tqdm, in a terminal or a notebook; it has room for the first note only."""

    def __init__(self, tqdm: Any, name: str, total: int, unit: str) -> None:
        self._bar = tqdm(total=total, desc=name, unit=f" {unit}", miniters=1, dynamic_ncols=True)

    def reach(self, done: int, notes: Sequence[str] | None = ()) -> None:
        if notes:
            self._bar.set_postfix_str(notes[0], refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class _Lines(Progress):
    """A printed line for each tenth of the work, and for its end."""

    def __init__(self, name: str, total: int, unit: str) -> None:
        self._name, self._total, self._unit = name, total, unit
        self._start, self._done, self._shown = time.perf_counter(), 0, 0
        self._notes: Sequence[str] = ()

    def reach(self, done: int, notes: Sequence[str] | None = ()) -> None:
        self._done = done
        if notes is not None:
            self._notes = notes
            if done >= min(self._total, self._shown + -(-self._total // _N_LINES)):
                self._show()

    def close(self) -> None:
        self._show()

    def _show(self) -> None:
        if self._done == self._shown:
            return
        self._shown = self._done
        passed = time.perf_counter() - self._start
        left = passed / self._done * (self._total - self._done)
        place = f"{self._unit} {self._done}/{self._total}"
        said = ": ".join(filter(None, [place, ", ".join(self._notes)]))
        print(f"[{self._name}] {said} ({passed:.1f} s, {left:.1f} s left)", flush=True)


Display = Callable[[str, int, str], Progress]
_display: ContextVar[Display | None] = ContextVar("_display", default=None)


@contextmanager
def shown_by(display: Display) -> Iterator[None]:
    """Show the work of a block in another way than by bars of tqdm or lines.

    Parameters
    ----------
    display : callable
        Function of the name of the work, its units and the name of one, which returns a `Progress`.
    """
    token = _display.set(display)
    try:
        yield
    finally:
        _display.reset(token)


@contextmanager
def progress(verbose: int, name: str, total: int, unit: str) -> Iterator[Progress]:
    """Yield the progress of a block, which is closed at its end, also after an error or Ctrl-C.

    Parameters
    ----------
    verbose : int
        0 shows nothing.
    name : str
        The work.
    total : int
        The units that it takes; 0 shows nothing.
    unit : str
        The name of one.
    """
    shown = _shown(name, total, unit) if verbose and total else Progress()
    try:
        yield shown
    finally:
        shown.close()


def _shown(name: str, total: int, unit: str) -> Progress:
    display = _display.get()
    if display is not None:
        return display(name, total, unit)
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Lines(name, total, unit)
    return _Bar(tqdm, name, total, unit)


Report = Callable[[int, dict[str, float] | None], None]


@contextmanager
def training_progress(
    verbose: int, name: str, n_steps: int, sizes: Sequence[int] = (1,)
) -> Iterator[list[Report | None]]:
    """Yield a function for each part of a stack, by which it reports its steps.

    The parts share one bar: it shows the mean over all models.

    Parameters
    ----------
    verbose : int
        0 shows nothing, and yields None for each part.
    name : str
        The stack.
    n_steps : int
        Steps that a model takes at most.
    sizes : sequence of int, default=(1,)
        Models in each part.
    """
    if not verbose:
        yield [None] * len(sizes)
        return
    with progress(verbose, name, n_steps, "step") as shown:
        shared = _SharedProgress(shown, sizes)
        yield [partial(shared.report, part) for part in range(len(sizes))]


class _SharedProgress:
    """The steps and losses of the parts of a stack, which may report from threads.

    Parameters
    ----------
    shown : Progress
        The progress of the whole stack.
    sizes : sequence of int
        Models in each part.
    """

    def __init__(self, shown: Progress, sizes: Sequence[int]) -> None:
        self._shown, self._sizes, self._lock = shown, sizes, Lock()
        self._done = [0] * len(sizes)
        self._losses: list[dict[str, float] | None] = [None] * len(sizes)

    def report(self, part: int, step: int, losses: dict[str, float] | None) -> None:
        """Count a part's steps, and take its losses where they are known."""
        with self._lock:
            self._done[part] = step
            if losses is not None:
                self._losses[part] = losses
            done = sum(n * d for n, d in zip(self._sizes, self._done, strict=True))
            self._shown.reach(done // sum(self._sizes), None if losses is None else self._notes())

    def _notes(self) -> list[str]:
        """Return the mean of each loss over the models that have reported one."""
        known = [(n, losses) for n, losses in zip(self._sizes, self._losses, strict=True) if losses]
        n_models = sum(n for n, _ in known)
        names = list(known[0][1])
        means = [sum(n * losses[name] for n, losses in known) / n_models for name in names]
        first, *others = (f"{name} {mean:.3f}" for name, mean in zip(names, means, strict=True))
        return [f"{first} nats", *others]
