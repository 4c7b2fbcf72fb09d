"""The command `skvae`: new rows for a file, and a page about them."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command with the arguments of the process, and exit."""
    try:
        import rich  # noqa: F401 (typer does without it, the progress does not)

        from ._app import run
    except ImportError as error:
        if error.name not in ("rich", "typer"):
            raise
        sys.exit(f'Error: the command skvae needs {error.name}: pip install "skvae[cli]"')
    run()
