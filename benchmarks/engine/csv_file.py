"""CSV of an experiment: its columns, its head with the settings, and how it is resumed."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from ..classifiers.names import ALL_SCORES, SCORES
from ..cli.output import NO_RESULT, write_file
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


def read_rows(path: Path | StringIO) -> pd.DataFrame:
    """Read all rows.

    Counts that do not apply (`n`, `n_new`) are missing, and so are versions that are the head's.
    """
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
    header = ",".join(columns(scores))
    if not resume or not path.exists():
        if path.exists():
            set_aside(path)
        notes = {"command": command, "versions": versions(), "settings": json.dumps(asked)}
        if "--quick" in command.split():
            notes["note"] = NO_RESULT
        head = [f"# {name}: {note}\n" for name, note in notes.items()]
        write_file(path, "".join([*head, header, "\n"]))
        return
    try:
        lines = read_whole_lines(path)
        _check_settings(path, lines, asked)
        if f"{header}\n" not in lines:
            raise ValueError("it has other columns")
        read_rows(StringIO("".join(lines)))
    except (TypeError, ValueError) as error:  # JSON's and Unicode's errors are ValueErrors
        raise typer.BadParameter(f"--resume: {path} can't be added to: {error}") from error
    if f"# command: {command}\n" not in lines:
        lines.insert(1, f"# command: {command}\n")
    write_file(path, "".join(lines))


def read_whole_lines(path: Path) -> list[str]:
    """Read lines with their ends, but not a last one that a crash or a full disk has torn.

    Raises
    ------
    ValueError
        If another line has more or fewer fields than the header.
    """
    with path.open(encoding="utf-8") as file:
        lines = file.readlines()
    rows = {n: _n_fields(line) for n, line in enumerate(lines) if line.strip() and line[0] != "#"}
    width = next(iter(rows.values()), 0)
    wrong = [n for n, n_fields in rows.items() if n_fields != width]
    last = len(lines) - 1
    if lines and (last in wrong or not lines[last].endswith("\n")):
        del lines[last]
    for n in wrong:
        if n != last:
            raise ValueError(f"line {n + 1} must have {width} fields, got {rows[n]}")
    return lines


def _n_fields(line: str) -> int:
    try:
        return len(next(csv.reader([line])))
    except csv.Error:
        return 0


def append(path: Path, text: str) -> None:
    """Add whole lines to a file that exists, or nothing where the disk takes only a part."""
    content = text.encode()
    with path.open("r+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        try:
            written = 0
            while written < len(content):
                written += file.write(content[written:])
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(end)
            raise


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
    short = [{name: _short(value) for name, value in row.items()} for row in rows]
    return pd.DataFrame(short, columns=columns(scores), dtype=object).to_csv(
        index=False, header=False
    )


def _short(value: Any) -> Any:
    """Return a number with six digits; None for the versions that the head tells."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return None if value == versions() else value


def _check_settings(path: Path, lines: list[str], asked: dict[str, Any]) -> None:
    """Stop where a file to resume was made with other settings."""
    mark = "# settings: "
    found = [json.loads(line.removeprefix(mark)) for line in lines if line.startswith(mark)]
    if not found:
        raise typer.BadParameter(f"--resume: {path} does not say which settings it is made with")
    there = found[0]
    if not isinstance(there, dict):
        raise ValueError("its settings are no JSON object")
    differing = [
        f"{name} {there.get(name)!r} there, {asked.get(name)!r} here"
        for name in {**there, **asked}
        if there.get(name) != asked.get(name)
    ]
    if differing:
        raise typer.BadParameter(
            f"--resume: {path} is made with other settings: {'; '.join(differing)}"
        )
