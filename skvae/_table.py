"""Tables in, matrices of numbers out, and back: containers, names, dtypes, symbols.

A symbol becomes its place among the column's symbols, a missing value NaN.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_object_dtype, is_string_dtype
from sklearn.base import BaseEstimator
from sklearn.utils import _safe_indexing
from sklearn.utils._indexing import _get_column_indices
from sklearn.utils.validation import check_array, validate_data

# Values that are looked at once: small enough to leave no second table in memory.
_CHUNK = 1 << 20
_FLOATS = [np.float64, np.float32]
# What pandas calls the entries of an object column that holds numbers.
_OBJECT_NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal", "empty"}
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DAY, _HOUR, _MINUTE, _SECOND = 86_400, 3_600, 60, 1
_ENCODE = (
    "name it in categorical_features, or encode it first, for instance with "
    "sklearn.preprocessing.OrdinalEncoder"
)


def learn_table(
    estimator: BaseEstimator,
    X: Any,
    *,
    categorical_features: Any = "auto",
    missing: str = "error",
    like: TableFormat | None = None,
) -> tuple[TableFormat, NDArray[np.floating]]:
    """Check a table to train on; return its format and its values.

    Sets `n_features_in_` and `feature_names_in_` as scikit-learn does.

    Parameters
    ----------
    estimator : BaseEstimator
        For whom; messages name it.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The table.
    categorical_features : "auto", array-like or None, default="auto"
        The columns that hold symbols, as a mask, indices or names; "auto" takes a frame's columns
        of text, categories and booleans, and none of an array.
    missing : {"error", "indicator"}, default="error"
        Whether missing values are refused or NaN in the values.
    like : TableFormat, default=None
        A format whose columns to read the table by, instead of learning them from it.

    Returns
    -------
    table_format : TableFormat
    values : ndarray of shape (n_samples, n_features)
        float32 where that holds all of `X`, as float32 and short integers, else float64.

    Raises
    ------
    TypeError
        If `X` is sparse, or of another library's type.
    ValueError
        If `X` isn't a table of at least 1 column, a column is neither numbers nor symbols, holds
        infinity or a missing value that is refused, or a name stands twice; the message names
        the column.
    """
    check_container(X)
    if like is not None:
        table_format = like.with_dtypes_of(X)
        return table_format, read_table(estimator, X, like, missing=missing, reset=True)
    symbolic = symbolic_columns(X, categorical_features)
    if not isinstance(X, pd.DataFrame) and not symbolic.any():
        return _learn_numbers(estimator, X, missing)
    table_format = TableFormat.of(X, symbolic)
    return table_format, read_table(estimator, X, table_format, missing=missing, reset=True)


def read_table(
    estimator: BaseEstimator,
    X: Any,
    table_format: TableFormat,
    *,
    missing: str = "error",
    reset: bool = False,
) -> NDArray[np.floating]:
    """Values of a table in a format that was learnt before, or of its training table (`reset`).

    Raises
    ------
    TypeError, ValueError
        As `learn_table`, and if a column holds a symbol that it did not when its format was
        learnt.
    """
    check_container(X)
    if not table_format.has_symbols and not isinstance(X, pd.DataFrame):
        values = _read_numbers(estimator, X, reset)
    else:
        frame = as_frame(X)
        names = table_format.names
        if reset and names is not None and list(frame.columns) != list(names):
            raise ValueError(
                f"X must have the columns {list(names)} in their order, got {list(frame.columns)}"
            )
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        values = check_array(
            table_format.read(frame), dtype=_FLOATS, ensure_all_finite=False, copy=False
        )
    names = _names(X, values.shape[1])
    _check_finite(values, names, type(estimator).__name__, missing)
    if missing == "indicator":
        gaps = np.isnan(values).any(axis=0)
        for name, column, has_gap in zip(names, table_format.columns, gaps, strict=True):
            if has_gap and not column.has_missing:
                raise ValueError(
                    f"column {name} must not miss values, as it missed none in fit: impute them"
                )
    return values


def _learn_numbers(
    estimator: BaseEstimator, X: Any, missing: str
) -> tuple[TableFormat, NDArray[np.floating]]:
    """The way of arrays that hold numbers only: no column is looked at alone."""
    values = _read_numbers(estimator, X, reset=True)
    _check_finite(values, _names(X, values.shape[1]), type(estimator).__name__, missing)
    array = np.asarray(X)
    step = 1.0 if array.dtype.kind in "biu" else 0.0
    gaps = np.isnan(values).any(axis=0) if missing == "indicator" else [False] * values.shape[1]
    columns = [Column(j, array.dtype, None, step, bool(own)) for j, own in enumerate(gaps)]
    return TableFormat(columns, None, array.dtype, isinstance(X, list)), values


def _read_numbers(estimator: BaseEstimator, X: Any, reset: bool) -> NDArray[np.floating]:
    dtypes = np.float32 if _is_single(getattr(X, "dtype", None)) else _FLOATS
    try:
        values = validate_data(estimator, X, reset=reset, dtype=dtypes, ensure_all_finite=False)
    except ValueError as error:
        if "could not convert" in str(error):
            _name_text(X)
        raise
    dtype = np.asarray(X).dtype
    if dtype.kind in "SU":
        _name_text(X)
    if dtype.kind in "mM":
        raise ValueError(
            f"X must be numeric, got dtype {str(dtype)!r}: give it as a pandas DataFrame"
        )
    return values


def _is_single(dtype: Any) -> bool:
    """Whether float32 holds all numbers of a dtype, those of images say, in half the memory."""
    if not isinstance(dtype, np.dtype):
        return False
    return dtype == np.float32 or (dtype.kind in "iu" and dtype.itemsize < 4)


def check_container(X: Any) -> None:
    """Refuse a table of another library than numpy and pandas."""
    library = type(X).__module__.split(".")[0]
    if library in {"polars", "pyarrow", "modin", "dask", "cudf", "ibis"}:
        raise TypeError(
            f"X must be a pandas DataFrame or an array, got {library}'s {type(X).__name__}: "
            "convert it, for instance with X.to_pandas()"
        )


def symbolic_columns(X: Any, categorical_features: Any) -> NDArray[np.bool_]:
    """Mask of the columns that hold symbols."""
    auto = isinstance(categorical_features, str) and categorical_features == "auto"
    if isinstance(categorical_features, str) and not auto:
        raise ValueError(
            "categorical_features must be 'auto', None, or a mask, indices or names of "
            f"columns, got {categorical_features!r}"
        )
    if auto and isinstance(X, pd.DataFrame):
        _check_names(X)
        return np.array([_is_symbolic(column) for _, column in X.items()], bool)
    shape = np.shape(X) if isinstance(X, pd.DataFrame) else np.shape(np.asarray(X))
    n_features = shape[1] if len(shape) == 2 else 0
    mask = np.zeros(n_features, bool)
    if auto or categorical_features is None:
        return mask
    named = X if isinstance(X, pd.DataFrame) else np.empty((0, n_features))
    try:
        mask[_get_column_indices(named, _as_key(categorical_features))] = True
    except (ValueError, IndexError, TypeError) as error:
        raise ValueError(
            f"categorical_features must name columns of X, got {categorical_features!r}: {error}"
        ) from error
    return mask


def _as_key(columns: Any) -> Any:
    """A list or array as scikit-learn's column selection takes it."""
    key = np.asarray(columns)
    return key.astype(int) if key.size == 0 else key.tolist()


