"""The displays: laws that all of them keep, then what each of them draws."""

import copy
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skvae import VAE, VAEOversampler
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


@pytest.fixture(scope="module")
def of_images():
    return tiny().fit(IMAGES)


@pytest.fixture(scope="module")
def of_table():
    return tiny().fit(TABLE)


@pytest.fixture(autouse=True)
def _close_figures():
    plt.close("all")  # of doctests and README too
    yield
    plt.close("all")


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


@pytest.fixture
def draw(of_images, of_table):
    def draw(cls, images, **options):
        if images:
            return DRAW[cls](of_images, IMAGES, SHAPE, **options)
        return DRAW[cls](of_table, TABLE, **options)

    return draw


# Laws


@ALL
@BOTH
def test_makes_a_figure(cls, images, draw):
    others = set(plt.get_fignums())
    display = draw(cls, images)
    assert type(display) is cls
    assert display.ax_.figure is display.figure_
    assert set(plt.get_fignums()) - others == {display.figure_.number}
    assert all(panel.figure is display.figure_ for panel in display.axes_)
    display.figure_.canvas.draw()


@ALL
@BOTH
def test_draws_on_the_given_axes(cls, images, draw):
    figure, (left, right) = plt.subplots(1, 2)
    display = draw(cls, images, ax=right)
    assert display.ax_ is right
    assert display.figure_ is figure
    assert len(plt.get_fignums()) == 1
    figure.canvas.draw()
    assert not left.has_data()
    place = right.get_subplotspec().get_position(figure)
    assert all(place.x0 - 0.01 <= panel.get_position().x0 for panel in display.axes_)


@ALL
@BOTH
def test_draws_in_a_subfigure(cls, images, draw):
    part = plt.figure(layout="constrained").subfigures(1, 2)[1]
    assert draw(cls, images, ax=part.subplots()).figure_ is part


@ALL
@BOTH
def test_plots_again(cls, images, draw):
    display = draw(cls, images)
    first = display.figure_
    assert display.plot() is display
    assert display.figure_ is not first
    ax = display.ax_
    assert display.plot(ax).ax_ is ax
    display.figure_.canvas.draw()


@ALL
@BOTH
def test_init_only_stores(cls, images, draw):
    display = draw(cls, images)
    stored = {k: v for k, v in vars(display).items() if not k.endswith("_")}
    again = cls(**stored)
    assert vars(again) == stored  # the very same objects: arrays would not compare
    assert len(again.plot().axes_) == len(display.axes_)


@ALL
@BOTH
def test_leaves_settings_and_inputs_alone(cls, images, draw, random_states):
    settings, states = dict(matplotlib.rcParams), random_states()
    X, before = (IMAGES, IMAGES.copy()) if images else (TABLE, TABLE.copy())
    draw(cls, images)
    assert dict(matplotlib.rcParams) == settings
    assert random_states() == states
    np.testing.assert_array_equal(X, before)


@ALL
def test_not_fitted(cls):
    with pytest.raises(NotFittedError):
        DRAW[cls](tiny(), IMAGES, SHAPE)
    assert not plt.get_fignums()


@ALL
@pytest.mark.parametrize("other", [None, "vae", VAEOversampler()])
def test_no_model(cls, other):
    with pytest.raises((TypeError, NotFittedError)):
        DRAW[cls](other, TABLE)
    assert not plt.get_fignums()


@ALL
@BOTH
def test_frozen_models(cls, images, of_images, of_table):
    vae, X, shape = (of_images, IMAGES, SHAPE) if images else (of_table, TABLE, None)
    DRAW[cls](FrozenEstimator(vae), X, shape)


@pytest.mark.parametrize("cls", [LatentSpaceDisplay, *OF_ROWS])
def test_pipelines_and_their_output(cls):
    pipeline = make_pipeline(StandardScaler(), tiny()).fit(TABLE.to_numpy())
    pipeline.set_output(transform="pandas")
    with warnings.catch_warnings():
        # scikit-learn's: the scaler now names columns that the model was fitted without.
        warnings.filterwarnings("ignore", "X has feature names")
        DRAW[cls](pipeline, TABLE.to_numpy())


