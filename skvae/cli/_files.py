"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ._errors import WRONG_COMMAND, CommandError


def check_output(path: Path, suffixes: tuple[str, ...], reason: str, *, force: bool) -> Path:
    """Return the place of a file to write, or refuse it before any work.

    Parameters
    ----------
    path : Path
        The file, which must not exist unless `force` is set.
    suffixes : tuple of str
        Endings that it may have.
    reason : str
        Reason for these endings, for the message.
    force : bool
        Whether a file may be replaced.
    """
    if path.suffix.lower() not in suffixes:
        raise CommandError(
            f"--out must end in {' or '.join(suffixes)}, {reason}, got {path}", WRONG_COMMAND
        )
    place = path.resolve()
    if not place.parent.is_dir():
        raise CommandError(f"{path.parent} is no folder: make it first, or name another --out")
    if place.exists():
        if not place.is_file():
            raise CommandError(f"{path} is no file that could be replaced: name another --out")
        if not force:
            raise _exists(path)
    if not os.access(place.parent, os.W_OK):
        raise CommandError(f"{path.parent} can't be written to: name another --out")
    return place


@contextmanager
def written_whole(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Yield a file that takes its name only when the block has ended well.

    Until then it is a hidden file in the same folder, so that a reader finds the old file, none, or
    the whole new one, whenever the process ends.

    Parameters
    ----------
    path : Path
        The name, in a folder that exists.
    force : bool
        Whether an older file of this name is replaced; else it stays, and there is an error.
    """
    temporary = tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
    )
    try:
        with temporary as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary.name, _mode(path))
        _rename(temporary.name, path, force)
    finally:
        Path(temporary.name).unlink(missing_ok=True)


def _mode(path: Path) -> int:
    """Return the permissions of the file of this name, or those of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _rename(temporary: str, path: Path, force: bool) -> None:
    if not force:
        try:
            os.link(temporary, path)  # fails where the name is taken, by now
            return
        except FileExistsError:
            raise _exists(path) from None
        except OSError:  # a file system without links
            if path.exists():
                raise _exists(path) from None
    os.replace(temporary, path)


def _exists(path: Path) -> CommandError:
    return CommandError(f"{path} exists: say --force to replace it, or name another --out")
