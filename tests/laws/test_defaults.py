"""What estimators do as they come: the model, the filter and the neighbours of the samplers."""

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_wine, make_blobs
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from skvae import VAE, LabelConsistencyFilter, MultiVAEResampler, VAEOversampler
from skvae.exceptions import NeighborsReducedWarning
from skvae.strategies import augment
from tests.helpers import BOTH, models, tiny

WINE, KIND = load_wine(return_X_y=True)
# Beginnings of classes, of 30, 20 and 12 rows.
FEW = np.concatenate([np.flatnonzero(c == KIND)[:n] for c, n in enumerate([30, 20, 12])])
X, Y = WINE[FEW], KIND[FEW]
IMAGES = np.random.default_rng(0).random((62, 16)) + Y[:, None] / 4


def image_vae():
    return tiny(image_shape=(4, 4), conv_channels=(4,))


@pytest.mark.filterwarnings("error::skvae.exceptions.LatentCollapseWarning")
def test_the_default_model_learns_a_table_without_a_warning():
    assert VAE(random_state=0).fit(WINE).active_components_.any()


@BOTH
def test_a_model_that_is_left_to_the_sampler_is_the_default_model(cls):
    named = cls(VAE(max_iter=50), random_state=0).fit_resample(X, Y)
    set_later = cls(random_state=0).set_params(vae__max_iter=50).fit_resample(X, Y)
    for one, other in zip(named, set_later, strict=True):
        assert_array_equal(one, other)


@BOTH
def test_no_model_is_the_default_model(cls, monkeypatch):
    named = cls(VAE(max_iter=20), random_state=0).fit(X, Y).sample(5)[0]
    of_class = dict(VAE.__init__.__kwdefaults__, max_iter=20)
    monkeypatch.setattr(VAE.__init__, "__kwdefaults__", of_class)
    assert_array_equal(cls(random_state=0).fit(X, Y).sample(5)[0], named)


@BOTH
def test_nested_parameters_reach_what_is_left_to_the_sampler(cls):
    over = cls(random_state=0).set_params(vae__beta=0.7, vae__max_iter=20, filter__balance=0.5)
    assert repr(over.vae) == repr(VAE(beta=0.7, max_iter=20))
    assert repr(over.filter) == repr(LabelConsistencyFilter(balance=0.5))
    copied = clone(over)
    copied.fit(X, Y)
    assert all(model.beta_ == 0.7 for model in models(copied))
    assert [one.balance for one in copied.filters_] == [0.5]
    assert copied.get_params()["vae__beta"] == 0.7
    assert cls().set_params(filter__balance=0.5).vae is None
    assert cls().set_params(vae__beta=0.7).filter == "auto"


@BOTH
@pytest.mark.parametrize("unknown", ["vae__cluster", "filter__cluster", "cluster__vae"])
def test_an_unknown_nested_parameter_changes_nothing(cls, unknown):
    over = cls()
    before = over.get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'cluster'"):
        over.set_params(**{"vae__beta": 0.7, "filter__balance": 0.5, unknown: 3})
    assert over.get_params() == before


@BOTH
def test_parameters_of_no_estimator_change_nothing(cls):
    over = cls(filter=None)
    with pytest.raises(ValueError, match=r"can't be set: .*'filter__balance'"):
        over.set_params(vae__beta=0.7, filter__balance=0.5)
    assert over.vae is None


@BOTH
def test_what_is_left_to_the_sampler_may_be_named_beside_its_parameters(cls):
    over = cls(VAE(beta=3.0), filter=None)
    over.set_params(vae=None, vae__beta=0.7, filter="auto", filter__balance=0.5)
    assert repr(over.vae) == repr(VAE(beta=0.7))
    assert repr(over.filter) == repr(LabelConsistencyFilter(balance=0.5))


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_grid_search_reaches_a_sampler_as_it_comes():
    over = VAEOversampler(random_state=0)
    pipeline = make_pipeline(StandardScaler(), over, LogisticRegression())
    grid = {
        "vaeoversampler__vae__beta": [0.1, 0.5],
        "vaeoversampler__vae__max_iter": [20],
        "vaeoversampler__filter__balance": [0.0, 1.0],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, Y)
    assert len(search.cv_results_["params"]) == 4
    best = search.best_estimator_[1]
    assert best.vae_.beta_ == search.best_params_["vaeoversampler__vae__beta"]
    assert best.filters_[0].balance == search.best_params_["vaeoversampler__filter__balance"]
    assert over.vae is None
    assert over.filter == "auto"


