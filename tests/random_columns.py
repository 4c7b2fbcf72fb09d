"""Random columns: every dtype that a frame can hold, with values of many shapes."""

from __future__ import annotations

import datetime
import fractions
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "+05:30"]
UNITS = ["s", "ms", "us", "ns"]
# Moments at which clocks of those zones change, in seconds from 1970.
CLOCK_CHANGES = [1711846800, 1729990800, 1710054000, 1730613600, 1712415600, 1728142200]


# --- Shapes: values before they get a dtype -------------------------------------------------


def _spike(rng, n, values, spike):
    return np.where(rng.random(n) < 0.6, spike, values)


def _one_out(rng, n, values, outlier):
    return np.where(np.arange(n) == rng.integers(n), outlier, values)


FLOAT_SHAPES: dict[str, Callable[..., Any]] = {
    "normal": lambda rng, n, top: rng.normal(rng.normal(0, 5), rng.exponential(), n),
    "constant": lambda rng, n, top: np.full(n, rng.choice([0.0, 0.1, -3.7, top])),
    "two": lambda rng, n, top: rng.choice(rng.normal(size=2), n),
    "spike": lambda rng, n, top: _spike(rng, n, rng.exponential(1, n), 0.0),
    "heavy": lambda rng, n, top: np.clip(rng.standard_cauchy(n), -top, top),
    "logarithmic": lambda rng, n, top: np.minimum(10.0 ** rng.uniform(-6, 9, n), top),
    "outlier": lambda rng, n, top: _one_out(rng, n, rng.normal(size=n), min(1e9, top)),
    "offset": lambda rng, n, top: np.minimum(1e15, top / 2) * (1 + 1e-13 * rng.integers(0, 99, n)),
    "huge": lambda rng, n, top: rng.uniform(0, top, n) * rng.choice([-1, 1], n),
    "denormal": lambda rng, n, top: rng.integers(0, 100, n) * 5e-324,
    "zeros": lambda rng, n, top: rng.choice([0.0, -0.0, 1.0], n),
    "whole": lambda rng, n, top: rng.integers(-5, 50, n).astype(float),
}
INT_SHAPES: dict[str, Callable[..., Any]] = {
    "few": lambda rng, n, low, top: rng.integers(0, 3, n),
    "small": lambda rng, n, low, top: rng.integers(max(low, -50), 100, n),
    "constant": lambda rng, n, low, top: [int(rng.choice([0, 7]))] * n,
    "low end": lambda rng, n, low, top: [low + int(i) for i in rng.integers(0, 30, n)],
    "high end": lambda rng, n, low, top: [top - int(i) for i in rng.integers(0, 30, n)],
    "both ends": lambda rng, n, low, top: [(low, top, 0)[i] for i in rng.integers(0, 3, n)],
    "whole range": lambda rng, n, low, top: [low + int(s * (top - low)) for s in rng.random(n)],
    "ids": lambda rng, n, low, top: [min(2**60, top - n) + i for i in rng.permutation(n).tolist()],
    "spike": lambda rng, n, low, top: _spike(rng, n, rng.integers(0, 100, n), 0),
    "outlier": lambda rng, n, low, top: _one_out(rng, n, rng.integers(0, 9, n), min(10**9, top)),
}
# Seconds from 1970, multiples of a day, an hour, ...
TIME_SHAPES: dict[str, Callable[..., Any]] = {
    "days": lambda rng, n: rng.integers(15000, 20000, n) * 86400.0,
    "hours": lambda rng, n: rng.integers(400000, 401000, n) * 3600.0,
    "minutes": lambda rng, n: 1.7e9 // 60 * 60 + rng.integers(0, 9999, n) * 60.0,
    "seconds": lambda rng, n: 1.7e9 + rng.integers(0, 9999, n),
    "fractions": lambda rng, n: 1.7e9 + rng.integers(0, 9999999, n) / 1000,
    "clock change": lambda rng, n: rng.choice(CLOCK_CHANGES) + rng.integers(-300, 300, n) * 60.0,
    "long ago": lambda rng, n: -rng.integers(60000, 90000, n) * 86400.0,
    "constant": lambda rng, n: np.full(n, 1.7e9),
}
WORDS = ["u", "v", "w", "", "Straße", "a longer text", "7", "nan"]


def _words(rng, n):
    n_words = rng.integers(1, len(WORDS) + 1)
    return rng.choice(np.array(WORDS, object), n_words, replace=False)[
        rng.integers(n_words, size=n)
    ]


