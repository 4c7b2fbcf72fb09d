"""Errors that name the column at fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from .._seeding import short
from .frames import as_frame, row_chunks

_FLOAT32, _FLOAT64 = float(np.finfo(np.float32).max), float(np.finfo(np.float64).max)
ENCODE = (
    "name it in categorical_features, or encode it first, for instance with "
    "sklearn.preprocessing.OrdinalEncoder"
)


class NotFiniteError(ValueError):
    """Value of a table that is not finite.

    Its arguments are the estimator's class name, "NaN" or "infinity", the column's name in
    messages, the first row with such a value, what can be done, and the table's name.
    """

    def __str__(self) -> str:
        estimator, kind, column, row, way_out, table = self.args
        return (
            f"{estimator} needs finite numbers: {table} contains {kind} in column {column}, first "
            f"in row {row}: {way_out}"
        )

    def below(self, n_rows: int, table: str) -> NotFiniteError:
        """Return the error as one of `table` if it is in there, below `n_rows` other rows."""
        *which, row, way_out, _ = self.args
        return self if row < n_rows else NotFiniteError(*which, row - n_rows, way_out, table)


class FarApartError(ValueError):
    """Whole numbers of a column that are too far apart for float64; its argument is the name."""

    @property
    def column(self) -> Any:
        return self.args[0]

    def __str__(self) -> str:
        return (
            f"column {self.column!r} must hold whole numbers or decimals within 2**53 steps of "
            "each other, got more: cast it to float, drop it, or name it in categorical_features"
        )


def column_names(X: Any, n_features: int) -> list[str]:
    """Return the names of a frame's columns, or the numbers of an array's, for messages."""
    columns = X.columns if isinstance(X, pd.DataFrame) else range(n_features)
    return [repr(c) for c in columns]


def refuse_text(X: Any) -> None:
    """Raise an error that names the first column with an entry that is no number of float64."""
    entries = np.asarray(X, object)
    if entries.ndim != 2:
        return
    for j, name in enumerate(column_names(X, entries.shape[1])):
        for entry in entries[:, j]:
            if isinstance(entry, str | bytes):
                raise ValueError(
                    f"X must be numeric, got {short(entry)} in column {name}: {ENCODE}"
                )
            if isinstance(entry, int) and abs(entry) > _FLOAT64:
                raise ValueError(
                    f"X must hold numbers up to {_FLOAT64:.2g}, got {short(entry)} in column {name}"
                )


def check_finite(
    values: NDArray[np.floating], names: list[str], estimator: str, missing: str
) -> None:
    """Raise an error that names the column and row of a value that is not finite.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_features)
        Values of a table, NaN where missing.
    names : list of str
        Names of the columns.
    estimator : str
        Class name of the calling estimator.
    missing : {"error", "indicator"}
        Whether NaN is refused or accepted; infinity is always refused.
    """
    # A finite sum has finite terms. The sum takes no memory, so look closer only if it is not.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return
    refused: list[tuple[Any, str, str]] = [(np.isinf, "infinity", "impute or drop it")]
    if missing == "error":
        hint = "impute or drop it, or set missing='indicator'"
        refused.insert(0, (np.isnan, "NaN", hint))
    for rows in row_chunks(values):
        for is_refused, kind, way_out in refused:
            row, column = np.nonzero(is_refused(values[rows]))
            if len(row):
                place = names[column[0]], int(rows.start + row[0])
                raise NotFiniteError(estimator, kind, *place, way_out, "X")


@contextmanager
def naming_large(X: Any, user: str) -> Iterator[None]:
    """Name the column with a value past float32 where an estimator of others refuses it.

    Parameters
    ----------
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The table that the estimator gets.
    user : str
        The estimator, for the message.
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # the same, said by numpy
            yield
    except ValueError as error:
        for name, column in as_frame(X).items():
            if is_numeric_dtype(column.dtype):
                numbers = column.to_numpy(np.float64, na_value=np.nan)
                rows = np.flatnonzero(np.abs(numbers) > _FLOAT32)
                if len(rows):
                    raise ValueError(
                        f"{user} takes no {numbers[rows[0]]:g}, as in column {name!r}, first in "
                        f"row {rows[0]}: scale the column first ({first_line(error)})"
                    ) from error
        raise


def first_line(error: Exception) -> str:
    """Return the first line of an error, for another's message."""
    return str(error).partition("\n")[0]


def single_row_message(label: Any, way_out: str, purpose: str = "to learn from") -> str:
    """Return the error of a class with one row."""
    return (
        f"class {plain(label)!r} has 1 row, and at least 2 are needed {purpose}: collect more rows "
        f"of it, merge it with another class, or {way_out}"
    )


def plain(label: Any) -> Any:
    """Return a label as Python writes it: 1, not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label
