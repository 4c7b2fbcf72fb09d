"""Frames of polars come back as frames of polars, in their dtypes."""

import datetime as dt

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB

from skvae import MultiVAEResampler, VAEOversampler
from skvae.strategies import augment
from tests.helpers import BOTH, both_filters, fresh, sampler, tiny

pl = pytest.importorskip("polars")
testing = pytest.importorskip("polars.testing")

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, 40)
DAYS = [dt.datetime(2020, 1, 1) + dt.timedelta(days=int(30 * code)) for code in CODES]
COLUMNS = {
    **{
        f"{kind}{bits}": pl.Series(RNG.integers(0, 100, 40), dtype=getattr(pl, f"{kind}{bits}"))
        for kind in ("Int", "UInt")
        for bits in (8, 16, 32, 64)
    },
    "Float32": pl.Series(RNG.normal(size=40), dtype=pl.Float32),
    "Float64": pl.Series(RNG.normal(size=40)),
    "Boolean": pl.Series(CODES > 0),
    "String": pl.Series(np.array(["u", "v", "w"])[CODES]),
    "Categorical": pl.Series(np.array(["u", "v", "w"])[CODES], dtype=pl.Categorical),
    "Enum": pl.Series(
        np.array(["lo", "mid", "hi"])[CODES], dtype=pl.Enum(["lo", "mid", "x", "hi"])
    ),
    "Date": pl.Series([day.date() for day in DAYS]),
    "Datetime": pl.Series(DAYS, dtype=pl.Datetime("ms")),
    "zone": pl.Series(DAYS).dt.replace_time_zone("Europe/Berlin"),
    "Duration": pl.Series([dt.timedelta(hours=int(code)) for code in CODES]),
}
FRAME = pl.DataFrame(COLUMNS)
GAPPY = FRAME.select(pl.when(pl.int_range(40) % 5 > 0).then(pl.all()))
Y = pl.Series("kind", np.repeat(["a", "b", "c"], [20, 12, 8]))


@BOTH
@pytest.mark.parametrize("X", [FRAME, GAPPY], ids=["whole", "gappy"])
@pytest.mark.parametrize(
    "y",
    [Y, Y.cast(pl.Categorical), Y.cast(pl.Enum(["c", "b", "a"])), Y != "c", Y.rank("dense")],
    ids=lambda y: str(y.dtype),
)
def test_samplers(cls, X, y):
    over = sampler(cls, missing="indicator", filter=None)
    X_before = X.clone()
    X_both, y_both = over.fit_resample(X, y)
    testing.assert_frame_equal(X, X_before)
    testing.assert_frame_equal(X_both[:40], X)
    testing.assert_series_equal(y_both[:40], y)
    assert X_both.schema == X.schema
    assert len(X_both) == len(y_both) > 40
    assert y_both.value_counts()["count"].n_unique() == 1
    new, labels = over.sample(5)
    assert new.schema == X.schema
    assert set(labels) <= set(y)
    for column in X_both[40:]:
        assert (column.null_count() > 0) <= (X is GAPPY)
        if column.name in ("String", "Categorical", "Enum"):
            assert set(column.drop_nulls()) <= set(X[column.name].drop_nulls())


def test_numbers_are_those_of_pandas():
    names = ["Float32", "Float64", "Int64"]
    X = FRAME.select(names)
    vae = tiny().fit(X)
    expected = tiny().fit(X.to_pandas())
    assert list(vae.feature_names_in_) == names
    for call in ("transform", "score_samples"):
        np.testing.assert_array_equal(getattr(vae, call)(X), getattr(expected, call)(X.to_pandas()))
    assert vae.sample(4).equals(pl.from_pandas(expected.sample(4)))


def test_a_model_reads_and_gives_both_kinds():
    vae = tiny(missing="indicator").fit(GAPPY)
    assert vae.inverse_transform(vae.transform(GAPPY)).schema == GAPPY.schema
    assert vae.fit_transform(GAPPY).shape == (40, 10)
    again = vae.fit(np.arange(8.0).reshape(4, 2))
    assert isinstance(again.sample(2), np.ndarray)


def test_models_of_a_sampler_give_what_it_gives():
    over = sampler(MultiVAEResampler, tiny(early_checkpoint=0.5), filter=None).fit(FRAME, Y)
    for model in over.estimators_:
        assert model.sample(2).schema == model.early_vae_.sample(2).schema == FRAME.schema


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@both_filters
def test_filters(filter_):
    X = FRAME.select("Float32", "Float64", "Int8")
    filter_ = fresh(filter_)
    X_left, y_left = filter_.fit_resample(X, Y)
    testing.assert_frame_equal(X_left, X[filter_.sample_indices_.tolist()])
    testing.assert_series_equal(y_left, Y[filter_.sample_indices_.tolist()])
    judge = "predict_proba" if hasattr(filter_, "predict_proba") else "score_samples"
    inside = getattr(fresh(filter_).fit(X.to_pandas(), Y.to_pandas()), judge)(X.to_pandas())
    np.testing.assert_array_equal(getattr(filter_, judge)(X), inside)


def test_default_sampler_with_rows_without_labels_and_frozen_models(copied):
    over = VAEOversampler(
        tiny(), unlabelled=FRAME[::2], sampling_strategy=augment(), random_state=0
    ).fit(FRAME, Y)
    assert copied(over).sample(5)[0].equals(over.sample(5)[0])
    assert copied(over).unlabelled.equals(FRAME[::2])
    vae = FrozenEstimator(tiny().fit(FRAME))
    X_both, _ = MultiVAEResampler(vae, latent_sampling="noise", random_state=0).fit_resample(
        FRAME, Y
    )
    assert X_both.schema == FRAME.schema


def test_pipelines():
    X = FRAME.select("Float32", "Float64")
    clf = make_pipeline(sampler(VAEOversampler), GaussianNB()).fit(X, Y)
    assert clf.predict(X).shape == (40,)


def test_other_tables_stay_what_they_are():
    X, y = np.random.default_rng(0).normal(size=(40, 2)), Y
    X_both, y_both = sampler(VAEOversampler, filter=None).fit_resample(X, y)
    assert isinstance(X_both, np.ndarray)
    assert y_both.dtype == pl.String
    X_both, y_both = sampler(VAEOversampler, filter=None).fit_resample(FRAME, Y.to_numpy())
    assert isinstance(X_both, pl.DataFrame)
    assert isinstance(y_both, np.ndarray)


def test_lazy_frames_and_odd_columns_are_refused():
    with pytest.raises(TypeError, match="X must be collected, got polars' LazyFrame"):
        tiny().fit(FRAME.lazy())
    with pytest.raises(ValueError, match="column 'l'"):
        tiny().fit(FRAME.with_columns(l=[[1]] * 40))
