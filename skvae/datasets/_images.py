"""Images as rows of pixels."""

from __future__ import annotations

from itertools import product

import numpy as np
from sklearn.utils import Bunch

from ._base import to_frames

# Parts of each `subset`, in their order.
SUBSETS = {"train": ["train"], "test": ["test"], "all": ["train", "test"]}


def pixel_names(image_shape: tuple[int, ...]) -> list[str]:
    """Name the columns of rows of pixels: "pixel_<row>_<column>", or "red_<row>_<column>"...

    `image_shape` is (height, width), or (3, height, width) where the channels come first.
    """
    channels = ["pixel"] if len(image_shape) == 2 else ["red", "green", "blue"]
    height, width = image_shape[-2:]
    return ["_".join(map(str, parts)) for parts in product(channels, range(height), range(width))]


def image_bunch(
    data: np.ndarray,
    target: np.ndarray,
    *,
    target_names: np.ndarray,
    image_shape: tuple[int, ...],
    descr: str,
    as_frame: bool,
) -> Bunch:
    """Put images and their classes into a Bunch, as scikit-learn's loaders do."""
    bunch = Bunch(
        data=data,
        target=target.astype(np.int64),
        frame=None,
        feature_names=pixel_names(image_shape),
        target_names=target_names,
        image_shape=image_shape,
        DESCR=descr,
    )
    if as_frame:
        to_frames(bunch)
    return bunch
