"""How many rows each class shall have."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from skvae import VAEOversampler
from skvae.strategies import augment

COUNTS = st.lists(st.integers(1, 60), min_size=1, max_size=8)
RATIOS = st.floats(0, 4)


def labels(counts):
    return np.repeat(np.arange(len(counts)), counts)


def one_by_one(counts, n_new):
    """The same by definition: each new row goes to a class that has the fewest."""
    levels = list(counts)
    for _ in range(n_new):
        levels[levels.index(min(levels))] += 1
    return levels


@given(COUNTS, RATIOS)
def test_balanced(counts, ratio):
    targets = augment(ratio)(labels(counts))
    assert list(targets) == list(range(len(counts)))
    assert all(targets[c] >= n for c, n in enumerate(counts))
    n_new = round(ratio * sum(counts))
    assert sum(targets.values()) == sum(counts) + n_new
    assert sorted(targets.values()) == sorted(one_by_one(counts, n_new))


@given(COUNTS, RATIOS)
def test_unbalanced_keeps_the_shares(counts, ratio):
    targets = augment(ratio, balance=False)(labels(counts))
    assert all(abs(targets[c] - (1 + ratio) * n) <= 0.5 + 1e-9 for c, n in enumerate(counts))
    assert all(targets[c] >= n for c, n in enumerate(counts))


@given(COUNTS, RATIOS, st.booleans(), st.floats(0, 5))
def test_no_class_grows_beyond_its_limit(counts, ratio, balance, most):
    limited = augment(ratio, balance, max_growth=most)(labels(counts))
    free = augment(ratio, balance)(labels(counts))
    assert limited == {c: min(free[c], int((1 + most) * n)) for c, n in enumerate(counts)}


@given(COUNTS, RATIOS, st.booleans(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(counts, ratio, balance, random):
    y = labels(counts).tolist()
    strategy = augment(ratio, balance)
    expected = strategy(y)
    random.shuffle(y)
    assert strategy(y) == expected


@pytest.mark.parametrize("y", [["b", "b", "a"], [1, 1, -1], [True, True, False], [2.0, 2.0, 0.5]])
def test_labels_of_any_kind(y):
    assert augment(1.0)(y) == {y[0]: 3, y[2]: 3}
    assert augment(1.0, balance=False)(np.array(y)) == {y[0]: 4, y[2]: 2}


def test_copies():
    strategy = augment(0.5, balance=False)
    assert strategy != augment(0.5)
    for copy in (
        pickle.loads(pickle.dumps(strategy)),
        clone(VAEOversampler(sampling_strategy=strategy)).sampling_strategy,
        eval(repr(strategy)),
    ):
        assert copy == strategy
        assert copy(labels([4, 2])) == {0: 6, 1: 3}


@pytest.mark.parametrize("most", [-0.1, np.nan, "1", 1j])
def test_bad_max_growth(most):
    with pytest.raises(ValueError, match=r"max_growth must be a number >= 0 or None, got "):
        augment(1.0, max_growth=most)


@pytest.mark.parametrize("ratio", [-0.1, np.nan, np.inf, "1", None, 1j])
def test_bad_ratio(ratio):
    with pytest.raises(ValueError, match=r"ratio must be a finite number >= 0, got "):
        augment(ratio)
