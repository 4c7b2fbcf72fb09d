"""Cells: the units of work of an experiment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..classifiers.names import NEURAL, NO_PROTOCOL, PROTOCOLS

FIT = ("arm", "classifier", "protocol")
LABELS = ("table", "dataset", "n", "n_new", "seed")

Row = dict[str, Any]  # a measurement: values by the columns of a CSV
Fit = tuple[str, str, str]  # values of FIT
Key = tuple[str, ...]  # values of LABELS and FIT, as text


@dataclass(frozen=True)
class Cell:
    """Fits that share work and run in one process.

    Attributes
    ----------
    labels : mapping
        Values of `LABELS`, the same in all rows of the cell.
    fits : tuple of (arm, classifier, protocol)
        Fits; each makes a row.
    cost : float
        Time relative to that of other cells.
    """

    labels: Mapping[str, Any]
    fits: tuple[Fit, ...]
    cost: float = 1.0

    def __str__(self) -> str:
        """Return labels for readers: ``card, n 5, seed 3``."""
        numbers = {name: self.labels.get(name) for name in ("n", "n_new", "seed")}
        words = [f"{name} {value}" for name, value in numbers.items() if not _is_missing(value)]
        return ", ".join([str(self.labels.get("dataset")), *words])

    def keys(self) -> list[Key]:
        """Keys of the cell's rows, in the order of its fits."""
        return [row_key({**self.labels, **dict(zip(FIT, fit, strict=True))}) for fit in self.fits]


def all_fits(arms: Iterable[str], classifiers: Iterable[str]) -> tuple[Fit, ...]:
    """Combine each arm with each classifier, the neural ones by both protocols."""
    classifiers = list(classifiers)
    return tuple(
        (arm, classifier, protocol)
        for arm in arms
        for classifier in classifiers
        for protocol in (PROTOCOLS if classifier in NEURAL else (NO_PROTOCOL,))
    )


def row_key(row: Mapping[str, Any]) -> Key:
    """Key that identifies a row, as text: numbers read from a CSV then equal those of a cell."""
    values = [row.get(name) for name in (*LABELS, *FIT)]
    return tuple("" if _is_missing(value) else str(value) for value in values)


def _is_missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
