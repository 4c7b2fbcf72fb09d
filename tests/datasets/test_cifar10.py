"""The loader of CIFAR-10."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skvae.datasets import _cifar10, fetch_cifar10
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
