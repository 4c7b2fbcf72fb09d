"""MNIST, trained on new images only, of five real ones a digit (table 6.5, figure 6.8)."""

from __future__ import annotations

import math
from dataclasses import replace

from . import _mnist
from ._options import Options

TABLE = replace(_mnist.TABLE, name="mnist-synthetic-only", largest=math.inf)  # new rows, here
N_REAL = 5


def main(options: Options) -> None:
    """Measure, print and save the table; its baseline are the real images themselves."""
    sizes = [(N_REAL, n_new, n_new) for n_new in options.sizes]
    _mnist.run(options, TABLE.name, sizes, only_new=True)
