"""The loader of KEEL's files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal

from skvae.datasets import load_keel
from tests.helpers import needs_data

HEADER = """\
@relation flowers
% a comment

@attribute 'petal length' real [0.0, 9.0]
@attribute petals integer[3, 12]
@ATTRIBUTE "main colour"{white, 'sky, blue', red}
@attribute Class {rare, common}
@inputs 'petal length', petals, "main colour"
@outputs Class
@data
"""
ROWS = """\
1.5, 3,white , common
 2e-1,4, 'sky, blue',rare

7,12.0,white,common
"""


@pytest.fixture
def write(tmp_path):
    """A call that writes text to a file, and returns its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "flowers.dat"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def test_header(write):
    bunch = load_keel(write(HEADER + ROWS))
    levels = ["white", "sky, blue", "red"]
    expected = pd.DataFrame(
        {
            "petal length": [1.5, 0.2, 7.0],
            "petals": np.array([3, 4, 12], np.int64),
            "main colour": pd.Categorical(["white", "sky, blue", "white"], levels),
        }
    )
    assert_frame_equal(bunch.data, expected)
    assert_series_equal(bunch.target, pd.Series(["common", "rare", "common"], name="Class"))
    assert_frame_equal(bunch.frame, pd.concat([expected, bunch.target], axis=1))
    assert bunch.feature_names == list(expected)
    assert bunch.target_names.tolist() == ["rare", "common"]  # as declared
    assert list(bunch.column_kinds.values()) == ["continuous", "integer", "categorical"]
    assert bunch.categories == {"main colour": levels}
    assert "3 rows, 3 columns, 0.0% of the values missing" in bunch.DESCR
    assert "Classes: rare (1), common (2)" in bunch.DESCR


def test_without_header(write):
    bunch = load_keel(write("M, 0.35, 2, n1\nF,1 , 3,n2 \nI, 2.5,-4, n1"))
    assert list(bunch.frame) == ["x0", "x1", "x2", "class"]
    assert bunch.data["x0"].cat.categories.tolist() == ["F", "I", "M"]
    assert bunch.data["x1"].tolist() == [0.35, 1.0, 2.5]
    assert bunch.data["x2"].dtype == np.int64
    assert bunch.target.tolist() == ["n1", "n2", "n1"]
    assert bunch.target_names.tolist() == ["n1", "n2"]


def test_arrays(write):
    path = write(HEADER + ROWS)
    arrays = load_keel(path, as_frame=False)
    assert arrays.frame is None
    assert arrays.data[1].tolist() == [0.2, 4, "sky, blue"]
    assert arrays.target.dtype.kind == "U"
    X, y = load_keel(str(path), return_X_y=True, as_frame=False)
    assert_array_equal(X, arrays.data)
    assert_array_equal(y, arrays.target)
    X, y = load_keel(write("1,2.5,a\n?,3,b"), return_X_y=True, as_frame=False)
    assert X.dtype == np.float64
    assert_array_equal(X, [[1, 2.5], [np.nan, 3]])


def test_parts_of_the_header(write):
    left_out = HEADER.replace(', petals, "main colour"', "")
    bunch = load_keel(write(left_out + ROWS))
    assert list(bunch.frame) == ["petal length", "Class"]
    no_parts = "".join(line for line in HEADER.splitlines(True) if "puts" not in line)
    assert_frame_equal(
        load_keel(write(no_parts + ROWS)).frame, load_keel(write(HEADER + ROWS)).frame
    )
    first = HEADER.replace("@inputs 'petal length', petals", "@inputs Class, petals")
    first = first.replace("@outputs Class", "@output 'petal length'")
    bunch = load_keel(write(first + ROWS))
    assert bunch.feature_names == ["Class", "petals", "main colour"]  # in the order of the inputs
    assert bunch.target.tolist() == ["1.5", "2e-1", "7"]  # a class of any kind is a label


