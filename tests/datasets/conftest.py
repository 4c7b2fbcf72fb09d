"""Servers of small files in place of the real ones."""

from __future__ import annotations

import gzip
import hashlib

import numpy as np
import pytest

from skvae.datasets import _cifar10, _mnist
from tests.datasets.files import batches, idx, tarball


@pytest.fixture
def fake_mnist(server, monkeypatch):
    """Let fetch_mnist download files of 5 and 3 images; yields them by their names."""
    folder, url = server
    rng = np.random.default_rng(0)
    files, table = {}, {}
    for part, n in (("train", 5), ("test", 3)):
        images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        labels = np.arange(n, dtype=np.uint8) + (part == "test")
        contents = [idx(images), idx(labels)]
        names = list(_mnist._FILES[part])
        files.update(zip(names, contents, strict=True))
        table[part] = {name: hashlib.sha256(files[name]).hexdigest() for name in names}
    for name, content in files.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    monkeypatch.setattr(_mnist, "_FILES", table)
    monkeypatch.setattr(_mnist, "_BASE_URL", url)
    return files


@pytest.fixture
def fake_cifar(server, monkeypatch):
    """Let fetch_cifar10 download what is given to it, a tiny archive at first."""
    folder, url = server

    def serve(content):
        (folder / "cifar.tar.gz").write_bytes(content)
        monkeypatch.setattr(_cifar10, "_URL", f"{url}/cifar.tar.gz")
        monkeypatch.setattr(_cifar10, "_MD5", hashlib.md5(content).hexdigest())

    serve(tarball(batches()))
    return serve
