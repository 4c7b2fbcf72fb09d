"""Laws of both samplers under every latent rule."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.validation import check_is_fitted

from skvae import MultiVAEResampler, VAEOversampler
from skvae.exceptions import RefitWarning
from skvae.strategies import augment
from tests.helpers import BOTH, DECODED, EVERY_RULE, models, sampler, thesis, tiny

POOLS = pytest.mark.parametrize("pool", ["class", "all"])


# What comes out


@EVERY_RULE
@POOLS
def test_originals_first_then_new_rows_with_their_parents(cls, rule, pool, imbalanced):
    X, y = imbalanced
    params = {"latent_sampling": rule, "neighbor_pool": pool, "sampling_strategy": augment(2.0)}
    over = sampler(cls, **params)
    X_both, y_both = over.fit_resample(X, y)
    assert_array_equal(X_both[:40], X)
    assert_array_equal(y_both[:40], y)
    assert X_both.shape == (120, 3)
    assert Counter(y_both.tolist()) == {0: 40, 1: 40, 2: 40}
    assert_array_equal(over.synthetic_mask_, np.arange(120) >= 40)
    assert over.synthetic_mask_.dtype == bool
    assert (X_both >= X.min(axis=0)).all()
    assert (X_both <= X.max(axis=0)).all()

    start, partner = over.parent_indices_.T
    assert over.parent_indices_.shape == (80, 2)
    if rule in ("prior", "mixture"):
        assert_array_equal(over.parent_indices_, -1)
        return
    assert_array_equal(y[start], y_both[40:])
    assert len(set(start)) > 20
    if rule in ("noise", "posterior"):
        assert_array_equal(partner, -1)
        return
    assert (partner != start).all()
    assert (partner >= 0).all()
    if pool == "class":
        assert_array_equal(y[partner], y[start])
    else:
        assert (y[partner] != y[start]).any()


@pytest.mark.parametrize("rule", ["interpolation", "extrapolation"])
@pytest.mark.parametrize("alpha", [0, 0.3, 2.0])
@BOTH
@POOLS
def test_new_rows_are_decoded_from_their_parents(cls, rule, alpha, pool, imbalanced):
    X, y = imbalanced
    params = {"latent_sampling": rule, "alpha": alpha, "neighbor_pool": pool}
    over = sampler(cls, thesis(), sampling_strategy=augment(1.0), **params, **DECODED)
    X_both, y_both = over.fit_resample(X, y)
    step = alpha if rule == "interpolation" else -alpha
    for c, model in zip(over.classes_, models(over), strict=True):
        mine = y_both[40:] == c
        start, partner = (model.transform(X[i]) for i in over.parent_indices_[mine].T)
        Z = start + step * (partner - start)
        assert_allclose(X_both[40:][mine], model.inverse_transform(Z), rtol=1e-6)


@BOTH
def test_noise_of_no_scale_reconstructs(cls, imbalanced):
    X, y = imbalanced
    params = {"latent_sampling": "noise", "noise_scale": 0, "sampling_strategy": augment()}
    over = sampler(cls, thesis(), **params, **DECODED)
    X_both, y_both = over.fit_resample(X, y)
    for c, model in zip(over.classes_, models(over), strict=True):
        mine = y_both[40:] == c
        Z = model.transform(X[over.parent_indices_[mine, 0]])
        assert_allclose(X_both[40:][mine], model.inverse_transform(Z), rtol=1e-6)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", {0: 20, 1: 20, 2: 20}),
        ("all", {0: 20, 1: 20, 2: 20}),
        ("not majority", {0: 20, 1: 20, 2: 20}),
        ("not minority", {0: 20, 1: 20, 2: 8}),
        ("minority", {0: 20, 1: 12, 2: 20}),
        ({1: 15, 2: 30}, {0: 20, 1: 15, 2: 30}),
        ({0: 21}, {0: 21, 1: 12, 2: 8}),
        (lambda y: {2: Counter(y)[2] + 1}, {0: 20, 1: 12, 2: 9}),
        (augment(1.0), {0: 26, 1: 27, 2: 27}),
        (augment(0.5, balance=False), {0: 30, 1: 18, 2: 12}),
        (augment(0.0), {0: 20, 1: 12, 2: 8}),
    ],
)
@BOTH
def test_quotas(cls, strategy, expected, imbalanced):
    over = sampler(cls, sampling_strategy=strategy)
    X, y = over.fit_resample(*imbalanced)
    assert Counter(y.tolist()) == expected
    assert len(X) == len(y) == len(over.synthetic_mask_)
    assert over.parent_indices_.shape == (len(X) - 40, 2)
    grown = {c: n - {0: 20, 1: 12, 2: 8}[c] for c, n in expected.items()}
    assert {c: n for c, n in over.sampling_strategy_.items() if n} == {
        c: n for c, n in grown.items() if n
    }


@BOTH
def test_quota_as_a_share_of_two_classes(cls, imbalanced):
    X, y = imbalanced
    _, y_both = sampler(cls, sampling_strategy=0.9).fit_resample(X[y < 2], y[y < 2])
    assert Counter(y_both.tolist()) == {0: 20, 1: 18}


# sample


@EVERY_RULE
@POOLS
def test_sample(cls, rule, pool, imbalanced):
    X, y = imbalanced
    over = sampler(cls, latent_sampling=rule, neighbor_pool=pool).fit(X, y)
    rows, labels = over.sample(7, y=2)
    assert rows.shape == (7, 3)
    assert_array_equal(labels, [2] * 7)
    assert labels.dtype == y.dtype
    wanted = [2, 0, 1, 0, 2]
    rows, labels = over.sample(5, y=wanted)
    assert_array_equal(labels, wanted)
    assert_array_equal(over.sample(5, y=pd.Series(wanted))[0], rows)
    assert not hasattr(over, "synthetic_mask_")


@BOTH
def test_sample_by_shares(cls, imbalanced):
    _, labels = sampler(cls).fit(*imbalanced).sample(4000)
    assert_allclose(np.bincount(labels) / 4000, [0.5, 0.3, 0.2], atol=0.04)


def test_sampled_rows_belong_to_the_class_that_was_asked_for():
    rng = np.random.default_rng(0)
    y = np.repeat(["low", "high"], 30)
    X = rng.normal(size=(60, 2)) + np.where(y == "low", 0, 20)[:, None]
    vae = tiny(max_iter=300, learning_rate_init=1e-2)
    for over in (
        sampler(MultiVAEResampler, vae),
        sampler(VAEOversampler, vae, latent_sampling="interpolation"),
    ):
        rows, labels = over.fit(X, y).sample(40, y=np.tile(["high", "low"], 20))
        assert_array_equal(rows[:, 0] > 10, labels == "high")


@BOTH
def test_fit_resample_after_fit_draws_the_same_as_alone(cls, imbalanced):
    X, y = imbalanced
    again = sampler(cls).fit(X, y).fit_resample(X, y)
    assert_array_equal(again[0], sampler(cls).fit_resample(X, y)[0])


# Models


@BOTH
def test_unfitted_model_is_cloned(cls, imbalanced):
    vae = tiny()
    sampler(cls, vae).fit(*imbalanced)
    with pytest.raises(NotFittedError):
        check_is_fitted(vae)


@BOTH
def test_fitted_model_that_is_not_frozen_is_trained_anew(cls, imbalanced):
    X, y = imbalanced
    vae = thesis().fit(100 * X)
    Z = vae.transform(X)
    with pytest.warns(RefitWarning, match="^vae is fitted already"):
        over = sampler(cls, vae).fit(X, y)
    assert all(model is not vae for model in models(over))
    assert_allclose(models(over)[0]._fitted.codec.numbers.scaler.max_, X.max(axis=0))
    assert_array_equal(vae.transform(X), Z)


def test_single_model_equals_one_trained_alone(imbalanced, mixed_frame):
    y = imbalanced[1]
    over = sampler(VAEOversampler).fit(mixed_frame, y)
    alone = clone(over.vae_).fit(mixed_frame)
    assert_array_equal(over.vae_.transform(mixed_frame), alone.transform(mixed_frame))
    assert_frame_equal(over.vae_.sample(3), alone.sample(3))


@pytest.mark.parametrize("params", [{}, {"denoising_std": 0.1}, {"early_stopping": True}])
def test_each_class_model_equals_one_trained_alone(params, imbalanced):
    X, y = imbalanced
    # Every class spans the same ranges, so that alone its rows are scaled alike.
    for c in range(3):
        X[np.flatnonzero(y == c)[:2]] = X.min(axis=0), X.max(axis=0)
    over = sampler(MultiVAEResampler, thesis(max_iter=60, **params)).fit(X, y)
    assert len({model.random_state for model in over.estimators_}) == 3
    for c, model in enumerate(over.estimators_):
        alone = clone(model).fit(X[y == c])
        assert_allclose(model.transform(X), alone.transform(X), atol=1e-4)
        assert_allclose(model.loss_curve_, alone.loss_curve_, rtol=1e-4)
        assert_allclose(model.sample(4), alone.sample(4), atol=1e-3)


def test_class_models_learn_different_things(imbalanced):
    X, y = imbalanced
    over = sampler(MultiVAEResampler).fit(X, y)
    Z = [model.transform(X) for model in over.estimators_]
    assert not np.allclose(Z[0], Z[1])
    assert not np.allclose(Z[1], Z[2])


@BOTH
def test_models_know_the_frame(cls, imbalanced, mixed_frame):
    # transform would warn of missing names, and warnings are errors here.
    for model in models(sampler(cls).fit(mixed_frame, imbalanced[1])):
        assert model.transform(mixed_frame).shape == (40, 10)
        assert_array_equal(model.feature_names_in_, mixed_frame.columns)
        assert model.sample(2).dtypes.tolist() == mixed_frame.dtypes.tolist()


@pytest.mark.parametrize(
    ("n_own", "fraction", "n_others"), [(40, 0.2, 10), (40, 0.5, 40), (90, 0.2, 10), (40, 0.0, 0)]
)
def test_mixed_rows_are_a_share_of_the_whole(n_own, fraction, n_others):
    own = np.random.default_rng(0).permutation(100)[:n_own]
    over = MultiVAEResampler(mix_fraction=fraction)
    rows = over._mix(own, 100, np.random.RandomState(0))
    assert_array_equal(rows[:n_own], own)
    others = rows[n_own:]
    assert len(others) == len(set(others)) == n_others
    assert not set(others) & set(own)


def test_mixed_rows_reach_the_training(imbalanced):
    X, y = imbalanced
    X = X + 50 * y[:, None]
    over = sampler(MultiVAEResampler, tiny(max_iter=200), filter=None)
    low = [clone(over).set_params(mix_fraction=f).fit(X, y).sample(300, y=0)[0] for f in (0.0, 0.5)]
    assert low[1].mean() > low[0].mean() + 10


@BOTH
def test_divergence_warns_and_still_draws_finite_rows(cls, imbalanced):
    over = sampler(cls, tiny(learning_rate_init=1e30))
    with pytest.warns(ConvergenceWarning, match="at step 1 of 20"):
        X, _ = over.fit_resample(*imbalanced)
    assert np.isfinite(X).all()


# A fit that fails, parameters that change, and numbers that are too large


@BOTH
def test_failed_fit_is_no_fit(cls):
    resampler = sampler(cls)
    X, y = np.random.default_rng(0).random((40, 3)), np.repeat([0, 1], [25, 15])
    resampler.fit(X, y)
    with pytest.raises(ValueError, match="has 1 row"):
        resampler.fit(X, np.repeat([5, 6, 7], [20, 19, 1]))
    with pytest.raises(NotFittedError):
        resampler.sample(2)


@BOTH
def test_parameters_set_after_fit_wait_for_the_next(cls):
    resampler = sampler(cls)
    X, y = np.random.default_rng(0).random((40, 3)), np.repeat([0, 1], [25, 15])
    expected = resampler.fit(X, y).sample(3, y=1)[0]
    other = "noise" if resampler.latent_sampling != "noise" else "interpolation"
    resampler.set_params(latent_sampling=other, neighbor_pool="all")
    assert_array_equal(resampler.sample(3, y=1)[0], expected)
