"""The filters: on their own, as a step of a Pipeline, and inside the samplers."""

import os
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_wine, make_blobs
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import LinearSVC
from torch.nn import functional as F

from skvae import (
    VAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae._nn.devices import generators
from skvae._nn.networks import StackedBinClassifier
from skvae._nn.objectives import RealAgainstNoise
from skvae.datasets import fetch_proben1
from skvae.filters._base import Verdict, assign_folds
from skvae.filters._generative_classifier import quantile_bins
from skvae.filters._noise import ABSENT, Noise
from skvae.over_sampling._quotas import Quota, Rows
from skvae.strategies import augment

CPU = torch.device("cpu")
VAE_ = VAE(hidden_layer_sizes=(8,), max_iter=20)
GC = GenerativeClassifierFilter(hidden_layer_sizes=(16,), max_iter=60, cv=3, random_state=0)
LC = LabelConsistencyFilter(GaussianNB(), random_state=0)
SAMPLERS = [VAEOversampler(VAE_, random_state=0), MultiVAEResampler(VAE_, random_state=0)]
both_samplers = pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda s: type(s).__name__)
both_filters = pytest.mark.parametrize("filter_", [GC, LC], ids=lambda f: type(f).__name__)


def fresh(estimator, /, **params):
    return type(estimator)(**{**estimator.get_params(deep=False), **params})


class Detector(BaseEstimator):
    """Accepts a share of all rows, by something that has nothing to do with them."""

    def __init__(self, share=0.1):
        self.share = share

    def fit(self, X):
        self.n_judged_ = []
        return self

    def score_samples(self, X):
        return np.asarray(X)[:, 0] * 1e6 % 1

    def predict(self, X):
        self.n_judged_.append(len(X))
        return np.where(self.score_samples(X) < self.share, 1, -1)


@pytest.fixture(scope="module")
def wine():
    """Real wines to fit on and to judge, and noise."""
    X, y = load_wine(return_X_y=True)
    X_fit, X_new, y_fit, y_new = train_test_split(X, y, stratify=y, random_state=0)
    noise = np.random.default_rng(0).uniform(X.min(axis=0), X.max(axis=0), (500, X.shape[1]))
    return X_fit, X_new, y_fit, y_new, noise


# -- The generative classifier on its own


@pytest.mark.parametrize("noise", ["uniform", ("uniform", "normal"), ("permuted",)])
def test_uniform_noise_is_found_and_unseen_rows_are_kept(wine, noise):
    X_fit, X_new, _, _, planted = wine
    gc = GenerativeClassifierFilter(noise, random_state=0).fit(X_fit)
    scores = gc.score_samples(np.concatenate([X_new, planted]))
    truth = np.repeat([1, 0], [len(X_new), len(planted)])
    assert roc_auc_score(truth, scores) > 0.95
    assert np.mean(gc.predict(X_new) == 1) > 0.8
    assert_allclose(gc.decision_function(X_new), scores[: len(X_new)] - gc.offset_)


def test_rows_of_the_caller_replace_the_sources(wine):
    X_fit, X_new, *_ = wine
    strange = X_new * 0.5 + 0.5 * X_fit.max(axis=0)
    gc = GenerativeClassifierFilter("normal", random_state=0)
    assert (
        np.mean(gc.fit(X_fit, X_noise=X_fit * 0.5 + 0.5 * X_fit.max(axis=0)).predict(strange) < 0)
        > 0.9
    )


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.3])
def test_no_more_held_out_rows_than_allowed_are_called_noise(wine, rate):
    gc = fresh(GC, rejection_rate=rate).fit(wine[0])
    share = np.mean(gc._held_out_scores < 0)
    assert rate - 1 / len(wine[0]) - 1e-9 <= share <= rate


def test_the_thesis_way_is_one_network_at_even_odds(wine):
    gc = fresh(GC, rejection_rate=None).fit(wine[0])
    assert gc._net.n_models == 1
    assert_array_equal(gc.thresholds_, [0])
    assert fresh(GC).fit(wine[0])._net.n_models == 2 * GC.cv


