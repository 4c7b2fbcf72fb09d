"""What the columns of a coded table are: the one thing that the codec and the networks share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The coded columns' likelihoods, in their order.

    First come those of a Bernoulli likelihood, numbers in [0, 1] and 0/1 alike; then those of a
    Gaussian one; then one-hot groups of a categorical one, the small groups first.

    Attributes
    ----------
    n_bernoulli, n_gaussian : int
        Columns of the first two sorts.
    group_sizes : tuple of int
        Columns of each one-hot group, ascending.
    switches : tuple of (int, int, bool)
        A number that does not count in some rows, the column that says in which, and the value
        (0 or 1) of that column where the number does count.
    """

    n_bernoulli: int
    n_gaussian: int = 0
    group_sizes: tuple[int, ...] = ()
    switches: tuple[tuple[int, int, bool], ...] = ()

    @property
    def n_columns(self) -> int:
        return self.n_bernoulli + self.n_gaussian + sum(self.group_sizes)

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
        """Yield the columns of all one-hot groups of one size, and that size."""
        start = self.n_bernoulli + self.n_gaussian
        for size in sorted(set(self.group_sizes)):
            width = size * self.group_sizes.count(size)
            yield slice(start, start + width), size
            start += width
