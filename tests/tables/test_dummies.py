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


def groups(X, **options):
    found = find_dummies(np.asarray(X, float), list(pd.DataFrame(X).columns), **options)
    return [one.columns.tolist() for one in found]


def test_groups_are_found():
    X = dummies()
    assert groups(X) == [[2, 3, 4], [5, 6]]
    assert groups(X.to_numpy()) == [[2, 3, 4], [5, 6]]
    assert groups(X.assign(none=0.0, one=1.0)) == [[2, 3, 4], [5, 6]]
    assert groups(X.drop(columns="color_green").to_numpy()) == [[4, 5]]
    assert groups(X.iloc[:19]) == []
    apart = X[["color_blue", "x", "sex_m", "color_green", "sex_f", "flag", "color_dark_red"]]
    assert groups(apart.rename(columns={"color_dark_red": "color_red"})) == [[0, 3, 6], [2, 4]]


def test_what_is_no_group():
    X = dummies()
    assert groups(X.assign(color_blue=X["color_blue"] * 2).to_numpy()) == [[5, 6]]
    assert groups(X[["x", "flag", "color_blue"]]) == []
    assert groups(X.mask(np.eye(N, len(X.columns)) == 1)) == []
    # One of many rows that are not looked at first is wrong.
    many = pd.concat([X] * 20, ignore_index=True)
    many.loc[777, ["sex_f", "sex_m"]] = 1
    assert groups(many) == [[2, 3, 4]]


@pytest.mark.parametrize("sep", ["_", "__", "=", " is ", ".", "[T."])
def test_groups_of_any_separator_are_found(sep):
    names = {"color": RNG.choice([f"new{sep}york", f"los{sep}angeles", "rome"], N)}
    one_hot = pd.get_dummies(pd.DataFrame({**names, "sex": RAW["sex"]}), prefix_sep=sep, dtype=int)
    one_hot.insert(1, "x", RAW["x"])  # so that columns of a group are no neighbours
    one_hot.insert(3, f"color{sep}paris", 0)
    assert groups(one_hot) == [[0, 2, 4], [5, 6]]
    assert groups(one_hot.drop(columns=[f"color{sep}rome", f"sex{sep}f"])) == [[0, 2]]


def test_groups_of_pairs_of_names_are_found():
    X = dummies(prefix_sep="|").drop(columns="color|blue")
    X.columns = pd.MultiIndex.from_tuples(tuple(f"{name}|".split("|")[:2]) for name in X)
    assert groups(X) == [[2, 3], [4, 5]]


def test_groups_in_which_some_rows_have_no_1():
    X = dummies(drop_first=True).assign(color_none=0.0)
    (found,) = find_dummies(X.to_numpy(), list(X.columns))
    assert found.columns.tolist() == [2, 3]
    assert found.may_be_none
    # Numbers are no prefix, nor are names of one part.
    assert groups(X.to_numpy()) == []
    assert groups(X.rename(columns=lambda name: name.replace("_", ""))) == []
    # Two flags that are 1 at once are none.
    assert groups(X.assign(color_bright=1.0 - X["color_dark_red"])) == []


def test_the_first_rows_decide():
    X = dummies()
    zeros = X.iloc[:5].assign(color_blue=0, color_green=0, color_dark_red=0, sex_f=1, sex_m=1)
    both = pd.concat([X, zeros])
    assert groups(both) == [[2, 3, 4]]
    found = find_dummies(both.to_numpy(), list(both.columns), n_first=N)
    assert [one.columns.tolist() for one in found] == [[2, 3, 4], [5, 6]]
    assert not any(one.may_be_none for one in found)
    # Few rows decide nothing alone.
    assert groups(both, n_first=19) == [[2, 3, 4]]


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
        new = pd.DataFrame(new).astype(float).to_numpy()
        assert np.isin(new[:, 2:], [0, 1]).all()
        assert (new[:, 2:5].sum(axis=1) == 1).all()
        assert (new[:, 5:].sum(axis=1) == 1).all()


def test_pixels_stay_numbers():
    X = np.eye(4)[RNG.integers(0, 4, N)]
    vae = VAE(image_shape=(2, 2), conv_channels=(2,), max_iter=5, random_state=0).fit(X)
    assert len(np.unique(vae.sample(20))) > 2


@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
def test_new_rows_have_no_1_as_often_as_the_class(cls):
    raw = RAW.assign(color=RAW["color"].where(RNG.random(N) < 0.7))
    raw = pd.concat([raw] * 10, ignore_index=True)
    y = np.repeat([0, 1], [450, 150])
    X = pd.get_dummies(raw, columns=["color", "sex"], dtype=int)
    colors = [name for name in X if name.startswith("color")]
    both, _ = cls(tiny(max_iter=200), filter=None, random_state=0).fit_resample(X, y)
    sums = both[colors][len(X) :].sum(axis=1)
    assert both[colors].isin([0, 1]).all(axis=None)
    assert sums.max() == 1
    assert abs(np.mean(sums == 0) - np.mean(X[colors][y == 1].sum(axis=1) == 0)) < 0.1


@pytest.mark.parametrize("as_array", [False, True])
def test_unlabelled_rows_without_a_1_change_no_group(as_array):
    X = dummies()
    unlabelled = X.iloc[:30].copy()
    unlabelled.iloc[::2, 2:], unlabelled.iloc[1::2, 2:] = 0, 1
    X, unlabelled = (T.to_numpy() if as_array else T for T in (X, unlabelled))
    sampler = VAEOversampler(tiny(), unlabelled=unlabelled, random_state=0)
    new = np.asarray(sampler.fit_resample(X, Y)[0])[N:]
    assert np.isin(new[:, 2:], [0, 1]).all()
    assert (new[:, 2:5].sum(axis=1) == 1).all()
    assert (new[:, 5:].sum(axis=1) == 1).all()
