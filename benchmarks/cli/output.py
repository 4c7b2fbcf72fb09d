"""Output of commands: tables on the terminal, Markdown, and files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

NO_RESULT = "--quick: no result"
PIPE_WIDTH = 120  # characters; a file or pipe has no width of its own


def format_spread(mean: float, std: float) -> str:
    """Format a mean and its standard deviation."""
    if np.isnan(mean):
        return "n/a"
    return f"{mean:.3f}" if np.isnan(std) else f"{mean:.3f} ± {std:.3f}"


def format_interval(mean: float, low: float, high: float, *, digits: int = 3) -> str:
    """Format a difference and its interval, with signs."""
    if np.isnan(mean):
        return "n/a"
    if np.isnan(low):
        return f"{mean:+.{digits}f}"
    return f"{mean:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


def print_table(
    title: str, text: pd.DataFrame, *, groups: Sequence[str] = (), quick: bool = False
) -> None:
    """Print a frame of strings; a value that repeats in the columns `groups` is printed once."""
    title = f"{title} ({NO_RESULT})" if quick else title
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    for column in text:
        table.add_column(str(column))
    repeats = text[list(groups)].eq(text[list(groups)].shift()).cumprod(axis=1).astype(bool)
    first = ~repeats.all(axis=1) if groups else pd.Series(False, index=text.index)
    shown = text.mask(repeats.reindex(columns=text.columns, fill_value=False), "")
    for values, new_group in zip(shown.to_numpy(), first, strict=True):
        if new_group and table.row_count:
            table.add_section()
        table.add_row(*map(str, values))
    console = Console()
    console = console if console.is_terminal else Console(width=PIPE_WIDTH)
    console.print(f"\n[bold]{title}[/bold]")
    console.print(table)


def to_markdown(text: pd.DataFrame) -> str:
    """Format a frame of strings as a Markdown table."""
    lines = [list(text.columns), ["---"] * text.shape[1], *text.to_numpy().tolist()]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def to_png(figure: Any, *, dpi: int = 130, bbox_inches: str | None = "tight") -> bytes:
    """Render a matplotlib figure as PNG, cut to its contents unless `bbox_inches` is None."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=dpi, bbox_inches=bbox_inches)
    return file.getvalue()


def write_csv(path: Path, rows: pd.DataFrame, *, quick: bool = False) -> None:
    """Write a tidy table with one row for each measurement; rows of quick runs say so."""
    rows = rows.assign(note=NO_RESULT) if quick else rows
    write_file(path, rows.to_csv(index=False))


def write_file(path: Path, content: str | bytes) -> None:
    """Write under a temporary name, then rename, so that a reader sees all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
