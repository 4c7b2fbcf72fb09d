"""Conditions on columns: what a network is told of a row's category, number or date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._seeding import short
from .._tables.column import Column

# Values of a column of numbers that are kept, to draw from inside a bin, at most.
_KNOTS = 1000


@dataclass(frozen=True)
class SymbolCondition:
    """Condition on a categorical column: its category, or that it misses one.

    Attributes
    ----------
    index : int
        Place of the column in the table.
    n_symbols : int
        Number of categories; a missing one has this number as its code.
    has_missing : bool
        Whether entries may be missing.
    """

    index: int
    n_symbols: int
    has_missing: bool

    @property
    def n_codes(self) -> int:
        return self.n_symbols + self.has_missing

    def codes_of(self, values: NDArray[np.floating]) -> NDArray[np.intp]:
        """Return the codes of a column's values."""
        return np.where(np.isnan(values), self.n_symbols, values).astype(np.intp)

    def meeting(self, wanted: Any, column: Column) -> tuple[SymbolCondition, NDArray[np.float64]]:
        """Return the condition that its entry is `wanted`, and a weight for each code."""
        value = _read(wanted, column, f"a category of column {column.name!r} in fit")
        if np.isnan(value) and not self.has_missing:
            raise ValueError(
                f"conditions must hold a category of column {column.name!r}, which missed none in "
                f"fit, got {short(wanted)}"
            )
        return self, np.eye(self.n_codes)[self.codes_of(value)[0]]

    def impose(
        self,
        values: NDArray[np.float64],
        codes: NDArray[np.intp],
        rng: np.random.RandomState | None,
    ) -> None:
        """Make the values of a column those of the codes."""
        values[:] = np.where(codes == self.n_symbols, np.nan, codes)


