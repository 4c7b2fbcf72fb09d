"""The image loaders of skvae.datasets, and the generated sprites."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skvae.datasets import (
    _celeba,
    _cifar10,
    _mnist,
    fetch_cifar10,
    fetch_mnist,
    load_celeba,
    make_sprites,
)
from skvae.datasets._base import fetch_file, replacing
from skvae.datasets._idx import parse_idx
from skvae.datasets._images import pixel_names


def needs_data(test):
    """Mark a test that reads the real files."""
    reason = "SKVAE_DATA, the folder of the real files, is unset"
    return pytest.mark.data(pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason=reason)(test))


def snapshot(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def idx(array):
    shape = np.array(array.shape, ">u4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


# --- what the loaders share ---------------------------------------------------------------------


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


# --- MNIST --------------------------------------------------------------------------------------


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
    ],
)
def test_idx_errors(content, message):
    with pytest.raises(ValueError, match=message):
        parse_idx(content, 1, Path("some/labels"))


def test_idx_round_trip():
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert_array_equal(parse_idx(idx(array), 3, Path("a")), array)


# --- CIFAR-10 -----------------------------------------------------------------------------------


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


# --- CelebA -------------------------------------------------------------------------------------

ATTRIBUTES = [f"Attribute_{number}" for number in range(40)]


@pytest.fixture
def celeba(tmp_path, monkeypatch):
    """A folder of 4 images, 18 x 22, with a red square on blue, and their attributes."""
    image = pytest.importorskip("PIL.Image")
    monkeypatch.setenv("SKVAE_DATA", str(tmp_path / "home"))
    folder = tmp_path / "faces"
    (folder / "img_align_celeba").mkdir(parents=True)
    lines = ["4", " ".join(ATTRIBUTES)]
    for number in range(4):
        pixels = np.zeros((22, 18, 3), np.uint8)
        pixels[..., 2] = 255
        pixels[2:20] = [60 * number, 0, 0]  # the central square
        name = f"{number + 1:06}.jpg"
        image.fromarray(pixels).save(folder / "img_align_celeba" / name, quality=100, subsampling=0)
        signs = ["1" if bit == number else "-1" for bit in range(40)]
        lines.append(f"{name}  {'  '.join(signs)}")
    (folder / "list_attr_celeba.txt").write_text("\n".join([*lines, ""]))
    return folder


def test_celeba(celeba, tmp_path):
    faces = load_celeba(celeba, image_size=6)
    assert isinstance(faces.data, np.memmap)
    assert not faces.data.flags.writeable
    assert faces.data.dtype == np.uint8
    assert faces.data.shape == (4, 108)
    assert faces.image_shape == (3, 6, 6)
    channels = faces.data.reshape(4, 3, 36).astype(int)
    # JPEG is lossy; the blue above and below the central square is cut off.
    assert np.abs(channels - np.array([0, 60, 120, 180])[:, None, None] * [[1], [0], [0]]).max() < 9
    assert faces.feature_names == pixel_names((3, 6, 6))
    assert faces.target.dtype == bool
    assert_array_equal(faces.target, np.eye(4, 40, dtype=bool))
    assert faces.target_names.tolist() == ATTRIBUTES
    assert faces.filenames == ["000001.jpg", "000002.jpg", "000003.jpg", "000004.jpg"]
    assert "4 images of 3 x 6 x 6" in faces.DESCR
    assert len(snapshot(tmp_path / "home")) == 1


def test_celeba_containers(celeba):
    faces = load_celeba(celeba, image_size=6, as_frame=True)
    assert isinstance(faces.data, np.memmap)
    assert list(faces.target.columns) == ATTRIBUTES
    X, y = load_celeba(celeba, image_size=6, return_X_y=True)
    assert_array_equal(X, faces.data)
    assert_array_equal(y, faces.target)


def test_celeba_is_resized_once(celeba, tmp_path, capsys, monkeypatch):
    first = load_celeba(celeba, image_size=6, verbose=True)
    assert capsys.readouterr().out == "[load_celeba] 0 of 4 images\n"
    before = snapshot(tmp_path / "home")
    monkeypatch.setattr(_celeba, "_make_cache", None)  # no images are read
    assert_array_equal(load_celeba(str(celeba), image_size=6).data, first.data)
    assert snapshot(tmp_path / "home") == before
    with pytest.raises(TypeError):
        load_celeba(celeba, image_size=5)  # another size is another file


def test_celeba_first_images(celeba, tmp_path):
    (celeba / "img_align_celeba" / "000003.jpg").unlink()
    few = load_celeba(celeba, image_size=6, n_samples=2, data_home=tmp_path / "other")
    assert few.data.shape == (2, 108)
    assert few.target.shape == (2, 40)
    assert len(snapshot(tmp_path / "other")) == 1
    with pytest.raises(ValueError, match=r"n_samples must be at most 4, .* got 5"):
        load_celeba(celeba, n_samples=5)


def test_celeba_bad_images(celeba, tmp_path):
    last = celeba / "img_align_celeba" / "000004.jpg"
    content = last.read_bytes()
    for bad in (content[: len(content) // 2], b"", b"no image"):
        last.write_bytes(bad)
        with pytest.raises(OSError, match=r"000004\.jpg is not an intact JPEG image: "):
            load_celeba(celeba)
        assert not snapshot(tmp_path / "home")
    last.unlink()
    with pytest.raises(FileNotFoundError, match=r"000004\.jpg is listed but not there$"):
        load_celeba(celeba)
    last.with_name("000002.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"000002\.jpg is .* \(nor are 1 others\)"):
        load_celeba(celeba)
    assert not snapshot(tmp_path / "home")


def test_celeba_without_images_or_list(celeba):
    (celeba / "img_align_celeba").rename(celeba / "images")
    with pytest.raises(FileNotFoundError, match="img_align_celeba"):
        load_celeba(celeba)
    (celeba / "list_attr_celeba.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"list_attr_celeba\.txt"):
        load_celeba(celeba)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("4\n", "5\n", "must begin with the number of its rows, got '5' and 4 rows"),
        ("4\n", "\n", "must begin with the number of its rows, got '' and 4 rows"),
        (" Attribute_39", "", r"39 values of 1 or -1 in each row, got '000001\.jpg .* row 1$"),
        ("000003.jpg  -1", "000003.jpg  0", r"got '000003\.jpg 0 .* in row 3"),
    ],
)
def test_celeba_malformed_list(celeba, old, new, message):
    path = celeba / "list_attr_celeba.txt"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=message) as caught:
        load_celeba(celeba)
    assert str(path) in str(caught.value)


def test_celeba_corrupt_cache_file(celeba, tmp_path):
    load_celeba(celeba, image_size=6)
    (path,) = (tmp_path / "home" / "celeba").iterdir()
    content = path.read_bytes()
    for bad in (content[:-1], content[:20], b"", content.replace(b"(4, 108)", b"(2, 108)")):
        path.write_bytes(bad)
        with pytest.raises(OSError, match=r"\.npy is corrupt: .*; remove it"):
            load_celeba(celeba, image_size=6)


def test_celeba_without_pillow(celeba, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r'pillow .* pip install "skvae\[datasets\]"'):
        load_celeba(celeba)
    assert not snapshot(tmp_path / "home")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 0}, "image_size must be an int >= 1, got 0"),
        ({"image_size": 6.0}, "image_size must be an int >= 1, got 6.0"),
        ({"n_samples": 0}, "n_samples must be an int >= 1, got 0"),
        ({"as_frame": None}, "as_frame must be one of"),
        ({"verbose": 2}, "verbose must be one of"),
    ],
)
def test_celeba_bad_arguments(celeba, arguments, message):
    with pytest.raises(ValueError, match=message):
        load_celeba(celeba, **arguments)


# --- sprites ------------------------------------------------------------------------------------

FACTORS = ["shape", "size", "position_x", "position_y", "rotation", "brightness"]


def test_sprites_bunch(random_states):
    before = random_states()
    sprites = make_sprites(50, image_size=16, random_state=0)
    assert random_states() == before
    assert sprites.data.shape == (50, 256)
    assert sprites.data.dtype == np.uint8
    assert sprites.factors.shape == (50, 6)
    assert sprites.factor_names == list(sprites.factor_values) == FACTORS
    assert sprites.image_shape == (16, 16)
    assert sprites.feature_names == pixel_names((16, 16))
    for column, values in zip(sprites.factors.T, sprites.factor_values.values(), strict=True):
        assert np.isin(column, values).all()
    assert "50 images of 16 x 16" in sprites.DESCR


def test_sprites_are_deterministic():
    one, same, other = (make_sprites(20, random_state=seed) for seed in (0, 0, 1))
    assert_array_equal(one.data, same.data)
    assert_array_equal(one.factors, same.factors)
    assert (one.factors != other.factors).any()
    again = make_sprites(factors=one.factors)  # complete factors leave nothing to chance
    assert_array_equal(again.data, one.data)
    assert_array_equal(again.factors, one.factors)


def test_sprites_in_pieces(monkeypatch):
    whole = make_sprites(50, image_size=8, random_state=0)
    monkeypatch.setattr("skvae.datasets._sprites._RENDERED_PIXELS", 3 * 64)
    assert_array_equal(make_sprites(50, image_size=8, random_state=0).data, whole.data)


def test_sprite_factors_are_uniform_and_independent():
    sprites = make_sprites(20_000, image_size=8, random_state=0)
    for column, values in zip(sprites.factors.T, sprites.factor_values.values(), strict=True):
        counts = np.unique(column, return_counts=True)[1]
        assert len(counts) == len(values)
        np.testing.assert_allclose(counts * len(values) / 20_000, 1, atol=0.15)
    correlations = np.corrcoef(sprites.factors.T) - np.eye(6)
    assert np.abs(correlations).max() < 0.03  # four standard errors


@pytest.mark.parametrize("shape", [0, 1, 2])
@pytest.mark.parametrize("factor", range(6))
def test_each_factor_value_looks_different(shape, factor):
    sprites = make_sprites(1)
    values = list(sprites.factor_values.values())[factor]
    factors = np.tile([shape, 0.3, 0.1, -0.1, 0.2, 0.7], (len(values), 1))
    factors[:, factor] = values
    images = make_sprites(factors=factors).data.astype(int)
    differences = np.abs(images[:, None] - images).max(axis=2)
    assert differences[~np.eye(len(values), dtype=bool)].min() > 10


def test_sprites_are_where_and_how_the_factors_say():
    sprites = make_sprites(300, random_state=0)
    images = sprites.data.reshape(-1, 32, 32) / 255
    _, _, x, y, _, brightness = sprites.factors.T
    centers = (np.arange(32) + 0.5) / 16 - 1
    mass = images.sum(axis=(1, 2))
    # The centre of mass is a little off that of the circle around the shape.
    assert np.abs((images.sum(axis=1) * centers).sum(axis=1) / mass - x).max() < 0.13
    assert np.abs((images.sum(axis=2) * centers).sum(axis=1) / mass - y).max() < 0.13
    np.testing.assert_allclose(images.max(axis=(1, 2)), brightness, atol=1 / 255)


def test_area_and_rotation_of_an_ellipse():
    size = 0.5
    upright, turned = make_sprites(
        image_size=64, factors=[[0, size, 0, 0, angle, 1] for angle in (0, np.pi / 4)]
    ).data.reshape(2, 64, 64)
    for image in (upright, turned):
        assert image.sum() / 255 / 32**2 == pytest.approx(np.pi * size * size / 2, rel=0.01)
    assert_array_equal(upright, upright[::-1])
    assert_array_equal(upright, upright[:, ::-1])
    assert_array_equal(turned, turned.T)
    # Clockwise: the long axis goes down to the right.
    assert np.trace(turned.astype(int)) > np.trace(turned[::-1].astype(int))


@pytest.mark.parametrize("shape", [0, 1, 2])
@pytest.mark.parametrize("rotation", [-np.pi / 4, 0, 0.5])
def test_sprites_are_never_cut_off(shape, rotation):
    corners = [(0, 0), (-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)]
    factors = [[shape, 0.5, x, y, rotation, 1] for x, y in corners]
    areas = make_sprites(factors=factors).data.astype(int).sum(axis=1)
    np.testing.assert_allclose(areas, areas[0], rtol=0.001)  # but for antialiasing


@pytest.mark.parametrize("shape", [0, 1, 2])
def test_sprite_has_no_hole_in_the_pixel_of_its_center(shape):
    center = 1 / 32
    image = make_sprites(factors=[[shape, 0.4, center, center, 0, 1]]).data.reshape(32, 32)
    assert image[16, 16] == 255


def test_sprites_with_some_factors_given():
    factors = np.full((30, 6), np.nan)
    factors[:, 0] = 2
    factors[:15, 4] = 0.123
    before = factors.copy()
    sprites = make_sprites(factors=factors, random_state=0)
    assert_array_equal(factors, before)
    given = ~np.isnan(factors)
    assert_array_equal(sprites.factors[given], factors[given])
    free = make_sprites(30, random_state=0)
    assert_array_equal(sprites.factors[~given], free.factors[~given])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples must be an int >= 1, got 0"),
        ({"n_samples": 2.0}, "n_samples must be an int >= 1, got 2.0"),
        ({"image_size": 7}, "image_size must be an int >= 8, got 7"),
        ({"factors": np.zeros(6)}, r"factors must have the shape \(n_samples, 6\), got \(6,\)"),
        ({"factors": np.zeros((0, 6))}, r"factors must have .* got \(0, 6\)"),
        ({"factors": [[0.5, 0.4, 0, 0, 0, 1]]}, "factors must hold 0, 1 or 2 as shape, got 0.5"),
        ({"factors": [[3, 0.4, 0, 0, 0, 1]]}, "factors must hold a shape from 0 to 2, got 3"),
        ({"factors": [[0, 0.4, 0, -0.6, 0, 1]]}, "hold a position_y from -0.5 to 0.5, got -0.6"),
        ({"factors": [[0, 0.4, 0, 0, np.inf, 1]]}, "factors must hold a rotation from .* got inf"),
        ({"random_state": "a"}, "'a' cannot be used to seed"),
    ],
)
def test_sprites_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_sprites(**arguments)
