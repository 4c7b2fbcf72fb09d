"""The IDX format of MNIST and its relatives."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

_UNSIGNED_BYTE = 8


def parse_idx(content: bytes, n_dimensions: int, path: Path) -> np.ndarray:
    """Return the array of unsigned bytes in an IDX file, read-only.

    A file begins with two zero bytes, the type of the numbers and the number of dimensions. The
    dimensions follow as big-endian 32-bit integers, then the numbers, the last index fastest.
    Errors name `path`.

    Raises
    ------
    ValueError
        If the magic number, the dimensions or the length of the file are wrong.
    """
    magic, expected = content[:4], bytes([0, 0, _UNSIGNED_BYTE, n_dimensions])
    if magic != expected:
        raise ValueError(
            f"{path} must be an IDX file of unsigned bytes with {n_dimensions} dimension(s), "
            f"which begins with 0x{expected.hex()}, got 0x{magic.hex()}"
        )
    start = 4 + 4 * n_dimensions
    if len(content) < start:
        raise ValueError(f"{path} must begin with {start} bytes of header, got {len(content)}")
    shape = np.frombuffer(content, ">u4", count=n_dimensions, offset=4).tolist()
    if len(content) != start + math.prod(shape):
        raise ValueError(
            f"{path} must hold {start + math.prod(shape)} bytes for the shape {tuple(shape)}, "
            f"got {len(content)}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