def test_networks_of_a_class_judge_its_rows(wine):
    X_fit, _, y_fit, _, _ = wine
    gc = GenerativeClassifierFilter(per_class=True, random_state=0).fit(X_fit, y_fit)
    own, other = gc.score_samples(X_fit, y_fit), gc.score_samples(X_fit, (y_fit + 1) % 3)
    assert np.mean(own > other) > 0.95
    assert_array_equal(
        gc.score_samples(X_fit),
        np.max([own, other, gc.score_samples(X_fit, (y_fit + 2) % 3)], axis=0),
    )
    with pytest.raises(ValueError, match=r"y must hold labels of \[0, 1, 2\], got \[7\]"):
        gc.score_samples(X_fit, np.full(len(X_fit), 7))


def test_same_seed_same_scores_and_global_states_untouched(wine, random_states):
    before = random_states()
    one, two = (fresh(GC).fit(wine[0]).score_samples(wine[1]) for _ in range(2))
    assert_array_equal(one, two)
    assert random_states() == before


@both_filters
def test_copies_judge_alike(wine, filter_, copied):
    fitted = fresh(filter_).fit(wine[0], wine[2])
    labels, parents = wine[3], np.full(len(wine[1]), -1)
    for mine, its in zip(
        fitted._judge(wine[1], labels, parents),
        copied(fitted)._judge(wine[1], labels, parents),
        strict=True,
    ):
        assert_array_equal(mine, its)


def test_constant_columns_do_not_give_noise_away():
    # Rows that only a constant column could tell from noise: there is nothing to learn.
    even = np.column_stack([np.random.default_rng(0).random(400), np.full(400, 7.0)])
    gc = GenerativeClassifierFilter("uniform", random_state=0).fit(even[:200])
    fake = np.column_stack([np.random.default_rng(1).random(200), np.full(200, 7.0)])
    scores = gc.score_samples(np.concatenate([even[200:], fake]))
    assert 0.4 < roc_auc_score(np.repeat([1, 0], 200), scores) < 0.6


def wrong(noise):
    return fresh(GC, noise=noise)


@pytest.mark.parametrize(
    ("gc", "X", "message"),
    [
        (GC, np.ones((9, 3)), "must have a column that varies.*3 constant"),
        (GC, np.ones((1, 3)), "n_samples = 1"),
        (fresh(GC, sigma=0), np.eye(3), "sigma"),
        (fresh(GC, sigma=-1.0), np.eye(3), "sigma"),
        (fresh(GC, rejection_rate=1.0), np.eye(3), "rejection_rate"),
        (wrong("gauss"), np.eye(3), "noise must name.*'gauss'"),
        (wrong(("uniform", "late")), np.eye(3), "noise must name.*'late'"),
        (wrong(()), np.eye(3), "noise must name"),
        (wrong("early"), np.eye(3), "'early' must come from an early checkpoint"),
        (fresh(GC, hidden_layer_sizes=(0,)), np.eye(3), "hidden_layer_sizes"),
        (fresh(GC, device="tpu9"), np.eye(3), "device"),
    ],
)
def test_bad_input_is_refused(gc, X, message):
    with pytest.raises(ValueError, match=message):
        gc.fit(X)


def test_other_tables_than_that_of_fit_are_refused(wine):
    X = wine[0]
    with pytest.raises(NotFittedError):
        fresh(GC).predict(X)
    with pytest.raises(ValueError, match="X has 12 features"):
        fresh(GC).fit(X).predict(X[:, 1:])
    with pytest.raises(ValueError, match=r"X_noise is not a table like X.*12 features"):
        fresh(GC).fit(X, X_noise=X[:, 1:])
    with pytest.raises(ValueError, match="class 1 must have at least 2 rows"):
        fresh(GC, per_class=True).fit(X[:4], [0, 0, 0, 1])


def test_a_loss_that_is_not_finite_is_said():
    X = np.random.default_rng(0).random((30, 3))
    with pytest.warns(ConvergenceWarning, match="stopped being finite"):
        fresh(GC, learning_rate_init=1e30).fit(X)


# -- What it is made of


