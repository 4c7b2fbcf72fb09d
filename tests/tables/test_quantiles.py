"""Quantiles of columns: exact ranks, and numbers that lead back."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skvae._tables import numbers
from skvae._tables.codec import TableCodec
from skvae._tables.quantiles import QuantileScaler

COLUMNS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.standard_cauchy(size=n),
    "whole": lambda rng, n: rng.integers(0, 9, n).astype(float),
    "far clusters": lambda rng, n: np.where(rng.random(n) < 0.5, 0, 1e6) + rng.normal(size=n),
    "outlier": lambda rng, n: np.r_[1e9, rng.normal(size=n - 1)],
    "constant": lambda rng, n: np.full(n, 3.0),
}


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    return np.column_stack([make(rng, 5000) for make in COLUMNS.values()])


def fitted(table):
    return QuantileScaler().fit(table, table.min(axis=0), table.max(axis=0))


def test_ranks_are_those_of_a_search_among_the_knots(table):
    scaler = fitted(table)
    ranks = scaler.encode(table, np.float64)
    for j, column in enumerate(scaler._columns):
        expected = np.interp(table[:, j], column.knots, np.linspace(0, 1, len(column.knots)))
        is_single = ~np.isin(table[:, j], column.knots[1:][np.diff(column.knots) == 0])
        expected = np.clip(expected, column.lowest_rank, column.highest_rank)
        assert_array_equal(ranks[is_single, j], expected[is_single])


def test_ranks_are_within_a_two_thousandth_of_the_shares_of_rows(table):
    ranks = fitted(table).encode(table, np.float64)
    for rank, column in zip(ranks.T, table.T, strict=True):
        ordered = np.sort(column)
        below, up_to = (
            np.searchsorted(ordered, column, s) / len(column) for s in ("left", "right")
        )
        bound = 1 / 2000 + 1 / len(column)
        assert (rank >= below - bound).all()
        assert (rank <= up_to + bound).all()


def test_ranks_rise_with_numbers_and_numbers_with_ranks(table):
    scaler = fitted(table)
    assert (np.diff(scaler.encode(np.sort(table, axis=0), np.float64), axis=0) >= 0).all()
    ranks = np.repeat(np.linspace(0, 1, 4001)[:, None], table.shape[1], axis=1)
    assert (np.diff(scaler.decode(ranks), axis=0) >= 0).all()


def test_knots_come_back_exactly(table):
    scaler = fitted(table)
    for j, column in enumerate(scaler._columns):
        knots = column.knots[np.isin(column.knots, table[:, j])]
        rows = np.repeat(knots[:, None], table.shape[1], axis=1)
        assert_array_equal(scaler.decode(scaler.encode(rows))[:, j], knots)


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_many_rows_are_learnt_from_some_but_the_ends_from_all(likelihood, monkeypatch):
    monkeypatch.setattr(numbers, "_LEARNT_ROWS", 2000)
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.normal(size=30_000), np.full(30_000, np.nan)])
    values[rng.integers(30_000), 0], values[7, 1] = 50, 3
    codec = TableCodec(likelihood=likelihood, quantile_transform=True).fit(values)
    back = codec.decode(codec.encode(values), np.random.RandomState(0))
    ends = values[:, 0].argsort()[[0, -1]]
    assert_array_equal(back[ends, 0], values[ends, 0])
    # The error of a share of 2,000 rows, in four standard deviations.
    ranks = codec.numbers.scaler.encode(values, np.float64)[:, 0]
    if likelihood == "bernoulli":
        shares = values[:, 0].argsort().argsort() / len(values)
        assert np.abs(ranks - shares).max() < 4 * 0.5 / np.sqrt(2000)
