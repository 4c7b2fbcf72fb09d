"""The benchmarks' statistics: by hand, against scipy, and by simulation."""

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from benchmarks import _statistics
from benchmarks._statistics import (
    MIN_PAIRS,
    Estimate,
    corrected_t_test,
    count_outcomes,
    critical_difference,
    friedman,
    holm,
    indistinct,
    mean_gain,
    mean_ranks,
    paired_difference,
    spread,
    stronger,
)

SCORES = st.floats(0, 1, width=16)
P_VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), min_size=1, max_size=12)


def test_examples_in_docstrings():
    result = doctest.testmod(_statistics)
    assert result.attempted
    assert not result.failed


def test_spread_leaves_out_what_is_missing():
    assert spread([1, np.nan, 2, 3]) == (2, 1)
    assert_array_equal(spread([1, np.nan]), [1, np.nan])
    assert_array_equal(spread([np.nan]), [np.nan, np.nan])


# --- differences and their intervals ---


def test_interval_is_scipys_at_the_level_for_small_samples():
    differences = np.random.default_rng(0).normal(0.01, 0.02, 10)
    estimate = paired_difference(differences + 0.8, np.full(10, 0.8))
    # By hand for ten values: t(0.975, 9) = 2.262, times sqrt(10 / 9) = 2.3845.
    level = 1 - 2 * stats.norm.sf(2.3845)
    expected = stats.bootstrap(
        (differences,), np.mean, method="percentile", confidence_level=level, n_resamples=20_000
    ).confidence_interval
    assert_allclose(estimate[1:3], expected, atol=0.001)
    assert_allclose(estimate.mean, differences.mean())
    assert estimate.n_pairs == 10
    assert estimate == paired_difference(differences + 0.8, np.full(10, 0.8))  # the seed is fixed


@pytest.mark.parametrize("value", [0.0, 0.1, -0.25])
def test_interval_of_equal_differences_is_a_point(value):
    low, high = paired_difference(np.full(7, value), np.zeros(7))[1:3]
    assert_allclose([low, high], value)
    assert low == high


def test_single_pair_has_no_interval():
    assert_array_equal(paired_difference([0.75], [0.5]), [0.25, np.nan, np.nan, 1])


def test_pairs_with_a_missing_score_do_not_count():
    whole = paired_difference([0.5, 0.75, 0.6, np.nan, 0.4], [0.25, 0.5, np.nan, 0.3, 0.3])
    assert whole == paired_difference([0.5, 0.75, 0.4], [0.25, 0.5, 0.3])
    assert_array_equal(paired_difference([np.nan], [1]), [np.nan, np.nan, np.nan, 0])


@given(arrays(float, st.integers(2, 12), elements=SCORES))
def test_interval_holds_the_mean_within_the_range(scores):
    mean, low, high, _ = paired_difference(scores, np.zeros(len(scores)))
    slack = 1e-12
    assert scores.min() - slack <= low <= mean + slack
    assert mean - slack <= high <= scores.max() + slack


@given(arrays(float, 8, elements=SCORES), arrays(float, 8, elements=SCORES))
def test_a_win_is_the_others_loss(scores, reference):
    one, other = paired_difference(scores, reference), paired_difference(reference, scores)
    assert_allclose(one.mean, -other.mean, atol=1e-12)
    assert_allclose(one.low, -other.high, atol=0.02)  # other resamples of the same seeds


@pytest.mark.parametrize("n", [8, 20])
def test_interval_covers_the_mean_in_95_percent(n):
    rng = np.random.default_rng(0)
    truth, hits, n_samples = 0.01, 0, 800
    for _ in range(n_samples):
        estimate = paired_difference(rng.normal(truth, 0.03, n), np.zeros(n))
        hits += estimate.low <= truth <= estimate.high
    # Four standard errors of the simulation. The plain percentile interval has 0.88 and 0.92.
    assert_allclose(hits / n_samples, 0.95, atol=0.03)


def test_mean_gain_weighs_data_sets_alike():
    differences = [[0.1, 0.3], [0.2, np.nan], [0.3, np.nan]]
    assert_allclose(mean_gain(differences).mean, 0.25)  # of 0.2 and 0.3
    assert mean_gain(differences).n_pairs == 3


def test_mean_gain_resamples_seeds():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.01, 0.02, (20, 6))
    by_seed = paired_difference(differences.mean(axis=1), np.zeros(20))
    assert_allclose(mean_gain(differences), by_seed)
    # What all data sets of a seed share does not average out, what each has of its own does.
    shared = mean_gain(np.tile(differences[:, :1], 6))
    assert shared.high - shared.low > 1.5 * (by_seed.high - by_seed.low)


def test_mean_gain_of_an_incomplete_table():
    differences = np.random.default_rng(0).normal(0.5, 0.01, (10, 3))
    whole = mean_gain(differences)
    differences[7:, 1] = np.nan
    differences[:, 2] = np.nan  # this data set is not there yet
    part = mean_gain(differences)
    assert_allclose(part[:3], whole[:3], atol=0.01)
    assert part.low < part.mean < part.high
    assert part.n_pairs == 10