def test_noise_comes_in_equal_parts_and_keeps_to_its_source():
    g = torch.Generator().manual_seed(0)
    real = torch.tensor([[0.25, 0.5, 0.0], [0.5, 1.0, 0.0]])
    bank = torch.full((4, 3), 9.0)
    sources = ("uniform", "permuted", "early", "normal")
    varying = torch.tensor([True, True, False])
    rows = Noise(sources, real, 0.1, bank, varying, torch.zeros(3))(g, 4000)
    uniform, permuted, early, normal = (rows[i::4] for i in range(4))
    assert (rows[:, 2] == 0).all()
    assert 0 <= uniform.min()
    assert 0.9 < uniform[:, 0].max() <= 1
    assert set(permuted[:, 0].tolist()) == {0.25, 0.5}
    # Values of one row no longer belong together.
    assert 0.4 < (permuted[:, 0] * 2 == permuted[:, 1]).float().mean() < 0.6
    assert (early[:, :2] == 9).all()
    assert_allclose(normal[:, :2].mean(0), [0.375, 0.75], atol=0.02)
    assert_allclose(normal[:, :2].std(0), 0.1, atol=0.02)


def test_noise_has_symbols_and_gaps_as_real_rows_have():
    g = torch.Generator().manual_seed(0)
    real = torch.tensor([[0.0, 0.5], [0.5, ABSENT], [1.0, 0.1], [1.0, 0.2]])
    levels = torch.tensor([2.0, 0.0])
    for name in ("uniform", "normal", "permuted"):
        rows = Noise((name,), real, 0.4, None, torch.tensor([True, True]), levels)(g, 4000)
        assert set(rows[:, 0].tolist()) == {0, 0.5, 1}
        assert (rows[:, 1] == ABSENT).float().mean().item() == pytest.approx(0.25, abs=0.03)
    # Every symbol is as likely as the others.
    uniform = Noise(("uniform",), real, 0.4, None, torch.tensor([True, True]), levels)(g, 4000)
    assert_allclose([(uniform[:, 0] == c).float().mean() for c in (0, 0.5, 1)], 1 / 3, atol=0.03)


def test_what_is_missing_has_a_bin_of_its_own():
    coded = np.array([[0, 0.5], [1, -1], [1, 1], [0, 0]], np.float32)
    assert_allclose(quantile_bins(coded, 2), [[0, 1, 1, 1], [-1, 0, 0.5, 1]])


def test_bins_are_the_values_where_a_column_has_few():
    coded = np.column_stack([np.repeat([0, 1 / 3, 1], 10), np.linspace(0, 1, 30)]).astype("f4")
    edges = quantile_bins(coded, 4)
    assert_allclose(edges[0], [0, 1 / 3, 1, 1, 1])
    assert_allclose(edges[1], [0, 0.25, 0.5, 0.75, 1], atol=1e-6)


def test_values_are_coded_by_their_place_in_the_bins():
    edges = np.array([[0, 0.5, 1], [0, 1, 1]], np.float32)
    net = StackedBinClassifier(generators([0, 1], CPU), edges, (4,)).eval()
    seen = {}
    net.mlp.register_forward_hook(lambda module, inputs, output: seen.update(x=inputs[0]))
    assert net(torch.tensor([[[0.25, 0.75, 2.0], [0.5, -1.0, 1.0]]])).shape == (2, 1, 3)
    expected = [[0.5, 1, 1], [0, 0.5, 1], [0.5, 0, 1], [0, 0, 0]]
    assert_allclose(seen["x"], np.broadcast_to(expected, (2, 4, 3)))


def test_loss_is_torch_cross_entropy():
    x, noise = torch.rand(2, 2, 3, 8, generator=torch.Generator().manual_seed(0))
    net = StackedBinClassifier(
        generators([0, 1], CPU), np.tile(np.float32([0, 0.5, 1]), (3, 1)), (4,)
    )
    real, fake = RealAgainstNoise(3, [])(net, x, noise)
    logits = net(torch.cat([x, noise], dim=2))[:, 0]
    truth = torch.cat([torch.ones(2, 8), torch.zeros(2, 8)], dim=1)
    expected = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    torch.testing.assert_close(torch.cat([real, fake], dim=1), expected)


def test_folds_spread_every_group():
    folds = assign_folds([np.arange(0, 11), np.arange(11, 13)], 5, np.random.RandomState(0))
    assert sorted(Counter(folds[:11].tolist()).values()) == [2, 2, 2, 2, 3]
    assert sorted(folds[11:]) == [0, 1]


