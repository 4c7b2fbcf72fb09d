"""Layout of a coded table: the one thing that the codec and the networks share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Likelihoods of the coded columns, in their order.

    Columns with a Bernoulli likelihood come first: numbers in [0, 1] and binary columns of 0 and
    1. Columns with a Gaussian likelihood follow. One-hot groups with a categorical likelihood come
    last, small groups first.

    Attributes
    ----------
    n_bernoulli, n_gaussian : int
        Number of columns with a Bernoulli and with a Gaussian likelihood.
    group_sizes : tuple of int
        Number of columns of each one-hot group, ascending.
    switches : tuple of (int, int, bool)
        One switch for each column of numbers that does not count in every row: the index of that
        column, the index of its switch column, and the value (0 or 1) of the switch column in the
        rows where the number counts.
    n_conditions : int
        Number of columns behind all these that have no likelihood: encoder and decoder get them.
    """

    n_bernoulli: int
    n_gaussian: int = 0
    group_sizes: tuple[int, ...] = ()
    switches: tuple[tuple[int, int, bool], ...] = ()
    n_conditions: int = 0

    @property
    def n_columns(self) -> int:
        return self.n_bernoulli + self.n_gaussian + sum(self.group_sizes)

    @property
    def n_inputs(self) -> int:
        """Number of columns of the encoder, with those that have no likelihood."""
        return self.n_columns + self.n_conditions

    @property
    def gaussian(self) -> slice:
        return slice(self.n_bernoulli, self.n_bernoulli + self.n_gaussian)

    def groups(self) -> Iterator[slice]:
        """Yield the columns of each one-hot group."""
        start = self.n_bernoulli + self.n_gaussian
        for size in self.group_sizes:
            yield slice(start, start + size)
            start += size

    def runs(self) -> Iterator[tuple[slice, int]]:
        """Yield the columns of all one-hot groups of one size, and the size."""
        start = self.n_bernoulli + self.n_gaussian
        for size in sorted(set(self.group_sizes)):
            width = size * self.group_sizes.count(size)
            yield slice(start, start + width), size
            start += width
