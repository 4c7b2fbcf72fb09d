"""Checks that end a command with one line instead of a stack trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer


def check_known(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Stop with the list of known names if one of `names` is not among them."""
    known = list(known)
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{kind} must be of {', '.join(known)}, got {name!r}")


def choose(flag: str, names: list[str] | None, known: Iterable[str]) -> list[str]:
    """Return the names asked for, without repeats, if all are known; by default all known names."""
    known = list(known)
    names = known if names is None else list(dict.fromkeys(names))
    check_known(flag, names, known)
    return names


@contextmanager
def stop_without_data() -> Iterator[None]:
    """End the command if data are missing; for a first fetch, before any process starts."""
    try:
        yield
    except (OSError, ImportError) as error:
        raise SystemExit(f"Error: {error}") from error