# -- As a step of its own


@both_filters
@pytest.mark.parametrize("container", ["frame", "array", "list"])
def test_resampling_leaves_out_rows(imbalanced, filter_, container):
    X, y = imbalanced
    kinds = {
        "frame": (
            pd.DataFrame(X, columns=list("abc"), index=range(50, 90)),
            pd.Series(y, name="kind", dtype="int8"),
        ),
        "array": (X.astype("float32"), y),
        "list": (X.tolist(), y.tolist()),
    }
    X_in, y_in = kinds[container]
    step = fresh(filter_, **({"rejection_rate": 0.2} if filter_ is GC else {}))
    X_out, y_out = step.fit_resample(X_in, y_in)
    kept = step.sample_indices_
    assert 0 < len(kept) < len(X)
    assert type(X_out) is type(X_in)
    assert type(y_out) is type(y_in)
    assert_array_equal(np.asarray(X_out), np.asarray(X_in)[kept])
    assert_array_equal(np.asarray(y_out), y[kept])
    if container == "frame":
        assert list(X_out.index) == list(range(len(kept)))
        assert (y_out.name, y_out.dtype) == ("kind", "int8")


@both_filters
def test_only_wanted_classes_lose_rows(imbalanced, filter_):
    X, y = imbalanced
    strict = {"rejection_rate": 0.3} if filter_ is GC else {"threshold": 0.999}
    _, y_out = fresh(filter_, sampling_strategy=[0], **strict).fit_resample(X, y)
    assert Counter(y_out)[1] == 12
    assert Counter(y_out)[2] == 8
    assert Counter(y_out)[0] < 20


def test_a_class_that_would_vanish_keeps_its_best_row(imbalanced):
    X, y = imbalanced
    X[y == 2] = X[y == 0][:8]
    with pytest.warns(ConvergenceWarning, match="keeps none of the 8 rows of class 2"):
        _, y_out = fresh(LC).fit_resample(X, y)
    assert Counter(y_out)[2] == 1


@both_filters
def test_step_behind_a_sampler(imbalanced, filter_):
    X, y = imbalanced
    pipeline = make_pipeline(fresh(SAMPLERS[0]), fresh(filter_), GaussianNB())
    assert set(pipeline.fit(X, y).predict(X)) <= {0, 1, 2}
    assert f"{type(filter_).__name__.lower()}__cv" in pipeline.get_params()


# -- In the samplers


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
    sampler = fresh(SAMPLERS[0], filter=[relabelling, second], sampling_strategy=augment(2.0))
    _, y_out = sampler.fit_resample(X[here], y[here])
    assert set(y_out) == {0, 2}
    alone = fresh(SAMPLERS[0], filter=relabelling, sampling_strategy=augment(2.0))
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


def test_one_frozen_model_for_all_classes_has_no_prior_of_each(imbalanced):
    X, y = imbalanced
    one = FrozenEstimator(fresh(VAE_).fit(X))
    for _ in range(2):  # however deep it lies
        one = FrozenEstimator(MultiVAEResampler(one, latent_sampling="noise").fit(X, y))
        with pytest.raises(ValueError, match="latent_sampling must be a rule that starts from"):
            MultiVAEResampler(one).fit(X, y)


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


# -- Label consistency


@pytest.fixture
def flipped():
    """Three far blobs of 40 rows; the first five of class 0 lie in the blob of class 1."""
    X, y = make_blobs([40, 40, 40], centers=[[0, 0], [9, 9], [0, 9]], random_state=0)
    wrong = np.flatnonzero(y == 1)[:5]
    y[wrong] = 0
    return X, y, wrong


def test_a_mislabelled_original_cannot_vouch_for_its_rows(flipped):
    X, y, wrong = flipped
    vae = VAE(n_components=10, beta=0.01, max_iter=300)
    sampler = VAEOversampler(
        vae, latent_sampling="noise", noise_scale=0.01, filter=LabelConsistencyFilter(),
        sampling_strategy=augment(1.0), random_state=0,
    )  # fmt: skip
    sampler.fit_resample(X, y)
    assert not set(wrong) & set(sampler.parent_indices_[:, 0])
    assert sampler.acceptance_rate_[0] < 0.95 < sampler.acceptance_rate_[2]
    sampler.set_params(filter=None).fit_resample(X, y)
    assert set(wrong) & set(sampler.parent_indices_[:, 0])


