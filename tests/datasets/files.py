"""Small files like those that the loaders read."""

from __future__ import annotations

import io
import tarfile

import numpy as np

from skvae.datasets import _cifar10


def snapshot(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def idx(array):
    shape = np.array(array.shape, ">u4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def batches():
    """The members of an archive with 2 rows in each batch."""
    rng = np.random.default_rng(0)
    files = {"batches.meta.txt": "\n".join([*NAMES, ""]).encode()}
    for name in [*_cifar10._BATCHES["train"], *_cifar10._BATCHES["test"]]:
        rows = rng.integers(0, 256, (2, 3073), dtype=np.uint8)
        rows[:, 0] = rng.integers(0, 10, 2)
        files[name] = rows.tobytes()
    return files


def tarball(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in {"readme.html": b"", **files}.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
