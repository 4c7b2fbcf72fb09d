"""Groups of rows: no fold of a filter parts them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.neighbors import KNeighborsClassifier

from skvae import LabelConsistencyFilter, VAEOversampler
from skvae.filters._base import assign_group_folds
from tests.helpers import VAE_, begins

RNG = np.random.default_rng(0)
GROUPS = np.repeat(np.arange(20), 3)
# Rows of a group are near copies of each other, and groups' classes are chance.
X = np.repeat(RNG.normal(size=(20, 3)), 3, axis=0) + RNG.normal(size=(60, 3)) * 1e-3
Y = np.repeat(RNG.permutation(np.repeat([0, 1], 10)), 3)


class Rows(KNeighborsClassifier):
    """Neighbours that tell which rows they have learnt."""

    def fit(self, X, y):
        self.learnt_ = X
        return super().fit(X, y)


def test_rows_of_a_group_never_judge_each_other():
    judge = LabelConsistencyFilter(Rows(1), cv=4, random_state=0).fit(X, Y, groups=GROUPS)
    assert len(judge.estimators_) == 4
    for k, one in enumerate(judge.estimators_):
        learnt = np.isin(X[:, 0], one.learnt_[:, 0])
        assert not set(GROUPS[learnt]) & set(GROUPS[~learnt])
        assert_array_equal(judge._folds == k, ~learnt)


def test_fit_resample_without_groups_trusts_copies():
    by_row = LabelConsistencyFilter(KNeighborsClassifier(1), random_state=0)
    assert len(by_row.fit_resample(X, Y)[0]) == 60
    X_out, y_out = by_row.fit_resample(X, Y, groups=GROUPS)
    assert 10 < len(y_out) < 50
    assert_array_equal(X_out, X[by_row.sample_indices_])
    names = [f"patient {g}" for g in GROUPS]
    assert_array_equal(by_row.fit_resample(X, Y, groups=names)[1], y_out)


def test_a_sampler_hands_groups_to_its_filter():
    y = np.where(np.arange(60) < 42, 0, 1)
    consistent = LabelConsistencyFilter(Rows(1), cv=3, random_state=0)
    sampler = VAEOversampler(VAE_, filter=[consistent], noise_scale=0.0, alpha=0.0, random_state=0)
    sampler.fit_resample(X, y, groups=GROUPS)
    [fitted] = sampler.filters_
    folds = [set(fitted._folds[GROUPS == g]) for g in range(20)]
    assert all(len(fold) == 1 for fold in folds)


def test_groups_of_rows_that_are_left_out_of_the_filter():
    y = np.where(np.arange(60) < 42, 0, 1)
    y[0] = 2  # one row: it can't be drawn, and the filter does not see it
    sampler = VAEOversampler(
        VAE_,
        filter=LabelConsistencyFilter(cv=3, random_state=0),
        sampling_strategy={1: 20},
        random_state=0,
    )
    sampler.fit_resample(X, y, groups=GROUPS)
    [fitted] = sampler.filters_
    assert all(len(set(fitted._folds[GROUPS[1:] == g])) == 1 for g in range(20))


@pytest.mark.parametrize("seed", range(5))
def test_classes_go_to_all_folds(seed):
    rng = np.random.RandomState(seed)
    groups = rng.randint(0, 30, 300)
    place = rng.choice(3, 300, p=[0.8, 0.15, 0.05])
    folds = assign_group_folds(place, groups, 5, rng, np.arange(3))
    counts = np.array([np.bincount(place[folds == k], minlength=3) for k in range(5)])
    assert (counts > 0).all()
    assert counts.sum(axis=1).max() < 100
    assert all(len(set(folds[groups == g])) == 1 for g in np.unique(groups))


def test_fewer_groups_than_folds():
    folds = assign_group_folds(
        *(np.tile([0, 1], 6), np.repeat([0, 1, 2], 4), 5), np.random.RandomState(0), np.arange(2)
    )
    assert sorted(set(folds)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (GROUPS[:9], "groups must have shape (60,), one for each row of X, got (9,)"),
        (np.zeros(60), "groups must be at least 2, got [0.0]"),
        (
            [None, *GROUPS[1:]],
            "groups must name a group for each row, and misses 1, first in row",
        ),
        (Y, "groups must spread class 0 over at least 2 folds, to judge its rows by those of"),
    ],
)
def test_wrong_groups(groups, message):
    filter_ = LabelConsistencyFilter(cv=3)
    sampler = VAEOversampler(VAE_, filter=filter_, sampling_strategy={0: 40})
    for refuse in (filter_.fit, filter_.fit_resample, sampler.fit_resample):
        with pytest.raises(ValueError, match=begins(message)):
            refuse(X, Y, groups=groups)


@pytest.mark.parametrize("filter_", ["auto", None, LabelConsistencyFilter()])
def test_groups_that_nothing_heeds_are_refused(filter_):
    with pytest.raises(ValueError, match="groups must be None where no filter is fitted by folds"):
        VAEOversampler(VAE_, filter=filter_).fit_resample(X, Y, groups=GROUPS)
