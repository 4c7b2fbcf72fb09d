"""Fitted estimators are written and read."""

import copy
import functools
import re

import joblib
import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from sklearn.ensemble import IsolationForest
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from skvae import GAN, VAEGAN, MultiVAEResampler, VAEOversampler
from skvae.latent import MixtureSampling, NoiseSampling, RiemannianSampling
from skvae.strategies import augment
from tests.columns import COLUMNS, Y
from tests.helpers import BOTH, GC, LC, both_filters, both_samplers, fresh, sampler, tiny

FRAME = pd.DataFrame(COLUMNS)
NUMBERS = FRAME[["float32", "float64", "Int64"]].astype(float)
IMAGES = np.random.default_rng(0).random((40, 16), np.float32)
conv = functools.partial(tiny, image_shape=(4, 4), conv_channels=(4,), max_iter=5)
FEW = {"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0}
# Samplers, and the tables that they are fitted on.
VARIANTS = {
    "default": (lambda: VAEOversampler(random_state=0), FRAME),
    "prior": (
        lambda: MultiVAEResampler(tiny(), filter=None, random_state=np.random.RandomState(0)),
        FRAME,
    ),
    "rule": (
        lambda: MultiVAEResampler(
            tiny(), latent_sampling=NoiseSampling(0.3), filter=None, random_state=0
        ),
        FRAME,
    ),
    "mixture": (
        lambda: VAEOversampler(
            tiny(), latent_sampling=MixtureSampling(2), filter=None, random_state=0
        ),
        FRAME,
    ),
    "riemannian": (
        lambda: VAEOversampler(
            tiny(), latent_sampling=RiemannianSampling(n_steps=2), filter=None, random_state=0
        ),
        FRAME,
    ),
    "GAN": (
        lambda: MultiVAEResampler(GAN(**FEW), filter=None, random_state=0),
        FRAME,
    ),
    "VAEGAN": (lambda: VAEOversampler(VAEGAN(**FEW), filter=None, random_state=0), FRAME),
    "images": (lambda: MultiVAEResampler(conv(), random_state=0), IMAGES),
    "early": (
        lambda: VAEOversampler(
            tiny(early_checkpoint=0.5),
            filter=[fresh(GC, noise=("early", "permuted"), per_class=True), fresh(LC, cv=None)],
            random_state=0,
        ),
        NUMBERS,
    ),
    "detector": (
        lambda: VAEOversampler(
            tiny(), filter=IsolationForest(n_estimators=5, random_state=0), random_state=0
        ),
        NUMBERS,
    ),
    "frozen": (
        lambda: VAEOversampler(
            FrozenEstimator(tiny().fit(FRAME)),
            filter=FrozenEstimator(fresh(GC).fit(FRAME)),
            random_state=0,
        ),
        FRAME,
    ),
    "lent": (
        lambda: MultiVAEResampler(
            FrozenEstimator(MultiVAEResampler(tiny(), filter=None, random_state=0).fit(FRAME, Y)),
            filter=None,
            random_state=0,
        ),
        FRAME,
    ),
    "unlabelled": (
        lambda: VAEOversampler(
            tiny(), unlabelled=FRAME[::2], sampling_strategy=augment(), random_state=0
        ),
        FRAME,
    ),
}
# What a file of skops may name, as the documentation has it.
TRUSTED = re.compile(
    r"(skvae|imblearn|torch\.nn\.modules)\..*|numpy\.dtype|sklearn\.tree\._tree\.Tree"
)


@functools.cache
def fitted(variant):
    """Return a variant's table, the fitted sampler, and what it has resampled and sampled."""
    make, X = VARIANTS[variant]
    over = make()
    resampled = over.fit_resample(X, Y)
    return X, over, resampled, copy.deepcopy(over).set_params(random_state=0).sample(7)


def assert_equal(mine, its):
    if isinstance(its, pd.DataFrame):
        assert_frame_equal(mine, its)
    elif isinstance(its, pd.Series):
        assert_series_equal(mine, its)
    else:
        assert_array_equal(mine, its)


def test_round_trip_of_a_fitted_model(copied, mixed_frame):
    vae = tiny().fit(mixed_frame)
    again = copied(vae)
    assert_array_equal(again.transform(mixed_frame), vae.transform(mixed_frame))
    assert_array_equal(again.score_samples(mixed_frame), vae.score_samples(mixed_frame))
    assert_frame_equal(again.sample(3), vae.sample(3))


@BOTH
@pytest.mark.parametrize("rule", ["noise", "interpolation"])
def test_round_trip_of_a_fitted_sampler(cls, rule, copied, imbalanced):
    over = sampler(cls, latent_sampling=rule, sampling_strategy=augment()).fit(*imbalanced)
    again = copied(over)
    assert_array_equal(again.sample(6)[0], over.sample(6)[0])
    assert_array_equal(again.fit_resample(*imbalanced)[0], over.fit_resample(*imbalanced)[0])


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("variant", VARIANTS)
def test_copies_of_every_kind_of_sampler(variant, copied):
    X, over, resampled, sampled = fitted(variant)
    again = copied(over)
    assert_frame_equal(again.provenance(), over.provenance())
    again.set_params(random_state=0)
    for mine, its in zip(again.sample(7), sampled, strict=True):
        assert_equal(mine, its)
    for mine, its in zip(again.fit_resample(X, Y), resampled, strict=True):
        assert_equal(mine, its)


def test_joblib_writes_and_reads_a_sampler(tmp_path, imbalanced):
    over = sampler(VAEOversampler).fit(*imbalanced)
    joblib.dump(over, tmp_path / "sampler.joblib")
    assert_array_equal(joblib.load(tmp_path / "sampler.joblib").sample(6)[0], over.sample(6)[0])


def test_copies_of_a_model_of_images(copied):
    vae = conv(early_checkpoint=0.5).fit(IMAGES)
    again = copied(vae)
    for mine, its in ((again, vae), (again.early_vae_, vae.early_vae_)):
        assert_array_equal(mine.sample(3), its.sample(3))
        assert_array_equal(mine.transform(IMAGES), its.transform(IMAGES))


@pytest.mark.parametrize(
    "labels",
    [[False, True], np.array([False, True]), np.array([1.0, 2.0]), ["no", "yes"], [1, 2]],
    ids=lambda labels: str(type(labels[0]).__name__),
)
def test_labels_of_every_kind_stay(labels, copied, imbalanced):
    y = np.asarray(labels)[(imbalanced[1] > 0).astype(int)]
    over = sampler(VAEOversampler, filter=LC, sampling_strategy={y[0]: 40}).fit(imbalanced[0], y)
    over.fit_resample(imbalanced[0], y)
    again = copied(over)
    assert again.sampling_strategy_ == over.sampling_strategy_
    assert again.acceptance_rate_ == over.acceptance_rate_
    assert_equal(again.fit_resample(imbalanced[0], y)[1], over.fit_resample(imbalanced[0], y)[1])


def test_copies_of_a_pipeline(copied, imbalanced):
    X, y = imbalanced
    steps = sampler(VAEOversampler, filter=None), fresh(GC), fresh(LC), GaussianNB()
    clf = make_pipeline(*steps).fit(X, y)
    assert_array_equal(copied(clf).predict_proba(X), clf.predict_proba(X))


def test_files_of_skops_name_documented_types_only(imbalanced):
    skops = pytest.importorskip("skops.io")
    X, y = imbalanced
    steps = VAEOversampler(tiny(), random_state=0), fresh(GC), GaussianNB()
    for estimator in (make_pipeline(*steps).fit(X, y), conv().fit(IMAGES)):
        named = skops.get_untrusted_types(data=skops.dumps(estimator))
        assert [name for name in named if not TRUSTED.fullmatch(name)] == []


def test_files_may_lie_mapped_in_memory(tmp_path, imbalanced):
    vae = tiny().fit(imbalanced[0])
    joblib.dump(vae, tmp_path / "vae.joblib")
    mapped = joblib.load(tmp_path / "vae.joblib", mmap_mode="r")
    assert_array_equal(mapped.sample(3), vae.sample(3))


def test_a_network_is_written_once(imbalanced):
    """Formats that write each array once would else write it for each class."""
    over = sampler(VAEOversampler, filter=None).fit(*imbalanced)
    states = [one.net.__getstate__()["net"] for one in over._fitted.classes]
    assert all(state is over.vae_._fitted.__getstate__()["net"] for state in states)


@both_filters
def test_copies_judge_alike(wine, filter_, copied):
    fitted = fresh(filter_).fit(wine[0], wine[2])
    labels, parents = wine[3], np.full(len(wine[1]), -1)
    for mine, its in zip(
        fitted._judge(wine[1], labels, parents, np.random.RandomState(0)),
        copied(fitted)._judge(wine[1], labels, parents, np.random.RandomState(0)),
        strict=True,
    ):
        assert_array_equal(mine, its)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
@both_samplers
def test_copies_of_a_filtering_sampler_draw_alike(imbalanced, sampler, copied):
    sampler = fresh(sampler, filter=[GC, LC], max_draws=2).fit(*imbalanced)
    assert_array_equal(copied(sampler).sample(5, y=1)[0], sampler.sample(5, y=1)[0])
