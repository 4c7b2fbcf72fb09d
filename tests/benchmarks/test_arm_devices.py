"""Devices of all models inside an estimator."""

import pytest
from imblearn.pipeline import make_pipeline
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator

from benchmarks.arms.devices import set_device
from benchmarks.arms.peers import CTGANPeer
from skvae import VAE, GenerativeClassifierFilter, MultiVAEResampler, VAEOversampler


class Inner(BaseEstimator):
    def __init__(self, device="auto"):
        self.device = device


class Outer(BaseEstimator):
    """A sampler with a device of its own."""

    def __init__(self, vae=None, filter=None, device="auto"):
        self.vae = vae
        self.filter = filter
        self.device = device


def test_own_and_nested_parameters():
    sampler = set_device(Outer(Inner(), Inner()), "cpu")
    assert {sampler.device, sampler.vae.device, sampler.filter.device} == {"cpu"}


def test_lists_of_filters_and_steps_of_pipelines():
    filters = [Inner(), Outer(filter=[Inner()])]
    pipeline = set_device(make_pipeline(Outer(filter=filters), RandomForestClassifier()), "cuda:1")
    assert pipeline[0].device == "cuda:1"
    assert [filters[0].device, filters[1].device, filters[1].filter[0].device] == ["cuda:1"] * 3


@pytest.mark.parametrize("sampler_class", [VAEOversampler, MultiVAEResampler])
def test_samplers(sampler_class):
    filters = [GenerativeClassifierFilter(), RandomForestClassifier()]
    sampler = set_device(sampler_class(VAE(), filter=filters), "cpu")
    assert sampler.vae.device == "cpu"
    assert sampler.filter[0].device == "cpu"
    assert sampler.device == "cpu"


def test_frozen_models_stay_as_they_are():
    sampler = set_device(VAEOversampler(FrozenEstimator(VAE())), "cpu")
    assert sampler.vae.estimator.device == "auto"


def test_peers():
    assert set_device(CTGANPeer("TVAE", dict, 0), "cpu").device == "cpu"
