"""Every display, drawn of the same images and the same table."""

import numpy as np
import pandas as pd
import pytest

from skvae import VAE
from skvae.inspection import (
    LatentGridDisplay,
    LatentSpaceDisplay,
    LatentSweepDisplay,
    LatentWalkDisplay,
    LossCurveDisplay,
    ReconstructionDisplay,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")
RNG = np.random.default_rng(0)
IMAGES = RNG.random((30, 12)) * 9  # flat (3, 4), or (3, 2, 2)
TABLE = pd.DataFrame(RNG.normal(size=(30, 4)) * [1, 10, 0.1, 5], columns=["a", "b", "c", "d"])
SHAPE = (3, 4)


def tiny(n_components=3, **params):
    return VAE(n_components, hidden_layer_sizes=(8,), max_iter=30, random_state=0, **params)


# Each draws rows of X, as images where a shape is given, and passes options on.
DRAW = {
    LatentSpaceDisplay: lambda vae, X, shape=None, **kw: LatentSpaceDisplay.from_estimator(
        vae, X, np.arange(len(X)) % 3, **kw
    ),
    LatentGridDisplay: lambda vae, X, shape=None, **kw: LatentGridDisplay.from_estimator(
        vae, n_cells=3, image_shape=shape, **kw
    ),
    LatentWalkDisplay: lambda vae, X, shape=None, **kw: LatentWalkDisplay.from_estimator(
        vae, X[:2], X[2:4], image_shape=shape, **kw
    ),
    LatentSweepDisplay: lambda vae, X, shape=None, **kw: LatentSweepDisplay.from_estimator(
        vae, X[:2], image_shape=shape, **kw
    ),
    ReconstructionDisplay: lambda vae, X, shape=None, **kw: ReconstructionDisplay.from_estimator(
        vae, X, image_shape=shape, **kw
    ),
    LossCurveDisplay: lambda vae, X, shape=None, **kw: LossCurveDisplay.from_estimator(vae, **kw),
}
OF_ROWS = [LatentGridDisplay, LatentWalkDisplay, LatentSweepDisplay, ReconstructionDisplay]
ALL = pytest.mark.parametrize("cls", DRAW)
ALL_OF_ROWS = pytest.mark.parametrize("cls", OF_ROWS)
BOTH = pytest.mark.parametrize("images", [True, False], ids=["images", "table"])
