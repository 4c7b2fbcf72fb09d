"""Tables, targets and labels that are wrong say so: what was expected and what came."""

import pickle
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.exceptions import NotFittedError

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae.exceptions import NeighborsReducedWarning
from tests.helpers import ALL, BOTH, begins, frame, make, tiny

# Tables


def with_entry(entry, dtype=float):
    def change(X):
        X = X.astype(dtype)
        X[7, 1] = entry
        return X

    return change


NUMERIC = "name it in categorical_features, or encode it first, for instance with sklearn."
BAD_TABLES = {
    "NaN": (with_entry(np.nan), "X contains NaN in column 1, first in row 7: impute or drop it"),
    "inf": (with_entry(np.inf), "X contains infinity in column 1, first in row 7: impute or drop"),
    "-inf": (with_entry(-np.inf), "X contains infinity in column 1, first in row 7: impute or "),
    "float32 NaN": (with_entry(np.nan, "float32"), "X contains NaN in column 1, first in row 7"),
    "None": (with_entry(None, object), "X contains NaN in column 1, first in row 7: impute or "),
    "frame NaN": (frame(b=[0] * 9 + [np.nan] + [0] * 30), "X contains NaN in column 'b', first i"),
    "frame inf": (frame(c=np.inf), "X contains infinity in column 'c', first in row 0: impute or"),
    "frame NA": (
        frame(b=pd.array([1, None] * 20, dtype="Int64")),
        "X contains NaN in column 'b', first in row 1: impute or drop it",
    ),
    "list with NaN": (
        lambda X: with_entry(np.nan)(X).tolist(),
        "X contains NaN in column 1, first in row 7: impute or drop it",
    ),
    "unhashable": (
        frame(b=pd.Series([[1]] * 40)),
        "column 'b' must hold hashable categories: ",
    ),
    "nothing but missing": (
        frame(b=pd.Categorical([None] * 40)),
        "column 'b' must hold at least 1 category, got missing values only",
    ),
    "missing symbol": (
        frame(b=["x"] * 9 + [None] + ["y"] * 30),
        "X contains NaN in column 'b', first in row 9: impute or drop it, or set missing='indicat",
    ),
    "complex column": (frame(b=1j), "X must be numeric, got dtype 'complex128' in column 'b'"),
    "interval column": (
        frame(b=pd.interval_range(0, 40)),
        "X must be numeric, got dtype 'interval[int64, right]' in column 'b': name it in ",
    ),
    "date array": (
        lambda X: X.astype("datetime64[s]"),
        "X must be numeric, got dtype 'datetime64[s]': give it as a pandas DataFrame",
    ),
    "object array": (
        with_entry("x", object),
        f"X must be numeric, got 'x' in column 1: {NUMERIC}",
    ),
    "list with text": (
        lambda X: [[*row[:2], "x"] for row in X.tolist()],
        f"X must be numeric, got 'x' in column 2: {NUMERIC}",
    ),
    "numbers as text": (lambda X: X.astype(str), "X must be numeric, got '"),
    "duplicate names": (
        lambda X: pd.DataFrame(X, columns=["a", "b", "a"]),
        "X must have distinct column names, got ['a'] more than once",
    ),
    "mixed names": (
        lambda X: pd.DataFrame(X, columns=["a", "b", 3]),
        "Feature names are only supported if all input features have string names",
    ),
    "sparse": (sp.csr_array, "Sparse data was passed for X, but dense data is required"),
    "complex": (lambda X: X + 1j, "Complex data not supported"),
    "3-D": (lambda X: X[..., None], "Found array with dim 3"),
    "1-D": (lambda X: X[:, 0], "Expected 2D array, got 1D array instead: X is ndarray of shape (4"),
    "1-D list": (lambda X: X[:, 0].tolist(), "Expected 2D array, got 1D array instead: X is ["),
    "series": (lambda X: pd.Series(X[:, 0]), "got 1D array instead: X is Series of"),
    "text": (
        lambda X: "table.csv",
        "Expected 2D array, got scalar array instead: X is 'table.c",
    ),
    "empty list": (lambda X: [], "Expected 2D array, got 1D array instead: X is []"),
    "class": (lambda X: pd.DataFrame, "got scalar array instead: X is the class DataFrame"),
    "dict": (
        lambda X: {"a": X[:, 0]},
        "Expected 2D array, got scalar array instead: X is {'a': ",
    ),
    "None as X": (lambda X: None, "Expected 2D array, got scalar array instead: X is None"),
    "NaN beside names": (
        lambda X: pd.DataFrame(X, columns=["a", np.nan, "b"]),
        "got float and str: rename them, for instance by X.columns.astype(str)",
    ),
    "period column": (
        frame(b=pd.period_range("2020-01-01", periods=40)),
        "X must be numeric, got dtype 'period[D]' in column 'b': name it in categorical_features",
    ),
    "1-D text": (lambda X: X[:, 0].astype(str), "Expected 2D array, got 1D array instead"),
    "ragged": (lambda X: [*X[1:].tolist(), [1.0]], "inhomogeneous"),
    "no rows": (lambda X: X[:0], "Found array with 0 sample(s)"),
    "no columns": (lambda X: X[:, :0], "Found array with 0 feature(s)"),
    "scalar": (lambda X: 3.0, "Expected 2D array, got scalar array instead"),
}


