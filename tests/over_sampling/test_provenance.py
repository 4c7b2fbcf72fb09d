"""Where new rows come from."""

import functools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skvae import MultiVAEResampler
from tests import helpers
from tests.columns import COLUMNS, RNG, Y

tiny = functools.partial(helpers.tiny, max_iter=10)


@pytest.mark.parametrize("rule", ["prior", "noise", "interpolation"])
def test_provenance(rule):
    X = pd.DataFrame({"x": COLUMNS["category"], "z": RNG.normal(size=40)})
    over = MultiVAEResampler(tiny(), latent_sampling=rule, filter=None, random_state=0)
    with pytest.raises(ValueError, match="has resampled nothing yet: call fit_resample first"):
        over.fit(X, Y).provenance()
    X_both, y_both = over.fit_resample(X, Y)
    told = over.provenance()
    assert list(told.columns) == ["class", "rule", "parent", "partner", "distance"]
    assert_array_equal(told.index, np.flatnonzero(over.synthetic_mask_))
    assert_array_equal(told["class"], y_both[40:])
    assert set(told["rule"]) == {rule}
    assert_array_equal(told[["parent", "partner"]], over.parent_indices_)
    if rule == "prior":
        assert (told["parent"] == -1).all()
    # Against every pair, by hand.
    z = (np.r_[X["z"]] - X["z"].min()) / (X["z"].max() - X["z"].min())
    for place, distance in told["distance"].items():
        row = X_both.loc[place]
        own = (row["z"] - X["z"].min()) / (X["z"].max() - X["z"].min())
        pairs = np.sqrt((z - own) ** 2 + (X["x"] != row["x"]))
        assert distance == pytest.approx(pairs.min(), abs=1e-5)