@ALL
def test_a_parameter_that_was_set_after_fit_does_not_count(cls, of_table):
    changed = copy.deepcopy(of_table).set_params(n_components=7)
    DRAW[cls](changed, TABLE)


@ALL
def test_without_matplotlib(cls, of_table, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    message = rf'{cls.__name__}.from_estimator needs matplotlib: pip install "skvae\[plots\]"'
    with pytest.raises(ImportError, match=message):
        DRAW[cls](of_table, TABLE)


# Rows as images and tables


@ALL_OF_ROWS
@pytest.mark.parametrize("shape", [(3, 4), (1, 3, 4), (3, 2, 2), np.array([3, 4])])
def test_image_shapes(cls, shape, of_images):
    display = DRAW[cls](of_images, IMAGES, shape)
    picture = display.image_.get_array()
    assert picture.ndim == (3 if tuple(shape) == (3, 2, 2) else 2)
    assert display.image_shape == tuple(shape)
    assert display.feature_names is None


@ALL_OF_ROWS
def test_image_shape_of_the_model(cls, of_images, monkeypatch):
    monkeypatch.setattr(of_images, "image_shape", SHAPE)
    assert DRAW[cls](of_images, IMAGES).image_shape == SHAPE
    as_table = DRAW[cls](of_images, IMAGES, features=[0, 5])
    assert as_table.image_shape is None
    assert as_table.feature_names == ["x0", "x5"]


@ALL_OF_ROWS
@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((4, 4), r"must hold 12 values, one for each column, got \(4, 4\), which holds 16"),
        ((12,), r"must be \(H, W\) or \(C, H, W\) of integers >= 1, got \(12,\)"),
        (12, r"must be \(H, W\) or \(C, H, W\) of integers >= 1, got 12"),
        ((3.0, 4), r"must be \(H, W\) or \(C, H, W\) of integers >= 1, got \(3.0, 4\)"),
        ((-3, -4), r"must be \(H, W\) or \(C, H, W\) of integers >= 1, got \(-3, -4\)"),
        ((True, 12), r"must be \(H, W\) or \(C, H, W\) of integers >= 1, got \(True, 12\)"),
        ((2, 2, 3), r"must have 1 or 3 channels, got 2 in \(2, 2, 3\)"),
    ],
)
def test_bad_image_shapes(cls, shape, message, of_images):
    with pytest.raises(ValueError, match=f"^image_shape {message}$"):
        DRAW[cls](of_images, IMAGES, shape)
    assert not plt.get_fignums()


@ALL_OF_ROWS
@pytest.mark.parametrize(
    ("features", "message"),
    [
        (["a", "e"], r"must be among \['a', 'b', 'c', 'd'\], got 'e'"),
        ([4], r"must be in \[0, 4\), got 4"),
        ([-1], r"must be in \[0, 4\), got -1"),
        ([0.5], "must be names or integers, got 0.5"),
        ([True], "must be names or integers, got True"),
        ([], r"must be at least one feature, got \[\]"),
    ],
)
def test_bad_features(cls, features, message, of_table):
    with pytest.raises(ValueError, match=f"^features {message}$"):
        DRAW[cls](of_table, TABLE, features=features)
    assert not plt.get_fignums()


@ALL_OF_ROWS
def test_features_of_images(cls, of_images):
    with pytest.raises(ValueError, match=r"^features must be None where image_shape="):
        DRAW[cls](of_images, IMAGES, SHAPE, features=[0])


