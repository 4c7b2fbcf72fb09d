"""Checks that end a command with one line instead of a stack trace."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import NoReturn

import typer

from .interrupts import interruptible, is_interrupt


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
    with interruptible():
        try:
            yield
        except BaseException as error:
            if isinstance(error, SystemExit) and not isinstance(error.code, str):
                raise  # its line is said already
            if is_interrupt(error):
                _end(f"Interrupted.{' The same command with --resume goes on.' * resumable}", 130)
            if isinstance(error, typer.BadParameter):
                _end(f"Error: {error.format_message().removeprefix('Invalid value: ')}", 2)
            if isinstance(error, SystemExit):
                _end(str(error.code), 1)
            # A broken pipe is that of a reader who has seen enough, such as `head`.
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                _end(f"Error: {error}", 1)
            raise


def _end(line: str, code: int) -> NoReturn:
    print(" ".join(line.split()), file=sys.stderr)
    sys.exit(code)