def _is_symbolic(column: pd.Series) -> bool:
    dtype = column.dtype
    if is_object_dtype(dtype):
        return pd.api.types.infer_dtype(column, skipna=True) not in _OBJECT_NUMBERS
    if isinstance(dtype, pd.CategoricalDtype):
        return True
    if isinstance(dtype, pd.SparseDtype):
        return False
    return is_bool_dtype(dtype) or is_string_dtype(dtype)


def as_frame(X: Any) -> pd.DataFrame:
    """A table as a dense frame of distinct names; an array of objects with the dtypes it holds."""
    if not isinstance(X, pd.DataFrame):
        array = np.asarray(X, object) if isinstance(X, list | tuple) else np.asarray(X)
        if array.ndim != 2:  # scikit-learn's own words for it
            check_array(X, dtype=None, ensure_all_finite=False)
        return pd.DataFrame(array).infer_objects()
    _check_names(X)
    sparse = {c: d.subtype for c, d in X.dtypes.items() if isinstance(d, pd.SparseDtype)}
    return X.astype(sparse) if sparse else X


def _check_names(X: pd.DataFrame) -> None:
    twice = X.columns[X.columns.duplicated()].unique().tolist()
    if twice:
        raise ValueError(f"X must have distinct column names, got {twice} more than once")


