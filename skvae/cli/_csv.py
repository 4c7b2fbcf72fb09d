"""A CSV as a frame, and with new rows in its own style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._csv_columns import MISSING, CsvColumn, Dates, Kind, Numbers, Texts
from ._csv_text import DELIMITERS, CsvText, unquoted
from ._errors import WRONG_COMMAND, CommandError
from ._reading import Reading, check_names

# A text among at least so many different numbers, most of the column's entries, is a mistake.
_FEWEST_NUMBERS = 10


@dataclass(frozen=True)
class CsvTable:
    """A CSV that is read.

    Attributes
    ----------
    frame : DataFrame
        The columns that are learnt, with text as categories.
    said : str
        How it was read, for the user.
    text : CsvText
        The file as it is written.
    columns : list of CsvColumn
        All columns.
    """

    frame: pd.DataFrame
    said: str
    text: CsvText
    columns: list[CsvColumn]

    @classmethod
    def read(cls, raw: bytes, name: str, reading: Reading) -> CsvTable:
        """Read a file.

        Parameters
        ----------
        raw : bytes
            The file.
        name : str
            Its name, for messages.
        reading : Reading
            The user's options.
        """
        text = CsvText.of(raw, name, reading.encoding, reading.delimiter)
        names = [unquoted(field.strip()).strip() for field in text.header]
        _check_header(names, name, text)
        check_names(reading, names, name)
        columns = [_Column(one, text.fields[:, j], reading) for j, one in enumerate(names)]
        point = reading.decimal or _decimal_point(columns)
        entries, styles = {}, []
        for column in columns:
            style = column.style(point, text.lines, name)
            styles.append(style)
            if style.kind is not None:
                entries[style.name] = column.entries(style.kind)
        frame = pd.DataFrame(entries)
        return cls(frame, _describe(text, point), text, styles)

    def line_of(self, row: int) -> str:
        """Return where a row stands in the file, for messages."""
        return f"line {self.text.lines[row]}"

    def with_rows(self, new: pd.DataFrame, *, only_new: bool) -> bytes:
        """Return the file with new rows behind its own, or with these alone.

        Parameters
        ----------
        new : DataFrame
            The rows, with the columns of `frame`.
        only_new : bool
            Whether the rows of the file are left out.
        """
        fields = [
            column.write(new.get(column.name), len(new), self.text.delimiter)
            for column in self.columns
        ]
        return self.text.with_rows(list(map(list, zip(*fields, strict=True))), only_new=only_new)


class _Column:
    """A column while it is read: its distinct fields, the texts in them, and which are missing.

    Parameters
    ----------
    name : str
        Its name.
    fields : ndarray of shape (n_rows,), object
        Its fields as they are written.
    reading : Reading
        The user's options.
    """

    def __init__(self, name: str, fields: NDArray[np.object_], reading: Reading) -> None:
        self.name = name
        self.codes, self.fields = pd.factorize(fields)
        self.counts = np.bincount(self.codes, minlength=len(self.fields))
        self.texts = np.array([unquoted(field) for field in self.fields], object)
        marks = MISSING | set(reading.missing_marks)
        self.missing = np.array([text.strip() in marks for text in self.texts], bool)
        self.known: list[str] = self.texts[~self.missing].tolist()
        self.is_text = name in (reading.target, *reading.categorical)
        self.is_left_out = name in reading.exclude or not self.known

    def entries(self, kind: Kind) -> pd.Series:
        """Return the entries of all rows."""
        return kind.read(self.texts, self.missing).take(self.codes).reset_index(drop=True)

    def is_of_numbers(self, point: str) -> bool:
        """Return whether all entries are numbers with this decimal point, and some have one."""
        return any(point in text for text in self.known) and bool(Numbers.of(self.known, point))

    def style(self, point: str, lines: NDArray[np.intp], file: str) -> CsvColumn:
        """Return the kind of the column, and how new entries are written."""
        marks, n_marks = self.fields[self.missing], self.counts[self.missing]
        mark = marks[n_marks.argmax()] if len(marks) else ""
        if self.is_left_out:
            return CsvColumn(self.name, None, mark)
        kind: Any = None if self.is_text else Numbers.of(self.known, point) or Dates.of(self.known)
        if kind is None:
            self._check_texts(point, lines, file)
            pairs = zip(self.known[::-1], self.fields[~self.missing][::-1], strict=True)
            kind = Texts(dict(pairs))  # the first field of each text
        has_quotes = np.array([field.startswith('"') for field in self.fields])[~self.missing]
        is_quoted = np.average(has_quotes, weights=self.counts[~self.missing]) > 0.5
        space = " " if all(text.startswith(" ") for text in self.known) else ""
        return CsvColumn(self.name, kind, mark, bool(is_quoted), space)

    def _check_texts(self, point: str, lines: NDArray[np.intp], file: str) -> None:
        """Refuse a text in a column of numbers."""
        if self.is_text:
            return
        numeric = np.array([bool(Numbers.of([text], point)) for text in self.texts])
        others = ~numeric & ~self.missing
        is_code = any(text.strip().isdigit() for text in self.texts[others])
        n_others, n_numbers = self.counts[others].sum(), self.counts[numeric].sum()
        if is_code or numeric.sum() < _FEWEST_NUMBERS or n_numbers < n_others:
            return
        row = np.flatnonzero(others[self.codes])[0]
        text = self.texts[self.codes[row]]
        raise CommandError(
            f"column {self.name!r} of {file} holds numbers, but {text!r} in line {lines[row]}: "
            f"correct it, say --na {text!r} if it means missing, or --categorical {self.name!r} if "
            "the numbers are names"
        )


def _check_header(names: list[str], file: str, text: CsvText) -> None:
    delimiter = DELIMITERS.get(text.delimiter, repr(text.delimiter))
    if len(names) < 2:
        raise CommandError(
            f"{file} has one column where {delimiter} divides it: name another --delimiter"
        )
    if not len(text.fields):
        raise CommandError(f"{file} has a header, but no rows")
    for one in names:
        if names.count(one) > 1:
            raise CommandError(f"{file} has two columns {one!r}: rename one")


def _decimal_point(columns: list[_Column]) -> str:
    """Return the decimal point of all numbers of a file."""
    read = [c for c in columns if not (c.is_text or c.is_left_out)]
    commas, points = ([c.name for c in read if c.is_of_numbers(point)] for point in ",.")
    if commas and points:
        raise CommandError(
            f"column {commas[0]!r} has decimal commas, and column {points[0]!r} has decimal "
            "points: say which one counts by --decimal",
            WRONG_COMMAND,
        )
    return "," if commas else "."


def _describe(text: CsvText, point: str) -> str:
    has_mark = text.n_before and not text.raw.startswith(text.header[0].encode(text.encoding))
    return (
        f"{text.encoding}{' with a mark at its beginning' * bool(has_mark)}, "
        f"delimiter {DELIMITERS.get(text.delimiter, repr(text.delimiter))}, "
        f"decimal {'comma' if point == ',' else 'point'}"
    )
