"""CIFAR-10: small colour photographs."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from sklearn.utils import Bunch

from ._base import (
    Bounded,
    DataHome,
    check_choice,
    check_flags,
    data_folder,
    fetch_file,
    replacing,
)
from ._images import SUBSETS, image_bunch
from ._npz import read_npz

_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
_FOLDER = "cifar-10-batches-bin"  # inside the archive
_NAMES = "batches.meta.txt"
_BATCHES = {
    "train": [f"data_batch_{number}.bin" for number in range(1, 6)],
    "test": ["test_batch.bin"],
}
_OFFICIAL_ROWS = {"train": 50_000, "test": 10_000}
_N_CLASSES = 10
_IMAGE_SHAPE = (3, 32, 32)
_N_FEATURES = 3 * 32 * 32
# Bytes of the arrays of the cache file: those of the official rows, labels as int64.
_LARGEST = {
    "class_names": 2**16,
    **{f"y_{part}": 8 * n_rows for part, n_rows in _OFFICIAL_ROWS.items()},
    **{f"X_{part}": _N_FEATURES * n_rows for part, n_rows in _OFFICIAL_ROWS.items()},
}


@overload
def fetch_cifar10(
    *,
    subset: str = ...,
    data_home: DataHome = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
) -> Bunch: ...


@overload
def fetch_cifar10(
    *,
    subset: str = ...,
    data_home: DataHome = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
    as_frame: bool = ...,
) -> tuple[Any, Any]: ...


def fetch_cifar10(
    *,
    subset: str = "train",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load the photographs of CIFAR-10 [1]_ (classification).

    ============= ====================================
    classes       10
    samples       50,000 for training, 10,000 for tests
    features      3072, integers from 0 to 255
    ============= ====================================

    The official archive is downloaded once, verified, and converted into a file in the cache
    folder. All rows of that file are loaded. It may hold a subset of CIFAR-10; `DESCR` says so.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        The training images, the test images, or the training images followed by the test images.
    data_home : path-like or None, default=None
        The cache folder, which holds ``cifar10/cifar10.npz`` with the arrays `X_train`, `y_train`,
        `X_test`, `y_test` and `class_names`; or ``cifar10/cifar-10-binary.tar.gz``, to be
        converted. None stands for the folder that the environment variable `SKVAE_DATA` names, or
        else the operating system's cache folder.
    download_if_missing : bool, default=True
        If False, raise an OSError instead of downloading the archive.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, `data` is a DataFrame and `target` is a Series named "class".

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : {ndarray, DataFrame} of shape (n_samples, 3072), uint8
            The red values row by row, 0 to 255, then the green ones, then the blue ones.
        target : {ndarray, Series} of shape (n_samples,), int64
            The class of each row, an index into `target_names`.
        frame : DataFrame of shape (n_samples, 3073) or None
            `data` and `target` side by side, with ``as_frame=True``.
        feature_names : list of str
            "<colour>_<row>_<column>".
        target_names : ndarray of shape (10,), str
            The names of the classes.
        image_shape : tuple
            (3, 32, 32): ``data.reshape(-1, *image_shape)`` are the images.
        DESCR : str
            Source, and how many rows the cache file holds.
    (data, target) : tuple
        With ``return_X_y=True``.

    Raises
    ------
    ValueError
        If `subset` is unknown.
    OSError
        If the cache file is corrupt, or can't be made because the archive is missing or corrupt
        and can't or may not be downloaded.
    ImportError
        If a download needs pooch, and pooch is not installed.

    References
    ----------
    .. [1] A. Krizhevsky, "Learning multiple layers of features from tiny images", Technical
       Report, University of Toronto, 2009. https://www.cs.toronto.edu/~kriz/cifar.html

    Examples
    --------
    >>> from skvae.datasets import fetch_cifar10
    >>> cifar = fetch_cifar10()  # doctest: +SKIP
    >>> cifar.data.reshape(-1, *cifar.image_shape).shape  # doctest: +SKIP
    (50000, 3, 32, 32)
    """
    check_choice("subset", subset, list(SUBSETS))
    check_flags(download_if_missing=download_if_missing, return_X_y=return_X_y, as_frame=as_frame)
    cache = data_folder(data_home) / "cifar10" / "cifar10.npz"
    if not cache.exists():
        _make_cache(cache, download_if_missing)
    arrays = _read_cache(cache, SUBSETS[subset])
    bunch = image_bunch(
        np.concatenate([arrays[f"X_{part}"] for part in SUBSETS[subset]]),
        np.concatenate([arrays[f"y_{part}"] for part in SUBSETS[subset]]),
        target_names=arrays["class_names"],
        image_shape=_IMAGE_SHAPE,
        descr=_describe(subset, {part: len(arrays[f"y_{part}"]) for part in _BATCHES}),
        as_frame=as_frame,
    )
    return (bunch.data, bunch.target) if return_X_y else bunch


def _make_cache(cache: Path, download_if_missing: bool) -> None:
    """Convert the archive; a missing one is downloaded first and removed afterwards."""
    archive = cache.with_name("cifar-10-binary.tar.gz")
    was_there = archive.exists()
    try:
        fetch_file(archive, _URL, _MD5, algorithm="md5", download_if_missing=download_if_missing)
    except OSError as error:
        raise OSError(f"{cache} not found, and can't be made: {error}") from error
    # Any, as savez_compressed has other keywords that are no arrays.
    arrays: dict[str, Any] = _read_archive(archive)
    with replacing(cache) as temporary:
        np.savez_compressed(temporary, **arrays)
    if not was_there:
        archive.unlink()


