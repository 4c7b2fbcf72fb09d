"""Checks that end a command with one line instead of a stack trace."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import NoReturn

import typer

from .interrupts import Interrupted, interruptible


def check_known(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Stop with the list of known names if one of `names` is not among them."""
    known = list(dict.fromkeys(known))
    for name in names:
        if name not in known:
            raise typer.BadParameter(
                f"{kind} must be of {', '.join(known)}, got {name!r}{_suggest(name, known)}"
            )


def _suggest(name: str, known: list[str]) -> str:
    """Ask for the known name that is most alike, whatever its capitals."""
    by_lower = {other.lower(): other for other in reversed(known)}
    alike = get_close_matches(name.lower(), by_lower, n=1)
    return f": did you mean {by_lower[alike[0]]!r}?" if alike else ""


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


@contextmanager
def one_line_endings(resumable: bool = False) -> Iterator[None]:
    """End a command in one line where it can't go on.

    The exit code is 2 for wrong options, 1 for files that can't be read or written, and 130 after
    Ctrl-C; `resumable` commands go on from there.
    """
    try:
        with interruptible():
            yield
    except typer.BadParameter as error:
        _end(f"Error: {error.format_message()}", 2)
    except SystemExit as error:
        if not isinstance(error.code, str):
            raise
        _end(error.code, 1)
    except OSError as error:
        if error.errno == errno.EPIPE:  # nobody reads on, as behind `| head`
            raise
        _end(f"Error: {error}", 1)
    except (Interrupted, KeyboardInterrupt):
        _end(f"Interrupted.{' The same command with --resume goes on.' * resumable}", 130)


def _end(line: str, code: int) -> NoReturn:
    print(" ".join(line.split()), file=sys.stderr)
    sys.exit(code)
