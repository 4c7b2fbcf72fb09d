"""The generative classifier on its own, and what it is made of."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from skvae import GenerativeClassifierFilter
from skvae.datasets import fetch_proben1
from skvae.filters._noise import ABSENT, Noise
from skvae.filters._real_or_noise import quantile_bins
from tests.helpers import GC, fresh, needs_data

# The generative classifier on its own


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
    share = np.mean(gc._judges.held_out_scores < 0)
    assert rate - 1 / len(wine[0]) - 1e-9 <= share <= rate


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_rows_of_the_fit_are_judged_by_networks_that_left_them_out(wine, container):
    X = container(wine[0])
    gc = GenerativeClassifierFilter(random_state=0).fit(X)
    scores = gc.score_samples(X)
    assert_array_equal(scores, gc._judges.held_out_scores)
    assert set(gc.predict(X)) == {-1, 1}
    assert_array_equal(gc.score_samples(X[5:9]), scores[5:9])
    # To networks that have all learnt it, a row looks more real.
    assert np.mean(gc.score_samples(wine[0] * (1 + 1e-6)) > scores) > 0.8


def test_rows_that_repeat_are_judged_by_all_networks():
    X = np.random.default_rng(0).normal(size=(30, 3))
    gc = fresh(GC).fit(np.concatenate([X, X[:3]]))
    assert_array_equal(gc.score_samples(X[3:]), gc._judges.held_out_scores[3:30])
    assert (gc.score_samples(X[:3]) != gc._judges.held_out_scores[:3]).all()


def test_the_thesis_way_is_one_network_at_even_odds(wine):
    gc = fresh(GC, rejection_rate=None).fit(wine[0])
    assert gc._judges.net.n_models == 1
    assert_array_equal(gc.thresholds_, [0])
    assert fresh(GC).fit(wine[0])._judges.net.n_models == 2 * GC.cv


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


# What it is made of


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


# What the filters take and remember


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


@pytest.mark.parametrize("method", ["predict", "decision_function", "score_samples"])
def test_nothing_is_judged_before_fit(imbalanced, method):
    with pytest.raises(NotFittedError):
        getattr(fresh(GC), method)(imbalanced[0])


# Real data


@needs_data
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


@needs_data
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
