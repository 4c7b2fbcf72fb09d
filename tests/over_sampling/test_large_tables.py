"""Tables of many rows: only what is needed is coded and encoded."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae._tables.codec import TableCodec
from skvae.latent import InterpolationSampling, LatentDraw, LatentSampler
from skvae.models._fitted import FittedNet
from skvae.over_sampling import _drawing, _quotas
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


@pytest.fixture
def few_at_once(monkeypatch):
    """Parts of 100 rows in place of thousands."""
    monkeypatch.setattr(_drawing, "_PART", 100)


@pytest.mark.parametrize(
    "options",
    [{}, {"residuals": False, "filter": None}, {"latent_sampling": "mixture", "filter": None}],
)
def test_rows_are_the_same_whatever_the_number_of_threads(table, few_at_once, options):
    drawn, before = [], torch.get_num_threads()
    for n_threads in (1, 3):
        torch.set_num_threads(n_threads)
        try:
            over = sampler(VAEOversampler, **options)
            drawn.append(over.fit_resample(*table)[0])
        finally:
            torch.set_num_threads(before)
        assert len(drawn[-1]) == 6000
        assert len(np.unique(drawn[-1], axis=0)) > 5990
    assert_array_equal(*drawn)


def test_an_error_in_a_part_reaches_the_caller(table, few_at_once, monkeypatch):
    def fail(*_):
        raise ValueError("no rows today")

    over = sampler(VAEOversampler, filter=None).fit(*table)
    monkeypatch.setattr(FittedNet, "draw", fail)
    with pytest.raises(ValueError, match=r"no rows today"):
        over.sample(1000, y=1)


def test_residuals_are_worked_out_once_for_each_original(table, monkeypatch):
    numbers, residuals = [], FittedNet.residuals

    def spy(net, values, Z):
        numbers.append(len(values))
        return residuals(net, values, Z)

    monkeypatch.setattr(FittedNet, "residuals", spy)
    over = sampler(VAEOversampler).fit(*table)
    many = over.sample(2700, y=1)[0]  # 300 originals
    assert numbers == [300]
    over.sample(20, y=1)
    assert 1 < numbers[1] <= 20

    monkeypatch.setattr(_drawing.SampledClass, "all_originals", lambda *_: None)
    over = sampler(VAEOversampler).fit(*table)
    assert_allclose(over.sample(2700, y=1)[0], many, atol=1e-5)


class _OtherNearer(InterpolationSampling):
    """Names a row of the other class as the nearer one."""

    def draw(self, n, rng):
        drawn = super().draw(n, rng)
        return drawn._replace(nearer=np.zeros_like(drawn.nearer))


class _OtherMeans(InterpolationSampling):
    """Gives the nearer rows means of its own, so that what is decoded from them is no row's."""

    def draw(self, n, rng):
        drawn = super().draw(n, rng)
        return drawn._replace(nearer_means=drawn.Z)


class _WithoutRows(LatentSampler):
    """Draws from the prior, and leaves `has_parents` as it is by default."""

    uses_rows = False

    def fit(self, latents):
        self.shape = latents.n_components
        return self

    def draw(self, n, rng):
        return LatentDraw(rng.normal(size=(n, self.shape)), np.full((n, 2), -1))


@pytest.mark.parametrize(
    ("cls", "rule"),
    [
        (VAEOversampler, _OtherNearer()),
        (VAEOversampler, _OtherMeans()),
        (MultiVAEResampler, _WithoutRows()),
    ],
)
def test_a_rule_of_the_users_gives_the_same_however_many_rows_are_wanted(cls, rule, table):
    over = sampler(cls, latent_sampling=rule, filter=None).fit(*table)
    few, many = (over.sample(n, y=1)[0] for n in (299, 301))
    assert np.isfinite(many).all()
    assert_allclose(few.mean(axis=0), many.mean(axis=0), atol=0.5)
    assert_allclose(few.std(axis=0), many.std(axis=0), atol=0.5)


@pytest.mark.parametrize("n_wanted", [39, 41, 80, 95])
def test_unfiltered_rows_are_drawn_in_several_batches(table, monkeypatch, n_wanted):
    monkeypatch.setattr(_quotas, "_DRAWN_AT_ONCE", 40)
    over = sampler(VAEOversampler, filter=None).fit(*table)
    X_new, y_new = over.sample(n_wanted, y=1)
    assert X_new.shape == (n_wanted, 3)
    assert (y_new == 1).all()
    assert len(np.unique(X_new, axis=0)) == n_wanted
