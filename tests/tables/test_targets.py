"""Targets of all kinds come back as they were."""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from skvae import MultiVAEResampler, VAEOversampler
from skvae._tables.target import Target
from skvae.metrics import report, train_on_synthetic_score
from skvae.strategies import augment
from tests.helpers import BOTH, GC, LC, both_filters, fresh, sampler

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


Y_N = np.repeat([0.0, 1.0], [45, 15])
Y_N[[3, 9]] = np.nan
Y_S = np.where(np.isnan(Y_N), None, NAMES[np.nan_to_num(Y_N).astype(int)])
Y_B = pd.Series(Y_N).map({0: False, 1: True}).astype("boolean")
MISSING = {
    "objects": Y_S,
    "list": Y_S.tolist(),
    "list with NaN": [label or np.nan for label in Y_S],
    "list with NA": [label or pd.NA for label in Y_S],
    "series": pd.Series(Y_S),
    "str": pd.Series(Y_S, dtype="str"),
    "string": pd.Series(Y_S).astype("string"),
    "category": pd.Series(Y_S).astype("category"),
    "Categorical": pd.Categorical(Y_S),
    "boolean": Y_B,
    "boolean objects": Y_B.astype(object),
    "Int64": pd.Series(Y_N).astype("Int64"),
    "Int64 array": pd.array(Y_N, dtype="Int64"),
    "Float64": pd.Series(Y_N).astype("Float64"),
    "float": Y_N,
    "arrow string": pd.Series(Y_S, dtype=pd.ArrowDtype(pa.string())),
    "arrow integers": pd.Series(Y_N).astype("Int64").astype(pd.ArrowDtype(pa.int64())),
    "arrow bool": Y_B.astype(pd.ArrowDtype(pa.bool_())),
    "arrow dictionary": pd.Series(Y_S).astype(
        pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    ),
    "frame": pd.DataFrame({"kind": Y_S}),
    "one-hot": pd.DataFrame({"a": 1 - Y_N, "b": Y_N}),
    "rows of zeros": np.stack([Y_N == 0, Y_N == 1], axis=1).astype(int),
}
# What takes a target, of a table of 60 rows.
TAKERS = {
    "VAEOversampler": lambda X, y: sampler(VAEOversampler).fit_resample(X, y),
    "MultiVAEResampler": lambda X, y: sampler(MultiVAEResampler).fit(X, y),
    "label filter": lambda X, y: LC.fit(X, y),
    "noise filter": lambda X, y: GC.fit_resample(X, y),
    "report": lambda X, y: report(sampler(VAEOversampler), X, y),
}


@pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
@pytest.mark.parametrize("y", MISSING.values(), ids=MISSING)
def test_missing_labels_are_named(y, take, no_training):
    with pytest.raises(ValueError, match=r"^y misses labels, first in row 3 \(2 of 60 rows\): "):
        take(np.random.default_rng(0).random((60, 2)), y)


def test_missing_labels_of_two_tables_are_told_apart():
    X, y = [[0.0], [1.0]] * 2, ["a", "b", None, "b"]
    with pytest.raises(ValueError, match=r"^y_test misses labels, first in row 2 \(1 of 4 rows\)"):
        train_on_synthetic_score(X, ["a", "b"] * 2, X, y)
    with pytest.raises(ValueError, match=r"^y_synthetic misses labels, first in row 2"):
        train_on_synthetic_score(X, y, X, y)


OBJECTS = {
    "integers": ([1, 2, 3], int, np.int64),
    "booleans": ([False, True, True], bool, np.bool_),
    "large": ([2**63 + 1, 2**63 + 2, 3], int, np.uint64),
    "floats": ([1.0, 2.0, 3.0], float, np.float64),
    "text": (NAMES.tolist(), str, object),
}


@pytest.mark.parametrize(("labels", "kind", "dtype"), OBJECTS.values(), ids=OBJECTS)
@pytest.mark.parametrize(
    "container",
    [
        lambda y: y,
        np.ndarray.tolist,
        pd.Series,
        lambda y: pd.DataFrame({"y": y}),
        lambda y: pd.Series(y).astype("category"),
    ],
    ids=["array", "list", "series", "frame", "category"],
)
def test_objects_are_of_the_kind_of_their_entries(labels, kind, dtype, container, imbalanced):
    y = container(np.array(labels, object)[imbalanced[1]])
    target = Target.of(y)
    assert target.labels.dtype.kind == np.dtype(dtype).kind or isinstance(y, list)
    both = target.append(target.labels[:9])
    assert type(both) is type(y)
    if not isinstance(y, list):
        assert np.asarray(both).dtype == np.asarray(y).dtype
    entries = np.ravel(np.asarray(both, object)).tolist()
    assert {type(entry) for entry in entries} == {kind}
    assert entries == entries[:40] + entries[:9]


@BOTH
def test_samplers_take_numbers_and_booleans_in_objects(cls, imbalanced):
    X, numbers = imbalanced
    for y in (pd.Series(numbers, dtype=object), (numbers > 0).astype(object)):
        over = sampler(cls).fit(X, y)
        assert over.classes_.dtype.kind in "ib"
        assert over.sample(2, y=y[0])[1].tolist() == [y[0]] * 2
        _, y_both = over.fit_resample(X, y)
        assert y_both.dtype == object
        assert set(Counter(y_both).values()) == {max(Counter(y).values())}


@pytest.mark.parametrize(
    ("y", "got"),
    [
        ([0, "a"], "int and str"),
        (np.array([0, True], object), "bool and int"),
        ([2**70, 1], "1180591620717411303424"),
        ([b"a", b"b"], "bytes"),
        (pd.Series([pd.Timestamp("2020-01-01"), 3], dtype=object), "Timestamp and int"),
    ],
)
def test_labels_of_no_kind(y, got):
    message = f"^y must hold text, whole numbers of 64 bits or booleans, got {got}: cast the labels"
    with pytest.raises(TypeError, match=message):
        Target.of(y)
