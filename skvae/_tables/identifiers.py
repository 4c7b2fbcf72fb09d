"""Identifiers: columns whose values belong to single rows, such as names, ids and free text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pandas.api.types import is_integer_dtype, is_object_dtype

from .._seeding import short
from ..exceptions import IdentifierWarning, warn
from .column import Column
from .format import TableFormat

# Categories are identifiers from so many rows on, if at least this share of them differs.
_FEWEST_TEXTS, _SHARE = 20, 0.8
# Whole numbers are identifiers from so many rows on, if all differ and their range has at most so
# many places a row. Measurements in so narrow a range have ties: n numbers drawn evenly from 3 n
# have none with a probability below exp(-n / 6), and less if they are drawn in another way.
_FEWEST_NUMBERS, _PLACES = 50, 3
# Rows that are looked at first.
_SOME_ROWS = 10_000


def identifiers(table_format: TableFormat, values: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the columns of a table that look like names, ids or free text.

    Parameters
    ----------
    table_format : TableFormat
        The table's format.
    values : ndarray of shape (n_samples, n_features)
        Its values, NaN where missing.
    """
    some = values[:: len(values) // _SOME_ROWS or 1]
    columns = [
        j
        for j, column in enumerate(table_format.columns)
        if _may_identify(column, some[:, j]) and _identifies(column, values[:, j])
    ]
    return np.array(columns, np.intp)


def warn_of_identifiers(table_format: TableFormat, values: NDArray[np.floating]) -> None:
    """Warn of columns whose real values, which belong to single rows, come back in new rows."""
    found = [table_format.columns[j] for j in identifiers(table_format, values)]
    texts = [column.name for column in found if column.symbols is not None]
    numbers = [column.name for column in found if column.symbols is None]
    for names, what, happens in (
        (texts, "different values in nearly every row", "repeat real ones word for word"),
        (numbers, "whole numbers that differ in every row", "get others in the same range"),
    ):
        if names:
            warn(
                f"columns {short(names)} hold {what}, like names or ids: new rows {happens}. Drop "
                "such columns before, or encode what they tell.",
                IdentifierWarning,
            )


def _may_identify(column: Column, values: NDArray[np.floating]) -> bool:
    """Return whether the values in some rows differ enough."""
    values = values[~np.isnan(values)]
    n, n_distinct = len(values), len(np.unique(values))
    if column.symbols is not None:
        return n >= _FEWEST_TEXTS and n_distinct >= _SHARE * n
    holds_integers = is_integer_dtype(column.dtype) or is_object_dtype(column.dtype)
    return bool(column.step) and holds_integers and n >= _FEWEST_NUMBERS and n_distinct == n


def _identifies(column: Column, values: NDArray[np.floating]) -> bool:
    """Return whether the values in all rows differ enough and, of numbers, lie close together."""
    if column.symbols is None:
        present = values[~np.isnan(values)]
        if present.max() / 2 - present.min() / 2 >= _PLACES / 2 * len(present):  # no overflow
            return False
    return _may_identify(column, values)
