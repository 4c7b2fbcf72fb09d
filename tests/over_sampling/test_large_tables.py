"""Tables of many rows: only what is needed is coded and encoded."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skvae import VAE, VAEOversampler
from skvae._tables.codec import TableCodec
from skvae.models._fitted import FittedNet
from tests.helpers import sampler


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [3000, 300])
    return (rng.normal(size=(3300, 3)) + 3 * y[:, None]).astype(np.float32), y


@pytest.fixture
def encoded(monkeypatch):
    """The numbers of rows that were encoded at once."""
    numbers, latent_means = [], FittedNet.latent_means

    def spy(net, values, codes=None):
        numbers.append(len(values))
        return latent_means(net, values, codes)

    monkeypatch.setattr(FittedNet, "latent_means", spy)
    return numbers


def test_a_fit_codes_the_rows_that_its_steps_meet(monkeypatch):
    n_coded, encode = [], TableCodec.encode

    def spy(codec, values, *args):
        n_coded.append(len(values))
        return encode(codec, values, *args)

    monkeypatch.setattr(TableCodec, "encode", spy)
    X = np.random.default_rng(0).normal(size=(40_000, 2))
    VAE(max_iter=5, batch_size=16, random_state=0).fit(X)
    assert n_coded[0] == 5 * 16
    assert sum(n_coded) < 20_000


def test_only_classes_that_grow_are_encoded(table, encoded):
    resampler = sampler(VAEOversampler, filter=None)
    resampler.fit_resample(*table)
    assert encoded == [300]
    resampler.sample(5, y=0)
    resampler.sample(5, y=0)
    assert encoded == [300, 3000]


def test_classes_that_are_encoded_later_give_the_same_rows(table):
    resampler = sampler(VAEOversampler, filter=None).fit(*table)
    copy = pickle.loads(pickle.dumps(resampler))
    X_new, _ = resampler.sample(50, y=0)
    assert X_new.dtype == np.float32
    assert_array_equal(copy.sample(50, y=0)[0], X_new)
    dropped = sampler(VAEOversampler, filter=None, residuals=False).fit(*table)
    expected = dropped.sample(50, y=0)[0]
    dropped = sampler(VAEOversampler, filter=None, residuals=False).fit(*table)
    assert_array_equal(dropped.drop_training_rows().sample(50, y=0)[0], expected)
    assert b"_source" not in pickle.dumps(dropped)