@pytest.mark.parametrize(("change", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
@ALL
def test_tables(cls, change, message, imbalanced, no_training):
    X, y = imbalanced
    with pytest.raises((ValueError, TypeError), match=re.escape(message)) as raised:
        make(cls).fit(change(X), y)
    assert len(str(raised.value)) < 320


@pytest.mark.parametrize(
    ("column", "got"),
    [
        (pd.Series(["x"] * 40, dtype=object), "'x'"),
        (pd.array(["x"] * 40, dtype="string"), "dtype 'string'"),
        (pd.Categorical([1, 2] * 20), "dtype 'category'"),
    ],
    ids=["objects", "string", "category"],
)
@ALL
def test_text_that_is_not_to_be_symbols(cls, column, got, imbalanced, no_training):
    X, y = imbalanced
    message = f"X must be numeric, got {got} in column 'b': {NUMERIC}"
    with pytest.raises(ValueError, match=begins(message)):
        make(cls, categorical_features=None).fit(frame(b=column)(X), y)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("b", "categorical_features must be 'auto', None, or a mask, indices or names of colum"),
        (["d"], "categorical_features must name columns of X, got ['d']: "),
        ([3], "categorical_features must name columns of X, got [3]: "),
        ([True, False], "categorical_features must name columns of X, got [True, False]: "),
        ([0.5], "categorical_features must name columns of X, got [0.5]: "),
    ],
)
@ALL
def test_columns_that_are_not_there(cls, named, message, imbalanced, no_training):
    X, y = imbalanced
    with pytest.raises(ValueError, match=begins(message)):
        make(cls, categorical_features=named).fit(frame()(X), y)


@BOTH
def test_columns_named_twice_and_differently(cls, imbalanced, no_training):
    message = "categorical_features must be given once, or alike, got [0] and vae's [1]"
    with pytest.raises(ValueError, match=begins(message)):
        cls(tiny(categorical_features=[1]), categorical_features=[0]).fit(*imbalanced)


@ALL
def test_frames_of_other_libraries(cls, imbalanced, no_training):
    X, y = imbalanced
    table = pa.table(dict(zip("abc", X.T, strict=True)))
    with pytest.raises(TypeError, match=r"must be a pandas DataFrame or an array, got pyarrow's T"):
        make(cls).fit(table, y)


def test_symbols_and_gaps_that_were_not_there_in_fit(imbalanced):
    X = frame(b=["x", "y"] * 20)(imbalanced[0])
    vae = tiny().fit(X)
    message = "column 'b' must hold categories that it held in fit ('x', 'y'), got 'z' in row 1"
    with pytest.raises(ValueError, match=begins(message)):
        vae.transform(X.assign(b=["x", "z"] * 20))
    with pytest.raises(ValueError, match=r"X contains NaN in column 'b', first in row 1"):
        vae.transform(X.assign(b=["x", None] * 20))


@pytest.mark.parametrize("method", ["transform", "score_samples"])
def test_tables_after_fit(method, imbalanced):
    X = imbalanced[0]
    call = getattr(make(VAE).fit(X), method)
    with pytest.raises(ValueError, match=r"X contains NaN in column 1, first in row 7"):
        call(with_entry(np.nan)(X))
    with pytest.raises(ValueError, match=r"X has 2 features, but VAE is expecting 3 features"):
        call(X[:, :2])
    call = getattr(make(VAE).fit(frame()(X)), method)
    with pytest.raises(ValueError, match=r"feature names should match those that were passed"):
        call(frame()(X)[["b", "a", "c"]])


