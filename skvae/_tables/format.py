"""A whole table's container, columns and dtypes, to give new rows the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from .column import Column, cast, fits_float32
from .frames import as_frame


@dataclass(frozen=True)
class TableFormat:
    """The container, columns and dtypes of a table, to give new rows the same.

    Attributes
    ----------
    columns : list of Column
        One a column.
    names : Index or None
        A frame's columns; None for anything else.
    dtype : dtype or None
        That of an array.
    as_list : bool
        Whether the table came as a list of lists.
    """

    columns: list[Column]
    names: pd.Index | None
    dtype: Any = None
    as_list: bool = False

    @classmethod
    def of(cls, X: Any, symbolic: NDArray[np.bool_]) -> TableFormat:
        """Learn the format of a table whose columns in the mask `symbolic` hold symbols."""
        frame = as_frame(X)
        columns = [
            Column.of(name, column, bool(own))
            for (name, column), own in zip(frame.items(), symbolic, strict=True)
        ]
        if isinstance(X, list):
            return cls(columns, None, np.dtype(object), True)
        if not isinstance(X, pd.DataFrame):
            return cls(columns, None, np.asarray(X).dtype)
        # Sparse columns are read dense, but given back as they came.
        dtypes = zip(columns, X.dtypes, strict=True)
        columns = [c if c.dtype == d else replace(c, dtype=d) for c, d in dtypes]
        return cls(columns, X.columns)

    def with_dtypes_of(self, X: Any) -> TableFormat:
        """The same columns, their numbers in the dtypes of another frame.

        Raises
        ------
        TypeError
            If that is no frame and this is the format of one, or the other way round.
        """
        if isinstance(X, pd.DataFrame) != (self.names is not None):
            kinds = ("a pandas DataFrame", "an array")
            here, there = kinds if self.names is not None else kinds[::-1]
            raise TypeError(f"X must be {here} as the table in fit was, got {there}")
        if not isinstance(X, pd.DataFrame):
            return replace(self, dtype=np.asarray(X).dtype, as_list=isinstance(X, list))
        columns = [
            replace(column, dtype=dtype) if column.symbols is None else column
            for column, dtype in zip(self.columns, X.dtypes, strict=True)
        ]
        return replace(self, columns=columns)

    @property
    def has_symbols(self) -> bool:
        return any(column.symbols is not None for column in self.columns)

    @property
    def n_symbols(self) -> NDArray[np.intp]:
        """Symbols of each column, 0 where it holds numbers."""
        symbols = [column.symbols for column in self.columns]
        return np.array([0 if s is None else len(s) for s in symbols], np.intp)

    @property
    def steps(self) -> NDArray[np.float64]:
        """What the numbers of each column are multiples of, 0 for any number."""
        return np.array([column.step for column in self.columns])

    def read(self, frame: pd.DataFrame) -> NDArray[np.floating]:
        """The values of a frame with as many columns; float32 where that holds all of them."""
        single = all(fits_float32(dtype) for dtype in frame.dtypes) and not self.has_symbols
        values = np.empty(frame.shape, np.float32 if single else np.float64)
        for j, column in enumerate(self.columns[: frame.shape[1]]):
            values[:, j] = column.read(frame.iloc[:, j])
        return values

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Turn a matrix of values into such a table."""
        if self.names is None and not self.has_symbols:
            table = cast(values, self.dtype)
            return table.tolist() if self.as_list else table
        dtypes = {column.dtype for column in self.columns}
        if len(dtypes) == 1 and isinstance(self.columns[0].dtype, np.dtype):
            if is_numeric_dtype(self.columns[0].dtype) and not self.has_symbols:
                table = cast(self.round(values), self.columns[0].dtype)
                return pd.DataFrame(table, columns=self.names)
        entries = [column.restore(own) for column, own in zip(self.columns, values.T, strict=True)]
        # Series, because a frame would turn an array of objects into another dtype.
        series = [pd.Series(own, dtype=getattr(own, "dtype", None)) for own in entries]
        frame = pd.DataFrame(dict(enumerate(series)), index=range(len(values)))
        if self.names is None:
            table = frame.to_numpy(self.dtype)
            return table.tolist() if self.as_list else table
        frame.columns = self.names
        return frame

    def round(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Values as `restore` gives them out: whole multiples of each column's step."""
        steps = self.steps
        if not steps.any():
            return values
        return np.where(steps > 0, np.rint(values / np.where(steps > 0, steps, 1)) * steps, values)

    def append(self, X: Any, values: NDArray[np.floating]) -> Any:
        """The rows of `X` as they are, then `values` in its format, with a new index."""
        new = self.restore(values)
        if self.as_list:
            return [*X, *new]
        if self.names is None:
            return np.concatenate([np.asarray(X), new])
        return pd.concat([X, new], ignore_index=True)
