"""Frames and series of polars: pandas' inside, polars' outside, in the dtypes that they came in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from .frames import take_rows

Method = TypeVar("Method", bound=Callable[..., Any])

# Names of pandas' dtypes of integers and booleans with missing values, by those of Arrow.
_INTEGERS = [f"Int{bits}" for bits in (8, 16, 32, 64)]
_NULLABLE = {name.lower(): name for name in (*_INTEGERS, *(f"U{name}" for name in _INTEGERS))}
_NULLABLE["bool"] = "boolean"


def takes_polars(method: Method) -> Method:
    """Let a method of an estimator take tables of polars; `fit` remembers their dtypes."""

    @wraps(method)
    def with_pandas(self: Any, *tables: Any, **named: Any) -> Any:
        X: Any = tables[0] if tables else named.get("X")
        inside = [*map(to_pandas, tables)], {k: to_pandas(table) for k, table in named.items()}
        if method.__name__ in ("fit", "fit_resample"):
            self._polars = X.clear() if is_polars(X) else None
        return method(self, *inside[0], **inside[1])

    return with_pandas  # type: ignore[return-value]


def gives_polars(method: Method) -> Method:
    """Let a method of an estimator give new rows as `fit` has had them, in a frame of polars."""

    @wraps(method)
    def with_polars(self: Any, *args: Any, **named: Any) -> Any:
        result = method(self, *args, **named)
        empty = getattr(self, "_polars", None)
        if empty is None:
            return result
        if isinstance(result, tuple):
            rows, labels = result
            return from_pandas(rows, empty), labels
        return from_pandas(result, empty)

    return with_polars  # type: ignore[return-value]


def resamples_polars(method: Method) -> Method:
    """Let `fit_resample` take tables of polars, and give rows and labels back as they came."""
    inside = takes_polars(method)

    @wraps(method)
    def with_polars(self: Any, X: Any, y: Any, *more: Any, **named: Any) -> Any:
        rows, labels = inside(self, X, y, *more, **named)
        if is_polars(X):
            # Those of the rows that a filter leaves; a sampler leaves all, and adds others.
            left = getattr(self, "sample_indices_", np.arange(len(X)))
            new = from_pandas(rows.iloc[len(left) :], X.clear())
            rows = take_rows(X, left).vstack(new)
        return rows, from_pandas(labels, y.clear()) if is_polars(y) else labels

    return with_polars  # type: ignore[return-value]


def is_polars(table: Any) -> bool:
    """Return whether a table is one of polars, which need not be installed."""
    return type(table).__module__.split(".")[0] == "polars"


def to_pandas(table: Any, what: str = "y") -> Any:
    """Return a frame or series of polars as pandas', and anything else as it is.

    Parameters
    ----------
    table : object
        The frame, series or other table.
    what : str, default="y"
        Name of a series in messages.

    Raises
    ------
    TypeError
        If it has not been collected, or pandas lacks a dtype of it.
    """
    if not is_polars(table):
        return table
    if hasattr(table, "collect"):
        raise TypeError(f"X must be collected, got polars' {type(table).__name__}: use X.collect()")
    if hasattr(table, "get_columns"):
        columns = {c.name: to_pandas(c, f"column {c.name!r}") for c in table.get_columns()}
        return pd.DataFrame(columns, index=range(len(table)))
    # Without missing values, numpy's dtypes; integers and booleans with them are no floats.
    try:
        if str(table.dtype) == "Object":  # which has no way back
            raise TypeError("Object")
        return table.to_pandas(types_mapper=_nullable if table.null_count() else None)
    except (TypeError, ValueError, NotImplementedError) as error:  # of Arrow
        raise TypeError(
            f"{what} must have a dtype that pandas has, got {table.dtype}: cast it, for instance "
            "to a smaller one or to String"
        ) from error


def from_pandas(table: Any, empty: Any) -> Any:
    """Return a frame or series of pandas as polars', with the names and dtypes of an empty one."""
    import polars as pl

    if isinstance(table, pd.Series):
        return pl.Series(empty.name, pl.from_pandas(table).cast(empty.dtype))
    return pl.from_pandas(table).cast(empty.schema)


def arrow_to_pandas(table: Any) -> pd.DataFrame:
    """Return a table of Arrow as a frame whose integers stay whole where some are missing."""
    return table.to_pandas(types_mapper=_nullable)


def _nullable(type_: Any) -> Any:
    """Return pandas' dtype for a type of Arrow with missing values, None for the usual one."""
    name = _NULLABLE.get(str(type_))
    return None if name is None else pandas_dtype(name)
