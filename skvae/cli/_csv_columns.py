"""Columns of a CSV: what their texts say, and new entries in the same style."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Texts that stand for a missing value, as pandas.read_csv has them.
MISSING = frozenset(
    "|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a"
    "|nan|null".split("|")
)
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", "T%H:%M:%SZ")
_DATES = tuple(day + time for day in _DAYS for time in _TIMES)
_NUMBER = r"([+-]?)(\d*)(?:{point}(\d*))?(?:[eE][+-]?\d+)?"
# Digits of the longest whole number that int64 holds, less one.
_MOST_DIGITS = 18


class Kind(Protocol):
    """Entries of a column and their texts."""

    def read(self, texts: NDArray[np.object_], missing: NDArray[np.bool_]) -> pd.Series:
        """Return the entries that texts stand for."""

    def write(self, entries: pd.Series) -> list[str]:
        """Return the texts of entries, none of which is missing."""


@dataclass(frozen=True)
class Numbers:
    """Numbers with as many decimals as the column has.

    Attributes
    ----------
    point : str
        The decimal point.
    least, most : int
        Decimals that the shortest and the longest number have.
    digits : int or None
        Digits of the longest number, where some have exponents.
    is_whole, is_bare : bool
        Whether no number has a decimal point, and whether 0.5 is written as .5.
    """

    point: str
    least: int
    most: int
    digits: int | None
    is_whole: bool
    is_bare: bool

    @classmethod
    def of(cls, texts: list[str], point: str) -> Numbers | None:
        """Learn how numbers are written; None if some text is no number, or may be a code."""
        pattern = re.compile(_NUMBER.format(point=re.escape(point)))
        found = [pattern.fullmatch(text.strip()) for text in texts]
        parts = [match.groups() for match in found if match]
        if len(parts) < len(texts) or not all(map(_is_number, parts)):
            return None
        decimals = [len(after or "") for _, _, after in parts]
        exponents = any("e" in text or "E" in text for text in texts)
        is_whole = not exponents and all(after is None for _, _, after in parts)
        if is_whole and max(len(whole) for _, whole, _ in parts) > _MOST_DIGITS:
            return None
        digits = max(len(whole) + n for (_, whole, _), n in zip(parts, decimals, strict=True))
        return cls(
            point=point,
            least=min(decimals),
            most=max(decimals),
            digits=digits if exponents else None,
            is_whole=is_whole,
            is_bare=any(whole == "" for _, whole, _ in parts),
        )

    def read(self, texts: NDArray[np.object_], missing: NDArray[np.bool_]) -> pd.Series:
        if self.is_whole:
            whole = [None if gap else int(t) for t, gap in zip(texts, missing, strict=True)]
            return pd.Series(whole, dtype="Int64" if missing.any() else "int64")
        pairs = zip(texts, missing, strict=True)
        numbers = [np.nan if gap else float(t.replace(self.point, ".")) for t, gap in pairs]
        return pd.Series(numbers, dtype="float64")

    def write(self, entries: pd.Series) -> list[str]:
        if self.is_whole:
            return [str(int(entry)) for entry in entries]
        return [self._text(entry).replace(".", self.point) for entry in entries]

    def _text(self, number: float) -> str:
        if self.digits is not None:
            return f"{number:.{self.digits}g}"
        text = f"{number:.{self.most}f}"
        if self.least < self.most:
            n_zeros = min(len(text) - len(text.rstrip("0")), self.most - self.least)
            text = text[: len(text) - n_zeros].rstrip(".")
        if float(text) == 0:
            text = text.lstrip("-")
        return re.sub(r"^(-?)0\.", r"\1.", text) if self.is_bare else text


def _is_number(parts: tuple[str | Any, ...]) -> bool:
    """Return whether a text has digits, and no leading zeros as codes have."""
    _, whole, after = parts
    return bool(whole or after) and not (len(whole) > 1 and whole.startswith("0"))


@dataclass(frozen=True)
class Dates:
    """Days or times that are all written alike.

    Attributes
    ----------
    style : str
        Their format, as `strftime` has it.
    """

    style: str

    @classmethod
    def of(cls, texts: list[str]) -> Dates | None:
        """Find the one format by which all texts are read and written back; None if there is none.

        Two formats that both fit, as days and months of 01/02/2023, are none.
        """
        some = pd.Series(list(dict.fromkeys(texts)), dtype=object)
        fitting = [style for style in _DATES if _fits(some[:1], style)]
        fitting = [style for style in fitting if _fits(some, style)]
        return cls(fitting[0]) if len(fitting) == 1 else None

    def read(self, texts: NDArray[np.object_], missing: NDArray[np.bool_]) -> pd.Series:
        known = pd.Series(np.where(missing, np.array(None), texts), dtype=object)
        return pd.to_datetime(known, format=self.style)

    def write(self, entries: pd.Series) -> list[str]:
        return entries.dt.strftime(self.style).tolist()


def _fits(texts: pd.Series, style: str) -> bool:
    dates = pd.to_datetime(texts, format=style, errors="coerce", utc=style.endswith("Z"))
    return bool(dates.notna().all() and (dates.dt.strftime(style) == texts).all())


@dataclass(frozen=True)
class Texts:
    """Texts, written as each first came, with its quotes.

    Attributes
    ----------
    written : dict of str to str
        The field of each text.
    """

    written: dict[str, str]

    def read(self, texts: NDArray[np.object_], missing: NDArray[np.bool_]) -> pd.Series:
        known = np.where(missing, np.array(None), texts)
        return pd.Series(pd.Categorical(known, categories=sorted(self.written)))

    def write(self, entries: pd.Series) -> list[str]:
        return [self.written[entry] for entry in entries]


@dataclass(frozen=True)
class CsvColumn:
    """A column that is learnt, or that stays empty in new rows.

    Attributes
    ----------
    name : str
        Its name.
    kind : Kind or None
        Its entries; None for a column that is not learnt.
    missing : str
        The field of a missing value.
    is_quoted : bool
        Whether numbers and dates stand in quotes.
    space : str
        Space before each number or date.
    """

    name: str
    kind: Kind | None
    missing: str
    is_quoted: bool = False
    space: str = ""

    def write(self, entries: pd.Series | None, n: int, delimiter: str) -> list[str]:
        """Return the fields of `n` new entries."""
        if entries is None or self.kind is None:
            return [self.missing] * n
        gaps = entries.isna().to_numpy()
        fields = np.full(n, self.missing, object)
        texts = self.kind.write(entries[~gaps])
        if not isinstance(self.kind, Texts):
            texts = [self._field(text, delimiter) for text in texts]
        fields[~gaps] = texts
        return fields.tolist()

    def _field(self, text: str, delimiter: str) -> str:
        field = self.space + text
        return f'"{field}"' if self.is_quoted or delimiter in field else field
