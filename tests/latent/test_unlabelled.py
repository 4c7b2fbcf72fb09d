"""Rows without labels as partners of the classes that reach them."""

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from skvae import VAE, VAEOversampler
from skvae.latent._neighbors import any_partners
from skvae.strategies import augment
from tests.helpers import THESIS


@pytest.fixture
def clusters():
    """Two rows of each of three well-parted clusters, and 60 rows of them without labels."""
    rng = np.random.default_rng(0)
    centres = 8 * np.eye(3)
    y_all = np.repeat([0, 1, 2], 22)
    X_all = centres[y_all] + rng.normal(size=(66, 3))
    labelled = np.r_[0:2, 22:24, 44:46]
    hidden = np.setdiff1d(np.arange(66), labelled)
    return X_all[labelled], y_all[labelled], X_all[hidden], y_all[hidden]


SETTINGS = {**THESIS, "n_components": 3, "beta": 0.05, "max_iter": 400, "random_state": 0}


def informed(X_u, **params):
    return VAEOversampler(
        VAE(**SETTINGS), unlabelled=X_u, **{"residuals": False, "random_state": 0, **params}
    )


def test_unlabelled_rows_are_partners_of_the_class_that_reaches_them(clusters):
    X, y, X_u, y_u = clusters
    over = informed(X_u, sampling_strategy=augment(20.0))
    X_both, y_both = over.fit_resample(X, y)
    assert len(X_both) == 6 * 21
    known = over.unlabelled_classes_
    sure = np.array([c is not None for c in known])
    assert sure.mean() > 0.8
    assert (known[sure] == y_u[sure]).mean() > 0.95
    partners = over.parent_indices_[:, 1]
    from_hidden = partners >= len(X)
    assert from_hidden.mean() > 0.7
    hidden_class = known[partners[from_hidden] - len(X)]
    assert_array_equal(hidden_class, y_both[6:][from_hidden])
    # The few originals alone say little of how far their clusters reach.
    alone = informed(
        None, filter=None, k_neighbors=1, sampling_strategy=augment(20.0)
    ).fit_resample(X, y)[0][6:]
    spread = [
        np.mean([rows[y_both[6:] == c].std(axis=0) for c in range(3)])
        for rows in (X_both[6:], alone)
    ]
    assert spread[0] > spread[1]


def test_unlabelled_rows_join_the_training_of_a_model_that_is_not_frozen(clusters):
    X, y, X_u, _ = clusters
    trained = informed(X_u).fit(X, y).vae_
    alone = VAE(**SETTINGS)
    alone.set_params(random_state=trained.random_state).fit(np.concatenate([X, X_u]))
    assert_allclose(trained.transform(X), alone.transform(X), rtol=1e-5, atol=1e-6)
    frozen = FrozenEstimator(alone)
    over = VAEOversampler(frozen, unlabelled=X_u, random_state=0).fit(X, y)
    assert over.vae_ is alone


@pytest.mark.parametrize(
    ("n_labelled", "n_unlabelled", "share"),
    [(2, 99, 30 / 31), (10, 3, 3 / 12), (300, 99, 30 / 329), (1, 3, 1.0), (3, 0, 0.0)],
)
def test_unlabelled_rows_weigh_as_thirty_labelled_ones_at_most(n_labelled, n_unlabelled, share):
    rng = np.random.RandomState(0)
    chosen = rng.randint(n_labelled, size=20_000)
    partners = any_partners(n_labelled, n_unlabelled, chosen, rng)
    assert (partners != chosen).all()
    assert len(np.unique(partners)) == n_labelled * (n_labelled > 1) + n_unlabelled
    assert_allclose((partners >= n_labelled).mean(), share, atol=0.01)


@pytest.mark.parametrize("pool", ["class", "all"])
def test_a_step_goes_all_the_way_to_an_unlabelled_partner(pool, clusters):
    X, y, X_u, _ = clusters
    over = informed(X_u, latent_sampling="interpolation", neighbor_pool=pool)
    over.set_params(sampling_strategy=augment(5.0))
    X_new = over.fit_resample(X, y)[0][6:]
    partners = np.concatenate([X, X_u])[over.parent_indices_[:, 1]]
    vae = over.vae_
    assert_allclose(X_new, vae.inverse_transform(vae.transform(partners)), rtol=1e-4, atol=1e-4)
    half = over.set_params(alpha=0.5).fit_resample(X, y)[0][6:]
    assert not np.allclose(half, X_new, atol=0.1)


def test_unlabelled_frames_may_hold_symbols_of_their_own(clusters):
    X, y, X_u, y_u = clusters
    names = np.array(["p", "q", "r"])
    X = pd.DataFrame(X, columns=list("abc")).assign(s=names[0])
    X_u = pd.DataFrame(X_u, columns=list("abc")).assign(s=names[y_u])
    over = informed(X_u, sampling_strategy=augment(2.0))
    X_both, _ = over.fit_resample(X, y)
    assert set(X_both["s"]) <= set(names)
    assert len(over.provenance()) == 12
    with pytest.raises(ValueError, match=r"unlabelled must have the columns of X in their order"):
        informed(X_u[["s", "a", "b", "c"]]).fit(X, y)
    with pytest.raises(ValueError, match=r"unlabelled must be a DataFrame as X is, got a ndarray"):
        informed(X_u.to_numpy()).fit(X, y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X_u: X_u[:, :2], r"unlabelled must have as many columns as X, got shapes \(60, 2"),
        (lambda X_u: X_u[:0], r"unlabelled must have at least 1 row, got none"),
        (lambda X_u: np.where(X_u > 8, np.nan, X_u), r"unlabelled contains NaN in column"),
        (lambda X_u: 3, r"The 'unlabelled' parameter of VAEOversampler must be an array-like"),
    ],
    ids=["columns", "none", "NaN", "number"],
)
def test_unlabelled_rows_that_can_not_be_used(change, message, clusters):
    X, y, X_u, _ = clusters
    over = informed(change(X_u), sampling_strategy=augment(1.0))
    with pytest.raises(ValueError, match=message):
        over.fit(X, y)


def test_a_sampler_of_unlabelled_rows_can_be_cloned_and_searched(clusters):
    X, y, X_u, _ = clusters
    over = clone(informed(X_u))
    assert_array_equal(over.unlabelled, X_u)
    pipeline = make_pipeline(over.set_params(sampling_strategy=augment(5.0)), GaussianNB())
    assert pipeline.fit(X, y).score(X, y) == 1
