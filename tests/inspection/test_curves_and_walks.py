"""Walks and sweeps, reconstructions, loss curves."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from skvae.inspection import (
    LatentSweepDisplay,
    LatentWalkDisplay,
    LossCurveDisplay,
    ReconstructionDisplay,
)
from tests.inspection.drawing import BOTH, IMAGES, SHAPE, TABLE, tiny

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


@pytest.mark.parametrize("wide", [False, True])
def test_many_rows_are_drawn_by_their_middle(wide, of_table):
    features = None if wide else ["a"]
    display = LatentSweepDisplay.from_estimator(of_table, TABLE, features=features)
    lines = display.axes_[0].get_lines()
    np.testing.assert_allclose(lines[1].get_ydata(), np.median(display.decoded[1::3, :, 0], axis=0))
    walks = LatentWalkDisplay.from_estimator(of_table, TABLE[:15], TABLE[15:], features=features)
    (line,) = walks.axes_[0].get_lines()
    np.testing.assert_allclose(line.get_ydata(), np.median(walks.decoded[..., 0], axis=0))
    for drawn, names in ((display, [f"latent {c}" for c in range(3)]), (walks, [line.get_label()])):
        (legend,) = [ax.get_legend() for ax in drawn.figure_.axes if ax.get_legend()]
        assert [text.get_text() for text in legend.get_texts()] == names
        drawn.figure_.canvas.draw()
        inside, whole = legend.get_window_extent(), drawn.figure_.bbox
        assert inside.x1 <= whole.x1
        assert inside.y0 >= 0
        assert all(panel.get_window_extent().x1 <= inside.x0 for panel in drawn.axes_)


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
        texts = display.figure_.axes[-1].get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["original", "light", "4"][not images :]


@pytest.mark.parametrize("n_rows", [3, 10])
def test_names_of_models_are_not_cut(n_rows):
    images = np.random.default_rng(0).random((n_rows, 64))
    display = ReconstructionDisplay(
        originals=images,
        reconstructions={"Autoencoder": images, "VAE": images},
        image_shape=(8, 8),
    ).plot()
    display.figure_.canvas.draw()
    assert min(text.get_window_extent().x0 for text in display.ax_.get_yticklabels()) >= 0


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


def test_held_out_losses():
    vae = tiny(early_stopping=True).set_params(max_iter=120).fit(TABLE)
    steps, losses = vae.validation_curve_.T
    assert list(steps) == [50, 100, 120]
    assert np.isfinite(losses).all()
    display = LossCurveDisplay.from_estimator(vae)
    assert list(display.lines_) == ["loss", "reconstruction", "KL", "held-out loss"]
    np.testing.assert_array_equal(display.lines_["held-out loss"].get_ydata(), losses)
    assert not hasattr(vae.set_params(early_stopping=False).fit(TABLE), "validation_curve_")


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
