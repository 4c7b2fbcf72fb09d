"""Statistics of reports: by hand, and against scipy."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy import stats

from benchmarks.report import statistics
from benchmarks.report.statistics import (
    complete_means,
    count_outcomes,
    critical_difference,
    friedman,
    indistinct,
    mean_ranks,
    stronger,
)
from skvae.model_selection import PairedDifference

SCORES = st.floats(0, 1, width=16)
P_VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), min_size=1, max_size=12)


def test_examples_in_docstrings():
    result = doctest.testmod(statistics)
    assert result.attempted
    assert not result.failed


def test_outcomes():
    estimates = [
        PairedDifference(0.2, 0.1, 0.3, 20),
        PairedDifference(-0.2, -0.3, -0.1, 20),
        PairedDifference(0.1, 0.0, 0.2, 20),  # 0 is in the interval
        PairedDifference(0.2, 0.2, 0.2, 20),
        PairedDifference(0.2, np.nan, np.nan, 1),
        PairedDifference(np.nan, np.nan, np.nan, 0),
    ]
    assert count_outcomes(estimates) == (2, 2, 1)


# --- baselines and ranks ---


def test_stronger_baseline_is_chosen_on_the_seeds_that_both_have():
    baselines = pd.DataFrame({"fixed": [0.5, 0.6, 0.1], "early-stopped": [0.4, 0.5, np.nan]})
    assert stronger(baselines).name == "fixed"
    assert stronger(baselines.iloc[2:]).name == "fixed"  # no seed in common


def test_mean_ranks_by_hand():
    scores = pd.DataFrame({"a": [0.9, 0.7], "b": [0.8, 0.7], "c": [0.1, 0.9], "d": [1, np.nan]})
    assert mean_ranks(scores)[["a", "b", "c"]].tolist() == [1.75, 2.25, 2.0]
    assert np.isnan(mean_ranks(scores)["d"])


def test_means_over_the_splits_that_most_arms_have():
    splits = pd.MultiIndex.from_product([["card", "gene"], [0, 1]], names=["unit", "seed"])
    scores = pd.DataFrame(
        {"a": [0.1, 0.3, 0.5, 0.9], "b": [0.2, 0.2, 0.4, np.nan], "c": [np.nan, 0.7, 0.6, np.nan]},
        index=splits,
    )
    means = complete_means(scores)  # without the last split, which one arm has
    assert_allclose(means["a"], [0.2, 0.5])
    assert_allclose(means["b"], [0.2, 0.4])
    assert means["c"].isna().all()


@given(arrays(float, (5, 4), elements=SCORES))
def test_ranks_add_up(scores):
    assert_allclose(mean_ranks(pd.DataFrame(scores)).sum(), 1 + 2 + 3 + 4)


def test_friedman_is_scipys_and_nan_where_there_is_none():
    scores = np.random.default_rng(0).random((6, 4))
    assert_allclose(friedman(pd.DataFrame(scores)), stats.friedmanchisquare(*scores.T).pvalue)
    assert np.isnan(friedman(pd.DataFrame(scores[:, :2])))
    assert np.isnan(friedman(pd.DataFrame(scores[:1])))
    assert np.isnan(friedman(pd.DataFrame(np.ones((4, 3)))))


@pytest.mark.parametrize(
    # q(0.05) of table 5a in Demšar (2006)
    ("n_arms", "q"),
    [(2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)],
)
def test_critical_difference_by_demsars_table(n_arms, q):
    n_datasets = 6
    expected = q * np.sqrt(n_arms * (n_arms + 1) / (6 * n_datasets))
    assert_allclose(critical_difference(n_arms, n_datasets), expected, rtol=1e-3)


def test_groups_that_are_not_told_apart():
    ranks = pd.Series({"b": 2.0, "a": 1.0, "c": 2.5, "d": 4.0, "e": np.nan})
    assert indistinct(ranks, 0.5) == [("b", "c")]
    assert indistinct(ranks, 1.5) == [("a", "c"), ("c", "d")]
    assert indistinct(ranks, 9) == [("a", "d")]
    assert indistinct(ranks, 0.1) == []
