"""VAE as a transformer: scales, scores, training options, collapse."""

import sys

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning
from torch.nn import functional as F

from skvae import VAE, MultiVAEResampler
from skvae.exceptions import LatentCollapseWarning
from tests.helpers import thesis, tiny

IRIS = load_iris().data


# Scales


@pytest.mark.parametrize(
    ("scale", "offset"),
    [
        (np.array([1e-12, 1e-6, 1e6, 1e12]), 0),
        (np.array([1e-3, 1, 1, 1e3]), -100),
        (2e307, 0),
        (4e307, -4),
    ],
    ids=["tiny and huge", "negative", "near the largest float", "range beyond the largest float"],
)
@pytest.mark.parametrize("model", [tiny, thesis])
def test_units_of_columns_do_not_matter(model, scale, offset):
    # Without ties, whose quantiles differ by rounding.
    flowers = IRIS + 0.01 * np.random.default_rng(0).random(IRIS.shape)
    X = scale * (flowers + offset)
    plain, scaled = model().fit(flowers), model().fit(X)
    Z = plain.transform(flowers)
    assert np.ptp(Z) > 0.1
    assert_allclose(scaled.transform(X), Z, rtol=1e-3, atol=1e-4)
    back = scaled.inverse_transform(Z) / scale - offset
    assert_allclose(back, plain.inverse_transform(Z), rtol=1e-4)


@pytest.mark.parametrize("model", [tiny, thesis])
def test_new_rows_stay_in_the_range_of_each_column(model):
    X = IRIS * [1e-12, -1e300, 0, 1e12]
    new = model(max_iter=200).fit(X).sample(500)
    assert (new >= X.min(axis=0)).all()
    assert (new <= X.max(axis=0)).all()
    assert_array_equal(new[:, 2], 0)
    assert (np.ptp(new, axis=0)[[0, 1, 3]] > 0.1 * np.ptp(X, axis=0)[[0, 1, 3]]).all()


def test_reconstruction_of_two_symbols():
    # Two kinds of rows and enough steps: encoding and decoding gives each row back.
    X = np.array([[0, 5, -50], [3, 9, 50]] * 20)
    vae = thesis(beta=0.1, max_iter=500, learning_rate_init=1e-2).fit(X)
    assert_array_equal(vae.inverse_transform(vae.transform(X)), X)


def test_names_of_latent_dimensions():
    vae = thesis(n_components=3).fit(IRIS)
    assert_array_equal(vae.get_feature_names_out(), ["vae0", "vae1", "vae2"])
    frame = pd.DataFrame(IRIS, columns=list("abcd"), index=np.arange(150) + 7)
    vae = thesis().set_output(transform="pandas").fit(frame)
    Z = vae.transform(frame)
    assert_array_equal(Z.columns, ["vae0", "vae1"])
    assert_array_equal(Z.index, frame.index)
    assert_array_equal(vae.feature_names_in_, frame.columns)


# Scores


def test_score_tells_rows_from_noise():
    # Rows of two bits, each repeated four times, against rows of eight bits.
    rng = np.random.default_rng(0)
    X = np.repeat(rng.integers(0, 2, (100, 2)), 4, axis=1)
    vae = thesis(max_iter=300, learning_rate_init=1e-2).fit(X)
    real, noise = vae.score_samples(X), vae.score_samples(rng.integers(0, 2, (100, 8)))
    assert real.shape == (100,)
    assert (real[:, None] > noise).mean() > 0.9
    assert vae.score(X) == pytest.approx(real.mean())
    assert_array_equal(vae.score_samples(X), real)


