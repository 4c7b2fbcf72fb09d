"""Tables in chunks, which may be larger than memory: their chunks, and a sample of their rows."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._seeding import short
from .frames import check_columns, row_chunks
from .polars import arrow_to_pandas, is_polars, to_pandas

# Rows that a model learns from at most, where its table comes in chunks.
LEARNT_ROWS = 500_000


def comes_in_chunks(X: Any) -> bool:
    """Return whether a model learns from a sample of a table in place of all its rows.

    These are arrays in files with many rows, Dask's tables, Arrow's data sets, and iterators.
    """
    if isinstance(X, np.memmap):
        return X.ndim == 2 and len(X) > LEARNT_ROWS
    library = type(X).__module__.split(".")[0]
    # Arrow's tables in memory are refused as those of other libraries are.
    in_files = library == "pyarrow" and not hasattr(X, "to_pandas")
    is_arrow = in_files and (hasattr(X, "to_batches") or hasattr(X, "iter_batches"))
    return is_arrow or library == "dask" or isinstance(X, Iterator)


@dataclass(frozen=True)
class SampledRows:
    """Rows that were drawn from a table without replacement, all with the same chance.

    Attributes
    ----------
    table : {ndarray, dataframe, series}
        The rows, in their order.
    rows : ndarray of shape (n,)
        Their numbers in the table, ascending.
    n_seen : int
        The number of the table's rows.
    """

    table: Any
    rows: NDArray[np.intp]
    n_seen: int

    def of(self, labels: NDArray[Any] | None) -> NDArray[Any] | None:
        """Return the labels of the rows, given those of the whole table, if there are any."""
        if labels is None:
            return None
        if len(labels) != self.n_seen:
            raise ValueError(
                f"y must hold a label for each row of X, got {len(labels)} for {self.n_seen} rows"
            )
        return labels[self.rows]


def sample_rows(chunks: Any, n_rows: int, rng: np.random.RandomState) -> SampledRows:
    """Draw `n_rows` rows of a table in one pass; all of them if there are fewer.

    Every row gets a random key, and those of the smallest keys stay. The keys don't depend on
    where a chunk ends. No more than twice the wanted rows and a chunk are in memory.

    Parameters
    ----------
    chunks : object
        As of `reservoir_sample`.
    n_rows : int
        Rows to draw, >= 1.
    rng : RandomState
        Draws the keys.

    Raises
    ------
    TypeError
        If `chunks` yields no tables.
    ValueError
        If there are no chunks, or a chunk has other columns than the first one.
    """
    fast = np.random.default_rng(rng.randint(2**31 - 1))
    reservoir, n_seen = _Reservoir(n_rows), 0
    for chunk in _checked(_chunks_of(chunks)):
        reservoir.add(chunk, fast.random(len(chunk)), n_seen)
        n_seen += len(chunk)
    table, rows = reservoir.close()
    return SampledRows(table, rows, n_seen)


def sample_to_learn(X: Any, rng: np.random.RandomState) -> SampledRows:
    """Draw the rows that a model learns from, of a table that comes in chunks."""
    return sample_rows(X, LEARNT_ROWS, rng)


class _Reservoir:
    """The rows of the smallest keys among those that were added."""

    def __init__(self, n_rows: int) -> None:
        self.n_rows, self.bound, self.n_held = n_rows, np.inf, 0
        # The rows of each part, their keys, and their numbers.
        self.parts: list[tuple[Any, NDArray[np.float64], NDArray[np.intp]]] = []

    def add(self, chunk: Any, keys: NDArray[np.float64], first: int) -> None:
        """Take those rows of a chunk that may stay; `first` is the number of its first row."""
        chosen = np.flatnonzero(keys < self.bound)
        if not self.parts or len(chosen):
            # Copies, which let go of the chunk.
            self.parts.append((_take(chunk, chosen), keys[chosen], first + chosen))
            self.n_held += len(chosen)
        if self.n_held > 2 * self.n_rows:
            self.shrink()

    def shrink(self) -> None:
        """Drop the rows that surely go, part by part, since a copy of all would take memory."""
        keys = np.concatenate([keys for _, keys, _ in self.parts])
        self.bound = np.partition(keys, self.n_rows)[self.n_rows]
        for i, (part, keys, rows) in enumerate(self.parts):
            stays = keys < self.bound
            self.parts[i] = _take(part, np.flatnonzero(stays)), keys[stays], rows[stays]
        self.n_held = self.n_rows

    def close(self) -> tuple[Any, NDArray[np.intp]]:
        """Return the rows as one table, and their numbers."""
        if not self.parts:
            raise ValueError("chunks must hold at least one table, got none")
        if self.n_held > self.n_rows:
            self.shrink()
        # Empty parts would change the dtypes of the others.
        parts = [part for part, _, _ in self.parts if len(part)] or [self.parts[0][0]]
        rows = np.concatenate([rows for _, _, rows in self.parts])
        if isinstance(parts[0], np.ndarray):
            return np.concatenate(parts), rows
        return pd.concat(parts, ignore_index=True), rows


def _take(table: Any, rows: NDArray[np.intp]) -> Any:
    """Return a copy of rows of an array, frame or series."""
    return table[rows] if isinstance(table, np.ndarray) else table.iloc[rows]


def _checked(chunks: Iterable[Any]) -> Iterator[Any]:
    """Yield chunks as arrays, frames or series, all with the same columns."""
    first: Any = None
    for i, given in enumerate(chunks):
        chunk = _as_table(given, i)
        first = chunk[:0] if first is None else first
        if type(chunk) is not type(first) or chunk.shape[1:] != first.shape[1:]:
            raise ValueError(
                f"chunk {i} must be a {type(first).__name__} with the columns of the first chunk, "
                f"got {short(chunk)}"
            )
        if isinstance(chunk, pd.DataFrame):
            check_columns(chunk, first.columns, f"chunk {i}", "the columns of the first chunk")
        yield chunk


def _as_table(chunk: Any, number: int) -> Any:
    """Return a chunk as an array, frame or series."""
    if is_polars(chunk):
        chunk = to_pandas(chunk)
    elif type(chunk).__module__.split(".")[0] == "pyarrow":
        chunk = arrow_to_pandas(chunk)
    if not isinstance(chunk, pd.DataFrame | pd.Series):
        array = np.asarray(chunk)
        if array.ndim not in (1, 2):
            raise TypeError(
                "chunks must yield tables: 2D arrays or frames (or 1D labels), got "
                f"{short(chunk)} as chunk {number}"
            )
        return array
    return chunk


def _chunks_of(X: Any) -> Iterator[Any]:
    """Yield the chunks of a table, or of an iterable of chunks."""
    library = type(X).__module__.split(".")[0]
    if library == "dask":
        # Partitions of an array may hold some of the columns only.
        whole = X.rechunk({1: -1}) if getattr(X, "ndim", 1) == 2 and hasattr(X, "rechunk") else X
        yield from (whole.partitions[i].compute() for i in range(whole.npartitions))
    elif hasattr(X, "to_batches") or hasattr(X, "iter_batches"):
        yield from X.to_batches() if hasattr(X, "to_batches") else X.iter_batches()
    elif isinstance(X, pd.DataFrame | pd.Series):
        yield from (X.iloc[rows] for rows in row_chunks(X))
    elif getattr(X, "shape", ()):
        for rows in row_chunks(X):
            yield X[rows]
            _forget_pages(X)
    elif isinstance(X, Iterable) and not isinstance(X, str | bytes | dict):
        yield from X
    else:
        raise TypeError(f"chunks must be a table or yield tables, got {short(X)}")


def _forget_pages(X: Any) -> None:
    """Give the memory back that holds what was read of an array's file."""
    owner = X
    while isinstance(owner, np.ndarray):
        owner = owner.base
    # A private copy ("c") may have changes that are in no file, and would lose them.
    if isinstance(owner, mmap.mmap) and getattr(X, "mode", "c") != "c":
        advice = getattr(mmap, "MADV_DONTNEED", None)  # Windows has none
        if advice is not None:
            owner.madvise(advice)