TEXT_SHAPES: dict[str, Callable[..., Any]] = {
    "words": _words,
    "one": lambda rng, n: np.array(["x"] * n, object),
    "distinct": lambda rng, n: np.array([f"k{i}" for i in rng.permutation(n)], object),
}
BOOL_SHAPES: dict[str, Callable[..., Any]] = {
    "half": lambda rng, n: rng.random(n) < 0.5,
    "rare": lambda rng, n: np.arange(n) == rng.integers(n),
    "one": lambda rng, n: np.full(n, rng.random() < 0.5),
}


# --- Dtypes: a name, and how a series of it is made --------------------------------------------


def _objects(values):
    column = np.empty(len(values), object)
    column[:] = list(values)
    return pd.Series(column, dtype=object)


def _float_of(name, limits_of, rng, n, shape):
    top = float(np.finfo(limits_of).max) * (0.06 if rng.random() < 0.8 else 1.0)
    return pd.Series(FLOAT_SHAPES[shape](rng, n, top).astype(limits_of), dtype=name)


def _int_of(name, limits_of, rng, n, shape):
    limits = np.iinfo(limits_of)
    values = INT_SHAPES[shape](rng, n, int(limits.min), int(limits.max))
    return pd.Series(np.array(values, limits_of), dtype=name)


def _object_ints(rng, n, shape):
    return _objects([int(v) for v in INT_SHAPES[shape](rng, n, -(2**63), 2**63 - 1)])


def _big_ints(rng, n, shape):
    values = INT_SHAPES[shape](rng, n, -(10**30), 10**30)
    return _objects([10**20 + int(v) for v in values])


def _decimals(rng, n, shape):
    return _objects([Decimal(int(v)).scaleb(-2) for v in rng.integers(-999, 99999, n)])


def _times(dtype, rng, n, shape):
    seconds, unit = TIME_SHAPES[shape](rng, n), np.datetime_data(dtype)[0]
    exact = [round(s * 1000) * {"s": 1, "ms": 1, "us": 10**3, "ns": 10**6}[unit] for s in seconds]
    numbers = np.array(exact, np.int64) // (1000 if unit == "s" else 1)
    return pd.Series(numbers.view(dtype))


def _zoned(zone, unit, rng, n, shape):
    moments = _times(f"M8[{unit}]", rng, n, shape)
    if shape == "clock change":
        return moments.dt.tz_localize("UTC").dt.tz_convert(zone)
    return moments.dt.tz_localize(zone, ambiguous=np.ones(n, bool), nonexistent="shift_forward")


def _durations(unit, rng, n, shape):
    return _times(f"m8[{unit}]", rng, n, shape)


def _category(rng, n, values, *, ordered=False, unused=()):
    column = pd.Series(pd.Categorical(list(values), ordered=False))
    categories = [*column.cat.categories, *unused]
    order = rng.permutation(len(categories))
    return column.cat.set_categories([categories[i] for i in order], ordered=ordered)


@dataclass(frozen=True)
class Dtype:
    """A dtype that columns can have.

    Attributes
    ----------
    make : callable
        ``make(rng, n, shape)`` returns a series.
    shapes : tuple of str
        What the values may look like.
    rule : {"numbers", "symbols", "times", "any"}
        The law that new entries obey where `categorical_features` is "auto".
    can_be_refused : bool
        Whether an error that names the column will do.
    is_arrayable : bool
        Whether an array can hold the column in this dtype.
    """

    make: Callable[..., pd.Series]
    shapes: tuple[str, ...] = ("any",)
    rule: str = "symbols"
    can_be_refused: bool = False
    is_arrayable: bool = False


def _arrow(make, arrow_type):
    return lambda rng, n, shape: make(rng, n, shape).astype(pd.ArrowDtype(arrow_type))


def _many(dtypes, make, shapes, rule, **options):
    """Dtypes by their names, made by ``make(name, dtype, rng, n, shape)``."""
    return {
        name: Dtype(
            lambda rng, n, shape, name=name, plain=plain: make(name, plain, rng, n, shape),
            tuple(shapes),
            rule,
            **options,
        )
        for name, plain in dtypes.items()
    }


