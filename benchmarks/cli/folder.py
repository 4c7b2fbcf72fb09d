"""Folder of results, which one command at a time writes into."""

from __future__ import annotations

import fcntl
import os
import platform
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

LOCK = ".lock"
_held: set[Path] = set()


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep other commands out of a folder, which is made if there is none.

    The lock is the kernel's, which drops it with the process, however that ends. The file says who
    holds it; to write it also shows, before the first fit, that the folder can be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder.resolve()
    if place in _held:  # by this process, for several tables
        yield
        return
    with _lock(place / LOCK, folder) as file:
        _held.add(place)
        try:
            _sign(file, folder)
            yield
        finally:
            _held.discard(place)
            (place / LOCK).unlink(missing_ok=True)


def _lock(path: Path, folder: Path) -> FileIO:
    """Open and lock the file, or stop with the words of the process that holds it."""
    while True:
        file = FileIO(path, "a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().decode(errors="replace") or "another command"
            file.close()
            raise SystemExit(
                f"Error: {folder} is in use by {holder}: wait for its end, or name another --out"
            ) from None
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()  # its holder has removed it since it was opened


def _sign(file: FileIO, folder: Path) -> None:
    """Write which process holds the folder."""
    try:
        file.truncate(0)
        file.write(_describe_this_process().encode())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


def _describe_this_process() -> str:
    command = " ".join(shlex.join(["python", *sys.orig_argv[1:]]).split())
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"pid {os.getpid()} on {platform.node()} ({command}) since {since}"
