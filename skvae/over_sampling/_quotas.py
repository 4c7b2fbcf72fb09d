"""How many rows of a class are still to be drawn when filters reject some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

# Rows of a class that are drawn at once at most, where its quota is not more.
_DRAWN_AT_ONCE = 65_536


@dataclass(frozen=True)
class Rows:
    """New rows.

    Attributes
    ----------
    values : ndarray of shape (n, n_features)
        The rows.
    parents : ndarray of shape (n, 2)
        The originals that they come from, -1 for none.
    scores : ndarray of shape (n, n_filters)
        Each filter's score of them; higher is better.
    """

    values: NDArray[np.float64]
    parents: NDArray[np.intp]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, chosen: NDArray[Any] | slice) -> Rows:
        """Some of the rows."""
        return Rows(self.values[chosen], self.parents[chosen], self.scores[chosen])

    @classmethod
    def stack(cls, parts: Sequence[Rows]) -> Rows:
        """All rows of one or more parts."""
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.parents for part in parts]),
            np.concatenate([part.scores for part in parts]),
        )


@dataclass
class Quota:
    """How far a class is on its way to `wanted` rows.

    Attributes
    ----------
    max_draws : int
        Rows to draw at most, in multiples of `wanted`.
    drawn, accepted : int
        Rows drawn for the class, and those of them that passed the filters as rows of it.
    missing : int
        Rows still wanted.
    """

    wanted: int
    max_draws: int
    drawn: int = 0
    accepted: int = 0
    _kept: list[Rows] = field(default_factory=list)
    # The best of what did not pass, and how many filters each of it passed.
    _reserve: Rows | None = None
    _n_passed: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))

    def __post_init__(self) -> None:
        self.missing = self.wanted

    @property
    def wants_more(self) -> bool:
        """Whether to draw again: rows are missing, and draws are left or nothing could fill up."""
        in_budget = self.drawn < self.max_draws * self.wanted
        return self.missing > 0 and (in_budget or self.missing > len(self._n_passed))

    @property
    def acceptance_rate(self) -> float:
        return self.accepted / self.drawn

    def next_batch(self) -> int:
        """Rows to draw now: as many as should do by the acceptance so far, in growing batches."""
        if not self.drawn:
            return self.wanted
        enough = int(1.1 * self.missing * (self.drawn + 1) / (self.accepted + 1)) + 1
        left = self.max_draws * self.wanted - self.drawn
        most = min(2 * self.drawn, max(self.wanted, _DRAWN_AT_ONCE))
        return min(enough, most, left) if left > 0 else self.missing

    def count(self, accepted: NDArray[np.bool_]) -> None:
        """Take note of rows that were drawn for the class."""
        self.drawn += len(accepted)
        self.accepted += int(accepted.sum())

    def keep(self, rows: Rows) -> None:
        """Take rows, no more than are missing, into the quota."""
        self._kept.append(rows)
        self.missing -= len(rows)

    def hold(self, rows: Rows, n_passed: NDArray[np.intp]) -> None:
        """Put rejected rows in reserve, as many of the best as may be needed."""
        if self._reserve is not None:
            rows = Rows.stack([self._reserve, rows])
            n_passed = np.concatenate([self._n_passed, n_passed])
        # Scores of different filters have different units: compare their ranks.
        ranks = rankdata(rows.scores, axis=0).sum(axis=1)
        best = np.lexsort((-ranks, -n_passed))[: self.missing]
        self._reserve, self._n_passed = rows.take(best), n_passed[best]

    def rows(self) -> Rows:
        """What passed, filled up with the best of the rest."""
        if not self.missing or self._reserve is None:
            return self._kept[0] if len(self._kept) == 1 else Rows.stack(self._kept)
        return Rows.stack([*self._kept, self._reserve.take(slice(self.missing))])
