"""Options about reading a table, which commands share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ._errors import WRONG_COMMAND, CommandError, did_you_mean


@dataclass(frozen=True)
class Reading:
    """Words of a user about a table.

    Attributes
    ----------
    target : str
        The column of the classes.
    categorical : sequence of str
        Columns whose numbers are names.
    exclude : sequence of str
        Columns that are not learnt.
    missing_marks : sequence of str
        Texts of missing values, besides the usual ones.
    delimiter, decimal, encoding : str or None
        Those of a CSV; None finds out.
    """

    target: str
    categorical: Sequence[str] = ()
    exclude: Sequence[str] = ()
    missing_marks: Sequence[str] = ()
    delimiter: str | None = None
    decimal: str | None = None
    encoding: str | None = None


def check_names(reading: Reading, known: Sequence[str], file: str) -> None:
    """Refuse a column that a table does not have, and one that is not there to be learnt."""
    asked = [("--target", reading.target)]
    asked += [("--categorical", name) for name in reading.categorical]
    asked += [("--exclude", name) for name in reading.exclude]
    for option, name in asked:
        if name not in known:
            hint = did_you_mean(name, known) or f"; its columns are {_listed(known)}"
            raise CommandError(
                f"{option} must be a column of {file}, got {name!r}{hint}", WRONG_COMMAND
            )
    if reading.target in reading.exclude:
        raise CommandError(f"--exclude must leave the target {reading.target!r} in", WRONG_COMMAND)
    if len(set(known) - {reading.target, *reading.exclude}) == 0:
        raise CommandError(f"{file} has no column beside the target to learn from", WRONG_COMMAND)


def _listed(names: Sequence[str], most: int = 12) -> str:
    """Return names in quotes; of many, the first ones."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(repr(name) for name in names[:most]) + rest
