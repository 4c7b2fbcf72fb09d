"""What the loaders of images share."""

from __future__ import annotations

import gzip
import hashlib
import sys

import pytest

from skvae.datasets import _base, fetch_cifar10, fetch_mnist
from skvae.datasets._base import fetch_file, file_defect, replacing
from skvae.datasets._images import pixel_names
from tests.datasets.files import snapshot


def test_hash_of_decompressed_bytes(server, tmp_path):
    folder, url = server
    digest = hashlib.sha256(b"right").hexdigest()
    (folder / "a.gz").write_bytes(gzip.compress(b"right", compresslevel=1))
    path = tmp_path / "home" / "a.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(b"right", compresslevel=9))
    before = snapshot(path.parent)
    assert fetch_file(path, f"{url}/a.gz", digest, gzipped=True) == path
    assert snapshot(path.parent) == before  # however it was compressed

    path.write_bytes(gzip.compress(b"wrong"))
    fetch_file(path, f"{url}/a.gz", digest, gzipped=True)
    assert gzip.decompress(path.read_bytes()) == b"right"


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"right")[:-9], b"right", gzip.compress(b"wrong"), b""],
    # A compressed file holds the time of day: no name for a test that two processes collect.
    ids=["cut short", "not compressed", "another", "empty"],
)
def test_bad_gzip_file_is_not_kept(content, server, tmp_path):
    folder, url = server
    (folder / "a.gz").write_bytes(content)
    path, digest = tmp_path / "home" / "a.gz", hashlib.sha256(b"right").hexdigest()
    with pytest.raises(
        OSError, match=r"a\.gz not found, and downloading .* received file is corrupt: "
    ):
        fetch_file(path, f"{url}/a.gz", digest, gzipped=True)
    assert not snapshot(path.parent)
    assert not list(path.parent.iterdir())

    path.write_bytes(content)
    with pytest.raises(OSError, match=r"a\.gz is corrupt: .*, and download_if_missing is False"):
        fetch_file(path, f"{url}/a.gz", digest, gzipped=True, download_if_missing=False)
    assert snapshot(path.parent) == {"a.gz": content}


@pytest.mark.parametrize("gzipped", [True, False])
def test_no_more_is_unpacked_than_a_file_may_hold(gzipped, tmp_path, monkeypatch):
    monkeypatch.setattr(_base, "LARGEST", 10**6)
    path = tmp_path / "a"
    for n_bytes, defect in [
        (10**6, None),
        (10**8, "is corrupt: it holds more than 1,000,000 bytes"),
    ]:
        content = bytes(n_bytes)
        path.write_bytes(gzip.compress(content, 1) if gzipped else content)
        digest = hashlib.sha256(content).hexdigest()
        assert file_defect(path, digest, gzipped=gzipped) == defect


def fail_while_writing(path):
    with replacing(path) as temporary:
        temporary.write_bytes(b"half")
        raise KeyboardInterrupt


def test_a_file_appears_as_a_whole_or_not_at_all(tmp_path):
    path = tmp_path / "folder" / "a"
    for before in ({}, {"a": b"old"}):
        for name, content in before.items():
            path.with_name(name).write_bytes(content)
        with pytest.raises(KeyboardInterrupt):
            fail_while_writing(path)
        assert snapshot(path.parent) == before
    with replacing(path) as temporary:
        temporary.write_bytes(b"new")
    assert snapshot(path.parent) == {"a": b"new"}
    beside = path.with_name("b")
    beside.touch()
    assert path.stat().st_mode == beside.stat().st_mode  # not for its owner alone


def test_pixel_names():
    assert pixel_names((2, 2)) == ["pixel_0_0", "pixel_0_1", "pixel_1_0", "pixel_1_1"]
    assert pixel_names((3, 1, 2)) == [
        "red_0_0", "red_0_1", "green_0_0", "green_0_1", "blue_0_0", "blue_0_1"
    ]  # fmt: skip


@pytest.mark.parametrize("fetch", [fetch_mnist, fetch_cifar10])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"subset": "validation"}, r"subset must be one of \['train', 'test', 'all'\], got 'val"),
        ({"subset": None}, "subset must be one of"),
        ({"as_frame": "auto"}, "as_frame must be one of"),
        ({"return_X_y": 1}, "return_X_y must be one of"),
        ({"download_if_missing": None}, "download_if_missing must be one of"),
    ],
)
def test_bad_arguments(fetch, arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        fetch(data_home=tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("fetch", [fetch_mnist, fetch_cifar10])
def test_missing_files(fetch, tmp_path, monkeypatch):
    with pytest.raises(OSError, match=r"not found.* download_if_missing is False"):
        fetch(data_home=tmp_path, download_if_missing=False)
    assert not list(tmp_path.iterdir())
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r'pip install "skvae\[datasets\]"'):
        fetch(data_home=tmp_path)


@pytest.mark.parametrize("fetch", [fetch_mnist, fetch_cifar10])
def test_cache_folder_that_cannot_be_made(fetch, fake_mnist, fake_cifar, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        fetch(data_home=tmp_path / "file")
