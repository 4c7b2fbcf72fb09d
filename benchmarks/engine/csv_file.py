"""CSV of an experiment: its columns, its head with the settings, and how it is resumed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from ..classifiers.names import ALL_SCORES, SCORES
from ..cli.output import write_file
from .cells import FIT, Cell, Row, row_key
from .environment import versions


def columns(scores: Iterable[str] = SCORES) -> list[str]:
    """Columns of a table with these scores."""
    return [
        *("table", "dataset", "n", "n_new", *FIT, "seed"),
        *scores,
        *("fit_seconds", "resample_seconds", "n_train", "n_test", "device", "versions"),
    ]


COLUMNS = columns()
COUNTS = ("n", "n_new", "seed", "n_train", "n_test")
TEXTS = ("table", "dataset", *FIT, "device", "versions")


def read_rows(path: Path) -> pd.DataFrame:
    """Read all rows; counts that do not apply (`n`, `n_new`) are missing."""
    dtypes = {
        **dict.fromkeys(columns(ALL_SCORES), "float64"),
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


def prepare(
    path: Path,
    resume: bool,
    command: str,
    settings: Mapping[str, Any],
    scores: Iterable[str] = SCORES,
) -> None:
    """Leave a file at `path` that rows can be appended to."""
    asked = json.loads(json.dumps(settings))
    if not resume or not path.exists():
        if path.exists():
            set_aside(path)
        notes = {"command": command, "versions": versions(), "settings": json.dumps(asked)}
        head = [f"# {name}: {note}\n" for name, note in notes.items()]
        write_file(path, "".join([*head, ",".join(columns(scores)), "\n"]))
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    _check_settings(path, lines, asked)
    if lines and not lines[-1].endswith("\n"):
        del lines[-1]  # torn by a crash
    if f"# command: {command}\n" not in lines:
        lines.insert(1, f"# command: {command}\n")
    write_file(path, "".join(lines))


def set_aside(path: Path) -> None:
    """Give an older file the first free name: ``proben1.1.csv``, ``proben1.2.csv``, ..."""
    names = (path.with_suffix(f".{n}{path.suffix}") for n in count(1))
    path.replace(next(name for name in names if not name.exists()))


def to_lines(cell: Cell, rows: list[Row], scores: Iterable[str] = SCORES) -> str:
    """Format the rows of a cell, after a check that each of its fits has one."""
    if sorted(map(row_key, rows)) != sorted(cell.keys()):
        returned = [" ".join(str(row.get(name)) for name in FIT) for row in rows]
        raise RuntimeError(f"{cell}: promised {cell.fits}, returned rows for {returned}")
    unknown = {name for row in rows for name in row} - set(columns(scores))
    if unknown:
        raise RuntimeError(f"{cell}: no columns of the CSV: {sorted(unknown)}")
    return pd.DataFrame(rows, columns=columns(scores), dtype=object).to_csv(
        index=False, header=False
    )


def _check_settings(path: Path, lines: list[str], asked: dict[str, Any]) -> None:
    """Stop where a file to resume was made with other settings."""
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