def test_score_is_the_elbo_with_the_whole_kl():
    vae = thesis(beta=0.3, max_iter=300).fit(IRIS)
    x = torch.from_numpy((IRIS - IRIS.min(axis=0)) / np.ptp(IRIS, axis=0)).float()
    mean, log_var = (part[0].T for part in vae._fitted.net.encode(x.T[None]))
    posterior = torch.distributions.Normal(mean, (log_var / 2).exp())
    kl = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    eps = torch.randn(2000, *mean.shape, generator=torch.Generator().manual_seed(0))
    Z = (mean + posterior.scale * eps).flatten(0, 1)
    logits = vae._fitted.net.decode(Z.T[None])[0].T
    nll = F.binary_cross_entropy_with_logits(logits, x.repeat(2000, 1), reduction="none")
    elbo = -nll.sum(dim=1).view(2000, -1).mean(dim=0) - kl.sum(dim=1)
    assert kl.sum(dim=1).mean() > 0.3
    assert_allclose(vae.score_samples(IRIS), elbo, atol=0.15)
    assert_allclose(vae.score(IRIS), elbo.mean(), atol=0.02)


def test_score_of_a_row_does_not_hang_on_its_neighbours():
    vae = thesis().fit(IRIS)
    assert_allclose(vae.score_samples(IRIS)[3:5], vae.score_samples(IRIS[3:5]), rtol=1e-6)
    assert_allclose(vae.transform(IRIS)[3:5], vae.transform(IRIS[3:5]), rtol=1e-6)


# Training


def test_training_lowers_the_loss():
    vae = thesis(max_iter=300).fit(IRIS)
    assert vae.loss_curve_[-50:].mean() < vae.loss_curve_[:50].mean() - 0.1
    assert vae.reconstruction_curve_[-50:].mean() < vae.reconstruction_curve_[:50].mean() - 0.1
    assert (vae.kl_curve_ >= 0).all()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"beta": 0.7}, 0.7),
        ({"beta": 0.7, "normalize_beta": True}, 0.7 * 2 / 4),
        ({"beta": 0.7, "normalize_beta": True, "n_components": 6}, 0.7 * 6 / 4),
        ({"beta": 0}, 0),
    ],
)
def test_weight_of_the_kl(params, expected):
    vae = thesis(**params).fit(IRIS)
    assert vae.beta_ == pytest.approx(expected)
    assert_allclose(vae.loss_curve_, vae.reconstruction_curve_ + expected * vae.kl_curve_)
    same = thesis(n_components=vae.n_components, beta=expected).fit(IRIS)
    assert_allclose(vae.transform(IRIS), same.transform(IRIS), atol=1e-5)


def test_larger_beta_smaller_kl():
    kl = [
        thesis(beta=beta, max_iter=300).fit(IRIS).kl_curve_[-50:].mean() for beta in (0.01, 0.3, 10)
    ]
    assert kl[0] > 2 * kl[1] > 4 * kl[2]


def test_noise_on_the_encoder_input_in_training_only():
    clean, noisy = (thesis(denoising_std=std).fit(IRIS) for std in (0.0, 0.5))
    assert not np.allclose(clean.transform(IRIS), noisy.transform(IRIS), atol=1e-3)
    assert_array_equal(noisy.transform(IRIS), noisy.transform(IRIS))


