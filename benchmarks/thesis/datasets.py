"""Treatment of PROBEN1's data sets."""

from __future__ import annotations

from typing import NamedTuple


class DataSet(NamedTuple):
    """Treatment of a data set.

    Attributes
    ----------
    balanced : bool
        Whether augmentation balances the classes, as in the thesis.
    mix_fraction : float
        Share of a class's training rows that comes from the other classes, as in the thesis.
    cost : float
        Seconds of a cell's multi-VAE arms with the MLP, on one core.
    """

    balanced: bool
    mix_fraction: float
    cost: float


PROBEN1 = {
    "card": DataSet(True, 0.0, cost=40),
    "diabetes": DataSet(True, 0.0, cost=40),
    "gene": DataSet(False, 0.2, cost=60),
    "glass": DataSet(True, 0.0, cost=60),
    "horse": DataSet(True, 0.0, cost=50),
    "thyroid": DataSet(False, 0.2, cost=60),
}
