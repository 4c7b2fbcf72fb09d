"""Helpers for tests of ``python -m benchmarks``."""

import os

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app

needs_data = pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def unwrapped(output):
    """Remove the frame and line breaks of a terminal."""
    return " ".join(output.replace("│", " ").split())


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]