@pytest.mark.parametrize("gap", ["?", " <null>", ""])
def test_missing_values(write, gap):
    bunch = load_keel(write(f"{HEADER}{ROWS}{gap},{gap},{gap},rare"))
    assert bunch.data.iloc[3].isna().all()
    assert bunch.data.dtypes.astype(str).tolist() == ["float64", "float64", "category"]
    assert bunch.data.iloc[:3].notna().all(axis=None)
    assert "25.0% of the values missing" in bunch.DESCR
    bunch = load_keel(write(f"1,a,{gap},x\n{gap},{gap},{gap},y"))
    assert bunch.data.isna().to_numpy().tolist() == [[False, False, True], [True] * 3]
    assert list(bunch.column_kinds.values()) == ["integer", "categorical", "continuous"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(write, encoding, end):
    text = HEADER.replace("white", "weiß") + ROWS.replace("white", "weiß")
    bunch = load_keel(write(text.replace("\n", end), encoding))
    assert bunch.data["main colour"].tolist() == ["weiß", "sky, blue", "weiß"]


def test_large_integers_are_kept_or_refused(write):
    assert load_keel(write(f"{2**63 - 1},a")).data["x0"][0] == 2**63 - 1
    with pytest.raises(ValueError, match=r"line 1, column 'x0': an integer must be within ±9223"):
        load_keel(write(f"{2**63},a"))
    with pytest.raises(ValueError, match=r"line 2, column 'x0': an integer must be within ±9007"):
        load_keel(write(f"?,a\n{2**53 + 1},a"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": the file must hold rows, got none"),
        ("\n  \n% only a comment", ": the file must hold rows, got none"),
        (HEADER, ": the file must hold rows, got none"),
        ("1,2,a\n1,a", ", line 2: a row must have 3 values, got 2"),
        (HEADER + "1,3,white,rare,5", ", line 11: a row must have 4 values, got 5"),
        (
            HEADER + ROWS + "1,3,rose,rare",
            ", line 15, column 'main colour': a value must be one of",
        ),
        (
            HEADER + "1,3,white,new",
            ", line 11, column 'Class': a value must be one of rare, common",
        ),
        (HEADER + "1,3,white,?", ", line 11, column 'Class': a row must have a class, got '?'"),
        ("1,a\n2,", ", line 2, column 'class': a row must have a class, got ''"),
        (
            HEADER + "x,3,red,rare",
            ", line 11, column 'petal length': a value must be a number, got",
        ),
        (HEADER + "inf,3,red,rare", "must be a number, got 'inf'"),
        (HEADER + "1_0,3,red,rare", "must be a number, got '1_0'"),
        (HEADER + "1e999,3,red,rare", "must be a number, got '1e999'"),
        (HEADER + "1,3.5,red,rare", ", line 11, column 'petals': a value must be an integer, got"),
        (HEADER.replace("@outputs Class", "@outputs Kind") + ROWS, ", line 9: .*, got 'Kind'"),
        (HEADER.replace("petals,", "leaves,") + ROWS, ", line 8: .* declared, got 'leaves'"),
        (HEADER.replace("@outputs ", "@outputs petals,") + ROWS, ", line 9: .* one output, got 2"),
        (HEADER.replace("@inputs ", "@inputs Class,") + ROWS, ", line 8, column 'Class': .* both"),
        (HEADER.replace("integer[3, 12]", "date") + ROWS, ", line 5, column 'petals': .* 'date'"),
        (HEADER.replace("petals integer[3, 12]", "") + ROWS, ", line 5: an attribute must have a"),
        (
            HEADER.replace("petals integer", "Class integer") + ROWS,
            ", line 7, column 'Class': .*once",
        ),
        (HEADER.replace("@relation", "@version") + ROWS, ", line 1: .*, got '@version'"),
        (HEADER.replace("@data", "") + ROWS, r", line 11: .* begin with '@', got '1\.5"),
        (HEADER.replace("@data", ""), ": the header must end with '@data'"),
        ("@relation r\n@data\n1,2", ": the header must declare attributes, got none"),
    ],
)
def test_malformed_files(write, text, message):
    path = write(text)
    with pytest.raises(ValueError, match=message) as caught:
        load_keel(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("flag", ["as_frame", "return_X_y"])
def test_bad_arguments(write, flag):
    with pytest.raises(ValueError, match=f"{flag} must be one of"):
        load_keel(write(HEADER + ROWS), **{flag: None})


def test_folder_in_place_of_a_file(tmp_path):
    with pytest.raises(IsADirectoryError, match=r"is a folder: .* such as glass1\.dat"):
        load_keel(tmp_path)


@pytest.mark.parametrize("n_digits", [20, 5000])
def test_integers_of_any_length_are_read_or_refused_by_column(write, n_digits):
    with pytest.raises(ValueError, match=r"flowers\.dat, line 1, column 'x0': an integer must be"):
        load_keel(write(f"{'9' * n_digits},a\n2,b"))
    assert load_keel(write(f"-{'0' * n_digits}7,a\n2,b")).data["x0"].tolist() == [-7, 2]


def test_bytes_that_are_no_text(write):
    with pytest.raises(ValueError, match=r"flowers\.dat: the file must hold text"):
        load_keel(write("1,a\n2,b", encoding="utf-16"))


def test_long_runs_of_blanks_take_no_time(write):
    blanks = " " * 300_000  # minutes, if each were tried as the end of the value
    assert load_keel(write(f"1{blanks}x, a\n'2'{blanks}, b")).data["x0"].str.len().max() > 300_000


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_keel(tmp_path / "nowhere.dat")


@pytest.mark.data
@needs_data
def test_imbalanced_sets_of_the_repository():
    paths = sorted(Path(os.environ["SKVAE_DATA"], "keel").glob("*.dat"))
    assert len(paths) == 46
    for path in paths:
        bunch = load_keel(path)
        assert len(bunch.frame) > 100, path
        assert bunch.target_names.tolist() == ["negative", "positive"], path
        assert bunch.target.nunique() == 2, path
        assert bunch.target.notna().all(), path
        # Four gaps of the patients' records are in the files themselves.
        assert bunch.data.isna().any(axis=None) == (path.stem == "cleveland-0_vs_4"), path
