"""Frozen models and filters that don't fit the table, and what they say."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from skvae import (
    VAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from tests.helpers import BOTH, begins, frame, tiny


def frozen(X):
    return FrozenEstimator(tiny().fit(X))


@pytest.mark.parametrize(
    ("make_frozen", "error", "message"),
    [
        (
            lambda X: frozen(X[:, :2]),
            ValueError,
            "vae must have been fitted on the 3 columns of X, got a frozen VAE that was fitted on ",
        ),
        (
            lambda X: FrozenEstimator(PCA().fit(X)),
            TypeError,
            "vae must be a frozen VAE, got a frozen PCA",
        ),
        (
            lambda X: FrozenEstimator(VAE()),
            NotFittedError,
            "vae must be fitted before it is put into a FrozenEstimator, got a new VAE",
        ),
        (
            lambda X: frozen(frame()(X)[["a", "c", "b"]]),
            ValueError,
            "vae must have been fitted on the columns of X in their order, got a frozen VAE whose "
            "column 1 is 'c', where that of X is 'b'",
        ),
    ],
    ids=["other width", "other estimator", "unfitted", "other order"],
)
@BOTH
def test_frozen_models(cls, make_frozen, error, message, imbalanced):
    X, y = imbalanced
    over = cls(make_frozen(X), latent_sampling="noise")
    with pytest.raises(error, match=begins(message)):
        over.fit(frame()(X), y)


def test_what_a_frozen_model_can_not_learn_any_more(imbalanced):
    X, y = imbalanced
    over = MultiVAEResampler(frozen(X), latent_sampling="noise", mix_fraction=0.2)
    message = "mix_fraction must be 0 with a frozen vae, which is trained already, got 0.2"
    with pytest.raises(ValueError, match=begins(message)):
        over.fit(X, y)
    over = VAEOversampler(frozen(X), categorical_features=[1])
    message = "categorical_features must be 'auto' with a frozen vae, which knows its own, got [1]"
    with pytest.raises(ValueError, match=begins(message)):
        over.fit(X, y)


def test_prior_of_one_model_for_all_classes(imbalanced):
    message = "latent_sampling must be a rule that uses a class's rows when vae is a frozen VAE"
    with pytest.raises(ValueError, match=begins(message)):
        MultiVAEResampler(frozen(imbalanced[0])).fit(*imbalanced)


def test_frozen_models_of_other_classes(imbalanced):
    X, y = imbalanced
    two = FrozenEstimator(MultiVAEResampler(tiny()).fit(X[y != 1], y[y != 1]))
    message = "y must hold classes that the frozen MultiVAEResampler has learnt, [0, 2], got [1]"
    with pytest.raises(ValueError, match=begins(message)):
        MultiVAEResampler(two).fit(X, y)
    with pytest.raises(ValueError, match="fitted on the 2 columns of X, got"):
        MultiVAEResampler(two).fit(X[y != 1][:, :2], y[y != 1])
    with pytest.raises(NotFittedError, match=r"^vae must be .*, got a new MultiVAEResampler$"):
        MultiVAEResampler(FrozenEstimator(MultiVAEResampler())).fit(X, y)
    with pytest.raises(TypeError, match="vae must be a frozen VAE, got a frozen Multi"):
        VAEOversampler(two).fit(X, y)


@BOTH
@pytest.mark.parametrize(
    "filter_",
    [
        LabelConsistencyFilter(cv=2),
        GenerativeClassifierFilter(cv=2, per_class=True, max_iter=1),
    ],
)
def test_frozen_filters_of_other_rows(cls, filter_, imbalanced):
    X, y = imbalanced
    filter_ = clone(filter_)
    sampler = cls(VAE(-1), filter=FrozenEstimator(filter_))  # which can't be trained
    with pytest.raises(
        NotFittedError, match=f"^filter must .*, got a new {type(filter_).__name__}"
    ):
        sampler.fit(X, y)
    filter_.fit(X[y != 1], y[y != 1])
    name = type(filter_).__name__
    message = f"y must hold classes that the frozen {name} has learnt, [0, 2], got [1]"
    with pytest.raises(ValueError, match=begins(message)):
        sampler.fit(X, y)
    with pytest.raises(ValueError, match=f"X has 2 features, but {name} is expecting 3 features"):
        sampler.fit(X[y != 1][:, :2], y[y != 1])


@BOTH
def test_frozen_filters_that_do_not_know_a_symbol(cls, imbalanced):
    numbers, y = imbalanced
    X = pd.DataFrame({"number": numbers[:, 0], "kind": np.tile(["u", "v"], 20)})
    filter_ = GenerativeClassifierFilter(max_iter=1, cv=2).fit(X, y)
    X.loc[39, "kind"] = "w"
    with pytest.raises(ValueError, match=r"the frozen filter Gen.* column 'kind' must .* got 'w'"):
        cls(VAE(-1), filter=FrozenEstimator(filter_)).fit(X, y)


@BOTH
@pytest.mark.parametrize("frozen", [False, True])
def test_classifiers_are_no_filters(cls, frozen, imbalanced):
    filter_ = GaussianNB().fit(*imbalanced)
    with pytest.raises(TypeError, match="filter must be one of skvae's filters, an outlier"):
        cls(VAE(-1), filter=FrozenEstimator(filter_) if frozen else filter_).fit(*imbalanced)


@BOTH
@pytest.mark.parametrize("entries", [["u", "v"] * 20, pd.Categorical([1, 2] * 20)])
def test_text_beside_a_frozen_model_of_numbers(cls, entries, imbalanced):
    X, y = imbalanced
    over = cls(frozen(frame()(X)), latent_sampling="noise")
    message = (
        "vae must have been fitted on the columns of X, got a frozen VAE of 3 columns of numbers, "
        f"where column 'd' of X holds {entries[0]!r}"
    )
    with pytest.raises(ValueError, match=begins(message)):
        over.fit(frame(d=entries)(X), y)
    with pytest.raises(ValueError, match=begins(message.replace("'d'", "'c'"))):
        over.fit(frame(c=entries)(X), y)