_NUMPY_INTS = {f"{u}int{b}": f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64)}
_NUMPY_FLOATS = {f"float{b}": f"float{b}" for b in (64, 32, 16)}
DTYPES: dict[str, Dtype] = {
    **_many(_NUMPY_FLOATS, _float_of, FLOAT_SHAPES, "numbers", is_arrayable=True),
    **_many(
        {
            "Float64": "float64",
            "Float32": "float32",
            "double[pyarrow]": "float64",
            "float[pyarrow]": "float32",
            "Sparse[float64]": "float64",
        },
        _float_of,
        FLOAT_SHAPES,
        "numbers",
    ),
    "object floats": Dtype(
        lambda rng, n, shape: _objects(_float_of("float64", "float64", rng, n, shape).tolist()),
        tuple(FLOAT_SHAPES),
        "numbers",
    ),
    **_many(_NUMPY_INTS, _int_of, INT_SHAPES, "numbers", is_arrayable=True),
    **_many(
        {
            **{i.replace("i", "I").replace("u", "U"): i for i in _NUMPY_INTS},
            **{f"{i}[pyarrow]": i for i in _NUMPY_INTS},
            "Sparse[int64]": "int64",
            "Sparse[int8]": "int8",
        },
        _int_of,
        INT_SHAPES,
        "numbers",
    ),
    "object ints": Dtype(_object_ints, tuple(INT_SHAPES), "numbers"),
    "big ints": Dtype(_big_ints, ("small", "few", "whole range"), "numbers", can_be_refused=True),
    "object decimals": Dtype(_decimals, rule="numbers", can_be_refused=True),
    "arrow decimals": Dtype(
        _arrow(_decimals, pa.decimal128(9, 2)), rule="numbers", can_be_refused=True
    ),
    "bool": Dtype(
        lambda rng, n, shape: pd.Series(BOOL_SHAPES[shape](rng, n)),
        tuple(BOOL_SHAPES),
        is_arrayable=True,
    ),
    **_many(
        {"boolean": "boolean", "bool[pyarrow]": "bool[pyarrow]", "Sparse[bool]": "Sparse[bool]"},
        lambda name, plain, rng, n, shape: pd.Series(BOOL_SHAPES[shape](rng, n), dtype=name),
        BOOL_SHAPES,
        "symbols",
    ),
    "object bools": Dtype(
        lambda rng, n, shape: _objects(BOOL_SHAPES[shape](rng, n).tolist()), tuple(BOOL_SHAPES)
    ),
    **_many(
        {t: t for t in ("object", "str", "string", "string[python]", "string[pyarrow]")},
        lambda name, plain, rng, n, shape: pd.Series(TEXT_SHAPES[shape](rng, n), dtype=name),
        TEXT_SHAPES,
        "symbols",
    ),
    **_many(
        {"arrow string": pa.string(), "arrow large string": pa.large_string()},
        lambda name, plain, rng, n, shape: pd.Series(
            TEXT_SHAPES[shape](rng, n), dtype=pd.ArrowDtype(plain)
        ),
        TEXT_SHAPES,
        "symbols",
    ),
    "arrow dictionary": Dtype(
        lambda rng, n, shape: pd.Series(
            pd.arrays.ArrowExtensionArray(pa.array(_words(rng, n).tolist()).dictionary_encode())
        )
    ),
    "mixed objects": Dtype(
        lambda rng, n, shape: _objects(rng.choice(np.array(["u", 1, 2.5, True], object), n))
    ),
    "category": Dtype(lambda rng, n, shape: _category(rng, n, _words(rng, n))),
    "ordered": Dtype(lambda rng, n, shape: _category(rng, n, _words(rng, n), ordered=True)),
    "unused": Dtype(lambda rng, n, shape: _category(rng, n, _words(rng, n), unused=["y", "z"])),
    "category of ints": Dtype(
        lambda rng, n, shape: _category(rng, n, rng.integers(-2, 4, n) * 10**9, unused=[5])
    ),
    "category of floats": Dtype(
        lambda rng, n, shape: _category(rng, n, rng.choice([0.1, 0.5, 2.0], n))
    ),
    "category of bools": Dtype(lambda rng, n, shape: _category(rng, n, rng.random(n) < 0.5)),
    "category of dates": Dtype(
        lambda rng, n, shape: _category(
            rng, n, pd.Timestamp("2024") + pd.to_timedelta(rng.integers(0, 4, n), unit="D")
        )
    ),
    "category of intervals": Dtype(
        lambda rng, n, shape: pd.cut(pd.Series(rng.normal(size=n)), [-9, -1, 0, 1, 9])
    ),
    **_many(
        {f"datetime64[{u}]": f"M8[{u}]" for u in UNITS},
        lambda name, plain, rng, n, shape: _times(plain, rng, n, shape),
        TIME_SHAPES,
        "times",
    ),
    **_many(
        {f"{zone} {UNITS[i % 4]}": (zone, UNITS[i % 4]) for i, zone in enumerate(ZONES * 2)}
        | {"Europe/Berlin s": ("Europe/Berlin", "s")},
        lambda name, plain, rng, n, shape: _zoned(*plain, rng, n, shape),
        TIME_SHAPES,
        "times",
    ),
    **_many(
        {f"timedelta64[{u}]": u for u in UNITS},
        lambda name, plain, rng, n, shape: _durations(plain, rng, n, shape),
        TIME_SHAPES,
        "times",
    ),
    **_many(
        {f"arrow timestamp[{u}]": u for u in UNITS},
        lambda name, u, rng, n, shape: _times(f"M8[{u}]", rng, n, shape).astype(
            pd.ArrowDtype(pa.timestamp(u))
        ),
        TIME_SHAPES,
        "times",
    ),
    "arrow zoned": Dtype(
        _arrow(
            lambda *args: _zoned("Europe/Berlin", "us", *args), pa.timestamp("us", "Europe/Berlin")
        ),
        tuple(TIME_SHAPES),
        "times",
        can_be_refused=True,
    ),
    "arrow duration": Dtype(
        _arrow(lambda *args: _durations("us", *args), pa.duration("us")),
        tuple(TIME_SHAPES),
        "times",
    ),
    "arrow date": Dtype(
        lambda rng, n, shape: _times("M8[s]", rng, n, "days").astype(pd.ArrowDtype(pa.date32())),
        rule="any",
        can_be_refused=True,
    ),
    "object dates": Dtype(
        lambda rng, n, shape: _objects(_times("M8[s]", rng, n, "days").dt.date), rule="any"
    ),
    "object times": Dtype(
        lambda rng, n, shape: _objects(list(_times("M8[us]", rng, n, shape))),
        tuple(TIME_SHAPES),
        "any",
    ),
    "object durations": Dtype(
        lambda rng, n, shape: _objects(list(_durations("us", rng, n, shape))), ("hours",), "any"
    ),
    **{
        name: Dtype(make, rule="any", can_be_refused=True)
        for name, make in {
            "complex": lambda rng, n, shape: pd.Series(rng.normal(size=n) + 1j),
            "infinite": lambda rng, n, shape: pd.Series(np.where(np.arange(n) == 3, np.inf, 1.0)),
            "period": lambda rng, n, shape: pd.Series(
                pd.period_range("2020", periods=4, freq="M")[rng.integers(0, 4, n)]
            ),
            "interval": lambda rng, n, shape: pd.Series(
                pd.interval_range(0, 4)[rng.integers(0, 4, n)]
            ),
            "bytes": lambda rng, n, shape: _objects(
                [b"ab"[i : i + 1] for i in rng.integers(0, 2, n)]
            ),
            "tuples": lambda rng, n, shape: _objects([(1, int(i)) for i in rng.integers(0, 2, n)]),
            "lists": lambda rng, n, shape: _objects([[1, int(i)] for i in rng.integers(0, 2, n)]),
            "dicts": lambda rng, n, shape: _objects([{1: int(i)} for i in rng.integers(0, 2, n)]),
            "fractions": lambda rng, n, shape: _objects(
                [fractions.Fraction(int(i), 3) for i in rng.integers(0, 9, n)]
            ),
            "clock times": lambda rng, n, shape: _objects(
                [datetime.time(int(i)) for i in rng.integers(0, 24, n)]
            ),
            "arrow time": lambda rng, n, shape: pd.Series(
                [datetime.time(int(i)) for i in rng.integers(0, 24, n)],
                dtype=pd.ArrowDtype(pa.time64("us")),
            ),
            "arrow binary": lambda rng, n, shape: pd.Series(
                [b"ab"[i : i + 1] for i in rng.integers(0, 2, n)], dtype=pd.ArrowDtype(pa.binary())
            ),
            "arrow list": lambda rng, n, shape: pd.Series(
                [[int(i)] for i in rng.integers(0, 2, n)],
                dtype=pd.ArrowDtype(pa.list_(pa.int64())),
            ),
        }.items()
    },
}

MISSING = [None, np.nan, pd.NA, pd.NaT]


def make_column(dtype: str, shape: str, seed: int, gaps: float, n_rows: int) -> pd.Series:
    """Return a column; a share `gaps` of its entries is missing where the dtype allows."""
    rng = np.random.default_rng(seed)
    column = DTYPES[dtype].make(rng, n_rows, shape)
    if not gaps or isinstance(column.dtype, pd.SparseDtype):
        return column
    absent = rng.random(n_rows) < gaps
    if column.dtype == object:
        column = column.copy()
        for i in np.flatnonzero(absent):
            column.iloc[i] = MISSING[seed % 2 if seed % 3 else seed % len(MISSING)]
        return column
    if dtype == "arrow dictionary":  # which can't be masked
        entries = column.astype(object).mask(absent, None)
        coded = pa.array(entries.tolist(), pa.string()).dictionary_encode()
        return pd.Series(pd.arrays.ArrowExtensionArray(coded))
    return column.mask(absent)
