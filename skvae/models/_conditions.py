"""Conditions: what a network is told of each row, its class and the parts of some columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._seeding import short
from .._tables.column import Column
from .._tables.format import TableFormat
from .._tables.plain import PlainState

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
        if high < low or not len(self.lower) or high < self.lower[0] or low > self.upper[-1]:
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


@dataclass(frozen=True)
class Conditions(PlainState):
    """Classes and conditions of a network, and how often each combination of them occurs.

    A combination is a row of codes: that of the class, where there are classes, then one a column.
    The network gets them as one-hot columns.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,) or None
        Class labels, sorted.
    columns : tuple of SymbolCondition and NumberCondition
        The columns.
    seen : ndarray of shape (n_combinations, n_parts)
        Combinations that new rows may have.
    weights : ndarray of shape (n_combinations,)
        Their weights: in the beginning, the training rows that have them.
    """

    classes: NDArray[Any] | None
    columns: tuple[SymbolCondition | NumberCondition, ...]
    seen: NDArray[np.intp]
    weights: NDArray[np.float64]

    @classmethod
    def learn(
        cls,
        table_format: TableFormat,
        values: NDArray[np.floating],
        labels: NDArray[Any] | None,
        columns: Sequence[int],
        n_bins: int,
    ) -> tuple[Conditions, NDArray[np.intp]]:
        """Learn classes and conditions, and return them with the codes of the rows.

        Parameters
        ----------
        table_format : TableFormat
            The table's format.
        values : ndarray of shape (n, n_features)
            Its rows.
        labels : ndarray of shape (n,) or None
            Their classes.
        columns : sequence of int
            Places of the columns to condition on.
        n_bins : int
            Bins of a column of numbers, at most.
        """
        parts: list[SymbolCondition | NumberCondition] = []
        for j, n_symbols in zip(columns, table_format.n_symbols[list(columns)], strict=True):
            if n_symbols:
                has_missing = bool(np.isnan(values[:, j]).any())
                parts.append(SymbolCondition(j, int(n_symbols), has_missing))
            else:
                parts.append(NumberCondition.of(j, values[:, j], n_bins))
        classes = None if labels is None else np.unique(labels)
        none = np.empty((0, len(parts) + (classes is not None)), np.intp)
        conditions = cls(classes, tuple(parts), none, np.empty(0))
        codes = conditions.codes_of(values, labels)
        return conditions.seen_in(codes), codes

    @property
    def sizes(self) -> list[int]:
        """Number of codes of each part."""
        of_columns = [part.n_codes for part in self.columns]
        return of_columns if self.classes is None else [len(self.classes), *of_columns]

    def codes_of(
        self, values: NDArray[np.floating], labels: NDArray[Any] | None = None
    ) -> NDArray[np.intp]:
        """Return the codes of rows; without `labels`, those of the class that all rows have."""
        parts = [part.codes_of(values[:, part.index]) for part in self.columns]
        if self.classes is not None and labels is not None:
            parts.insert(0, np.searchsorted(self.classes, labels))
        elif self.classes is not None:
            parts.insert(0, np.full(len(values), self.seen[0, 0]))
        return np.stack(parts, axis=1)

    def one_hot(self, codes: NDArray[np.intp], dtype: Any) -> NDArray[Any]:
        """Return codes as the network gets them, (n, n_parts) -> (n, sum of sizes)."""
        sizes = self.sizes
        starts = np.cumsum([0, *sizes[:-1]])
        coded: NDArray[Any] = np.zeros((len(codes), sum(sizes)), dtype)
        coded[np.arange(len(codes))[:, None], starts + codes] = 1
        return coded

    def seen_in(self, codes: NDArray[np.intp]) -> Conditions:
        """Return the same with the combinations that some rows have."""
        seen, counts = np.unique(codes, axis=0, return_counts=True)
        return replace(self, seen=seen, weights=counts.astype(np.float64))

    def class_counts(self) -> NDArray[np.float64]:
        """Return the weight of each class."""
        n_classes = 0 if self.classes is None else len(self.classes)
        counts = np.zeros(n_classes)
        np.add.at(counts, self.seen[:, 0], self.weights)
        return counts

    def of_class(self, label: Any) -> Conditions:
        """Return the conditions of one class's rows."""
        return self.of_classes(np.asarray(self.classes == label, np.float64))

    def of_classes(self, weights: NDArray[np.float64]) -> Conditions:
        """Return the conditions with other weights of the classes: factors of those they have."""
        return self._reweighted(0, weights)

    def meeting(self, wanted: Mapping[Any, Any] | None, columns: Sequence[Column]) -> Conditions:
        """Return the conditions of rows whose columns, by name, are as wanted.

        Parameters
        ----------
        wanted : mapping or None
            Entry of a column, or least and greatest number, by its name.
        columns : sequence of Column
            The table's columns.

        Raises
        ------
        TypeError, ValueError
            If it is no mapping, or holds other columns or entries.
        """
        if wanted is None:
            return self
        if not isinstance(wanted, Mapping):
            raise TypeError(f"conditions must be a dict of entries by column, got {short(wanted)}")
        names = [columns[part.index].name for part in self.columns]
        if unknown := [name for name in wanted if name not in names]:
            raise ValueError(
                f"conditions must name columns of condition_on, {short(names)}, got "
                f"{short(unknown[0])}"
            )
        met, first = self, self.classes is not None
        for place, (name, part) in enumerate(zip(names, self.columns, strict=True)):
            if name in wanted:
                narrowed, weights = part.meeting(wanted[name], columns[part.index])
                parts = (*met.columns[:place], narrowed, *met.columns[place + 1 :])
                met = replace(met, columns=parts)._reweighted(place + first, weights)
        return met

    def _reweighted(self, part: int, factors: NDArray[np.float64]) -> Conditions:
        """Return the conditions whose weights are multiplied by a factor of each code of a part.

        Codes that no combination has join all combinations of the other parts.
        """
        weights = self.weights * factors[self.seen[:, part]]
        if weights.any():
            kept = weights > 0
            return replace(self, seen=self.seen[kept], weights=weights[kept])
        codes = np.flatnonzero(factors)
        seen = np.repeat(self.seen, len(codes), axis=0)
        seen[:, part] = np.tile(codes, len(self.seen))
        return replace(self, seen=seen, weights=np.outer(self.weights, factors[codes]).ravel())

    def draw(self, n: int, rng: np.random.RandomState) -> NDArray[np.intp]:
        """Draw combinations by their weights, (n, n_parts)."""
        return self.seen[rng.choice(len(self.seen), n, p=self.weights / self.weights.sum())]

    def commonest(self, n: int) -> NDArray[np.intp]:
        """Return the combination of the greatest weight, (n, n_parts)."""
        return np.repeat(self.seen[[self.weights.argmax()]], n, axis=0)

    def impose(
        self,
        values: NDArray[np.float64],
        codes: NDArray[np.intp],
        rng: np.random.RandomState | None = None,
    ) -> NDArray[np.float64]:
        """Make the rows of a table meet the conditions of their codes, and return them."""
        for part, of_column in zip(self.columns, codes.T[-len(self.columns) :], strict=False):
            part.impose(values[:, part.index], of_column, rng)
        return values


def condition_columns(condition_on: Any, table_format: TableFormat) -> list[int]:
    """Return the places of the columns to condition on: names in a frame, else numbers.

    Raises
    ------
    ValueError
        If the table has no such column, one is named twice, or is a dummy.
    """
    if condition_on is None:
        return []
    names = [column.name for column in table_format.columns]
    places: list[int] = []
    for name in condition_on:
        found = [j for j, other in enumerate(names) if type(name) is not bool and other == name]
        if not found:
            raise ValueError(
                f"condition_on must name columns of X, such as {short(names[0])}, got {short(name)}"
            )
        if found[0] in places:
            raise ValueError(f"condition_on must name each column once, got {short(name)} twice")
        if any(found[0] in group.columns for group in table_format.dummies):
            raise ValueError(
                f"condition_on must name no dummy, got {short(name)}: hand over the dummies as one "
                "column of categories"
            )
        places.append(found[0])
    return places


def _read(entry: Any, column: Column, expected: str) -> NDArray[np.floating]:
    """Return the value of an entry of a column, (1,)."""
    try:
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
