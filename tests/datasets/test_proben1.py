"""The loader of PROBEN1, and the download of files."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skvae.datasets import _proben1, fetch_proben1
from skvae.datasets._base import data_folder, fetch_file
from tests.helpers import needs_data

NAMES = ["card", "diabetes", "gene", "glass", "horse", "thyroid"]
ENCODINGS = ["attributes", "proben1"]
KINDS = {"categorical", "integer", "continuous"}

# Table 4.1: columns, continuous fraction, classes, rows, balance.
TABLE = {
    "card": (15, "0.40", 2, 690, "0.99"),
    "diabetes": (8, "1.00", 2, 768, "0.93"),
    "gene": (60, "0.00", 3, 3175, "0.93"),
    "glass": (9, "1.00", 6, 214, "0.84"),
    "horse": (20, "0.70", 3, 364, "0.84"),
    "thyroid": (21, "0.29", 3, 7200, "0.28"),
}
N_INPUTS = {"card": 51, "diabetes": 8, "gene": 120, "glass": 9, "horse": 58, "thyroid": 21}

# PROBEN1 lists the positive class first, scikit-learn last.
OUTPUTS = {"card": ["granted", "denied"], "diabetes": ["diabetes", "no diabetes"]}


def snapshot(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# PROBEN1: the real files


@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_attributes_match_the_published_table(name):
    bunch = fetch_proben1(name)
    shares = np.bincount(bunch.target) / len(bunch.target)
    balance = -(shares * np.log(shares)).sum() / np.log(len(shares))
    continuous = np.mean([kind != "categorical" for kind in bunch.column_kinds.values()])

    n_columns, continuous_fraction, n_classes, n_rows, printed_balance = TABLE[name]
    assert bunch.data.shape == (n_rows, n_columns)
    assert len(shares) == len(bunch.target_names) == n_classes
    assert f"{continuous:.2f}" == continuous_fraction
    assert f"{balance:.2f}" == printed_balance


@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_proben1_encoding_equals_the_dt_file(name):
    bunch = fetch_proben1(name, encoding="proben1")
    outputs = OUTPUTS.get(name, list(bunch.target_names))
    one_hot = bunch.target_names[bunch.target][:, None] == np.array(outputs)
    actual = np.hstack([bunch.data, one_hot])
    path = Path(os.environ["SKVAE_DATA"], "proben1", name, f"{name}1.dt")
    expected = np.loadtxt(path, skiprows=7)

    assert bunch.data.shape[1] == N_INPUTS[name]
    assert_array_equal(sorted_rows(actual), sorted_rows(expected))


def sorted_rows(table):
    printed = np.char.mod("%g", table).astype(float)  # the .dt files hold six digits
    return printed[np.lexsort(printed.T)]


@needs_data
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_bunch_is_consistent(name, encoding):
    bunch = fetch_proben1(name, encoding=encoding)

    assert bunch.data.dtype == np.float64
    assert bunch.target.dtype == np.int64
    assert bunch.frame is None
    assert np.isfinite(bunch.data).all()
    assert bunch.missing.shape == bunch.data.shape
    assert bunch.missing.dtype == bool
    assert (bunch.data[bunch.missing] == 0).all()
    assert len(set(bunch.feature_names)) == bunch.data.shape[1]
    assert list(bunch.column_kinds) == bunch.feature_names
    assert set(bunch.column_kinds.values()) <= KINDS
    categorical = [n for n, kind in bunch.column_kinds.items() if kind == "categorical"]
    assert_array_equal(np.array(bunch.feature_names)[bunch.categorical_features], categorical)
    assert list(bunch.categories) == categorical
    assert "Prechelt" in bunch.DESCR
    assert f"{len(bunch.data)} rows" in bunch.DESCR
    assert set(bunch.target) == set(range(len(bunch.target_names)))


@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_attributes_are_scaled_codes(name):
    bunch = fetch_proben1(name)
    assert bunch.data.min() == 0
    assert bunch.data.max() == 1
    for column, column_name in enumerate(bunch.feature_names):
        present = bunch.data[~bunch.missing[:, column], column]
        if column_name in bunch.categories:
            codes = present * (len(bunch.categories[column_name]) - 1)
            np.testing.assert_allclose(codes, codes.round(), atol=1e-12)
        else:
            assert (present.min(), present.max()) == (0, 1)


@needs_data
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_as_frame_changes_the_container_only(encoding):
    arrays = fetch_proben1("horse", encoding=encoding)
    frames = fetch_proben1("horse", encoding=encoding, as_frame=True)

    assert isinstance(frames.data, pd.DataFrame)
    assert isinstance(frames.target, pd.Series)
    assert frames.target.name == "class"
    assert list(frames.data.columns) == list(frames.missing.columns) == arrays.feature_names
    assert_array_equal(frames.data, arrays.data)
    assert_array_equal(frames.missing, arrays.missing)
    assert_array_equal(frames.target, arrays.target)
    assert list(frames.frame.columns) == [*arrays.feature_names, "class"]
    assert_array_equal(frames.frame["class"], arrays.target)


@needs_data
@pytest.mark.parametrize("as_frame", [False, True])
def test_data_and_target_only(as_frame):
    bunch = fetch_proben1("glass", as_frame=as_frame)
    X, y = fetch_proben1("glass", return_X_y=True, as_frame=as_frame)
    assert type(X) is type(bunch.data)
    assert type(y) is type(bunch.target)
    assert_array_equal(X, bunch.data)
    assert_array_equal(y, bunch.target)


@needs_data
def test_card_symbols_and_missing_values():
    card = fetch_proben1("card", as_frame=True)
    assert list(card.target_names) == ["denied", "granted"]
    assert card.categories["A1"] == ["b", "a"]
    assert card.categories["A4"] == ["u", "y", "l", "t"]
    assert {n for n, k in card.column_kinds.items() if k == "integer"} == {"A11", "A14", "A15"}
    missing = card.missing.sum()
    assert dict(missing[missing > 0]) == {
        "A1": 12, "A2": 12, "A4": 6, "A5": 6, "A6": 9, "A7": 9, "A14": 13
    }  # fmt: skip
    # The raw file begins "b,30.83,0,u,g,w,v,1.25,t,t,01,f,g,00202,0,+".
    first = card.data.iloc[0]
    assert first["A1"] == first["A4"] == 0
    assert first["A2"] == pytest.approx((30.83 - 13.75) / (80.25 - 13.75))
    assert first["A6"] == 9 / 13
    assert first["A9"] == 1
    assert card.target_names[card.target[0]] == "granted"


@needs_data
def test_missing_is_about_values_not_indicators():
    horse = fetch_proben1("horse", encoding="proben1", as_frame=True)
    for name in horse.feature_names:
        if name.endswith("=missing"):
            assert not horse.missing[name].any()
            value = name.removesuffix("=missing")
            derived = [n for n in horse.feature_names if n.split("=")[0] == value and n != name]
            for column in derived:
                assert_array_equal(horse.missing[column], horse.data[name] == 1)
    assert horse.column_kinds["pulse"] == "integer"
    assert horse.column_kinds["pulse=missing"] == "categorical"
    assert horse.column_kinds["peristalsis"] == "integer"


@needs_data
def test_gene_leaves_out_unknown_nucleotides():
    gene = fetch_proben1("gene")
    assert gene.feature_names[0] == "base-30"
    assert gene.feature_names[30] == "base+1"
    assert gene.feature_names[-1] == "base+30"
    assert gene.categories["base+1"] == list("ACGT")
    assert not gene.missing.any()
    # The first row is "EI, ATRINS-DONOR-521, CCAGC...".
    assert_array_equal((gene.data[0, :5] * 3).round(), [1, 1, 0, 2, 1])
    assert gene.target_names[gene.target[0]] == "EI"


@needs_data
def test_nothing_is_written_or_downloaded_where_files_are_present(monkeypatch, tmp_path):
    real = Path(os.environ["SKVAE_DATA"], "proben1", "thyroid")
    folder = tmp_path / "proben1" / "thyroid"
    folder.mkdir(parents=True)
    for name in ("ann-train.data", "ann-test.data"):
        (folder / name).write_bytes((real / name).read_bytes())
    before = snapshot(tmp_path)
    monkeypatch.setitem(sys.modules, "pooch", None)  # an import of pooch would fail
    fetch_proben1("thyroid", data_home=tmp_path)
    assert snapshot(tmp_path) == before


# PROBEN1: without real files


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "wine"}, r"name must be one of \['card', .*'thyroid'\], got 'wine'"),
        ({"name": 3}, "name must be one of .*, got 3"),
        ({"name": ["card"]}, "name must be one of "),
        ({"encoding": "onehot"}, r"encoding must be one of \['attributes', 'proben1'\], got 'o"),
        ({"encoding": None}, "encoding must be one of .*, got None"),
        ({"as_frame": "auto"}, r"as_frame must be one of \[True, False\], got 'auto'"),
        ({"return_X_y": 1}, "return_X_y must be one of"),
        ({"download_if_missing": None}, "download_if_missing must be one of"),
    ],
)
def test_bad_arguments(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        fetch_proben1(**{"name": "card", "data_home": tmp_path, **arguments})
    assert not list(tmp_path.iterdir())


def test_data_home_of_wrong_type():
    with pytest.raises(TypeError, match="data_home must be a path or None, got 3"):
        fetch_proben1("card", data_home=3)


@pytest.mark.parametrize("name", NAMES)
def test_missing_file_without_download(name, tmp_path):
    with pytest.raises(OSError, match="not found, and download_if_missing is False"):
        fetch_proben1(name, data_home=tmp_path, download_if_missing=False)
    assert not list(tmp_path.iterdir())


GLASS = b"""1,1.51101,13.64,4.49,1.10,71.78,0.06,8.75,0.00,0.00,1
2,1.51761,13.89,3.60,1.36,72.73,0.48,7.83,0.10,0.00,2
3,1.51618,13.53,3.55,1.54,72.99,0.39,7.78,0.00,0.10,7
"""


@pytest.fixture
def served_glass(server, monkeypatch):
    """Let fetch_proben1 download a glass.data of three rows; yields the file."""
    folder, url = server
    file = folder / "glass" / "glass.data"
    file.parent.mkdir()
    file.write_bytes(GLASS)
    small = dataclasses.replace(
        _proben1.DATA_SETS["glass"], files={"glass/glass.data": sha256(GLASS)}
    )
    monkeypatch.setitem(_proben1.DATA_SETS, "glass", small)
    monkeypatch.setattr(_proben1, "_BASE_URL", url)
    return file


def test_download(served_glass, tmp_path):
    home = tmp_path / "home"
    glass = fetch_proben1("glass", data_home=home)
    assert_array_equal(glass.data[:, 0], [0, 1, (1.51618 - 1.51101) / (1.51761 - 1.51101)])
    assert_array_equal(glass.target, [0, 1, 5])
    assert snapshot(home) == {Path("proben1/glass/glass.data"): GLASS}

    served_glass.unlink()
    again = fetch_proben1("glass", data_home=home, download_if_missing=False)
    assert_array_equal(again.data, glass.data)


def test_data_home_precedes_environment(served_glass, tmp_path, monkeypatch):
    monkeypatch.setenv("SKVAE_DATA", str(tmp_path / "environment"))
    fetch_proben1("glass", data_home=str(tmp_path / "argument"))
    assert (tmp_path / "argument").exists()
    assert not (tmp_path / "environment").exists()

    fetch_proben1("glass")
    assert (tmp_path / "environment/proben1/glass/glass.data").read_bytes() == GLASS


def test_data_folder_defaults(tmp_path, monkeypatch):
    pooch = pytest.importorskip("pooch")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert data_folder("~/x") == tmp_path / "x"
    monkeypatch.setenv("SKVAE_DATA", "~/y")
    assert data_folder() == tmp_path / "y"
    monkeypatch.delenv("SKVAE_DATA")
    assert data_folder() == Path(pooch.os_cache("skvae"))


def test_corrupt_file_is_named_with_both_hashes(tmp_path):
    path = tmp_path / "a.data"
    path.write_bytes(b"wrong")
    with pytest.raises(OSError, match=r"a\.data is corrupt") as caught:
        fetch_file(path, "http://127.0.0.1:9/", sha256(b"right"), download_if_missing=False)
    assert sha256(b"right") in str(caught.value)
    assert sha256(b"wrong") in str(caught.value)
    assert snapshot(tmp_path) == {Path("a.data"): b"wrong"}


def test_corrupt_file_is_downloaded_again(server, tmp_path):
    folder, url = server
    (folder / "a.data").write_bytes(b"right")
    path = tmp_path / "home" / "a.data"
    path.parent.mkdir()
    path.write_bytes(b"wrong")
    assert fetch_file(path, f"{url}/a.data", sha256(b"right")) == path
    assert snapshot(path.parent) == {Path("a.data"): b"right"}


@pytest.mark.parametrize("before", [{}, {Path("a.data"): b"stale"}])
def test_failing_download_leaves_the_folder_as_it_was(server, tmp_path, before):
    folder, url = server
    home = tmp_path / "home"
    home.mkdir()
    for path, content in before.items():
        (home / path).write_bytes(content)

    with pytest.raises(OSError, match="404"):
        fetch_file(home / "a.data", f"{url}/a.data", sha256(b"right"))
    assert snapshot(home) == before

    (folder / "a.data").write_bytes(b"wrong")
    with pytest.raises(OSError, match=r"a\.data") as caught:
        fetch_file(home / "a.data", f"{url}/a.data", sha256(b"right"))
    assert sha256(b"right") in str(caught.value)
    assert sha256(b"wrong") in str(caught.value)
    assert snapshot(home) == before


def test_download_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r'pip install "skvae\[datasets\]"'):
        fetch_proben1("glass", data_home=tmp_path)
    monkeypatch.delenv("SKVAE_DATA", raising=False)
    with pytest.raises(ImportError, match="default cache folder"):
        fetch_proben1("glass")
