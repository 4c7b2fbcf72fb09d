"""Text of a CSV: its encoding, delimiter and fields as they are written."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._errors import CommandError

DELIMITERS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Characters in which the delimiter is looked for.
_HEAD = 1 << 16


@dataclass(frozen=True)
class CsvText:
    """A CSV as it is written.

    Attributes
    ----------
    raw : bytes
        The file.
    encoding : str
        Its encoding, without the mark at its beginning.
    delimiter, newline : str
        Ends of fields and of rows.
    header : ndarray of shape (n_columns,), object
        The fields of the first row, as they are written.
    fields : ndarray of shape (n_rows, n_columns), object
        The fields of all other rows, as they are written.
    lines : ndarray of shape (n_rows,)
        The line in which each of these rows ends, from 1.
    n_before, n_after : int
        Bytes up to the end of the header's fields, and behind the last row's.
    """

    raw: bytes
    encoding: str
    delimiter: str
    newline: str
    header: NDArray[np.object_]
    fields: NDArray[np.object_]
    lines: NDArray[np.intp]
    n_before: int
    n_after: int

    @classmethod
    def of(cls, raw: bytes, name: str, encoding: str | None, delimiter: str | None) -> CsvText:
        """Take the text of a file apart.

        Parameters
        ----------
        raw : bytes
            The file.
        name : str
            Its name, for messages.
        encoding, delimiter : str or None
            Those that it has; None finds out.
        """
        if not raw.strip():
            raise CommandError(f"{name} is empty: a header and rows are needed")
        bom, encoding = _encoding(raw, encoding)
        text = _decode(raw[len(bom) :], name, encoding)
        delimiter = delimiter or _delimiter(text)
        parts, ends = _split(text, delimiter, name)
        sizes = np.diff(ends, prepend=-1)
        n_columns = sizes[0]
        blank = (sizes == 1) & (parts[0][ends] == "") & (n_columns > 1)
        written = np.cumsum([len(f) + len(e) for f, e in zip(*parts, strict=True)])
        lines = _line_numbers(text, written[ends] - 1)
        wrong = np.flatnonzero((sizes != n_columns) & ~blank)
        if len(wrong):
            raise CommandError(
                f"{name} has {sizes[wrong[0]]} fields in line {lines[wrong[0]]} and "
                f"{n_columns} in its header: correct the line, or name the --delimiter"
            )
        rows = np.flatnonzero(~blank)
        fields = parts[0][np.repeat(~blank, sizes)].reshape(len(rows), n_columns)
        newlines = Counter(parts[1][ends].tolist())
        del newlines[""]
        first, last = ends[rows[0]], ends[rows[-1]]
        header_end = written[first] - len(parts[1][first])
        rows_end = written[last] - len(parts[1][last])
        return cls(
            raw,
            encoding,
            delimiter,
            max(newlines, key=newlines.__getitem__) if newlines else "\n",
            fields[0],
            fields[1:],
            lines[rows[1:]],
            len(bom) + len(text[:header_end].encode(encoding)),
            len(text[rows_end:].encode(encoding)),
        )

    def with_rows(self, rows: list[list[str]], *, only_new: bool) -> bytes:
        """Return the file with more rows of written fields, or with its header and these alone."""
        kept = self.n_before if only_new else len(self.raw) - self.n_after
        new = "".join(self.newline + self.delimiter.join(row) for row in rows)
        return (
            self.raw[:kept] + new.encode(self.encoding) + self.raw[len(self.raw) - self.n_after :]
        )


def unquoted(field: str) -> str:
    """Return what a written field says."""
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def quoted(text: str) -> str:
    """Return a text as a field in quotes."""
    return '"' + text.replace('"', '""') + '"'


def _encoding(raw: bytes, encoding: str | None) -> tuple[bytes, str]:
    """Return the mark at the beginning of a file, and its encoding."""
    for bom, name in _BOMS.items():
        if raw.startswith(bom):
            return bom, name
    return b"", encoding or "utf-8"


def _decode(raw: bytes, name: str, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except LookupError:
        raise CommandError(
            f"--encoding must be one that Python knows, got {encoding!r}", 2
        ) from None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CommandError(
            f"{name} is not {encoding}, as line {line} shows: name its --encoding, such as cp1252"
        ) from None


def _pattern(delimiter: str) -> re.Pattern[str]:
    d = re.escape(delimiter)
    return re.compile(rf'("[^"]*(?:""[^"]*)*"|(?!")[^{d}\r\n]*)({d}|\r\n|\n|\r|\Z)')


def _split(
    text: str, delimiter: str, name: str
) -> tuple[tuple[NDArray[np.object_], NDArray[np.object_]], NDArray[np.intp]]:
    """Return all fields and what stands behind each, and which of them end a row."""
    found = _pattern(delimiter).findall(text)
    if sum(len(field) + len(end) for field, end in found) != len(text):
        place = _first_gap(text, delimiter)
        line = _line_numbers(text, np.array([place]))[0]
        raise CommandError(
            f"{name} has a quote in line {line} that is not closed, or no delimiter behind it"
        )
    while len(found) > 1 and found[-1] == ("", ""):  # the end itself
        found.pop()
    fields, ends = (np.array(part, object) for part in zip(*found, strict=True))
    return (fields, ends), np.flatnonzero(ends != delimiter)


def _first_gap(text: str, delimiter: str) -> int:
    """Return where the first part of a text begins that is no field."""
    pattern, at = _pattern(delimiter), 0
    while match := pattern.match(text, at):
        at = match.end()
    return at


def _line_numbers(text: str, places: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the lines, from 1, of some places of a text."""
    ends = [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
    return np.searchsorted(ends, places, side="right") + 1


def _delimiter(text: str) -> str:
    """Return the delimiter that divides most rows as it divides the header, into most fields."""
    head = text[:_HEAD]
    cut = len(text) > _HEAD
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        ends = [end for _, end in _pattern(delimiter).findall(head)]
        sizes = np.diff(np.flatnonzero(np.array(ends, object) != delimiter), prepend=-1)
        sizes = sizes[: -1 if cut else None]
        if len(sizes) and sizes[0] > 1:
            score = float(np.mean(sizes[sizes > 1] == sizes[0])), int(sizes[0])
            best, best_score = max((best, best_score), (delimiter, score), key=lambda one: one[1])
    return best
