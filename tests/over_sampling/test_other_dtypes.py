"""Results have the dtypes of X, whatever unlabelled rows and frozen models have."""

import functools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.frozen import FrozenEstimator

from skvae import VAEOversampler
from tests import helpers
from tests.columns import arrow
from tests.helpers import BOTH

tiny = functools.partial(helpers.tiny, max_iter=10)
RNG = np.random.default_rng(0)
Y = np.repeat([0, 1], [20, 10])
CODES = RNG.integers(0, 2, 30)
CODES[:2] = 0, 1
DAYS = pd.Series(pd.Timestamp("2024-03-20") + pd.to_timedelta(RNG.permutation(30), unit="D"))
BERLIN = DAYS.dt.tz_localize("Europe/Berlin")
NUMBERS = pd.Series(RNG.integers(0, 9, 30))
TEXT = pd.Series(np.array(["u", "v"])[CODES], dtype=object)
# Two columns of the same kind in different dtypes.
ALIKE = {
    "int8": (NUMBERS.astype("int8"), NUMBERS + 200.7),
    "Int16": (NUMBERS.astype("Int16"), NUMBERS + 0.4),
    "float32": (NUMBERS.astype("float32"), NUMBERS),
    "arrow": (NUMBERS.astype(arrow(pa.int32())), NUMBERS.astype("Float64")),
    "sparse": (NUMBERS.astype("Sparse[int64]"), NUMBERS + 0.4),
    "category": (TEXT.astype("category"), TEXT),
    "other category": (TEXT.astype(pd.CategoricalDtype(list("wvu"))), TEXT.astype("category")),
    "text": (TEXT, TEXT.astype("string")),
    "string": (TEXT.astype("string"), TEXT.astype("category")),
    "boolean": (TEXT == "u", (TEXT == "u").astype("boolean")),
    "dates": (DAYS.astype("M8[ns]"), DAYS.astype("M8[s]")),
    "coarse dates": (DAYS.astype("M8[s]"), DAYS.astype(arrow(pa.timestamp("ns")))),
    "zones": (BERLIN, BERLIN.dt.tz_convert("Asia/Tokyo").astype("M8[ns, Asia/Tokyo]")),
    "arrow zones": (BERLIN.astype(arrow(pa.timestamp("ms", tz="Europe/Berlin"))), BERLIN),
    "durations": (DAYS - DAYS[0], (DAYS - DAYS[0]).astype(arrow(pa.duration("ns")))),
}
OTHER_KINDS = {
    "text for numbers": (NUMBERS, NUMBERS.astype(str)),
    "text of objects for numbers": (NUMBERS, NUMBERS.astype(str).astype(object)),
    "numbers for text": (TEXT, NUMBERS),
    "naive for aware": (BERLIN, DAYS),
    "aware for naive": (DAYS, BERLIN),
    "arrow naive for aware": (BERLIN, DAYS.astype(arrow(pa.timestamp("us")))),
    "text for dates": (DAYS, DAYS.dt.strftime("%Y-%m")),
    "numbers for dates": (DAYS, NUMBERS),
    "dates for numbers": (NUMBERS, DAYS),
    "durations for dates": (DAYS, DAYS - DAYS[0]),
    "floats for integers": (NUMBERS.astype("category"), NUMBERS.astype(float).astype("category")),
    "a category too many": (TEXT.astype("category"), TEXT.replace("u", "w").astype("category")),
}


def tables(own, other):
    z = RNG.normal(size=30)
    return pd.DataFrame({"z": z, "x": own}), pd.DataFrame({"z": z + 1, "x": other})


@pytest.mark.parametrize("name", ALIKE)
def test_unlabelled_rows_of_other_dtypes(name):
    X, unlabelled = tables(*ALIKE[name])
    over = VAEOversampler(tiny(), unlabelled=unlabelled, random_state=0)
    X_both, _ = over.fit_resample(X, Y)
    assert_frame_equal(X_both[:30], X)
    assert over.sample(5)[0].dtypes.equals(X.dtypes)
    assert over.vae_.sample(5).dtypes.equals(X.dtypes)
    assert np.isfinite(over.provenance()["distance"]).all()


@pytest.mark.parametrize("name", OTHER_KINDS)
def test_unlabelled_rows_of_other_kinds(name):
    X, unlabelled = tables(*OTHER_KINDS[name])
    with pytest.raises(ValueError, match=r"^unlabelled: column 'x' must hold"):
        VAEOversampler(tiny(), unlabelled=unlabelled).fit(X, Y)


@pytest.mark.parametrize("name", ALIKE)
@BOTH
def test_frozen_models_of_other_dtypes(cls, name):
    X, other = tables(*ALIKE[name])
    over = cls(FrozenEstimator(tiny().fit(other)), latent_sampling="noise", random_state=0)
    X_both, _ = over.fit_resample(X, Y)
    assert_frame_equal(X_both[:30], X)
    assert over.sample(5)[0].dtypes.equals(X.dtypes)
    drawn, known = X_both["x"][30:], other["x"]
    if name in ("dates", "coarse dates", "zones", "arrow zones"):
        assert (drawn.dt.hour == 0).all()
    if name in ("category", "other category", "text", "string"):
        assert set(drawn) <= set(known)