@ALL_OF_ROWS
@pytest.mark.parametrize("features", [["d", "a"], [3, 0], [np.int64(3), "a"], "d", 3])
def test_panels_are_the_chosen_features(cls, features, of_table):
    display = DRAW[cls](of_table, TABLE, features=features)
    titles = [panel.get_title() for panel in display.axes_]
    assert titles == display.feature_names == ["d", "a"][: np.size(features)]
    assert not display.ax_.axison


@ALL_OF_ROWS
def test_wide_tables_show_their_first_features(cls):
    wide = RNG.random((20, 15))
    display = DRAW[cls](tiny().fit(wide), wide)
    assert display.feature_names == [f"x{j}" for j in range(12)]


@ALL_OF_ROWS
def test_lists_and_column_names_that_are_no_strings(cls):
    rows = TABLE.to_numpy().tolist()
    assert DRAW[cls](tiny().fit(rows), rows).feature_names == ["x0", "x1", "x2", "x3"]
    frame = pd.DataFrame(TABLE.to_numpy(), columns=[5, 6, 7, 8])
    DRAW[cls](tiny().fit(frame), frame)


@ALL_OF_ROWS
def test_columns_of_every_kind(cls, mixed_frame):
    mixed_frame["object"] = pd.Series(range(40), index=mixed_frame.index, dtype=object)
    vae = tiny().fit(mixed_frame)
    assert DRAW[cls](vae, mixed_frame).feature_names == list(mixed_frame)
    DRAW[cls](vae, mixed_frame, (1, 11))


class WithCategory(VAE):
    """A stand-in for a model of tables with text in them: column "c" comes and goes as text."""

    def fit(self, X, y=None):
        return super().fit(self._coded(X))

    def transform(self, X):
        return super().transform(self._coded(X))

    def inverse_transform(self, Z):
        X = super().inverse_transform(Z)
        return X.assign(c=np.where(X["c"] > 0.5, "yes", "no"))

    def _coded(self, X):
        return X.assign(c=(X["c"] == "yes").astype(float))


@ALL_OF_ROWS
def test_categories(cls):
    X = TABLE.assign(c=np.where(TABLE["c"] > 0, "yes", "no"))
    vae = WithCategory(2, hidden_layer_sizes=(8,), max_iter=5, random_state=0).fit(X)
    assert DRAW[cls](vae, X).feature_names == ["a", "b", "d"]
    plt.close("all")
    with pytest.raises(
        ValueError, match=r"^columns must be numeric to be drawn, .* column 'c': le"
    ):
        DRAW[cls](vae, X, features=["a", "c"])
    with pytest.raises(ValueError, match=r"^columns must be numeric to be drawn, .* column 'c'$"):
        DRAW[cls](vae, X, (2, 2))
    assert not plt.get_fignums()


@ALL_OF_ROWS
def test_long_names_are_broken(cls):
    X = TABLE.set_axis(["a", "b", "c", "a_very_long_name_with_a/very long end"], axis=1)
    title = DRAW[cls](tiny().fit(X), X).axes_[-1].get_title()
    assert title == "a_very_long_name_\nwith_a/very long end"


@ALL_OF_ROWS
@pytest.mark.parametrize("shape", [SHAPE, (3, 2, 2)])
def test_scale_of_images(cls, shape, of_images):
    display = DRAW[cls](of_images, IMAGES, shape)
    shown = display.image_
    if len(shape) == 2:
        assert shown.get_clim() == (shown.get_array().min(), shown.get_array().max())
    else:
        colours = shown.get_array()
        opaque = colours[colours[..., 3] == 1][:, :3]
        assert (opaque.min(), opaque.max()) == (0, 1)


@ALL_OF_ROWS
def test_constant_images(cls):
    X = np.full((10, 12), 3.0)
    for shape in (SHAPE, (3, 2, 2)):
        DRAW[cls](tiny().fit(X), X, shape).figure_.canvas.draw()


