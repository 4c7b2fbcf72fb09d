"""Presentation of an experiment in its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ..arms.names import BASELINE
from ..classifiers.names import ALL_SCORES, F1, SCORES
from .published import NOTHING, Published


def bare(name: str) -> str:
    """Return the name of a score without its remark.

    >>> bare("Brier score (lower is better)")
    'Brier score'
    """
    return name.split(" (")[0]


@dataclass(frozen=True)
class Presentation:
    """All that is particular to the report of an experiment.

    Attributes
    ----------
    title : str
        Heading of the page.
    picture : {"ranks", "score", "gain"} or None
        Critical-difference diagram, or curves over the number of rows.
    note : str
        Remark on the figures, not on those of the thesis.
    published : Published
        Figures of the thesis, if it has any.
    test_ratio : float or None
        Test rows for each training row, for the corrected t-test; None takes them from the CSV. Few
        training rows are drawn anew from a large part without test rows: what splits share depends
        on the size of that part, not on the few rows.
    scores : mapping
        Names of the scores for readers, by the columns of the CSV.
    score : str
        Column of the score that arms are compared by; the others stand below the summary.
    overall : tuple of (classifier, protocol)
        Settings that the page averages over, if any: it then begins with these means, and has one
        table of all data sets instead of one for each.
    references : tuple of str
        Arms that these means are compared with.
    rows_of : str
        Words that say what a number of rows is of.
    suffix : str
        End of the names of files, which tells pages of other scores apart.
    """

    title: str
    picture: Literal["ranks", "score", "gain"] | None
    note: str = ""
    published: Published = NOTHING
    test_ratio: float | None = None
    scores: Mapping[str, str] = field(default_factory=lambda: SCORES)
    score: str = F1
    overall: tuple[tuple[str, str], ...] = ()
    references: tuple[str, ...] = (BASELINE,)
    rows_of: str = "a class"
    suffix: str = ""

    @property
    def score_name(self) -> str:
        """Name of the score in headings of columns."""
        return "F1" if self.score == F1 else self.scores[self.score]

    def of(self, score: str | None) -> Presentation:
        """Return the presentation of another score, which the thesis has only if it is F1."""
        if score in (None, self.score):
            return self
        return replace(
            self,
            title=f"{self.title}, by {bare(ALL_SCORES[score])}",
            scores={**self.scores, score: ALL_SCORES[score]},
            score=score,
            published=self.published if score == F1 else NOTHING,
            suffix=f"-{score.replace('_', '-')}",
        )
