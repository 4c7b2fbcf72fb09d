"""The door for rules: objects are passed, cloned, searched; a short class is a new rule."""

import inspect

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skvae import MultiVAEResampler, VAEOversampler
from skvae.latent import (
    ExtrapolationSampling,
    InterpolationSampling,
    LatentDraw,
    LatentSampler,
    NoiseSampling,
    PriorSampling,
)
from tests.helpers import BOTH, begins, sampler, tiny


class TowardsTheMean(LatentSampler):
    """Goes from an original towards the mean of its class."""

    def __init__(self, share=0.5):
        self.share = share

    def fit(self, latents):
        self._rows, self._means, self._share = latents.rows, latents.means, self.share
        return self

    def draw(self, n, rng):
        chosen = rng.randint(len(self._rows), size=n)
        start, rows = self._means[chosen], self._rows[chosen]
        Z = start + self._share * (self._means.mean(axis=0) - start)
        parents = np.column_stack([rows, np.full(n, -1)])
        return LatentDraw(Z.astype(start.dtype), parents, rows, start)


def test_a_rule_is_short():
    assert len(inspect.getsource(TowardsTheMean).splitlines()) <= 30


@BOTH
@pytest.mark.parametrize("options", [{}, {"residuals": True}], ids=["means", "residuals"])
def test_a_new_rule_works_with_provenance(cls, options, imbalanced):
    X, y = imbalanced
    over = sampler(cls, latent_sampling=TowardsTheMean(0.9), **options)
    X_both, y_both = over.fit_resample(X, y)
    origin = over.provenance()
    assert_array_equal(y[origin["parent"]], y_both[40:])
    assert_array_equal(origin["partner"], -1)
    assert set(origin["rule"]) == {"TowardsTheMean(share=0.9)"}
    assert len(X_both) == 60


def test_a_new_rule_takes_part_where_rows_have_no_labels(imbalanced):
    X, y = imbalanced
    over = sampler(VAEOversampler, latent_sampling=TowardsTheMean(), unlabelled=X[::3] + 0.01)
    over.fit_resample(X, y)
    assert len(over.unlabelled_classes_) == 14


NAMED = {
    "noise": NoiseSampling(0.5),
    "interpolation": InterpolationSampling(0.5),
    "extrapolation": ExtrapolationSampling(0.5),
    "interpolation+noise": InterpolationSampling(0.5, noise_scale=0.5),
    "extrapolation+noise": ExtrapolationSampling(0.5, noise_scale=0.5),
}


@BOTH
@pytest.mark.parametrize("name", NAMED)
def test_an_object_is_the_rule_of_its_name(cls, name, imbalanced):
    by_name, by_object = (
        sampler(cls, latent_sampling=rule, filter=None).fit_resample(*imbalanced)
        for rule in (name, NAMED[name])
    )
    assert_array_equal(by_name[0], by_object[0])


def test_the_prior_as_an_object(imbalanced):
    by_name, by_object = (
        sampler(MultiVAEResampler, latent_sampling=rule).fit_resample(*imbalanced)
        for rule in ("prior", PriorSampling())
    )
    assert_array_equal(by_name[0], by_object[0])
    with pytest.raises(ValueError, match="latent_sampling must be a rule that uses a class's rows"):
        sampler(VAEOversampler, latent_sampling=PriorSampling()).fit(*imbalanced)