@ALL_OF_ROWS
@pytest.mark.parametrize("shape", [SHAPE, (3, 2, 2)])
def test_style_of_images(cls, shape, of_images):
    style = {"vmin": 0, "vmax": 100, "cmap": "gray_r"}
    shown = DRAW[cls](of_images, IMAGES, shape, im_kw=style).image_
    if len(shape) == 2:
        assert shown.get_clim() == (0, 100)
        assert shown.get_cmap().name == "gray_r"
    else:
        assert shown.get_array()[..., :3].max() < 0.1


def test_pictures_stand_where_they_belong(of_images):
    display = LatentGridDisplay(
        decoded=np.arange(4.0 * 12).reshape(2, 2, 12),
        coordinates=np.array([-1.0, 1.0]),
        image_shape=SHAPE,
    ).plot()
    whole = display.image_.get_array()
    np.testing.assert_array_equal(whole[:3, :4].ravel(), display.decoded[1, 0])  # top left
    np.testing.assert_array_equal(whole[3:, 4:].ravel(), display.decoded[0, 1])  # bottom right
    display = ReconstructionDisplay.from_estimator(of_images, IMAGES, image_shape=(3, 2, 2))
    colours = display.image_.get_array()[1:3, 1:3, :3]  # inside the gap around it
    original = np.moveaxis(IMAGES[0].reshape(3, 2, 2), 0, -1)
    assert np.corrcoef(colours.ravel(), original.ravel())[0, 1] == pytest.approx(1)


def test_panels_need_a_place_in_a_grid(of_table):
    ax = plt.figure().add_axes((0.1, 0.1, 0.8, 0.8))
    with pytest.raises(ValueError, match=r"^ax must have a place in a grid"):
        LatentGridDisplay.from_estimator(of_table, ax=ax)
    LatentSpaceDisplay.from_estimator(of_table, TABLE, ax=ax)


# Latent dimensions


@pytest.mark.parametrize("cls", [LatentSpaceDisplay, LatentGridDisplay, LatentSweepDisplay])
@pytest.mark.parametrize(
    ("components", "message"),
    [
        ((0, 5), r"must be in \[0, 3\), got 5"),
        ((-1, 0), r"must be in \[0, 3\), got -1"),
        ((1, 1), r"must differ, got \(1, 1\)"),
        ((0, 1.5), r"must be integers, got \(0, 1.5\)"),
        ("ab", "must be integers, got 'ab'"),
        (1.5, "must be integers, got 1.5"),
    ],
)
def test_bad_components(cls, components, message, of_table):
    with pytest.raises(ValueError, match=f"^components {message}$"):
        DRAW[cls](of_table, TABLE, components=components)
    assert not plt.get_fignums()


def test_number_of_components(of_table):
    with pytest.raises(ValueError, match=r"^components must be 2 latent dimensions, got \(0, 1, 2"):
        LatentSpaceDisplay.from_estimator(of_table, TABLE, components=(0, 1, 2))
    with pytest.raises(ValueError, match=r"^components must be 2 latent dimensions, got 1"):
        LatentGridDisplay.from_estimator(of_table, components=1)
    with pytest.raises(ValueError, match=r"^components must be at least one .*, got \[\]"):
        LatentSweepDisplay.from_estimator(of_table, components=[])
    with pytest.raises(ValueError, match=r"^components must be in \[0, 1\), got 1"):
        LatentSpaceDisplay.from_estimator(tiny(1).fit(TABLE), TABLE)


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
        ([np.nan, *range(29)], "^y must hold a class or a number for each row, got missing values"),
        ([None, *"ab" * 14, "a"], "^y must hold a class or a number for each row, got missing "),
        (pd.array([pd.NA, *range(29)], dtype="Int64"), "^y must hold a class or a number for each"),
        (np.zeros((30, 2)), "1d array"),
    ],
    ids=["short", "nan", "None", "NA", "2d"],
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


# Walks and sweeps


