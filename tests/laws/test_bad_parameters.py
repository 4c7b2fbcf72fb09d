"""A wrong parameter says so before training: its name, what was expected and what came."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator

from skvae import (
    GAN,
    VAE,
    VAEGAN,
    Autoencoder,
    ConditionalVAE,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae.latent import NoiseSampling
from skvae.metrics import report
from skvae.strategies import augment
from tests.helpers import ALL, BOTH, begins, make, tiny

BAD_VAE = [
    ({"n_components": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"n_components": 2.0}, "must be an int in the range [1, inf). Got 2.0 instead."),
    ({"hidden_layer_sizes": 5}, "must be an array-like or None. Got 5 instead."),
    ({"image_shape": 28}, "must be an array-like or None. Got 28 instead."),
    ({"conv_channels": None}, "must be an array-like. Got None instead."),
    ({"beta": -1}, "must be a float in the range [0.0, inf). Got -1 instead."),
    ({"beta": np.nan}, "must be a float in the range [0.0, inf). Got nan instead."),
    ({"normalize_beta": "yes"}, "must be an instance of 'bool' or an instance of 'numpy.bool'"),
    ({"denoising_std": -0.1}, "must be a float in the range [0.0, inf). Got -0.1 instead."),
    ({"max_iter": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"batch_size": 1}, "must be an int in the range [2, inf). Got 1 instead."),
    ({"learning_rate_init": 0}, "must be a float in the range (0.0, inf). Got 0 instead."),
    ({"early_stopping": "no"}, "must be an instance of 'bool' or an instance of 'numpy.bool'"),
    ({"validation_fraction": 1}, "must be a float in the range "),
    ({"n_iter_no_change": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"tol": -1}, "must be a float in the range [0.0, inf). Got -1 instead."),
    ({"early_checkpoint": 0}, "must be a float in the range (0.0, 1.0] or None. Got 0 instead."),
    ({"early_checkpoint": 1.5}, "must be a float in the range (0.0, 1.0] or None. Got 1.5 "),
    ({"device": 0}, "must be an instance of 'str'. Got 0 instead."),
    ({"random_state": "a"}, "must be an int in the range [0, 4294967295], an instance of "),
    ({"verbose": -1}, "must be an int in the range [0, inf)"),
]
OTHERS = [Autoencoder, ConditionalVAE, GAN, VAEGAN]
BAD_OTHER = [
    (ConditionalVAE, {"condition_on": 3}, "must be an array-like or None. Got 3 instead."),
    (ConditionalVAE, {"n_bins": 1}, "must be an int in the range [2, inf). Got 1 instead."),
]
BAD_SAMPLER = [
    ({"vae": PCA()}, "must be an instance of 'skvae.models._base.GenerativeModel', an instance of"),
    ({"vae": VAE}, "must be an instance, such as VAE(). Got the class VAE instead."),
    ({"vae": pd.DataFrame(np.eye(60))}, "must be an instance of 'skvae.models._base.Generative"),
    (
        {"latent_sampling": NoiseSampling},
        "must be an instance, such as NoiseSampling(). Got the class NoiseSampling instead.",
    ),
    (
        {"filter": LabelConsistencyFilter},
        "must be an instance, such as LabelConsistencyFilter(). Got the class LabelConsistencyFil",
    ),
    (
        {"sampling_strategy": augment},
        "must be an instance, such as augment(). Got the class augment instead.",
    ),
    ({"latent_sampling": "smote"}, "must be a str among {"),
    ({"alpha": -1}, "must be a float in the range [0.0, inf)"),
    ({"alpha": np.inf}, "must be a float in the range [0.0, inf)"),
    ({"noise_scale": "a"}, "must be a float in the range [0.0, inf) or a str among {'auto'}. Got"),
    ({"k_neighbors": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"neighbor_pool": "some"}, "must be a str among {"),
    ({"filter": 3}, "must be an object implementing 'fit', an instance of 'list', an instance of"),
    ({"filter": "forest"}, "must be an object implementing 'fit', an instance of 'list', an"),
    ({"max_draws": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"max_draws": 1.5}, "must be an int in the range [1, inf). Got 1.5 instead."),
    ({"sampling_strategy": "most"}, "must be a float in the range (0.0, 1.0], a str among {"),
    ({"sampling_strategy": [0]}, "must be a float in the range (0.0, 1.0], a str among {"),
    ({"sampling_strategy": 1.5}, "must be a float in the range (0.0, 1.0], a str among {"),
    ({"random_state": "a"}, "must be an int in the range [0, 4294967295], an instance of "),
    ({"verbose": "yes"}, "must be an int in the range [0, inf)"),
]


def params_of(cls):
    return cls().get_params()


BAD_PARAMETERS = [
    *((VAE, *case) for case in BAD_VAE),
    *((cls, *case) for cls in OTHERS for case in BAD_VAE if next(iter(case[0])) in params_of(cls)),
    *BAD_OTHER,
    *((cls, *case) for cls in (VAEOversampler, MultiVAEResampler) for case in BAD_SAMPLER),
    (MultiVAEResampler, {"mix_fraction": 1}, "must be a float in the range [0.0, 1.0). Got 1"),
    (MultiVAEResampler, {"mix_fraction": -0.1}, "must be a float in the range [0.0, 1.0). Got"),
]


@pytest.mark.parametrize(("cls", "params", "message"), BAD_PARAMETERS)
def test_parameters(cls, params, message, imbalanced, no_training):
    message = begins(f"The '{next(iter(params))}' parameter of {cls.__name__} {message}")
    with pytest.raises(ValueError, match=message) as raised:
        (cls() if cls in OTHERS else make(cls)).set_params(**params).fit(*imbalanced)
    assert len(str(raised.value)) < 320
    assert "\n" not in str(raised.value)


@BOTH
@pytest.mark.parametrize(("params", "message"), BAD_VAE)
def test_parameters_of_the_model_in_a_sampler(cls, params, message, imbalanced, no_training):
    message = begins(f"The '{next(iter(params))}' parameter of VAE {message}")
    with pytest.raises(ValueError, match=message):
        cls(tiny(**params)).fit(*imbalanced)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes must hold integers >= 1, got (0,)"),
        ({"hidden_layer_sizes": [8, 1.5]}, "hidden_layer_sizes must hold integers >= 1, got [8, "),
        ({"hidden_layer_sizes": ["8"]}, "hidden_layer_sizes must hold integers >= 1, got ['8']"),
        ({"device": "gpu"}, "device must be 'auto' or a torch device of this machine, got 'gpu'"),
        ({"device": "cpu:x"}, "device must be 'auto' or a torch device of this machine, got 'cpu"),
        ({"device": "meta"}, "device must be 'auto' or a torch device of this machine, got 'meta'"),
        (
            {"early_stopping": True, "validation_fraction": 0.99},
            "early_stopping=True must leave at least 2 rows of ",
        ),
    ],
)
@ALL
def test_values_that_only_fit_can_judge(cls, params, message, imbalanced, no_training):
    model = tiny(**params) if cls is VAE else cls(tiny(**params))
    with pytest.raises(ValueError, match=begins(message)):
        model.fit(*imbalanced)


@pytest.mark.parametrize(
    ("params", "part", "got"),
    [
        ({"vae": "VAE"}, {"vae__beta": 1.0}, "vae, got 'VAE'"),
        ({"vae": VAE}, {"vae__beta": 1.0}, "vae, got the class VAE"),
        ({}, {"vae__beta": 1.0, "vae": 3}, "vae, got 3"),
        ({"filter": None}, {"filter__balance": 1.0}, "filter, got None"),
        (
            {"filter": [LabelConsistencyFilter()]},
            {"filter__balance": 1.0},
            "filter, got [LabelConsistencyFilter()]",
        ),
        (
            {"latent_sampling": "noise"},
            {"latent_sampling__noise_scale": 1.0},
            "latent_sampling, got 'noise'",
        ),
        ({}, {"filter__estimator__max_depth": 2}, "estimator, got None"),
        ({}, {"missing__x": 2}, "missing, got 'error'"),
    ],
)
@BOTH
def test_parts_that_are_not_there(cls, params, part, got):
    over = make(cls).set_params(**params)
    before = over.get_params(deep=False)
    with pytest.raises(ValueError, match=begins("parameter can't be set: '")) as raised:
        over.set_params(**part)
    assert str(raised.value).endswith(f"needs an estimator as {got}")
    assert over.get_params(deep=False) == before


def test_a_report_names_what_came_in_place_of_a_sampler(imbalanced):
    X, y = imbalanced
    message = "sampler must be an instance with fit and sample(n, y=labels), or with sampling_stra"
    for table, got in (
        (pd.DataFrame(X), "DataFrame of shape (40, 3)"),
        (X, "ndarray of shape (40, 3)"),
        (VAEOversampler, "the class VAEOversampler"),
    ):
        with pytest.raises(TypeError, match=begins(message)) as raised:
            report(table, y, make(VAEOversampler))
        assert str(raised.value).endswith(f"got {got}")
    with pytest.raises(ValueError, match="Got DataFrame of shape"):
        report(make(VAEOversampler), X, y, estimator=pd.DataFrame(X))


@BOTH
def test_a_frozen_class(cls, imbalanced, no_training):
    with pytest.raises(TypeError, match=begins("vae must be a frozen VAE, got the class VAE")):
        make(cls).set_params(vae=FrozenEstimator(VAE)).fit(*imbalanced)
