"""Callables for `sampling_strategy`, which return the number of rows of each class."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["augment"]


@dataclass(frozen=True)
class augment:  # noqa: N801 (it is called like a function)
    """Ask for ``ratio`` times as many new rows as there are real rows of all classes.

    Section 5.3 of the thesis; ``ratio=1.0`` is its 1:1.

    Parameters
    ----------
    ratio : float, default=1.0
        New rows over real rows, >= 0.
    balance : bool, default=True
        If True, the smaller classes get the new rows first, so that the classes become as equal
        as the number of new rows allows. If False, every class grows by `ratio`.
    max_growth : float, default=None
        New rows of a class over its real rows at most, >= 0; None sets no limit. Beyond 20 they
        rather cost (docs/trials.md). Rows that a class may not have are not drawn for others.

    Raises
    ------
    ValueError
        If `ratio` is negative or not finite, or `max_growth` negative.

    Examples
    --------
    >>> from skvae.strategies import augment
    >>> y = ["a"] * 6 + ["b"] * 2
    >>> augment(1.0)(y) == {"a": 8, "b": 8}
    True
    >>> augment(0.5)(y) == {"a": 6, "b": 6}
    True
    >>> augment(1.0, balance=False)(y) == {"a": 12, "b": 4}
    True
    >>> augment(1.0, max_growth=2.0)(y) == {"a": 8, "b": 6}
    True
    """

    ratio: float = 1.0
    balance: bool = True
    max_growth: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.ratio, Real) or not 0 <= self.ratio < np.inf:
            raise ValueError(f"ratio must be a finite number >= 0, got {reprlib.repr(self.ratio)}")
        most = self.max_growth
        if most is not None and not (isinstance(most, Real) and most >= 0):
            raise ValueError(f"max_growth must be a number >= 0 or None, got {reprlib.repr(most)}")

    def __call__(self, y: ArrayLike) -> dict[Any, int]:
        """Return the number of rows of each class, real rows included."""
        classes, counts = np.unique(np.asarray(y), return_counts=True)
        if self.balance:
            targets = _fill(counts, round(self.ratio * counts.sum()))
        else:
            targets = counts + np.round(self.ratio * counts).astype(int)
        if self.max_growth is not None:
            targets = np.minimum(targets, (1 + self.max_growth) * counts).astype(int)
        return {c: int(t) for c, t in zip(classes, targets, strict=True)}


def _fill(counts: np.ndarray, n_new: int) -> np.ndarray:
    """Raise the lowest of `counts` to a common level, by `n_new` in total."""
    order = np.argsort(counts, kind="stable")
    ascending = counts[order]
    # Rows that raise the m smallest counts to the next one, for m = 1, 2, ...
    m = np.arange(1, len(ascending) + 1)
    needed = np.append(m[:-1] * ascending[1:] - np.cumsum(ascending)[:-1], np.inf)
    n_raised = int(np.argmax(needed >= n_new)) + 1
    level, rest = divmod(int(ascending[:n_raised].sum()) + n_new, n_raised)
    filled = counts.copy()
    filled[order[:n_raised]] = level
    # The smallest classes get one row each of the remainder.
    filled[order[:rest]] += 1
    return filled
