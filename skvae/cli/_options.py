"""Options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._classifiers import Classifier
from ._sampler import Missing, Sampler

_WRITTEN = "How the table is written"


def _one_character(text: str | None) -> str | None:
    """Return a delimiter, of which "tab" has a name."""
    text = {"tab": "\t", r"\t": "\t"}.get(text or "", text)
    if text is not None and (len(text) != 1 or text in '"\r\n'):
        raise typer.BadParameter(f"--delimiter must be one character or tab, got {text!r}")
    return text


def _point(text: str | None) -> str | None:
    if text not in (None, ",", "."):
        raise typer.BadParameter(f"--decimal must be , or . , got {text!r}")
    return text


Table = Annotated[
    Path, typer.Argument(exists=True, help="The table: CSV (.csv, .tsv, .txt) or parquet.")
]
Target = Annotated[str, typer.Option(help="The column that holds the classes.")]
Force = Annotated[bool, typer.Option("--force", help="Replace --out where it exists.")]
SamplerName = Annotated[
    Sampler, typer.Option(help="One VAE for all classes, or one per class.", case_sensitive=False)
]
ClassifierName = Annotated[
    Classifier, typer.Option(help="The classifier that new rows shall help.", case_sensitive=False)
]
MissingValues = Annotated[
    Missing,
    typer.Option(help="error refuses missing values; indicator learns where they are."),
]
Categorical = Annotated[
    list[str] | None,
    typer.Option(help="A column whose numbers are names. May be said several times."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        help="A column that is not learnt, such as an id; new rows leave it empty. May be said "
        "several times."
    ),
]
MissingMarks = Annotated[
    list[str] | None,
    typer.Option(
        "--na",
        help="A text that means missing, besides an empty field, NA, NaN, null and the like. May "
        "be said several times.",
        rich_help_panel=_WRITTEN,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        callback=_one_character,
        help="Of a CSV: a character, or tab.",
        show_default="found out",
        rich_help_panel=_WRITTEN,
    ),
]
Decimal = Annotated[
    str | None,
    typer.Option(
        callback=_point,
        help="Of a CSV: the decimal point, . or , .",
        show_default="found out",
        rich_help_panel=_WRITTEN,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        help="Of a CSV, such as cp1252.",
        show_default="UTF-8, or UTF-16 by its mark",
        rich_help_panel=_WRITTEN,
    ),
]
MaxIter = Annotated[
    int | None, typer.Option(min=1, help="Training steps of a model.", show_default="300")
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same rows.")]
Device = Annotated[str, typer.Option(help="Of torch, such as cpu or cuda; auto: a GPU if any.")]
