"""Points and grids of the latent space."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from skvae.inspection import LatentGridDisplay, LatentSpaceDisplay
from tests.inspection.drawing import SHAPE, TABLE, plt

# Latent space


def points_of(display):
    return np.concatenate([s.get_offsets() for s in display.scatter_])


@pytest.mark.parametrize(
    "y",
    [
        ["no", "yes", "maybe"] * 10,
        np.array([True, False] * 15),
        pd.Series([1, 2, 3] * 10, dtype="Int64"),
        pd.Series(["b", "a"] * 15, dtype="category"),
        np.arange(30) % 10,
        np.array([1.0, 2.0] * 15),
    ],
    ids=["text", "bool", "Int64", "category", "ten", "whole"],
)
def test_classes_have_colour_marker_and_entry(y, of_table):
    display = LatentSpaceDisplay.from_estimator(of_table, TABLE, y, components=(2, 0))
    classes = np.unique(np.asarray(y).astype(str))
    legend = display.ax_.get_legend()
    assert sorted(text.get_text() for text in legend.get_texts()) == sorted(classes)
    colours = {tuple(s.get_facecolor()[0]) for s in display.scatter_}
    shapes = {s.get_paths()[0].vertices.tobytes() for s in display.scatter_}
    assert len(colours) == len(shapes) == len(classes)
    Z = of_table.transform(TABLE)[:, [2, 0]]
    np.testing.assert_allclose(np.sort(points_of(display), axis=0), np.sort(Z, axis=0))
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("latent 2", "latent 0")
    assert display.ax_.get_aspect() == 1


def test_legend_stands_outside_the_data(of_table):
    display = LatentSpaceDisplay.from_estimator(of_table, TABLE, ["a", "b"] * 15)
    display.figure_.canvas.draw()
    legend = display.ax_.get_legend().get_window_extent()
    assert legend.x0 >= display.ax_.get_window_extent().x1
    assert legend.x1 <= display.figure_.bbox.x1


def test_smaller_classes_lie_on_top(of_table):
    display = LatentSpaceDisplay.from_estimator(of_table, TABLE, ["a", "b", "b"] * 10)
    small, large = (points.get_zorder() for points in display.scatter_)
    assert small > large


def test_without_target(of_table):
    display = LatentSpaceDisplay.from_estimator(of_table, TABLE)
    assert display.ax_.get_legend() is None
    np.testing.assert_array_equal(points_of(display), of_table.transform(TABLE)[:, :2])


@pytest.mark.parametrize("components", [(0, 1), 1])
def test_numbers_and_many_classes_have_a_colour_bar(components, of_table):
    def bar_of(y):
        display = LatentSpaceDisplay.from_estimator(of_table, TABLE, y, components=components)
        (points,) = display.scatter_
        return points, points.colorbar

    y = np.linspace(0, 1, 30)
    points, _ = bar_of(y)
    np.testing.assert_array_equal(points.get_array(), y)
    points, _ = bar_of(np.arange(30) // 2)
    assert points.get_clim() == (0, 14)
    names = [f"class {k:02}" for k in range(30)]
    points, bar = bar_of(names)
    np.testing.assert_array_equal(points.get_array(), np.arange(30))
    assert [t.get_text() for t in bar.ax.get_yticklabels()] == names[::2]


@pytest.mark.parametrize("components", [1, (1,), np.int64(1)])
def test_one_component_makes_strips(components, of_table):
    y = np.array(["a", "b", "c"] * 10)
    display = LatentSpaceDisplay.from_estimator(of_table, TABLE, y, components=components)
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["a", "b", "c"]
    Z = of_table.transform(TABLE)
    for k, (name, strip) in enumerate(zip(labels, display.scatter_, strict=True)):
        points = strip.get_offsets()
        np.testing.assert_array_equal(points[:, 0], Z[y == name, 1])
        assert np.abs(points[:, 1] - k).max() < 0.5
    one = LatentSpaceDisplay.from_estimator(of_table, TABLE, components=components)
    assert len(one.ax_.get_yticks()) == 0


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, 1], "inconsistent numbers of samples"),
        ([np.nan, *range(29)], r"^y misses labels, first in row \d+ \(\d+ in all\)"),
        ([None, *"ab" * 14, "a"], "^y misses labels, first in row 0"),
        (pd.array([pd.NA, *range(29)], dtype="Int64"), "^y misses labels, first in row 0"),
        ([*"ab" * 14, "a", np.nan], "^y misses labels, first in row 29"),
        (np.zeros((30, 2)), "1d array"),
    ],
    ids=["short", "nan", "None", "NA", "NaN in text", "2d"],
)
def test_bad_targets(y, message, of_table):
    with pytest.raises(ValueError, match=message):
        LatentSpaceDisplay.from_estimator(of_table, TABLE, y)
    assert not plt.get_fignums()


@pytest.mark.parametrize("kw", [{"s": 7, "linewidths": 2}, {"s": 7, "lw": 2}])
def test_style_of_points(kw, of_table):
    display = LatentSpaceDisplay.from_estimator(of_table, TABLE, scatter_kw=kw)
    assert display.scatter_[0].get_sizes() == [7]
    assert display.scatter_[0].get_linewidth() == [2]


# Grid


@pytest.mark.parametrize("components", [(0, 1), (2, 0)])
def test_grid_is_decoded(components, of_table):
    display = LatentGridDisplay.from_estimator(
        of_table, components=components, n_cells=4, spread=2, features=["b"]
    )
    np.testing.assert_allclose(display.coordinates, [-2, -2 / 3, 2 / 3, 2])
    z = np.zeros((1, 3))
    z[0, list(components)] = 2, -2 / 3
    expected = of_table.inverse_transform(z)["b"].item()
    assert display.decoded[1, 3, 0] == pytest.approx(expected, rel=1e-5)
    assert display.axes_[0].get_xlabel() == f"latent {components[0]}"


def test_quantiles(of_images):
    display = LatentGridDisplay.from_estimator(
        of_images, n_cells=5, spread="quantiles", image_shape=SHAPE
    )
    np.testing.assert_allclose(norm.cdf(display.coordinates), [0.1, 0.3, 0.5, 0.7, 0.9])
    labels = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert labels == ["\N{MINUS SIGN}1.28", "\N{MINUS SIGN}0.52", "0", "0.52", "1.28"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_cells": 1}, "n_cells must be an integer >= 2, got 1"),
        ({"n_cells": 2.5}, "n_cells must be an integer >= 2, got 2.5"),
        ({"spread": 0}, "spread must be a finite number > 0 or 'quantiles', got 0"),
        ({"spread": np.inf}, "spread must be a finite number > 0 or 'quantiles', got inf"),
        ({"spread": "some"}, "spread must be a finite number > 0 or 'quantiles', got 'some'"),
        ({"spread": True}, "spread must be a finite number > 0 or 'quantiles', got True"),
        ({"spread": None}, "spread must be a finite number > 0 or 'quantiles', got None"),
    ],
)
def test_bad_grids(params, message, of_table):
    with pytest.raises(ValueError, match=f"^{message}"):
        LatentGridDisplay.from_estimator(of_table, **params)
    assert not plt.get_fignums()
