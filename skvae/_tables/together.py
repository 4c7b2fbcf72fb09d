"""Several tables in one format, so that their values can be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .column import Column
from .format import TableFormat
from .frames import as_frame, check_container, symbolic_columns


def read_together(
    tables: dict[str, Any], categorical_features: Any
) -> tuple[TableFormat, list[NDArray[np.float64]]]:
    """One format for several tables, and the values of each, NaN where missing.

    A symbol is a place among the symbols of all tables. Frames have the columns of the first, in
    any order; arrays have no names, so theirs are taken from a frame if one is there.

    Parameters
    ----------
    tables : dict of str to {array-like, dataframe}
        Tables by the parameter's name, the real one first.
    categorical_features : "auto", array-like or None
        The columns that hold symbols. "auto" takes those of text, categories and booleans of the
        first table (of the next one, where a column is empty), and none if it is an array.

    Returns
    -------
    table_format : TableFormat
        A column that is empty in all tables counts as numbers.
    values : list of ndarray of shape (n_samples, n_features), float64

    Raises
    ------
    TypeError, ValueError
        As `skvae._table.learn_table`, and if a table has no rows or no columns, other columns
        than the first, or dates where another has none. Missing values are fine.
    """
    frames = _align(tables)
    symbolic = _symbolic(next(iter(tables.values())), frames, categorical_features)
    columns = [
        _learn_column(name, [frame[name] for frame in frames], bool(own))
        for name, own in zip(frames[0].columns, symbolic, strict=True)
    ]
    values = [_read(table, f, columns) for table, f in zip(tables, frames, strict=True)]
    return TableFormat(columns, frames[0].columns), values


def _align(tables: dict[str, Any]) -> list[pd.DataFrame]:
    """The tables as frames of the same columns in the same order."""
    for X in tables.values():
        check_container(X)
    frames = {table: as_frame(X) for table, X in tables.items()}
    named = [table for table, X in tables.items() if isinstance(X, pd.DataFrame)]
    first = (named or list(tables))[0]
    names = frames[first].columns
    if not len(names):
        raise ValueError(f"{first} must have at least 1 column, got 0")
    for table, frame in frames.items():
        if not len(frame):
            raise ValueError(f"{table} must have at least 1 row, got 0")
        if table not in named and frame.shape[1] == len(names):
            frame = frame.set_axis(names, axis=1)
        lacking = names.difference(frame.columns, sort=False).tolist()
        extra = frame.columns.difference(names, sort=False).tolist()
        if table not in named and (lacking or extra):
            raise ValueError(
                f"{table} must have the {len(names)} columns of {first}, got {frame.shape[1]}"
            )
        if lacking or extra:
            raise ValueError(
                f"{table} must have the columns of {first}, got {extra} besides them and not "
                f"{lacking}"
            )
        frames[table] = frame[names]
    return list(frames.values())


def _symbolic(
    first: Any, frames: list[pd.DataFrame], categorical_features: Any
) -> NDArray[np.bool_]:
    auto = isinstance(categorical_features, str) and categorical_features == "auto"
    if not auto:
        return symbolic_columns(frames[0], categorical_features)
    if not isinstance(first, pd.DataFrame):
        return np.zeros(frames[0].shape[1], bool)
    # An empty column doesn't say what it holds, so the first table that has entries does.
    masks = np.array([symbolic_columns(frame, "auto") for frame in frames])
    has_entries = np.array([frame.notna().any(axis=0) for frame in frames])
    return masks[has_entries.argmax(axis=0), np.arange(masks.shape[1])]


def _learn_column(name: Any, entries: list[pd.Series], symbolic: bool) -> Column:
    """How to read a column, by what it holds in any of the tables."""
    present = [own for own in (column.dropna() for column in entries) if len(own)]
    if not present:
        return Column(name, np.dtype(float))
    if symbolic:
        return Column.of(name, pd.concat([own.astype(object) for own in present]), True)
    dates = {getattr(own.dtype, "kind", "O") in "mM" for own in present}
    if len(dates) > 1:
        dtypes = " and ".join(sorted({str(own.dtype) for own in present}))
        raise ValueError(f"column {name!r} must hold dates in all tables or none, got {dtypes}")
    return Column.of(name, present[0], False)


def _read(table: str, frame: pd.DataFrame, columns: list[Column]) -> NDArray[np.float64]:
    values = np.full(frame.shape, np.nan)
    for j, column in enumerate(columns):
        entries = frame.iloc[:, j]
        if entries.isna().all():
            continue
        try:
            values[:, j] = column.read(entries)
        except ValueError as error:
            raise ValueError(f"{table}: {error}") from error
        infinite = np.flatnonzero(np.isinf(values[:, j]))
        if len(infinite):
            raise ValueError(
                f"{table} must hold finite numbers, got infinity in column {column.name!r}, "
                f"first in row {infinite[0]}: impute or drop it"
            )
    return values