def test_few_pairs_decide_nothing():
    assert paired_difference([0.1, 0.2, 0.3], [0, 0, 0]).sign == 0
    scores = np.linspace(0.1, 0.2, MIN_PAIRS)
    assert paired_difference(scores, np.zeros(MIN_PAIRS)).sign == 1
    assert paired_difference(-scores, np.zeros(MIN_PAIRS)).sign == -1


def test_outcomes():
    estimates = [
        Estimate(0.2, 0.1, 0.3, 20),
        Estimate(-0.2, -0.3, -0.1, 20),
        Estimate(0.1, 0.0, 0.2, 20),  # 0 is in the interval
        Estimate(0.2, 0.2, 0.2, 20),
        Estimate(0.2, np.nan, np.nan, 1),
        Estimate(np.nan, np.nan, np.nan, 0),
    ]
    assert count_outcomes(estimates) == (2, 2, 1)


# --- tests ---


def test_corrected_t_test_by_hand():
    # Mean 0.03, variance 0.0001 * 5 / 3; (1 / 4 + 1 / 4) of it is 8.333e-5: t = 3.2863, 3 df.
    p = corrected_t_test([0.015, 0.025, 0.035, 0.045], 0.25)
    assert_allclose(p, 2 * stats.t.sf(0.03 / np.sqrt(0.5 * 0.0001 * 5 / 3), 3))
    assert_allclose(p, 0.0462, atol=1e-4)


@given(arrays(float, st.integers(2, 12), elements=SCORES))
def test_without_shared_rows_it_is_students_test(differences):
    if np.ptp(differences) < 1e-6:
        return
    p = corrected_t_test(differences, 0.0)
    assert_allclose(p, stats.ttest_1samp(differences, 0).pvalue, rtol=1e-6, atol=1e-12)
    assert p <= corrected_t_test(differences, 0.25)


def test_corrected_t_test_at_its_limits():
    assert corrected_t_test([0.0, 0.0, 0.0], 0.25) == 1
    assert corrected_t_test([0.1, 0.1, 0.1], 0.25) == 0
    assert np.isnan(corrected_t_test([0.1], 0.25))
    assert corrected_t_test([0.1, np.nan, 0.2], 0.25) == corrected_t_test([0.1, 0.2], 0.25)


def test_corrected_t_test_rejects_less_than_students_on_splits_that_share_rows():
    """Two arms whose rows differ by chance alone, scored on 20 random fifths of 100 rows."""
    rng = np.random.default_rng(0)
    n_rows, n_test, n_splits, n_data = 100, 20, 20, 400
    plain = corrected = 0
    for _ in range(n_data):
        difference = rng.normal(size=n_rows)
        picks = rng.random((n_splits, n_rows)).argsort(axis=1)[:, :n_test]
        scores = difference[picks].mean(axis=1)
        plain += stats.ttest_1samp(scores, 0).pvalue < 0.05
        corrected += corrected_t_test(scores, n_test / (n_rows - n_test)) < 0.05
    assert plain / n_data > 0.25  # five times what it promises
    assert corrected / n_data < 0.08


def test_holm_by_hand():
    # Sorted 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1 is 0.02, 0.03, 0.06, 0.04, made to rise.
    assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert_allclose(holm([0.02, np.nan, 0.9]), [0.04, np.nan, 0.9])
    assert_array_equal(holm([0.7, 0.8]), [1, 1])


@given(P_VALUES)
def test_holm_lies_between_the_p_values_and_bonferronis(p_values):
    p = np.asarray(p_values)
    adjusted, known = holm(p), ~np.isnan(p)
    assert_array_equal(np.isnan(adjusted), ~known)
    assert (adjusted[known] >= p[known]).all()
    assert (adjusted[known] <= np.minimum(p[known] * known.sum(), 1) + 1e-12).all()
    order = np.argsort(p[known], kind="stable")
    assert (np.diff(adjusted[known][order]) >= 0).all()


# --- baselines and ranks ---


def test_stronger_baseline_is_chosen_on_the_seeds_that_both_have():
    baselines = pd.DataFrame({"fixed": [0.5, 0.6, 0.1], "early-stopped": [0.4, 0.5, np.nan]})
    assert stronger(baselines).name == "fixed"
    assert stronger(baselines.iloc[2:]).name == "fixed"  # no seed in common


def test_mean_ranks_by_hand():
    scores = pd.DataFrame({"a": [0.9, 0.7], "b": [0.8, 0.7], "c": [0.1, 0.9], "d": [1, np.nan]})
    assert mean_ranks(scores)[["a", "b", "c"]].tolist() == [1.75, 2.25, 2.0]
    assert np.isnan(mean_ranks(scores)["d"])


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