def test_grid_search_reaches_a_rule(imbalanced):
    rule = InterpolationSampling(k_neighbors=2)
    pipeline = make_pipeline(
        sampler(VAEOversampler, latent_sampling=rule), LogisticRegression(max_iter=1000)
    )
    grid = {"vaeoversampler__latent_sampling__alpha": [0.2, 0.9]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(*imbalanced)
    chosen = search.best_estimator_[0].latent_sampling
    assert chosen.alpha == search.best_params_["vaeoversampler__latent_sampling__alpha"]
    assert rule.alpha == 0.5  # the user's object stays as it was


def test_a_rule_of_the_user_is_neither_fitted_nor_changed(imbalanced):
    rule = InterpolationSampling(0.3)
    before = dict(vars(rule))
    over = sampler(VAEOversampler, latent_sampling=rule).fit(*imbalanced)
    assert vars(rule) == before
    assert clone(over).latent_sampling.alpha == 0.3


@pytest.mark.parametrize(
    ("rule", "params", "error", "message"),
    [
        (InterpolationSampling(-1), {}, ValueError, "The 'alpha' parameter of InterpolationSampl"),
        (NoiseSampling("a"), {}, ValueError, "The 'noise_scale' parameter of NoiseSampling must"),
        (
            InterpolationSampling(),
            {"alpha": 0.3},
            ValueError,
            "alpha must be left at 'auto' where latent_sampling is an object, whose own parameters "
            "count, got 0.3",
        ),
        (
            NoiseSampling(),
            {"neighbor_pool": "all"},
            ValueError,
            "neighbor_pool must be left at 'class' where latent_sampling is an object, ",
        ),
        (object(), {}, ValueError, "The 'latent_sampling' parameter of VAEOversampler must be"),
    ],
)
def test_bad_rules_are_refused_before_training(
    rule, params, error, message, imbalanced, no_training
):
    with pytest.raises(error, match=begins(message)):
        sampler(VAEOversampler, latent_sampling=rule, **params).fit(*imbalanced)


class Careless(TowardsTheMean):
    """Returns what a test makes of a correct draw."""

    change = staticmethod(lambda draw: draw)

    def draw(self, n, rng):
        return type(self).change(super().draw(n, rng))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (tuple, TypeError, "Careless.draw must return a LatentDraw, got tuple"),
        (lambda d: None, TypeError, "Careless.draw must return a LatentDraw, got NoneType"),
        (
            lambda d: d._replace(Z=d.Z[1:]),
            ValueError,
            "Careless.draw must return floats Z of shape",
        ),
        (
            lambda d: d._replace(Z=d.Z[:, :1]),
            ValueError,
            "Careless.draw must return floats Z of sh",
        ),
        (lambda d: d._replace(Z=d.Z.astype(int)), ValueError, "Careless.draw must return floats Z"),
        (
            lambda d: d._replace(parents=d.nearer),
            ValueError,
            "Careless.draw must return integer pa",
        ),
        (
            lambda d: d._replace(nearer=None),
            ValueError,
            "Careless.draw must return nearer and near",
        ),
    ],
)
def test_a_rule_that_draws_something_else_is_told(change, error, message, imbalanced, monkeypatch):
    monkeypatch.setattr(Careless, "change", staticmethod(change))
    with pytest.raises(error, match=begins(message)):
        sampler(VAEOversampler, latent_sampling=Careless()).fit_resample(*imbalanced)


def test_a_rule_without_draw_can_not_be_made():
    class Half(LatentSampler):
        def fit(self, latents):
            return self

    with pytest.raises(TypeError, match="abstract"):
        Half()


class NeedsTwoRows(TowardsTheMean):
    def fit(self, latents):
        assert len(latents.rows) > 1
        super().fit(latents)  # and returns nothing


def test_a_rule_is_fitted_on_classes_that_can_be_drawn(imbalanced):
    X, y = np.vstack([imbalanced[0], [[0, 0, 0]]]), np.append(imbalanced[1], 9)
    over = sampler(VAEOversampler, latent_sampling=NeedsTwoRows(), sampling_strategy={1: 15})
    assert len(over.fit_resample(X, y)[0]) == 44
    for rule in (NeedsTwoRows(), "noise", "interpolation"):
        over.set_params(latent_sampling=rule).fit(X, y)
        with pytest.raises(ValueError, match="class 9 has 1 row, and at least 2 are needed"):
            over.sample(3, y=9)


def test_a_subclass_of_a_sampler_may_have_fewer_parameters(imbalanced):
    class Short(VAEOversampler):
        def __init__(self, vae=None, *, latent_sampling="noise", random_state=None):
            super().__init__(vae, latent_sampling=latent_sampling, random_state=random_state)

    rule = NoiseSampling()
    assert (
        len(Short(tiny(), latent_sampling=rule, random_state=0).fit_resample(*imbalanced)[0]) == 60
    )