@pytest.mark.parametrize("entry", [np.nan, np.inf])
@pytest.mark.parametrize("container", [np.asarray, frame()])
def test_gaps_of_unlabelled_rows(container, entry, imbalanced, no_training):
    X, y = imbalanced
    kind = "NaN" if np.isnan(entry) else "infinity"
    column = 1 if container is np.asarray else "'b'"
    over = make(VAEOversampler, unlabelled=container(with_entry(entry)(X)))
    message = f"needs finite numbers: unlabelled contains {kind} in column {column}, first in row 7"
    with pytest.raises(ValueError, match=re.escape(message)) as raised:
        over.fit(container(X), y)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)
    with pytest.raises(ValueError, match=r": X contains .*, first in row 7"):
        over.fit(container(with_entry(entry)(X)), y)


@pytest.mark.parametrize("entry", [10**400, -(10**400)])
@ALL
def test_numbers_past_float64(cls, entry, imbalanced, no_training):
    X, y = imbalanced
    X = with_entry(entry, object)(X)
    for table, column in ((X, 1), (X.tolist(), 1), (frame()(X), "'b'")):
        with pytest.raises(ValueError, match=r"X must hold numbers up to 1.8e\+308, got -?10") as r:
            make(cls).fit(table, y)
        assert str(r.value).endswith(f"in column {column}")


def test_one_row(imbalanced, no_training):
    X, y = imbalanced
    message = "X must have at least 2 rows to train on, got n_samples = 1"
    with pytest.raises(ValueError, match=begins(message)):
        tiny().fit(X[:1])
    for cls in (VAEOversampler, MultiVAEResampler):
        with pytest.raises(ValueError, match=r"needs to have more than 1 class. Got 1 class"):
            make(cls).fit(X[:1], y[:1])


def test_latent_vectors(imbalanced):
    vae = tiny().fit(imbalanced[0])
    with pytest.raises(ValueError, match=r"^Z must have n_components=10 columns, got 3$"):
        vae.inverse_transform(imbalanced[0])
    with pytest.raises(ValueError, match=r"^Input Z contains NaN"):
        vae.inverse_transform([[0, np.nan]])


# Targets


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y[:-1], r"inconsistent numbers of samples: \[40, 39\]"),
        (lambda y: np.zeros(40), r"needs to have more than 1 class\. Got 1 class instead"),
        (lambda y: np.linspace(0, 1, 40), r"Unknown label type: continuous"),
        (
            lambda y: np.where(y == 0, np.nan, 1.0),
            r"^y misses labels, first in row 0 \(20 of 40 ",
        ),
        (lambda y: None, r"^y should be a 1d array of labels, one a row, got None$"),
        (lambda y: "target", r"^y should be a 1d array of labels, one a row, got 'target'$"),
        (lambda y: {"a": y}, r"^y should be a 1d array of labels, one a row, got \{'a': array\("),
        (
            lambda y: y + 1j,
            r"^Complex data not supported: y must hold labels, got ndarray of",
        ),
        (lambda y: [], r"^y should be a 1d array of labels, one a row, got \[\]$"),
        (lambda y: np.where(y == 0, np.inf, 1.0), r"^y must hold finite labels, got infinity, fi"),
        (lambda y: np.random.rand(40, 3), r"got an array of shape \(40, 3\): the table comes fi"),
        (
            lambda y: np.stack([y, y], axis=1),
            r"y should be a 1d array, got an array of shape \(40, 2\)",
        ),
    ],
    ids=[
        *("short", "one class", "continuous", "NaN", "None", "text", "dict", "complex", "empty"),
        *("infinity", "swapped", "two columns"),
    ],
)
@BOTH
def test_targets(cls, change, message, imbalanced, no_training):
    X, y = imbalanced
    with pytest.raises(ValueError, match=message) as raised:
        make(cls).fit_resample(X, change(y))
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("labels", "named"), [([0, 1], "1"), (["a", "b"], "'b'"), ([0, True], "1")]
)
@BOTH
def test_class_of_one_row(cls, labels, named, imbalanced, no_training):
    X, _ = imbalanced
    y = np.array([labels[0]] * 39 + [labels[1]])
    way_out = "leave it out" if cls is MultiVAEResampler else "exclude it from sampling_strategy"
    message = (
        f"class {named} has 1 row, and at least 2 are needed to learn from: collect more rows of "
        f"it, merge it with another class, or {way_out}"
    )
    with pytest.raises(ValueError, match=begins(message) + "$"):
        make(cls).fit_resample(X, y)


