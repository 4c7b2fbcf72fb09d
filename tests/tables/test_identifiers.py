"""Columns like names and ids are told from measurements and categories."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone

from skvae import VAE, LabelConsistencyFilter, MultiVAEResampler, VAEOversampler
from skvae._tables.identifiers import identifiers
from skvae._tables.reading import learn_table
from skvae.exceptions import IdentifierWarning
from tests.helpers import ALL, make

RNG = np.random.default_rng(0)
N = 120
NAMES = [f"person {i}" for i in range(N)]
FOUND = {
    "names": NAMES,
    "some names twice": [*NAMES[:100], *NAMES[:20]],
    "names and gaps": [name if i % 3 else None for i, name in enumerate(NAMES)],
    "category": pd.Categorical(NAMES),
    "row numbers": np.arange(N),
    "shuffled row numbers": RNG.permutation(N) + 10_000,
    "some of more people": RNG.choice(2 * N, N, replace=False),
    "nullable": pd.array(RNG.permutation(N), dtype="Int64"),
    "objects": pd.Series(RNG.permutation(N), dtype=object),
}
PASSED_OVER = {
    "categories": RNG.choice(NAMES[:40], N),
    "half of the names": NAMES[:60] * 2,
    "booleans": RNG.random(N) < 0.5,
    "floats": RNG.normal(size=N),
    "whole floats": np.arange(N, dtype=float),
    "ages": RNG.integers(18, 90, N),
    "counts": RNG.poisson(1000, N),
    "grams": np.rint(RNG.normal(3500, 500, N)).astype(int),
    "cents": RNG.integers(0, 10**6, N),
    "near the ends of float64": pd.Series(
        np.r_[-np.linspace(0.5, 1, N), np.linspace(0.5, 1, N)] * np.finfo(float).max, dtype=object
    ),
    "dates": pd.date_range("2020-01-01", periods=N),
}


def found(column, **params):
    X = pd.DataFrame({"x": column})
    return identifiers(*learn_table(BaseEstimator(), X, missing="indicator", **params)).tolist()


@pytest.mark.parametrize("name", FOUND)
def test_identifiers_are_found(name):
    assert found(FOUND[name]) == [0]


@pytest.mark.parametrize("name", PASSED_OVER)
def test_other_columns_are_passed_over(name):
    assert found(PASSED_OVER[name]) == []


def test_few_rows_tell_nothing():
    assert found(NAMES[:19]) == []
    assert found(NAMES[:20]) == [0]
    assert found(np.arange(49)) == []
    assert found(np.arange(50)) == [0]


def test_many_rows_are_looked_at_whole():
    n = 30_000
    assert found([f"a{i}" for i in range(n)]) == [0]
    assert found(RNG.permutation(n)) == [0]
    assert found(np.r_[np.arange(n - 1), 0]) == []


@ALL
def test_identifiers_are_warned_of_once(cls):
    y = np.repeat([0, 1], [80, 40])
    X = pd.DataFrame({"name": NAMES, "mail": NAMES, "id": np.arange(N), "x": RNG.normal(size=N)})
    with pytest.warns(IdentifierWarning) as said:
        make(cls).fit(X, y)
    assert len(said) == 2
    assert str(said[0].message).startswith("columns ['name', 'mail'] hold different values in nea")
    assert str(said[1].message).startswith("columns ['id'] hold whole numbers that differ in ever")
    with pytest.warns(IdentifierWarning, match=r"^columns \['x'\] hold different values"):
        make(cls, categorical_features=["x"]).fit(X[["x"]], y)


def test_images_and_filters_do_not_warn():
    X, y = np.arange(N * 4).reshape(N, 4), np.repeat([0, 1], [80, 40])
    vae = VAE(image_shape=(2, 2), conv_channels=(2,), max_iter=2)
    clone(vae).fit(X)
    for cls in (VAEOversampler, MultiVAEResampler):
        cls(vae).fit(X, y)
    LabelConsistencyFilter().fit(X, y)
