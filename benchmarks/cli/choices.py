"""Choices that an experiment offers, and the options that follow from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import typer

from .checks import choose
from .options import Asked

BACKENDS = ("loky", "dask")


@dataclass(frozen=True)
class Choices:
    """Names and numbers that the options of an experiment may take, and their defaults.

    Attributes
    ----------
    datasets, arms, classifiers : tuple of str
        Known names.
    default_arms : tuple of str
        Arms that run unless the user names some.
    baseline : str
        Arm that always runs, since all others are compared with it.
    seeds, quick_seeds : int
        Number of seeds, and the same with ``--quick``.
    sizes, quick_sizes : tuple of int
        Rows of each class; empty for an experiment that trains on all rows.
    largest_size : float
        Rows that the smallest class has.
    find_datasets : callable or None
        Function of the folder of the data that returns the known names, where these are the files
        in it; `datasets` is then empty.
    """

    datasets: tuple[str, ...]
    arms: tuple[str, ...]
    default_arms: tuple[str, ...]
    classifiers: tuple[str, ...]
    baseline: str
    seeds: int
    quick_seeds: int
    sizes: tuple[int, ...] = ()
    quick_sizes: tuple[int, ...] = ()
    largest_size: float = math.inf
    find_datasets: Callable[[Path | None], Sequence[str]] | None = None

    def known_datasets(self, data_home: Path | None) -> Sequence[str]:
        """Names of data sets."""
        return self.datasets if self.find_datasets is None else self.find_datasets(data_home)


@dataclass(frozen=True)
class Options(Asked):
    """Options of an experiment with every default filled in."""

    seeds: int = 1
    datasets: list[str] = field(default_factory=list)
    arms: list[str] = field(default_factory=list)
    classifiers: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    command: str = ""


def complete(asked: Asked, name: str, choices: Choices) -> Options:
    """Check the options of experiment `name`, and fill in its defaults."""
    check_backend(asked)
    if asked.sizes and not choices.sizes:
        raise typer.BadParameter(f"--sizes: {name} trains on all rows")
    if max(asked.sizes or [0]) > choices.largest_size:
        raise typer.BadParameter(
            f"--sizes: {name} has {choices.largest_size} rows of the smallest class, got "
            f"{max(asked.sizes or [])}"
        )
    arms = [choices.baseline, *(asked.arms or choices.default_arms)]
    filled = {
        "seeds": asked.seeds or (choices.quick_seeds if asked.quick else choices.seeds),
        "datasets": choose("--datasets", asked.datasets, choices.known_datasets(asked.data_home)),
        "arms": choose("--arms", arms, choices.arms),
        "classifiers": choose("--classifiers", asked.classifiers, choices.classifiers),
        "sizes": list(dict.fromkeys(asked.sizes or ()))
        or list(choices.quick_sizes if asked.quick else choices.sizes),
        "command": asked.command_line(name),
    }
    return Options(**{**vars(asked), **filled})


def check_backend(asked: Asked) -> None:
    """Stop where --backend and --scheduler do not fit together."""
    choose("--backend", [asked.backend], BACKENDS)
    if (asked.backend == "dask") != (asked.scheduler is not None):
        raise typer.BadParameter("--backend dask and --scheduler tcp://… need each other")


def narrow(asked: Asked, choices: Choices) -> Asked | None:
    """Keep the names asked for that an experiment knows; None if one kind of names has none."""
    datasets = _among(asked.datasets, choices.datasets)
    arms = _among(asked.arms, choices.arms)
    classifiers = _among(asked.classifiers, choices.classifiers)
    if [] in (datasets, arms, classifiers):
        return None
    sizes = asked.sizes if choices.sizes else None
    return replace(asked, datasets=datasets, arms=arms, classifiers=classifiers, sizes=sizes)


def _among(names: list[str] | None, known: Iterable[str]) -> list[str] | None:
    return None if names is None else [name for name in names if name in known]