def test_early_stopping_stops_and_returns_to_the_best_weights():
    # No look after the first gains 1e9 nats, so that the first look's weights are the best.
    params = {"early_stopping": True, "validation_fraction": 0.2}
    vae = thesis(max_iter=5000, n_iter_no_change=2, tol=1e9, **params).fit(IRIS)
    first = thesis(max_iter=vae.n_iter_ // 3, **params).fit(IRIS)
    assert vae.n_iter_ == 3 * first.n_iter_ < 5000
    assert_allclose(vae.transform(IRIS), first.transform(IRIS), atol=1e-5)
    assert_allclose(vae.loss_curve_[: first.n_iter_], first.loss_curve_, rtol=1e-5)


@pytest.mark.parametrize("params", [{}, {"early_stopping": True, "tol": 1e9, "max_iter": 2000}])
def test_curves_have_one_value_a_step(params):
    vae = thesis(**params).fit(IRIS)
    for curve in (vae.loss_curve_, vae.reconstruction_curve_, vae.kl_curve_):
        assert curve.shape == (vae.n_iter_,)
        assert np.isfinite(curve).all()


@pytest.mark.parametrize("params", [{}, {"early_stopping": True}])
def test_divergence_keeps_the_last_good_weights(params):
    vae = thesis(learning_rate_init=1e30, **params)
    with pytest.warns(ConvergenceWarning, match=r"stopped being finite at step 1 of 20.*1e\+30"):
        vae.fit(IRIS)
    assert vae.n_iter_ == 1
    assert np.isfinite(vae.loss_curve_).all()
    for rows in (vae.transform(IRIS), vae.sample(5), vae.score_samples(IRIS)):
        assert np.isfinite(rows).all()


def test_verbose_without_tqdm(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    thesis(verbose=1, max_iter=120).fit(IRIS)
    lines = capsys.readouterr().out.splitlines()
    assert 1 < len(lines) <= 12
    assert all("reconstruction" in line and "KL" in line for line in lines)
    assert "step 120/120" in lines[-1]


def test_sample_is_the_prior_decoded():
    vae = thesis(max_iter=300).fit(IRIS)
    expected = vae.inverse_transform(np.random.default_rng(0).normal(size=(4000, 2)))
    new = vae.sample(4000)
    spread = expected.std(axis=0)
    assert_allclose(new.mean(axis=0), expected.mean(axis=0), atol=0.15 * spread.min())
    assert_allclose(new.std(axis=0), spread, rtol=0.1)


def test_a_second_fit_forgets_the_first():
    vae = thesis().fit(IRIS[:, :2]).fit(IRIS)
    assert_array_equal(vae.transform(IRIS), clone(vae).fit(IRIS).transform(IRIS))


# The caller's own torch


@pytest.mark.parametrize(
    "mode",
    [torch.no_grad, torch.inference_mode, lambda: torch.device("meta")],
    ids=["no_grad", "inference_mode", "default device"],
)
def test_modes_of_the_caller_change_nothing(mode):
    expected = thesis().fit(IRIS)
    with mode():
        vae = thesis().fit(IRIS)
        assert_array_equal(vae.transform(IRIS), expected.transform(IRIS))
        assert_array_equal(vae.sample(3), expected.sample(3))


def test_default_dtype_of_the_caller_changes_nothing():
    expected = thesis().fit(IRIS)
    torch.set_default_dtype(torch.float64)
    try:
        assert_array_equal(thesis().fit(IRIS).transform(IRIS), expected.transform(IRIS))
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


# Collapse


def test_collapse_is_said_with_its_beta_and_the_way_out():
    X = np.random.default_rng(0).random((100, 4))
    vae = VAE(3, beta=4.0, max_iter=300, random_state=0)
    message = (
        r"^No latent dimension is active for X \(mean KL below 0.01 nats\).*weighed by 4: lower "
        r"beta, or set normalize_beta=True, which weighs it by 3\.$"
    )
    with pytest.warns(LatentCollapseWarning, match=message):
        vae.fit(X)
    assert vae.active_components_.tolist() == [False] * 3
    with pytest.warns(LatentCollapseWarning, match=r"weighed by 3: lower beta\.$"):
        vae.set_params(normalize_beta=True).fit(X)


def test_collapsed_classes_are_named_together():
    X = np.random.default_rng(0).random((60, 4))
    over = MultiVAEResampler(VAE(beta=50.0, max_iter=200), random_state=0)
    with pytest.warns(LatentCollapseWarning, match="active for class 'a', class 'b' ") as said:
        over.fit(X, np.repeat(["a", "b"], 30))
    assert len(said) == 1


@pytest.mark.filterwarnings("error::skvae.exceptions.LatentCollapseWarning")
def test_active_components_are_those_that_carry_information():
    vae = VAE(6, beta=0.5, max_iter=1000, random_state=0).fit(load_digits().data)
    by_component = []
    for j in range(6):
        Z = np.zeros((2, 6))
        Z[1, j] = 1
        by_component.append(np.ptp(vae.inverse_transform(Z), axis=0).max())
    assert vae.active_components_.any()
    by_component = np.array(by_component)
    assert by_component[vae.active_components_].min() > 1
    assert (by_component[~vae.active_components_] < 1).all()
