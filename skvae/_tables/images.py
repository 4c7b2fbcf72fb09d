"""Shapes of images that are flat rows of a table."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

from .._seeding import short


def check_image_shape(image_shape: Any, n_values: int | None = None) -> tuple[int, int, int]:
    """Return an image shape as (C, H, W), with one channel for (H, W).

    Parameters
    ----------
    image_shape : sequence of int
        (H, W) or (C, H, W), all >= 1.
    n_values : int, default=None
        Number of values in a row, which the shape must hold; None allows any number.

    Raises
    ------
    ValueError
        If `image_shape` is not as described, or holds another number of values.
    """
    try:
        sizes = tuple(image_shape)
    except TypeError:
        sizes = ()
    if len(sizes) not in (2, 3) or not all(_is_size(size) for size in sizes):
        raise ValueError(
            f"image_shape must be (H, W) or (C, H, W) of integers >= 1, got {short(image_shape)}"
        )
    sizes = tuple(int(size) for size in sizes)
    if n_values is not None and math.prod(sizes) != n_values:
        raise ValueError(
            f"image_shape must hold {n_values} values, one for each column, got {sizes}, which "
            f"holds {math.prod(sizes)}"
        )
    channels, height, width = (1, *sizes)[-3:]
    return channels, height, width


def _is_size(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1
