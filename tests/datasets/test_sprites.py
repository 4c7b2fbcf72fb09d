"""Generated images with known factors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skvae.datasets import make_sprites
from skvae.datasets._images import pixel_names

FACTORS = ["shape", "size", "position_x", "position_y", "rotation", "brightness"]


def test_sprites_bunch(random_states):
    before = random_states()
    sprites = make_sprites(50, image_size=16, random_state=0)
    assert random_states() == before
    assert sprites.data.shape == (50, 256)
    assert sprites.data.dtype == np.uint8
    assert sprites.factors.shape == (50, 6)
    assert sprites.factor_names == list(sprites.factor_values) == FACTORS
    assert sprites.image_shape == (16, 16)
    assert sprites.feature_names == pixel_names((16, 16))
    for column, values in zip(sprites.factors.T, sprites.factor_values.values(), strict=True):
        assert np.isin(column, values).all()
    assert "50 images of 16 x 16" in sprites.DESCR


def test_sprites_are_deterministic():
    one, same, other = (make_sprites(20, random_state=seed) for seed in (0, 0, 1))
    assert_array_equal(one.data, same.data)
    assert_array_equal(one.factors, same.factors)
    assert (one.factors != other.factors).any()
    again = make_sprites(factors=one.factors)  # complete factors leave nothing to chance
    assert_array_equal(again.data, one.data)
    assert_array_equal(again.factors, one.factors)


def test_sprites_in_pieces(monkeypatch):
    whole = make_sprites(50, image_size=8, random_state=0)
    monkeypatch.setattr("skvae.datasets._sprites._RENDERED_PIXELS", 3 * 64)
    assert_array_equal(make_sprites(50, image_size=8, random_state=0).data, whole.data)


def test_sprite_factors_are_uniform_and_independent():
    sprites = make_sprites(20_000, image_size=8, random_state=0)
    for column, values in zip(sprites.factors.T, sprites.factor_values.values(), strict=True):
        counts = np.unique(column, return_counts=True)[1]
        assert len(counts) == len(values)
        np.testing.assert_allclose(counts * len(values) / 20_000, 1, atol=0.15)
    correlations = np.corrcoef(sprites.factors.T) - np.eye(6)
    assert np.abs(correlations).max() < 0.03  # four standard errors


@pytest.mark.parametrize("shape", [0, 1, 2])
@pytest.mark.parametrize("factor", range(6))
def test_each_factor_value_looks_different(shape, factor):
    sprites = make_sprites(1)
    values = list(sprites.factor_values.values())[factor]
    factors = np.tile([shape, 0.3, 0.1, -0.1, 0.2, 0.7], (len(values), 1))
    factors[:, factor] = values
    images = make_sprites(factors=factors).data.astype(int)
    differences = np.abs(images[:, None] - images).max(axis=2)
    assert differences[~np.eye(len(values), dtype=bool)].min() > 10


def test_sprites_are_where_and_how_the_factors_say():
    sprites = make_sprites(300, random_state=0)
    images = sprites.data.reshape(-1, 32, 32) / 255
    _, _, x, y, _, brightness = sprites.factors.T
    centers = (np.arange(32) + 0.5) / 16 - 1
    mass = images.sum(axis=(1, 2))
    # The centre of mass is a little off that of the circle around the shape.
    assert np.abs((images.sum(axis=1) * centers).sum(axis=1) / mass - x).max() < 0.13
    assert np.abs((images.sum(axis=2) * centers).sum(axis=1) / mass - y).max() < 0.13
    np.testing.assert_allclose(images.max(axis=(1, 2)), brightness, atol=1 / 255)


def test_area_and_rotation_of_an_ellipse():
    size = 0.5
    upright, turned = make_sprites(
        image_size=64, factors=[[0, size, 0, 0, angle, 1] for angle in (0, np.pi / 4)]
    ).data.reshape(2, 64, 64)
    for image in (upright, turned):
        assert image.sum() / 255 / 32**2 == pytest.approx(np.pi * size * size / 2, rel=0.01)
    assert_array_equal(upright, upright[::-1])
    assert_array_equal(upright, upright[:, ::-1])
    assert_array_equal(turned, turned.T)
    # Clockwise: the long axis goes down to the right.
    assert np.trace(turned.astype(int)) > np.trace(turned[::-1].astype(int))


@pytest.mark.parametrize("shape", [0, 1, 2])
@pytest.mark.parametrize("rotation", [-np.pi / 4, 0, 0.5])
def test_sprites_are_never_cut_off(shape, rotation):
    corners = [(0, 0), (-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)]
    factors = [[shape, 0.5, x, y, rotation, 1] for x, y in corners]
    areas = make_sprites(factors=factors).data.astype(int).sum(axis=1)
    np.testing.assert_allclose(areas, areas[0], rtol=0.001)  # but for antialiasing


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_sprite_has_no_hole_in_the_pixel_of_its_center(shape):
    center = 1 / 32
    image = make_sprites(factors=[[shape, 0.4, center, center, 0, 1]]).data.reshape(32, 32)
    assert image[16, 16] == 255


def test_sprites_with_some_factors_given():
    factors = np.full((30, 6), np.nan)
    factors[:, 0] = 2
    factors[:15, 4] = 0.123
    before = factors.copy()
    sprites = make_sprites(factors=factors, random_state=0)
    assert_array_equal(factors, before)
    given = ~np.isnan(factors)
    assert_array_equal(sprites.factors[given], factors[given])
    free = make_sprites(30, random_state=0)
    assert_array_equal(sprites.factors[~given], free.factors[~given])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples must be an int >= 1, got 0"),
        ({"n_samples": 2.0}, "n_samples must be an int >= 1, got 2.0"),
        ({"image_size": 7}, "image_size must be an int >= 8, got 7"),
        ({"factors": np.zeros(6)}, r"factors must have the shape \(n_samples, 6\), got \(6,\)"),
        ({"factors": np.zeros((0, 6))}, r"factors must have .* got \(0, 6\)"),
        ({"factors": [[0.5, 0.4, 0, 0, 0, 1]]}, "factors must hold 0, 1 or 2 as shape, got 0.5"),
        ({"factors": [[3, 0.4, 0, 0, 0, 1]]}, "factors must hold a shape from 0 to 2, got 3"),
        ({"factors": [[0, 0.4, 0, -0.6, 0, 1]]}, "hold a position_y from -0.5 to 0.5, got -0.6"),
        ({"factors": [[0, 0.4, 0, 0, np.inf, 1]]}, "factors must hold a rotation from .* got inf"),
        ({"random_state": "a"}, "'a' cannot be used to seed"),
    ],
)
def test_sprites_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_sprites(**arguments)