def test_mislabelled_rows_are_left_out_or_relabelled(flipped):
    X, y, wrong = flipped
    forest = LabelConsistencyFilter(random_state=0)
    forest.fit_resample(X, y)
    left_out = np.setdiff1d(np.arange(len(X)), forest.sample_indices_)
    assert set(wrong) <= set(left_out)
    assert len(left_out) < 12  # they take some neighbours with them
    _, y_out = forest.set_params(relabel=True).fit_resample(X, y)
    assert len(y_out) == len(y)
    assert_array_equal(y_out[wrong], 1)
    assert np.mean(np.delete(y_out, wrong) == np.delete(y, wrong)) > 0.9
    _, y_out = forest.set_params(sampling_strategy=[1, 2]).fit_resample(X, y)
    assert_array_equal(y_out[y == 0], 0)


def test_relabelled_rows_go_to_the_class_that_they_look_like(flipped):
    X, y, _ = flipped
    sampler = MultiVAEResampler(
        VAE(max_iter=200), filter=LabelConsistencyFilter(relabel=True),
        sampling_strategy=augment(1.0), random_state=0,
    )  # fmt: skip
    X_out, y_out = sampler.fit_resample(X, y)
    assert Counter(y_out) == {0: 80, 1: 80, 2: 80}
    new = sampler.synthetic_mask_
    assert_array_equal(sampler.filters_[0].predict_proba(X_out[new]).argmax(axis=1), y_out[new])


def test_threshold_is_the_least_probability(imbalanced):
    X, y = imbalanced
    sure = fresh(LC, threshold=0.99)
    sure.fit_resample(X, y)
    assert (sure._held_out_proba[sure.sample_indices_, y[sure.sample_indices_]] >= 0.99).all()
    assert len(sure.sample_indices_) < len(fresh(LC).fit_resample(X, y)[0])


@pytest.mark.parametrize(
    ("y", "message"),
    [([0, 0, 0, 0], "at least 2 classes"), ([0, 0, 0, 1], "class 1 has 1 row")],
)
def test_classes_that_cannot_be_cross_fitted_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        LabelConsistencyFilter().fit(np.random.default_rng(0).random((4, 2)), y)


# -- Quotas


def rows_of(scores):
    scores = np.asarray(scores, float)[:, None]
    return Rows(scores, np.full((len(scores), 2), -1), scores)


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


# -- Early checkpoints


@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
def test_early_checkpoint_is_a_model_of_its_own(imbalanced, share):
    X, _ = imbalanced
    vae = fresh(VAE_, early_checkpoint=share, random_state=0).fit(X)
    Z = np.random.default_rng(0).normal(size=(5, 2))
    same = np.allclose(vae.early_vae_.inverse_transform(Z), vae.inverse_transform(Z))
    assert same == (share == 1.0)
    assert_allclose(
        vae.inverse_transform(Z), fresh(VAE_, random_state=0).fit(X).inverse_transform(Z)
    )


def test_early_checkpoint_is_kept_only_when_asked(imbalanced):
    vae = fresh(VAE_, early_checkpoint=0.5).fit(imbalanced[0])
    assert hasattr(vae, "early_vae_")
    assert not hasattr(vae.set_params(early_checkpoint=None).fit(imbalanced[0]), "early_vae_")
    for share in (0, 1.5):
        with pytest.raises(ValueError, match="early_checkpoint"):
            vae.set_params(early_checkpoint=share).fit(imbalanced[0])


# -- What the filters take and remember


def test_any_container_gives_the_same_scores_and_names_are_remembered(imbalanced):
    X, _ = imbalanced
    frame = pd.DataFrame(X, columns=list("abc"))
    gc = fresh(GC).fit(frame)
    assert list(gc.feature_names_in_) == ["a", "b", "c"]
    assert gc.n_features_in_ == 3
    scores = gc.score_samples(frame)
    for other in (X, X.tolist(), X.astype("float32")):
        assert_allclose(fresh(GC).fit(other).score_samples(other), scores, atol=1e-4)
    with pytest.raises(ValueError, match="feature names"):
        gc.predict(frame[["b", "a", "c"]])


