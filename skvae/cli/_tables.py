"""Tables from files, with all checks that need no model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ._csv import CsvTable
from ._errors import WRONG_COMMAND, CommandError
from ._parquet import ParquetTable
from ._reading import Reading

CSV, PARQUET = (".csv", ".tsv", ".txt"), (".parquet", ".pq")
# So many classes of fewer rows than this, on the mean, are rather numbers or names.
_MANY_CLASSES, _FEWEST_ROWS = 10, 3


def suffixes_like(path: Path) -> tuple[str, ...]:
    """Return the endings of files that are written like this one, or refuse its ending."""
    for suffixes in (CSV, PARQUET):
        if path.suffix.lower() in suffixes:
            return suffixes
    raise CommandError(
        f"the table must be a CSV ({', '.join(CSV)}) or parquet ({', '.join(PARQUET)}) file, "
        f"got {path}",
        WRONG_COMMAND,
    )


def read_table(path: Path, reading: Reading, *, missing: str) -> CsvTable | ParquetTable:
    """Read a table and check its columns and classes.

    Parameters
    ----------
    path : Path
        The file.
    reading : Reading
        The user's options.
    missing : {"error", "indicator"}
        Whether missing values are refused.
    """
    kind = CsvTable if suffixes_like(path) == CSV else ParquetTable
    if path.is_dir():
        raise CommandError(f"{path} is a folder, and no table")
    table = kind.read(path.read_bytes(), path.name, reading)
    _check_gaps(table, path.name, reading.target, missing)
    _check_classes(table.frame[reading.target], path.name)
    return table


def _check_gaps(table: CsvTable | ParquetTable, file: str, target: str, missing: str) -> None:
    """Refuse missing classes, and other missing values where the user has not said so."""
    if target not in table.frame:
        raise CommandError(f"the target {target!r} of {file} has no entry that is not missing")
    for name, column in table.frame.items():
        gaps = np.flatnonzero(column.isna())
        if len(gaps) and (name == target or missing == "error"):
            way_out = "--missing indicator learns where values are missing"
            raise CommandError(
                f"column {name!r} of {file} misses a value in {table.line_of(gaps[0])} "
                f"({len(gaps)} in all): "
                + ("each row needs its class" if name == target else way_out)
            )


def _check_classes(target: pd.Series, file: str) -> None:
    n_classes = target.nunique()
    if n_classes < 2:
        raise CommandError(
            f"the target {target.name!r} of {file} has one class, {target.iloc[0]!r}: two or more "
            "are needed"
        )
    if n_classes > _MANY_CLASSES and len(target) < _FEWEST_ROWS * n_classes:
        raise CommandError(
            f"the target {target.name!r} of {file} has {n_classes} different values in "
            f"{len(target)} rows: it must hold classes of several rows"
        )
