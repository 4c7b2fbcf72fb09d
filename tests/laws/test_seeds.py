"""The same seed gives the same rows, and global random states are left alone."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris

from skvae import GAN, VAEGAN, Autoencoder, ConditionalVAE
from tests.helpers import BOTH, EVERY_RULE, GC, LC, both_samplers, fresh, models, sampler, tiny

IRIS, KINDS = load_iris(return_X_y=True)
FAMILIES = pytest.mark.parametrize("family", [Autoencoder, ConditionalVAE, GAN, VAEGAN])


def few_steps(family, seed=0):
    return family(hidden_layer_sizes=(8,), max_iter=5, random_state=seed).fit(IRIS, KINDS)


def results(model):
    """Everything that a model makes of rows, or draws."""
    names = ("transform", "score_samples", "reconstruct")
    of_rows = [getattr(model, name)(IRIS) for name in names if hasattr(model, name)]
    return [*of_rows, *([model.sample(5)] if hasattr(model, "sample") else [])]


@FAMILIES
@pytest.mark.filterwarnings("ignore::skvae.exceptions.ModeCollapseWarning")
def test_every_family_repeats_by_its_seed_and_leaves_global_states_alone(family, random_states):
    before = random_states()
    a, b, c = (results(few_steps(family, seed)) for seed in (0, 0, 1))
    assert random_states() == before
    for one, same, other in zip(a, b, c, strict=True):
        assert_array_equal(one, same)
        assert not np.allclose(one, other)


def test_same_seed_same_model_other_seed_other():
    a, b, c = (tiny(random_state=seed, denoising_std=0.1).fit(IRIS) for seed in (0, 0, 1))
    assert_array_equal(a.transform(IRIS), b.transform(IRIS))
    assert_array_equal(a.sample(5), b.sample(5))
    assert not np.allclose(a.transform(IRIS), c.transform(IRIS))
    assert not np.allclose(a.sample(5), c.sample(5))


@pytest.mark.parametrize("seed", [0, np.random.RandomState(0)], ids=["int", "RandomState"])
def test_sample_of_a_model_repeats_with_an_integer_seed_only(seed):
    vae = tiny(random_state=seed).fit(IRIS)
    assert (vae.sample(5) == vae.sample(5)).all() == isinstance(seed, int)


@pytest.mark.parametrize("params", [{}, {"early_stopping": True, "denoising_std": 0.1}])
def test_global_random_states_are_left_alone_by_models(random_states, params):
    before = random_states()
    vae = tiny(**params).fit(IRIS)
    vae.transform(IRIS)
    vae.sample(3)
    vae.score_samples(IRIS)
    assert random_states() == before
    np.random.seed(0)
    assert_array_equal(tiny(**params).fit(IRIS).transform(IRIS), vae.transform(IRIS))


@EVERY_RULE
def test_same_seed_same_rows_other_seed_other(cls, rule, imbalanced):
    X, y = imbalanced
    vae = tiny(random_state=None)
    a, b, c = (
        sampler(cls, vae, latent_sampling=rule, random_state=seed).fit_resample(X, y)[0]
        for seed in (0, 0, 1)
    )
    assert_array_equal(a, b)
    assert not np.allclose(a[40:], c[40:])


@BOTH
def test_seed_of_the_model_governs_its_training(cls, imbalanced):
    X, y = imbalanced
    first, second = (sampler(cls, random_state=seed).fit(X, y) for seed in (0, 1))
    for a, b in zip(models(first), models(second), strict=True):
        assert_array_equal(a.transform(X), b.transform(X))
    assert not np.allclose(first.sample(5, y=0)[0], second.sample(5, y=0)[0])


@BOTH
@pytest.mark.parametrize("seed", [0, np.random.RandomState(0)], ids=["int", "RandomState"])
def test_sample_repeats_with_an_integer_seed_only(cls, seed, imbalanced):
    over = sampler(cls, random_state=seed).fit(*imbalanced)
    first, second = over.sample(5, y=0)[0], over.sample(5, y=0)[0]
    assert (first == second).all() == isinstance(seed, int)


@EVERY_RULE
def test_global_random_states_are_left_alone(cls, rule, imbalanced, random_states):
    before = random_states()
    over = sampler(cls, latent_sampling=rule)
    over.fit_resample(*imbalanced)
    over.sample(3)
    assert random_states() == before


def test_same_seed_same_scores_and_global_states_untouched(wine, random_states):
    before = random_states()
    one, two = (fresh(GC).fit(wine[0]).score_samples(wine[1]) for _ in range(2))
    assert_array_equal(one, two)
    assert random_states() == before


@both_samplers
def test_a_filter_that_has_a_seed_keeps_it(imbalanced, sampler):
    X, y = imbalanced
    mine = fresh(GC, random_state=None)
    judged = []
    for seed in (0, 1):
        one = fresh(sampler, filter=fresh(GC, random_state=3), random_state=seed).fit(X, y)
        assert one.filters_[0].random_state == 3
        judged.append(one.filters_[0].score_samples(X))
    # The sampler's seed has no say in it, but in one without a seed it has.
    assert_array_equal(*judged)
    without = [fresh(sampler, filter=mine, random_state=s).fit(X, y).filters_[0] for s in (0, 1)]
    assert not np.allclose(without[0].score_samples(X), without[1].score_samples(X))
    assert mine.random_state is None
    assert not hasattr(mine, "thresholds_")


@both_samplers
@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_filters_leave_global_states_alone(imbalanced, sampler, random_states):
    before = random_states()
    filters = [fresh(GC, random_state=None), fresh(LC, random_state=None)]
    fresh(sampler, filter=filters, max_draws=2).fit_resample(*imbalanced)
    assert random_states() == before
