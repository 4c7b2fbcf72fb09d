"""Errors of the command: one line on stderr, and an exit code."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, NoReturn

import typer

# A wrong command line, under whichever name typer keeps click.
_UsageError: Any = typer.BadParameter.__base__
WRONG_FILE, WRONG_COMMAND, INTERRUPTED, TERMINATED = 1, 2, 130, 143


class CommandError(Exception):
    """End of a command that can't go on, with its line and exit code.

    Parameters
    ----------
    message : str
        The line.
    code : int, default=1
        1 where a file can't be used, 2 where the command line is wrong.
    """

    def __init__(self, message: str, code: int = WRONG_FILE) -> None:
        super().__init__(message)
        self.code = code


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question for the known name that is most alike, or nothing."""
    by_lower = {other.lower(): other for other in known}
    alike = get_close_matches(name.lower(), by_lower, n=1)
    return f": did you mean {by_lower[alike[0]]!r}?" if alike else ""


def say(line: str) -> None:
    """Write a line to stderr."""
    print(" ".join(line.split()), file=sys.stderr)


@contextmanager
def one_line_endings() -> Iterator[None]:
    """End the process in one line where the block can't go on."""
    try:
        yield
    except CommandError as error:
        _end(str(error), error.code)
    except _UsageError as error:
        if not error.format_message():  # no command at all, for which typer has shown the help
            sys.exit(WRONG_COMMAND)
        _end(error.format_message().removeprefix("Invalid value: "), WRONG_COMMAND)
    except (KeyboardInterrupt, typer.Abort):
        _end("interrupted, nothing is written", INTERRUPTED)
    except typer.Exit as error:
        sys.exit(error.exit_code)
    except ImportError as error:
        _end(str(error), WRONG_FILE)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _end(f"{place}{error.strerror or error}", WRONG_FILE)
    except (MemoryError, ValueError) as error:  # the checks of the library
        _end(str(error) or "not enough memory", WRONG_FILE)


def _warnings_of_skvae() -> tuple[type[Warning], ...]:
    from sklearn.exceptions import ConvergenceWarning, FitFailedWarning

    from .. import exceptions

    return (
        ConvergenceWarning,
        FitFailedWarning,
        *(getattr(exceptions, name) for name in exceptions.__all__),
    )


def _end(line: str, code: int) -> NoReturn:
    say(f"Error: {line}")
    sys.exit(code)


@contextmanager
def clean_terminations() -> Iterator[None]:
    """Let SIGTERM unwind the block, so that temporary files are removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show the warnings of skvae in the block as lines on stderr, each once; hide other ones."""
    said = set()

    def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
        line = f"Warning: {message}"
        if issubclass(category, _warnings_of_skvae()) and line not in said:
            said.add(line)
            say(line)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield
