"""Conditional VAEs, and the tables that they learn, for their tests."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris

from skvae import ConditionalVAE

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


def tiny(**params):
    settings = {"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0}
    return ConditionalVAE(**{**settings, **params})


def learnt(**params):
    return tiny(**{"max_iter": 400, "learning_rate_init": 1e-2, **params})


def make_table(n=400):
    """A ward on which the number depends, with gaps, dates and flags."""
    rng = np.random.default_rng(0)
    ward = rng.choice(["east", "north", "south"], n, p=[0.6, 0.3, 0.1])
    frame = pd.DataFrame(
        {
            "ward": ward,
            "age": rng.integers(18, 90, n),
            "level": rng.normal(size=n) + 4 * (ward == "north"),
            "flag": rng.random(n) < 0.3,
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
            "unit": pd.Categorical(rng.choice(list("uvw"), n)),
        }
    )
    return frame.assign(gap=frame["level"].mask(rng.random(n) < 0.2))


TABLE = make_table()
KIND = np.where(np.arange(400) % 4 == 0, "rare", "often")
CONDITIONED = tiny(condition_on=list(TABLE), missing="indicator", max_iter=100).fit(TABLE, KIND)
