"""Presentation of an experiment in its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .published import Published


@dataclass(frozen=True)
class Presentation:
    """All that is particular to the report of an experiment.

    Attributes
    ----------
    title : str
        Heading of the page.
    note : str
        Remark on the thesis' figures.
    picture : {"ranks", "F1", "gain"}
        Critical-difference diagram, or curves over the number of rows.
    published : Published
        Figures of the thesis.
    test_ratio : float or None
        Test rows for each training row, for the corrected t-test; None takes them from the CSV. Few
        training rows are drawn anew from a large part without test rows: what splits share depends
        on the size of that part, not on the few rows.
    """

    title: str
    note: str
    picture: Literal["ranks", "F1", "gain"]
    published: Published
    test_ratio: float | None = None
