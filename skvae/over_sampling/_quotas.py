"""Quotas: rows of a class that are still to be drawn when filters reject some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from sklearn.exceptions import ConvergenceWarning

from .._progress import progress
from .._tables.messages import plain
from ..exceptions import warn

# Rows of a class that are drawn at once at most.
_DRAWN_AT_ONCE = 131_072


@dataclass(frozen=True)
class NewRows:
    """New rows.

    Attributes
    ----------
    values : ndarray of shape (n, n_features)
        The rows; float32 if that holds all values of their table.
    parents : ndarray of shape (n, 2)
        The originals that each comes from, -1 for none.
    scores : ndarray of shape (n, n_filters)
        Each filter's scores; higher is better.
    """

    values: NDArray[np.floating]
    parents: NDArray[np.intp]
    scores: NDArray[np.float64]

    @classmethod
    def empty(cls, n_features: int, n_filters: int) -> NewRows:
        """Return no rows."""
        return cls(np.empty((0, n_features)), np.empty((0, 2), np.intp), np.empty((0, n_filters)))

    def __len__(self) -> int:
        return len(self.values)

    def take(self, chosen: NDArray[Any] | slice) -> NewRows:
        """Return some of the rows."""
        return NewRows(self.values[chosen], self.parents[chosen], self.scores[chosen])

    def room(self, n: int) -> NewRows:
        """Return room for `n` such rows, in memory that is used once they are written."""
        arrays = (self.values, self.parents, self.scores)
        return NewRows(*(np.empty((n, *array.shape[1:]), array.dtype) for array in arrays))

    def write(self, start: int, rows: NewRows) -> None:
        """Write rows in the place of those from `start` on."""
        stop = start + len(rows)
        self.values[start:stop] = rows.values
        self.parents[start:stop] = rows.parents
        self.scores[start:stop] = rows.scores

    @classmethod
    def stack(cls, parts: Sequence[NewRows]) -> NewRows:
        """Return all rows of one or more parts."""
        parts = [part for part in parts if len(part)] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.parents for part in parts]),
            np.concatenate([part.scores for part in parts]),
        )


@dataclass
class Quota:
    """Progress of a class on its way to `wanted` rows.

    Attributes
    ----------
    max_draws : int
        Rows to draw at most, in multiples of `wanted`.
    drawn, accepted : int
        Rows drawn for the class, and those of them that passed the filters as rows of it.
    missing : int
        Rows still wanted.
    forbidden : int
        Rows drawn for the class that broke a constraint, and can't fill it up.
    """

    wanted: int
    max_draws: int
    drawn: int = 0
    accepted: int = 0
    forbidden: int = 0
    # Room for all rows, once the first ones are there.
    _kept: Any = None
    # The best of the rejected rows, and the last ones, with the filters that each has passed.
    _held: list[tuple[NewRows, NDArray[np.intp]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.missing = self.wanted

    @property
    def wants_more(self) -> bool:
        """True where rows are missing, and draws are left or nothing could fill the quota up.

        Beyond the budget, draws replace rows that went to other classes; those that broke a
        constraint might need replacing for ever.
        """
        in_budget = self.drawn < self.max_draws * self.wanted
        return self.missing > 0 and (in_budget or (self.is_short and not self.forbidden))

    @property
    def is_short(self) -> bool:
        """True where the rejected rows are too few to fill the quota up."""
        return self.missing > self._n_held

    @property
    def _n_held(self) -> int:
        return sum(len(rows) for rows, _ in self._held)

    @property
    def acceptance_rate(self) -> float:
        return self.accepted / self.drawn

    def next_batch(self) -> int:
        """Return rows to draw now: enough by the acceptance so far, in growing batches."""
        if not self.drawn:
            return min(self.missing, _DRAWN_AT_ONCE)
        enough = int(1.1 * self.missing * (self.drawn + 1) / (self.accepted + 1)) + 1
        left = self.max_draws * self.wanted - self.drawn
        most = min(2 * self.drawn, _DRAWN_AT_ONCE)
        return min(enough, most, left) if left > 0 else self.missing

    def count(self, accepted: NDArray[np.bool_], n_forbidden: int = 0) -> None:
        """Count rows that were drawn for the class."""
        self.drawn += len(accepted)
        self.accepted += int(accepted.sum())
        self.forbidden += n_forbidden

    def keep(self, rows: NewRows) -> None:
        """Take rows into the quota, no more than are missing."""
        if self._kept is None:
            self._kept = rows.room(self.wanted)
        self._kept.write(self.wanted - self.missing, rows)
        self.missing -= len(rows)

    def hold(self, rows: NewRows, n_passed: NDArray[np.intp]) -> None:
        """Put rejected rows in reserve."""
        self._held.append((rows, n_passed))
        if self._n_held > 2 * self.missing:
            self._hold_best()

    def _hold_best(self) -> None:
        """Keep as many of the best rows in reserve as may be needed."""
        scores = np.concatenate([rows.scores for rows, _ in self._held])
        n_passed = np.concatenate([passed for _, passed in self._held])
        # Scores of different filters have different units: compare their ranks.
        ranks = rankdata(scores, axis=0).sum(axis=1)
        is_best = np.zeros(len(scores), bool)
        is_best[np.lexsort((-ranks, -n_passed))[: self.missing]] = True
        # Batch by batch: the rows of all of them may be large.
        ends = np.cumsum([len(rows) for rows, _ in self._held])[:-1]
        batches = zip(self._held, np.split(is_best, ends), strict=True)
        self._held = [(rows.take(own), passed[own]) for (rows, passed), own in batches]

    def rows(self) -> NewRows:
        """Return the rows that passed, filled up with the best of the others."""
        if self.missing and self._held:
            self._hold_best()
            for rows, _ in self._held:
                self.keep(rows)
            self._held = []
        kept: NewRows = self._kept
        return kept


@dataclass(frozen=True)
class Batch:
    """Rows drawn for one class, and the filters' judgement of them.

    Attributes
    ----------
    rows : NewRows
        The rows.
    n_passed : ndarray of shape (n,)
        Filters that each row passed.
    labels : ndarray of shape (n,)
        The class that the filters see each row in.
    allowed : ndarray of shape (n,), bool
        Whether each row keeps all constraints.
    """

    rows: NewRows
    n_passed: NDArray[np.intp]
    labels: NDArray[Any]
    allowed: NDArray[np.bool_]

    def share_out(self, drawn_for: Any, quotas: dict[Any, Quota]) -> None:
        """Give each row to the quota of the class that the filters see it in."""
        if not self.rows.scores.shape[1]:
            quotas[drawn_for].keep(self.rows)
            return
        passed = self.allowed & (self.n_passed == self.rows.scores.shape[1])
        quotas[drawn_for].count(passed & (self.labels == drawn_for), int((~self.allowed).sum()))
        left = self.allowed.copy()
        for label, quota in quotas.items():
            taken = np.flatnonzero(passed & (self.labels == label))[: quota.missing]
            quota.keep(self.rows.take(taken))
            left[taken] = False
        # A row seen in another class passed one filter less as one of the class it is drawn for.
        n_passed = self.n_passed - (passed & (self.labels != drawn_for))
        quotas[drawn_for].hold(self.rows.take(left), n_passed[left])


def fill_quotas(
    wanted: dict[Any, int],
    max_draws: int,
    draw: Callable[[Any, int], Batch],
    verbose: int = 0,
) -> dict[Any, Quota]:
    """Draw each class's rows, and draw again for those that the filters reject.

    Parameters
    ----------
    wanted : dict
        Rows of each class.
    max_draws : int
        Rows to draw at most, in multiples of those.
    draw : callable
        ``draw(label, n)`` draws n rows for a class.
    verbose : int, default=0
        Whether to show how many rows are drawn.

    Returns
    -------
    quotas : dict
        The filled quota of each class of which rows are wanted.

    Warns
    -----
    ConvergenceWarning
        If too few of a class's rows pass.

    Raises
    ------
    ValueError
        If too few of a class's rows keep all constraints.
    """
    quotas = {c: Quota(int(n), max_draws) for c, n in wanted.items() if n}
    n_wanted = sum(quota.wanted for quota in quotas.values())
    with progress(verbose, "new rows", n_wanted, "row") as shown:
        while unmet := [c for c, quota in quotas.items() if quota.wants_more]:
            for c in unmet:
                # Another class's rows may have filled it meanwhile.
                if quotas[c].wants_more:
                    draw(c, quotas[c].next_batch()).share_out(c, quotas)
                    shown.reach(n_wanted - sum(quota.missing for quota in quotas.values()))
        shown.reach(n_wanted)  # rows in reserve are there for what is missing
    for c, quota in quotas.items():
        if quota.is_short:
            raise ValueError(
                f"filter must let {quota.wanted} rows of class {plain(c)!r} through within "
                f"max_draws={max_draws}, but {quota.forbidden} of {quota.drawn} rows drawn break a "
                f"constraint (acceptance rate {quota.acceptance_rate:.3f}): raise max_draws, ask "
                "for fewer rows, or give the models columns that keep it more often, such as a "
                "duration in place of an end"
            )
        if quota.missing:
            warn(
                f"Only {quota.accepted} of {quota.drawn} rows drawn for class {plain(c)!r} passed "
                f"the filter (acceptance rate {quota.acceptance_rate:.3f}, max_draws={max_draws}): "
                f"the best-scored {quota.missing} of the others fill it up. With "
                "filter=None all pass, and more with a larger balance of a LabelConsistencyFilter.",
                ConvergenceWarning,
            )
    return quotas