@both_filters
def test_one_hot_targets_stay_one_hot(imbalanced, filter_):
    X, y = imbalanced
    one_hot = np.eye(3, dtype="int8")[y]
    step = fresh(filter_)
    _, y_out = step.fit_resample(X, one_hot)
    assert y_out.dtype == "int8"
    assert_array_equal(y_out, one_hot[step.sample_indices_])


@pytest.mark.parametrize("method", ["predict", "decision_function", "score_samples"])
def test_nothing_is_judged_before_fit(imbalanced, method):
    with pytest.raises(NotFittedError):
        getattr(fresh(GC), method)(imbalanced[0])


def test_label_filter_refuses_what_it_cannot_use(imbalanced):
    X, y = imbalanced
    with pytest.raises(NotFittedError):
        fresh(LC).predict_proba(X)
    with pytest.raises(ValueError, match="X has 2 features"):
        fresh(LC).fit(X, y).predict_proba(X[:, 1:])
    with pytest.raises(ValueError, match="'estimator' parameter of LabelConsistencyFilter"):
        fresh(LC, estimator=LinearSVC()).fit(X, y)
    with pytest.raises(ValueError, match="needs finite numbers"):
        fresh(LC).fit(np.where(X == X.max(), np.inf, X), y)


def test_a_failed_fit_leaves_nothing_that_looks_fitted(imbalanced):
    X, y = imbalanced
    spoilt = np.where(X == X.max(), np.inf, X)
    for filter_, method in ((fresh(GC), "predict"), (fresh(LC), "predict_proba")):
        filter_.fit(X, y)
        with pytest.raises(ValueError, match="infinity"):
            filter_.fit(spoilt, y)
        with pytest.raises(NotFittedError):
            getattr(filter_, method)(X)


def test_gradient_is_that_of_mean_cross_entropy():
    x, noise = torch.rand(2, 1, 3, 8, generator=torch.Generator().manual_seed(0))
    edges = np.tile(np.float32([0, 0.5, 1]), (3, 1))
    net = StackedBinClassifier(generators([0], CPU), edges, (4,))
    objective = RealAgainstNoise(3, [])
    terms = objective(net, x, noise)
    weighted = sum(w * term.mean() for w, term in zip(objective.weights, terms, strict=True))
    truth = torch.cat([torch.ones(8), torch.zeros(8)])
    expected = F.binary_cross_entropy_with_logits(net(torch.cat([x, noise], dim=2))[0, 0], truth)
    mine, its = (torch.autograd.grad(loss, list(net.parameters())) for loss in (weighted, expected))
    assert any(g.abs().max() > 0.01 for g in its)
    for own, other in zip(mine, its, strict=True):
        torch.testing.assert_close(own, other)


