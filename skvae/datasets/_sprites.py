"""Generated images with known factors, to measure disentanglement."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_random_state

from ._base import check_int
from ._images import pixel_names

# The values that factors are drawn from. Lengths are in half widths of the image, which spans
# [-1, 1] x [-1, 1] and contains a sprite of any size and position.
_FACTOR_VALUES = {
    "shape": np.arange(3.0),
    "size": np.linspace(0.3, 0.5, 6),
    "position_x": np.linspace(-0.5, 0.5, 16),
    "position_y": np.linspace(-0.5, 0.5, 16),
    "rotation": np.linspace(-np.pi / 4, np.pi / 4, 10),
    "brightness": np.linspace(0.4, 1.0, 5),
}
# Number of pixels that are rendered at once, which limits the memory.
_RENDERED_PIXELS = 1 << 20

# A signed distance to the edge of a shape, by x and y.
_Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


def make_sprites(
    n_samples: int = 1000,
    *,
    image_size: int = 32,
    factors: ArrayLike | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Generate grey images of a sprite with six independent factors, similar to dSprites [1]_.

    ============== ====== ==================== ===================================================
    factor         values range                meaning
    ============== ====== ==================== ===================================================
    ``shape``           3 0, 1, 2              ellipse, triangle, heart
    ``size``            6 0.3 to 0.5           radius of the circle around the shape
    ``position_x``     16 -0.5 to 0.5          centre of the circle, from left to right
    ``position_y``     16 -0.5 to 0.5          centre of the circle, from top to bottom
    ``rotation``       10 -pi/4 to pi/4        clockwise, in radians
    ``brightness``      5 0.4 to 1             grey value of the sprite, 1 is white
    ============== ====== ==================== ===================================================

    Lengths are in half widths of the image. The values of a factor are evenly spaced. The factors
    of an image are drawn uniformly and independently of each other. Rotations span a quarter of a
    turn: all of them look different, as an ellipse looks the same after half a turn only, and the
    other shapes after a whole turn.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of images, at least 1. Not used if `factors` is given.
    image_size : int, default=32
        Height and width of the images in pixels, at least 8.
    factors : array-like of shape (n_samples, 6) or None, default=None
        The factors of each image, in the order above. Each is a number in the range of the factor,
        or NaN, which is replaced by a random value. None draws all factors.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same images at each call.

    Returns
    -------
    sprites : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : ndarray of shape (n_samples, image_size**2), uint8
            The grey values row by row, 0 (background) to 255, with antialiased edges.
        factors : ndarray of shape (n_samples, 6), float64
            The factors of each image.
        factor_names : list of str
            The names of the factors.
        factor_values : dict of str to ndarray
            The values that each factor is drawn from, in ascending order.
        feature_names : list of str
            "pixel_<row>_<column>".
        shape_names : ndarray of shape (3,), str
            The names of the shapes.
        image_shape : tuple
            (image_size, image_size): ``data.reshape(-1, *image_shape)`` are the images.
        DESCR : str
            A short description.

    Raises
    ------
    ValueError
        If `n_samples` or `image_size` is out of range, or `factors` has another shape or a value
        out of range.

    References
    ----------
    .. [1] L. Matthey, I. Higgins, D. Hassabis, A. Lerchner, "dSprites: Disentanglement testing
       sprites dataset", 2017. https://github.com/google-deepmind/dsprites-dataset

    Examples
    --------
    >>> import numpy as np
    >>> from skvae.datasets import make_sprites
    >>> sprites = make_sprites(100, random_state=0)
    >>> sprites.data.shape, sprites.factors.shape
    ((100, 1024), (100, 6))

    Other images of the same shapes:

    >>> factors = np.full((100, 6), np.nan)
    >>> factors[:, 0] = sprites.factors[:, 0]
    >>> others = make_sprites(factors=factors, random_state=1)
    """
    check_int("image_size", image_size, 8)
    if factors is None:
        check_int("n_samples", n_samples, 1)
        factors = np.full((n_samples, len(_FACTOR_VALUES)), np.nan)
    else:
        factors = _check_factors(factors)
    rng = check_random_state(random_state)
    # All factors are drawn, so that a random factor does not depend on which others are given.
    drawn = [values[rng.randint(len(values), size=len(factors))] for values in _grid()]
    factors = np.where(np.isnan(factors), np.column_stack(drawn), factors)
    image_shape = (int(image_size), int(image_size))
    return Bunch(
        data=_render(factors, int(image_size)),
        factors=factors,
        factor_names=list(_FACTOR_VALUES),
        factor_values={name: values.copy() for name, values in _FACTOR_VALUES.items()},
        feature_names=pixel_names(image_shape),
        shape_names=np.array(list(_SHAPES)),
        image_shape=image_shape,
        DESCR=_describe(len(factors), image_size),
    )


