"""Several tables in one format, so that their values can be compared."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._seeding import short
from .column import Column
from .conversion import as_dtype
from .format import TableFormat
from .frames import as_frame, check_alike, check_container, dtypes_of, symbolic_columns
from .messages import FarApartError, plain
from .objects import as_numbers, as_times


def read_together(
    tables: dict[str, Any], categorical_features: Any
) -> tuple[TableFormat, list[NDArray[np.float64]]]:
    """Return one format for several tables, and the values of each, NaN where missing.

    The value of a category is its index among the categories of all tables. All frames must have
    the same columns, in any order. Arrays get the column names of the first frame, if there is
    one.

    Parameters
    ----------
    tables : dict of str to {array-like, dataframe}
        Tables by the name of their parameter, the real one first.
    categorical_features : "auto", array-like or None
        The categorical columns. "auto" takes the columns of text, categories and booleans of the
        first table, and none if it is an array. A column that is empty in the first table is
        judged by the first table with entries in it.

    Returns
    -------
    table_format : TableFormat
        A column that is empty in all tables counts as numbers.
    values : list of ndarray of shape (n_samples, n_features), float64

    Raises
    ------
    TypeError, ValueError
        As `learn_table`, and if a table has no rows, no columns or other columns than the first,
        or if only some tables hold dates in a column. Missing values are allowed.
    """
    frames = _align(tables)
    names = frames[0].columns
    symbolic = _symbolic_columns(next(iter(tables.values())), frames, categorical_features)
    columns = [
        _learn_column(name, dict(zip(tables, parts, strict=True)), is_symbolic)
        for name, *parts, is_symbolic in zip(
            names, *([frame[n] for n in names] for frame in frames), symbolic.tolist(), strict=True
        )
    ]
    values = [_read(table, frame, columns) for table, frame in zip(tables, frames, strict=True)]
    return TableFormat(columns, names), values


def stack_tables(
    X: Any, other: Any, name: str, categorical_features: Any
) -> tuple[Any, NDArray[np.bool_]]:
    """Return the rows of `X`, followed by those of another table, in the dtypes of `X`.

    Parameters
    ----------
    X, other : {array-like, dataframe} of shape (n_samples, n_features)
        Tables with the same columns, whose entries are of one kind.
    name : str
        Name of `other` in error messages.
    categorical_features : "auto", array-like or None
        The categorical columns of `X`.

    Returns
    -------
    both : {ndarray, list, dataframe}
        In the container of `X`.
    symbolic : ndarray of shape (n_features,)
        Mask of the categorical columns.

    Raises
    ------
    ValueError
        As `check_alike` and `as_dtype`.
    """
    check_alike(X, other, name)
    frames = [as_frame(table).reset_index(drop=True) for table in (X, other)]
    symbolic = _symbolic_columns(X, frames, categorical_features)
    dtype, dtypes = dtypes_of(X)
    if dtype is not None and dtype.kind != "O" and np.asarray(other).dtype == dtype:
        return np.concatenate([np.asarray(X), np.asarray(other)]), symbolic
    known = TableFormat.of(X, symbolic).columns  # refuses columns of X by their own names
    parts = zip(frames[0].items(), frames[1].items(), dtypes, known, strict=True)
    try:
        columns = [
            as_dtype(new, d, entries, column.symbols is not None, column.objects)
            for (_, entries), (_, new), d, column in parts
        ]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    rest = pd.DataFrame(dict(enumerate(columns)))
    if dtype is None:
        return pd.concat([X, rest.set_axis(X.columns, axis=1)], ignore_index=True), symbolic
    if isinstance(X, list):
        return [*X, *rest.to_numpy(dtype).tolist()], symbolic
    return np.concatenate([np.asarray(X), rest.to_numpy(dtype)]), symbolic


def refuse_far(X: Any, other: Any, name: str, error: FarApartError) -> NoReturn:
    """Raise an error for a column of whole numbers that are too far apart in two tables.

    Parameters
    ----------
    X, other : {array-like, dataframe} of shape (n_samples, n_features)
        The tables.
    name : str
        Name of `other` in the message.
    error : FarApartError
        The error of both tables together.
    """
    column = error.column
    (own, present) = (as_frame(table)[column].dropna() for table in (X, other))
    own_numbers, numbers = (as_numbers(column, part) for part in (own, present))
    first = int(own_numbers[0])
    far = max(range(len(numbers)), key=lambda i: abs(int(numbers[i]) - first))
    row = np.flatnonzero(as_frame(other)[column].notna())[far]
    raise ValueError(
        f"{name}: column {column!r} must hold whole numbers or decimals within 2**53 steps of "
        f"those of X, got {plain(present.iloc[far])!r} in row {row}: drop such rows"
    ) from error


def _align(tables: dict[str, Any]) -> list[pd.DataFrame]:
    """Return the tables as frames with the same columns in the same order."""
    for table, X in tables.items():
        check_container(X, table)
    frames = {table: as_frame(X) for table, X in tables.items()}
    with_names = [table for table, X in tables.items() if isinstance(X, pd.DataFrame)]
    first = (with_names or list(tables))[0]
    names = frames[first].columns
    if not len(names):
        raise ValueError(f"{first} must have at least 1 column, got 0")
    for table, frame in frames.items():
        if not len(frame):
            raise ValueError(f"{table} must have at least 1 row, got 0")
        if table not in with_names and frame.shape[1] == len(names):
            frame = frame.set_axis(names, axis=1)
        lacking = names.difference(frame.columns, sort=False).tolist()
        extra = frame.columns.difference(names, sort=False).tolist()
        if table not in with_names and (lacking or extra):
            raise ValueError(
                f"{table} must have the {len(names)} columns of {first}, got {frame.shape[1]}"
            )
        if lacking or extra:
            raise ValueError(
                f"{table} must have the columns of {first}, got {short(extra)} besides them and "
                f"not {short(lacking)}"
            )
        frames[table] = frame[names]
    return list(frames.values())


def _symbolic_columns(
    first: Any, frames: list[pd.DataFrame], categorical_features: Any
) -> NDArray[np.bool_]:
    """Return a mask of the categorical columns of all tables."""
    auto = isinstance(categorical_features, str) and categorical_features == "auto"
    if not auto:
        return symbolic_columns(frames[0], categorical_features)
    if not isinstance(first, pd.DataFrame):
        return np.zeros(frames[0].shape[1], bool)
    # The kind of a column is read from the first table that has entries in it.
    masks = np.array([symbolic_columns(frame, "auto") for frame in frames])
    has_entries = np.array([frame.notna().any(axis=0) for frame in frames])
    return masks[has_entries.argmax(axis=0), np.arange(masks.shape[1])]


def _learn_column(name: Any, entries: dict[str, pd.Series], symbolic: bool) -> Column:
    """Learn a column from its entries in all tables."""
    present = {table: known for table, part in entries.items() if len(known := part.dropna())}
    parts = list(present.values())
    if not parts:
        return Column(name, np.dtype(float))
    if symbolic:
        return Column.of(name, pd.concat([part.astype(object) for part in parts]), True)
    if len({_holds_times(table, name, part) for table, part in present.items()}) > 1:
        dtypes = " and ".join(sorted({str(part.dtype) for part in parts}))
        raise ValueError(f"column {name!r} must hold dates in all tables or none, got {dtypes}")
    return Column.of(name, parts[0], False, parts[1:])


def _holds_times(table: str, name: Any, column: pd.Series) -> bool:
    """Return whether a column holds dates; errors name its table, if it holds no numbers either."""
    try:
        holds_times = as_times(name, column) is not None
        if not holds_times:
            as_numbers(name, column)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{table}: {error}") from error
    return holds_times


def _read(table: str, frame: pd.DataFrame, columns: list[Column]) -> NDArray[np.float64]:
    """Return the values of a frame; errors name its parameter `table`."""
    values = np.empty(frame.shape)
    for j, column in enumerate(columns):
        try:
            values[:, j] = column.read(frame.iloc[:, j])
        except ValueError as error:
            raise ValueError(f"{table}: {error}") from error
        infinite = np.flatnonzero(np.isinf(values[:, j]))
        if len(infinite):
            raise ValueError(
                f"{table} must hold finite numbers, got infinity in column {column.name!r}, "
                f"first in row {infinite[0]}: impute or drop it"
            )
    return values