@pytest.mark.parametrize("name", OTHER_KINDS)
@BOTH
def test_frozen_models_of_other_kinds(cls, name):
    X, other = tables(*OTHER_KINDS[name])
    over = cls(FrozenEstimator(tiny().fit(other)), latent_sampling="noise", random_state=0)
    with pytest.raises(ValueError, match="column 'x'"):
        over.fit(X, Y)


@BOTH
def test_frozen_models_and_unlabelled_rows_with_gaps_that_a_dtype_can_not_hold(cls):
    X, other = tables(NUMBERS, NUMBERS.mask(NUMBERS > 6))
    vae = tiny(missing="indicator").fit(other)
    over = cls(FrozenEstimator(vae), latent_sampling="noise", random_state=0)
    with pytest.raises(ValueError, match="column 'x' must have a dtype with missing values"):
        over.fit(X, Y)
    with pytest.raises(ValueError, match="column 1 must have a dtype with missing values"):
        cls(
            FrozenEstimator(tiny(missing="indicator").fit(other.to_numpy())),
            latent_sampling="noise",
        ).fit(X.to_numpy().astype(int), Y)
    floats = X.astype({"x": float})
    assert over.fit(floats, Y).sample(5)[0].dtypes.equals(floats.dtypes)


def test_unlabelled_rows_beside_a_frozen_model():
    X, other = tables(BERLIN.astype("M8[ns, Europe/Berlin]"), BERLIN.dt.tz_convert("UTC"))
    frozen = FrozenEstimator(tiny().fit(other))
    X_both, _ = VAEOversampler(frozen, unlabelled=other, random_state=0).fit_resample(X, Y)
    assert_frame_equal(X_both[:30], X)
    for strange in (other.assign(x=DAYS), other.assign(x=NUMBERS)):
        with pytest.raises(
            ValueError, match=r"unlabelled: column 'x' must hold datetime64.* as in X"
        ):
            VAEOversampler(frozen, unlabelled=strange).fit(X, Y)
    with pytest.raises(ValueError, match="unlabelled must have the columns of X"):
        VAEOversampler(frozen, unlabelled=other[["x", "z"]]).fit(X, Y)


@pytest.mark.parametrize("dtype", ["int8", "float32", "float16", "bool", "uint64"])
def test_arrays(dtype):
    X = RNG.integers(0, 9, (30, 2)).astype(dtype)
    for unlabelled in (
        RNG.random((20, 2)) * 9,
        RNG.integers(0, 900, (20, 2)),
        RNG.integers(0, 9, (20, 2)).astype(object),
        RNG.integers(0, 9, (20, 2)).tolist(),
    ):
        over = VAEOversampler(tiny(), unlabelled=unlabelled, random_state=0)
        X_both, _ = over.fit_resample(X, Y)
        assert X_both.dtype == over.sample(3)[0].dtype == over.vae_.sample(3).dtype == dtype
        assert_array_equal(X_both[:30], X)
    with pytest.raises(ValueError, match="unlabelled: column 0 must hold"):
        VAEOversampler(tiny(), unlabelled=X.astype(float).astype(str)).fit(X, Y)


def test_lists():
    rows = [[text, n] for text, n in zip(TEXT, NUMBERS.tolist(), strict=True)]
    others = [["w", 1.4], ["u", 3.0]] * 5
    for unlabelled in (others, np.array(others, object)):
        over = VAEOversampler(
            tiny(), unlabelled=unlabelled, categorical_features=[0], random_state=0
        )
        X_both, _ = over.fit_resample(rows, Y)
        assert X_both[:30] == rows
        assert all(type(text) is str and type(n) is int for text, n in X_both[30:])


def test_categories_of_arrays():
    X = np.column_stack([CODES, NUMBERS]).astype("int8")
    params = {"categorical_features": [0], "random_state": 0}
    whole = np.column_stack([CODES + 1.0, NUMBERS + 0.4])
    over = VAEOversampler(tiny(), unlabelled=whole, **params)
    assert over.fit_resample(X, Y)[0].dtype == X.dtype
    assert set(over.vae_.sample(300)[:, 0]) == {0, 1, 2}
    with pytest.raises(ValueError, match="unlabelled: column 0 must hold categories that X can"):
        VAEOversampler(tiny(), unlabelled=whole + 0.5, **params).fit(X, Y)
    text, longer = (
        TEXT.to_numpy("<U1")[:, None],
        TEXT.replace("u", "hello").to_numpy("<U5")[:, None],
    )
    with pytest.raises(ValueError, match=r"unlabelled: column 0 .* <U1, got 'hello'"):
        VAEOversampler(tiny(), unlabelled=longer, **params).fit(text, Y)
    vae = tiny(categorical_features=[0]).fit(whole)
    over = VAEOversampler(FrozenEstimator(vae), random_state=0)
    with pytest.raises(ValueError, match="column 0 must hold categories"):
        over.fit(X + 5, Y)
    X_both, _ = over.fit_resample(X.clip(1), Y)
    assert X_both.dtype == X.dtype
    assert set(X_both[30:, 0]) <= {1, 2}
