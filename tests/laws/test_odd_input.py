"""What looks bad and works."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier

from skvae import VAE, LabelConsistencyFilter, MultiVAEResampler, VAEOversampler
from skvae.metrics import train_on_synthetic_score
from skvae.strategies import augment
from tests.helpers import ALL, BOTH, GC, frame, fresh, make, sampler, thesis, tiny

# No row of a class tells itself from other classes' rows where all are alike.
pytestmark = pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")


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
    "NaN as a name": lambda X: pd.DataFrame(X, columns=[np.nan, 1.0, 2.0]),
    "NaN in a MultiIndex": lambda X: pd.DataFrame(
        X, columns=pd.MultiIndex.from_tuples([("a", np.nan), ("a", "b"), ("b", "b")])
    ),
    "past float32": lambda X: X * [1e39, 1, 1],
    "one past float32": set_column(1e39, 7),
    "very large and very small": lambda X: X * [1e300, 1e-300, 1],
    "near the largest float64": lambda X: X / np.abs(X).max(axis=0) * np.finfo("f8").max,
    "near the largest float32": lambda X: (X / np.abs(X).max(axis=0) * np.finfo("f4").max).astype(
        "f4"
    ),
    "near the largest float16": lambda X: (X / np.abs(X).max(axis=0) * np.finfo("f2").max).astype(
        "f2"
    ),
    "all but the largest": lambda X: np.abs(X) / np.abs(X).max(axis=0) * 1e307 + 1.6e308,
    "both ends of float64": lambda X: np.where(X > 0, 1, -1) * np.finfo("f8").max,
    "below the smallest normal float64": lambda X: X * 1e-310,
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


@pytest.mark.parametrize("params", [{"likelihood": "bernoulli"}, {"likelihood": "gaussian"}])
@pytest.mark.parametrize(
    "name", [name for name in ODD_TABLES if "float" in name or "large" in name]
)
@BOTH
def test_large_numbers_without_quantiles(cls, name, params, imbalanced):
    X, y = imbalanced
    odd, vae = ODD_TABLES[name](X), tiny(quantile_transform=False, **params)
    over = sampler(cls, vae=vae, filter=fresh(GC), residuals=False, latent_sampling="noise")
    both, _ = over.fit_resample(odd, y)
    both = np.concatenate([both, over.sample(50)[0], vae.fit(odd).sample(50)])
    assert both.dtype == odd.dtype
    assert (both >= odd.min(axis=0)).all()
    assert (both <= odd.max(axis=0)).all()


def gaps(X, rng):
    return np.where(rng.random(X.shape) < 0.2, np.nan, X)


def spikes(X, rng):
    return np.where(rng.random(X.shape) < 0.4, 0.0, X)


@pytest.mark.parametrize("quantile_transform", [True, False])
@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
@pytest.mark.parametrize(
    "change",
    [gaps, spikes, lambda X, rng: gaps(spikes(X, rng), rng)],
    ids=["gaps", "spikes", "gaps and spikes"],
)
@ALL
def test_gaps_or_spikes_in_every_column(cls, change, likelihood, quantile_transform):
    rng, y = np.random.default_rng(0), np.repeat([0, 1], [80, 40])
    X = change(rng.normal(size=(120, 3)), rng)
    vae = tiny(
        likelihood=likelihood,
        quantile_transform=quantile_transform,
        missing="indicator",
        spikes=True,
    )
    if cls is VAE:
        new = vae.fit(X).sample(100)
        assert np.isfinite(vae.score_samples(X)).all()
    else:
        over = sampler(cls, vae=vae, missing="indicator", sampling_strategy="all")
        new = np.concatenate([over.fit_resample(X, y)[0][120:], over.sample(60)[0]])
    assert (np.isnan(new).any(axis=0) == np.isnan(X).any(axis=0)).all()
    assert ((new == 0).any(axis=0) == (X == 0).any(axis=0)).all()
    assert np.nanmax(np.abs(new)) <= np.nanmax(np.abs(X))


@pytest.mark.parametrize("rule", ["prior", "mixture", "posterior", "noise", "interpolation"])
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
    Z = thesis(hidden_layer_sizes=()).fit(X).transform(np.concatenate([X, (X[:1] + X[1:2]) / 2]))
    np.testing.assert_allclose(Z[-1], (Z[0] + Z[1]) / 2, atol=1e-6)


GAPS = np.full(40, np.nan)
NOTHING_TO_LEARN = {
    "one category a column": pd.DataFrame({"a": ["x"] * 40, "b": True}),
    "missing values only": pd.DataFrame({"a": GAPS, "b": GAPS}),
    "missing values and one category": pd.DataFrame({"a": GAPS, "b": "x"}),
    "missing values beside numbers": pd.DataFrame({"a": GAPS, "b": np.arange(40.0) % 7}),
    "array of missing values": np.full((40, 2), np.nan),
}


@pytest.mark.parametrize("X", NOTHING_TO_LEARN.values(), ids=NOTHING_TO_LEARN)
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
@BOTH
def test_columns_with_nothing_to_learn_stay_as_they_are(cls, likelihood, X, imbalanced):
    vae = tiny(likelihood=likelihood, quantile_transform=False, missing="indicator")
    over = cls(vae, filter=None, sampling_strategy="all", random_state=0)
    both, _ = over.fit_resample(X, imbalanced[1])
    again = vae.fit(X).inverse_transform(vae.transform(X))
    for new in (both, again):
        for j in range(2):
            old_column, new_column = pd.DataFrame(X).iloc[:, j], pd.DataFrame(new).iloc[:, j]
            assert set(new_column.dropna()) <= set(old_column)
            assert new_column.isna().all() == old_column.isna().all()
    assert (over.provenance()["distance"] < 1).all()


@pytest.mark.parametrize("large", [1e39, 1e300])
def test_filters_take_numbers_past_float32(large, imbalanced):
    X, y = imbalanced
    wide = set_column(large, 7)(X.copy())
    assert len(fresh(GC).fit_resample(wide, y)[0]) > 20
    assert len(LabelConsistencyFilter(random_state=0).fit_resample(wide, y)[0]) > 5
    # Rows to judge may be further away than those of fit.
    assert np.isfinite(fresh(GC).fit(X, y).score_samples(wide)).all()
    assert np.isfinite(LabelConsistencyFilter().fit(X, y).predict_proba(wide)).all()


@pytest.mark.parametrize("name", [1, "b"])
@pytest.mark.parametrize("large", [1e39, 1e300])
def test_estimators_of_others_name_the_column_past_float32(name, large, imbalanced):
    X, y = imbalanced
    X = set_column(large, 7)(X.copy())
    X = X if name == 1 else frame()(X)
    message = r"^RandomForestClassifier\(n_estimators=3.*\) takes no 1e\+\d+, as in column "
    forest, place = RandomForestClassifier(3), f"in column {name!r}, first in row 7: scale the col"
    for call in (
        lambda: LabelConsistencyFilter(forest).fit(X, y),
        lambda: LabelConsistencyFilter(forest, cv=2).fit(X, y),
        lambda: make(VAEOversampler, filter=LabelConsistencyFilter(forest)).fit_resample(X, y),
        lambda: train_on_synthetic_score(X, y, X, y, estimator=forest),
    ):
        with pytest.raises(ValueError, match=message) as raised:
            call()
        assert place in str(raised.value)
    assert 0 <= train_on_synthetic_score(X, y, X, y) <= 1
