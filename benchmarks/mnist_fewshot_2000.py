"""MNIST with few images of each digit, and 2,000 new ones (table 6.6 of the thesis)."""

from __future__ import annotations

from dataclasses import replace

from . import _mnist
from ._options import Options

TABLE = replace(_mnist.TABLE, name="mnist-fewshot-2000")
N_NEW, QUICK_N_NEW = 2000, 20


def main(options: Options) -> None:
    """Measure, print and save the table."""
    n_new = QUICK_N_NEW if options.quick else N_NEW
    _mnist.run(options, TABLE.name, [(n, None, n_new) for n in options.sizes])