def _names(X: Any, n_features: int) -> list[str]:
    columns = X.columns if isinstance(X, pd.DataFrame) else range(n_features)
    return [repr(c) for c in columns]


def _name_text(X: Any) -> None:
    """Raise an error that names the first column with text in it, if a column has any."""
    entries = np.asarray(X, object)
    if entries.ndim != 2:
        return
    for j, name in enumerate(_names(X, entries.shape[1])):
        for entry in entries[:, j]:
            if isinstance(entry, str | bytes):
                raise ValueError(f"X must be numeric, got {entry!r} in column {name}: {_ENCODE}")


def _check_finite(
    values: NDArray[np.floating], names: list[str], estimator: str, missing: str
) -> None:
    # A finite sum has finite terms, at no cost in memory; only else look closer.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return
    refused: list[tuple[Any, str, str]] = [(np.isinf, "infinity", "impute or drop it")]
    if missing == "error":
        hint = "impute or drop it, or set missing='indicator'"
        refused.insert(0, (np.isnan, "NaN", hint))
    for rows in row_chunks(values):
        for bad, what, way_out in refused:
            row, column = np.nonzero(bad(values[rows]))
            if len(row):
                raise ValueError(
                    f"{estimator} needs finite numbers: X contains {what} in column "
                    f"{names[column[0]]}, first in row {rows.start + row[0]}: {way_out}"
                )


def stack_tables(X: Any, other: Any, name: str) -> Any:
    """The rows of `X`, then those of a table with the same columns that messages call `name`.

    Raises
    ------
    ValueError
        If the second is another sort of table or has other columns.
    """
    if not len(other):
        raise ValueError(f"{name} must have at least 1 row, got none")
    if isinstance(X, pd.DataFrame) != isinstance(other, pd.DataFrame):
        raise ValueError(
            f"{name} must be a {type(X).__name__} as X is, got a {type(other).__name__}"
        )
    if isinstance(X, pd.DataFrame):
        if list(X.columns) != list(other.columns):
            raise ValueError(
                f"{name} must have the columns of X in their order, {list(X.columns)}, got "
                f"{list(other.columns)}"
            )
        return pd.concat([X, other], ignore_index=True)
    shapes = np.shape(X), np.shape(other)
    if len(shapes[0]) != 2 or shapes[0][1:] != shapes[1][1:]:
        raise ValueError(
            f"{name} must have as many columns as X, got shapes {shapes[1]} and {shapes[0]}"
        )
    return np.concatenate([np.asarray(X), np.asarray(other)])


