"""Laws that all displays keep."""

import copy
import sys
import warnings

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skvae import GAN, Autoencoder, ConditionalVAE, VAEOversampler
from skvae.inspection import (
    LatentGridDisplay,
    LatentSpaceDisplay,
    LatentSweepDisplay,
    LatentWalkDisplay,
    ReconstructionDisplay,
)
from tests.inspection.drawing import (
    ALL,
    BOTH,
    DRAW,
    IMAGES,
    OF_ROWS,
    SHAPE,
    TABLE,
    matplotlib,
    plt,
    tiny,
)

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


# Other families


CLASSES = np.where(np.arange(30) % 3 == 0, "rare", "often")
SETTINGS = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0}
CONDITIONAL = ConditionalVAE(3, **SETTINGS).fit(TABLE, CLASSES)
OF_CLASSES = ConditionalVAE(3, **SETTINGS).fit(IMAGES, CLASSES)


@ALL
def test_autoencoders(cls):
    DRAW[cls](Autoencoder(3, **SETTINGS).fit(TABLE), TABLE)


@pytest.mark.parametrize("cls", OF_ROWS)
@BOTH
def test_the_class_that_is_drawn(cls, images):
    model, X, shape = (OF_CLASSES, IMAGES, SHAPE) if images else (CONDITIONAL, TABLE, None)
    for frozen in (model, FrozenEstimator(model)):
        rare, often = (DRAW[cls](frozen, X, shape, y=y) for y in ("rare", "often"))
        name = "reconstructions" if cls is ReconstructionDisplay else "decoded"
        one, other = (getattr(display, name) for display in (rare, often))
        one, other = (rows["reconstruction"] if name[0] == "r" else rows for rows in (one, other))
        assert not np.allclose(one, other)


@pytest.mark.parametrize("cls", [LatentWalkDisplay, LatentSweepDisplay])
def test_each_row_has_a_class_of_its_own(cls):
    both, rare, often = (
        DRAW[cls](CONDITIONAL, TABLE, y=y).decoded for y in (["rare", "often"], "rare", "often")
    )
    half = len(both) // 2
    np.testing.assert_allclose(both[:half], rare[:half], rtol=1e-5)
    np.testing.assert_allclose(both[half:], often[half:], rtol=1e-5)


def test_reconstructions_with_likeliest_and_with_given_classes():
    free = ReconstructionDisplay.from_estimator(CONDITIONAL, TABLE, n_rows=9)
    told = ReconstructionDisplay.from_estimator(CONDITIONAL, TABLE, y=CLASSES, n_rows=9)
    rows = told.reconstructions["reconstruction"]
    Z = CONDITIONAL.transform(TABLE[:9], CLASSES[:9])
    np.testing.assert_allclose(rows, CONDITIONAL.inverse_transform(Z, CLASSES[:9]), rtol=1e-6)
    np.testing.assert_allclose(
        free.reconstructions["reconstruction"], CONDITIONAL.reconstruct(TABLE[:9]), rtol=1e-6
    )
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ReconstructionDisplay.from_estimator(CONDITIONAL, TABLE, y=CLASSES[:9])


def test_a_reconstruction_keeps_the_columns_that_are_conditions():
    ward = np.where(np.arange(30) % 5 == 0, "east", "north")
    X = TABLE.assign(ward=ward)
    model = ConditionalVAE(3, condition_on=["ward"], **SETTINGS).fit(X)
    assert (model.reconstruct(X)["ward"] == ward).all()


@pytest.mark.parametrize("cls", [LatentGridDisplay, LatentWalkDisplay, LatentSweepDisplay])
@BOTH
def test_a_class_has_to_be_named(cls, images):
    model, X, shape = (OF_CLASSES, IMAGES, SHAPE) if images else (CONDITIONAL, TABLE, None)
    with pytest.raises(ValueError, match=r"^y must be the class to decode to, or one a row"):
        DRAW[cls](model, X, shape)
    with pytest.raises(ValueError, match=r"^y must hold labels of .*, got .*'none'"):
        DRAW[cls](model, X, shape, y="none")
    if cls is LatentGridDisplay:
        with pytest.raises(ValueError, match=r"^y must be one label, got \['rare', 'often'\]"):
            DRAW[cls](model, X, shape, y=["rare", "often"])
    assert not plt.get_fignums()


@pytest.mark.parametrize("cls", OF_ROWS)
def test_models_without_classes_or_without_an_encoder(cls, of_table):
    with pytest.raises(
        TypeError, match=r"^y must be None with a VAE, which decodes without classes"
    ):
        DRAW[cls](of_table, TABLE, y="rare")
    gan = GAN(3, **SETTINGS).fit(TABLE)
    with pytest.raises(TypeError, match=r"^vae must have (trans|inv).*, got GAN$"):
        DRAW[cls](gan, TABLE)
    assert not plt.get_fignums()


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


@pytest.mark.parametrize(
    ("cls", "name"), [(LatentWalkDisplay, "steps"), (LatentSweepDisplay, "values")]
)
@pytest.mark.parametrize("values", [[0], [1, 1], [0, np.nan], [[0, 1]], "ab", [0, "a"], None, 3])
def test_bad_positions(cls, name, values, of_table):
    with pytest.raises(ValueError, match=f"^{name} must be "):
        DRAW[cls](of_table, TABLE, **{name: values})
    assert not plt.get_fignums()
