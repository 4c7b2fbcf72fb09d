"""Values of pandas as plain arrays and types, for file formats that know no pandas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, is_dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype
from pandas.api.types import pandas_dtype


class PlainState:
    """Mixin of objects whose attributes are written to files as plain arrays and types."""

    def __getstate__(self) -> dict[str, Any]:
        inherited = getattr(super(), "__getstate__", None)
        state = vars(self) if inherited is None else inherited()
        return {name: to_plain(value) for name, value in state.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = {name: from_plain(value) for name, value in state.items()}
        inherited = getattr(super(), "__setstate__", self.__dict__.update)
        inherited(state)


@dataclass(frozen=True)
class Plain:
    """A value in plain parts.

    Attributes
    ----------
    kind : str
        A key of `_KINDS`.
    parts : tuple
        Arrays and Python's own types, or `Plain` again.
    """

    kind: str
    parts: tuple[Any, ...]


def to_plain(value: Any) -> Any:
    """Return a value of pandas as `Plain`, and anything else as it is."""
    for name, kind in _KINDS.items():
        if kind.holds(value):
            return Plain(name, tuple(to_plain(part) for part in kind.split(value)))
    return value


def from_plain(value: Any) -> Any:
    """Return what `to_plain` was given."""
    if not isinstance(value, Plain):
        return value
    return _KINDS[value.kind].join(*(from_plain(part) for part in value.parts))


def list_to_plain(values: list[Any]) -> Any:
    """Return the plain values of a list, which are few where all are the same or of one type.

    Returns
    -------
    plain : tuple, ndarray or list
        (length, value) of a value that repeats, an array where its `tolist` gives the list back,
        or a list of plain values.
    """
    first, types = values[0], {*map(type, values)}
    if all(value is first or (is_dataclass(first) and value == first) for value in values):
        return len(values), to_plain(first)
    if len(types) == 1 and types <= {bool, int, float, str}:
        array = np.array(values)
        if array.tolist() == values and {*map(type, array.tolist())} == types:
            return array
    return [to_plain(value) for value in values]


def list_from_plain(plain: Any) -> list[Any]:
    """Return the list that `list_to_plain` was given."""
    if isinstance(plain, np.ndarray):
        return plain.tolist()
    if isinstance(plain, tuple):
        return [from_plain(plain[1])] * plain[0]
    return [from_plain(value) for value in plain]


class _Kind(NamedTuple):
    """A kind of values: which they are, their parts, and the value that has some parts."""

    holds: Callable[[Any], bool]
    split: Callable[[Any], tuple[Any, ...]]
    join: Callable[..., Any]


def _of(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types)


def _array_of(*dtypes: type) -> Callable[[Any], bool]:
    """Return a test for pandas' arrays of these dtypes."""
    return lambda value: isinstance(value, ExtensionArray) and isinstance(value.dtype, dtypes)


def _join_series(entries: Any, index: pd.Index, name: Any = None) -> pd.Series:
    return pd.Series(entries, index, dtype=entries.dtype, name=name)


def _join_frame(columns: pd.Index, index: pd.Index, *entries: Any) -> pd.DataFrame:
    series = {j: _join_series(of_column, index) for j, of_column in enumerate(entries)}
    return pd.DataFrame(series, index).set_axis(columns, axis=1)


def _split_masked(array: Any) -> tuple[Any, ...]:
    plain = array.dtype.numpy_dtype
    return array.to_numpy(plain, na_value=plain.type(0)), array.isna(), array.dtype


def _join_zoned(moments: Any, dtype: Any) -> Any:
    return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(dtype.tz).array


def _split_arrow(array: Any) -> tuple[Any, ...]:
    import pyarrow as pa

    table, sink = pa.table({"": pa.array(array)}), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return (sink.getvalue().to_pybytes(),)


def _join_arrow(stream: bytes) -> Any:
    import pyarrow as pa

    return pd.arrays.ArrowExtensionArray(pa.ipc.open_stream(stream).read_all().column(0))


def _split_arrow_dtype(dtype: Any) -> tuple[Any, ...]:
    import pyarrow as pa

    return _split_arrow(pa.array([], dtype.pyarrow_dtype))


def _join_text_dtype(storage: str, is_nan: bool) -> pd.StringDtype:
    # Versions of pandas that have one missing value for text have no name for it.
    return pd.StringDtype(storage, **({"na_value": np.nan} if is_nan else {}))


def _holds_objects_of_pandas(value: Any) -> bool:
    types = (pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval, type(pd.NA), type(pd.NaT))
    is_objects = isinstance(value, np.ndarray) and value.dtype.kind == "O"
    return is_objects and any(isinstance(entry, types) for entry in value.flat)


def _join_objects(shape: tuple[int, ...], *entries: Any) -> Any:
    array = np.empty(len(entries), object)
    for i, entry in enumerate(entries):
        array[i] = entry
    return array.reshape(shape)