def test_walk_passes_the_rows(of_table):
    display = LatentWalkDisplay.from_estimator(of_table, TABLE[:2], TABLE[2:4], steps=[2, 1, 0, -1])
    np.testing.assert_array_equal(display.steps, [-1, 0, 1, 2])
    again = of_table.inverse_transform(of_table.transform(TABLE[:4])).to_numpy()
    np.testing.assert_allclose(display.decoded[:, 1], again[:2], rtol=1e-5)
    np.testing.assert_allclose(display.decoded[:, 2], again[2:], rtol=1e-5)
    Z = of_table.transform(TABLE[:4])
    beyond = of_table.inverse_transform(2 * Z[2:] - Z[:2]).to_numpy()
    np.testing.assert_allclose(display.decoded[:, 3], beyond, rtol=1e-5)
    np.testing.assert_array_equal(display.end, TABLE[2:4])


def test_walk_shows_originals_in_their_places(of_images):
    display = LatentWalkDisplay.from_estimator(
        of_images, IMAGES[:2], IMAGES[2:4], steps=[-1, 0, 0.5, 1], image_shape=SHAPE
    )
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["original", "decoded"] * 2
    height, width, pad = 3 + 2, 4 + 2, 1
    whole = display.image_.get_array()
    picture = whole[2 * height + pad : 3 * height - pad, width + pad : 2 * width - pad]
    np.testing.assert_array_equal(picture.ravel(), IMAGES[1])
    assert whole[:height, :width].mask.all()
    assert len(display.ax_.patches) == 4


def test_walk_between_rows_only(of_images, of_table):
    display = LatentWalkDisplay.from_estimator(
        of_images, IMAGES[:1], IMAGES[1:2], steps=[0.25, 0.75], image_shape=SHAPE
    )
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == ["decoded"]
    display = LatentWalkDisplay.from_estimator(of_table, TABLE[:1], TABLE[1:2], steps=[0.2, 0.7])
    assert display.axes_[0].get_xlim() == (0, 1)


def test_walk_of_unequal_numbers_of_rows(of_table):
    with pytest.raises(ValueError, match=r"^X_end must have as many rows as X_start, 2, got 3"):
        LatentWalkDisplay.from_estimator(of_table, TABLE[:2], TABLE[:3])


@pytest.mark.parametrize(
    ("cls", "name"), [(LatentWalkDisplay, "steps"), (LatentSweepDisplay, "values")]
)
@pytest.mark.parametrize("values", [[0], [1, 1], [0, np.nan], [[0, 1]], "ab", [0, "a"], None, 3])
def test_bad_positions(cls, name, values, of_table):
    with pytest.raises(ValueError, match=f"^{name} must be "):
        DRAW[cls](of_table, TABLE, **{name: values})
    assert not plt.get_fignums()


def test_sweep_moves_one_dimension(of_table):
    display = LatentSweepDisplay.from_estimator(
        of_table, TABLE[:2], components=[2, 0], values=[-1, 4]
    )
    assert display.labels == [f"latent {c}, row {i}" for i in (0, 1) for c in (2, 0)]
    Z = of_table.transform(TABLE[1:2])
    Z[0, 2] = 4
    expected = of_table.inverse_transform(Z).to_numpy()[0]
    np.testing.assert_allclose(display.decoded[2, 1], expected, rtol=1e-5)
    np.testing.assert_array_equal(display.originals, TABLE.iloc[[0, 0, 1, 1]])


def test_sweep_from_the_origin(of_images):
    display = LatentSweepDisplay.from_estimator(of_images, image_shape=SHAPE, values=[-2, 0, 2])
    assert display.labels == ["latent 0", "latent 1", "latent 2"]
    assert display.originals is None
    middle = of_images.inverse_transform(np.zeros((1, 3)))[0]
    np.testing.assert_allclose(display.decoded[:, 1], [middle] * 3, rtol=1e-5)
    texts = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert texts == ["\N{MINUS SIGN}2", "0", "2"]
    one = LatentSweepDisplay.from_estimator(of_images, IMAGES[:1], components=1, image_shape=SHAPE)
    assert one.labels == ["latent 1"]
    assert one.ax_.get_xticklabels()[0].get_text() == "original"


