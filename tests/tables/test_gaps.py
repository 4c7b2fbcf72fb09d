"""Gaps between numbers, and new numbers that stay out of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from skvae._tables.gaps import Gaps, Range

FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5).map(float)
TABLES = hnp.arrays(np.float64, st.tuples(st.integers(2, 8), st.just(2)), elements=FLOATS)


def find(table, *classes, columns=2):
    return Gaps.between([table], np.arange(columns), [Range.of(rows) for rows in classes])


def moved(gaps, values, rows):
    values = np.array(values, float)
    gaps.leave(values, Range.of(rows))
    return values


@given(TABLES, TABLES, st.floats(0, 1))
def test_no_number_is_left_in_a_gap_wider_than_the_class(table, new, share):
    rows = table[: max(1, round(share * len(table)))]
    result = moved(find(table, rows, table), new, rows)
    half = rows.max(axis=0) / 2 - rows.min(axis=0) / 2
    for j in range(2):
        known = np.unique(table[:, j])
        for before, after in zip(new[:, j], result[:, j], strict=True):
            below, above = known[known < before], known[known > before]
            in_gap = len(below) and len(above) and before not in known
            if in_gap and above[0] / 2 - below[-1] / 2 > half[j]:
                assert after in (below[-1], above[0])
                assert abs(after / 2 - before / 2) <= above[0] / 4 - below[-1] / 4 + 1e-300
            else:
                assert after == before


def test_a_class_of_one_number_gets_numbers_of_the_column():
    table = np.array([[1.0], [1.0], [2.0], [5.0]])
    gaps = find(table, table[:2], table[2:], columns=1)
    assert_array_equal(
        moved(gaps, [[1.2], [3.6], [4], [5], [0], [9]], table[:2])[:, 0], [1, 5, 5, 5, 0, 9]
    )
    # The gap from 2 to 5 is as wide as the other class.
    assert_array_equal(moved(gaps, [[1.2], [3.6]], table[2:])[:, 0], [1.2, 3.6])


def test_missing_numbers_stay_and_are_no_range():
    table = np.array([[np.nan, 1.0], [np.nan, 2], [3, np.nan], [7, np.nan]])
    gaps = find(table, table[:2], table[2:])
    result = moved(gaps, [[4, 1.5], [np.nan, np.nan]], table[:2])
    assert_array_equal(result, [[3, 1.5], [np.nan, np.nan]])


def test_columns_without_room_for_a_gap_are_passed_over():
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.random(100), rng.random(100), np.r_[9.0, rng.random(99)]])
    gaps = Gaps.between([table], np.array([0, 2]), [Range.of(table[:50]), Range.of(table[50:])])
    assert list(gaps.ends) == [2]
    assert len(gaps.ends[2][0]) == 1
