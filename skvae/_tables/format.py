"""Format of a whole table: container, columns and dtypes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from .column import Column
from .dtypes import cast, fits_float32
from .dummies import Dummies
from .frames import as_frame, dtypes_of
from .plain import PlainState, list_from_plain, list_to_plain


@dataclass(frozen=True)
class TableFormat(PlainState):
    """Container, columns and dtypes of a table, which new rows get too.

    Attributes
    ----------
    columns : list of Column
        The columns in their order.
    names : Index or None
        Column names of a frame; None for anything else.
    dtype : dtype or None
        Dtype of an array; None for a frame.
    as_list : bool
        Whether the table came as a list of lists.
    dummies : tuple of Dummies
        The groups of dummies.
    """

    columns: list[Column]
    names: pd.Index | None
    dtype: Any = None
    as_list: bool = False
    dummies: tuple[Dummies, ...] = ()

    @classmethod
    def of(cls, X: Any, symbolic: NDArray[np.bool_]) -> TableFormat:
        """Learn the format of a table whose categorical columns are True in `symbolic`."""
        frame = as_frame(X)
        columns = [
            Column.of(name, column, is_symbolic)
            for (name, column), is_symbolic in zip(frame.items(), symbolic.tolist(), strict=True)
        ]
        if isinstance(X, list):
            return cls(columns, None, np.dtype(object), True)
        if not isinstance(X, pd.DataFrame):
            return cls(columns, None, np.asarray(X).dtype)
        # The columns of `frame` are dense; new rows get the sparse dtypes of `X`.
        dtypes = zip(columns, X.dtypes, strict=True)
        columns = [c if c.dtype == d else replace(c, dtype=d) for c, d in dtypes]
        return cls(columns, X.columns)

    def check_container(self, X: Any) -> None:
        """Refuse an array in place of a frame, and a frame in place of an array."""
        if isinstance(X, pd.DataFrame) != (self.names is not None):
            kinds = ("a pandas DataFrame", "an array")
            expected, actual = kinds if self.names is not None else kinds[::-1]
            raise TypeError(f"X must be {expected} as the table in fit was, got {actual}")

    def with_dtypes_of(self, X: Any) -> TableFormat:
        """Return a format with the same columns, which have the dtypes of another table.

        Raises
        ------
        ValueError
            If a dtype can't hold the entries of its column.
        """
        dtype, dtypes = dtypes_of(X)
        # Another number of columns is refused by those who know what it should be.
        pairs = zip(self.columns, as_frame(X).items(), dtypes, strict=False)
        columns = [column.with_dtype_of(entries, d) for column, (_, entries), d in pairs]
        return replace(self, columns=columns, dtype=dtype, as_list=isinstance(X, list))

    def on_grids_of(self, known: TableFormat) -> TableFormat:
        """Return a format whose columns of numbers have the values that another format has."""
        if len(known.columns) != len(self.columns):
            return self
        pairs = zip(self.columns, known.columns, strict=True)
        return replace(self, columns=[column.on_grid_of(other) for column, other in pairs])

    def __getstate__(self) -> dict[str, Any]:
        lists = {f.name: [getattr(c, f.name) for c in self.columns] for f in fields(Column)}
        columns = {name: list_to_plain(values) for name, values in lists.items()}
        return {**super().__getstate__(), "columns": columns}

    def __setstate__(self, state: dict[str, Any]) -> None:
        lists = [list_from_plain(state["columns"][f.name]) for f in fields(Column)]
        columns = [Column(*values) for values in zip(*lists, strict=True)]
        super().__setstate__({**state, "columns": columns})

    @property
    def has_symbols(self) -> bool:
        return any(column.symbols is not None for column in self.columns)

    @property
    def is_plain(self) -> bool:
        """Return whether all values are the entries themselves, as numbers."""
        return all(column.is_plain for column in self.columns)

    @property
    def value_dtype(self) -> type:
        """Return float32 if that holds all values exactly, else float64."""
        single = not self.has_symbols and all(fits_float32(c.dtype) for c in self.columns)
        return np.float32 if single else np.float64

    @property
    def n_symbols(self) -> NDArray[np.intp]:
        """Number of categories of each column, 0 for a column of numbers."""
        symbols = [column.symbols for column in self.columns]
        return np.array([0 if s is None else len(s) for s in symbols], np.intp)

    @property
    def steps(self) -> NDArray[np.float64]:
        """Step of each column: its values are multiples of it, 0 allows any number."""
        return np.array([column.spacing for column in self.columns])

    def read(self, frame: pd.DataFrame) -> NDArray[np.floating]:
        """Return the values of a frame; float32 if float32 holds all of them exactly."""
        single = all(fits_float32(dtype) for dtype in frame.dtypes) and not self.has_symbols
        values = np.empty(frame.shape, np.float32 if single else np.float64)
        for j, column in enumerate(self.columns[: frame.shape[1]]):
            values[:, j] = column.read(frame.iloc[:, j])
        return values

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Turn a matrix of values into a table of this format."""
        if self.names is None:
            if self.is_plain:
                array = cast(values, self.dtype)
            else:
                array = self._restore_columns(values).to_numpy(self.dtype)
            return array.tolist() if self.as_list else array
        dtype = self._shared_dtype
        if dtype is not None:
            return pd.DataFrame(cast(self.round(values), dtype), columns=self.names)
        frame = self._restore_columns(values)
        frame.columns = self.names
        return frame

    @property
    def _shared_dtype(self) -> np.dtype | None:
        """Dtype of a frame of numbers if all columns have the same numpy dtype, else None."""
        dtypes = {column.dtype for column in self.columns}
        if len(dtypes) != 1 or not self.is_plain:
            return None
        dtype = dtypes.pop()
        return dtype if isinstance(dtype, np.dtype) and is_numeric_dtype(dtype) else None

    def _restore_columns(self, values: NDArray[np.floating]) -> pd.DataFrame:
        """Turn values into entries, column by column; the columns are named 0, 1, 2, ..."""
        columns = zip(self.columns, values.T, strict=True)
        entries = [column.restore(numbers) for column, numbers in columns]
        # A frame would change the dtype of an array of objects; a series of given dtype does not.
        series = [pd.Series(e, dtype=getattr(e, "dtype", None)) for e in entries]
        return pd.DataFrame(dict(enumerate(series)), index=range(len(values)))

    def round(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Round values to multiples of each column's step, as `restore` does."""
        steps = self.steps
        if not steps.any():
            return values
        rounded = np.rint(values / np.where(steps > 0, steps, 1)) * steps
        rounded = np.where(steps > 0, rounded, values)
        for j, column in enumerate(self.columns):
            if column.zone is not None:
                rounded[:, j] = column.round(values[:, j])
        return rounded

    def append(self, X: Any, values: NDArray[np.floating]) -> Any:
        """Return the rows of `X`, followed by `values` as rows of this format, with a new index."""
        new = self.restore(values)
        if self.as_list:
            return [*X, *new]
        if self.names is None:
            return np.concatenate([np.asarray(X), new])
        return pd.concat([X, new], ignore_index=True)
