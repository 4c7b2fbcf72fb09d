"""The cache folder and the verified download that all loaders share."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from types import ModuleType

ENVIRONMENT_VARIABLE = "SKVAE_DATA"


def data_folder(data_home: str | os.PathLike[str] | None = None) -> Path:
    """Return the cache folder, without creating it.

    The first that is given counts: `data_home`, the environment variable `SKVAE_DATA`, the
    operating system's cache folder for "skvae". A leading ``~`` is expanded.
    """
    if data_home is not None and not isinstance(data_home, str | os.PathLike):
        raise TypeError(f"data_home must be a path or None, got {data_home!r}")
    chosen = data_home or os.environ.get(ENVIRONMENT_VARIABLE)
    if not chosen:
        chosen = _import_pooch("find the default cache folder").os_cache("skvae")
    return Path(chosen).expanduser()


def fetch_file(path: Path, url: str, sha256: str, *, download_if_missing: bool = True) -> Path:
    """Make sure that `path` holds the file with this hash; download it only if it does not.

    An intact file is only read, so that the folder may be read-only and pooch absent. A corrupt
    one is downloaded again: it is of no use to anyone.

    Raises
    ------
    OSError
        If the file is missing or corrupt, and can't or may not be downloaded.
    """
    if path.is_file():
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if actual == sha256:
            return path
        problem = f"{path} is corrupt: expected sha256 {sha256}, got {actual}"
    else:
        problem = f"{path} not found"
    if not download_if_missing:
        raise OSError(f"{problem}, and download_if_missing is False")
    pooch = _import_pooch(f"download {path.name}")
    try:
        # pooch writes to a temporary name beside the file, checks the hash, then renames.
        pooch.retrieve(url, known_hash=f"sha256:{sha256}", fname=path.name, path=path.parent)
    except (OSError, ValueError) as error:  # ValueError: what came has the wrong hash
        raise OSError(f"{problem}, and downloading it from {url} failed: {error}") from error
    return path


def _import_pooch(purpose: str) -> ModuleType:
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            f'pooch is needed to {purpose}: pip install "skvae[datasets]", or point data_home or '
            f"the environment variable {ENVIRONMENT_VARIABLE} at a folder that holds the files"
        ) from error
    return pooch
