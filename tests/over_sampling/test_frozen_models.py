"""Samplers that draw from models that are trained already."""

import joblib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from skvae import MultiVAEResampler, VAEOversampler
from skvae.latent._names import ROW_RULES, RULES
from tests.columns import CODES, COLUMNS, RNG, Y
from tests.helpers import BOTH, VAE_, fresh, models, sampler, tiny


@pytest.mark.parametrize(
    ("cls", "rule"), [(c, r) for c in (VAEOversampler, MultiVAEResampler) for r in ROW_RULES]
)
def test_frozen_model_is_used_as_it_is(cls, rule, imbalanced, request):
    X, y = imbalanced
    frozen = FrozenEstimator(tiny().fit(X))
    before = joblib.hash(frozen.estimator)
    request.getfixturevalue("no_training")
    over = sampler(cls, frozen, latent_sampling=rule)
    over.fit_resample(X, y)
    over.sample(3)
    assert all(model is frozen.estimator for model in models(over))
    assert joblib.hash(frozen.estimator) == before


def test_frozen_model_of_frames_in_a_clone(imbalanced, mixed_frame):
    frozen = FrozenEstimator(tiny().fit(mixed_frame))
    over = clone(sampler(VAEOversampler, frozen)).fit(mixed_frame, imbalanced[1])
    assert over.vae_ is frozen.estimator
    assert over.sample(3)[0].dtypes.tolist() == mixed_frame.dtypes.tolist()


@pytest.mark.parametrize("rule", RULES)
def test_frozen_models_of_each_class_are_used_as_they_are(rule, imbalanced, mixed_frame, request):
    y = imbalanced[1]
    frozen = FrozenEstimator(sampler(MultiVAEResampler).fit(mixed_frame, y))
    frozen.estimator.sample(1)  # pandas keeps some properties of a dtype once it was asked for them
    before = joblib.hash(frozen.estimator)
    request.getfixturevalue("no_training")
    over = clone(sampler(MultiVAEResampler, frozen, latent_sampling=rule, filter=None))
    over.fit_resample(mixed_frame, y)
    some = y != 1
    assert_array_equal(over.sample(3, 2)[1], 2)
    assert all(a is b for a, b in zip(over.estimators_, frozen.estimator.estimators_, strict=True))
    # Each class has its own model, also where the others are not there.
    over.fit(mixed_frame[some], y[some])
    assert over.estimators_ == [frozen.estimator.estimators_[k] for k in (0, 2)]
    assert joblib.hash(frozen.estimator) == before


def test_frozen_models_know_missing_values(imbalanced):
    X, y = imbalanced
    X[::5, 0] = np.nan
    own = sampler(MultiVAEResampler, tiny(missing="indicator")).fit(X, y)
    lent = sampler(MultiVAEResampler, FrozenEstimator(own)).fit(X, y)
    assert_array_equal(lent.sample(5, 1)[0], own.sample(5, 1)[0])


@BOTH
def test_frozen_models_refuse_what_they_can_not_read(cls):
    X = pd.DataFrame({"x": COLUMNS["object"], "z": RNG.normal(size=40)})
    numbers = X.assign(x=CODES)

    def over(vae, **params):
        return cls(FrozenEstimator(vae), latent_sampling="noise", random_state=0, **params)

    with pytest.raises(
        ValueError, match=r"vae must have been fitted on the columns of X.*'x' of X holds 'w'"
    ):
        over(tiny().fit(numbers)).fit(X, Y)
    with pytest.raises(ValueError, match="column 'x' must not miss values, as it missed none"):
        over(tiny().fit(numbers), missing="indicator").fit(numbers.mask(numbers["z"] > 1), Y)
    typed = over(tiny().fit(X))
    with pytest.raises(TypeError, match="X must be a pandas DataFrame as the table in fit was"):
        typed.fit(X.to_numpy(), Y)
    with pytest.raises(ValueError, match=r"X must have the columns \['x', 'z'\] in their order"):
        typed.fit(X[["z", "x"]], Y)
    X_both, _ = typed.fit_resample(X.astype({"z": "float32"}), Y)
    assert X_both["z"].dtype == "float32"


@BOTH
def test_a_frozen_model_of_symbols_keeps_them(cls):
    X = pd.DataFrame({"x": COLUMNS["object"], "z": RNG.normal(size=40)})
    vae = tiny().fit(X)
    few = X[X["x"] != "w"].reset_index(drop=True)
    y = np.arange(len(few)) % 3 // 2
    over = cls(FrozenEstimator(vae), latent_sampling="noise", random_state=0)
    X_both, _ = over.fit_resample(few, y)
    assert set(X_both["x"]) <= {"u", "v", "w"}
    assert over.parent_indices_.max() < len(few)


def test_one_frozen_model_for_all_classes_has_no_prior_of_each(imbalanced):
    X, y = imbalanced
    one = FrozenEstimator(fresh(VAE_).fit(X))
    for _ in range(2):  # however deep it lies
        one = FrozenEstimator(MultiVAEResampler(one, latent_sampling="noise").fit(X, y))
        with pytest.raises(
            ValueError, match="latent_sampling must be a rule that uses a class's rows"
        ):
            MultiVAEResampler(one).fit(X, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_far_from_those_of_a_frozen_model_are_refused(dtype):
    X = np.random.default_rng(0).normal(size=(40, 2)).astype(dtype) / 1000
    vae = tiny(quantile_transform=False).fit(X)
    far = np.full((9, 2), np.finfo(dtype).max)
    over = VAEOversampler(FrozenEstimator(vae), unlabelled=far)
    for method, args in ((vae.transform, (far,)), (vae.score_samples, (far,)), (over.fit, (X, Y))):
        with pytest.raises(ValueError, match="so far from the training data that the network"):
            method(*args)