def test_parameters_can_be_searched(imbalanced):
    # "noise" needs no neighbours, of which half the rows have too few.
    sampler = fresh(SAMPLERS[0], latent_sampling="noise")
    pipeline = make_pipeline(sampler, fresh(GC), GaussianNB())
    grid = {"generativeclassifierfilter__rejection_rate": [0.0, 0.2]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(*imbalanced)
    assert search.best_params_.keys() == grid.keys()
    inside = fresh(SAMPLERS[0], filter=fresh(GC)).set_params(filter__rejection_rate=0.2)
    assert inside.filter.rejection_rate == 0.2


# -- More of the samplers


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
        sampler, filter=Detector(0.3), latent_sampling="interpolation", alpha=0.3, max_draws=100,
        sampling_strategy=augment(1.0),
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


@both_samplers
def test_a_list_of_one_has_a_column_and_an_empty_one_none(imbalanced, sampler):
    sampler = fresh(sampler, filter=[Detector(1.0)])
    sampler.fit_resample(*imbalanced)
    assert sampler.filter_scores_.shape == (20, 1)
    sampler.set_params(filter=[]).fit_resample(*imbalanced)
    assert not hasattr(sampler, "filter_scores_")


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@both_samplers
def test_copies_of_a_filtering_sampler_draw_alike(imbalanced, sampler, copied):
    sampler = fresh(sampler, filter=[GC, LC], max_draws=2).fit(*imbalanced)
    assert_array_equal(copied(sampler).sample(5, y=1)[0], sampler.sample(5, y=1)[0])


@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
def test_the_default_model_has_no_early_checkpoint(cls, imbalanced, no_training):
    with pytest.raises(ValueError, match="needs rows of an early checkpoint"):
        cls(filter=fresh(GC, noise=("uniform", "early"))).fit(*imbalanced)


def test_a_class_that_others_fill_up_is_not_drawn_for_again(imbalanced, monkeypatch):
    # The filter sees rows of 0 and 1 in class 2 first, then one batch for 0 in class 1: that fills
    # up class 1, whose draws are spent, in the round in which it was to be drawn for again.
    seen_in = {0: iter([2, 1]), 1: iter([2])}

    def judge(filter_, X, labels, parents):
        assert len(labels), "a detector can't judge no rows"
        label = next(seen_in.get(labels[0], iter(())), labels[0])
        return Verdict(
            np.ones(len(labels), bool), np.zeros(len(labels)), np.full(len(labels), label)
        )

    monkeypatch.setattr("skvae.over_sampling._base.judge", judge)
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


# -- More of early checkpoints


def test_an_early_checkpoint_is_what_a_shorter_training_gives(imbalanced):
    frame = pd.DataFrame(imbalanced[0], columns=list("abc"))
    early = fresh(VAE_, early_checkpoint=0.5, random_state=0).fit(frame).early_vae_
    shorter = fresh(VAE_, max_iter=10, random_state=0).fit(frame)
    assert_allclose(early.transform(frame), shorter.transform(frame), atol=1e-5)
    assert list(early.feature_names_in_) == ["a", "b", "c"]
    assert early.n_features_in_ == 3
    assert list(early.sample(2).columns) == ["a", "b", "c"]


def test_training_that_stops_before_its_checkpoint_ends_with_it(imbalanced):
    X, _ = imbalanced
    vae = fresh(
        VAE_, max_iter=2000, early_stopping=True, tol=1e9, early_checkpoint=0.9, random_state=0
    ).fit(X)
    assert vae.n_iter_ < 1800
    assert_allclose(vae.early_vae_.transform(X), vae.transform(X))


# -- Real data


@pytest.mark.data
@pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")
@pytest.mark.parametrize("name", ["card", "horse"])
def test_planted_noise_is_found_in_proben1(name):
    X, y = fetch_proben1(name, return_X_y=True)
    X_fit, X_new = train_test_split(np.asarray(X), stratify=y, random_state=0)
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(X_new, axis=0)
    uniform = rng.uniform(X_fit.min(axis=0), X_fit.max(axis=0), X_new.shape)
    gc = GenerativeClassifierFilter(random_state=0).fit(X_fit)
    truth = np.repeat([1, 0], len(X_new))
    real = gc.score_samples(X_new)
    assert roc_auc_score(truth, np.r_[real, gc.score_samples(uniform)]) > 0.95
    assert roc_auc_score(truth, np.r_[real, gc.score_samples(shuffled)]) > 0.85
    assert np.mean(real < 0) < 0.12


@pytest.mark.data
@pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")
@pytest.mark.slow
def test_planted_noise_is_found_among_attributes():
    found = []
    for name in ("glass", "horse"):
        bunch = fetch_proben1(name, encoding="attributes")
        for seed in range(3):
            X_fit, X_new = train_test_split(
                np.asarray(bunch.data), stratify=bunch.target, random_state=seed
            )
            rng = np.random.default_rng(seed)
            planted = [
                rng.uniform(X_fit.min(axis=0), X_fit.max(axis=0), X_new.shape),
                rng.permuted(X_new, axis=0),
            ]
            gc = GenerativeClassifierFilter(random_state=seed).fit(X_fit)
            real, truth = gc.score_samples(X_new), np.repeat([1, 0], len(X_new))
            aucs = [roc_auc_score(truth, np.r_[real, gc.score_samples(rows)]) for rows in planted]
            found.append([*aucs, np.mean(real < 0)])
    uniform, shuffled, rejected = np.mean(found, axis=0)
    assert uniform >= 0.95
    assert shuffled >= 0.85
    assert rejected <= 0.15
