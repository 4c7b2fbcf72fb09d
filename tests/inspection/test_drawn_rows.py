"""Rows as images and as panels of a table."""

import numpy as np
import pandas as pd
import pytest

from skvae import VAE
from skvae.inspection import LatentGridDisplay, LatentSpaceDisplay, ReconstructionDisplay
from tests.inspection.drawing import ALL_OF_ROWS, DRAW, IMAGES, RNG, SHAPE, TABLE, plt, tiny


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
    monkeypatch.setattr(of_images, "image_shape_", SHAPE)
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
def test_wide_tables_show_their_first_features_and_say_so(cls):
    wide = RNG.random((20, 18))
    vae = tiny().fit(wide)
    with pytest.warns(
        UserWarning, match=r"^16 of 18 numeric .* without \['x16', 'x17'\]; features"
    ):
        display = DRAW[cls](vae, wide)
    assert display.feature_names == [f"x{j}" for j in range(16)]
    assert DRAW[cls](vae, wide, features=[17]).feature_names == ["x17"]
    assert len(DRAW[cls](tiny().fit(wide[:, :13]), wide[:, :13]).axes_) == 13


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


@pytest.mark.parametrize("later", [(6, 2), None, (5, 5)])
def test_an_image_shape_set_after_fit_waits_for_the_next(later):
    vae = tiny(image_shape=SHAPE, conv_channels=(4,)).fit(IMAGES)
    before = ReconstructionDisplay.from_estimator(vae, IMAGES[:2])
    vae.set_params(image_shape=later)
    after = ReconstructionDisplay.from_estimator(vae, IMAGES[:2])
    assert after.image_shape == before.image_shape
    for name, images in before.reconstructions.items():
        np.testing.assert_array_equal(after.reconstructions[name], images)
