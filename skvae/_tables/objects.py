"""Python objects in a column: numbers, decimals, booleans and dates of any type, and back."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from numbers import Integral
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype, is_object_dtype

from .dtypes import cast, cast_wholes, numpy_dtype, time_unit
from .messages import first_line, refuse_text
from .plain import PlainState

# Types of each kind of objects, and the type of new entries of columns of several types.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "duration": ((datetime.timedelta, np.timedelta64), "Timedelta"),
    "time": ((datetime.datetime, np.datetime64), "Timestamp"),
    "date": ((datetime.date,), "date"),
    "boolean": ((bool, np.bool_), "bool"),
    "whole": ((Integral, np.bool_), "int"),
    "float": ((float, np.floating, Integral, np.bool_), "float"),
    "decimal": ((Decimal, Integral), "Decimal"),
}
_TIMES = ("duration", "time", "date")
_NUMBERS = {"bool": bool, "int": int, "float": float}
_PYTHON_TYPES = {
    bool: "bool",
    int: "int",
    float: "float",
    Decimal: "Decimal",
    datetime.date: "date",
    datetime.datetime: "datetime",
    datetime.timedelta: "timedelta",
}


@dataclass(frozen=True)
class Objects(PlainState):
    """Kind and type of the objects in a column.

    Attributes
    ----------
    kind : str
        One of the keys above.
    type : str
        Name of the type of new entries, or of the dtype of numpy's scalars: that of all entries,
        if they share one.
    places : int
        Largest number of decimals.
    plain : dtype
        Dtype of pandas for dates, times or durations; None for numbers.
    """

    kind: str
    type: str
    places: int = 0
    plain: Any = None

    @classmethod
    def of(cls, name: Any, column: pd.Series) -> Objects | None:
        """Learn the objects of a column; None for a column of another dtype."""
        if not _holds_objects(column.dtype):
            return None
        present = column.dropna().to_numpy(object).tolist()
        types = {type(entry) for entry in present} or {float}
        kind = next((kind for kind in _KINDS if _is_kind(types, kind)), "")
        if not kind or any(issubclass(type_, Enum) for type_ in types):
            _refuse(name, column, present, types)
        places = max(map(_places, present), default=0) if kind == "decimal" else 0
        plain = _convert(name, column, kind).dtype if kind in _TIMES else None
        return cls(kind, _common_type(present, types, kind, plain), places, plain)

    @property
    def is_whole(self) -> bool:
        """Return whether all entries are whole numbers, in units of the last decimal."""
        return self.kind in ("boolean", "whole", "decimal")

    def entries(self, numbers: Sequence[Any]) -> list[Any]:
        """Return numbers as objects; those of decimals are whole, in units of the last one."""
        if self.kind == "decimal":
            return [Decimal(f"{number}E-{self.places}") for number in numbers]
        if self.type in _NUMBERS:
            return [_NUMBERS[self.type](number) for number in numbers]
        dtype = np.dtype(self.type)
        if dtype.kind in "iu":
            return list(cast_wholes(list(numbers), np.zeros(len(numbers), bool), dtype))
        return list(cast(np.array(numbers, np.float64), dtype))

    def times(self, plain: Any) -> list[Any]:
        """Return an array of dates, times or durations of pandas as objects."""
        if self.type in ("Timestamp", "Timedelta"):
            return list(plain)
        if self.type == "date":
            return list(pd.DatetimeIndex(plain).date)
        if self.type == "datetime":
            return list(pd.DatetimeIndex(plain).to_pydatetime())
        if self.type == "timedelta":
            return list(pd.TimedeltaIndex(plain).to_pytimedelta())
        return list(plain.to_numpy().astype(self.type))


def as_times(name: Any, column: pd.Series) -> pd.Series | None:
    """Return a column of dates, times or durations in a dtype of these; None for any other."""
    if time_unit(column.dtype):
        return column
    objects = Objects.of(name, column)
    if objects is None or objects.plain is None:
        return None
    return _convert(name, column, objects.kind)


def as_numbers(name: Any, present: pd.Series) -> NDArray[Any]:
    """Return the numbers of a column without missing entries.

    Those that no float64 may hold come as integers, or as objects (int or Fraction).
    """
    objects, plain = Objects.of(name, present), numpy_dtype(present.dtype)
    if objects is None:
        dtype = plain if getattr(plain, "kind", "O") in "iu" else np.float64
        try:
            with np.errstate(over="ignore"):  # infinity, then, which is refused
                return present.to_numpy(dtype)
        except (OverflowError, TypeError, ValueError) as error:
            refuse_text(present.to_frame(name))
            raise ValueError(f"X must be numeric in column {name!r}: {error}") from error
    entries = present.to_numpy(object)
    if objects.kind == "float" and not any(isinstance(entry, Integral) for entry in entries):
        return entries.astype(np.float64)
    if objects.kind == "float":
        refuse_text(present.to_frame(name))  # integers past float64
    numbers = np.empty(len(entries), object)
    numbers[:] = [_exact(entry) for entry in entries]
    if objects.kind in ("boolean", "whole"):
        try:
            return numbers.astype(np.int64)
        except OverflowError:
            pass
    refuse_text(present.to_frame(name))  # and numbers past float64
    return numbers


def _holds_objects(dtype: Any) -> bool:
    """Return whether entries of a dtype are Python objects, such as decimals of Arrow."""
    return is_object_dtype(dtype) or (
        is_numeric_dtype(dtype) and np.dtype(numpy_dtype(dtype)).kind == "O"
    )


def _convert(name: Any, column: pd.Series, kind: str) -> pd.Series:
    """Return objects of dates, times or durations in a dtype of these."""
    try:
        times = pd.to_timedelta(column) if kind == "duration" else pd.to_datetime(column)
    except (TypeError, ValueError) as error:
        if len({str(getattr(entry, "tzinfo", None)) for entry in column.dropna()}) > 1:
            _refuse_zones(name)
        raise ValueError(
            f"column {name!r} must hold dates that pandas can read: {first_line(error)}"
        ) from error
    if not time_unit(times.dtype):
        _refuse_zones(name)
    return times


def _refuse_zones(name: Any) -> NoReturn:
    raise ValueError(
        f"column {name!r} must hold dates of one zone, got several: convert them, for instance by "
        "pandas.to_datetime(..., utc=True), or name it in categorical_features"
    )


def _common_type(present: list[Any], types: set[type], kind: str, plain: Any) -> str:
    """Return the name of the type of new entries."""
    shared = next(iter(types)) if len(types) == 1 else object
    if issubclass(shared, np.generic):
        dtypes = {entry.dtype.str for entry in present}
        return dtypes.pop() if len(dtypes) == 1 else plain.str
    return _PYTHON_TYPES.get(shared, _KINDS[kind][1])


def _refuse(name: Any, column: pd.Series, present: list[Any], types: set[type]) -> None:
    """Raise an error that names a column whose objects are no numbers or dates of one kind."""
    refuse_text(column.to_frame(name))
    for entry in present:
        try:
            float(entry)
        except TypeError as error:
            if not isinstance(entry, datetime.date | datetime.timedelta | np.generic):
                raise TypeError(f"X must be numeric in column {name!r}: {error}") from error
    names = " and ".join(sorted(type_.__name__ for type_ in types))
    raise ValueError(
        f"X must hold numbers or dates of one kind in column {name!r}, got {names}: cast them, "
        "for instance to float, or name the column in categorical_features"
    )


def _is_kind(types: set[type], kind: str) -> bool:
    # A datetime is a date of Python, but has more to it.
    if kind == "date" and any(issubclass(type_, datetime.datetime) for type_ in types):
        return False
    return all(issubclass(type_, _KINDS[kind][0]) for type_ in types)


def _places(number: Any) -> int:
    """Return the number of decimals."""
    exponent = number.as_tuple().exponent if isinstance(number, Decimal) else 0
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _exact(number: Any) -> Any:
    """Return a number as int, float or Fraction, whichever holds it."""
    if isinstance(number, Integral | np.bool_):
        return int(number)
    if isinstance(number, Decimal) and number.is_finite():
        return Fraction(number)
    return float(number)
