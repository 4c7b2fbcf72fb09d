"""Fixtures of the tests of the command."""

import subprocess
import sys

import pytest

from skvae.cli import main


@pytest.fixture
def here(monkeypatch, capsys):
    """Run the command in this process, which is faster."""

    def run_here(*args):
        monkeypatch.setattr(sys, "argv", ["skvae", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(args, left.value.code, said.out, said.err)

    return run_here
