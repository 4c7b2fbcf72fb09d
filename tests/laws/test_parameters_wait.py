"""Parameters that are set after fit wait for the next fit: no answer changes before."""

import copy
import functools
import inspect

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import skvae
from skvae import (
    GAN,
    VAE,
    VAEGAN,
    Autoencoder,
    ConditionalVAE,
    ConstraintFilter,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae.latent import MixtureSampling, RiemannianSampling
from skvae.models import GenerativeModel

# Filters of a few steps let few rows pass.
pytestmark = pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")

Y = np.repeat([0, 1, 2], [14, 10, 6])
IMAGES = np.random.default_rng(0).random((30, 12)) + Y[:, None] / 4
UNLABELLED = np.random.default_rng(1).random((12, 12))


def make_table():
    """30 rows of numbers with a gap, of whole numbers and of symbols."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=30) + Y,
            "whole": rng.integers(0, 20, 30),
            "symbol": rng.choice(["u", "v", "w"], 30),
            "amount": np.where(rng.random(30) < 0.5, 0, rng.random(30)),
        }
    )
    return frame.mask((frame.index % 5 == 0)[:, None] & (frame.columns == "number"))


def below_20(rows):
    return rows["whole"] < 20


def above_the_mean(rows):
    return rows["whole"] >= rows["whole"].mean()


TABLE = make_table()
NUMBERS = TABLE[["whole", "amount"]]

# Valid values of each parameter; a test takes the first one that the estimator does not have.
OF_A_MODEL = {
    "n_components": [4],
    "hidden_layer_sizes": [(5,)],
    "image_shape": [None, (1, 4)],
    "conv_channels": [(3,)],
    "categorical_features": [["whole"]],
    "discrete": ["mode"],
    "likelihood": ["bernoulli", "gaussian"],
    "quantile_transform": [False, True],
    "spikes": [False],
    "missing": ["error", "indicator"],
    "beta": [0.7],
    "gamma": [0.3],
    "gradient_penalty": [2.0],
    "normalize_beta": [True],
    "denoising_std": [0.2],
    "max_iter": [7],
    "batch_size": [5],
    "learning_rate_init": [0.1],
    "early_stopping": [True],
    "validation_fraction": [0.3],
    "n_iter_no_change": [3],
    "tol": [0.5],
    "early_checkpoint": [None],
    "mixed_precision": [True],
    "device": ["cuda"],
    "verbose": [1],
}
OF_A_SAMPLER = {
    "vae": [VAE(3)],
    "categorical_features": [["whole"]],
    "missing": ["error", "indicator"],
    "unlabelled": [None, UNLABELLED],
    "latent_sampling": ["extrapolation"],
    "mix_fraction": [0.3],
    "alpha": [0.9],
    "noise_scale": [3.0],
    "k_neighbors": [1],
    "neighbor_pool": ["all"],
    "residuals": [False, True],
    "filter": [None, GenerativeClassifierFilter()],
    "max_draws": [9],
    "device": ["cuda"],
    "sampling_strategy": [{1: 20}],
    "verbose": [1],
}
VALUES = {
    **dict.fromkeys((VAE, Autoencoder, GAN, VAEGAN), OF_A_MODEL),
    ConditionalVAE: {
        **OF_A_MODEL,
        "condition_on": [["symbol"]],
        "n_bins": [3],
        "class_weight": [None],
    },
    VAEOversampler: OF_A_SAMPLER,
    MultiVAEResampler: OF_A_SAMPLER,
    GenerativeClassifierFilter: {
        "noise": ["uniform"],
        "sigma": [0.9],
        "per_class": [False, True],
        "rejection_rate": [0.2],
        "cv": [3],
        "hidden_layer_sizes": [(5,)],
        "max_iter": [7],
        "batch_size": [5],
        "learning_rate_init": [0.1],
        "sampling_strategy": [[0]],
        "device": ["cuda"],
        "verbose": [1],
    },
    LabelConsistencyFilter: {
        "estimator": [DecisionTreeClassifier(random_state=0)],
        "balance": [1.0],
        "temperature": [2.0],
        "threshold": [0.95],
        "relabel": [False, True],
        "cv": [3],
        "sampling_strategy": [[0]],
        "verbose": [1],
    },
    MixtureSampling: {"n_components": [3], "covariance_type": ["diag"]},
    RiemannianSampling: {
        "temperature": [0.1],
        "regularization": [10.0],
        "n_centroids": [2],
        "n_steps": [1],
        "n_leapfrog": [1],
    },
    ConstraintFilter: {"constraint": [above_the_mean], "sampling_strategy": [[0]]},
    GaussianNB: {"priors": [[0.8, 0.1, 0.1]], "var_smoothing": [0.5]},
}

FEW = {"hidden_layer_sizes": (6,), "max_iter": 4, "random_state": 0}
SMALL = VAE(likelihood="gaussian", early_checkpoint=0.5, **FEW)
PICTURES = VAE(
    image_shape=(3, 4), conv_channels=(4,), likelihood="bernoulli", quantile_transform=False,
    early_checkpoint=0.5, **FEW,
)  # fmt: skip
RULE = {"latent_sampling": "interpolation+noise", "k_neighbors": 3, "random_state": 0}
GAPS = {"missing": "indicator", "random_state": 0}
GC = GenerativeClassifierFilter(cv=2, rejection_rate=0.6, **FEW)
LC = LabelConsistencyFilter(GaussianNB(), cv=2, random_state=0)
# The estimators, and the rows that they learn.
CASES = {
    "VAE": (clone(SMALL).set_params(missing="indicator"), TABLE),
    "VAE of images": (PICTURES, IMAGES),
    "Autoencoder": (Autoencoder(early_checkpoint=0.5, missing="indicator", **FEW), TABLE),
    "ConditionalVAE": (
        ConditionalVAE(condition_on=["whole"], early_checkpoint=0.5, missing="indicator", **FEW),
        TABLE,
    ),
    "GAN": (GAN(missing="indicator", **FEW), TABLE),
    "VAEGAN": (VAEGAN(missing="indicator", **FEW), TABLE),
    "VAEOversampler": (VAEOversampler(SMALL, **GAPS), TABLE),
    "VAEOversampler filtered": (VAEOversampler(SMALL, filter=GC, max_draws=2, **GAPS), TABLE),
    "VAEOversampler with residuals": (VAEOversampler(SMALL, residuals=True, **RULE), NUMBERS),
    "VAEOversampler unlabelled": (VAEOversampler(PICTURES, unlabelled=UNLABELLED, **RULE), IMAGES),
    "VAEOversampler by mixture": (
        VAEOversampler(SMALL, latent_sampling=MixtureSampling(2), filter=None, random_state=0),
        NUMBERS,
    ),
    "MultiVAEResampler by geometry": (
        MultiVAEResampler(
            SMALL, latent_sampling=RiemannianSampling(n_steps=2), filter=None, random_state=0
        ),
        NUMBERS,
    ),
    "MultiVAEResampler": (MultiVAEResampler(SMALL, **GAPS), TABLE),
    "MultiVAEResampler filtered": (
        MultiVAEResampler(SMALL, filter=LC, max_draws=2, **RULE),
        NUMBERS,
    ),
    "GenerativeClassifierFilter": (GC, TABLE),
    "GenerativeClassifierFilter per class": (clone(GC).set_params(per_class=True), TABLE),
    "LabelConsistencyFilter": (LC, NUMBERS),
    "ConstraintFilter": (ConstraintFilter(below_20), TABLE),
    "VAEOversampler constrained": (
        VAEOversampler(SMALL, filter=ConstraintFilter(below_20), **GAPS),
        TABLE,
    ),
    "LabelConsistencyFilter relabelling": (clone(LC).set_params(relabel=True), NUMBERS),
}


def owner_of(estimator, name):
    """The estimator that a nested parameter belongs to, and its name there."""
    *path, last = name.split("__")
    for step in path:
        estimator = getattr(estimator, step)
    return estimator, last


def other_value(estimator, name):
    owner, last = owner_of(estimator, name)
    values = VALUES.get(type(owner), {})
    assert last in values, f"say in VALUES what else {last} of {type(owner).__name__} may be"
    value = next(v for v in values[last] if repr(v) != repr(getattr(owner, last)))
    if hasattr(owner, "_validate_params"):
        copy.deepcopy(owner).set_params(**{last: value})._validate_params()
    return value


# The parameters of each case, and those of its parts.
PARAMETERS = {
    case: [name for name in estimator.get_params(deep=True) if not name.endswith("random_state")]
    for case, (estimator, _) in CASES.items()
}
# New values of one depth at a time: a new part would hide those of the old one.
DEPTHS = sorted({(case, name.count("__")) for case in CASES for name in PARAMETERS[case]})


@functools.cache
def fitted(case):
    estimator, X = CASES[case]
    estimator = copy.deepcopy(estimator).fit(X, Y)
    if hasattr(estimator, "provenance"):
        estimator.fit_resample(X, Y)
    return estimator


def in_a_sampler(estimator, X):
    """Rows of a sampler that has the fitted estimator frozen as its model or its filter."""
    frozen = FrozenEstimator(estimator)
    if isinstance(estimator, GenerativeModel | MultiVAEResampler):
        over = MultiVAEResampler(frozen, **RULE)
    else:
        model = model_of(tuple(X.columns))
        over = VAEOversampler(model, missing="indicator", filter=frozen, max_draws=2, **RULE)
    return over.fit_resample(X, Y)


@functools.cache
def model_of(columns):
    return FrozenEstimator(clone(CASES["VAE"][0]).fit(TABLE[list(columns)]))


def answers(estimator, X):
    """All that a fitted estimator says of rows, and the rows that it draws."""
    of_a_class = [1] if isinstance(estimator, ConditionalVAE) else []
    asked = {
        "transform": lambda: estimator.transform(X),
        "inverse_transform": lambda: estimator.inverse_transform(np.ones((3, 10)), *of_a_class),
        "get_feature_names_out": lambda: estimator.get_feature_names_out(),
        "score_samples": lambda: estimator.score_samples(X),
        "score": lambda: estimator.score(X),
        "predict": lambda: estimator.predict(X),
        "predict_proba": lambda: estimator.predict_proba(X),
        "decision_function": lambda: estimator.decision_function(X),
        "sample": lambda: estimator.sample(7),
        "provenance": lambda: estimator.provenance(),
    }
    said = {name: ask() for name, ask in asked.items() if hasattr(estimator, name)}
    if hasattr(estimator, "provenance"):
        said["sample of classes"] = estimator.sample(9, y=np.tile([0, 1, 2], 3))
    if isinstance(estimator, GenerativeClassifierFilter):
        said["score_samples of classes"] = estimator.score_samples(X, Y)
    if hasattr(estimator, "early_vae_"):
        said["early_vae_"] = estimator.early_vae_.transform(X)
    if hasattr(estimator, "vae_"):
        said["vae_"] = estimator.vae_.sample(7)
    elif not isinstance(estimator, GAN):  # which no sampler takes frozen, as it knows no classes
        said["in a sampler"] = in_a_sampler(estimator, X)
    return said


def assert_same(said, before, name):
    if isinstance(before, tuple):
        for one, other in zip(said, before, strict=True):
            assert_same(one, other, name)
    elif isinstance(before, pd.DataFrame):
        assert_frame_equal(said, before, obj=name)
    else:
        assert_array_equal(said, before, err_msg=name)


@functools.cache
def first_answers(case):
    return answers(fitted(case), CASES[case][1])


def test_every_estimator_has_a_case():
    public = (getattr(skvae, name) for name in skvae.__all__)
    estimators = {e for e in public if inspect.isclass(e) and issubclass(e, BaseEstimator)}
    assert estimators <= {type(estimator) for estimator, _ in CASES.values()}
    assert sum(map(len, PARAMETERS.values())) > 150


@pytest.mark.parametrize("case", CASES)
def test_answers_repeat_themselves(case):
    again = answers(copy.deepcopy(fitted(case)), CASES[case][1])
    assert len(again) >= 1
    for name, before in first_answers(case).items():
        assert_same(again[name], before, name)


@pytest.mark.parametrize(("case", "depth"), DEPTHS)
def test_parameters_set_after_fit_wait_for_the_next(case, depth):
    estimator, X = CASES[case]
    names = [name for name in PARAMETERS[case] if name.count("__") == depth]
    others = {name: other_value(estimator, name) for name in names}
    before = first_answers(case)
    said = answers(copy.deepcopy(fitted(case)).set_params(**others), X)
    assert said.keys() == before.keys()
    for answer in before:
        assert_same(said[answer], before[answer], f"{answer}, after new values for one of {names}")
