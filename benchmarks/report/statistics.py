"""Statistics over many arms and data sets: functions of arrays and frames.

Scores that agree in their seed are a pair: the same split, the same classifier, another arm. Their
difference is estimated by `skvae.model_selection.paired_difference`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from skvae.model_selection import PairedDifference


def count_outcomes(differences: Iterable[PairedDifference]) -> tuple[int, int, int]:
    """Count wins, ties and losses; a tie's interval includes 0. No pair is no outcome.

    >>> win, tie = PairedDifference(0.1, 0.05, 0.2, 20), PairedDifference(0.0, -0.1, 0.1, 20)
    >>> count_outcomes([win, tie])
    (1, 1, 0)
    """
    signs = [difference.sign for difference in differences if difference.n_pairs]
    return signs.count(1), signs.count(0), signs.count(-1)


def stronger(baselines: pd.DataFrame) -> pd.Series:
    """Column (a protocol) with the higher mean over the rows (seeds) that all columns have.

    >>> stronger(pd.DataFrame({"fixed": [0.5, 0.6], "early-stopped": [0.6, 0.7]})).name
    'early-stopped'
    """
    common = baselines.dropna()
    means = (baselines if common.empty else common).mean()
    return baselines[means.fillna(-np.inf).idxmax()]


def complete_means(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean of each column (an arm) by unit; NaN for an arm that lacks a split.

    The splits (rows of `scores`, by unit and seed) are those that more than half of the arms have.
    """
    common = scores[scores.notna().mean(axis=1) > 0.5]
    means = common.dropna(axis=1).groupby(level="unit").mean()
    return means.reindex(columns=scores.columns)


def mean_ranks(scores: pd.DataFrame) -> pd.Series:
    """Mean rank of each column (an arm) over the rows (data sets); 1 is the highest score.

    Equal scores share their mean rank. Arms without a score somewhere have no rank.
    """
    complete = scores.dropna(axis=1)
    return complete.rank(axis=1, ascending=False).mean().reindex(scores.columns)


def friedman(scores: pd.DataFrame) -> float:
    """P-value of Friedman's test that all columns (arms) have the same rank over the rows.

    NaN for fewer than three arms or two data sets, where there is no such test.
    """
    complete = scores.dropna(axis=1)
    ranks = complete.rank(axis=1)
    if ranks.shape[1] < 3 or len(ranks) < 2 or (ranks.nunique(axis=1) == 1).all():
        return np.nan
    return float(stats.friedmanchisquare(*complete.to_numpy().T).pvalue)


def critical_difference(n_arms: int, n_datasets: int, alpha: float = 0.05) -> float:
    """Least difference of mean ranks that Nemenyi's test tells from chance.

    >>> round(critical_difference(4, 14), 2)
    1.25

    References
    ----------
    Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", Journal of
    Machine Learning Research 7, 1-30.
    """
    q = stats.studentized_range.ppf(1 - alpha, n_arms, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(n_arms * (n_arms + 1) / (6 * n_datasets)))


def indistinct(ranks: pd.Series, difference: float) -> list[tuple[Any, Any]]:
    """First and last of each largest group of arms whose ranks are within `difference`.

    >>> indistinct(pd.Series({"a": 1.0, "b": 2.0, "c": 3.0, "d": 9.0}), 1.5)
    [('a', 'b'), ('b', 'c')]
    """
    ordered = ranks.dropna().sort_values()
    ends = np.searchsorted(ordered.to_numpy(), ordered.to_numpy() + difference, side="right") - 1
    return [
        (ordered.index[start], ordered.index[end])
        for start, end in enumerate(ends)
        if end > start and (start == 0 or end > ends[start - 1])
    ]
