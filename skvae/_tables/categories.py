"""Discrete parts of columns: categories, missing values and spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dummies import Dummies
from .numbers import find_spike

# State of a row without a 1 among dummies of which one is 1 in every row of the training table.
UNKNOWN = -1


@dataclass(frozen=True)
class DiscretePart:
    """States of one column: its categories, and its special values.

    A column of numbers has the state "a number" in place of categories.

    Attributes
    ----------
    column : int
        Index of the column in the table.
    n_categories : int
        Number of categories; 1 for a column of numbers, which is the state "a number", and 0 for
        one without any.
    is_numeric : bool
        Whether the column holds numbers.
    special : tuple of float
        Special values, whose states follow the categories: a spike, then NaN.
    """

    column: Any
    n_categories: int
    is_numeric: bool
    special: tuple[float, ...] = ()

    @classmethod
    def of(
        cls, column: int, values: NDArray[np.floating], n_categories: int, *, spikes: bool
    ) -> DiscretePart:
        """Find the states of a column from its values.

        Parameters
        ----------
        column : int
            Index of the column in the table.
        values : ndarray of shape (n,)
            Values of the column.
        n_categories : int
            Number of categories of the column, 0 for a column of numbers.
        spikes : bool
            Whether a column of numbers may have a spike.
        """
        absent = np.isnan(values)
        is_numeric = n_categories == 0
        spike = find_spike(values[~absent]) if is_numeric and spikes else None
        special = (() if spike is None else (spike,)) + ((np.nan,) if absent.any() else ())
        n_categories = n_categories or int(not absent.all())
        return cls(column, n_categories, is_numeric, special)

    @property
    def n_states(self) -> int:
        return self.n_categories + len(self.special)

    @property
    def spike(self) -> float | None:
        return self.special[0] if self.special and not np.isnan(self.special[0]) else None

    def encode(self, values: NDArray[np.floating]) -> NDArray[np.intp]:
        """Return the state of each of the column's values."""
        states = np.zeros(len(values), np.intp)
        if not self.is_numeric:
            states[:] = np.nan_to_num(values)
        for state, value in enumerate(self.special, start=self.n_categories):
            states[np.isnan(values) if np.isnan(value) else values == value] = state
        return states

    def decode(self, states: NDArray[np.intp], values: NDArray[np.floating]) -> None:
        """Write the values of states into the column; state 0 leaves a number as it is."""
        if not self.is_numeric:
            values[:] = states
        for state, value in enumerate(self.special, start=self.n_categories):
            values[states == state] = value

    def write(self, states: NDArray[np.intp], values: NDArray[np.floating]) -> None:
        """Write the values of states into a table."""
        column = values[:, self.column]
        self.decode(states, column)
        values[:, self.column] = column


class DummyPart(DiscretePart):
    """States of a group of dummies, columns of which one is 1 in every row: that column.

    Where a row may have no 1, that is the last state.

    Attributes
    ----------
    column : ndarray
        Indices of the columns in the table.
    """

    @classmethod
    def of_group(cls, group: Dummies) -> DummyPart:
        """Return the states of a group of dummies."""
        return cls(group.columns, len(group.columns) + group.may_be_none, False)

    def encode(self, values: NDArray[np.floating]) -> NDArray[np.intp]:
        """Return the column with the 1, the largest value, of each row; -1 is unknown."""
        values = np.nan_to_num(values)
        none = len(self.column) if self.n_categories > len(self.column) else UNKNOWN
        return np.where(values.max(axis=1) > 0, values.argmax(axis=1), none)

    def decode(self, states: NDArray[np.intp], values: NDArray[np.floating]) -> None:
        """Write 0 and 1 into the columns."""
        values[:] = states[:, None] == np.arange(len(self.column))


