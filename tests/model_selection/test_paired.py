"""Paired differences: by hand, against scipy, and by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from skvae.model_selection import MIN_PAIRS, holm, paired_difference, spread
from skvae.model_selection._paired import corrected_t_test

SCORES = st.floats(0, 1, width=16)
P_VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), min_size=1, max_size=12)


# --- intervals ---


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
    assert_array_equal(paired_difference([0.75], [0.5]), [0.25, np.nan, np.nan, 1, np.nan])


def test_pairs_with_a_missing_score_do_not_count():
    whole = paired_difference([0.5, 0.75, 0.6, np.nan, 0.4], [0.25, 0.5, np.nan, 0.3, 0.3])
    assert whole == paired_difference([0.5, 0.75, 0.4], [0.25, 0.5, 0.3])
    assert_array_equal(paired_difference([np.nan], [1]), [np.nan, np.nan, np.nan, 0, np.nan])


@given(arrays(float, st.integers(2, 12), elements=SCORES))
def test_interval_holds_the_mean_within_the_range(scores):
    mean, low, high, *_ = paired_difference(scores, np.zeros(len(scores)))
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


def test_tables_weigh_alike():
    differences = [[0.1, 0.3], [0.2, np.nan], [0.3, np.nan]]
    assert_allclose(paired_difference(differences).mean, 0.25)  # of 0.2 and 0.3
    assert paired_difference(differences).n_pairs == 3


def test_splits_of_all_tables_are_resampled_together():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.01, 0.02, (20, 6))
    by_seed = paired_difference(differences.mean(axis=1), np.zeros(20))
    assert_allclose(paired_difference(differences), by_seed)
    # What all data sets of a seed share does not average out, what each has of its own does.
    shared = paired_difference(np.tile(differences[:, :1], 6))
    assert shared.high - shared.low > 1.5 * (by_seed.high - by_seed.low)


def test_incomplete_tables():
    differences = np.random.default_rng(0).normal(0.5, 0.01, (10, 3))
    whole = paired_difference(differences)
    differences[7:, 1] = np.nan
    differences[:, 2] = np.nan  # this data set is not there yet
    part = paired_difference(differences)
    assert_allclose(part[:3], whole[:3], atol=0.01)
    assert part.low < part.mean < part.high
    assert part.n_pairs == 10


def test_few_pairs_decide_nothing():
    assert paired_difference([0.1, 0.2, 0.3], [0, 0, 0]).sign == 0
    scores = np.linspace(0.1, 0.2, MIN_PAIRS)
    assert paired_difference(scores, np.zeros(MIN_PAIRS)).sign == 1
    assert paired_difference(-scores, np.zeros(MIN_PAIRS)).sign == -1


# --- the corrected resampled t-test ---


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


def test_p_value_is_that_of_the_corrected_test():
    scores, reference = np.random.default_rng(0).random((2, 10))
    difference = paired_difference(scores, reference, test_ratio=0.25)
    assert difference.p_value == corrected_t_test(scores - reference, 0.25)
    assert difference[:4] == paired_difference(scores, reference)[:4]
    assert np.isnan(paired_difference(scores, reference).p_value)


def test_reference_is_0_by_default():
    differences = np.random.default_rng(0).normal(size=10)
    assert paired_difference(differences) == paired_difference(differences, np.zeros(10))


@pytest.mark.parametrize(
    ("args", "options", "message"),
    [
        (
            ([0.1, 0.2], [0.1]),
            {},
            r"reference must be a number or have the shape of scores, \(2,\)",
        ),
        ((0.5,), {}, r"scores must have shape \(n_splits,\) or \(n_splits, n_tables\), got \(\)"),
        (([0.1, 0.2],), {"test_ratio": -1}, "test_ratio must be >= 0, got -1"),
        (([0.1, 0.2],), {"test_ratio": np.nan}, "test_ratio must be >= 0, got nan"),
        (([[0.1], [0.2]],), {"test_ratio": 0.25}, "test_ratio must be None for scores of several"),
    ],
)
def test_wrong_input_is_an_error(args, options, message):
    with pytest.raises(ValueError, match=message):
        paired_difference(*args, **options)


# --- several tests ---


def test_spread_leaves_out_what_is_missing():
    assert spread([1, np.nan, 2, 3]) == (2, 1)
    assert_array_equal(spread([1, np.nan]), [1, np.nan])
    assert_array_equal(spread([np.nan]), [np.nan, np.nan])


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
