"""Filters inside the samplers: ours, frozen ones, and any outlier detector."""

from collections import Counter

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import LinearSVC

from skvae import VAE, GenerativeClassifierFilter, MultiVAEResampler, VAEOversampler
from skvae.strategies import augment
from tests.helpers import (
    GC,
    LC,
    SAMPLERS,
    VAE_,
    Detector,
    both_filters,
    both_samplers,
    fresh,
    thesis,
)


@both_samplers
@pytest.mark.parametrize(
    "filter_",
    [GC, fresh(GC, per_class=True), LC, fresh(LC, relabel=True), [GC, LC],
     IsolationForest(random_state=0), LocalOutlierFactor(novelty=True)],
    ids=["GC", "GC per class", "LC", "relabel", "both", "forest", "LOF"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_quotas_are_met(imbalanced, sampler, filter_):
    X, y = imbalanced
    sampler = fresh(sampler, filter=filter_, max_draws=5)
    X_out, y_out = sampler.fit_resample(X, y)
    assert Counter(y_out) == {0: 20, 1: 20, 2: 20}
    assert_array_equal(X_out[:40], X)
    assert len(sampler.parent_indices_) == 20
    several = isinstance(filter_, list)
    assert sampler.filter_scores_.shape == ((20, 2) if several else (20,))
    assert sampler.acceptance_rate_.keys() == {1, 2}
    assert all(0 <= rate <= 1 for rate in sampler.acceptance_rate_.values())
    assert len(sampler.filters_) == 1 + several
    twice, _ = fresh(sampler).fit_resample(X, y)
    assert_array_equal(twice, X_out)
    X_new, y_new = sampler.sample(6, y=1)
    assert X_new.shape == (6, 3)
    assert set(y_new) == {1}


@both_samplers
def test_kept_rows_have_the_scores_that_the_filter_gives_them(imbalanced, mixed_frame, sampler):
    _, y = imbalanced
    sampler = fresh(sampler, filter=GC, sampling_strategy=augment(1.0))
    X_out, _y_out = sampler.fit_resample(mixed_frame.drop(columns="sparse"), y)
    new = sampler.synthetic_mask_
    assert_allclose(
        sampler.filters_[0].score_samples(X_out[new]), sampler.filter_scores_, atol=1e-5
    )
    assert sampler.filter_scores_.min() >= 0


@both_samplers
def test_no_filter_no_scores(imbalanced, sampler):
    sampler = fresh(sampler, filter=Detector(1.0))
    sampler.fit_resample(*imbalanced)
    assert sampler.acceptance_rate_ == {1: 1.0, 2: 1.0}
    sampler.set_params(filter=None).fit_resample(*imbalanced)
    assert not hasattr(sampler, "filter_scores_")
    assert not hasattr(sampler, "acceptance_rate_")


@both_samplers
def test_rejected_rows_are_drawn_again_in_growing_batches(imbalanced, sampler):
    sampler = fresh(sampler, filter=Detector(0.1), max_draws=100, sampling_strategy={2: 108})
    sampler.fit_resample(*imbalanced)
    drawn = sampler.filters_[0].n_judged_
    assert drawn[0] == 100 < drawn[1]
    assert sum(drawn) < 3000
    assert 0.05 < sampler.acceptance_rate_[2] < 0.2
    assert sampler.filter_scores_.max() < 0.1


@both_samplers
def test_the_best_fill_up_what_a_filter_rejects(imbalanced, sampler):
    sampler = fresh(sampler, filter=Detector(0.0), max_draws=3)
    with pytest.warns(ConvergenceWarning, match=r"passed.*acceptance rate 0.000") as said:
        _, y_out = sampler.fit_resample(*imbalanced)
    assert "Only 0 of 36 rows drawn for class 2" in str(said[-1].message)
    assert Counter(y_out) == {0: 20, 1: 20, 2: 20}
    # Of three times as many rows the best third.
    assert sampler.filter_scores_.min() > 0.4
    assert sampler.acceptance_rate_ == {1: 0.0, 2: 0.0}


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@both_samplers
@both_filters
def test_a_frozen_filter_judges_by_all_its_models(imbalanced, sampler, filter_):
    X, y = imbalanced
    known = clone(filter_).fit(X, y)
    sampler = fresh(sampler, filter=FrozenEstimator(known))
    X_out, y_out = sampler.fit_resample(X, y)
    new = sampler.synthetic_mask_
    if filter_ is GC:
        expected = known.score_samples(X_out[new])
    else:
        expected = known.predict_proba(X_out[new])[np.arange(new.sum()), y_out[new]]
    assert_allclose(sampler.filter_scores_, expected)
    assert sampler.filters_[0].estimator is known


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@both_filters
def test_without_originals_a_frozen_filter_judges_as_its_own(imbalanced, filter_):
    sampler = MultiVAEResampler(VAE_, filter=filter_, random_state=0)
    lent = fresh(sampler, filter=FrozenEstimator(clone(filter_).fit(*imbalanced)))
    own_rows, _ = sampler.fit_resample(*imbalanced)
    assert_array_equal(lent.fit_resample(*imbalanced)[0], own_rows)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_a_frozen_filter_serves_rows_with_a_class_of_one(imbalanced):
    X, y = imbalanced
    known = FrozenEstimator(clone(LC).fit(X, y))
    X, y = np.append(X, [[9, 9, 9]], axis=0), np.append(y, 3)
    sampler = fresh(SAMPLERS[0], filter=known, sampling_strategy={2: 20})
    assert Counter(sampler.fit_resample(X, y)[1]) == {0: 20, 1: 12, 2: 20, 3: 1}


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("second", [LC, fresh(GC, per_class=True)], ids=["LC", "GC per class"])
def test_what_a_frozen_filter_sees_in_a_class_of_its_own_is_rejected(imbalanced, second):
    X, y = imbalanced
    relabelling = FrozenEstimator(fresh(LC, relabel=True).fit(X, y))
    here = y != 1
    plain = fresh(SAMPLERS[0], residuals=False, sampling_strategy=augment(2.0))
    sampler = fresh(plain, filter=[relabelling, second])
    _, y_out = sampler.fit_resample(X[here], y[here])
    assert set(y_out) == {0, 2}
    alone = fresh(plain, filter=relabelling)
    alone.fit_resample(X[here], y[here])
    assert max(alone.acceptance_rate_.values()) < 1


def test_a_frozen_filter_may_be_frozen_again(imbalanced):
    X, y = imbalanced
    once = FrozenEstimator(fresh(GC, per_class=True).fit(X, y))
    rows = [
        fresh(SAMPLERS[0], filter=frozen).fit_resample(X, y)[0]
        for frozen in (once, FrozenEstimator(once))
    ]
    assert_array_equal(*rows)


def test_a_frozen_detector_stays_as_it_was_fitted(imbalanced):
    X, y = imbalanced
    detector = IsolationForest(random_state=0).fit(X[:10])
    sampler = fresh(SAMPLERS[0], filter=FrozenEstimator(detector))
    X_out, _ = sampler.fit_resample(X, y)
    new = X_out[sampler.synthetic_mask_]
    assert_allclose(sampler.filter_scores_, detector.decision_function(new))


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@both_samplers
def test_rows_of_an_early_checkpoint_are_noise(imbalanced, sampler):
    early = fresh(VAE_, early_checkpoint=0.5)
    sampler = fresh(sampler, vae=early, filter=fresh(GC, noise=("early", "uniform")))
    assert len(sampler.fit_resample(*imbalanced)[0]) == 60


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_a_frozen_model_brings_its_early_checkpoint(imbalanced):
    X, y = imbalanced
    gc = fresh(GC, noise="early", per_class=True)
    with_it, without = (
        FrozenEstimator(fresh(VAE_, early_checkpoint=share).fit(X)) for share in (0.5, None)
    )
    assert len(VAEOversampler(with_it, filter=gc).fit_resample(X, y)[0]) == 60
    with pytest.raises(ValueError, match="needs rows of an early checkpoint"):
        VAEOversampler(without, filter=gc).fit_resample(X, y)
    one_each = (MultiVAEResampler(frozen, latent_sampling="noise") for frozen in (with_it, without))
    with_them, without_them = (FrozenEstimator(each.fit(X, y)) for each in one_each)
    options = {"filter": gc, "latent_sampling": "noise"}
    assert len(MultiVAEResampler(with_them, **options).fit_resample(X, y)[0]) == 60
    with pytest.raises(ValueError, match="needs rows of an early checkpoint"):
        MultiVAEResampler(without_them, **options).fit_resample(X, y)


@both_samplers
@pytest.mark.parametrize(
    ("filter_", "error", "message"),
    [
        (fresh(GC, noise="early"), ValueError, "needs rows of an early checkpoint"),
        (fresh(GC, sigma=-1), ValueError, "sigma"),
        (fresh(LC, threshold=2.0), ValueError, "threshold"),
        (fresh(LC, estimator=LinearSVC()), ValueError, "predict_proba"),
        (GenerativeClassifierFilter, (TypeError, ValueError), "filter"),
        (VAE(), TypeError, "outlier detector with fit and predict"),
        ([GC, "forest"], TypeError, "'forest'"),
        ("forest", ValueError, "filter"),
    ],
)
def test_what_cannot_filter_is_refused_before_training(
    imbalanced, sampler, filter_, error, message, no_training
):
    with pytest.raises(error, match=message):
        fresh(sampler, filter=filter_).fit_resample(*imbalanced)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_a_class_of_one_row_that_stays_does_not_disturb(imbalanced):
    X, y = imbalanced
    y = y.copy()
    y[0] = 9
    sampler = VAEOversampler(
        VAE_,
        filter=[fresh(GC, per_class=True), fresh(LC, relabel=True)],
        sampling_strategy={2: 20},
        random_state=0,
    )
    _, y_out = sampler.fit_resample(X, y)
    assert Counter(y_out)[9] == 1
    assert Counter(y_out)[2] == 20
    assert 0 not in sampler.parent_indices_


class Failing(Detector):
    """Fails when the models are trained already."""

    def fit(self, X):
        raise ValueError("this one can't be fitted")


@both_samplers
def test_sampling_after_fit_is_filtered(imbalanced, sampler):
    sampler = fresh(sampler, filter=Detector(0.3), max_draws=100).fit(*imbalanced)
    labels = np.repeat([2, 0, 1], 10)
    X_new, y_new = sampler.sample(30, y=labels)
    assert_array_equal(y_new, labels)
    assert sampler.filters_[0].score_samples(X_new).max() < 0.3
    assert_array_equal(sampler.sample(30, y=labels)[0], X_new)
    # What tells of `fit_resample` has no place here.
    assert not hasattr(sampler, "filter_scores_")


@both_samplers
def test_parents_are_those_of_the_rows_that_passed(imbalanced, sampler):
    X, y = imbalanced
    sampler = fresh(
        sampler, vae=thesis(), filter=Detector(0.3), residuals=False, max_draws=100,
        latent_sampling="interpolation", alpha=0.3, sampling_strategy=augment(1.0),
    )  # fmt: skip
    X_out, y_out = sampler.fit_resample(X, y)
    single = isinstance(sampler, VAEOversampler)
    for c in range(3):
        model = sampler.vae_ if single else sampler.estimators_[c]
        own = y_out[40:] == c
        start, partner = (model.transform(X[i]) for i in sampler.parent_indices_[own].T)
        expected = model.inverse_transform(start + 0.3 * (partner - start))
        assert_allclose(X_out[40:][own], expected, rtol=1e-6)
        assert_array_equal(y[sampler.parent_indices_[own, 0]], c)


@both_samplers
def test_a_failed_fit_leaves_no_scores(imbalanced, sampler):
    X, y = imbalanced
    sampler = fresh(sampler, filter=Detector(1.0))
    sampler.fit_resample(X, y)
    assert len(sampler.filter_scores_) == 20
    with pytest.raises(ValueError, match="this one can't be fitted"):
        sampler.set_params(filter=Failing()).fit_resample(X, y)
    assert not hasattr(sampler, "filter_scores_")
    assert not hasattr(sampler, "acceptance_rate_")
    with pytest.raises(NotFittedError):
        sampler.sample(3)


@both_samplers
def test_a_list_of_one_has_a_column_and_an_empty_one_none(imbalanced, sampler):
    sampler = fresh(sampler, filter=[Detector(1.0)])
    sampler.fit_resample(*imbalanced)
    assert sampler.filter_scores_.shape == (20, 1)
    sampler.set_params(filter=[]).fit_resample(*imbalanced)
    assert not hasattr(sampler, "filter_scores_")


@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
def test_the_default_model_has_no_early_checkpoint(cls, imbalanced, no_training):
    with pytest.raises(ValueError, match="needs rows of an early checkpoint"):
        cls(filter=fresh(GC, noise=("uniform", "early"))).fit(*imbalanced)
