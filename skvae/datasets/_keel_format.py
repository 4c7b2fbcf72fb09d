"""Format of KEEL's files: the header, the rows, and the values of each column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

CATEGORICAL, INTEGER, CONTINUOUS = "categorical", "integer", "continuous"

_KINDS = {"real": CONTINUOUS, "integer": INTEGER}
_MISSING = ("?", "<null>", "")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_VALUE = re.compile(r"""\s*(?:'([^']*)'\s*|"([^"]*)"\s*|([^,]*))(,|\Z)""")
_ATTRIBUTE = re.compile(r"""('[^']*'|"[^"]*"|[^\s{'"]+)\s*(.*)""")
_MAX_DIGITS = 19  # of 2**63
_LARGEST = {True: 2**53, False: 2**63 - 1}  # integers beside missing values are floats


class Column(NamedTuple):
    """Column of a table; categories missing from `values` are None."""

    name: str
    kind: str
    categories: tuple[str, ...]
    values: Any


class KeelTable(NamedTuple):
    """Columns of a file: the inputs, and the class."""

    inputs: list[Column]
    output: Column


class _Attribute(NamedTuple):
    """Declared attribute."""

    name: str
    kind: str
    categories: tuple[str, ...] = ()


@dataclass
class _File:
    """Lines of a file that are not blank, by their numbers, parted into header and rows."""

    path: Path
    header: dict[int, str] = field(default_factory=dict)
    rows: dict[int, list[str]] = field(default_factory=dict)

    def error(
        self, expected: str, line: int | None = None, column: str | None = None
    ) -> ValueError:
        """Make an error that names the file and, where they are known, line and column."""
        place = str(self.path)
        if line is not None:
            place += f", line {line}"
        if column is not None:
            place += f", column {column!r}"
        return ValueError(f"{place}: {expected}")


def read_keel(path: Path) -> KeelTable:
    """Read a file with or without a header."""
    file = _read_lines(path)
    if file.header:
        attributes, inputs, output = _read_header(file)
    else:
        attributes, inputs, output = _guess_header(file)
    for line, row in file.rows.items():
        if len(row) != len(attributes):
            raise file.error(f"a row must have {len(attributes)} values, got {len(row)}", line)
    texts = zip(*file.rows.values(), strict=True)
    by_name = {
        attribute.name: (attribute, values)
        for attribute, values in zip(attributes, texts, strict=True)
    }
    return KeelTable(
        [_column(file, *by_name[name]) for name in inputs], _classes(file, *by_name[output])
    )


# --- lines ---


