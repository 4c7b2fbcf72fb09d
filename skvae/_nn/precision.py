"""Precision of products and of small numbers, whatever torch is set to outside."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import torch

# Values of the settings by which float32 products lose nothing; "none" is the newer default.
_FULL = ("highest", "ieee", "none", False)
# Result of reading a setting that others contradict, as torch lets them.
_UNCLEAR = object()


class _Setting:
    """A setting of the process, as torch keeps it: an attribute of one of its backends."""

    def __init__(self, holder: Any, name: str) -> None:
        self.holder, self.name = holder, name

    def read(self) -> Any:
        try:
            return getattr(self.holder, self.name)
        except RuntimeError:
            return _UNCLEAR

    def write(self, value: Any) -> None:
        setattr(self.holder, self.name, value)

    def write_full(self) -> None:
        self.write(False if self.name == "allow_tf32" else "ieee")

    def put_back(self, value: Any) -> None:
        """Write a value that was read, unless the setting inherits it from another."""
        if self.name == "fp32_precision":
            self.write("none")
        if self.read() != value:
            self.write(value)


class _Matmul(_Setting):
    """The setting of all products of matrices, which is older than those of backends."""

    def __init__(self) -> None:
        super().__init__(torch, "float32_matmul_precision")

    def read(self) -> Any:
        try:
            return torch.get_float32_matmul_precision()
        except RuntimeError:
            return _UNCLEAR

    def write(self, value: Any) -> None:
        torch.set_float32_matmul_precision(value)

    def write_full(self) -> None:
        self.write("highest")


def _settings() -> list[_Setting]:
    """Return the settings that this version of torch has, those that change others first."""
    settings: list[_Setting] = [_Matmul()]
    holders: list[Any] = [torch.backends.mkldnn]
    if torch.cuda.is_available():
        holders += [torch.backends.cuda, torch.backends.cudnn]
        if not hasattr(torch.backends.cudnn, "conv"):
            settings.append(_Setting(torch.backends.cudnn, "allow_tf32"))
    for holder in holders:
        for operation in ("matmul", "conv"):
            if hasattr(getattr(holder, operation, None), "fp32_precision"):
                settings.append(_Setting(getattr(holder, operation), "fp32_precision"))
    return settings


class _FullPrecision:
    """Keeps the settings at full precision while some thread is inside."""

    def __init__(self) -> None:
        self.lock, self.n_inside = Lock(), 0
        self.outside: list[tuple[_Setting, Any]] = []

    def __enter__(self) -> None:
        with self.lock:
            found = [(setting, setting.read()) for setting in _settings()]
            lowered = [setting for setting, value in found if value not in _FULL]
            if lowered:
                # Those of the first thread: others see what it has set.
                self.outside = self.outside or found
            for setting in lowered:
                setting.write_full()
            self.n_inside += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.n_inside -= 1
            if self.n_inside:
                return
            for setting, value in self.outside:
                if value is not _UNCLEAR:
                    setting.put_back(value)
            self.outside = []


# Blocks with float32 products that lose nothing. The settings belong to the process: the last
# thread that leaves such a block puts them back.
full_precision = _FullPrecision()


@contextmanager
def denormal_numbers() -> Iterator[None]:
    """Run the block with numbers below the smallest normal one, which the thread may take for 0."""
    flushes = sys.float_info.min / 2 == 0
    torch.set_flush_denormal(False)
    try:
        yield
    finally:
        torch.set_flush_denormal(flushes)