@pytest.mark.parametrize("n_small", [2, 3, 5])
@BOTH
def test_small_classes_warn_only_where_neighbours_are_asked_for(cls, n_small):
    X, y = make_blobs([30, n_small], centers=[[0, 0], [30, 30]], random_state=0)
    over = cls(tiny(), latent_sampling="interpolation+noise", random_state=0)
    assert len(over.fit_resample(X, y)[0]) == 60  # warnings are errors here
    with pytest.warns(NeighborsReducedWarning, match="k_neighbors must be smaller"):
        over.set_params(k_neighbors=6).fit_resample(X, y)


# The filter


@BOTH
def test_tables_are_filtered_by_their_labels(cls):
    over = cls(tiny(), random_state=0).fit(X, Y)
    [one] = over.filters_
    assert isinstance(one, LabelConsistencyFilter)
    assert over.filter == "auto"
    named = cls(tiny(), filter=LabelConsistencyFilter(), random_state=0).fit(X, Y)
    assert_array_equal(over.sample(9)[0], named.sample(9)[0])


@BOTH
@pytest.mark.parametrize("frozen", [False, True])
def test_images_are_not_filtered(cls, frozen):
    vae = FrozenEstimator(image_vae().fit(IMAGES)) if frozen else image_vae()
    over = cls(vae, latent_sampling="noise", random_state=0).fit(IMAGES, Y)
    assert over.filters_ == []
    if cls is MultiVAEResampler:
        lent = cls(FrozenEstimator(over), latent_sampling="noise").fit(IMAGES, Y)
        assert lent.filters_ == []


def test_rows_beside_unlabelled_ones_are_not_filtered():
    assert VAEOversampler(tiny(), unlabelled=X + 0.1).fit(X, Y).filters_ == []


def test_rows_of_one_class_are_not_filtered():
    y = np.where(np.arange(62) == 61, "alone", "many")
    over = VAEOversampler(tiny(), sampling_strategy={"many": 70}, random_state=0)
    drawn = over.fit_resample(X, y)[0]
    assert len(drawn) == 71
    assert over.filters_ == []
    assert_array_equal(over.set_params(noise_scale=0.5).fit_resample(X, y)[0], drawn)
    assert not hasattr(over, "acceptance_rate_")


@BOTH
@pytest.mark.parametrize(("filter_", "scale"), [("auto", 1.0), (None, 0.5), ([], 0.5)])
def test_rows_start_further_from_originals_where_they_are_filtered(cls, filter_, scale):
    over = cls(tiny(), latent_sampling="noise", filter=filter_, random_state=0)
    drawn = over.fit_resample(X, Y)[0]
    assert_array_equal(over.set_params(noise_scale=scale).fit_resample(X, Y)[0], drawn)
    assert not np.allclose(over.set_params(noise_scale=1.5 - scale).fit_resample(X, Y)[0], drawn)


@BOTH
def test_what_the_default_filter_rejects_is_drawn_again(cls):
    far = {"latent_sampling": "noise", "noise_scale": 3.0, "residuals": False}
    over = cls(tiny(), sampling_strategy=augment(3.0), random_state=0, **far)
    judge, agreeing = LabelConsistencyFilter(random_state=1).fit(X, Y), []
    for filter_ in (None, "auto"):
        X_both, y_both = over.set_params(filter=filter_).fit_resample(X, Y)
        assert len(X_both) == 4 * 62
        likeliest = judge.predict_proba(X_both[62:]).argmax(axis=1)
        agreeing.append((likeliest == y_both[62:]).mean())
    assert min(over.acceptance_rate_.values()) < 1
    assert agreeing[1] > agreeing[0] + 0.05
