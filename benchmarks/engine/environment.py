"""Versions and devices that a measurement depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import torch
import typer


@cache
def versions() -> str:
    """Return the versions that a figure depends on, as one CSV field."""
    names = ["skvae", "torch", "scikit-learn", "imbalanced-learn", "numpy"]
    return "; ".join(f"{name} {_version(name)}" for name in names)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a checkout on the path that pip knows nothing of
        return "(not installed)"


def on_gpu(device: str) -> bool:
    """Return whether the name of a device means a GPU here."""
    return torch.cuda.is_available() if device == "auto" else device.startswith("cuda")


def device_name(device: str) -> str:
    """Return "cpu" or the name of the GPU that the name of a device means here."""
    if not on_gpu(device):
        return device.replace("auto", "cpu")
    return torch.cuda.get_device_name(None if device == "auto" else device)


def check_device(device: str, *, here: bool) -> None:
    """Stop at a name that is no CPU or CUDA device.

    If fits run on this machine (`here`), the device must also exist.
    """
    if device in ("auto", "cpu"):
        return
    if not re.fullmatch(r"cuda(:\d+)?", device):
        raise typer.BadParameter(f"--device must be auto, cpu, cuda or cuda:N, got {device!r}")
    named = torch.device(device)
    n_gpus = torch.cuda.device_count()
    if here and (named.index or 0) >= n_gpus:
        raise typer.BadParameter(f"--device {device}: torch sees {n_gpus} CUDA devices here")


@contextmanager
def current_gpu(device: str) -> Iterator[None]:
    """Make the GPU of this name the one that packages use which only know "cuda"."""
    if device.startswith("cuda"):
        with torch.cuda.device(device):
            yield
    else:
        yield