class CategoryCoder:
    """Codes the discrete parts of a table's columns, and decodes them.

    Two states are coded as one binary column of 0 and 1, more states as a one-hot group. A single
    state is not coded. A column of numbers with a single state has no discrete part.

    Parameters
    ----------
    parts : sequence of DiscretePart
        The discrete part of every column.

    Attributes
    ----------
    binary : list of DiscretePart
        Parts of two states, in the order of their binary columns.
    groups : list of DiscretePart
        Parts of more states, in the order of their one-hot groups: small groups first.
    constant : list of DiscretePart
        Columns of one category, and columns of numbers without a number.
    """

    def __init__(self, parts: Sequence[DiscretePart]) -> None:
        self.constant = [p for p in parts if p.n_states == 1 and (p.special or not p.is_numeric)]
        self.binary = [p for p in parts if p.n_states == 2]
        self.groups = sorted((p for p in parts if p.n_states > 2), key=lambda p: p.n_states)
        self.starts = np.cumsum([0, *self.group_sizes])[:-1].tolist()

    @property
    def group_sizes(self) -> tuple[int, ...]:
        return tuple(part.n_states for part in self.groups)

    @property
    def spikes(self) -> dict[int, float]:
        """Spike of each column that has one."""
        parts = [*self.binary, *self.groups]
        return {part.column: part.spike for part in parts if part.spike is not None}

    @property
    def has_gaps(self) -> bool:
        """Return whether some column of numbers has a missing value or a spike."""
        return any(part.is_numeric for part in [*self.binary, *self.groups, *self.constant])

    def encode(
        self, values: NDArray[np.floating], binary: NDArray[Any], one_hot: NDArray[Any]
    ) -> None:
        """Code the values of a table.

        Parameters
        ----------
        values : ndarray of shape (n, n_features)
            Values of all columns of the table.
        binary : ndarray of shape (n, n_binary)
            Output: the binary columns.
        one_hot : ndarray of shape (n, sum of group sizes)
            Output: the one-hot groups, zeros beforehand.
        """
        for j, part in enumerate(self.binary):
            states = part.encode(values[:, part.column])
            binary[:, j] = np.where(states == UNKNOWN, 0.5, states)
        for start, part in zip(self.starts, self.groups, strict=True):
            states = part.encode(values[:, part.column])
            rows = np.flatnonzero(states != UNKNOWN)
            one_hot[rows, start + states[rows]] = 1

    def decode(
        self,
        binary: NDArray[np.floating],
        one_hot: NDArray[np.floating],
        values: NDArray[np.float64],
        rng: np.random.RandomState | None,
        *,
        discrete: str,
    ) -> None:
        """Draw states, or take the most likely ones, and write them into the values of a table.

        Parameters
        ----------
        binary : ndarray of shape (n, n_binary)
            Probabilities of 1.
        one_hot : ndarray of shape (n, sum of group sizes)
            Probabilities of each state of each group.
        values : ndarray of shape (n, n_features)
            Output: categories and special values are written, all other numbers stay.
        rng : RandomState or None
            Source of the draws; None takes the most likely states.
        discrete : {"sample", "mode"}
            Whether categories are drawn, or the most likely category is taken in every row
            whose value is not special.
        """
        n = len(values)
        for j, part in enumerate(self.binary):
            is_drawn = discrete == "sample" or bool(part.special)
            threshold = rng.random_sample(n) if rng is not None and is_drawn else 0.5
            states = (binary[:, j] > threshold).astype(np.intp)
            part.write(states, values)
        for start, part in zip(self.starts, self.groups, strict=True):
            probabilities = one_hot[:, start : start + part.n_states]
            states = _draw_states(probabilities, rng)
            if discrete == "mode" and rng is not None:
                n_categories = part.n_categories
                most_likely = probabilities[:, :n_categories].argmax(axis=1)
                states = np.where(states < n_categories, most_likely, states)
            part.write(states, values)
        for part in self.constant:
            part.write(np.zeros(n, np.intp), values)


def _draw_states(
    probabilities: NDArray[np.floating], rng: np.random.RandomState | None
) -> NDArray[np.intp]:
    """Draw a state per row by its probabilities, (n, n_states) -> (n,); None takes the mode."""
    if rng is None:
        return probabilities.argmax(axis=1)
    cumulated = np.cumsum(probabilities, axis=1, dtype=np.float64)
    threshold = rng.random_sample((len(probabilities), 1)) * cumulated[:, -1:]
    return (cumulated <= threshold).sum(axis=1)
