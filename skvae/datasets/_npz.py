"""Arrays in .npz files, of which nothing is read before its header is checked."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.lib import format as npy


def read_npz(path: Path, largest: Mapping[str, int]) -> dict[str, np.ndarray]:
    """Return the arrays of the names in `largest`, each of at most so many bytes.

    `numpy.load` would allocate whatever a header claims, and read members that are no arrays whole.

    Raises
    ------
    ValueError, OSError
        If the file is no such archive or an array is missing, too large, pickled or torn. (Which
        error numpy or zipfile raises depends on the bytes that are wrong.)
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _read(archive, name, n_bytes) for name, n_bytes in largest.items()}
    # RuntimeError: encrypted, an unknown compression, or a header nested too deeply.
    except (EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(str(error)) from error


def _read(archive: zipfile.ZipFile, name: str, n_bytes: int) -> np.ndarray:
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} must be stored or deflated")
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version != (1, 0):  # the header of others may claim gigabytes itself
            raise ValueError(f"{name} must have a header of version (1, 0), got {version}")
        shape, _, dtype = npy.read_array_header_1_0(file)
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > n_bytes:
            raise ValueError(
                f"{name} must hold at most {n_bytes:,} bytes, got a header of shape {shape} and "
                f"type {dtype}"
            )
        file.seek(0)
        array = npy.read_array(file, allow_pickle=False)
        if file.read(1):
            raise ValueError(f"{name} holds more bytes than its header says")
    return array
