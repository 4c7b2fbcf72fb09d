"""Quotas: rows of a class that are still to be drawn."""

from collections import Counter

import numpy as np

from skvae import VAEOversampler
from skvae.filters._base import Verdict
from skvae.over_sampling import _quotas
from skvae.over_sampling._quotas import NewRows, Quota
from tests.helpers import VAE_, Detector


def rows_of(scores):
    scores = np.asarray(scores, float)[:, None]
    return NewRows(scores, np.full((len(scores), 2), -1), scores)


def test_batches_grow_and_stay_in_the_budget():
    quota, batches = Quota(10, max_draws=20), []
    while quota.wants_more:
        batches.append(quota.next_batch())
        quota.count(np.zeros(batches[-1], bool))
        quota.hold(rows_of(np.arange(batches[-1])), np.zeros(batches[-1], int))
    assert batches[:3] == [10, 20, 60]
    assert sum(batches) == 200


def test_the_reserve_holds_the_best():
    quota = Quota(3, max_draws=1)
    quota.keep(rows_of([7]))
    quota.hold(rows_of([1, 5, 2]), np.array([0, 0, 0]))
    quota.hold(rows_of([0, 9]), np.array([1, 0]))
    assert quota.missing == 2
    # First what passed more filters, then what scored higher.
    assert quota.rows().scores[:, 0].tolist() == [7, 0, 9]


def test_a_class_that_others_fill_up_is_not_drawn_for_again(imbalanced, monkeypatch):
    # The filter sees rows of 0 and 1 in class 2 first, then one batch for 0 in class 1: that fills
    # up class 1, whose draws are spent, in the round in which it was to be drawn for again.
    seen_in = {0: iter([2, 1]), 1: iter([2])}

    def judge(filter_, X, labels, parents, rng):
        assert len(labels), "a detector can't judge no rows"
        label = next(seen_in.get(labels[0], iter(())), labels[0])
        return Verdict(
            np.ones(len(labels), bool), np.zeros(len(labels)), np.full(len(labels), label)
        )

    monkeypatch.setattr("skvae.filters._slot.judge", judge)
    sampler = VAEOversampler(VAE_, filter=Detector(1.0), max_draws=1, random_state=0)
    _, y_new = sampler.fit(*imbalanced).sample(20, y=np.repeat([0, 1, 2], [5, 5, 10]))
    assert Counter(y_new.tolist()) == {0: 5, 1: 5, 2: 10}


def test_a_batch_is_as_large_as_the_acceptance_so_far_asks():
    quota = Quota(100, max_draws=20)
    assert quota.next_batch() == 100
    quota.count(np.arange(100) < 50)
    quota.keep(rows_of(np.arange(50)))
    # 50 more at even odds, and a tenth on top.
    assert 100 <= quota.next_batch() <= 115
    assert quota.acceptance_rate == 0.5
    quota.keep(rows_of(np.arange(50)))
    assert not quota.wants_more
    assert len(quota.rows()) == 100


def test_many_rows_are_drawn_in_batches(monkeypatch):
    monkeypatch.setattr(_quotas, "_DRAWN_AT_ONCE", 40)
    quota, values = Quota(100, max_draws=20), iter(range(1000))
    while quota.wants_more:
        batch = rows_of([next(values) for _ in range(quota.next_batch())])
        assert len(batch) <= 40
        quota.count(np.ones(len(batch), bool))
        quota.keep(batch.take(slice(quota.missing)))
    assert quota.rows().values[:, 0].tolist() == list(range(100))
