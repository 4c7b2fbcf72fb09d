"""Options that commands share."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand

from .checks import one_line_endings

# Options that are part of the command in the head of a CSV.
SHOWN_IN_COMMAND = (
    *("quick", "seeds", "datasets", "arms", "classifiers", "sizes"),
    *("jobs", "device", "backend"),
)

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
        help="Training rows of each class, of tables with few of them; of small: in all.",
        show_default="those of the table",
    ),
]
Unlabelled = Annotated[
    bool, typer.Option("--unlabelled", help="Of small: rows that it leaves out, without labels.")
]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one a core")]
Device = Annotated[str, typer.Option(help="Of torch, such as cpu or cuda; auto: a GPU if any.")]


def existing_folder(path: Path | None) -> Path | None:
    """Stop where a folder is named that is not there: a mistyped one would be filled anew."""
    if path is None:
        return None
    if not path.expanduser().is_dir():
        raise typer.BadParameter(f"must be a folder that exists, got {path}")
    return path.expanduser()


NewDataHome = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the data, which is made if there is none.",
        show_default="$SKVAE_DATA, else the user's cache",
    ),
]
DataHome = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the data.",
        show_default="$SKVAE_DATA, else the user's cache",
        callback=existing_folder,
    ),
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
    """Options of an experiment's command as the user gave them, with their defaults."""

    quick: Quick = False
    seeds: Seeds = None
    datasets: AllDatasets = None
    arms: Arms = None
    classifiers: Classifiers = None
    sizes: Sizes = None
    unlabelled: Unlabelled = False
    jobs: Jobs = None
    device: Device = "auto"
    data_home: DataHome = None
    out: Out = Path("results")
    resume: Resume = False
    backend: Backend = "loky"
    scheduler: Scheduler = None

    def command_line(self, name: str) -> str:
        """Return the command that runs experiment `name` again, for the head of a CSV.

        Places of files and clusters are left out, since another reader has other ones.
        """
        words = ["python", "-m", "benchmarks", name]
        for option in SHOWN_IN_COMMAND:
            value = getattr(self, option)
            if value != getattr(Asked, option):
                values = value if isinstance(value, list) else [] if value is True else [value]
                words += [f"--{option}", *map(str, values)]
        return shlex.join(words)


def takes_options(command: Callable[[Asked], None]) -> Callable[..., None]:
    """Make a function whose parameters, as typer sees them, are the fields of `Asked`."""

    def run(**values: Any) -> None:
        command(Asked(**values))

    hints = get_type_hints(Asked, include_extras=True)
    fields = inspect.signature(Asked).parameters.values()
    parameters = [field.replace(annotation=hints[field.name]) for field in fields]
    run.__doc__, run.__annotations__ = command.__doc__, hints
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


class Command(TyperCommand):
    """Command whose options take several values after one flag: ``--datasets card horse``.

    Errors of its user take one line.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        several = [param for param in self.params if getattr(param, "multiple", False)]
        flags = {flag for param in several for flag in param.opts}
        with one_line_endings():
            return super().parse_args(ctx, repeat_flags(args, flags))

    def invoke(self, ctx: Any) -> Any:
        with one_line_endings(resumable="resume" in ctx.params):
            return super().invoke(ctx)


def repeat_flags(args: list[str], flags: set[str]) -> list[str]:
    """Put the flag in front of each of its values: ``--d a b`` -> ``--d a --d b``."""
    spread: list[str] = []
    flag = None
    for arg in args:
        if arg.startswith("-"):
            flag = arg if arg in flags else None
        elif flag and spread[-1] != flag:
            spread.append(flag)
        spread.append(arg)
    return spread
