"""CelebA: faces of celebrities, from a folder of the user."""

from __future__ import annotations

import hashlib
import io
import math
import os
import warnings
from itertools import islice
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from sklearn.utils import Bunch

from ._base import DataHome, check_flags, check_int, data_folder, replacing
from ._images import pixel_names

_IMAGES = "img_align_celeba"
_ATTRIBUTES = "list_attr_celeba.txt"
_BLOCK = 1 << 20  # bytes


@overload
def load_celeba(
    folder: str | os.PathLike[str],
    *,
    image_size: int = ...,
    n_samples: int | None = ...,
    data_home: DataHome = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
    verbose: bool = ...,
) -> Bunch: ...


@overload
def load_celeba(
    folder: str | os.PathLike[str],
    *,
    image_size: int = ...,
    n_samples: int | None = ...,
    data_home: DataHome = ...,
    return_X_y: Literal[True],
    as_frame: bool = ...,
    verbose: bool = ...,
) -> tuple[Any, Any]: ...


def load_celeba(
    folder: str | os.PathLike[str],
    *,
    image_size: int = 64,
    n_samples: int | None = None,
    data_home: DataHome = None,
    return_X_y: bool = False,
    as_frame: bool = False,
    verbose: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load the aligned faces of CelebA [1]_ and their 40 attributes (multi-label).

    The licence of CelebA does not allow skvae to download it: get the 202,599 images from the
    authors. The first call resizes the central squares and writes them into one file of the cache
    folder, which takes a few minutes and 2.5 GB for all images at 64 x 64. Later calls only verify
    that file, which takes seconds, and open it; rows are read into memory when they are used.

    Parameters
    ----------
    folder : path-like
        The folder that holds ``img_align_celeba/*.jpg`` and ``list_attr_celeba.txt``. Images that
        are not in the list are ignored.
    image_size : int, default=64
        Height and width of the resized images in pixels, at least 1.
    n_samples : int or None, default=None
        Number of images to load, the first ones of the list, at least 1. None stands for all.
    data_home : path-like or None, default=None
        The cache folder, in which ``celeba/*.npy`` is written, one file for each `folder`,
        `image_size` and list of images. Remove the file if images change under the same names.
        None stands for the folder that the environment variable `SKVAE_DATA` names, or else the
        operating system's cache folder.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, `target` is a DataFrame. `data` stays an array, as a DataFrame would need all rows
        in memory.
    verbose : bool, default=False
        If True, print the number of resized images.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : memmap of shape (n_samples, 3 * image_size**2), uint8, read-only
            The red values row by row, 0 to 255, then the green ones, then the blue ones.
        target : {ndarray, DataFrame} of shape (n_samples, 40), bool
            The attributes of each face.
        feature_names : list of str
            "<colour>_<row>_<column>".
        target_names : ndarray of shape (40,), str
            The names of the attributes.
        filenames : list of str
            The file of each image.
        image_shape : tuple
            (3, image_size, image_size): ``data.reshape(-1, *image_shape)`` are the images.
        DESCR : str
            Source and size.
    (data, target) : tuple
        With ``return_X_y=True``.

    Raises
    ------
    ValueError
        If `image_size` or `n_samples` is out of range, or the list of attributes is malformed.
    OSError
        If the list of attributes or an image is missing, a file is no intact image, or the cache
        file is corrupt or can't be written.
    ImportError
        If images have to be resized and pillow is not installed.

    References
    ----------
    .. [1] Z. Liu, P. Luo, X. Wang, X. Tang, "Deep learning face attributes in the wild",
       ICCV, 2015. :doi:`10.1109/ICCV.2015.425`
       https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html

    Examples
    --------
    >>> from skvae.datasets import load_celeba
    >>> faces = load_celeba("~/celeba", n_samples=1000)  # doctest: +SKIP
    >>> faces.data.shape  # doctest: +SKIP
    (1000, 12288)
    """
    check_int("image_size", image_size, 1)
    if n_samples is not None:
        check_int("n_samples", n_samples, 1)
    check_flags(return_X_y=return_X_y, as_frame=as_frame, verbose=verbose)
    folder = Path(folder).expanduser()
    if not ((folder / _ATTRIBUTES).is_file() and (folder / _IMAGES).is_dir()):
        raise FileNotFoundError(
            f"{folder} must hold the list {_ATTRIBUTES} and the folder {_IMAGES} of images"
        )
    filenames, names, attributes = _read_attributes(folder / _ATTRIBUTES, n_samples)
    image_shape = (3, int(image_size), int(image_size))
    cache = data_folder(data_home) / "celeba" / _cache_name(folder, filenames, image_shape)
    if not cache.exists():
        _make_cache(cache, folder / _IMAGES, filenames, image_shape, verbose)
    bunch = Bunch(
        data=_open_cache(cache, len(filenames), image_shape),
        target=attributes,
        feature_names=pixel_names(image_shape),
        target_names=np.array(names),
        filenames=filenames,
        image_shape=image_shape,
        DESCR=_describe(len(filenames), image_shape),
    )
    if as_frame:
        import pandas as pd

        bunch.target = pd.DataFrame(attributes, columns=names)
    return (bunch.data, bunch.target) if return_X_y else bunch


def _read_attributes(path: Path, n_samples: int | None) -> tuple[list[str], list[str], np.ndarray]:
    """Return file names, attribute names, and the attributes of the first images.

    The first line is the number of images, the second line names the attributes. Each other line
    is a file name and 1 or -1 for each attribute.
    """
    with path.open(encoding="ascii", errors="replace") as file:
        announced = file.readline().strip()
        names = file.readline().split()
        rows = filter(str.strip, file)  # no blank lines
        lines = [line.split() for line in islice(rows, n_samples)]
        n_rows = len(lines) + sum(1 for _ in rows)
    if not n_rows or announced != str(n_rows):
        raise ValueError(
            f"{path} must begin with the number of its rows, got {announced!r} and {n_rows} rows"
        )
    if n_samples is not None and n_samples > n_rows:
        raise ValueError(f"n_samples must be at most {n_rows}, the rows of {path}, got {n_samples}")
    attributes = np.empty((len(lines), len(names)), dtype=bool)
    for row, (line, values) in enumerate(zip(lines, attributes, strict=True)):
        if len(line) != 1 + len(names) or not {"1", "-1"}.issuperset(line[1:]):
            raise ValueError(
                f"{path} must hold a file name and {len(names)} values of 1 or -1 in each row, "
                f"got {' '.join(line)!r} in row {row + 1}"
            )
        values[:] = [value == "1" for value in line[1:]]
    return [line[0] for line in lines], names, attributes


def _cache_name(folder: Path, filenames: list[str], image_shape: tuple[int, ...]) -> str:
    """Name of the cache file, which depends on the folder, the list of images and their size."""
    key = "\n".join([str(folder.resolve()), *filenames])
    return f"{image_shape[-1]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"


def _make_cache(
    cache: Path, images: Path, filenames: list[str], image_shape: tuple[int, ...], verbose: bool
) -> None:
    """Resize all images into one .npy file, one after the other; its sha256 follows at the end."""
    present = {entry.name for entry in os.scandir(images)}
    missing = [name for name in filenames if name not in present]
    if missing:  # checked before the minutes of resizing
        others = f" (nor are {len(missing) - 1} others)" if missing[1:] else ""
        raise FileNotFoundError(f"{images / missing[0]} is listed but not there{others}")
    # Not written through a memmap, which ends the process if the disk is full.
    with replacing(cache) as temporary, temporary.open("wb") as file:
        header = _header(len(filenames), image_shape)
        digest = hashlib.sha256(header)
        file.write(header)
        for n_done, name in enumerate(filenames):
            if verbose and n_done % 5000 == 0:
                print(f"[load_celeba] {n_done} of {len(filenames)} images", flush=True)
            pixels = _read_image(images / name, image_shape[-1]).tobytes()
            digest.update(pixels)
            file.write(pixels)
        file.write(digest.digest())


def _header(n_rows: int, image_shape: tuple[int, ...]) -> bytes:
    """Return the header of a .npy file of images."""
    file = io.BytesIO()
    shape = (n_rows, math.prod(image_shape))
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


def _read_image(path: Path, image_size: int) -> np.ndarray:
    """Return the central square of an image, resized, of shape (3, image_size, image_size)."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            'pillow is needed to read images: pip install "skvae[datasets]"'
        ) from error
    # An image of more than Image.MAX_IMAGE_PIXELS is an error too, before it is decoded.
    bombs = Image.DecompressionBombWarning, Image.DecompressionBombError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["JPEG"]) as image:
                side = min(image.size)
                left, top = (image.width - side) // 2, (image.height - side) // 2
                # Cropped first, as resize(box=...) mixes in pixels from outside of the box.
                square = image.convert("RGB").crop((left, top, left + side, top + side))
                resized = square.resize((image_size, image_size), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError, *bombs) as error:
        raise OSError(f"{path} is not an intact JPEG image: {error}") from error
    return np.asarray(resized).transpose(2, 0, 1)


def _open_cache(cache: Path, n_rows: int, image_shape: tuple[int, ...]) -> np.memmap:
    """Open the cache file read-only, after a check of its header, its size and its sha256."""
    header = _header(n_rows, image_shape)
    shape = (n_rows, math.prod(image_shape))
    n_bytes = len(header) + math.prod(shape)
    digest = hashlib.sha256()
    with cache.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        begins_right = file.read(len(header)) == header
        if begins_right and size == n_bytes + digest.digest_size:
            file.seek(0)
            for start in range(0, n_bytes, _BLOCK):
                digest.update(file.read(min(_BLOCK, n_bytes - start)))
            if file.read() == digest.digest():
                return np.memmap(cache, np.uint8, "r", offset=len(header), shape=shape)
    raise OSError(
        f"{cache} is corrupt: expected intact images of shape {shape}; remove it to have it made "
        "again"
    )


def _describe(n_rows: int, image_shape: tuple[int, ...]) -> str:
    size = " x ".join(map(str, image_shape))
    return (
        "CelebA: faces of celebrities\n\n"
        f"{n_rows} images of {size} values from 0 to 255, and their attributes\n"
        "CelebA has 202,599 images. They were cropped to their central squares and resized.\n\n"
        "Source: Z. Liu, P. Luo, X. Wang, X. Tang, 'Deep learning face attributes in the wild',\n"
        "ICCV, 2015. For non-commercial research only: see its terms of use at\n"
        "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html\n"
    )
