"""Settings of scikit-learn and torch, of the process or of the caller, change no rows."""

import functools
import os
from contextlib import contextmanager, nullcontext

import numpy as np
import pandas as pd
import pytest
import torch
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.datasets import make_blobs
from sklearn.preprocessing import StandardScaler

from skvae import (
    VAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
    metrics,
)
from tests.helpers import GC, fresh, tiny

X, Y = make_blobs([40, 20], 3, centers=np.array([[0, 0, 0], [2, 0, 2]]), random_state=0)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"]).assign(kind=np.where(X[:, 0] > 1, "u", "v"))
IMAGES = np.random.default_rng(0).random((40, 16)).astype(np.float32)

# What each public estimator, measure and display gives.


def of_models():
    vae = tiny().fit(X.astype(np.float32))
    Z = np.asarray(vae.transform(X))
    return [vae.sample(5), Z, vae.inverse_transform(Z), vae.score_samples(X)]


def of_images():
    vae = tiny(image_shape=(4, 4), conv_channels=(8, 8), mixed_precision=False).fit(IMAGES)
    return [vae.sample(5), metrics.reconstruction_error(vae, IMAGES.astype(float))]


def of_sampler(sampler, table):
    rows, _ = sampler.fit_resample(table, Y)
    return [rows, sampler.sample(5)[0], sampler.provenance()["distance"]]


def of_samplers():
    results = []
    for cls in (VAEOversampler, MultiVAEResampler):
        # As they come, but for their steps.
        results += of_sampler(cls(VAE(max_iter=40), random_state=0), X)
        results += of_sampler(cls(tiny(), random_state=0), FRAME)
    results += of_sampler(VAEOversampler(tiny(), unlabelled=FRAME[::2], random_state=0), FRAME)
    return results + of_sampler(VAEOversampler(tiny(), filter=fresh(GC), random_state=0), X)


def of_label_filter():
    by_label = LabelConsistencyFilter(random_state=0)
    return [by_label.fit_resample(FRAME, Y)[0], by_label.predict_proba(FRAME)]


def of_filters():
    by_noise = fresh(GC)
    results = [by_noise.fit_resample(table, Y)[0] for table in (X, FRAME)]
    results += [by_noise.score_samples(FRAME), by_noise.predict(FRAME[::-1])]
    short = GenerativeClassifierFilter(max_iter=100, random_state=0).fit(X)
    return [*results, short.score_samples(X + 0.1)]


def of_measures():
    def draw(k, n, rng):
        one, other = rng.normal(size=(2, n, 3))
        other[:, k] = one[:, k]
        return one, other

    vae = tiny().fit(X)
    beta_vae = functools.partial(metrics.beta_vae_score, n_votes=10, n_pairs=8, random_state=0)
    return [
        metrics.report(VAEOversampler(tiny()), FRAME, Y, random_state=0)["value"],
        metrics.train_on_synthetic_score(FRAME, Y, FRAME, Y, random_state=0),
        beta_vae(vae, draw, n_factors=3),
        metrics.mutual_information_gap(vae.transform(X), np.round(X)),
        metrics.sharpness_ratio(IMAGES, IMAGES**2, image_shape=(4, 4)),
    ]


def of_displays():
    drawing = pytest.importorskip("tests.inspection.drawing")
    drawing.plt.close("all")
    vae = drawing.tiny().fit(drawing.TABLE)
    shown = [draw(vae, drawing.TABLE) for draw in drawing.DRAW.values()]
    parts = [vars(display).get(name) for display in shown for name in ("decoded", "latents")]
    drawing.plt.close("all")
    return [part for part in parts if part is not None]


WORK = {
    name.removeprefix("of_"): function
    for name, function in list(globals().items())
    if name.startswith("of_") and name != "of_sampler"
}
usual = functools.cache(lambda name: WORK[name]())
ANY_WORK = pytest.mark.parametrize("name", WORK)


def assert_as_usual(name, setting):
    expected = usual(name)
    with setting:
        results = WORK[name]()
    for given, wanted in zip(results, expected, strict=True):
        assert_array_equal(np.asarray(given), np.asarray(wanted))


# scikit-learn

SKLEARN = {
    "pandas": {"transform_output": "pandas"},
    "polars": {"transform_output": "polars"},
    "routing": {"enable_metadata_routing": True},
    "assumed finite": {"assume_finite": True},
    "parameters not checked": {"skip_parameter_validation": True},
    "little memory": {"working_memory": 1},
}
if os.environ.get("SCIPY_ARRAY_API"):
    SKLEARN["array API"] = {"array_api_dispatch": True}