def row_chunks(values: NDArray[Any]) -> Iterator[slice]:
    """Yield slices of rows that are small enough to work on without a second table in memory."""
    step = max(1, _CHUNK // max(1, values.shape[1]))
    for start in range(0, len(values), step):
        yield slice(start, min(start + step, len(values)))


@dataclass(frozen=True)
class Column:
    """What a column holds, and how its entries become numbers and go back.

    Attributes
    ----------
    name : label
        Its name or number.
    dtype : dtype
        Its dtype, which new entries get.
    symbols : array or None
        The symbols that it holds, in order and in its dtype; None where it holds numbers.
    step : float
        What its numbers are multiples of: 1 for integers, a day for dates; 0 for any number.
    has_missing : bool
        Whether entries are missing.
    missing : object
        What stands for those.
    """

    name: Any
    dtype: Any
    symbols: Any = None
    step: float = 0.0
    has_missing: bool = False
    missing: Any = np.nan

    @classmethod
    def of(cls, name: Any, column: pd.Series, symbolic: bool) -> Column:
        """Learn a column."""
        dtype, absent = column.dtype, column.isna()
        gaps = (True, column[absent].iloc[0]) if absent.any() else (False, np.nan)
        if symbolic:
            return cls(name, dtype, _symbols(name, column), 1.0, *gaps)
        if unit := _time_unit(dtype):
            moments = _as_integers(column)[~absent.to_numpy()]
            steps = [_PER_SECOND[unit] * seconds for seconds in (_DAY, _HOUR, _MINUTE, _SECOND)]
            step = next((step for step in steps if (moments % step == 0).all()), 1)
            return cls(name, dtype, None, float(step), *gaps)
        whole = pd.api.types.is_integer_dtype(dtype) or is_bool_dtype(dtype)
        if is_object_dtype(dtype):
            whole = pd.api.types.infer_dtype(column, skipna=True) == "integer"
        elif not is_numeric_dtype(dtype) or np.dtype(_plain(dtype)).kind == "c":
            if isinstance(dtype, pd.CategoricalDtype) or is_string_dtype(dtype):
                hint = _ENCODE
            else:
                hint = "encode it as numbers first"
            raise ValueError(
                f"X must be numeric, got dtype {str(dtype)!r} in column {name!r}: {hint}"
            )
        elif not whole and pd.api.types.is_float_dtype(dtype):
            # Integers that miss values are floats in most frames.
            present = column[~absent].to_numpy(np.float64)
            whole = len(present) > 0 and bool((present == np.rint(present)).all())
        return cls(name, dtype, None, float(whole), *gaps)

    def read(self, column: pd.Series) -> NDArray[np.floating]:
        """A column's entries as numbers, NaN where missing."""
        if self.symbols is not None:
            return self._read_symbols(column)
        if bool(_time_unit(self.dtype)) != bool(_time_unit(column.dtype)):
            raise ValueError(
                f"column {self.name!r} must hold {self.dtype} as in fit, got {column.dtype}"
            )
        if _time_unit(self.dtype):
            try:
                column = column.astype(self.dtype)
            except (TypeError, ValueError) as error:
                raise ValueError(f"column {self.name!r} must hold {self.dtype}: {error}") from error
            moments = _as_integers(column).astype(np.float64)
            return np.where(column.isna(), np.nan, moments)
        try:
            if is_object_dtype(column.dtype):
                column = column.mask(column.isna(), np.nan).astype(np.float64)
            return column.to_numpy(np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            _name_text(column.to_frame(self.name))
            raise ValueError(f"X must be numeric in column {self.name!r}: {error}") from error

    def _read_symbols(self, column: pd.Series) -> NDArray[np.float64]:
        codes = pd.Index(np.asarray(self.symbols, object)).get_indexer(
            np.asarray(column.astype(object), object)
        )
        absent = column.isna().to_numpy()
        unknown = np.flatnonzero((codes < 0) & ~absent)
        if len(unknown):
            known = ", ".join(repr(symbol) for symbol in np.asarray(self.symbols, object)[:10])
            raise ValueError(
                f"column {self.name!r} must hold symbols that it held in fit ({known}), got "
                f"{column.iloc[unknown[0]]!r} in row {unknown[0]}"
            )
        return np.where(absent, np.nan, codes)

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Turn numbers into entries of the column's dtype: symbols, whole multiples of its step."""
        absent = np.isnan(values)
        if self.symbols is not None:
            codes = np.where(absent, -1, np.rint(values)).astype(np.intp)
            if isinstance(self.symbols, pd.api.extensions.ExtensionArray):
                entries = self.symbols.take(codes, allow_fill=True)
            else:
                entries = self.symbols[codes]
                entries = entries.astype(object) if absent.any() else entries
        elif unit := _time_unit(self.dtype):
            moments = np.rint(np.where(absent, 0, values) / self.step) * self.step
            entries = _from_integers(moments, absent, unit, self.dtype)
        elif is_object_dtype(self.dtype):
            entries = np.empty(len(values), object)
            entries[:] = values
            if self.step:
                entries[~absent] = [int(value) for value in np.rint(values[~absent])]
        else:
            return cast(np.rint(values) if self.step else values, self.dtype)
        if is_object_dtype(entries) and absent.any():
            entries[absent] = self.missing
        return entries


def _symbols(name: Any, column: pd.Series) -> Any:
    """The symbols of a column in their order, in its dtype; as they come where they have none."""
    try:
        _, symbols = pd.factorize(column, sort=True)
    except TypeError:
        try:
            _, symbols = pd.factorize(column, sort=False)
        except TypeError as error:
            raise ValueError(f"column {name!r} must hold hashable symbols: {error}") from error
    if not len(symbols):
        raise ValueError(f"column {name!r} must hold a symbol, got missing values only")
    return (
        symbols.array
        if isinstance(column.dtype, pd.api.extensions.ExtensionDtype)
        else (np.asarray(symbols))
    )


def _plain(dtype: Any) -> Any:
    """The numpy dtype of numbers of a pandas dtype."""
    if isinstance(dtype, pd.SparseDtype):
        return dtype.subtype
    return getattr(dtype, "numpy_dtype", dtype)


def _time_unit(dtype: Any) -> str | None:
    """The unit of dates, times and durations; None for all else."""
    plain = dtype if isinstance(dtype, pd.DatetimeTZDtype) else _plain(dtype)
    if getattr(plain, "kind", "O") not in "mM":
        return None
    return plain.unit if isinstance(plain, pd.DatetimeTZDtype) else np.datetime_data(plain)[0]


def _as_integers(column: pd.Series) -> NDArray[np.int64]:
    """Dates, times and durations as integers of their unit, since 1970 by the local clock."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    plain = column.dtype if isinstance(column.dtype, np.dtype) else _plain(column.dtype)
    return column.to_numpy(plain).view(np.int64)


def _from_integers(
    moments: NDArray[np.floating], absent: NDArray[np.bool_], unit: str, dtype: Any
) -> Any:
    plain = _plain(dtype)
    kind = "m8" if getattr(plain, "kind", "M") == "m" else "M8"
    stamps = moments.astype(np.int64).view(f"{kind}[{unit}]")
    stamps[absent] = "NaT"
    column = pd.Series(stamps)
    if isinstance(dtype, pd.DatetimeTZDtype):
        # Hours that a clock shows twice, and never, in spring and autumn.
        winter = np.zeros(len(column), bool)
        return column.dt.tz_localize(dtype.tz, ambiguous=winter, nonexistent="shift_forward").array
    return column.astype(dtype).array


@dataclass(frozen=True)
class TableFormat:
    """The container, columns and dtypes of a table, to give new rows the same.

    Attributes
    ----------
    columns : list of Column
        One a column.
    names : Index or None
        A frame's columns; None for anything else.
    dtype : dtype or None
        That of an array.
    as_list : bool
        Whether the table came as a list of lists.
    """

    columns: list[Column]
    names: pd.Index | None
    dtype: Any = None
    as_list: bool = False

    @classmethod
    def of(cls, X: Any, symbolic: NDArray[np.bool_]) -> TableFormat:
        """Learn the format of a table whose columns in the mask `symbolic` hold symbols."""
        frame = as_frame(X)
        columns = [
            Column.of(name, column, bool(own))
            for (name, column), own in zip(frame.items(), symbolic, strict=True)
        ]
        if isinstance(X, list):
            return cls(columns, None, np.dtype(object), True)
        if not isinstance(X, pd.DataFrame):
            return cls(columns, None, np.asarray(X).dtype)
        # Sparse columns are read dense, but given back as they came.
        dtypes = zip(columns, X.dtypes, strict=True)
        columns = [c if c.dtype == d else replace(c, dtype=d) for c, d in dtypes]
        return cls(columns, X.columns)

    def with_dtypes_of(self, X: Any) -> TableFormat:
        """The same columns, their numbers in the dtypes of another frame.

        Raises
        ------
        TypeError
            If that is no frame and this is the format of one, or the other way round.
        """
        if isinstance(X, pd.DataFrame) != (self.names is not None):
            kinds = ("a pandas DataFrame", "an array")
            here, there = kinds if self.names is not None else kinds[::-1]
            raise TypeError(f"X must be {here} as the table in fit was, got {there}")
        if not isinstance(X, pd.DataFrame):
            return replace(self, dtype=np.asarray(X).dtype, as_list=isinstance(X, list))
        columns = [
            replace(column, dtype=dtype) if column.symbols is None else column
            for column, dtype in zip(self.columns, X.dtypes, strict=True)
        ]
        return replace(self, columns=columns)

    @property
    def has_symbols(self) -> bool:
        return any(column.symbols is not None for column in self.columns)

    @property
    def n_symbols(self) -> NDArray[np.intp]:
        """Symbols of each column, 0 where it holds numbers."""
        symbols = [column.symbols for column in self.columns]
        return np.array([0 if s is None else len(s) for s in symbols], np.intp)

    @property
    def steps(self) -> NDArray[np.float64]:
        """What the numbers of each column are multiples of, 0 for any number."""
        return np.array([column.step for column in self.columns])

    def read(self, frame: pd.DataFrame) -> NDArray[np.floating]:
        """The values of a frame with as many columns; float32 where that holds all of them."""
        single = all(_is_single(dtype) for dtype in frame.dtypes) and not self.has_symbols
        values = np.empty(frame.shape, np.float32 if single else np.float64)
        for j, column in enumerate(self.columns[: frame.shape[1]]):
            values[:, j] = column.read(frame.iloc[:, j])
        return values

    def restore(self, values: NDArray[np.floating]) -> Any:
        """Turn a matrix of values into such a table."""
        if self.names is None and not self.has_symbols:
            table = cast(values, self.dtype)
            return table.tolist() if self.as_list else table
        dtypes = {column.dtype for column in self.columns}
        if len(dtypes) == 1 and isinstance(self.columns[0].dtype, np.dtype):
            if is_numeric_dtype(self.columns[0].dtype) and not self.has_symbols:
                table = cast(self.round(values), self.columns[0].dtype)
                return pd.DataFrame(table, columns=self.names)
        entries = [column.restore(own) for column, own in zip(self.columns, values.T, strict=True)]
        # Series, because a frame would turn an array of objects into another dtype.
        series = [pd.Series(own, dtype=getattr(own, "dtype", None)) for own in entries]
        frame = pd.DataFrame(dict(enumerate(series)), index=range(len(values)))
        if self.names is None:
            table = frame.to_numpy(self.dtype)
            return table.tolist() if self.as_list else table
        frame.columns = self.names
        return frame

    def round(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Values as `restore` gives them out: whole multiples of each column's step."""
        steps = self.steps
        if not steps.any():
            return values
        return np.where(steps > 0, np.rint(values / np.where(steps > 0, steps, 1)) * steps, values)

    def append(self, X: Any, values: NDArray[np.floating]) -> Any:
        """The rows of `X` as they are, then `values` in its format, with a new index."""
        new = self.restore(values)
        if self.as_list:
            return [*X, *new]
        if self.names is None:
            return np.concatenate([np.asarray(X), new])
        return pd.concat([X, new], ignore_index=True)


def cast(values: NDArray[np.floating], dtype: Any) -> Any:
    """Numbers in a numeric dtype; rounded for integers and booleans, NaN as pandas marks it."""
    if isinstance(dtype, np.dtype):
        return _round_for(values, dtype).astype(dtype, copy=False)
    # pandas' own dtypes: "Int64", "Float32", "boolean", "int64[pyarrow]", and sparse ones.
    plain = np.dtype(_plain(dtype))
    entries = pd.array(_round_for(values, plain))
    if not isinstance(dtype, pd.SparseDtype):
        entries[np.isnan(values)] = pd.NA
    return entries.astype(dtype)


def _round_for(values: NDArray[np.floating], dtype: np.dtype) -> NDArray[np.floating]:
    """`values` as `dtype` can hold them: whole numbers for integers and booleans."""
    if dtype.kind == "f" and dtype.itemsize < 4:
        limits = np.finfo(dtype)
        return np.clip(values, limits.min, limits.max)
    if dtype.kind not in "biu":
        return values
    values = np.rint(values)
    if dtype.kind != "b":
        lowest, highest = np.iinfo(dtype).min, np.iinfo(dtype).max
        # The float64 nearest to the int64 2^63 - 1 is 2^63, which is none: take the one below.
        top = float(highest) if int(float(highest)) == highest else np.nextafter(highest, 0.0)
        np.clip(values, lowest, top, out=values)
    return values


def take_rows(X: Any, rows: NDArray[np.integer]) -> Any:
    """Rows of a table in its container, with a new index."""
    taken = _safe_indexing(X, rows)
    return taken.reset_index(drop=True) if hasattr(taken, "reset_index") else taken
