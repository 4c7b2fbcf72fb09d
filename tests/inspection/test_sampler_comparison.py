"""Display of a comparison of samplers."""

import numpy as np
import pandas as pd
import pytest

from skvae.inspection import SamplerComparisonDisplay
from tests.inspection.drawing import plt

TABLE = pd.DataFrame(
    {
        "gain": [np.nan, 0.03, -0.02, 0.01, 0.02],
        "low": [np.nan, 0.01, -0.03, -0.01, 0.01],
        "high": [np.nan, 0.05, -0.01, 0.03, 0.04],
        "verdict": ["", "gain", "loss", "no gain", "perhaps a gain"],
    },
    index=["none", "a", "b", "c", "d"],
)


def test_draws_each_gain_with_its_interval():
    display = SamplerComparisonDisplay.from_comparison(TABLE, score="f1_macro")
    assert list(display.lines_) == ["a", "b", "c", "d"]
    for name, container in display.lines_.items():
        ends = container.lines[2][0].get_segments()[0][:, 0]
        np.testing.assert_allclose(ends, TABLE.loc[name, ["low", "high"]].astype(float))
    labels = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert labels == ["a (gain)", "b (loss)", "c (no gain)", "d (perhaps a gain)"]
    assert "f1_macro" in display.ax_.get_xlabel()
    # Verdicts differ by more than their colours.
    fills = [container.lines[0].get_markerfacecolor() for container in display.lines_.values()]
    assert [fill == "white" for fill in fills] == [False, False, True, True]


def test_draws_one_of_several_scores_on_given_axes():
    both = pd.concat({"x": TABLE, "y": TABLE}, names=["score", "sampler"])
    _, ax = plt.subplots()
    display = SamplerComparisonDisplay.from_comparison(both, score="y", ax=ax)
    assert display.ax_ is ax
    assert display.score == "y"
    assert SamplerComparisonDisplay.from_comparison(both).score == "x"
    with pytest.raises(ValueError, match=r"score must be one of \['x', 'y'\], got 'z'"):
        SamplerComparisonDisplay.from_comparison(both, score="z")


@pytest.mark.parametrize("wrong", [None, TABLE.drop(columns="low"), [1, 2]])
def test_refuses_what_is_no_comparison(wrong):
    with pytest.raises(ValueError, match="comparison must be the result of compare_samplers"):
        SamplerComparisonDisplay.from_comparison(wrong)
