"""Errors that name the column at fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._seeding import short
from .frames import row_chunks

ENCODE = (
    "name it in categorical_features, or encode it first, for instance with "
    "sklearn.preprocessing.OrdinalEncoder"
)


def column_names(X: Any, n_features: int) -> list[str]:
    """Return the names of a frame's columns, or the numbers of an array's, for messages."""
    columns = X.columns if isinstance(X, pd.DataFrame) else range(n_features)
    return [repr(c) for c in columns]


def refuse_text(X: Any) -> None:
    """Raise an error that names the first column with text, if there is one."""
    entries = np.asarray(X, object)
    if entries.ndim != 2:
        return
    for j, name in enumerate(column_names(X, entries.shape[1])):
        for entry in entries[:, j]:
            if isinstance(entry, str | bytes):
                raise ValueError(
                    f"X must be numeric, got {short(entry)} in column {name}: {ENCODE}"
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
                raise ValueError(
                    f"{estimator} needs finite numbers: X contains {kind} in column "
                    f"{names[column[0]]}, first in row {rows.start + row[0]}: {way_out}"
                )


def single_row_message(label: Any, way_out: str, purpose: str = "to learn from") -> str:
    """Return the error of a class with one row."""
    return (
        f"class {plain(label)!r} has 1 row, and at least 2 are needed {purpose}: collect more rows "
        f"of it, merge it with another class, or {way_out}"
    )


def plain(label: Any) -> Any:
    """Return a label as Python writes it: 1, not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label
