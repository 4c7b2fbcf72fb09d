"""Paired statistics of repeated splits: functions of arrays and frames, nothing else.

Scores that agree in their seed are a pair: the same split, the same classifier, another arm.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

N_RESAMPLES = 4999
# The interval between the smallest and the largest of n values misses their median with
# probability 2 / 2**n: no interval that resamples can have 95 % with fewer values than this.
MIN_PAIRS = 6


class Estimate(NamedTuple):
    """A mean difference, its 95 % interval, and the number of pairs it comes from.

    >>> Estimate(0.02, 0.01, 0.03, 20).sign, Estimate(0.02, -0.01, 0.03, 20).sign
    (1, 0)
    """

    mean: float
    low: float
    high: float
    n_pairs: int

    @property
    def sign(self) -> int:
        """1 or -1 where the interval excludes 0, else 0; never by fewer than 6 pairs."""
        if self.n_pairs < MIN_PAIRS:
            return 0
        return int(self.low > 0) - int(self.high < 0)


def spread(scores: ArrayLike) -> tuple[float, float]:
    """Mean and sample standard deviation of the scores that are there; NaN where too few are.

    >>> spread([0.5, 0.75, float("nan"), 1.0])
    (0.75, 0.25)
    """
    values = np.asarray(scores, float)
    values = values[~np.isnan(values)]
    mean = float(values.mean()) if len(values) else np.nan
    return mean, float(values.std(ddof=1)) if len(values) > 1 else np.nan


def paired_difference(scores: ArrayLike, reference: ArrayLike) -> Estimate:
    """Mean of the paired differences with its 95 % bootstrap interval; see `mean_gain`.

    >>> paired_difference([0.75, 1.0, 0.5], [0.5, 0.75, 0.25])
    Estimate(mean=0.25, low=0.25, high=0.25, n_pairs=3)
    """
    differences = np.asarray(scores, float) - np.asarray(reference, float)
    return mean_gain(differences[:, None])


def mean_gain(differences: ArrayLike) -> Estimate:
    """Mean over data sets of the mean differences over seeds, with its 95 % bootstrap interval.

    `differences` has a row a seed and a column a data set, NaN where there is no pair. Seeds are
    resampled for all data sets at once; data sets are not: the interval is about other splits of
    these data sets, not about others.

    The interval is the percentile interval (`scipy.stats.bootstrap`) at a level for small
    samples; see `_expanded_level`. BCa corrects skewness but not small samples (both plain
    percentile and BCa intervals cover 92 % with 20 normal values, the expanded one 95 %), and is
    undefined where all differences are equal.
    """
    table = np.asarray(differences, float)
    table = table[:, ~np.isnan(table).all(axis=0)]
    table = table[~np.isnan(table).all(axis=1)]
    n = len(table)
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    if not np.isnan(table).any():
        table = table.mean(axis=1, keepdims=True)  # the same mean, sooner
    mean = float(_mean_of_means(table))
    if n == 1:
        return Estimate(mean, np.nan, np.nan, 1)
    if np.ptp(table[:, 0]) == 0 and table.shape[1] == 1:
        return Estimate(mean, mean, mean, n)
    interval = stats.bootstrap(
        (np.arange(n),),
        lambda picked, axis: _mean_of_means(table[picked]),
        confidence_level=_expanded_level(n),
        n_resamples=N_RESAMPLES,
        method="percentile",
        vectorized=True,
        random_state=np.random.default_rng(0),
    ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high), n)


def _mean_of_means(tables: NDArray[Any]) -> Any:
    """Mean over the last axis of the means over the one before it, of what is not NaN."""
    if not np.isnan(tables).any():
        return tables.mean(axis=-2).mean(axis=-1)
    means = np.ma.masked_invalid(tables).mean(axis=-2).mean(axis=-1)
    return np.ma.filled(means, np.nan)


def _expanded_level(n: int) -> float:
    """The level at which a percentile interval of a mean of n values covers 95 %.

    Percentile intervals are too narrow for few values, by sqrt((n - 1) / n) and the ratio of a
    normal to Student's t quantile; the level makes up for both.

    References
    ----------
    Hesterberg (2015), "What teachers should know about the bootstrap", The American Statistician
    69(4), 371-386 ("expanded percentile interval"). doi:10.1080/00031305.2015.1089789
    """
    quantile = stats.t.ppf(0.975, n - 1) * np.sqrt(n / (n - 1))
    return float(1 - 2 * stats.norm.sf(quantile))


def corrected_t_test(differences: ArrayLike, test_ratio: float) -> float:
    """Two-sided p-value of the corrected resampled t-test.

    Splits of one data set share rows, so that their differences vary less than those of new data
    would: the variance of the mean is taken as ``(1 / n + test_ratio)`` times the sample
    variance, where `test_ratio` is the number of test rows a training row. NaN for fewer than two
    pairs.

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52,
    239-281. doi:10.1023/A:1024068626366
    """
    values = np.asarray(differences, float)
    values = values[~np.isnan(values)]
    n = len(values)
    if n < 2:
        return np.nan
    mean = values.mean()
    if np.ptp(values) == 0:
        return float(mean == 0)
    t = mean / np.sqrt((1 / n + test_ratio) * values.var(ddof=1))
    return float(2 * stats.t.sf(abs(t), n - 1))


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """P-values corrected for their number by Holm's step-down; NaN stays and does not count.

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]

    References
    ----------
    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal
    of Statistics 6(2), 65-70.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]  # argsort puts NaN last
    adjusted = np.full(p.shape, np.nan)
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps * p[order]), 1)
    return adjusted


def count_outcomes(estimates: Iterable[Estimate]) -> tuple[int, int, int]:
    """Wins, ties and losses; a tie's interval includes 0. What has no pair is none of them.

    >>> count_outcomes([Estimate(0.1, 0.05, 0.2, 20), Estimate(0.0, -0.1, 0.1, 20)])
    (1, 1, 0)
    """
    signs = [estimate.sign for estimate in estimates if estimate.n_pairs]
    return signs.count(1), signs.count(0), signs.count(-1)


def stronger(baselines: pd.DataFrame) -> pd.Series:
    """The column (a protocol) with the higher mean over the rows (seeds) that all columns have.

    >>> stronger(pd.DataFrame({"fixed": [0.5, 0.6], "early-stopped": [0.6, 0.7]})).name
    'early-stopped'
    """
    common = baselines.dropna()
    means = (baselines if common.empty else common).mean()
    return baselines[means.fillna(-np.inf).idxmax()]


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
    """Mean ranks that differ by less are not told apart by Nemenyi's test.

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
