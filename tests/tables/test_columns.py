"""The kinds of columns: symbols, integers, spikes, gaps, heavy tails."""

import functools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import clone

from skvae import VAE, VAEOversampler
from tests import helpers
from tests.columns import CODES, COLUMNS, RNG, Y, arrow
from tests.helpers import BOTH, THESIS

tiny = functools.partial(helpers.tiny, max_iter=10)


def test_symbols_are_drawn_by_their_probabilities():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.choice(list("abc"), 600, p=[0.6, 0.3, 0.1]), "z": rng.random(600)})
    vae = VAE(**THESIS, max_iter=100, random_state=0).fit(X)
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
    # With a small beta, rows of the prior are too often common ones. A filter prefers those, too.
    over = cls(VAE(beta=1.0), filter=None, random_state=0).fit(X, np.repeat(["r", "s"], 500))
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
    assert (vae._fitted.net.scale[0, :, 0].numpy() < 2 * residuals + 0.1).all()
    drawn = vae.sample(2000)
    assert np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1] > 0.95


def test_symbols_and_numbers_are_drawn_together():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 800)
    X = pd.DataFrame({"x": np.array(list("abcd"))[group], "z": group + rng.normal(0, 0.1, 800)})
    vae = VAE(2, likelihood="bernoulli", quantile_transform=False, max_iter=600, random_state=0)
    drawn = vae.fit(X).sample(2000)
    right = drawn["z"].round().clip(0, 3).astype(int).map(dict(enumerate("abcd"))) == drawn["x"]
    assert right.mean() > 0.7  # by chance 0.25


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_spike_survives(likelihood):
    rng = np.random.default_rng(0)
    amount = np.where(rng.random(500) < 0.4, 0, rng.lognormal(size=500))
    X = pd.DataFrame({"amount": amount, "z": rng.random(500)})
    vae = VAE(2, likelihood=likelihood, quantile_transform=False, max_iter=400, random_state=0)
    drawn = vae.fit(X).sample(3000)
    assert (drawn["amount"] == 0).mean() == pytest.approx(0.4, abs=0.1)
    assert drawn["amount"][drawn["amount"] > 0].min() >= amount[amount > 0].min()
    blurred = vae.set_params(spikes=False).fit(X).sample(3000)
    assert (blurred["amount"] == 0).mean() < 0.3


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
    vae = VAE(2, quantile_transform=False, beta=0.5, max_iter=400, random_state=0)
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
    # A filter prefers rows whose gaps are typical of their class.
    over = cls(missing="indicator", filter=None, random_state=0).fit(X, y)
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


def test_missing_values_of_arrays():
    X = np.where(RNG.random((60, 3)) < 0.3, np.nan, RNG.normal(size=(60, 3))).astype(np.float32)
    vae = tiny(missing="indicator").fit(X)
    assert vae.transform(X).shape == (60, 10)
    assert np.isfinite(vae.score_samples(X)).all()
    drawn = vae.sample(500)
    assert drawn.dtype == np.float32
    assert 0 < np.isnan(drawn).mean() < 1
    X_both, _ = VAEOversampler(clone(vae)).fit_resample(X, np.repeat([0, 1], [40, 20]))
    assert X_both.shape == (80, 3)


def test_inverse_transform_gives_the_most_likely_row():
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    vae = tiny().fit(X)
    Z = vae.transform(X)
    assert_frame_equal(vae.inverse_transform(Z), vae.inverse_transform(Z))


