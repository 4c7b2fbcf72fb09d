"""Targets of all kinds come back as they were."""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from skvae.strategies import augment
from tests.helpers import BOTH, both_filters, fresh, sampler

NAMES = np.array(["few", "some", "most"])
TARGETS = {
    "-1 and +1": lambda y: np.where(y == 0, -1, 1),
    "floats": lambda y: y.astype(float),
    "strings": lambda y: NAMES[y],
    "objects": lambda y: NAMES[y].astype(object),
    "bool": lambda y: y == 0,
    "list": lambda y: NAMES[y].tolist(),
    "series": lambda y: pd.Series(y, index=np.arange(40) + 7, name="class"),
    "str series": lambda y: pd.Series(NAMES[y], dtype="str"),
    "category": lambda y: pd.Series(NAMES[y], dtype=pd.CategoricalDtype([*NAMES, "none"])),
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "boolean": lambda y: pd.Series(y == 0, dtype="boolean"),
    "frame": lambda y: pd.DataFrame({"class": y}),
    "category frame": lambda y: pd.DataFrame({"class": pd.Categorical(NAMES[y], ordered=True)}),
    "numeric category": lambda y: pd.Series(pd.Categorical(y + 10), name="class"),
    "arrow strings": lambda y: pd.Series(NAMES[y], dtype=pd.ArrowDtype(pa.string())),
    "arrow integers": lambda y: pd.Series(y, dtype=pd.ArrowDtype(pa.int16())),
    "indicator": lambda y: np.eye(3, dtype=int)[y],
}


@pytest.mark.parametrize("make", TARGETS.values(), ids=TARGETS)
@BOTH
def test_targets_come_back_as_they_were(cls, make, imbalanced):
    X, numbers = imbalanced
    y = make(numbers)
    over = sampler(cls, sampling_strategy=augment(1.0, balance=False))
    _, y_both = over.fit_resample(X, y)
    assert type(y_both) is type(y)
    if isinstance(y, pd.Series):
        assert_series_equal(y_both[:40], y.reset_index(drop=True))
    elif isinstance(y, pd.DataFrame):
        assert_frame_equal(y_both[:40], y)
    else:
        assert_array_equal(y_both[:40], y)
        assert np.asarray(y_both).dtype == np.asarray(y).dtype
    flat = [str(row) for row in np.asarray(y).tolist()]
    assert Counter(str(row) for row in np.asarray(y_both).tolist()) == Counter(flat * 2)


@pytest.mark.parametrize("n_columns", [2, 3, 5])
@pytest.mark.parametrize("container", [np.asarray, np.ndarray.tolist, pd.DataFrame])
@BOTH
def test_one_hot_targets_keep_their_columns(cls, n_columns, container):
    resampler = sampler(cls)
    X = np.random.default_rng(0).random((40, 3))
    y = np.eye(n_columns, dtype=np.int64)[[0] * 25 + [n_columns - 1] * 15]
    X_resampled, y_resampled = resampler.fit_resample(X, container(y))
    assert isinstance(y_resampled, type(container(y)))
    assert_array_equal(np.asarray(y_resampled)[:40], y)
    assert_array_equal(np.sum(y_resampled, axis=0)[[0, n_columns - 1]], [25, 25])
    assert len(X_resampled) == 50


@BOTH
def test_large_nullable_labels_stay_apart(cls):
    resampler = sampler(cls)
    X = np.random.default_rng(0).random((40, 3))
    labels = np.array([2**53, 2**53 + 1])
    y = pd.Series(labels[[0] * 25 + [1] * 15], dtype="Int64", name="patient")
    _, y_resampled = resampler.fit_resample(X, y)
    assert y_resampled.dtype == "Int64"
    assert y_resampled.name == "patient"
    assert y_resampled.value_counts().to_dict() == dict.fromkeys(labels.tolist(), 25)
    assert_array_equal(resampler.classes_, labels)


@both_filters
def test_one_hot_targets_stay_one_hot(imbalanced, filter_):
    X, y = imbalanced
    one_hot = np.eye(3, dtype="int8")[y]
    step = fresh(filter_)
    _, y_out = step.fit_resample(X, one_hot)
    assert y_out.dtype == "int8"
    assert_array_equal(y_out, one_hot[step.sample_indices_])
