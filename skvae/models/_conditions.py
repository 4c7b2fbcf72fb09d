"""Conditions: what a network is told of each row, its class and the parts of some columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._seeding import short
from .._tables.column import Column
from .._tables.format import TableFormat
from .._tables.plain import PlainState
from ._condition_columns import NumberCondition, SymbolCondition


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

    def of_rows(
        self, labels: NDArray[Any], take: Callable[[Conditions, int], NDArray[np.intp]]
    ) -> NDArray[np.intp]:
        """Return combinations of rows of classes, which `take` gives for the rows of each class."""
        codes = np.empty((len(labels), len(self.sizes)), np.intp)
        for label in np.unique(labels):
            rows = labels == label
            codes[rows] = take(self.of_class(label), int(rows.sum()))
        return codes

    def masks(self, codes: NDArray[np.intp]) -> list[NDArray[np.bool_]]:
        """Return for each class the mask of the rows that have it; without classes, of all rows."""
        if self.classes is None:
            return [np.ones(len(codes), bool)]
        return [codes[:, 0] == code for code in range(len(self.classes))]

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
