"""What goes wrong says so: the parameter, column or class, what was expected and what came."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from skvae import (
    VAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae.exceptions import NeighborsReducedWarning
from skvae.strategies import augment

BOTH = pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
ALL = pytest.mark.parametrize("cls", [VAE, VAEOversampler, MultiVAEResampler])


def tiny(**params):
    return VAE(**{"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0, **params})


def make(cls, **params):
    return tiny(**params) if cls is VAE else cls(tiny(), **{"random_state": 0, **params})


def begins(message):
    return "^" + re.escape(message)


# Parameters

BAD_VAE = [
    ({"n_components": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"n_components": 2.0}, "must be an int in the range [1, inf). Got 2.0 instead."),
    ({"hidden_layer_sizes": 5}, "must be an array-like or None. Got 5 instead."),
    ({"image_shape": 28}, "must be an array-like or None. Got 28 instead."),
    ({"conv_channels": None}, "must be an array-like. Got None instead."),
    ({"beta": -1}, "must be a float in the range [0.0, inf). Got -1 instead."),
    ({"beta": np.nan}, "must be a float in the range [0.0, inf). Got nan instead."),
    ({"normalize_beta": "yes"}, "must be an instance of 'bool' or an instance of 'numpy.bool'"),
    ({"denoising_std": -0.1}, "must be a float in the range [0.0, inf). Got -0.1 instead."),
    ({"max_iter": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"batch_size": 1}, "must be an int in the range [2, inf). Got 1 instead."),
    ({"learning_rate_init": 0}, "must be a float in the range (0.0, inf). Got 0 instead."),
    ({"early_stopping": "no"}, "must be an instance of 'bool' or an instance of 'numpy.bool'"),
    ({"validation_fraction": 1}, "must be a float in the range (0.0, 1.0). Got 1 instead."),
    ({"n_iter_no_change": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"tol": -1}, "must be a float in the range [0.0, inf). Got -1 instead."),
    ({"early_checkpoint": 0}, "must be a float in the range (0.0, 1.0] or None. Got 0 instead."),
    ({"early_checkpoint": 1.5}, "must be a float in the range (0.0, 1.0] or None. Got 1.5 "),
    ({"device": 0}, "must be an instance of 'str'. Got 0 instead."),
    ({"random_state": "a"}, "must be an int in the range [0, 4294967295], an instance of "),
    ({"verbose": -1}, "must be an int in the range [0, inf)"),
]
BAD_SAMPLER = [
    ({"vae": PCA()}, "must be an instance of 'skvae.models._vae.VAE', an instance of"),
    ({"vae": VAE}, "must be an instance of 'skvae.models._vae.VAE', an instance of"),
    ({"latent_sampling": "smote"}, "must be a str among {"),
    ({"alpha": -1}, "must be a float in the range [0.0, inf)"),
    ({"alpha": np.inf}, "must be a float in the range [0.0, inf)"),
    ({"noise_scale": "a"}, "must be a float in the range [0.0, inf). Got 'a' instead."),
    ({"k_neighbors": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"neighbor_pool": "some"}, "must be a str among {"),
    ({"filter": 3}, "must be an object implementing 'fit', an instance of 'list', an instance of"),
    ({"filter": "forest"}, "must be an object implementing 'fit', an instance of 'list', an"),
    ({"max_draws": 0}, "must be an int in the range [1, inf). Got 0 instead."),
    ({"max_draws": 1.5}, "must be an int in the range [1, inf). Got 1.5 instead."),
    ({"sampling_strategy": "most"}, "must be a float in the range (0.0, 1.0], a str among {"),
    ({"sampling_strategy": [0]}, "must be a float in the range (0.0, 1.0], a str among {"),
    ({"sampling_strategy": 1.5}, "must be a float in the range (0.0, 1.0], a str among {"),
    ({"random_state": "a"}, "must be an int in the range [0, 4294967295], an instance of "),
]
BAD_PARAMETERS = [
    *((VAE, *case) for case in BAD_VAE),
    *((cls, *case) for cls in (VAEOversampler, MultiVAEResampler) for case in BAD_SAMPLER),
    (VAEOversampler, {"latent_sampling": "prior"}, "must be a str among {"),
    (MultiVAEResampler, {"mix_fraction": 1}, "must be a float in the range [0.0, 1.0). Got 1"),
    (MultiVAEResampler, {"mix_fraction": -0.1}, "must be a float in the range [0.0, 1.0). Got"),
]


@pytest.mark.parametrize(("cls", "params", "message"), BAD_PARAMETERS)
def test_parameters(cls, params, message, imbalanced, no_training):
    message = begins(f"The '{next(iter(params))}' parameter of {cls.__name__} {message}")
    with pytest.raises(ValueError, match=message):
        make(cls).set_params(**params).fit(*imbalanced)


@BOTH
@pytest.mark.parametrize(("params", "message"), BAD_VAE)
def test_parameters_of_the_model_in_a_sampler(cls, params, message, imbalanced, no_training):
    message = begins(f"The '{next(iter(params))}' parameter of VAE {message}")
    with pytest.raises(ValueError, match=message):
        cls(tiny(**params)).fit(*imbalanced)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes must hold integers >= 1, got (0,)"),
        ({"hidden_layer_sizes": [8, 1.5]}, "hidden_layer_sizes must hold integers >= 1, got [8, "),
        ({"hidden_layer_sizes": ["8"]}, "hidden_layer_sizes must hold integers >= 1, got ['8']"),
        ({"device": "gpu"}, "device must be 'auto' or a torch device of this machine, got 'gpu'"),
        ({"device": "cpu:x"}, "device must be 'auto' or a torch device of this machine, got 'cpu"),
        ({"device": "meta"}, "device must be 'auto' or a torch device of this machine, got 'meta'"),
        (
            {"early_stopping": True, "validation_fraction": 0.99},
            "early_stopping=True must leave at least 2 rows of ",
        ),
    ],
)
@ALL
def test_values_that_only_fit_can_judge(cls, params, message, imbalanced, no_training):
    model = tiny(**params) if cls is VAE else cls(tiny(**params))
    with pytest.raises(ValueError, match=begins(message)):
        model.fit(*imbalanced)


# Tables


def with_entry(entry, dtype=float):
    def change(X):
        X = X.astype(dtype)
        X[7, 1] = entry
        return X

    return change


def frame(**changes):
    return lambda X: pd.DataFrame(X, columns=["a", "b", "c"]).assign(**changes)


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
        "X must be numeric, got dtype 'interval[int64, right]' in column 'b': encode it as",
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
    "1-D": (lambda X: X[:, 0], "Expected 2D array, got 1D array instead"),
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
    with pytest.raises((ValueError, TypeError), match=re.escape(message)):
        make(cls).fit(change(X), y)


@pytest.mark.parametrize(
    ("column", "dtype"), [("x", "str"), (pd.Categorical([1, 2] * 20), "category")]
)
@ALL
def test_text_that_is_not_to_be_symbols(cls, column, dtype, imbalanced, no_training):
    X, y = imbalanced
    message = f"X must be numeric, got dtype {dtype!r} in column 'b': {NUMERIC}"
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
    with pytest.raises(ValueError, match=r"^Z must have n_components=2 columns, got 3$"):
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
        (lambda y: np.where(y == 0, np.nan, 1.0), r"Input y contains NaN"),
        (lambda y: None, r"got None"),
        (
            lambda y: np.stack([y, y], axis=1),
            r"y should be a 1d array, got an array of shape \(40, 2\)",
        ),
    ],
    ids=["short", "one class", "continuous", "NaN", "None", "two columns"],
)
@BOTH
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
def test_targets(cls, change, message, imbalanced, no_training):
    X, y = imbalanced
    with pytest.raises(ValueError, match=message):
        make(cls).fit_resample(X, change(y))


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


# Frozen models


def frozen(X):
    return FrozenEstimator(tiny().fit(X))


@pytest.mark.parametrize(
    ("make_frozen", "error", "message"),
    [
        (
            lambda X: frozen(X[:, :2]),
            ValueError,
            "vae must have been fitted on the 3 columns of X, got a frozen VAE that was fitted on ",
        ),
        (
            lambda X: FrozenEstimator(PCA().fit(X)),
            TypeError,
            "vae must be a frozen VAE, got a frozen PCA",
        ),
        (
            lambda X: FrozenEstimator(VAE()),
            NotFittedError,
            "This VAE instance is not fitted yet",
        ),
        (
            lambda X: frozen(frame()(X)[["a", "c", "b"]]),
            ValueError,
            "vae must have been fitted on the columns of X in their order, got a frozen VAE whose "
            "column 1 is 'c', where that of X is 'b'",
        ),
    ],
    ids=["other width", "other estimator", "unfitted", "other order"],
)
@BOTH
def test_frozen_models(cls, make_frozen, error, message, imbalanced):
    X, y = imbalanced
    over = cls(make_frozen(X), latent_sampling="noise")
    with pytest.raises(error, match=begins(message)):
        over.fit(frame()(X), y)


def test_what_a_frozen_model_can_not_learn_any_more(imbalanced):
    X, y = imbalanced
    over = MultiVAEResampler(frozen(X), latent_sampling="noise", mix_fraction=0.2)
    message = "mix_fraction must be 0 with a frozen vae, which is trained already, got 0.2"
    with pytest.raises(ValueError, match=begins(message)):
        over.fit(X, y)
    over = VAEOversampler(frozen(X), categorical_features=[1])
    message = "categorical_features must be 'auto' with a frozen vae, which knows its own, got [1]"
    with pytest.raises(ValueError, match=begins(message)):
        over.fit(X, y)


def test_prior_of_one_model_for_all_classes(imbalanced):
    message = "latent_sampling must be a rule that starts from originals when vae is a frozen VAE"
    with pytest.raises(ValueError, match=begins(message)):
        MultiVAEResampler(frozen(imbalanced[0])).fit(*imbalanced)


def test_frozen_models_of_other_classes(imbalanced):
    X, y = imbalanced
    two = FrozenEstimator(MultiVAEResampler(tiny()).fit(X[y != 1], y[y != 1]))
    message = "y must hold classes that the frozen MultiVAEResampler has learnt, [0, 2], got [1]"
    with pytest.raises(ValueError, match=begins(message)):
        MultiVAEResampler(two).fit(X, y)
    with pytest.raises(ValueError, match="fitted on the 2 columns of X, got"):
        MultiVAEResampler(two).fit(X[y != 1][:, :2], y[y != 1])
    with pytest.raises(NotFittedError):
        MultiVAEResampler(FrozenEstimator(MultiVAEResampler())).fit(X, y)
    with pytest.raises(TypeError, match="vae must be a frozen VAE, got a frozen Multi"):
        VAEOversampler(two).fit(X, y)


@BOTH
@pytest.mark.parametrize(
    "filter_",
    [
        LabelConsistencyFilter(cv=2),
        GenerativeClassifierFilter(cv=2, per_class=True, max_iter=1),
    ],
)
def test_frozen_filters_of_other_rows(cls, filter_, imbalanced):
    X, y = imbalanced
    filter_ = clone(filter_)
    sampler = cls(VAE(-1), filter=FrozenEstimator(filter_))  # which can't be trained
    with pytest.raises(NotFittedError, match=type(filter_).__name__):
        sampler.fit(X, y)
    filter_.fit(X[y != 1], y[y != 1])
    name = type(filter_).__name__
    message = f"y must hold classes that the frozen {name} has learnt, [0, 2], got [1]"
    with pytest.raises(ValueError, match=begins(message)):
        sampler.fit(X, y)
    with pytest.raises(ValueError, match=f"X has 2 features, but {name} is expecting 3 features"):
        sampler.fit(X[y != 1][:, :2], y[y != 1])


@BOTH
def test_frozen_filters_that_do_not_know_a_symbol(cls, imbalanced):
    numbers, y = imbalanced
    X = pd.DataFrame({"number": numbers[:, 0], "kind": np.tile(["u", "v"], 20)})
    filter_ = GenerativeClassifierFilter(max_iter=1, cv=2).fit(X, y)
    X.loc[39, "kind"] = "w"
    with pytest.raises(ValueError, match=r"the frozen filter Gen.* column 'kind' must .* got 'w'"):
        cls(VAE(-1), filter=FrozenEstimator(filter_)).fit(X, y)


@BOTH
@pytest.mark.parametrize("frozen", [False, True])
def test_classifiers_are_no_filters(cls, frozen, imbalanced):
    filter_ = GaussianNB().fit(*imbalanced)
    with pytest.raises(TypeError, match="filter must be one of skvae's filters, an outlier"):
        cls(VAE(-1), filter=FrozenEstimator(filter_) if frozen else filter_).fit(*imbalanced)


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
        (2, [0, 1, 0], "y must be one label or n_samples=2, got 3"),
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


# What looks bad and works


class ArrayLike:
    """A table of another library: no frame of pandas, no array, but it can become one."""

    def __init__(self, X):
        self.X = X

    def __array__(self, dtype=None, copy=None):
        return np.array(self.X, dtype=dtype)


def read_only(X):
    X.flags.writeable = False
    return X


def set_column(value, rows=slice(None)):
    def change(X):
        X[rows, 1] = value
        return X

    return change


ODD_TABLES = {
    "one column": lambda X: X[:, :1],
    "one column frame": lambda X: pd.DataFrame({"a": X[:, 0]}),
    "constant column": set_column(5.0),
    "all constant": np.ones_like,
    "twins": lambda X: np.repeat(X[:4], 10, axis=0),
    "read-only": read_only,
    "strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "object": lambda X: X.astype(object),
    "array-like": ArrayLike,
    "numbers as names": pd.DataFrame,
    "very large and very small": lambda X: X * [1e300, 1e-300, 1],
}


@pytest.mark.parametrize("change", ODD_TABLES.values(), ids=ODD_TABLES)
@pytest.mark.parametrize("rule", ["noise", "extrapolation+noise"])
@BOTH
def test_odd_tables(cls, rule, change, imbalanced):
    X, y = imbalanced
    odd = change(X)
    both, _ = make(cls, latent_sampling=rule, sampling_strategy=augment()).fit_resample(odd, y)
    both, odd = np.asarray(both, float), np.asarray(odd, float)
    assert both.shape == (80, odd.shape[1])
    assert (both >= odd.min(axis=0)).all()
    assert (both <= odd.max(axis=0)).all()


@pytest.mark.parametrize("rule", ["prior", "noise", "interpolation"])
def test_column_of_one_value_in_one_class_only(rule, imbalanced):
    X, y = imbalanced
    X[y == 2, 1] = X[:, 1].max()
    over = make(MultiVAEResampler, latent_sampling=rule, sampling_strategy="all")
    both, y_both = over.fit_resample(X, y)
    assert np.isfinite(both).all()
    assert (y_both == 2).sum() == 20


@pytest.mark.parametrize("params", [{}, {"hidden_layer_sizes": ()}, {"n_components": 9}])
@pytest.mark.parametrize("rule", ["noise", "interpolation+noise"])
@BOTH
def test_two_rows_in_a_class_and_a_large_batch(cls, rule, params, imbalanced):
    X, y = imbalanced
    keep = np.flatnonzero((y == 0) | (np.cumsum(y == 1) <= 2) & (y == 1))
    over = cls(tiny(batch_size=512, **params), latent_sampling=rule, k_neighbors=1, random_state=0)
    both, y_both = over.fit_resample(X[keep], y[keep])
    assert np.bincount(y_both).tolist() == [20, 20]
    assert np.isfinite(both).all()


def test_two_rows(imbalanced):
    X = imbalanced[0][:2]
    assert np.isfinite(tiny(batch_size=512).fit(X).transform(X)).all()


def test_linear_model(imbalanced):
    X = imbalanced[0]
    Z = tiny(hidden_layer_sizes=()).fit(X).transform(np.concatenate([X, (X[:1] + X[1:2]) / 2]))
    np.testing.assert_allclose(Z[-1], (Z[0] + Z[1]) / 2, atol=1e-6)
