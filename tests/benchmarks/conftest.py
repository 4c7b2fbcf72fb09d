"""Fixtures that tests of benchmarks share."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from benchmarks.arms.augmenter import quiet


@pytest.fixture
def no_warnings_of_tiny_models():
    with quiet():
        yield


@pytest.fixture
def iris():
    """Iris with classes of 30, 20 and 10 rows, which noise lets overlap."""
    X, y = load_iris(return_X_y=True)
    rows = np.r_[0:30, 50:70, 100:110]
    return X[rows] + np.random.default_rng(0).normal(size=(60, 4)), y[rows]


@pytest.fixture
def typed():
    """A frame of numbers and categories with gaps, and its classes."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    X = pd.DataFrame({"a": rng.normal(size=60) + y, "b": rng.random(60)})
    X["s"] = pd.Categorical.from_codes(rng.integers(0, 3, 60), ["x", "y", "z"])
    X.loc[::7, "a"] = np.nan
    X.loc[::9, "s"] = np.nan
    return X, y