@pytest.mark.parametrize("options", SKLEARN.values(), ids=SKLEARN)
@ANY_WORK
def test_settings_of_sklearn(name, options):
    if options.get("transform_output") == "polars" and name not in ("samplers", "filters"):
        pytest.importorskip("polars")  # what `transform` returns is as the setting asks for
    assert_as_usual(name, config_context(**options))


@pytest.mark.parametrize("output", ["pandas", "polars"])
@pytest.mark.parametrize("table", [X, FRAME[["a", "b", "c"]]], ids=["array", "frame"])
def test_samplers_behind_a_step_whose_output_is_set(output, table):
    pytest.importorskip(output)
    steps = make_pipeline(StandardScaler(), VAEOversampler(tiny(), random_state=0))
    expected, labels = steps.fit_resample(table, Y)
    with config_context(transform_output=output):
        rows, again = steps.fit_resample(table, Y)
    assert type(rows).__module__.split(".")[0] == output
    assert_array_equal(np.asarray(rows), expected)
    assert_array_equal(again, labels)


def test_latent_means_come_as_sklearn_is_set_to():
    with config_context(transform_output="pandas"):
        assert list(tiny().fit_transform(X)) == [f"vae{k}" for k in range(10)]


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")  # of y
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    "estimator",
    [
        tiny(),
        VAEOversampler(tiny()),
        MultiVAEResampler(tiny()),
        LabelConsistencyFilter(),
        VAEOversampler(tiny(), unlabelled=X),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_what_is_assumed_finite_is_checked(estimator, bad):
    wrong = X.copy()
    wrong[3, 1] = bad
    labels = np.where(np.arange(60) == 4, bad, Y)
    kind = "NaN" if np.isnan(bad) else "infinity"
    with config_context(assume_finite=True):
        if not isinstance(estimator, LabelConsistencyFilter) or np.isinf(bad):
            with pytest.raises(ValueError, match=f"{kind} in column 1, first in row 3"):
                estimator.fit(wrong, Y)
        if not isinstance(estimator, VAE):
            of_y = (
                "y misses labels, first in row 4"
                if np.isnan(bad)
                else "y must hold finite labels, got inf"
            )
            with pytest.raises(ValueError, match=of_y):
                estimator.fit(X, labels)
        with pytest.raises(ValueError, match=f"Z contains {kind}"):
            tiny().fit(X).inverse_transform(np.full((2, 10), bad))
        with pytest.raises(ValueError, match=f"X_real contains {kind}"):
            metrics.sharpness_ratio(wrong, X, image_shape=(1, 3))


# torch


@contextmanager
def setting(write, value, usual_value):
    write(value)
    try:
        yield
    finally:
        write(usual_value)


def attribute(holder, name, value):
    return setting(lambda v: setattr(holder, name, v), value, getattr(holder, name))


BACKENDS = torch.backends
TORCH = {
    "medium": lambda: setting(torch.set_float32_matmul_precision, "medium", "highest"),
    "high": lambda: setting(torch.set_float32_matmul_precision, "high", "highest"),
    "TF32 in products": lambda: attribute(BACKENDS.cuda.matmul, "allow_tf32", True),
    "no TF32 in convolutions": lambda: attribute(BACKENDS.cudnn, "allow_tf32", False),
    "float64": lambda: setting(torch.set_default_dtype, torch.float64, torch.float32),
    "float16": lambda: setting(torch.set_default_dtype, torch.float16, torch.float32),
    "deterministic": lambda: setting(torch.use_deterministic_algorithms, True, False),
    "inference": torch.inference_mode,
    "no gradients": torch.no_grad,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "two threads": lambda: setting(torch.set_num_threads, 2, torch.get_num_threads()),
    "no denormal numbers": lambda: setting(torch.set_flush_denormal, True, False),
    "no device": lambda: torch.device("meta"),
    "as usual": nullcontext,
}
if hasattr(BACKENDS, "fp32_precision"):  # since torch 2.9
    for _name in ("matmul", "conv"):
        TORCH[f"bfloat16 in {_name}"] = functools.partial(
            attribute, getattr(BACKENDS.mkldnn, _name), "fp32_precision", "bf16"
        )
    TORCH["TF32 everywhere"] = lambda: attribute(BACKENDS, "fp32_precision", "tf32")


@pytest.mark.parametrize("make_setting", TORCH.values(), ids=TORCH)
@pytest.mark.parametrize("name", ["models", "images", "samplers", "filters"])
def test_settings_of_torch(name, make_setting):
    assert_as_usual(name, make_setting())
