"""The options that the commands share, and what a table is told of them."""

from __future__ import annotations

import inspect
import math
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand

BACKENDS = ("loky", "dask")
# What the command in the head of a CSV says.
TOLD = (
    *("quick", "seeds", "datasets", "arms", "classifiers", "sizes"),
    *("jobs", "device", "backend"),
)


class SpreadCommand(TyperCommand):
    """Lets an option take several values after one flag: ``--datasets diabetes horse``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        flags = {flag for param in self.params if param.multiple for flag in param.opts}
        return super().parse_args(ctx, repeat_flags(args, flags))


def repeat_flags(args: list[str], flags: set[str]) -> list[str]:
    """Put the flag in front of each value of its own: ``--d a b`` -> ``--d a --d b``."""
    spread: list[str] = []
    flag = None
    for arg in args:
        if arg.startswith("-"):
            flag = arg if arg in flags else None
        elif flag and spread[-1] != flag:
            spread.append(flag)
        spread.append(arg)
    return spread


Quick = Annotated[bool, typer.Option("--quick", help="Few seeds, tiny budgets: does it run?")]
Seeds = Annotated[
    int | None,
    typer.Option(
        min=1, help="Random splits of each data set.", show_default="as said above; few if --quick"
    ),
]
Datasets = Annotated[list[str], typer.Option(help="Names, one or more after the flag.")]
AllDatasets = Annotated[
    list[str] | None, typer.Option(help="Names, one or more after the flag.", show_default="all")
]
Arms = Annotated[
    list[str] | None,
    typer.Option(
        help="What to compare: names, in quotes if of two words. A wrong one lists them all.",
        show_default="those of the table",
    ),
]
Classifiers = Annotated[
    list[str] | None,
    typer.Option(help="What is trained: names, in quotes if of two words.", show_default="all"),
]
Sizes = Annotated[
    list[int] | None,
    typer.Option(
        min=2,
        help="Rows of each class, of tables with few of them.",
        show_default="the thesis'",
    ),
]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one a core")]
Device = Annotated[str, typer.Option(help="Of torch, such as cpu or cuda; auto: a GPU if any.")]
DataHome = Annotated[
    Path | None,
    typer.Option(help="Folder of the data.", show_default="$SKVAE_DATA, else the user's cache"),
]
Out = Annotated[Path, typer.Option(help="Folder for tables and pictures.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Keep the fits that are in the folder, run the others.")
]
Backend = Annotated[
    str, typer.Option(help="loky: processes of this machine; dask: workers of a cluster.")
]
Scheduler = Annotated[
    str | None,
    typer.Option(help="Address of the Dask cluster, tcp://… (workers with --nthreads 1)."),
]


@dataclass(frozen=True)
class Asked:
    """What a user may say to the command of a table, with its defaults."""

    quick: Quick = False
    seeds: Seeds = None
    datasets: AllDatasets = None
    arms: Arms = None
    classifiers: Classifiers = None
    sizes: Sizes = None
    jobs: Jobs = None
    device: Device = "auto"
    data_home: DataHome = None
    out: Out = Path("results")
    resume: Resume = False
    backend: Backend = "loky"
    scheduler: Scheduler = None

    def command_line(self, name: str) -> str:
        """The command as the head of a CSV tells it, for a reader who wants to run it again.

        Where files and clusters are is left out: that is another reader's own.
        """
        words = ["python", "-m", "benchmarks", name]
        for option in TOLD:
            value = getattr(self, option)
            if value != getattr(Asked, option):
                values = value if isinstance(value, list) else [] if value is True else [value]
                words += [f"--{option}", *map(str, values)]
        return shlex.join(words)


@dataclass(frozen=True)
class Table:
    """What a table knows, and its defaults; `name` is that of the command and the CSV.

    `sizes` are rows a class, of a table with few of them, and `largest` is how many there are.
    """

    name: str
    datasets: tuple[str, ...]
    arms: tuple[str, ...]
    default_arms: tuple[str, ...]
    classifiers: tuple[str, ...]
    seeds: int
    quick_seeds: int
    sizes: tuple[int, ...] = ()
    quick_sizes: tuple[int, ...] = ()
    largest: float = math.inf


@dataclass(frozen=True)
class Options(Asked):
    """What the ``main`` of a table is told: all that was left open is filled in."""

    seeds: int = 1
    datasets: list[str] = field(default_factory=list)
    arms: list[str] = field(default_factory=list)
    classifiers: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    command: str = ""


def takes_options(command: Callable[[Asked], None]) -> Callable[..., None]:
    """Make a function whose parameters, as typer sees them, are the fields of `Asked`."""

    def run(**values: Any) -> None:
        command(Asked(**values))

    hints = get_type_hints(Asked, include_extras=True)
    fields = inspect.signature(Asked).parameters.values()
    parameters = [one.replace(annotation=hints[one.name]) for one in fields]
    run.__name__, run.__doc__, run.__annotations__ = command.__name__, command.__doc__, hints
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def fill_in(asked: Asked, table: Table) -> Options:
    """Give a table its own defaults, and only names that it knows."""
    check_engine(asked)
    if asked.sizes and not table.sizes:
        raise typer.BadParameter(f"--sizes: {table.name} trains on all rows")
    if max(asked.sizes or [0]) > table.largest:
        raise typer.BadParameter(
            f"--sizes: {table.name} has {table.largest} rows of the smallest class, got "
            f"{max(asked.sizes or [])}"
        )
    filled = {
        "seeds": asked.seeds or (table.quick_seeds if asked.quick else table.seeds),
        "datasets": choose("--datasets", asked.datasets, table.datasets),
        # What all others are compared with is always there.
        "arms": choose("--arms", ["none", *(asked.arms or table.default_arms)], table.arms),
        "classifiers": choose("--classifiers", asked.classifiers, table.classifiers),
        "sizes": list(dict.fromkeys(asked.sizes or ()))
        or list(table.quick_sizes if asked.quick else table.sizes),
        "command": asked.command_line(table.name),
    }
    return Options(**{**vars(asked), **filled})


def choose(flag: str, names: list[str] | None, known: Iterable[str]) -> list[str]:
    """The names asked for, once each, if all are known; else the known ones."""
    from ._common import check_known  # what it imports would slow --help down

    known = list(known)
    names = known if names is None else list(dict.fromkeys(names))
    check_known(flag, names, known)
    return names


def check_engine(asked: Asked) -> None:
    """Stop where --backend and --scheduler do not fit together."""
    choose("--backend", [asked.backend], BACKENDS)
    if (asked.backend == "dask") != (asked.scheduler is not None):
        raise typer.BadParameter("--backend dask and --scheduler tcp://… need each other")


def narrow(asked: Asked, table: Table) -> Asked | None:
    """What a table knows of the names asked for; None if that is nothing."""
    datasets = _within(asked.datasets, table.datasets)
    arms = _within(asked.arms, table.arms)
    classifiers = _within(asked.classifiers, table.classifiers)
    if [] in (datasets, arms, classifiers):
        return None
    sizes = asked.sizes if table.sizes else None
    return replace(asked, datasets=datasets, arms=arms, classifiers=classifiers, sizes=sizes)


def _within(names: list[str] | None, known: Iterable[str]) -> list[str] | None:
    return None if names is None else [name for name in names if name in known]