def _read_lines(path: Path) -> _File:
    """Part the lines into the header, which ends with ``@data``, and the rows."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name one of KEEL's files, such as glass1.dat")
    content = path.read_bytes()
    if b"\0" in content:
        raise _File(path).error("the file must hold text, got bytes of 0")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbered = {n: line.strip() for n, line in enumerate(lines, 1)}
    numbered = {n: line for n, line in numbered.items() if line and not line.startswith("%")}
    file = _File(path)
    if not numbered:
        raise file.error("the file must hold rows, got none")
    in_header = next(iter(numbered.values())).startswith("@")
    for n, line in numbered.items():
        if not in_header:
            file.rows[n] = _split(line)
        elif line.lower() == "@data":
            in_header = False
        elif line.startswith("@"):
            file.header[n] = line
        else:
            raise file.error(f"a line of the header must begin with '@', got {line!r}", n)
    if in_header:
        raise file.error("the header must end with '@data', got no such line")
    if not file.rows:
        raise file.error("the file must hold rows, got none")
    return file


def _split(line: str) -> list[str]:
    """Split at commas outside of quotes, and strip blanks and quotes."""
    values, start, comma = [], 0, ","
    while comma:
        match = _VALUE.match(line, start)
        assert match is not None  # the last alternative takes anything
        single, double, plain, comma = match.groups()
        values.append(next(text for text in (single, double, plain) if text is not None).strip())
        start = match.end()
    return values


# --- header ---


def _read_header(file: _File) -> tuple[list[_Attribute], list[str], str]:
    """Return all attributes, the names of the inputs, and that of the output."""
    attributes: dict[str, _Attribute] = {}
    parts: dict[str, tuple[int, list[str]]] = {}
    for n, line in file.header.items():
        keyword, rest = [*line.split(None, 1), ""][:2]
        keyword = keyword.lower()
        if keyword == "@attribute":
            attribute = _read_attribute(file, n, rest)
            if attribute.name in attributes:
                raise file.error(
                    "an attribute must be declared once, got it again", n, attribute.name
                )
            attributes[attribute.name] = attribute
        elif keyword in ("@input", "@inputs", "@output", "@outputs"):
            parts[keyword.rstrip("s")] = n, _split(rest)
        elif keyword != "@relation":
            raise file.error(
                "a line of the header must be @relation, @attribute, @inputs, @outputs or @data, "
                f"got {keyword!r}",
                n,
            )
    if not attributes:
        raise file.error("the header must declare attributes, got none")
    for n, names in parts.values():
        for name in names:
            if name not in attributes:
                raise file.error(f"inputs and outputs must be declared, got {name!r}", n)
    return list(attributes.values()), *_part(file, list(attributes), parts)


def _read_attribute(file: _File, n: int, text: str) -> _Attribute:
    """Read a declaration: a name, then ``real``, ``integer`` or categories in braces."""
    match = _ATTRIBUTE.fullmatch(text)
    if match is None:
        raise file.error(f"an attribute must have a name and a kind, got {text!r}", n)
    name, kind = match[1].strip("'\"").strip(), match[2].strip()
    if kind.startswith("{") and kind.endswith("}"):
        return _Attribute(name, CATEGORICAL, tuple(dict.fromkeys(_split(kind[1:-1].strip()))))
    word = re.match(r"[a-z]*", kind.lower())
    if word is None or word[0] not in _KINDS:
        raise file.error(f"a kind must be real, integer or {{a, b, ...}}, got {kind!r}", n, name)
    return _Attribute(name, _KINDS[word[0]])


def _part(
    file: _File, names: list[str], parts: dict[str, tuple[int, list[str]]]
) -> tuple[list[str], str]:
    """Return the names of the inputs and of the output."""
    line, outputs = parts.get("@output", (None, names[-1:]))
    if len(outputs) != 1:
        raise file.error(f"there must be one output, got {len(outputs)}", line)
    line, inputs = parts.get("@input", (None, [name for name in names if name not in outputs]))
    if set(outputs) & set(inputs):
        raise file.error("the output must not be an input, got it as both", line, outputs[0])
    return inputs, outputs[0]


def _guess_header(file: _File) -> tuple[list[_Attribute], list[str], str]:
    """Derive the attributes from the rows; the first row has the right number of values."""
    width = len(next(iter(file.rows.values())))
    names = [*(f"x{i}" for i in range(width - 1)), "class"]
    columns = [[row[i] for row in file.rows.values() if i < len(row)] for i in range(width - 1)]
    attributes = [_guess(name, values) for name, values in zip(names, columns, strict=False)]
    return [*attributes, _Attribute("class", CATEGORICAL)], names[:-1], "class"


def _guess(name: str, texts: Iterable[str]) -> _Attribute:
    """Derive the kind of a column from its values."""
    known = {text for text in texts if text not in _MISSING}
    if known and all(_WHOLE.fullmatch(text) for text in known):
        return _Attribute(name, INTEGER)
    if all(_NUMBER.fullmatch(text) for text in known):
        return _Attribute(name, CONTINUOUS)
    return _Attribute(name, CATEGORICAL, tuple(sorted(known)))


# --- values ---


def _column(file: _File, attribute: _Attribute, texts: Sequence[str]) -> Column:
    """Convert the texts of a column to values."""
    convert = {CATEGORICAL: _categories, INTEGER: _integers, CONTINUOUS: _numbers}[attribute.kind]
    return Column(*attribute, convert(file, attribute, texts))


def _classes(file: _File, attribute: _Attribute, texts: Sequence[str]) -> Column:
    """Check the labels of the rows; the output of any kind is a class."""
    for line, text in zip(file.rows, texts, strict=True):
        if text in _MISSING:
            raise file.error(f"a row must have a class, got {text!r}", line, attribute.name)
    if attribute.categories:
        _categories(file, attribute, texts)
    categories = attribute.categories or tuple(sorted(set(texts)))
    return Column(attribute.name, CATEGORICAL, categories, list(texts))


def _categories(file: _File, attribute: _Attribute, texts: Sequence[str]) -> list[str | None]:
    """Check that values are declared; a missing one becomes None."""
    for line, text in zip(file.rows, texts, strict=True):
        if text not in _MISSING and text not in attribute.categories:
            known = ", ".join(attribute.categories)
            raise file.error(f"a value must be one of {known}, got {text!r}", line, attribute.name)
    return [None if text in _MISSING else text for text in texts]


def _numbers(file: _File, attribute: _Attribute, texts: Sequence[str]) -> np.ndarray:
    """Convert to float64; a missing value becomes NaN."""
    values = np.full(len(texts), np.nan)
    for row, (line, text) in enumerate(zip(file.rows, texts, strict=True)):
        if text not in _MISSING:
            if not _NUMBER.fullmatch(text) or not np.isfinite(float(text)):
                raise file.error(f"a value must be a number, got {text!r}", line, attribute.name)
            values[row] = float(text)
    return values


def _integers(file: _File, attribute: _Attribute, texts: Sequence[str]) -> np.ndarray:
    """Convert to int64, or to float64 where values are missing."""
    has_gaps = any(text in _MISSING for text in texts)
    values = np.full(len(texts), np.nan) if has_gaps else np.empty(len(texts), np.int64)
    for row, (line, text) in enumerate(zip(file.rows, texts, strict=True)):
        if text in _MISSING:
            continue
        if not re.fullmatch(rf"{_WHOLE.pattern}(\.0*)?", text):
            raise file.error(f"a value must be an integer, got {text!r}", line, attribute.name)
        digits = text.partition(".")[0].lstrip("+-0") or "0"
        # Python itself refuses to read thousands of digits.
        if len(digits) > _MAX_DIGITS or int(digits) > _LARGEST[has_gaps]:
            raise file.error(
                f"an integer must be within ±{_LARGEST[has_gaps]}, got {text:.40}",
                line,
                attribute.name,
            )
        values[row] = -int(digits) if text.startswith("-") else int(digits)
    return values
