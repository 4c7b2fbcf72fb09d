"""MNIST with few images of each digit, and as many new ones (table 6.4 of the thesis)."""

from __future__ import annotations

from . import _mnist
from ._options import Options

TABLE = _mnist.TABLE


def main(options: Options) -> None:
    """Measure, print and save the table."""
    _mnist.run(options, TABLE.name, [(n, None, n) for n in options.sizes])
