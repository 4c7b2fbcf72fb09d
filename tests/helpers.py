"""Estimators that many tests share: tiny ones, and the marks that go through all of them."""

from __future__ import annotations

import os
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.naive_bayes import GaussianNB

from skvae import (
    VAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae.latent._names import ROW_RULES, RULES

BOTH = pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
ALL = pytest.mark.parametrize("cls", [VAE, VAEOversampler, MultiVAEResampler])
EVERY_RULE = pytest.mark.parametrize(
    ("cls", "rule"),
    [(VAEOversampler, rule) for rule in ROW_RULES] + [(MultiVAEResampler, rule) for rule in RULES],
)


# Settings of the thesis' VAEs, where ours have other defaults.
THESIS = {"n_components": 2, "likelihood": "bernoulli", "quantile_transform": False, "beta": 1.0}
# Options of samplers whose new rows are what a model of the thesis decodes, no more and no less.
DECODED = {"residuals": False, "filter": None}


def tiny(**params):
    return VAE(**{"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0, **params})


def thesis(**params):
    return tiny(**{**THESIS, **params})


def sampler(cls, vae=None, **params):
    return cls(tiny() if vae is None else vae, **{"random_state": 0, **params})


def models(fitted):
    """The model that each class is drawn from."""
    if isinstance(fitted, MultiVAEResampler):
        return fitted.estimators_
    return [fitted.vae_] * len(fitted.classes_)


def make(cls, **params):
    return tiny(**params) if cls is VAE else cls(tiny(), **{"random_state": 0, **params})


def begins(message):
    return "^" + re.escape(message)


def frame(**changes):
    return lambda X: pd.DataFrame(X, columns=["a", "b", "c"]).assign(**changes)


def needs_data(test):
    """Mark a test that reads the real files."""
    reason = "SKVAE_DATA, the folder of the real files, is unset"
    return pytest.mark.data(pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason=reason)(test))


VAE_ = VAE(hidden_layer_sizes=(8,), max_iter=20)
GC = GenerativeClassifierFilter(hidden_layer_sizes=(16,), max_iter=60, cv=3, random_state=0)
LC = LabelConsistencyFilter(GaussianNB(), random_state=0)
SAMPLERS = [VAEOversampler(VAE_, random_state=0), MultiVAEResampler(VAE_, random_state=0)]
both_samplers = pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda s: type(s).__name__)
both_filters = pytest.mark.parametrize("filter_", [GC, LC], ids=lambda f: type(f).__name__)


def fresh(estimator, /, **params):
    return type(estimator)(**{**estimator.get_params(deep=False), **params})


class Detector(BaseEstimator):
    """Accepts a share of all rows, by something that has nothing to do with them."""

    def __init__(self, share=0.1):
        self.share = share

    def fit(self, X):
        self.n_judged_ = []
        return self

    def score_samples(self, X):
        return np.asarray(X)[:, 0] * 1e6 % 1

    def predict(self, X):
        self.n_judged_.append(len(X))
        return np.where(self.score_samples(X) < self.share, 1, -1)
