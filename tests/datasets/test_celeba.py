"""The loader of CelebA."""

from __future__ import annotations

import io
import pickle
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skvae.datasets import _celeba, load_celeba
from skvae.datasets._images import pixel_names
from tests.datasets.files import snapshot

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


def test_celeba_wrong_folder_names_what_it_must_hold(celeba, tmp_path):
    said = r" must hold the list list_attr_celeba\.txt and the folder img_align_celeba of images$"
    (tmp_path / "empty").mkdir()
    for wrong in ["nowhere", "empty", "faces/img_align_celeba", "faces/list_attr_celeba.txt"]:
        with pytest.raises(FileNotFoundError, match=f"{wrong}{said}"):
            load_celeba(tmp_path / wrong)
    (celeba / "img_align_celeba").rename(celeba / "images")
    with pytest.raises(FileNotFoundError, match=f"faces{said}"):
        load_celeba(celeba)
    assert not snapshot(tmp_path / "home")


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


def changed(content, place):
    """The content with one other byte."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place:][1:]


def test_celeba_corrupt_cache_file(celeba, tmp_path):
    pixels = np.array(load_celeba(celeba, image_size=6).data)
    (path,) = (tmp_path / "home" / "celeba").iterdir()
    content = path.read_bytes()
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros(3))
    planted = {
        "truncated": [content[:-1], content[:-400], content[:20], b""],
        "longer": [content + b"\0"],
        "another shape": [content.replace(b"(4, 108)", b"(2, 108)")],
        "huge": [content.replace(b"(4, 108)", b"(4" + b"0" * 12 + b", 108)")],
        "flipped": [changed(content, place) for place in (10, 130, 300, -1)],
        "not an array": [buffer.getvalue(), pickle.dumps([1]), b"\0" * len(content)],
    }
    for bad in [bad for some in planted.values() for bad in some]:
        path.write_bytes(bad)
        with pytest.raises(OSError, match=r"\.npy is corrupt: .*; remove it") as caught:
            load_celeba(celeba, image_size=6)
        assert str(path) in str(caught.value)
        assert path.read_bytes() == bad
    path.unlink()
    assert_array_equal(load_celeba(celeba, image_size=6).data, pixels)
    assert_array_equal(np.load(path), pixels)  # any reader of .npy files can use it


@pytest.mark.parametrize("factor", [1, 2])  # Pillow warns of the first, and refuses the second
def test_celeba_image_bomb(celeba, tmp_path, monkeypatch, factor):
    image = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(image, "MAX_IMAGE_PIXELS", 18 * 22 // factor - 1)
    with pytest.raises(OSError, match=r"000001\.jpg is not an intact JPEG image: .*bomb"):
        load_celeba(celeba)
    assert not snapshot(tmp_path / "home")


def test_celeba_image_bomb_of_another_format(celeba):
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\x7f\xff\xff\xff" * 2 + b"\x08\2\0\0\0" + b"\0" * 4
    (celeba / "img_align_celeba" / "000002.jpg").write_bytes(png)
    with pytest.raises(OSError, match=r"000002\.jpg is not an intact JPEG image"):
        load_celeba(celeba)


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
