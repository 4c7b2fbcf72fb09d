"""Tables as users have them: every kind of column and of missing value, in and out again."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import OrdinalEncoder

from skvae import (
    VAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae._tables.codec import TableCodec
from skvae._tables.distances import distance_space
from skvae._tables.format import TableFormat
from skvae._tables.reading import learn_table, read_table
from skvae.strategies import augment

BOTH = pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])


def tiny(**params):
    return VAE(**{"hidden_layer_sizes": (8,), "max_iter": 10, "random_state": 0, **params})


def arrow(type_):
    return pd.ArrowDtype(type_)


# A column of each dtype, with a number for each row and what else it takes to make it.
RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, 40)
DAYS = pd.Timestamp("2020-01-01") + pd.to_timedelta(CODES * 30, unit="D")
COLUMNS = {
    **{t: pd.Series(RNG.normal(size=40), dtype=t) for t in ("float16", "float32", "float64")},
    **{
        t: pd.Series(RNG.integers(0, 100, 40), dtype=t)
        for t in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    },
    **{t: pd.Series(RNG.integers(0, 100, 40), dtype=t) for t in ("Int8", "UInt16", "Int64")},
    **{t: pd.Series(RNG.normal(size=40), dtype=t) for t in ("Float32", "Float64")},
    "bool": pd.Series(CODES > 0),
    "boolean": pd.Series(CODES > 0, dtype="boolean"),
    "category": pd.Series(np.array(["u", "v", "w"])[CODES]).astype("category"),
    "ordered": pd.Series(
        pd.Categorical.from_codes(CODES, ["low", "mid", "high"], ordered=True), name="o"
    ),
    "numeric category": pd.Series(pd.Categorical.from_codes(CODES, [10, 20, 30])),
    "unused category": pd.Series(pd.Categorical.from_codes(CODES, list("uvwxyz"))),
    "object": pd.Series(np.array(["u", "v", "w"])[CODES], dtype=object),
    "mixed object": pd.Series(np.array(["u", 1, None], object)[CODES % 2], dtype=object),
    "object numbers": pd.Series(CODES.astype(object)),
    "str": pd.Series(np.array(["u", "v", "w"])[CODES], dtype="str"),
    "string": pd.Series(np.array(["u", "v", "w"])[CODES], dtype="string"),
    "dates": pd.Series(DAYS),
    "times": pd.Series(pd.Timestamp("2020-01-01 12:34:56.789") + pd.to_timedelta(CODES, unit="h")),
    "time zone": pd.Series(DAYS).dt.tz_localize("Europe/Berlin"),
    "minutes": pd.Series(pd.Timestamp("2020-01-01 12:34") + pd.to_timedelta(CODES, unit="min")),
    "durations": pd.Series(pd.to_timedelta(CODES, unit="h")),
    "arrow int": pd.Series(RNG.integers(0, 100, 40), dtype=arrow(pa.int32())),
    "arrow float": pd.Series(RNG.normal(size=40), dtype=arrow(pa.float64())),
    "arrow bool": pd.Series(CODES > 0, dtype=arrow(pa.bool_())),
    "arrow string": pd.Series(np.array(["u", "v", "w"])[CODES], dtype=arrow(pa.string())),
    "arrow times": pd.Series(DAYS).astype(arrow(pa.timestamp("us"))),
    "sparse": pd.Series(pd.arrays.SparseArray(RNG.integers(0, 2, 40))),
}
CANNOT_MISS = {"bool", "sparse", *(t for t in COLUMNS if t.startswith(("int", "uint")))}
Y = pd.Series(np.repeat(["a", "b", "c"], [20, 12, 8]), name="kind")


def is_symbols(column):
    return not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(
        column.dtype
    )


def assert_like(new, old):
    """New entries of a column have its dtype, its symbols, its range."""
    assert new.dtype == old.dtype
    present, known = new.dropna(), old.dropna()
    if isinstance(old.dtype, pd.SparseDtype):
        present, known = present.sparse.to_dense(), known.sparse.to_dense()
    dates = pd.api.types.infer_dtype(known) in {"datetime", "datetime64", "timedelta64"}
    if is_symbols(old) and not dates and pd.api.types.infer_dtype(known) != "integer":
        assert set(present) <= set(known)
    elif len(known):
        assert present.between(known.min(), known.max()).all()
    if not old.isna().any():
        assert not new.isna().any()


@pytest.mark.parametrize("name", COLUMNS)
@BOTH
def test_every_dtype_comes_back(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    X.index = range(100, 140)
    over = cls(tiny(), sampling_strategy=augment(1.0), random_state=0)
    X_both, y_both = over.fit_resample(X, Y)
    assert_frame_equal(X_both[:40], X.reset_index(drop=True))
    assert list(X_both.index) == list(range(80))
    assert_like(X_both["x"][40:], X["x"])
    assert y_both.dtype == Y.dtype
    assert y_both.name == "kind"
    if name in ("int64", "object numbers"):
        assert all(isinstance(v, int | np.integer) for v in X_both["x"])
    if name in ("dates", "time zone"):
        assert (X_both["x"] == X_both["x"].dt.normalize()).all()


@pytest.mark.parametrize("name", [name for name in COLUMNS if name not in CANNOT_MISS])
@BOTH
def test_every_dtype_can_miss_values(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    X["x"] = X["x"].mask(np.arange(40) % 4 == 0)
    over = cls(tiny(), missing="indicator", sampling_strategy=augment(10.0), random_state=0)
    X_both, _ = over.fit_resample(X, Y)
    assert_frame_equal(X_both[:40], X)
    assert_like(X_both["x"][40:], X["x"])
    assert X_both["x"][40:].isna().mean() == pytest.approx(0.25, abs=0.08)
    with pytest.raises(ValueError, match="X contains NaN in column 'x', first in row 0"):
        cls(tiny()).fit(X, Y)


def as_numbers(frame):
    """What a classifier makes of any frame: symbols by their place, dates as numbers."""
    return frame.apply(
        lambda column: (
            pd.Series(pd.factorize(column, sort=False)[0], column.index)
            if is_symbols(column)
            else column.astype(float)
        )
    )


class AsNumbers(BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return as_numbers(X)


@pytest.mark.parametrize("name", COLUMNS)
@BOTH
def test_every_dtype_goes_through_a_pipeline(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    clf = HistGradientBoostingClassifier(max_iter=2)
    pipeline = make_pipeline(cls(tiny(), random_state=0), AsNumbers(), clf)
    assert set(pipeline.fit(X, Y).predict(X)) <= {"a", "b", "c"}


@st.composite
def tables(draw):
    """Frames of random kinds of columns with random gaps, and labels of two or three classes."""
    n_rows = draw(st.integers(12, 40))
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns = {}
    for j, name in enumerate(names):
        column = COLUMNS[name].iloc[rng.integers(0, 40, n_rows)].reset_index(drop=True)
        if name not in CANNOT_MISS and draw(st.booleans()):
            column = column.mask(rng.random(n_rows) < draw(st.floats(0, 0.9)))
            # A column of symbols without a symbol is an error of its own.
            column.iloc[0] = COLUMNS[name].iloc[0]
        columns[f"c{j}"] = column
    y = rng.permutation(np.arange(n_rows) % draw(st.integers(2, 3)))
    return pd.DataFrame(columns), y


@given(
    tables(),
    st.sampled_from([VAEOversampler, MultiVAEResampler]),
    st.sampled_from(["bernoulli", "gaussian"]),
    st.sampled_from(["sample", "mode"]),
    st.booleans(),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_table_keeps_its_laws(table, cls, likelihood, discrete, quantiles):
    X, y = table
    vae = tiny(max_iter=3, likelihood=likelihood, discrete=discrete, quantile_transform=quantiles)
    strategy = augment(1.0)
    over = cls(vae, missing="indicator", sampling_strategy=strategy, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # collapsed models, few neighbours
        X_both, y_both = over.fit_resample(X, y)
    n_rows = len(X)
    assert_frame_equal(X_both[:n_rows], X)
    assert list(X_both.columns) == list(X.columns)
    for name in X:
        assert_like(X_both[name][n_rows:], X[name])
    assert dict(zip(*np.unique(y_both, return_counts=True), strict=True)) == strategy(y)
    assert len(over.provenance()) == n_rows


# The kinds of columns


def test_symbols_are_drawn_by_their_probabilities():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.choice(list("abc"), 600, p=[0.6, 0.3, 0.1]), "z": rng.random(600)})
    vae = VAE(max_iter=100, random_state=0).fit(X)
    shares = X["x"].value_counts(normalize=True)
    assert_allclose(
        vae.sample(4000)["x"].value_counts(normalize=True)[shares.index], shares, atol=0.03
    )
    modes = vae.set_params(discrete="mode").sample(4000)["x"].value_counts(normalize=True)
    assert modes["a"] > shares["a"]


def test_modes_miss_values_and_have_spikes_too():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.choice(list("abc"), 600), "z": rng.normal(size=600)})
    X = X.mask(rng.random(X.shape) < 0.2)
    X["amount"] = np.where(rng.random(600) < 0.3, 0, rng.lognormal(size=600))
    drawn = tiny(discrete="mode", missing="indicator").fit(X).sample(3000)
    assert_allclose(drawn[["x", "z"]].isna().mean(), X[["x", "z"]].isna().mean(), atol=0.03)
    assert (drawn["amount"] == 0).mean() == pytest.approx((X["amount"] == 0).mean(), abs=0.03)


@BOTH
def test_integers_of_few_values_keep_their_shares(cls):
    rng = np.random.default_rng(0)
    kids = pd.Series(rng.choice(4, 1000, p=[0.2, 0.5, 0.2, 0.1]))
    X = pd.DataFrame({"kids": kids, "flag": (rng.random(1000) < 0.1) * 1, "z": rng.random(1000)})
    over = cls(random_state=0).fit(X, np.repeat(["r", "s"], 500))
    drawn, _ = over.sample(4000)
    for name in ("kids", "flag"):
        shares = X[name].value_counts(normalize=True).sort_index()
        reached = drawn[name].value_counts(normalize=True).reindex(shares.index, fill_value=0)
        assert_allclose(reached, shares, atol=0.12)


def test_floats_that_are_whole_stay_whole():
    rng = np.random.default_rng(0)
    stay = pd.Series(rng.integers(0, 60, 200)).mask(rng.random(200) < 0.1)
    X = pd.DataFrame({"stay": stay, "z": rng.random(200)})
    drawn = tiny(missing="indicator").fit(X).sample(500)["stay"].dropna()
    assert_array_equal(drawn, drawn.round())


def test_noise_is_what_the_model_leaves_unexplained():
    rng = np.random.default_rng(0)
    base = rng.normal(size=1500)
    X = np.column_stack([base, 2 * base, rng.normal(size=1500)])
    vae = VAE(4, beta=0.1, likelihood="gaussian", max_iter=1000, random_state=0).fit(X)
    residuals = (vae.inverse_transform(vae.transform(X)) - X).std(axis=0) / X.std(axis=0)
    assert (vae._net.scale[0, :, 0].numpy() < 2 * residuals + 0.1).all()
    drawn = vae.sample(2000)
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] > 0.95


def test_symbols_and_numbers_are_drawn_together():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 800)
    X = pd.DataFrame({"x": np.array(list("abcd"))[group], "z": group + rng.normal(0, 0.1, 800)})
    drawn = VAE(beta=0.1, max_iter=600, random_state=0).fit(X).sample(2000)
    right = drawn["z"].round().clip(0, 3).astype(int).map(dict(enumerate("abcd"))) == drawn["x"]
    assert right.mean() > 0.7  # by chance 0.25


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_spike_survives(likelihood):
    rng = np.random.default_rng(0)
    amount = np.where(rng.random(500) < 0.4, 0, rng.lognormal(size=500))
    X = pd.DataFrame({"amount": amount, "z": rng.random(500)})
    vae = VAE(beta=0.1, likelihood=likelihood, max_iter=400, random_state=0)
    drawn = vae.fit(X).sample(3000)
    assert (drawn["amount"] == 0).mean() == pytest.approx(0.4, abs=0.1)
    assert drawn["amount"][drawn["amount"] > 0].min() >= amount[amount > 0].min()
    blurred = vae.set_params(spikes=False).fit(X).sample(3000)
    assert (blurred["amount"] == 0).mean() < 0.3


def test_what_is_no_spike():
    rng = np.random.default_rng(0)
    few = rng.choice(np.arange(11.0), 500, p=[0.5, *[0.05] * 10])
    grid = rng.normal(size=500).round(1)
    frame = pd.DataFrame({"few": np.where(few > 9, 0, few), "grid": grid})
    table_format, values = learn_table(BaseEstimator(), frame)
    assert TableCodec(spikes=True).fit(values, table_format).layout.switches == ()


def test_gaussian_noise_is_learnt_and_drawn():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(5, 2, 1000), rng.normal(0, 1, 1000)])
    # Without latent dimensions to speak of, all of the spread is noise.
    vae = VAE(1, beta=50, likelihood="gaussian", max_iter=500, random_state=0)
    with pytest.warns(UserWarning, match="No latent dimension is active"):
        vae.fit(X)
    assert_allclose(vae.sample(4000).std(axis=0), X.std(axis=0), rtol=0.1)
    assert vae.inverse_transform(np.zeros((5, 1))).std() < X.std()
    assert vae.score(X) == pytest.approx(-2 * 0.5 * np.log(2 * np.pi * np.e), abs=0.15)


def test_quantiles_tame_heavy_tails():
    rng = np.random.default_rng(0)
    X = np.exp(2.5 * rng.normal(size=(800, 2)))
    vae = VAE(likelihood="gaussian", beta=0.5, max_iter=400, random_state=0)
    plain = np.median(vae.fit(X).sample(2000), axis=0)
    tamed = np.median(vae.set_params(quantile_transform=True).fit(X).sample(2000), axis=0)
    wanted = np.median(X, axis=0)
    assert (np.abs(np.log(tamed / wanted)) < 0.5).all()
    assert (np.abs(np.log(tamed / wanted)) < np.abs(np.log(plain / wanted))).all()


@pytest.mark.parametrize("container", [np.asarray, np.ndarray.tolist, pd.DataFrame])
@BOTH
def test_named_columns_of_any_container(cls, container):
    codes = np.array([3.0, 7.0, 9.0])[CODES]
    X = container(np.column_stack([codes, RNG.normal(size=40)]))
    for named in ([0], [True, False], np.array([0]), np.array([True, False])):
        over = cls(tiny(), categorical_features=named, random_state=0)
        X_both, _ = over.fit_resample(X, Y)
        assert isinstance(X_both, type(X))
        assert set(np.asarray(X_both)[:, 0]) == {3.0, 7.0, 9.0}


@BOTH
def test_arrays_of_objects(cls):
    X = np.column_stack([np.array(["u", "v", "w"], object)[CODES], RNG.normal(size=40)])
    X_both, _ = cls(tiny(), categorical_features=[0], random_state=0).fit_resample(X, Y)
    assert X_both.dtype == object
    assert set(X_both[:, 0]) == {"u", "v", "w"}
    assert all(isinstance(v, float) for v in X_both[:, 1])


@BOTH
def test_the_model_may_name_the_columns(cls):
    X = np.column_stack([CODES, RNG.normal(size=40)])
    X_both, _ = cls(tiny(categorical_features=[0]), random_state=0).fit_resample(X, Y)
    assert set(X_both[:, 0]) == {0, 1, 2}


@BOTH
def test_missing_values_come_at_the_rate_of_their_class(cls):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [150, 50])
    X = pd.DataFrame({"x": rng.normal(size=200), "s": rng.choice(["u", "v"], 200)})
    rates = {0: 0.1, 1: 0.7}
    X = X.mask(rng.random(X.shape) < pd.Series(y).map(rates).to_numpy()[:, None])
    over = cls(missing="indicator", random_state=0).fit(X, y)
    for c in rates:
        drawn, _ = over.sample(3000, y=c)
        assert_allclose(drawn.isna().mean(), X[y == c].isna().mean(), atol=0.03)


def test_columns_of_another_kind_than_in_fit():
    X = pd.DataFrame({"d": COLUMNS["dates"], "z": RNG.normal(size=40)})
    vae = tiny().fit(X)
    with pytest.raises(ValueError, match=r"column 'd' must hold datetime64.* as in fit, got float"):
        vae.transform(X.assign(d=X["z"]))
    with pytest.raises(ValueError, match=r"column 'z' must hold float64 as in fit, got datetime"):
        vae.transform(X.assign(z=X["d"]))


def test_lists_of_text_and_numbers():
    rows = [[name, float(z)] for name, z in zip("uvuw" * 10, RNG.normal(size=40), strict=True)]
    over = VAEOversampler(tiny(), categorical_features=[0], random_state=0)
    X_both, _ = over.fit_resample(rows, Y.tolist())
    assert all(isinstance(text, str) and isinstance(z, float) for text, z in X_both)


@BOTH
def test_frozen_models_refuse_what_they_can_not_read(cls):
    X = pd.DataFrame({"x": COLUMNS["object"], "z": RNG.normal(size=40)})
    numbers = X.assign(x=CODES)

    def over(vae, **params):
        return cls(FrozenEstimator(vae), latent_sampling="noise", random_state=0, **params)

    with pytest.raises(ValueError, match="X must be numeric, got 'w' in column 'x'"):
        over(tiny().fit(numbers)).fit(X, Y)
    with pytest.raises(ValueError, match="column 'x' must not miss values, as it missed none"):
        over(tiny().fit(numbers), missing="indicator").fit(numbers.mask(numbers["z"] > 1), Y)
    typed = over(tiny().fit(X))
    with pytest.raises(TypeError, match="X must be a pandas DataFrame as the table in fit was"):
        typed.fit(X.to_numpy(), Y)
    with pytest.raises(ValueError, match=r"X must have the columns \['x', 'z'\] in their order"):
        typed.fit(X[["z", "x"]], Y)
    X_both, _ = typed.fit_resample(X.astype({"z": "float32"}), Y)
    assert X_both["z"].dtype == "float32"


def test_missing_values_of_arrays():
    X = np.where(RNG.random((60, 3)) < 0.3, np.nan, RNG.normal(size=(60, 3))).astype(np.float32)
    vae = tiny(missing="indicator").fit(X)
    assert vae.transform(X).shape == (60, 2)
    assert np.isfinite(vae.score_samples(X)).all()
    drawn = vae.sample(500)
    assert drawn.dtype == np.float32
    assert 0 < np.isnan(drawn).mean() < 1
    X_both, _ = VAEOversampler(vae).fit_resample(X, np.repeat([0, 1], [40, 20]))
    assert X_both.shape == (80, 3)


def test_inverse_transform_gives_the_most_likely_row():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    vae = tiny().fit(X)
    Z = vae.transform(X)
    assert_frame_equal(vae.inverse_transform(Z), vae.inverse_transform(Z))


@BOTH
def test_a_frozen_model_of_symbols_keeps_them(cls):
    X = pd.DataFrame({"x": COLUMNS["object"], "z": RNG.normal(size=40)})
    vae = tiny().fit(X)
    few = X[X["x"] != "w"].reset_index(drop=True)
    y = np.arange(len(few)) % 3 // 2
    over = cls(FrozenEstimator(vae), latent_sampling="noise", random_state=0)
    X_both, _ = over.fit_resample(few, y)
    assert set(X_both["x"]) <= {"u", "v", "w"}
    assert over.parent_indices_.max() < len(few)


# Filters


@pytest.mark.parametrize("name", ["category", "mixed object", "boolean", "dates", "float64"])
@BOTH
def test_filters_judge_tables_of_all_kinds(cls, name):
    X = pd.DataFrame({"x": COLUMNS[name], "z": RNG.normal(size=40)})
    if name != "dates":
        X["x"] = X["x"].mask(np.arange(40) % 5 == 0)
    gc = GenerativeClassifierFilter(hidden_layer_sizes=(8,), max_iter=20, cv=2)
    lc = LabelConsistencyFilter(cv=2)
    over = cls(tiny(), filter=[gc, lc], missing="indicator", max_draws=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # models of ten steps draw rows that don't pass
        X_both, y_both = over.fit_resample(X, Y)
    assert_like(X_both["x"][40:], X["x"])
    assert y_both.value_counts().eq(20).all()
    assert {"filter_score_0", "filter_score_1"} <= set(over.provenance())


def test_a_detector_that_can_not_read_the_table():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    with pytest.raises(ValueError, match=r"^filter IsolationForest\(.*\) can't be fitted on "):
        VAEOversampler(tiny(), filter=IsolationForest()).fit(X, Y)


def test_filters_alone_take_gaps():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)}).mask(
        np.random.default_rng(0).random((40, 2)) < 0.2
    )
    gc = GenerativeClassifierFilter(hidden_layer_sizes=(8,), max_iter=20, cv=2, random_state=0)
    assert set(gc.fit(X).predict(X)) <= {-1, 1}
    assert LabelConsistencyFilter(cv=2, random_state=0).fit(X, Y).predict_proba(X).shape == (40, 3)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_a_detector_gets_the_table_as_it_is():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    detector = make_pipeline(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        IsolationForest(n_estimators=5, random_state=0),
    )
    X_both, _ = VAEOversampler(tiny(), filter=detector, random_state=0).fit_resample(X, Y)
    assert len(X_both) == 60


def test_unlikely_symbols_are_noise():
    rng = np.random.default_rng(0)
    symbols = np.array(list("abcdefgh"))
    first = rng.integers(0, 8, 600)
    X = pd.DataFrame({"p": symbols[first], "q": symbols[(first + 1) % 8]})
    wrong = pd.DataFrame({"p": symbols[first], "q": symbols[(first + 4) % 8]})
    gc = GenerativeClassifierFilter(random_state=0).fit(X)
    assert (gc.predict(X) == 1).mean() > 0.9
    assert (gc.predict(wrong) == -1).mean() > 0.9


# Where rows come from


@pytest.mark.parametrize("rule", ["prior", "noise", "interpolation"])
def test_provenance(rule):
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    over = MultiVAEResampler(tiny(), latent_sampling=rule, random_state=0)
    with pytest.raises(ValueError, match="has resampled nothing yet: call fit_resample first"):
        over.fit(X, Y).provenance()
    X_both, y_both = over.fit_resample(X, Y)
    told = over.provenance()
    assert list(told.columns) == ["class", "rule", "parent", "partner", "distance"]
    assert_array_equal(told.index, np.flatnonzero(over.synthetic_mask_))
    assert_array_equal(told["class"], y_both[40:])
    assert set(told["rule"]) == {rule}
    assert_array_equal(told[["parent", "partner"]], over.parent_indices_)
    if rule == "prior":
        assert (told["parent"] == -1).all()
    # Against every pair, by hand.
    z = (np.r_[X["z"]] - X["z"].min()) / (X["z"].max() - X["z"].min())
    for place, distance in told["distance"].items():
        row = X_both.loc[place]
        own = (row["z"] - X["z"].min()) / (X["z"].max() - X["z"].min())
        pairs = np.sqrt((z - own) ** 2 + (X["x"] != row["x"]))
        assert distance == pytest.approx(pairs.min(), abs=1e-5)


def test_a_copy_has_no_distance_and_a_missing_value_counts_one():
    X = pd.DataFrame({"x": [1.0, 2.0, np.nan, 5.0], "s": ["a", "b", "c", None]})
    table_format, values = learn_table(BaseEstimator(), X, missing="indicator")
    coded = distance_space(values, table_format)(values)
    assert_array_equal(np.linalg.norm(coded - coded, axis=1), 0)
    assert np.linalg.norm(coded[0] - coded[1]) == pytest.approx(np.hypot(0.25, 1), abs=1e-6)
    assert np.linalg.norm(coded[0] - coded[2]) >= np.sqrt(2) - 1e-6


# Reading and restoring


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (["float32", "float32"], "float32"),
        (["float64", "float32"], "float64"),
        (["int8", "bool"], "float64"),
        (["Int64", "Float64"], "float64"),
        (["float64", "Sparse[float64]"], "float64"),
    ],
)
def test_matrix_dtype(dtypes, expected):
    X = pd.DataFrame({"a": [0, 1, 1], "b": [1, 0, 1]}).astype(dict(zip("ab", dtypes, strict=True)))
    _, values = learn_table(BaseEstimator(), X)
    assert values.dtype == expected
    assert_array_equal(values, [[0, 1], [1, 0], [1, 1]])


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float32", "float64", "bool"])
def test_arrays_and_lists(dtype):
    X = np.array([[0, 1], [1, 1], [0, 0]]).astype(dtype)
    new = np.array([[0.4, 0.6]])
    expected = np.array([[0.4, 0.6] if "float" in dtype else [0, 1]]).astype(dtype)
    table_format, _ = learn_table(BaseEstimator(), X)
    array = table_format.append(X, new)
    assert array.dtype == X.dtype
    assert_array_equal(array, np.concatenate([X, expected]))
    rows = X.tolist()
    table_format, _ = learn_table(BaseEstimator(), rows)
    both = table_format.append(rows, new)
    assert both[:3] == rows
    assert [type(v) for v in both[3]] == [type(v) for v in rows[0]]


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "float16"])
def test_values_lead_back_to_the_entries(name):
    X = pd.DataFrame({"x": COLUMNS[name]})
    if name not in CANNOT_MISS:
        X["x"] = X["x"].mask(np.arange(40) % 7 == 0)
    table_format, values = learn_table(BaseEstimator(), X, missing="indicator")
    assert isinstance(table_format, TableFormat)
    assert_frame_equal(table_format.restore(values), X)
    again = read_table(BaseEstimator(), X, table_format, missing="indicator", reset=True)
    assert_array_equal(again, values)


def test_integers_end_at_the_limits_of_their_dtype():
    X = pd.DataFrame({"x": pd.Series([-(2**63), 2**63 - 1, 0])})
    table_format, values = learn_table(BaseEstimator(), X)
    restored = table_format.restore(values)["x"]
    assert restored[0] == -(2**63)
    assert 2**63 - 1 - restored[1] < 1024


def test_dates_of_objects_are_symbols():
    X = pd.DataFrame({"x": [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)] * 3})
    table_format, values = learn_table(BaseEstimator(), X)
    assert table_format.n_symbols.tolist() == [2]
    assert_frame_equal(table_format.restore(values), X)
