"""Ctrl-C that no library swallows."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import NoReturn

_pressed = threading.Event()


class Interrupted(BaseException):
    """Ctrl-C, as no library catches it.

    scikit-learn's MLP and skorch's networks catch a KeyboardInterrupt, and return half-trained.
    """


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise `Interrupted` in the block.

    Inside another such block nothing changes, nor where the program that calls this one has its own
    handler, or ignores Ctrl-C, as the shell has it for commands in the background.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    _pressed.clear()
    signal.signal(signal.SIGINT, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _pressed.clear()


def _interrupt(*signal_and_frame: object) -> NoReturn:
    _pressed.set()
    raise Interrupted


def check_interrupted() -> None:
    """Raise `Interrupted` if there was a Ctrl-C, even if it was swallowed on its way."""
    if _pressed.is_set():
        raise Interrupted


def is_interrupt(error: BaseException) -> bool:
    """Tell whether an error is Ctrl-C, or what a library made of it."""
    return _pressed.is_set() or isinstance(error, Interrupted | KeyboardInterrupt)


@contextmanager
def start_deaf() -> Iterator[None]:
    """Let processes that start in the block never get Ctrl-C, which a terminal sends to all."""
    # Python's own helper process lets Ctrl-C through where it starts, so it starts before.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
