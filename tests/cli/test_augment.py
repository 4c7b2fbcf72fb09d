"""``skvae augment``: rows of the table stay as they are, new ones are written like them."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from tests.cli.files import HEADER, OPTIONS, ROWS, TEXT, augment, write

pytest.importorskip("typer")


def rows_of(path, encoding="utf-8", **style):
    return list(csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""), **style))


def test_own_rows_stay_byte_for_byte_and_new_ones_are_like_them(tmp_path):
    data = write(tmp_path)
    out, done = augment(data, *OPTIONS)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    text = out.read_text()
    assert text.startswith(TEXT)
    new = text.removeprefix(TEXT).splitlines()
    assert len(new) == 2
    for line in new:
        [(empty, name, x, w, day, y)] = csv.reader([line])
        assert (empty, y) == ("", "bad")
        assert line.endswith(',"bad"')
        assert name in {"a, b", "c", 'say "d"'}
        assert len(x.partition(".")[2]) == 2
        assert 1 <= float(x) <= 9.75
        assert w == "NA" or w.isdigit()
        assert "2023-02-01" <= day <= "2023-03-01"
    assert "6 rows of 2 classes (utf-8, delimiter ',', decimal point)" in done.stderr
    assert "2 new rows (2 of bad)" in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert (
        pd.read_csv(out)
        .drop(columns="id")
        .dtypes.equals(pd.read_csv(data).drop(columns="id").dtypes)
    )
    # The same seed gives the same rows.
    again, done = augment(data, *OPTIONS, "--force", "--only-new")
    assert done.returncode == 0, done.stderr
    assert again.read_text().splitlines() == [HEADER, *new]


def test_european_table_of_a_spreadsheet(tmp_path):
    text = TEXT.replace('"a, b"', "Zoë").replace(",", ";").replace(".", ",").replace("\n", "\r\n")
    text = text.removesuffix("\r\n")
    data = write(tmp_path, text, encoding="utf-8-sig")
    out, done = augment(data, *OPTIONS, "--amount", "0.5")
    assert done.returncode == 0, done.stderr
    assert "delimiter ';', decimal comma" in done.stderr
    written = out.read_bytes()
    assert written.startswith(text.encode("utf-8-sig") + b"\r\n")
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert not written.endswith(b"\n")
    new = rows_of(out, "utf-8-sig", delimiter=";")[7:]
    assert len(new) == 3
    assert all(len(x.partition(",")[2]) == 2 for _, _, x, *_ in new)


def test_parquet_keeps_its_types(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "x": pa.array(rng.normal(size=20), pa.float32()),
            "n": pa.array([None, *range(19)], pa.int16()),
            "kind": pa.array(["a", "b"] * 10).dictionary_encode(),
            "day": pa.array(pd.date_range("2023-01-01", periods=20).date, pa.date32()),
            "id": pa.array([f"{i:03}" for i in range(20)]),
            "y": pa.array([0] * 14 + [1] * 6, pa.int8()),
        }
    )
    data = tmp_path / "data.parquet"
    pq.write_table(table, data, compression="zstd")
    out, done = augment(data, *OPTIONS)
    assert done.returncode == 0, done.stderr
    result = pq.read_table(out)
    assert result.schema == table.schema
    assert result.slice(0, 20) == table
    assert result["y"].to_pylist()[20:] == [1] * 8
    assert result["id"].to_pylist()[20:] == [None] * 8
    assert pq.ParquetFile(out).metadata.row_group(0).column(0).compression == "ZSTD"


def test_multi_vae_and_rows_by_class(tmp_path):
    data = write(tmp_path, "\n".join([HEADER, *ROWS, *ROWS]))
    wish = ["--sampler", "multi-vae", "--sampling-strategy", "good=9,bad=5"]
    out, done = augment(data, *OPTIONS, *wish)
    assert done.returncode == 0, done.stderr
    assert [row[-1] for row in rows_of(out)[13:]] == ["bad", "good"]
