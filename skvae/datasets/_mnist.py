"""MNIST: handwritten digits."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from sklearn.utils import Bunch

from ._base import DataHome, check_choice, check_flags, data_folder, fetch_file, file_defect
from ._idx import parse_idx
from ._images import SUBSETS, image_bunch

_BASE_URL = "https://ossci-datasets.s3.amazonaws.com/mnist"
_IMAGE_SHAPE = (28, 28)
# Images and labels of each part, with the sha256 of the decompressed file, as mirrors compress the
# files in different ways.
_FILES = {
    "train": {
        "train-images-idx3-ubyte": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte": (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
    },
    "test": {
        "t10k-images-idx3-ubyte": (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte": (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    },
}


@overload
def fetch_mnist(
    *,
    subset: str = ...,
    data_home: DataHome = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
) -> Bunch: ...


@overload
def fetch_mnist(
    *,
    subset: str = ...,
    data_home: DataHome = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
    as_frame: bool = ...,
) -> tuple[Any, Any]: ...


def fetch_mnist(
    *,
    subset: str = "train",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load the handwritten digits of MNIST [1]_ (classification).

    ============= ====================================
    classes       10
    samples       60,000 for training, 10,000 for tests
    features      784, integers from 0 to 255
    ============= ====================================

    The files are downloaded once into a cache folder, and verified at each call.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The training images, the test images, or the training images followed by the test images.
    data_home : path-like or None, default=None
        The cache folder, which holds ``mnist/<file>.gz``, or ``mnist/<file>`` unpacked. None stands
        for the folder that the environment variable `SKVAE_DATA` names, or else the operating
        system's cache folder.
    download_if_missing : bool, default=True
        If False, raise an OSError instead of downloading a file that is missing or corrupt.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, `data` is a DataFrame and `target` is a Series named "class".

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : {ndarray, DataFrame} of shape (n_samples, 784), uint8
            The grey values row by row, 0 (paper) to 255 (ink).
        target : {ndarray, Series} of shape (n_samples,), int64
            The digits.
        frame : DataFrame of shape (n_samples, 785) or None
            `data` and `target` side by side, with ``as_frame=True``.
        feature_names : list of str
            "pixel_<row>_<column>".
        target_names : ndarray of shape (10,), str
            The names of the classes: "0" to "9".
        image_shape : tuple
            (28, 28): ``data.reshape(-1, *image_shape)`` are the images.
        DESCR : str
            Source and size.
    (data, target) : tuple
        With ``return_X_y=True``.

    Raises
    ------
    ValueError
        If `subset` is unknown.
    OSError
        If a file is missing or corrupt and can't or may not be downloaded. An unpacked file that
        is corrupt is never replaced.
    ImportError
        If a download needs pooch, and pooch is not installed.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
       recognition", Proceedings of the IEEE 86(11), 1998. :doi:`10.1109/5.726791`

    Examples
    --------
    >>> from skvae.datasets import fetch_mnist
    >>> X, y = fetch_mnist(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (60000, 784)
    """
    check_choice("subset", subset, list(SUBSETS))
    check_flags(download_if_missing=download_if_missing, return_X_y=return_X_y, as_frame=as_frame)
    folder = data_folder(data_home) / "mnist"
    files = [_FILES[part] for part in SUBSETS[subset]]
    # All files are fetched before the first is parsed, so that errors come early.
    paths = [
        [_fetch(folder / name, digest, download_if_missing) for name, digest in part.items()]
        for part in files
    ]
    data = np.concatenate([_read(images, 3) for images, _ in paths])
    target = np.concatenate([_read(labels, 1) for _, labels in paths])
    bunch = image_bunch(
        data.reshape(len(data), -1),
        target,
        target_names=np.array([str(digit) for digit in range(10)]),
        image_shape=_IMAGE_SHAPE,
        descr=_describe(subset, len(data)),
        as_frame=as_frame,
    )
    return (bunch.data, bunch.target) if return_X_y else bunch


def _fetch(plain: Path, digest: str, download_if_missing: bool) -> Path:
    """Return the path of a file: the unpacked one, if there is one, or else the compressed one."""
    if plain.exists():
        defect = file_defect(plain, digest)
        if defect is not None:  # a file of the user, which is never replaced
            raise OSError(f"{plain} {defect}; remove it to have it downloaded")
        return plain
    zipped = plain.with_name(f"{plain.name}.gz")
    return fetch_file(
        zipped,
        f"{_BASE_URL}/{zipped.name}",
        digest,
        gzipped=True,
        download_if_missing=download_if_missing,
    )


def _read(path: Path, n_dimensions: int) -> np.ndarray:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return parse_idx(file.read(), n_dimensions, path)


def _describe(subset: str, n_rows: int) -> str:
    return (
        "MNIST: handwritten digits\n\n"
        f"{n_rows} images of 28 x 28 grey values from 0 to 255 (subset {subset!r}), 10 classes\n"
        "MNIST has 60,000 images for training and 10,000 for tests, by different writers.\n\n"
        "Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, 'Gradient-based learning applied to\n"
        "document recognition', Proceedings of the IEEE 86(11), 1998.\n"
        f"Files: {_BASE_URL}\n"
    )