def _read_archive(archive: Path) -> dict[str, np.ndarray]:
    """Return the arrays of the cache file; nothing is unpacked to disk."""
    names = [_NAMES, *(name for batches in _BATCHES.values() for name in batches)]
    content = _read_members(archive, names)
    class_names = content[_NAMES].decode("ascii", errors="replace").split()
    if len(class_names) != _N_CLASSES:
        raise OSError(f"{archive}/{_NAMES} must hold {_N_CLASSES} names, got {len(class_names)}")
    arrays = {"class_names": np.array(class_names)}
    for part, batches in _BATCHES.items():
        rows = np.concatenate([_parse(content[name], f"{archive}/{name}") for name in batches])
        arrays[f"X_{part}"], arrays[f"y_{part}"] = rows[:, 1:], rows[:, 0]
    return arrays


def _read_members(archive: Path, names: list[str]) -> dict[str, bytes]:
    content = {}
    try:
        # In the order of the file, of which no more is unpacked than CIFAR-10 has.
        with (
            gzip.open(archive) as file,
            tarfile.open(fileobj=Bounded(file), mode="r|") as tar,  # type: ignore[call-overload]
        ):
            for member in tar:
                name = member.name.removeprefix(f"{_FOLDER}/")
                if name in names and (unpacked := tar.extractfile(member)) is not None:
                    content[name] = unpacked.read()
    except (EOFError, OSError, tarfile.TarError, zlib.error) as error:
        raise OSError(f"{archive} is corrupt: {error}") from error
    missing = [name for name in names if name not in content]
    if missing:
        raise OSError(f"{archive} must hold {_FOLDER}/{missing[0]}")
    return content


def _parse(content: bytes, source: str) -> np.ndarray:
    """Return the rows of a batch: the label, then the pixels."""
    n_rows, rest = divmod(len(content), 1 + _N_FEATURES)
    if rest:
        raise OSError(f"{source} must hold rows of {1 + _N_FEATURES} bytes, got {len(content)}")
    rows = np.frombuffer(content, np.uint8).reshape(n_rows, 1 + _N_FEATURES)
    if n_rows and rows[:, 0].max() >= _N_CLASSES:
        raise OSError(f"{source} must hold labels below {_N_CLASSES}, got {rows[:, 0].max()}")
    return rows


def _read_cache(cache: Path, parts: list[str]) -> dict[str, np.ndarray]:
    """Return the images of `parts`, and the other arrays."""
    keys = ["class_names", "y_train", "y_test", *(f"X_{part}" for part in parts)]
    try:
        arrays = read_npz(cache, {key: _LARGEST[key] for key in keys})
        _check(arrays, parts)
    except (OSError, ValueError) as error:
        raise OSError(
            f"{cache} is corrupt: {error}; remove it to have it downloaded again"
        ) from error
    return arrays


def _check(arrays: dict[str, np.ndarray], parts: list[str]) -> None:
    names = arrays["class_names"]
    if names.dtype.kind != "U" or names.shape != (_N_CLASSES,):
        raise ValueError(
            f"class_names must be {_N_CLASSES} strings, got {names.dtype} of shape {names.shape}"
        )
    for part in _BATCHES:
        y = arrays[f"y_{part}"]
        if y.dtype.kind not in "iu" or y.ndim != 1:
            raise ValueError(f"y_{part} must be integers in a row, got {y.dtype} of {y.shape}")
        if len(y) and not 0 <= y.min() <= y.max() < len(names):
            raise ValueError(f"y_{part} must hold indices of class_names, got {np.unique(y)[-1]}")
    for part in parts:
        X, n_rows = arrays[f"X_{part}"], len(arrays[f"y_{part}"])
        if X.dtype != np.uint8 or X.shape != (n_rows, _N_FEATURES):
            raise ValueError(
                f"X_{part} must be uint8 of shape {(n_rows, _N_FEATURES)}, "
                f"got {X.dtype} of shape {X.shape}"
            )


def _describe(subset: str, n_rows: dict[str, int]) -> str:
    held = f"{n_rows['train']} images for training and {n_rows['test']} for tests"
    if n_rows == _OFFICIAL_ROWS:
        extent = f"The cache file holds all of CIFAR-10: {held}."
    else:
        extent = (
            f"The cache file holds a subset of CIFAR-10: {held}, of\n"
            f"{_OFFICIAL_ROWS['train']} and {_OFFICIAL_ROWS['test']}. Results on it are not "
            "results on CIFAR-10."
        )
    return (
        "CIFAR-10: small colour photographs\n\n"
        f"{sum(n_rows[part] for part in SUBSETS[subset])} images of 3 x 32 x 32 values from 0 to "
        f"255 (subset {subset!r}), 10 classes\n"
        f"{extent}\n\n"
        "Source: A. Krizhevsky, 'Learning multiple layers of features from tiny images',\n"
        "Technical Report, University of Toronto, 2009.\n"
        f"Files: {_URL}\n"
    )