NUMBERS = pd.Series(np.array([1.5, 2.5, 4.0])[CODES])
GAPS = NUMBERS.mask(np.arange(40) % 4 == 0)
WHOLE = GAPS.mul(2)
STAMPS = pd.Series(pd.Timestamp("2024-03-30") + pd.to_timedelta(CODES, unit="D"))
NAMED = {
    **{t: GAPS.astype(t) for t in ("float16", "float32", "float64", "Float32")},
    **{t: WHOLE.astype(t) for t in ("Int8", "UInt64")},
    **{
        f"arrow {t}": (WHOLE if "int" in str(t) else GAPS).astype(arrow(t))
        for t in (pa.int16(), pa.float32(), pa.decimal128(5, 2))
    },
    "arrow half": NUMBERS.astype("float16").astype(arrow(pa.float16())),
    "sparse floats": GAPS.astype("Sparse[float64]"),
    "sparse zeros": GAPS.fillna(0).astype(pd.SparseDtype(float, 0.0)),
    "sparse integers": WHOLE.fillna(0).astype("Sparse[int64]"),
    "sparse booleans": (NUMBERS > 2).astype("Sparse[bool]"),
    **{t: STAMPS.mask(GAPS.isna()).astype(t) for t in ("M8[s]", "M8[ns]")},
    **{t: (STAMPS - STAMPS[0]).mask(GAPS.isna()).astype(t) for t in ("m8[ms]", "m8[ns]")},
    "zone": STAMPS.mask(GAPS.isna()).dt.tz_localize("Europe/Berlin"),
    "arrow zone": STAMPS.dt.tz_localize("UTC").astype(arrow(pa.timestamp("ns", tz="+05:45"))),
    "arrow days": STAMPS.mask(GAPS.isna()).astype(arrow(pa.date32())),
    "arrow durations": (STAMPS - STAMPS[0]).astype(arrow(pa.duration("us"))),
    "arrow times": pd.Series([None, *STAMPS.dt.time[1:]], dtype=arrow(pa.time64("us"))),
    "arrow dictionary": pd.Series(
        pd.array([None, *np.array(list("uvw"))[CODES[1:]]], dtype=arrow(pa.string()))
    ).astype(arrow(pa.dictionary(pa.int32(), pa.string()))),
    "periods": STAMPS.mask(GAPS.isna()).dt.to_period("D"),
    "intervals": pd.Series(pd.cut(GAPS, [1, 2, 3, 5]).array.astype("interval[float64, right]")),
    "categories of dates": STAMPS.astype("category"),
}


def can_be_categories(column):
    try:
        pd.factorize(column)
    except NotImplementedError:
        return False
    return True


@pytest.mark.parametrize("name", NAMED)
@BOTH
def test_named_columns_of_any_dtype(cls, name):
    if name == "arrow half" and not can_be_categories(NAMED[name]):
        pytest.skip("this version of pyarrow has no categories of float16")
    X = pd.DataFrame({"x": NAMED[name], "z": RNG.normal(size=40)})
    over = cls(tiny(), categorical_features=["x"], missing="indicator", filter=None, random_state=0)
    X_both, _ = over.fit_resample(X, Y)
    assert_frame_equal(X_both[:40], X)
    model = over.vae_ if cls is VAEOversampler else over.estimators_[0]
    for drawn in (
        X_both,
        over.sample(30)[0],
        model.sample(30),
        model.inverse_transform(np.eye(10)),
    ):
        assert drawn.dtypes.equals(X.dtypes)
        assert set(drawn["x"].dropna()) <= set(X["x"].dropna())


@pytest.mark.parametrize("dtype", ["M8[D]", "M8[s]", "M8[ns]", "m8[ms]", "float16"])
@BOTH
def test_named_columns_of_arrays_of_any_dtype(cls, dtype):
    X = np.column_stack([CODES, CODES[::-1]]).astype(dtype)
    X[::4, 0] = "NaT" if dtype[1] == "8" else "nan"
    over = cls(tiny(), categorical_features=[0], missing="indicator", filter=None, random_state=0)
    X_both, _ = over.fit_resample(X, Y)
    assert_array_equal(X_both[:40], X)
    for drawn in (X_both, over.sample(30)[0]):
        assert drawn.dtype == X.dtype
        assert set(pd.Series(drawn[:, 0]).dropna()) <= set(pd.Series(X[:, 0]).dropna())


def test_sparse_columns_may_have_no_label():
    entries = pd.arrays.SparseArray(np.arange(40) % 3)
    X = pd.DataFrame({np.nan: entries, 1.0: entries})
    new = tiny().fit(X).sample(5)
    assert new.columns.equals(X.columns)
    assert new.dtypes.tolist() == X.dtypes.tolist()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([[1], [2]] * 20),
        pd.Series([np.arange(2)] * 40),
        pd.Series([[1], [2]] * 20, dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    ],
    ids=["lists", "arrays", "arrow lists"],
)
@BOTH
def test_unhashable_categories_are_refused_by_column(cls, column):
    X = pd.DataFrame({"x": column, "z": RNG.normal(size=40)})
    with pytest.raises(ValueError, match="column 'x' must hold hashable categories: unhashable"):
        cls(tiny(), categorical_features=["x"]).fit(X, Y)


def test_the_zeros_of_arrow_are_one_category():
    column = pd.Series([0.0, -0.0, 1.5, 2.5] * 10, dtype=pd.ArrowDtype(pa.float64()))
    new = tiny(categorical_features=["x"]).fit(pd.DataFrame({"x": column})).sample(5)["x"]
    assert new.dtype == column.dtype
    assert set(new) <= {0.0, 1.5, 2.5}
