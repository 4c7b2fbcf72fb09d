"""Shared parts of the loaders: the cache folder, verified downloads, checks of parameters."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from numbers import Integral
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
from sklearn.utils import Bunch

ENVIRONMENT_VARIABLE = "SKVAE_DATA"
LARGEST = 2**28  # bytes of a file, decompressed: more than any of ours has

DataHome = str | os.PathLike[str] | None


def data_folder(data_home: DataHome = None) -> Path:
    """Return the cache folder, without creating it.

    It is the first of these that is set: `data_home`, the environment variable `SKVAE_DATA`, the
    operating system's cache folder for "skvae". A leading ``~`` is expanded.
    """
    if data_home is not None and not isinstance(data_home, str | os.PathLike):
        raise TypeError(f"data_home must be a path or None, got {data_home!r}")
    chosen = data_home or os.environ.get(ENVIRONMENT_VARIABLE)
    if not chosen:
        chosen = _import_pooch("find the default cache folder").os_cache("skvae")
    return Path(chosen).expanduser()


def fetch_file(
    path: Path,
    url: str,
    digest: str,
    *,
    algorithm: str = "sha256",
    gzipped: bool = False,
    download_if_missing: bool = True,
) -> Path:
    """Make sure that `path` holds the file with this hash, and download the file if not.

    With `gzipped`, the hash is that of the decompressed bytes. An intact file is only read, so
    that the folder may be read-only and pooch absent. A corrupt file is downloaded again.

    Raises
    ------
    OSError
        If the file is missing or corrupt, and can't or may not be downloaded.
    """
    defect = file_defect(path, digest, algorithm=algorithm, gzipped=gzipped)
    if defect is None:
        return path
    if not download_if_missing:
        raise OSError(f"{path} {defect}, and download_if_missing is False")
    pooch = _import_pooch(f"download {path.name}")
    try:
        with replacing(path) as temporary:
            # Not pooch.retrieve, which can't check the hash of the decompressed bytes.
            pooch.get_logger().info("Downloading data from '%s' to file '%s'.", url, path)
            pooch.HTTPDownloader()(url, str(temporary), None)
            received = file_defect(temporary, digest, algorithm=algorithm, gzipped=gzipped)
            if received is not None:
                raise OSError(f"the received file {received}")
    except (OSError, ValueError) as error:  # ValueError: the URL is not one
        raise OSError(f"{path} {defect}, and downloading it from {url} failed: {error}") from error
    return path


def file_defect(
    path: Path, digest: str, *, algorithm: str = "sha256", gzipped: bool = False
) -> str | None:
    """Describe the defect of a file that should have this hash; None if it is intact."""
    if not path.is_file():
        return "not found"
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    try:
        with gzip.open(path) if gzipped else path.open("rb") as file:
            bounded = Bounded(file)
            while block := bounded.read(1 << 20):
                hasher.update(block)
    except (EOFError, gzip.BadGzipFile, TooLargeError, zlib.error) as error:
        return f"is corrupt: {error}"
    if hasher.hexdigest() != digest:
        return f"is corrupt: expected {algorithm} {digest}, got {hasher.hexdigest()}"
    return None


class TooLargeError(OSError):
    """Error about a file that holds more than it may, such as a bomb of zeros."""


class Bounded:
    """Binary file of which at most `LARGEST` bytes are read."""

    def __init__(self, file: gzip.GzipFile | BufferedReader) -> None:
        self._file, self._n_left = file, LARGEST

    def read(self, n_bytes: int) -> bytes:
        """Read the next bytes, `n_bytes` or fewer.

        Raises
        ------
        TooLargeError
            If there are more than may be read.
        """
        block = self._file.read(n_bytes)
        self._n_left -= len(block)
        if self._n_left < 0:
            raise TooLargeError(f"it holds more than {LARGEST:,} bytes")
        return block


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, which replaces `path` if the block ends without error.

    It lies in a temporary folder beside `path`: renaming within a file system is atomic, and the
    file has the usual permissions of the user, unlike a file made by `tempfile`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        temporary = Path(folder, path.name)
        yield temporary
        temporary.replace(path)


def check_choice(parameter: str, value: object, choices: list[Any]) -> None:
    """Raise a ValueError that names `parameter` unless `value` is one of the strings or bools."""
    if not (isinstance(value, str | bool | np.bool_) and value in choices):
        raise ValueError(f"{parameter} must be one of {choices}, got {value!r}")


def check_flags(**flags: object) -> None:
    """Raise a ValueError that names the first parameter that is no bool."""
    for parameter, value in flags.items():
        check_choice(parameter, value, [True, False])


def check_int(parameter: str, value: object, low: int) -> None:
    """Raise a ValueError that names `parameter` unless `value` is an integer >= `low`."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < low:
        raise ValueError(f"{parameter} must be an int >= {low}, got {value!r}")


def to_frames(bunch: Bunch) -> None:
    """Replace `data` and `target` of a Bunch by pandas containers, and put both into `frame`."""
    import pandas as pd

    bunch.data = pd.DataFrame(bunch.data, columns=bunch.feature_names)
    bunch.target = pd.Series(bunch.target, name="class")
    bunch.frame = pd.concat([bunch.data, bunch.target], axis=1)


def _import_pooch(purpose: str) -> ModuleType:
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            f'pooch is needed to {purpose}: pip install "skvae[datasets]", or point data_home or '
            f"the environment variable {ENVIRONMENT_VARIABLE} at a folder that holds the files"
        ) from error
    return pooch