def test_many_sweeps():
    wide = tiny(12).fit(TABLE)
    assert len(LatentSweepDisplay.from_estimator(wide).labels) == 10
    display = LatentSweepDisplay.from_estimator(wide, components=range(12), features=["a"])
    lines = display.axes_[0].get_lines()
    assert len({(line.get_color(), line.get_marker()) for line in lines}) == 12


# Reconstructions


def test_reconstructions(of_table):
    display = ReconstructionDisplay.from_estimator(of_table, TABLE, n_rows=7, features=["c", "b"])
    again = of_table.inverse_transform(of_table.transform(TABLE[:7]))
    np.testing.assert_array_equal(display.originals, TABLE[["c", "b"]][:7])
    np.testing.assert_allclose(
        display.reconstructions["reconstruction"], again[["c", "b"]], rtol=1e-5
    )
    assert display.axes_[0].get_legend() is None


@BOTH
def test_several_models(images, of_images, of_table):
    vae, X, shape = (of_images, IMAGES, SHAPE) if images else (of_table, TABLE, None)
    models = {"light": vae, 4: clone(vae).set_params(beta=4).fit(X)}
    display = ReconstructionDisplay.from_estimator(models, X, image_shape=shape)
    assert list(display.reconstructions) == ["light", "4"]
    assert len(display.originals) == (10 if images else 30)
    if images:
        texts = display.ax_.get_yticklabels()
    else:
        texts = display.axes_[-1].get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["original", "light", "4"][not images :]


@pytest.mark.parametrize("n_rows", [0, -1, 2.5, True, "all"])
def test_bad_number_of_rows(n_rows, of_table):
    with pytest.raises(ValueError, match=r"^n_rows must be an integer >= 1, got "):
        ReconstructionDisplay.from_estimator(of_table, TABLE, n_rows=n_rows)


def test_several_models_of_which_one_is_none(of_table):
    with pytest.raises(NotFittedError):
        ReconstructionDisplay.from_estimator({"a": of_table, "b": tiny()}, TABLE)
    with pytest.raises(ValueError, match=r"^vae must be a model or a dict of at least one"):
        ReconstructionDisplay.from_estimator({}, TABLE)


def test_more_rows_than_there_are(of_images):
    display = ReconstructionDisplay.from_estimator(
        of_images, IMAGES[:2], image_shape=SHAPE, n_rows=9
    )
    assert len(display.originals) == 2


# Loss curves


def test_loss_curves(of_table):
    display = LossCurveDisplay.from_estimator(of_table, smooth=1)
    for name, curve in {
        "loss": of_table.loss_curve_,
        "reconstruction": of_table.reconstruction_curve_,
        "KL": of_table.kl_curve_,
    }.items():
        np.testing.assert_allclose(display.lines_[name].get_ydata(), curve, rtol=1e-6)
    assert [len(panel.get_lines()) for panel in display.axes_] == [2, 1]


def test_running_mean():
    display = LossCurveDisplay(loss_curve=np.array([0.0, 3.0, 6.0, 0.0]), smooth=3).plot()
    np.testing.assert_allclose(display.lines_["loss"].get_ydata(), [1.5, 3, 3, 3])
    assert len(display.axes_) == 1
    assert list(display.lines_) == ["loss"]


@pytest.mark.parametrize("smooth", [0, 1.5, "much"])
def test_bad_smooth(smooth, of_table):
    with pytest.raises(ValueError, match=r"^smooth must be an integer >= 1, got "):
        LossCurveDisplay.from_estimator(of_table, smooth=smooth)


def test_model_without_a_curve():
    with pytest.raises(TypeError, match=r"^vae must have loss_curve_, got StandardScaler"):
        LossCurveDisplay.from_estimator(StandardScaler().fit(TABLE))
