"""The loader of CIFAR-10."""

from __future__ import annotations

import gzip
import io
import pickle
import sys
import tarfile
import tracemalloc
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skvae.datasets import _base, _cifar10, fetch_cifar10
from skvae.datasets._images import pixel_names
from tests.datasets.files import NAMES, batches, snapshot, tarball
from tests.helpers import needs_data


@needs_data
def test_cifar10():
    train, test = fetch_cifar10(), fetch_cifar10(subset="test")
    for part in (train, test):
        assert part.data.dtype == np.uint8
        assert part.data.shape == (len(part.target), 3072)
        assert len(set(np.bincount(part.target, minlength=10))) == 1  # balanced
        assert part.target_names[[0, 9]].tolist() == ["airplane", "truck"]
        assert f"{len(train.data)} images for training and {len(test.data)} for" in part.DESCR
    assert ("holds a subset of CIFAR-10" in train.DESCR) == (len(train.data) < 50_000)
    # Channel-first: neighbouring pixels are more alike than those of another order would be.
    images = train.data[:500].reshape(-1, *train.image_shape).astype(float)
    assert np.abs(np.diff(images, axis=3)).mean() < 20


def test_cifar10_download_and_conversion(fake_cifar, tmp_path, monkeypatch):
    train = fetch_cifar10(data_home=tmp_path / "home")
    files = batches()
    rows = b"".join(files[name] for name in _cifar10._BATCHES["train"])
    expected = np.frombuffer(rows, np.uint8).reshape(10, 3073)
    assert_array_equal(train.data, expected[:, 1:])
    assert_array_equal(train.target, expected[:, 0])
    assert train.target_names.tolist() == NAMES
    assert "10 images for training and 2 for tests" in train.DESCR
    # Only the cache file stays, and is all that later calls need.
    assert list(snapshot(tmp_path / "home")) == ["cifar10/cifar10.npz"]
    with np.load(tmp_path / "home/cifar10/cifar10.npz", allow_pickle=False) as cache:
        assert set(cache) == {"X_train", "y_train", "X_test", "y_test", "class_names"}
        assert cache["X_test"].dtype == cache["y_test"].dtype == np.uint8
    monkeypatch.setitem(sys.modules, "pooch", None)
    both = fetch_cifar10(subset="all", data_home=tmp_path / "home")
    assert len(both.data) == 12
    X, y = fetch_cifar10(subset="test", data_home=tmp_path / "home", return_X_y=True, as_frame=True)
    assert_array_equal(X, both.data[10:])
    assert_array_equal(y, both.target[10:])
    assert list(X.columns) == pixel_names((3, 32, 32))


def test_cifar10_archive_of_the_user(fake_cifar, server, tmp_path, monkeypatch):
    archive = tmp_path / "home/cifar10/cifar-10-binary.tar.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes((server[0] / "cifar.tar.gz").read_bytes())
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert len(fetch_cifar10(data_home=tmp_path / "home", download_if_missing=False).data) == 10
    assert archive.exists()  # not ours to drop


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data_batch_3.bin": b"\1" * 3072}, r"data_batch_3\.bin must hold rows of 3073 bytes"),
        ({"test_batch.bin": None}, r"tar\.gz must hold cifar-10-batches-bin/test_batch\.bin"),
        ({"test_batch.bin": b"\x0a" * 3073}, r"test_batch\.bin must hold labels below 10, got 10"),
        ({"batches.meta.txt": b"cat dog"}, r"batches\.meta\.txt must hold 10 names, got 2"),
    ],
)
def test_cifar10_bad_archive(fake_cifar, tmp_path, change, message):
    files = {k: v for k, v in {**batches(), **change}.items() if v is not None}
    fake_cifar(tarball(files))
    with pytest.raises(OSError, match=message):
        fetch_cifar10(data_home=tmp_path / "home")
    # The archive is whole, so it stays; nothing of the cache file does.
    assert list(snapshot(tmp_path / "home")) == ["cifar10/cifar-10-binary.tar.gz"]


def test_cifar10_download_with_wrong_hash(fake_cifar, tmp_path, monkeypatch):
    monkeypatch.setattr(_cifar10, "_MD5", "0" * 32)
    with pytest.raises(OSError, match=r"cifar10\.npz not found, .*expected md5 000.*, got "):
        fetch_cifar10(data_home=tmp_path / "home")
    assert not snapshot(tmp_path / "home")


def cache_content(**change):
    arrays = {
        "X_train": np.zeros((2, 3072), np.uint8),
        "y_train": np.zeros(2, np.uint8),
        "X_test": np.zeros((1, 3072), np.uint8),
        "y_test": np.zeros(1, np.uint8),
        "class_names": np.array(NAMES),
        **change,
    }
    buffer = io.BytesIO()
    np.savez(buffer, **{key: array for key, array in arrays.items() if array is not None})
    return buffer.getvalue()