@dataclass(frozen=True)
class NumberCondition:
    """Condition on a column of numbers: its bin between quantiles, or that a number is missing.

    Attributes
    ----------
    index : int
        Place of the column in the table.
    edges : ndarray of shape (n_bins - 1,)
        Least value of each bin but the first.
    lower, upper : ndarray of shape (n_bins,)
        Least and greatest value that a row of each bin may have.
    knots : ndarray
        Values in training, or quantiles of them, ascending.
    has_missing : bool
        Whether entries may be missing; a missing one has the number of bins as its code.
    """

    index: int
    edges: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    knots: NDArray[np.float64]
    has_missing: bool

    @classmethod
    def of(cls, index: int, values: NDArray[np.floating], n_bins: int) -> NumberCondition:
        """Learn bins of about as many rows each; equal values share a bin."""
        present = np.sort(values[~np.isnan(values)]).astype(np.float64)
        places = np.linspace(0, len(present), n_bins + 1)[1:-1].astype(int)
        edges = np.unique(present[places]) if len(present) else present
        edges = edges[edges > present[:1]] if len(edges) else edges
        starts = np.searchsorted(present, edges)
        chosen = np.linspace(0, max(0, len(present) - 1), min(len(present), _KNOTS)).astype(int)
        return cls(
            index,
            edges,
            present[np.concatenate([[0], starts])] if len(present) else present,
            present[np.concatenate([starts, [0]]) - 1] if len(present) else present,
            present[chosen],
            len(present) < len(values),
        )

    @property
    def n_codes(self) -> int:
        return len(self.lower) + self.has_missing

    def codes_of(self, values: NDArray[np.floating]) -> NDArray[np.intp]:
        """Return the codes of a column's values."""
        bins = np.searchsorted(self.edges, values, side="right")
        return np.where(np.isnan(values), len(self.lower), bins)

    def meeting(self, wanted: Any, column: Column) -> tuple[NumberCondition, NDArray[np.float64]]:
        """Return the condition that its entry lies in the bin of `wanted`, or in an interval.

        Raises
        ------
        ValueError
            If `wanted` is no number of the column's range, nor a pair of such; the message names
            the column.
        """
        name = column.name
        is_interval = isinstance(wanted, tuple | list) and len(wanted) == 2
        expected = f"an entry of column {name!r}, or its least and greatest"
        ends = wanted if is_interval else (wanted, wanted)
        low, high = (_read(end, column, expected)[0] for end in ends)
        if np.isnan([low, high]).any():
            if is_interval or not self.has_missing:
                raise ValueError(f"conditions must hold {expected}, got {short(wanted)}")
            return self, np.eye(self.n_codes)[len(self.lower)]
        if high < low:
            raise ValueError(
                f"conditions must hold the least of column {name!r} before the greatest, got "
                f"{short(wanted)}"
            )
        if not len(self.lower) or high < self.lower[0] or low > self.upper[-1]:
            raise ValueError(
                f"conditions must hold {expected}, within the range of fit "
                f"{short(column.restore(self._range()).tolist())}, got {short(wanted)}"
            )
        allowed = slice(self.codes_of(np.array(low)), self.codes_of(np.array(high)) + 1)
        if not is_interval:
            return self, np.eye(self.n_codes)[allowed.start]
        return self._within(*_on_steps(low, high, column, wanted), allowed)

    def _range(self) -> NDArray[np.float64]:
        return np.array([self.lower[0], self.upper[-1]]) if len(self.lower) else self.lower

    def _within(
        self, low: float, high: float, allowed: slice
    ) -> tuple[NumberCondition, NDArray[np.float64]]:
        """Return the condition with its bins cut to an interval, and the weights of the bins."""
        lower, upper = np.maximum(self.lower, low), np.minimum(self.upper, high)
        weights = np.zeros(self.n_codes)
        weights[allowed] = (lower <= upper)[allowed]
        if not weights.any():  # between the values of two bins
            lower[allowed], upper[allowed], weights[allowed] = low, high, 1
        cut = replace(self, lower=lower, upper=upper)
        shares = cut._n_knots() / np.maximum(1, self._n_knots())
        by_share = weights.copy()
        by_share[: len(shares)] *= shares
        return cut, by_share if by_share.any() else weights

    def _n_knots(self) -> NDArray[np.intp]:
        """Return the number of knots that each bin has."""
        first, last = self._places()
        return np.maximum(0, last - first)

    def _places(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        first = np.searchsorted(self.knots, self.lower)
        return first, np.searchsorted(self.knots, self.upper, side="right")

    def impose(
        self,
        values: NDArray[np.float64],
        codes: NDArray[np.intp],
        rng: np.random.RandomState | None,
    ) -> None:
        """Draw values of a column that lie outside their bins again, from those of training.

        Without `rng` they move to the nearer end of their bins.
        """
        values[codes == len(self.lower)] = np.nan
        numeric = np.flatnonzero(codes < len(self.lower))
        lower, upper = self.lower[codes[numeric]], self.upper[codes[numeric]]
        outside = ~((values[numeric] >= lower) & (values[numeric] <= upper))
        rows, lower, upper = numeric[outside], lower[outside], upper[outside]
        if rng is None:
            near = np.where(np.isnan(values[rows]), lower, values[rows])
            values[rows] = np.clip(near, lower, upper)
            return
        first, _ = self._places()
        bins = codes[rows]
        u, n_knots = rng.random_sample(len(rows)), self._n_knots()[bins]
        places = np.minimum(first[bins] + (u * n_knots).astype(int), len(self.knots) - 1)
        values[rows] = np.where(n_knots > 0, self.knots[places], lower + u * (upper - lower))


def _read(entry: Any, column: Column, expected: str) -> NDArray[np.floating]:
    """Return the value of an entry of a column, (1,); that of a date may be text."""
    try:
        if isinstance(entry, str) and column.symbols is None and column.unit is not None:
            entry = pd.Timestamp(entry)
        [value] = column.read(pd.Series([entry], name=column.name))
    except (TypeError, ValueError) as error:
        known = "" if column.symbols is None else f" {short(list(column.symbols))}"
        raise ValueError(f"conditions must hold {expected}{known}, got {short(entry)}") from error
    return np.array([value])


def _on_steps(low: float, high: float, column: Column, wanted: Any) -> tuple[float, float]:
    """Return the least and the greatest multiple of a column's step in an interval."""
    step = column.spacing if column.zone is None else 0.0
    if step:
        low, high = np.ceil(low / step) * step, np.floor(high / step) * step
    if high < low:
        raise ValueError(
            f"conditions must hold an interval with entries of column {column.name!r}, whose step "
            f"is {column.step:g}, got {short(wanted)}"
        )
    return low, high
