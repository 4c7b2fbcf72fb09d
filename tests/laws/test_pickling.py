"""Fitted estimators are written and read."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from skvae.strategies import augment
from tests.helpers import BOTH, GC, LC, both_filters, both_samplers, fresh, sampler, tiny


def test_round_trip_of_a_fitted_model(copied, mixed_frame):
    vae = tiny().fit(mixed_frame)
    again = copied(vae)
    assert_array_equal(again.transform(mixed_frame), vae.transform(mixed_frame))
    assert_array_equal(again.score_samples(mixed_frame), vae.score_samples(mixed_frame))
    assert_frame_equal(again.sample(3), vae.sample(3))


@BOTH
@pytest.mark.parametrize("rule", ["noise", "interpolation"])
def test_round_trip_of_a_fitted_sampler(cls, rule, copied, imbalanced):
    over = sampler(cls, latent_sampling=rule, sampling_strategy=augment()).fit(*imbalanced)
    again = copied(over)
    assert_array_equal(again.sample(6)[0], over.sample(6)[0])
    assert_array_equal(again.fit_resample(*imbalanced)[0], over.fit_resample(*imbalanced)[0])


@both_filters
def test_copies_judge_alike(wine, filter_, copied):
    fitted = fresh(filter_).fit(wine[0], wine[2])
    labels, parents = wine[3], np.full(len(wine[1]), -1)
    for mine, its in zip(
        fitted._judge(wine[1], labels, parents, np.random.RandomState(0)),
        copied(fitted)._judge(wine[1], labels, parents, np.random.RandomState(0)),
        strict=True,
    ):
        assert_array_equal(mine, its)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@both_samplers
def test_copies_of_a_filtering_sampler_draw_alike(imbalanced, sampler, copied):
    sampler = fresh(sampler, filter=[GC, LC], max_draws=2).fit(*imbalanced)
    assert_array_equal(copied(sampler).sample(5, y=1)[0], sampler.sample(5, y=1)[0])
