"""CSVs as they are written: fields, numbers, dates, missing values."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("typer")

from skvae.cli._csv import CsvTable
from skvae.cli._csv_columns import Dates, Numbers
from skvae.cli._errors import CommandError
from skvae.cli._reading import Reading


def read(text, **options):
    raw = text if isinstance(text, bytes) else text.encode()
    return CsvTable.read(raw, "data.csv", Reading(target="y", **options))


def column(texts, **options):
    lines = [f"{text},{'ab'[i % 2]}" for i, text in enumerate(texts)]
    return read("\n".join(["x,y", *lines]), **options)


def written(texts, entries, **options):
    """Write entries in the style of a column of texts."""
    table = column(texts, **options)
    new = pd.DataFrame({"x": pd.Series(entries).astype(table.frame["x"].dtype), "y": "a"})
    text = table.with_rows(new, only_new=True).decode()
    return [line.removesuffix(",a") for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    ("texts", "numbers", "expected"),
    [
        (["1.50", "2.25"], [1.999, 3, -0.001], ["2.00", "3.00", "0.00"]),
        (["1.5", "2.25", "10.0"], [1.999, 3, 2.5], ["2.0", "3.0", "2.5"]),
        (["1", "2.25"], [3, 2.5, 10], ["3", "2.5", "10"]),
        (["3", "40"], [7, 100], ["7", "100"]),
        ([".5", "1.5"], [0.25, -0.25, 1.5], [".2", "-.2", "1.5"]),
        (["1e-05", "0.25"], [0.123456, 2e-7], ["0.123", "2e-07"]),
        (['"1.5"', '"2.5"'], [2.0], ['"2.0"']),
        ([" 1.5", " 2.5"], [2.0], [" 2.0"]),
        (["1.5", "NA", "", "NA"], [2.0, np.nan], ["2.0", "NA"]),
        (["1", "?", "2"], [2, None], ["2", "?"]),
        (['"1,5"', '"2,5"'], [2.0], ['"2,0"']),
    ],
)
def test_numbers_are_written_like_those_of_the_column(texts, numbers, expected):
    assert written(texts, numbers, missing_marks=["?"]) == expected


def test_codes_and_long_numbers_stay_text():
    for codes in (["007", "042"], ["00.5", "1.5"], ["12345678901234567890", "1"]):
        assert set(column(codes).frame["x"]) == set(codes)
    assert set(column(["1", "2"], categorical=["x"]).frame["x"]) == {"1", "2"}
    assert column([str(2**53 + 1), "1"]).frame["x"][0] == 2**53 + 1


@pytest.mark.parametrize(
    "texts",
    [
        ["2023-01-31", "2022-12-01"],
        ["31.01.2023", "01.12.2022"],
        ["31/01/2023", "01/12/2022"],
        ["01/31/2023", "12/01/2022"],
        ["2023-01-31 13:05", "2022-12-01 00:00"],
        ["2023-01-31T13:05:09Z", "2022-12-01T00:00:00Z"],
    ],
)
def test_dates_come_back_as_they_were(texts):
    dates = Dates.of(texts)
    entries = dates.read(np.array([*texts, ""], object), np.array([False, False, True]))
    assert entries.dt.day.tolist()[:2] == [31, 1]
    assert entries.isna().tolist() == [False, False, True]
    assert dates.write(entries[:2]) == texts


@pytest.mark.parametrize("texts", [["01/02/2023", "03/04/2023"], ["1.2.2023"], ["May"]])
def test_texts_that_may_be_another_date_are_text(texts):
    assert Dates.of(texts) is None


def test_texts_and_their_quotes_stay():
    texts = ["plain", '"in quotes"', '"a, b"', '"say ""a"""', '"two\nlines"', "O'Brien", 'so "so"']
    assert written(texts, ["a, b", 'say "a"', "plain", "two\nlines"][:3]) == [
        '"a, b"',
        '"say ""a"""',
        "plain",
    ]
    assert column(texts).frame["x"][4] == "two\nlines"
    # A mark in quotes, or not, is missing all the same, and each column has its own.
    assert column(["a", '"NA"', "null"]).frame["x"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_style_of_the_file(delimiter, newline, encoding):
    lines = [delimiter.join(row) for row in (["Größe", "y"], ["1.5", "ä"], ["2.5", "b"], [""])]
    raw = newline.join(lines).encode(encoding)
    table = read(raw, encoding=encoding if encoding == "cp1252" else None)
    assert table.frame["Größe"].tolist() == [1.5, 2.5]
    new = pd.DataFrame({"Größe": [2.0], "y": ["ä"]})
    expected = newline.join([*lines[:3], f"2.0{delimiter}ä", ""]).encode(encoding)
    assert table.with_rows(new, only_new=False) == expected
    expected = newline.join([lines[0], f"2.0{delimiter}ä", ""]).encode(encoding)
    assert table.with_rows(new, only_new=True) == expected
    assert table.with_rows(new[:0], only_new=False) == raw


def test_blank_lines_and_mixed_ends_of_lines_stay():
    text = "x,y\n\n1,a\r\n2,b\n\n\n"
    table = read(text)
    assert table.frame["x"].tolist() == [1, 2]
    new = pd.DataFrame({"x": [3], "y": ["a"]})
    assert table.with_rows(new, only_new=False).decode() == "x,y\n\n1,a\r\n2,b\n3,a\n\n\n"


def test_a_delimiter_within_the_fields_is_none():
    text = "a;b;y\n1,5;2,5;u,v\n2,5;3,5;w,x\n"
    assert list(read(text).frame) == ["a", "b", "y"]
    assert read("a,b,y\n1;2,3,u\n4;5,6,v\n", delimiter=",").frame["a"].tolist() == ["1;2", "4;5"]


def test_columns_without_entries_or_left_out_stay_empty():
    table = read("id,nothing,x,y\n1,,1.5,a\n2,,2.5,b\n", exclude=["id"])
    assert list(table.frame) == ["x", "y"]
    new = pd.DataFrame({"x": [2.0], "y": ["a"]})
    assert table.with_rows(new, only_new=True).decode().splitlines()[1] == ",,2.0,a"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("x,y\n", "has a header, but no rows"),
        ("y\na\nb\n", "has one column"),
        ("x,x,y\n1,2,a\n", "has two columns 'x'"),
        ("x,y\n1,a\n2,b,c\n", "has 3 fields in line 3 and 2 in its header"),
        ('x,y\n1,"a\n2,b\n', "has a quote in line 2"),
        ('x,y\n1,a\n"2"5,b\n', "has a quote in line 3"),
        (b"x,y\n1,a\n2,\xe4\n", "is not utf-8, as line 3 shows"),
        ("x;z;y\n1,5;1.5;a\n2,5;2.5;b\n", "has decimal commas, and column 'z' has decimal points"),
        ("\n".join(["x,y", *(f"{i},a" for i in range(20)), "?,b"]), "'?' in line 22"),
        ("z,y\n1,a\n", None),
    ],
)
def test_tables_that_cannot_be_read_say_why(text, said):
    if said is None:
        assert len(read(text).frame) == 1
        return
    with pytest.raises(CommandError) as error:
        read(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"exclude": ["z"]}, "--exclude must be a column of data.csv, got 'z'"),
        ({"categorical": ["X1"]}, "did you mean 'x1'?"),
        ({"exclude": ["y"]}, "--exclude must leave the target 'y' in"),
        ({"exclude": ["x1"]}, "no column beside the target"),
        ({"encoding": "utf-99"}, "--encoding must be one that Python knows"),
    ],
)
def test_wrong_options_say_why(options, said):
    with pytest.raises(CommandError) as error:
        read("x1,y\n1,a\n2,b\n", **options)
    assert said in str(error.value)
    assert error.value.code == 2


def test_numbers_of_no_column():
    assert Numbers.of(["1", "a"], ".") is None
    assert Numbers.of(["."], ".") is None
    assert Numbers.of(["1.5"], ",") is None
