"""A uniform sample of a table in chunks, whatever they come in."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from scipy.stats import chisquare

from skvae._tables.chunks import comes_in_chunks, sample_rows
from skvae.datasets import reservoir_sample

N = 500
FRAME = pd.DataFrame(
    {
        "number": np.arange(N) / 4,
        "text": np.char.add("t", (np.arange(N) % 7).astype(str)).astype(object),
        "whole": pd.array([None if i % 5 == 4 else 2**60 + i for i in range(N)], dtype="Int64"),
    }
)
ARRAY = np.arange(3.0 * N).reshape(N, 3)


def pieces(table, size=33):
    return [table[i : i + size] for i in range(0, N, size)]


def memmap(folder, mode="r", array=ARRAY):
    array.tofile(folder / "array")
    return np.memmap(folder / "array", array.dtype, mode, shape=array.shape)


def parquet(folder):
    pq = pytest.importorskip("pyarrow.parquet")
    FRAME.to_parquet(folder / "frame.parquet", row_group_size=70)
    return pq.ParquetFile(folder / "frame.parquet")


def data_set(folder):
    ds = pytest.importorskip("pyarrow.dataset")
    for i, part in enumerate(pieces(FRAME, 100)):
        part.to_parquet(folder / f"{i}.parquet")
    return ds.dataset(folder)


def dask_array(folder):
    return pytest.importorskip("dask.array").from_array(ARRAY, chunks=(77, 2))


def dask_frame(folder):
    return pytest.importorskip("dask.dataframe").from_pandas(FRAME, npartitions=6)


def with_slow_dask(kinds):
    """Mark Dask's kind as slow: its import takes seconds."""
    return [pytest.param(k, marks=pytest.mark.slow if k == "dask" else ()) for k in kinds]


ARRAYS = {
    "array": lambda folder: ARRAY,
    "memmap": memmap,
    "list": lambda folder: pieces(ARRAY),
    "lists": lambda folder: (piece.tolist() for piece in pieces(ARRAY, 250)),
    "dask": dask_array,
}
FRAMES = {
    "frame": lambda folder: FRAME,
    "generator": lambda folder: (piece for piece in pieces(FRAME)),
    "polars": lambda folder: map(pytest.importorskip("polars").from_pandas, pieces(FRAME)),
    "parquet": parquet,
    "data set": data_set,
    "dask": dask_frame,
}


@pytest.mark.parametrize("kind", with_slow_dask(ARRAYS))
def test_arrays_in_chunks_give_the_same_rows(kind, tmp_path):
    drawn = reservoir_sample(ARRAYS[kind](tmp_path), 40, random_state=0)
    assert type(drawn) is np.ndarray
    assert_array_equal(drawn, reservoir_sample(pieces(ARRAY, 7), 40, random_state=0))
    assert len(np.unique(drawn[:, 0])) == 40
    assert (np.diff(drawn[:, 0]) > 0).all()


@pytest.mark.parametrize("kind", with_slow_dask(FRAMES))
def test_frames_in_chunks_give_the_same_rows(kind, tmp_path):
    drawn = reservoir_sample(FRAMES[kind](tmp_path), 40, random_state=0)
    rows = (reservoir_sample(ARRAY, 40, random_state=0)[:, 0] / 3).astype(int)
    assert drawn["whole"].isna().any()
    assert_frame_equal(drawn.astype(FRAME.dtypes), FRAME.iloc[rows].reset_index(drop=True))


def test_labels_go_along():
    y = pd.Series(np.arange(N))
    rows = reservoir_sample(ARRAY, 40, random_state=3)[:, 0] / 3
    assert_array_equal(reservoir_sample(y, 40, random_state=3), rows)
    assert_array_equal(reservoir_sample(y.to_numpy(), 40, random_state=3), rows)


def test_every_row_has_the_same_chance():
    counts = np.zeros(30)
    for seed in range(200):
        drawn = sample_rows(np.array_split(np.arange(30), 4), 5, np.random.RandomState(seed))
        assert len(drawn.rows) == 5
        assert_array_equal(drawn.table, drawn.rows)
        counts[drawn.rows] += 1
    assert chisquare(counts).pvalue > 0.01


def test_a_small_table_comes_whole():
    assert_frame_equal(reservoir_sample(pieces(FRAME), N + 1), FRAME)
    assert reservoir_sample([FRAME[:0], FRAME[:0]]).equals(FRAME[:0])


@pytest.mark.parametrize(
    ("chunks", "error", "message"),
    [
        ([], ValueError, "chunks must hold at least one table, got none"),
        ("abc", TypeError, "chunks must be a table or yield tables, got 'abc'"),
        (3, TypeError, "chunks must be a table or yield tables, got 3"),
        ([ARRAY, 3], TypeError, r"chunks must yield tables: .*, got 3 as chunk 1"),
        ([ARRAY, ARRAY[:, :2]], ValueError, "chunk 1 must be a ndarray with the columns of the f"),
        ([ARRAY, FRAME], ValueError, "chunk 1 must be a ndarray with the columns of the first"),
        (
            [FRAME, FRAME.iloc[:, ::-1]],
            ValueError,
            "chunk 1 must have the columns of the first chunk in their order, got 'whole' in place",
        ),
    ],
)
def test_what_is_no_table_in_chunks(chunks, error, message):
    with pytest.raises(error, match=f"^{message}"):
        reservoir_sample(chunks, 10)


@pytest.mark.parametrize("n_rows", [0, 1.5, None])
def test_numbers_of_rows(n_rows):
    with pytest.raises(ValueError, match=r"^n_rows must be an int >= 1, got"):
        reservoir_sample(ARRAY, n_rows)


def test_private_changes_of_a_mapped_array_stay(tmp_path):
    mapped = memmap(tmp_path, "c")
    mapped[3] = -1
    assert (reservoir_sample(mapped, N)[3] == -1).all()
    assert (mapped[3] == -1).all()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_grow_with_the_file(tmp_path):
    def mapped_bytes():
        status = Path("/proc/self/status").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("RssFile"))

    array = np.memmap(tmp_path / "zeros", np.float32, "w+", shape=(1_000_000, 20))
    before = mapped_bytes()
    assert reservoir_sample(array, 1000).shape == (1000, 20)
    assert mapped_bytes() - before < array.nbytes / 4


def test_tables_that_come_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("skvae._tables.chunks.LEARNT_ROWS", N - 1)
    mapped = memmap(tmp_path)
    assert comes_in_chunks(mapped)
    assert comes_in_chunks(iter([ARRAY]))
    assert not comes_in_chunks(mapped[1:])
    assert not any(map(comes_in_chunks, [ARRAY, FRAME, ARRAY.tolist(), None, "text"]))