def test_class_of_one_row_that_is_not_to_grow(imbalanced):
    X, _ = imbalanced
    y = np.repeat([0, 1, 2], [24, 15, 1])
    over = make(VAEOversampler, sampling_strategy={1: 24})
    assert np.bincount(over.fit_resample(X, y)[1]).tolist() == [24, 24, 1]
    with pytest.raises(ValueError, match=r"^class 2 has 1 row, .* or leave it out of y$"):
        over.sample(3, y=2)


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ({0: 3}, "Originally, there is 20 samples and 3 samples are asked"),
        (lambda y: {1: 11}, "Originally, there is 12 samples and 11 samples are asked"),
        ({7: 50}, "target class is/are not present in the data"),
        (0.5, '"sampling_strategy" can be a float only when the type of target is binary'),
        ("clean", "must be a float in the range"),
    ],
)
@BOTH
def test_targets_of_the_strategy(cls, strategy, message, imbalanced, no_training):
    with pytest.raises(ValueError, match=message):
        make(cls, sampling_strategy=strategy).fit_resample(*imbalanced)


@pytest.mark.parametrize(("pool", "searched"), [("class", 12), ("all", 40)])
@pytest.mark.parametrize("rule", ["interpolation", "extrapolation+noise"])
@BOTH
def test_more_neighbors_than_rows(cls, rule, pool, searched, imbalanced):
    params = {"latent_sampling": rule, "neighbor_pool": pool, "sampling_strategy": {1: 20}}
    message = (
        f"k_neighbors must be smaller than the {searched} rows to search for class 1, got "
        f"{searched}: reduced to {searched - 1}"
    )
    with pytest.warns(NeighborsReducedWarning, match=begins(message) + "$"):
        make(cls, k_neighbors=searched, **params).fit_resample(*imbalanced)
    # One less is enough; a warning would be an error here.
    make(cls, k_neighbors=searched - 1, **params).fit_resample(*imbalanced)


# sample


@ALL
@pytest.mark.parametrize("n_samples", [0, -1, 1.5, "2", None])
def test_number_of_rows_to_sample(cls, n_samples, imbalanced):
    model = make(cls).fit(*imbalanced)
    with pytest.raises(ValueError, match=f"^n_samples must be an integer >= 1, got {n_samples!r}$"):
        model.sample(n_samples)


@pytest.mark.parametrize(
    ("n_samples", "y", "message"),
    [
        (2, 7, "y must hold labels of [0, 1, 2], got [7]"),
        (2, "a", "y must hold labels of [0, 1, 2], got ['a']"),
        (3, [0, 5, 4], "y must hold labels of [0, 1, 2], got [4, 5]"),
        (2, [0, 1, 0], "y must be one label, or one for each of 2 rows, got 3"),
        (2, [[0, 1], [1, 0]], "y should be a 1d array"),
        (1, np.nan, "y must hold labels of [0, 1, 2], got [nan]"),
    ],
)
@BOTH
def test_labels_to_sample(cls, n_samples, y, message, imbalanced):
    over = make(cls).fit(*imbalanced)
    with pytest.raises(ValueError, match=begins(message)):
        over.sample(n_samples, y=y)


@ALL
def test_sample_before_fit(cls):
    with pytest.raises(NotFittedError, match=f"This {cls.__name__} instance is not fitted yet"):
        make(cls).sample(3)


@pytest.mark.parametrize(
    "call",
    [
        lambda vae, X: vae.transform(X),
        lambda vae, X: vae.inverse_transform(X[:, :2]),
        lambda vae, X: vae.score_samples(X),
        lambda vae, X: vae.score(X),
    ],
)
def test_model_before_fit(call, imbalanced):
    with pytest.raises(NotFittedError, match="This VAE instance is not fitted yet"):
        call(tiny(), imbalanced[0])
