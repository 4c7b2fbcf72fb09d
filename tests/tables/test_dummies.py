"""Dummies are found, and new rows have one 1 in each group."""

import numpy as np
import pandas as pd
import pytest
from sklearn.frozen import FrozenEstimator

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae._tables.dummies import find_dummies
from tests.helpers import tiny

RNG = np.random.default_rng(0)
N = 60
RAW = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "color": RNG.choice(["dark_red", "green", "blue"], N),
        "sex": RNG.choice(["f", "m"], N),
        "flag": RNG.integers(0, 2, N),
    }
)
Y = np.repeat([0, 1], [45, 15])


def dummies(dtype=float, **params):
    return pd.get_dummies(RAW, columns=["color", "sex"], dtype=dtype, **params)


def groups(X):
    return [g.tolist() for g in find_dummies(np.asarray(X, float), list(pd.DataFrame(X).columns))]


def test_groups_are_found():
    X = dummies()
    assert groups(X) == [[2, 3, 4], [5, 6]]
    assert groups(X.to_numpy()) == [[2, 3, 4], [5, 6]]
    assert groups(X.assign(none=0.0, one=1.0)) == [[2, 3, 4], [5, 6]]
    assert groups(X.drop(columns="color_green")) == [[4, 5]]
    assert groups(X.iloc[:19]) == []
    apart = X[["color_blue", "x", "sex_m", "color_green", "sex_f", "flag", "color_dark_red"]]
    assert groups(apart.rename(columns={"color_dark_red": "color_red"})) == [[0, 3, 6], [2, 4]]


def test_what_is_no_group():
    X = dummies()
    assert groups(X.assign(color_blue=X["color_blue"] * 2)) == [[5, 6]]
    assert groups(X[["x", "flag", "color_blue"]]) == []
    assert groups(X.mask(np.eye(N, len(X.columns)) == 1)) == []
    # One of many rows that are not looked at first is wrong.
    many = pd.concat([X] * 20, ignore_index=True)
    many.loc[777, ["sex_f", "sex_m"]] = 0
    assert groups(many) == [[2, 3, 4]]


TABLES = {
    "float": dummies(),
    "bool": dummies(bool),
    "uint8": dummies("uint8"),
    "Int64": dummies("Int64"),
    "sparse": dummies(bool, sparse=True),
    "array": dummies().to_numpy(),
    "list": dummies().to_numpy().tolist(),
    "float32": dummies("float32").astype("float32").to_numpy(),
}


@pytest.mark.parametrize("X", TABLES.values(), ids=TABLES)
def test_new_rows_have_one_1_in_each_group(X):
    thesis = {"likelihood": "bernoulli", "quantile_transform": False}
    vae = tiny().fit(X)
    draws = [vae.sample(40), vae.inverse_transform(vae.transform(X))]
    draws += [tiny(**thesis, discrete="mode").fit(X).sample(40)]
    over = [VAEOversampler(tiny(), random_state=0), MultiVAEResampler(tiny(), random_state=0)]
    over += [VAEOversampler(FrozenEstimator(vae), filter=None, random_state=0)]
    for sampler in over:
        both, _ = sampler.fit_resample(X, Y)
        draws.append(both[N:])
        assert sampler.provenance()["distance"].notna().all()
        if isinstance(X, pd.DataFrame):
            assert both.dtypes.equals(X.dtypes)
    for new in draws:
        new = np.asarray(new, float)
        assert np.isin(new[:, 2:], [0, 1]).all()
        assert (new[:, 2:5].sum(axis=1) == 1).all()
        assert (new[:, 5:].sum(axis=1) == 1).all()


def test_pixels_stay_numbers():
    X = np.eye(4)[RNG.integers(0, 4, N)]
    vae = VAE(image_shape=(2, 2), conv_channels=(2,), max_iter=5, random_state=0).fit(X)
    assert len(np.unique(vae.sample(20))) > 2