def _grid() -> list[np.ndarray]:
    return list(_FACTOR_VALUES.values())


def _check_factors(factors: object) -> np.ndarray:
    array = np.array(factors, dtype=float)
    if array.ndim != 2 or array.shape[1] != len(_FACTOR_VALUES) or not len(array):
        raise ValueError(
            f"factors must have the shape (n_samples, {len(_FACTOR_VALUES)}), got {array.shape}"
        )
    for (name, values), column in zip(_FACTOR_VALUES.items(), array.T, strict=True):
        given = column[~np.isnan(column)]
        outside = given[(given < values[0]) | (given > values[-1])]
        if len(outside):
            raise ValueError(
                f"factors must hold a {name} from {values[0]:g} to {values[-1]:g}, "
                f"got {outside[0]:g}"
            )
    shapes = array[:, 0]
    if (shapes % 1 > 0).any():
        raise ValueError(f"factors must hold 0, 1 or 2 as shape, got {shapes[shapes % 1 > 0][0]:g}")
    return array


def _render(factors: np.ndarray, image_size: int) -> np.ndarray:
    """Return the pixels of each sprite as a row of bytes."""
    pixels = np.empty((len(factors), image_size**2), np.uint8)
    step = max(1, _RENDERED_PIXELS // image_size**2)
    for code, distance in enumerate(_SHAPES.values()):
        rows = np.flatnonzero(factors[:, 0] == code)
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            pixels[some] = _draw(distance, factors[some, 1:].astype(np.float32), image_size)
    return pixels


def _draw(distance: _Distance, factors: np.ndarray, image_size: int) -> np.ndarray:
    """Draw one shape with the factors from `size` on."""
    size, center_x, center_y, rotation, brightness = factors.T[:, :, None]
    centers = (np.arange(image_size, dtype=np.float32) + 0.5) * 2 / image_size - 1
    x = np.tile(centers, image_size) - center_x
    y = np.repeat(centers, image_size) - center_y
    cos, sin = np.cos(rotation) / size, np.sin(rotation) / size
    pixels_outside = distance(x * cos + y * sin, y * cos - x * sin) * size * image_size / 2
    # The share of a pixel that the sprite covers, if the edge is straight within the pixel.
    coverage = np.clip(0.5 - pixels_outside, 0, 1)
    return np.round(255 * brightness * coverage)


# Signed distances to the edge, negative inside, of shapes in the unit circle; y points down.
# References: I. Quilez, "2D distance functions", https://iquilezles.org/articles/distfunctions2d


def _ellipse(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ellipse with half axes 1 and 0.5; the distance is exact to first order near the edge."""
    norm = np.hypot(x, 2 * y)
    # Divided by the length of the gradient of norm; the bounds avoid 0 / 0 in the centre.
    return (norm - 1) * np.maximum(norm, 1e-6) / np.maximum(np.hypot(x, 4 * y), 1e-6)


def _triangle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Triangle with corners (0, -1) and (+-0.6, 0.8); beyond them, distances to extended sides."""
    side = (1.8 * np.abs(x) - 0.6 * (y + 1)) / np.hypot(1.8, 0.6)
    return np.maximum(side, y - 0.8)


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Heart with the tip (0, 1): a square on its corner, half a circle on each upper side."""
    radius = 0.63060194  # of the circle around the heart with a square of diagonal 1
    x, y = np.abs(x) * radius, (1 - y) * radius  # the tip in the origin, y points up
    lobe = np.hypot(x - 0.25, y - 0.75) - np.sqrt(0.125)
    along = np.maximum(x + y, 0) / 2
    squared = np.minimum(x**2 + (y - 1) ** 2, (x - along) ** 2 + (y - along) ** 2)
    below = np.sqrt(squared) * np.sign(x - y)
    return np.where(x + y > 1, lobe, below) / radius


_SHAPES: dict[str, _Distance] = {"ellipse": _ellipse, "triangle": _triangle, "heart": _heart}


def _describe(n_rows: int, image_size: int) -> str:
    n_combinations = np.prod([len(values) for values in _grid()])
    return (
        "Sprites: generated images with known factors\n\n"
        f"{n_rows} images of {image_size} x {image_size} grey values from 0 to 255\n"
        f"Factors: {', '.join(_FACTOR_VALUES)}; {n_combinations} combinations of the values that "
        "are drawn\n"
    )
