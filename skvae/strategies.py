"""Callables for `sampling_strategy`: how many rows each class shall have."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["augment"]


@dataclass(frozen=True)
class augment:  # noqa: N801 (it reads as the function that it is to its caller)
    """As many new rows as ``ratio`` times the real ones, the majority class included.

    Section 5.3 of the thesis; ``ratio=1.0`` is its 1:1.

    Parameters
    ----------
    ratio : float, default=1.0
        New rows over real rows, >= 0.
    balance : bool, default=True
        Give the new rows to the smaller classes first, so that all end up as equal as that
        amount allows; else every class grows by `ratio` and shares stay as they are.

    Raises
    ------
    ValueError
        If `ratio` is negative or not finite.

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
    """

    ratio: float = 1.0
    balance: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.ratio, Real) or not 0 <= self.ratio < np.inf:
            raise ValueError(f"ratio must be a finite number >= 0, got {self.ratio!r}")

    def __call__(self, y: ArrayLike) -> dict[Any, int]:
        """Rows that each class shall have, real ones included."""
        classes, counts = np.unique(np.asarray(y), return_counts=True)
        if self.balance:
            targets = _fill(counts, round(self.ratio * counts.sum()))
        else:
            targets = counts + np.round(self.ratio * counts).astype(int)
        return {c: int(t) for c, t in zip(classes, targets, strict=True)}


def _fill(counts: np.ndarray, n_new: int) -> np.ndarray:
    """Pour `n_new` into the lowest of `counts` until they run out, as water would."""
    order = np.argsort(counts, kind="stable")
    levels = counts[order]
    # What lifting the m smallest to the next one's height takes, for m = 1, 2, ...
    m = np.arange(1, len(levels) + 1)
    needed = np.append(m[:-1] * levels[1:] - np.cumsum(levels)[:-1], np.inf)
    n_lifted = int(np.argmax(needed >= n_new)) + 1
    height, rest = divmod(int(levels[:n_lifted].sum()) + n_new, n_lifted)
    filled = counts.copy()
    filled[order[:n_lifted]] = height
    # The remainder, one each, to the classes that were smallest.
    filled[order[:rest]] += 1
    return filled
