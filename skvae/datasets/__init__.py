"""Loaders for the data sets of the examples and benchmarks, and few-shot subsets."""

from ._few_shot import few_shot
from ._proben1 import fetch_proben1

__all__ = ["fetch_proben1", "few_shot"]
