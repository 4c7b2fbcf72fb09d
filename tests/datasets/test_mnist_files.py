"""The loader of MNIST."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skvae.datasets import fetch_mnist
from skvae.datasets._idx import parse_idx
from skvae.datasets._images import pixel_names
from tests.datasets.files import idx, snapshot
from tests.helpers import needs_data


@needs_data
def test_mnist():
    mnist = fetch_mnist()
    assert mnist.data.shape == (60_000, 784)
    assert mnist.data.dtype == np.uint8
    assert mnist.target.dtype == np.int64
    assert mnist.target[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(mnist.target)[[0, 1, 5]].tolist() == [5923, 6742, 5421]
    # Mean and standard deviation that everyone normalises MNIST with.
    assert round(mnist.data.mean() / 255, 4) == 0.1307
    assert round(mnist.data.std() / 255, 4) == 0.3081
    assert mnist.target_names[mnist.target[0]] == "5"
    assert "60000 images" in mnist.DESCR

    test = fetch_mnist(subset="test")
    assert test.data.shape == (10_000, 784)
    assert test.target[:5].tolist() == [7, 2, 1, 0, 4]


def test_mnist_download(fake_mnist, tmp_path):
    home = tmp_path / "home"
    train = fetch_mnist(data_home=home)
    assert_array_equal(train.target, range(5))
    assert train.data.tobytes() == fake_mnist["train-images-idx3-ubyte"][16:]
    assert set(snapshot(home)) == {  # no more than was asked for
        "mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"
    }  # fmt: skip
    both = fetch_mnist(subset="all", data_home=home)
    test = fetch_mnist(subset="test", data_home=home, download_if_missing=False)
    assert_array_equal(both.data, np.concatenate([train.data, test.data]))
    assert_array_equal(both.target, [0, 1, 2, 3, 4, 1, 2, 3])


def test_mnist_containers(fake_mnist, tmp_path):
    bunch = fetch_mnist(data_home=tmp_path)
    assert bunch.frame is None
    assert bunch.data.reshape(-1, *bunch.image_shape).shape == (5, 28, 28)
    bunch.data[:] = 0  # the caller's own
    frames = fetch_mnist(data_home=tmp_path, as_frame=True)
    assert isinstance(frames.target, pd.Series)
    assert list(frames.data.columns) == bunch.feature_names == pixel_names((28, 28))
    assert list(frames.frame.columns) == [*bunch.feature_names, "class"]
    assert (frames.data.dtypes == np.uint8).all()
    X, y = fetch_mnist(data_home=tmp_path, return_X_y=True, as_frame=True)
    pd.testing.assert_frame_equal(X, frames.data)
    pd.testing.assert_series_equal(y, frames.target)


@pytest.fixture
def unpacked(fake_mnist, tmp_path):
    """A cache folder with plain files, that can't be written."""
    folder = tmp_path / "home" / "mnist"
    folder.mkdir(parents=True)
    for name, content in fake_mnist.items():
        (folder / name).write_bytes(content)
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def test_mnist_plain_files_in_a_read_only_folder(unpacked, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)  # an import of pooch would fail
    before = snapshot(unpacked)
    assert_array_equal(fetch_mnist(data_home=unpacked.parent).target, range(5))
    assert snapshot(unpacked) == before


def test_mnist_corrupt_plain_file_is_named_and_kept(unpacked):
    path = unpacked / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    before = snapshot(unpacked)
    with pytest.raises(OSError, match=r"train-labels-idx1-ubyte is corrupt: .*; remove it"):
        fetch_mnist(data_home=unpacked.parent)
    assert snapshot(unpacked) == before


LABELS = idx(np.arange(3, dtype=np.uint8))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"some/labels must be an IDX file .* with 1 dim.* 0x00000801, got 0x$"),
        (b"\0\0\x08\x03" + LABELS[4:], "labels must .* 0x00000801, got 0x00000803"),
        (b"\0\0\x0d\x01" + LABELS[4:], "labels must .* got 0x00000d01"),
        (LABELS[:6], "labels must begin with 8 bytes of header, got 6"),
        (LABELS[:-1], r"labels must hold 11 bytes for the shape \(3,\), got 10"),
        (LABELS + b"\0", "labels must hold 11 bytes .* got 12"),
        (LABELS[:4] + b"\xff" * 4, r"labels must hold 4294967303 bytes .*\(4294967295,\), got 8"),
    ],
)
def test_idx_errors(content, message):
    with pytest.raises(ValueError, match=message):
        parse_idx(content, 1, Path("some/labels"))


def test_idx_round_trip():
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert_array_equal(parse_idx(idx(array), 3, Path("a")), array)