# Special kinds come before general ones.
_KINDS = {
    "frame": _Kind(
        _of(pd.DataFrame),
        lambda f: (f.columns, f.index, *(column.array for _, column in f.items())),
        _join_frame,
    ),
    "series": _Kind(_of(pd.Series), lambda s: (s.array, s.index, s.name), _join_series),
    "range": _Kind(
        _of(pd.RangeIndex),
        lambda i: (i.start, i.stop, i.step, i.name),
        lambda start, stop, step, name: pd.RangeIndex(start, stop, step, name=name),
    ),
    "multi-index": _Kind(
        _of(pd.MultiIndex),
        lambda i: (tuple(i.names), *(i.get_level_values(k) for k in range(i.nlevels))),
        lambda names, *levels: pd.MultiIndex.from_arrays(levels, names=names),
    ),
    "index": _Kind(
        _of(pd.Index),
        lambda i: (i.array, i.name),
        lambda entries, name: pd.Index(entries, dtype=entries.dtype, name=name),
    ),
    "categorical": _Kind(
        _of(pd.Categorical),
        lambda a: (a.codes, a.dtype),
        lambda codes, dtype: pd.Categorical.from_codes(codes, dtype=dtype),
    ),
    "masked": _Kind(
        _of(pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray),
        _split_masked,
        lambda values, mask, dtype: dtype.construct_array_type()(values, mask),
    ),
    "zoned": _Kind(
        _array_of(pd.DatetimeTZDtype),
        lambda a: (a.tz_convert("UTC").tz_localize(None).to_numpy(), a.dtype),
        _join_zoned,
    ),
    "intervals": _Kind(
        _of(pd.arrays.IntervalArray),
        lambda a: (a.left, a.right, a.closed),
        pd.arrays.IntervalArray.from_arrays,
    ),
    "periods": _Kind(
        _of(pd.arrays.PeriodArray),
        lambda a: (a.astype(np.int64), a.dtype),
        lambda ordinals, dtype: pd.arrays.PeriodArray(ordinals, dtype=dtype),
    ),
    "sparse": _Kind(
        _of(pd.arrays.SparseArray),
        lambda a: (np.asarray(a), a.dtype),
        lambda values, dtype: pd.arrays.SparseArray(values, dtype=dtype),
    ),
    "text": _Kind(
        _array_of(pd.StringDtype),
        lambda a: (a.to_numpy(object, na_value=None), a.dtype),
        lambda entries, dtype: pd.array(entries, dtype=dtype),
    ),
    "arrow": _Kind(_array_of(pd.ArrowDtype), _split_arrow, _join_arrow),
    "numpy": _Kind(
        _of(pd.arrays.NumpyExtensionArray, pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray),
        lambda a: (a.to_numpy(),),
        lambda array: array,
    ),
    "categorical dtype": _Kind(
        _of(pd.CategoricalDtype), lambda d: (d.categories, d.ordered), pd.CategoricalDtype
    ),
    "text dtype": _Kind(
        _of(pd.StringDtype),
        lambda d: (d.storage, isinstance(d.na_value, float)),
        _join_text_dtype,
    ),
    "sparse dtype": _Kind(_of(pd.SparseDtype), lambda d: (d.subtype, d.fill_value), pd.SparseDtype),
    "arrow dtype": _Kind(
        _of(pd.ArrowDtype), _split_arrow_dtype, lambda stream: _join_arrow(stream).dtype
    ),
    "dtype": _Kind(_of(ExtensionDtype), lambda d: (str(d),), pandas_dtype),
    "moment": _Kind(
        _of(pd.Timestamp),
        lambda t: (pd.DatetimeIndex([t]).as_unit(t.unit),),
        lambda moments: moments[0],
    ),
    "duration": _Kind(
        _of(pd.Timedelta),
        lambda t: (pd.TimedeltaIndex([t]).as_unit(t.unit),),
        lambda durations: durations[0],
    ),
    "period": _Kind(_of(pd.Period), lambda p: (pd.PeriodIndex([p]),), lambda periods: periods[0]),
    "interval": _Kind(
        _of(pd.Interval), lambda i: (pd.IntervalIndex([i]),), lambda intervals: intervals[0]
    ),
    "objects": _Kind(
        _holds_objects_of_pandas, lambda a: (a.shape, *a.ravel().tolist()), _join_objects
    ),
    "missing": _Kind(
        lambda value: value is pd.NA or value is pd.NaT,
        lambda value: (value is pd.NA,),
        lambda is_na: pd.NA if is_na else pd.NaT,
    ),
    # skops writes keys as text, and would read False as True.
    "by boolean": _Kind(
        lambda v: isinstance(v, dict) and any(isinstance(key, bool | np.bool_) for key in v),
        lambda v: (tuple(v), tuple(v.values())),
        lambda keys, values: dict(zip(keys, values, strict=True)),
    ),
}
