"""Rows come back in the container and the dtypes that they came in."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.datasets import load_iris

from tests.helpers import BOTH, EVERY_RULE, sampler, tiny

IRIS = load_iris().data


@pytest.mark.parametrize("what", ["sample", "inverse_transform"])
def test_rows_come_back_as_the_frame_that_was_fitted(mixed_frame, what):
    vae = tiny().fit(mixed_frame)
    new = vae.sample(40) if what == "sample" else vae.inverse_transform(vae.transform(mixed_frame))
    assert_array_equal(new.columns, mixed_frame.columns)
    assert new.dtypes.tolist() == mixed_frame.dtypes.tolist()
    assert not new.isna().any(axis=None)
    assert (new.astype(float) >= mixed_frame.astype(float).min()).all(axis=None)
    assert (new.astype(float) <= mixed_frame.astype(float).max()).all(axis=None)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8", "bool"])
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_rows_of_one_dtype(dtype, container):
    X = container((IRIS > 3 if dtype == "bool" else IRIS).astype(dtype))
    new = tiny().fit(X).sample(5)
    assert type(new) is type(X)
    dtypes = new.dtypes.tolist() if container is pd.DataFrame else [new.dtype]
    assert all(d == dtype for d in dtypes)


def test_lists_come_back_as_lists():
    new = tiny().fit(IRIS.tolist()).sample(2)
    assert isinstance(new, list)
    assert_allclose(new, tiny().fit(IRIS).sample(2))


@pytest.mark.parametrize("extreme", [np.int64(2**63 - 1), np.int64(-(2**63)), np.uint64(2**64 - 1)])
def test_integers_at_the_end_of_their_type_do_not_wrap(extreme):
    X = np.full((10, 1), extreme)
    new = tiny().fit(X).sample(3)
    assert new.dtype == X.dtype
    assert_allclose(new.astype(float), float(extreme))


@pytest.mark.parametrize(
    ("dtype", "expected"), [("float32", "float32"), ("float64", "float64"), ("int64", "float64")]
)
def test_dtype_of_latent_means_and_scores(dtype, expected):
    X = IRIS.astype(dtype)
    vae = tiny().fit(X)
    assert vae.transform(X).dtype == expected
    assert vae.score_samples(X).dtype == expected
    assert_allclose(vae.transform(X), vae.transform(X.astype(float)), atol=1e-4)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


@pytest.mark.parametrize(
    "change",
    [
        read_only,
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],
        np.asfortranarray,
        lambda X: X[::-1].copy()[::-1],
        lambda X: X.astype(object),
        lambda X: X.tolist(),
        lambda X: pd.DataFrame(X).astype(object),
    ],
    ids=["read-only", "strided", "Fortran", "reversed", "object", "list", "object frame"],
)
def test_memory_layout_does_not_matter(change):
    X, expected = change(IRIS), tiny().fit(IRIS)
    vae = tiny().fit(X)
    assert_allclose(vae.transform(X), expected.transform(IRIS), rtol=1e-5, atol=1e-6)
    assert_allclose(vae.score_samples(X), expected.score_samples(IRIS), rtol=1e-5)
    assert_array_equal(np.asarray(X, float), IRIS)


@EVERY_RULE
def test_frames_come_back_as_frames(cls, rule, imbalanced, mixed_frame):
    y = imbalanced[1]
    over = sampler(cls, latent_sampling=rule)
    both, _ = over.fit_resample(mixed_frame, y)
    assert_frame_equal(both[:40], mixed_frame.reset_index(drop=True))
    assert_array_equal(both.index, np.arange(60))
    assert_frame_equal(over.sample(2)[0].iloc[:0], both.iloc[:0])
    assert_array_equal(over.feature_names_in_, mixed_frame.columns)


@BOTH
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame, lambda X: X.tolist()])
def test_originals_that_no_float_can_hold(cls, container, imbalanced):
    y = imbalanced[1]
    X = container(2**53 + 1 + 2 * np.arange(80).reshape(40, 2))
    both, _ = sampler(cls).fit_resample(X, y)
    assert type(both) is type(X)
    assert_array_equal(np.asarray(both)[:40], np.asarray(X))
    assert np.asarray(both).dtype == np.int64


@BOTH
def test_float32_stays(cls, imbalanced):
    X, y = imbalanced
    both, _ = sampler(cls).fit_resample(X.astype("float32"), y)
    assert both.dtype == "float32"
    assert_array_equal(both[:40], X.astype("float32"))


@BOTH
def test_input_is_not_changed(cls, imbalanced):
    X, y = imbalanced
    X_before, y_before = X.copy(), y.copy()
    both, _ = sampler(cls).fit_resample(X, y)
    both[:] = 0
    assert_array_equal(X, X_before)
    assert_array_equal(y, y_before)
