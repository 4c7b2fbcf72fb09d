"""Folder of results: one command at a time writes into it."""

import os
import re
import subprocess
import sys
from io import FileIO
from pathlib import Path

import pytest

from benchmarks.cli.folder import hold
from tests.benchmarks.commands import leftovers, run

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from io import FileIO
from pathlib import Path
from benchmarks.cli.folder import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the folder."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.parametrize("command", ["demo", "small", "speed", "figures", "all"])
def test_second_command_says_who_holds_the_folder(command, holder, tmp_path):
    options = {
        "small": ["--datasets", "iris", "--arms", "none"],
        "all": ["--quick"],
        "figures": ["--quick", "--only", "6.9"],
    }
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = run(command, *options.get(command, []), "--out", tmp_path)
    assert done.exit_code == 1
    assert not done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {tmp_path} is in use by pid {holder.pid} on ")
    assert re.search(r" \(python -c .*\) since 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d: wait ", line)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_lock_of_a_dead_process_is_taken_over(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert leftovers(tmp_path)
    with hold(tmp_path):
        assert f"pid {os.getpid()} " in (tmp_path / ".lock").read_text()
    assert not list(tmp_path.iterdir())


def test_planted_lock_file_holds_nobody_up(tmp_path):
    (tmp_path / ".lock").write_text("pid 1 on moon (python)" * 99)
    with hold(tmp_path):
        assert "moon (python)" not in (tmp_path / ".lock").read_text()
    assert not list(tmp_path.iterdir())


def test_a_process_may_hold_a_folder_again(tmp_path):
    with hold(tmp_path / "a"):
        with hold(tmp_path / "b" / ".." / "a"):
            pass
        assert leftovers(tmp_path / "a")
    assert not leftovers(tmp_path / "a")


def test_folder_is_free_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="no luck"), hold(tmp_path):
        raise ValueError("no luck")
    assert not list(tmp_path.iterdir())


def test_full_disk_is_noticed_and_leaves_no_file(tmp_path, monkeypatch):
    class Full(FileIO):
        def write(self, content):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("benchmarks.cli.folder.FileIO", Full)
    done = run("demo", "--out", tmp_path)
    assert done.exit_code == 1
    assert done.stderr == f"Error: [Errno 28] No space left on device: '{tmp_path}'\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("out", ["file", "file/below", "/proc/nowhere"])
@pytest.mark.parametrize("command", ["demo", "speed", "figures"])
def test_folder_that_cannot_be_made_is_an_error_in_one_line(command, out, tmp_path):
    (tmp_path / "file").touch()
    done = run(command, "--out", tmp_path / out)
    assert done.exit_code == 1
    assert not done.stdout
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert str(tmp_path / out) in done.stderr