def npy_header(shape, dtype="|u1"):
    buffer = io.BytesIO()
    header = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue()


def planted(name, member, compression=zipfile.ZIP_DEFLATED):
    """A cache file of which one member has this content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(cache_content())) as old, zipfile.ZipFile(buffer, "w") as new:
        for info in old.infolist():
            content = member if info.filename == f"{name}.npy" else old.read(info)
            new.writestr(info.filename, content, compression)
    return buffer.getvalue()


HUGE = {
    "rows": ("X_train", npy_header((10**9, 3072))),
    "labels": ("y_test", npy_header((10**12,), "<i8")),
    "names": ("class_names", npy_header((10,), "<U99999999")),
    "overflow": ("X_train", npy_header((2**40, 2**40, 2**40))),
    "negative": ("X_train", npy_header((-1, 3072))),
    "no array": ("X_train", bytes(2 * 10**7)),
    "header": ("X_train", b"\x93NUMPY\2\0" + b"\xff" * 4 + b" " * 2 * 10**7),
    "tail": ("y_train", npy_header((2,)) + bytes(2 * 10**7)),
}


@pytest.mark.parametrize("bomb", HUGE)
def test_cifar10_bomb_in_the_cache_file(bomb, tmp_path):
    path = tmp_path / "cifar10/cifar10.npz"
    path.parent.mkdir()
    path.write_bytes(planted(*HUGE[bomb]))
    tracemalloc.start()
    with pytest.raises(OSError, match=r"is corrupt: .*remove it") as caught:
        fetch_cifar10(data_home=tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**23
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["bomb", "bomb/readme.html", "batch", "extended header"])
def test_cifar10_bomb_in_the_archive(name, fake_cifar, tmp_path, monkeypatch):
    monkeypatch.setattr(_base, "LARGEST", 10**5)
    files = batches()
    if name == "batch":
        files["data_batch_1.bin"] = bytes(3073 * 10**4)
    elif name != "extended header":
        files = {name: bytes(10**7), **files}
    content = tarball(files)
    if name == "extended header":
        header = tarfile.TarInfo("pax")
        header.type, header.size = tarfile.XHDTYPE, 10**7
        content = gzip.compress(header.tobuf() + bytes(10**7) + gzip.decompress(content))
    fake_cifar(content)
    monkeypatch.setattr(_base, "file_defect", lambda *args, **kwargs: None)  # the hash is right
    archive = tmp_path / "home" / "cifar10" / "cifar-10-binary.tar.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(content)
    with pytest.raises(OSError, match=r"tar\.gz is corrupt: it holds more than 100,000 bytes"):
        fetch_cifar10(data_home=tmp_path / "home")
    assert list(snapshot(tmp_path / "home")) == ["cifar10/cifar-10-binary.tar.gz"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "corrupt"),
        (b"no zip file", "corrupt"),
        (cache_content()[:-100], "corrupt"),
        (cache_content(y_test=None), "corrupt: .*y_test"),
        (cache_content(X_train=np.zeros((2, 3072))), "X_train must be uint8 of shape .* float64"),
        (cache_content(X_train=np.zeros((3, 3072), np.uint8)), r"X_train must be .*\(3, 3072\)"),
        (cache_content(y_train=np.array([0, 10])), "y_train must hold indices of class_names"),
        (cache_content(class_names=np.array(NAMES, dtype=object)), "allow_pickle=False"),
        (cache_content(X_train=np.zeros((2, 3072), object)), "allow_pickle=False"),
        (pickle.dumps(np.array(NAMES, dtype=object)), "corrupt"),
        (cache_content(y_test=np.zeros(1)), "y_test must be integers in a row, got float64"),
        (cache_content(y_test=np.uint8(0)), r"y_test must be integers in a row, got uint8 of \(\)"),
        (cache_content(y_test=np.array([-1])), "y_test must hold indices of class_names"),
        (cache_content(class_names=np.arange(10)), "class_names must be 10 strings, got int64"),
        (cache_content(class_names=np.array(NAMES[:9])), r"class_names must be .*shape \(9,\)"),
        (planted("y_test", npy_header((1,)) + b"\0", zipfile.ZIP_LZMA), "stored or deflated"),
    ],
)
def test_cifar10_bad_cache_file(content, message, tmp_path):
    path = tmp_path / "cifar10/cifar10.npz"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(OSError, match=message) as caught:
        fetch_cifar10(data_home=tmp_path)
    assert f"{path} is corrupt" in str(caught.value)
    assert "remove it" in str(caught.value)
    assert snapshot(tmp_path) == {"cifar10/cifar10.npz": content}
