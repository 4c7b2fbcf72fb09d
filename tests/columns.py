"""Tables with a column of every kind."""

import numpy as np
import pandas as pd
import pyarrow as pa


def arrow(type_):
    return pd.ArrowDtype(type_)


# A column of each dtype, with a number for each row and what else it takes to make it.
RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, 40)
DAYS = pd.Timestamp("2020-01-01") + pd.to_timedelta(CODES * 30, unit="D")
COLUMNS = {
    **{t: pd.Series(RNG.normal(size=40), dtype=t) for t in ("float16", "float32", "float64")},
    **{
        t: pd.Series(RNG.integers(0, 100, 40), dtype=t)
        for t in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    },
    **{t: pd.Series(RNG.integers(0, 100, 40), dtype=t) for t in ("Int8", "UInt16", "Int64")},
    **{t: pd.Series(RNG.normal(size=40), dtype=t) for t in ("Float32", "Float64")},
    "bool": pd.Series(CODES > 0),
    "boolean": pd.Series(CODES > 0, dtype="boolean"),
    "category": pd.Series(np.array(["u", "v", "w"])[CODES]).astype("category"),
    "ordered": pd.Series(
        pd.Categorical.from_codes(CODES, ["low", "mid", "high"], ordered=True), name="o"
    ),
    "numeric category": pd.Series(pd.Categorical.from_codes(CODES, [10, 20, 30])),
    "unused category": pd.Series(pd.Categorical.from_codes(CODES, list("uvwxyz"))),
    "object": pd.Series(np.array(["u", "v", "w"])[CODES], dtype=object),
    "mixed object": pd.Series(np.array(["u", 1, None], object)[CODES % 2], dtype=object),
    "object numbers": pd.Series(CODES.astype(object)),
    "str": pd.Series(np.array(["u", "v", "w"])[CODES], dtype="str"),
    "string": pd.Series(np.array(["u", "v", "w"])[CODES], dtype="string"),
    "dates": pd.Series(DAYS),
    "times": pd.Series(pd.Timestamp("2020-01-01 12:34:56.789") + pd.to_timedelta(CODES, unit="h")),
    "time zone": pd.Series(DAYS).dt.tz_localize("Europe/Berlin"),
    "minutes": pd.Series(pd.Timestamp("2020-01-01 12:34") + pd.to_timedelta(CODES, unit="min")),
    "durations": pd.Series(pd.to_timedelta(CODES, unit="h")),
    "arrow int": pd.Series(RNG.integers(0, 100, 40), dtype=arrow(pa.int32())),
    "arrow float": pd.Series(RNG.normal(size=40), dtype=arrow(pa.float64())),
    "arrow bool": pd.Series(CODES > 0, dtype=arrow(pa.bool_())),
    "arrow string": pd.Series(np.array(["u", "v", "w"])[CODES], dtype=arrow(pa.string())),
    "arrow dictionary": pd.Series(np.array(["u", "v", "w"])[CODES]).astype(
        arrow(pa.dictionary(pa.int8(), pa.string()))
    ),
    "arrow times": pd.Series(DAYS).astype(arrow(pa.timestamp("us"))),
    "sparse": pd.Series(pd.arrays.SparseArray(RNG.integers(0, 2, 40))),
}
CANNOT_MISS = {"bool", "sparse", *(t for t in COLUMNS if t.startswith(("int", "uint")))}
Y = pd.Series(np.repeat(["a", "b", "c"], [20, 12, 8]), name="kind")


def is_symbols(column):
    return not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(
        column.dtype
    )


def assert_like(new, old):
    """New entries of a column have its dtype, its symbols, its range."""
    assert new.dtype == old.dtype
    present, known = new.dropna(), old.dropna()
    if isinstance(old.dtype, pd.SparseDtype):
        present, known = present.sparse.to_dense(), known.sparse.to_dense()
    dates = pd.api.types.infer_dtype(known) in {"datetime", "datetime64", "timedelta64"}
    if is_symbols(old) and not dates and pd.api.types.infer_dtype(known) != "integer":
        assert set(present) <= set(known)
    elif len(known):
        assert present.between(known.min(), known.max()).all()
    if not old.isna().any():
        assert not new.isna().any()


def mixed(n_rows=200, seed=0, missing=0.1):
    """A frame of numbers, dates and symbols that depend on each other, with missing values."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 90, n_rows)
    frame = pd.DataFrame(
        {
            "age": age.astype(float),
            "dose": age / 10 + rng.normal(size=n_rows),
            "visit": pd.Timestamp("2024-01-01") + pd.to_timedelta(age + rng.integers(9), unit="D"),
            "old": age > 60,
            "ward": pd.Categorical(np.array(["a", "b", "c"])[rng.integers(3, size=n_rows)]),
            "drug": np.where(age + rng.normal(0, 20, n_rows) > 50, "x", "y"),
        }
    )
    gaps = rng.random(frame.shape) < missing
    gaps[:, 3] = False
    return frame.mask(gaps)
