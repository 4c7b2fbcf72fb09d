"""Worker processes, which end with the process that started them.

This file imports nothing that is slow to import: a worker watches from its first moment on.
"""

from __future__ import annotations

import os
import signal
import time
from threading import Thread

PAUSE = 0.5  # seconds between two looks


def follow(parent: int) -> None:
    """Let this process die with process `parent`, which may be killed without a last word."""
    Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PAUSE)
    os.kill(os.getpid(), signal.SIGKILL)
