"""Scores of pipelines, and their summary over seeds."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
from sklearn.metrics import f1_score

from skvae.model_selection import MIN_PAIRS, paired_difference, spread

from ..arms.names import BASELINE
from ..classifiers.names import F1
from ..cli.output import format_interval, format_spread
from ..engine.cells import Row
from ..engine.environment import versions


def score_fit(pipeline: Any, X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> Row:
    """Fit as a user would, and score on rows that the pipeline has not seen."""
    start = time.perf_counter()
    pipeline.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    f1 = f1_score(y_test, pipeline.predict(X_test), average="weighted")
    return {F1: f1, "seconds": seconds, "versions": versions()}


def in_order(fits: pd.DataFrame, keys: list[str], names: list[str]) -> pd.DataFrame:
    """Sort fits by `keys`; values that are in `names` sort by their place there."""
    place = {name: i for i, name in enumerate(names)}
    return fits.sort_values(keys, key=lambda column: column.replace(place), ignore_index=True)


def interval_label(seeds: int) -> str:
    """Name the intervals of a table, with a warning where there are too few seeds for them."""
    return "95 % interval" + f"; too narrow with < {MIN_PAIRS} seeds" * (seeds < MIN_PAIRS)


def summarize(fits: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Mean, spread and paired difference to the baseline of each arm, over seeds."""
    rows = []
    for group, part in fits.groupby(by, sort=False):
        scores = part.pivot(index="seed", columns="arm", values=F1)
        for arm in part["arm"].unique():
            mean, std = spread(scores[arm])
            difference, low, high, *_ = paired_difference(scores[arm], scores[BASELINE])
            rows.append(
                {
                    **dict(zip(by, group, strict=True)),
                    "arm": arm,
                    "mean": mean,
                    "std": std,
                    "difference": difference,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)


def format_summary(summary: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Format the columns of `summarize` for readers."""
    text = summary[[*by, "arm"]].copy()
    text["F1"] = [
        format_spread(mean, std) for mean, std in zip(summary["mean"], summary["std"], strict=True)
    ]
    text[f"difference to {BASELINE}"] = [
        "" if row.arm == BASELINE else format_interval(row.difference, row.low, row.high)
        for row in summary.itertuples()
    ]
    return text
