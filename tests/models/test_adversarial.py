"""GAN and VAE-GAN: what they draw, how their training is judged, and what they refuse."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.frozen import FrozenEstimator

from skvae import GAN, VAEGAN, MultiVAEResampler, VAEOversampler
from skvae.exceptions import ModeCollapseWarning
from skvae.latent import PriorSampling
from skvae.metrics import column_distances
from skvae.models._adversarial import diversity
from skvae.models._base import fit_together, learn_table

X, Y = load_iris(return_X_y=True)
DIGITS = load_digits().data


both = pytest.mark.parametrize("family", [GAN, VAEGAN])


def make(family, **params):
    settings = {"hidden_layer_sizes": (16,), "max_iter": 30, "batch_size": 16, "random_state": 0}
    return family(**{**settings, **params})


def mixed_table(n=300):
    rng = np.random.default_rng(0)
    k = rng.integers(0, 3, n)
    return pd.DataFrame(
        {
            "number": rng.normal(3 * k, 1),
            "whole": rng.integers(0, 9, n),
            "symbol": pd.Categorical(np.array(list("uvw"))[k]),
            "flag": rng.random(n) < 0.2 + 0.3 * k,
            "amount": np.where(rng.random(n) < 0.4, 0, rng.gamma(2, 1, n)),
        }
    ).mask(lambda frame: (frame.index % 5 == 0)[:, None] & (frame.columns == "whole"))


@both
def test_columns_are_like_those_of_fit(family):
    frame = mixed_table()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = family(max_iter=600, missing="indicator", random_state=0).fit(frame)
    drawn = model.sample(1000)
    assert (drawn.dtypes == frame.dtypes).all()
    assert set(drawn["symbol"]) == {"u", "v", "w"}
    assert drawn["whole"].isna().mean() == pytest.approx(0.2, abs=0.06)
    assert column_distances(frame, drawn).mean() < 0.15
    means = drawn.groupby("symbol", observed=True)["number"].mean()
    assert means.is_monotonic_increasing
    assert means["w"] - means["u"] > 3


@both
def test_ordinary_fits_do_not_warn(family):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        models = [
            family(max_iter=500, random_state=0).fit(table) for table in (X, DIGITS[:, 18:30])
        ]
    for model in models:
        assert 0.3 < model.diversity_ <= 1
        assert 0.2 < model.discriminator_accuracy_ < 0.95


def test_images_are_drawn():
    images = {"image_shape": (8, 8), "conv_channels": (8, 16), "max_iter": 20, "random_state": 0}
    gan, vaegan = GAN(**images).fit(DIGITS), VAEGAN(**images).fit(DIGITS)
    for model in (gan, vaegan):
        assert model.sample(2).shape == (2, 64)
        assert model.sample(50).min() >= 0
    assert vaegan.transform(DIGITS[:3]).shape == (3, 10)
    assert vaegan.inverse_transform(np.zeros((3, 10))).shape == (3, 64)


@both
def test_collapse_is_warned_of_by_name(family):
    # Without a penalty and by giant steps the generator gives the same row for any z.
    model = make(family, gradient_penalty=0.0, learning_rate_init=0.3, max_iter=100)
    if family is VAEGAN:
        model.set_params(gamma=0.0)
    message = (
        rf"rows that {family.__name__} draws are too much alike for X: .*raise gradient_penalty"
    )
    with pytest.warns(ModeCollapseWarning, match=message):
        model.fit(X)
    assert model.diversity_ < 0.2


def test_a_discriminator_that_wins_is_warned_of():
    class AllKnowing(GAN):
        def _log_odds(self, net, coded):
            return np.where(np.abs(np.abs(coded) - 1).max(axis=1) < 0.2, 1.0, -1.0)

    # Corners of a cube, which an untrained generator does not draw.
    rng = np.random.default_rng(0)
    corners = rng.choice([-1.0, 1.0], (400, 8)) + rng.normal(0, 0.01, (400, 8))
    model = make(AllKnowing, quantile_transform=False, max_iter=5)
    with pytest.warns(ModeCollapseWarning, match="tells rows that were held out from drawn ones"):
        model.fit(corners)
    assert model.discriminator_accuracy_ >= 0.95


def test_classes_that_collapse_are_named():
    over = MultiVAEResampler(
        make(GAN, gradient_penalty=0.0, learning_rate_init=0.3, max_iter=100),
        filter=None,
        random_state=0,
    )
    with pytest.warns(ModeCollapseWarning, match="too much alike for class 0, class 1, class 2: "):
        over.fit(X, Y)


def test_diversity_is_lost_by_one_row_and_by_copies_of_few():
    rng = np.random.default_rng(0)
    rows, others = rng.normal(size=(2, 200, 3))
    assert diversity(others, rows) > 0.8
    assert diversity(np.tile(rows[:1], (200, 1)), rows) == 0
    assert diversity(np.repeat(rows[:5], 40, axis=0), rows) == 0
    assert diversity(rows / 10, rows) == pytest.approx(0.1)
    assert diversity(10 * rows, rows) == 1
    copies = np.repeat(rows[:5], 40, axis=0)
    assert diversity(copies, copies[::-1]) == 1


@both
def test_rows_are_held_out_where_they_are_many(family):
    assert np.isnan(make(family).fit(X[:99]).discriminator_accuracy_)
    assert np.isnan(make(family, validation_fraction=0).fit(X).discriminator_accuracy_)
    few = make(family, validation_fraction=0.5).fit(X)
    assert 0 <= few.discriminator_accuracy_ <= 1


@both
@pytest.mark.parametrize("images", [False, True])
def test_three_in_a_stack_are_as_alone(family, images):
    params = {"max_iter": 5}
    if images:
        params |= {"image_shape": (2, 2), "conv_channels": (3,), "mixed_precision": False}
    rows = [np.flatnonzero(k == Y) for k in range(3)]
    models = [make(family, random_state=seed, **params) for seed in range(3)]
    table_format, values = learn_table(make(family), X)
    fit_together(models, table_format, values, rows, ["a", "b", "c"])
    for seed, (model, own) in enumerate(zip(models, rows, strict=True)):
        alone = make(family, random_state=seed, **params)
        fit_together([alone], table_format, values, [own])
        assert_allclose(model.loss_curve_, alone.loss_curve_, rtol=1e-4, atol=1e-4)
        assert_allclose(
            model.discriminator_curve_, alone.discriminator_curve_, rtol=1e-4, atol=1e-4
        )
        assert_allclose(model.sample(20), alone.sample(20), atol=0.11)  # a place is kept


def test_a_gan_draws_and_does_no_more():
    gan = make(GAN).fit(X)
    methods = ("transform", "inverse_transform", "score", "score_samples", "reconstruct")
    assert not any(hasattr(gan, name) for name in methods)
    assert_array_equal(gan.sample(5), gan.sample(5))
    assert not hasattr(make(VAEGAN).fit(X), "score")


def test_a_vaegan_encodes_and_decodes():
    model = VAEGAN(2, max_iter=800, random_state=0).fit(X)
    again = model.inverse_transform(model.transform(X))
    assert ((again - X) ** 2).mean() < 0.5 * X.var(axis=0).mean()
    assert list(model.get_feature_names_out()) == ["vaegan0", "vaegan1"]
    assert model.reconstruction_curve_[-50:].mean() < model.reconstruction_curve_[:50].mean()


@both
def test_multi_vae_draws_each_class(family):
    over = MultiVAEResampler(
        family(max_iter=400), latent_sampling="prior", filter=None, random_state=0
    )
    over.fit(X, Y)
    for k in range(3):
        drawn = over.sample(200, y=k)[0].mean(axis=0)
        away = [np.abs(drawn - X[j == Y].mean(axis=0)).sum() for j in range(3)]
        assert np.argmin(away) == k
    lent = MultiVAEResampler(FrozenEstimator(over), filter=None, random_state=0)
    assert lent.fit(X, Y).sample(4)[0].shape == (4, 4)


@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
@pytest.mark.parametrize("rule", ["noise", "interpolation+noise", "extrapolation"])
def test_a_vaegan_serves_both_samplers(cls, rule):
    over = cls(make(VAEGAN), latent_sampling=rule, filter=None, random_state=0)
    X_both, y_both = over.fit_resample(X[:120], Y[:120])
    assert_array_equal(X_both[:120], X[:120])
    assert set(np.unique(y_both, return_counts=True)[1]) == {50}
    assert_array_equal(clone(over).fit_resample(X[:120], Y[:120])[0], X_both)


@pytest.mark.parametrize("frozen", [False, True])
def test_a_gan_is_refused_where_rows_are_encoded(frozen):
    gan = make(GAN)
    vae = FrozenEstimator(gan.fit(X)) if frozen else gan.set_params(max_iter=10**9)
    message = (
        r"vae must be a model with an encoder \(one with transform, such as VAE or VAEGAN\) for "
        r"latent_sampling='interpolation\+noise', got GAN, which MultiVAEResampler takes with"
    )
    with pytest.raises(TypeError, match=message):
        VAEOversampler(vae).fit(X, Y)
    with pytest.raises(TypeError, match=message):
        MultiVAEResampler(vae, latent_sampling="interpolation+noise").fit(X, Y)
    with pytest.raises(ValueError, match="the prior of one model for all classes knows no classes"):
        VAEOversampler(vae, latent_sampling=PriorSampling()).fit(X, Y)


@both
@pytest.mark.parametrize(
    "name", ["likelihood", "denoising_std", "early_stopping", "n_iter_no_change", "tol"]
)
def test_what_has_no_use_is_no_parameter(family, name):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        family(**{name: 1})


@both
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"gradient_penalty": -1}, "'gradient_penalty' parameter of .* must be a float in"),
        ({"gradient_penalty": np.nan}, "'gradient_penalty' parameter of"),
        ({"validation_fraction": 1.0}, "'validation_fraction' parameter of"),
        ({"max_iter": 0}, "'max_iter' parameter of"),
        ({"image_shape": (3, 3)}, "image_shape must hold 4 values"),
        ({"image_shape": (2, 2), "missing": "indicator"}, "missing must be 'error' with image_"),
    ],
)
def test_bad_parameters_are_refused_before_training(family, params, message, no_training):
    with pytest.raises(ValueError, match=message):
        make(family, **params).fit(X)


@pytest.mark.parametrize("name", ["beta", "gamma"])
def test_weights_of_a_vaegan_are_not_negative(name, no_training):
    with pytest.raises(ValueError, match=f"'{name}' parameter of VAEGAN must be a.* float in"):
        make(VAEGAN, **{name: -0.1}).fit(X)


@both
def test_images_hold_no_categories(family, no_training):
    with pytest.raises(ValueError, match="needs columns of numbers only, got categories in"):
        make(family, image_shape=(1, 5)).fit(mixed_table().fillna({"whole": 0}))


@both
def test_one_row_is_refused(family, no_training):
    with pytest.raises(ValueError, match="at least 2 rows to train on, got n_samples = 1"):
        make(family).fit(X[:1])
