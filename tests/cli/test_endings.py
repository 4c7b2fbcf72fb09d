"""Commands that can't go on: one line, an exit code, and no file."""

import signal
import subprocess
import sys
import time

import pytest

from tests.cli.files import HEADER, OPTIONS, ROOT, ROWS, TEXT, augment, check_line, run, write

pytest.importorskip("typer")


@pytest.mark.parametrize(
    ("text", "args", "code", "said"),
    [
        (TEXT, ["--target", "Y"], 2, "did you mean 'y'?"),
        (TEXT, ["--target", "y"], 1, "column 'w' of data.csv misses a value in line 3 (2 in all)"),
        (TEXT, [*OPTIONS, "--targt", "y"], 2, "No such option: --targt"),
        (TEXT, [*OPTIONS, "--sampler", "gan"], 2, "'--sampler'"),
        (TEXT, [*OPTIONS, "--amount", "x"], 2, "'--amount'"),
        (TEXT, [*OPTIONS, "--delimiter", "ab"], 2, "one character or tab"),
        (TEXT, [*OPTIONS, "--sampling-strategy", "god=9"], 2, "did you mean 'good'?"),
        (TEXT, [*OPTIONS, "--sampling-strategy", "bad=many"], 2, "a number of rows"),
        (TEXT, [*OPTIONS, "--sampling-strategy", "bad=1"], 2, "--sampling-strategy"),
        (TEXT, [*OPTIONS, "--amount", "1", "--sampling-strategy", "all"], 2, "not both"),
        ("", ["--target", "y"], 1, "data.csv is empty"),
        (TEXT.replace('"bad"', '"good"'), OPTIONS, 1, "has one class, 'good'"),
        (TEXT.replace(",2023-02-15", ""), OPTIONS, 1, "has 5 fields in line 3"),
        (TEXT.replace('"bad"', "", 1), OPTIONS, 1, "each row needs its class"),
        ("\n".join([HEADER, *ROWS[:4]]), OPTIONS, 1, "class 'bad' of 'y' has 1 row"),
        ("\n".join([HEADER, *ROWS[1:3], *ROWS[:5:4]]), OPTIONS, 2, "no class gets new rows"),
    ],
)
def test_wrong_tables_and_options_take_one_line(tmp_path, here, text, args, code, said):
    data = write(tmp_path, text)
    check_line(here("augment", data, "--out", tmp_path / "new.csv", *args), code, said)
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_an_error_of_a_process_takes_one_line(tmp_path):
    _, done = augment(write(tmp_path), "--target", "Y")
    check_line(done, 2, "did you mean 'y'?")


def test_files_that_are_not_there_or_are_take_one_line(tmp_path, here):
    data = write(tmp_path)
    check_line(
        here("augment", tmp_path / "no.csv", "--out", "x.csv", *OPTIONS), 2, "does not exist"
    )
    check_line(here("augment", tmp_path, "--out", "x.csv", *OPTIONS), 2, "the table must be a CSV")
    out = tmp_path / "no" / "new.csv"
    check_line(here("augment", data, "--out", out, *OPTIONS), 1, "no folder")
    out = tmp_path / "new.parquet"
    check_line(here("augment", data, "--out", out, *OPTIONS), 2, "--out must end in .csv")
    check_line(here("augment", data, "--out", data, *OPTIONS), 1, "exists: say --force")
    noise = write(tmp_path, "no table", name="data.parquet")
    done = here("augment", noise, "--out", tmp_path / "new.parquet", *OPTIONS)
    check_line(done, 1, "no parquet file")
    assert data.read_text() == TEXT


@pytest.mark.parametrize("module", ["typer", "rich"])
def test_missing_packages_take_one_line(module):
    code = f"import sys; sys.modules[{module!r}] = None\nfrom skvae.cli import main\nmain()"
    check_line(run(code=code), 1, f'needs {module}: pip install "skvae[cli]"')


def test_missing_pyarrow_takes_one_line(tmp_path):
    data = write(tmp_path, "any", name="data.parquet")
    code = "import sys; sys.modules['pyarrow'] = None\nfrom skvae.cli import main\nmain()"
    _, done = augment(data, *OPTIONS, code=code)
    check_line(done, 1, 'data.parquet needs pyarrow: pip install "skvae[cli]"')


# The process dies at the worst moments of the writing of a file.
DIES = """
import os, signal, sys
from skvae.cli import _files, main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
at = {at!r}
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.{signal})
if at == "write":
    whole = _files.tempfile.NamedTemporaryFile
    def half(**kwargs):
        file = whole(**kwargs)
        write = file.write
        file.file.write(b"half of a fi")
        file.file.flush()
        die()
        return file
    _files.tempfile.NamedTemporaryFile = half
else:
    setattr(_files.os, at, die)
main()
"""


@pytest.mark.parametrize("at", ["write", "replace"])
def test_a_kill_leaves_the_old_file(tmp_path, at):
    data = write(tmp_path)
    write(tmp_path, "old", name="new.csv")
    out, done = augment(data, *OPTIONS, "--force", code=DIES.format(at=at, signal="SIGKILL"))
    assert done.returncode == -signal.SIGKILL
    assert out.read_text() == "old"
    left = {path.name for path in tmp_path.iterdir()} - {"data.csv", "new.csv"}
    assert all(name.startswith(".new.csv.") and name.endswith(".tmp") for name in left)


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_friendlier_end_leaves_nothing(tmp_path, name, code):
    _, done = augment(write(tmp_path), *OPTIONS, code=DIES.format(at="fsync", signal=name))
    assert done.returncode == code
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_kills_at_random_moments_leave_no_file(tmp_path):
    data = write(tmp_path, "\n".join([HEADER, *(ROWS * 2000)]))
    out = tmp_path / "new.csv"
    words = ["augment", data, "--out", out, *OPTIONS, "--sampling-strategy", "bad=4010"]
    for wait in (2.0, 4.0):
        process = subprocess.Popen(
            [sys.executable, "-m", "skvae", *map(str, words)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(wait)
        process.kill()
        if process.wait() == 0:
            break
        assert not out.exists() or len(out.read_text().splitlines()) == 12011


def test_no_file_takes_the_place_of_one_that_came_meanwhile(tmp_path):
    data = write(tmp_path)
    code = (
        "from pathlib import Path\nfrom skvae.cli import _files, main\n"
        "sync = _files.os.fsync\n"
        "def meanwhile(file):\n"
        f"    sync(file), Path({str(tmp_path / 'new.csv')!r}).write_text('other')\n"
        "_files.os.fsync = meanwhile\nmain()"
    )
    out, done = augment(data, *OPTIONS, code=code)
    assert done.returncode == 1
    assert "exists: say --force" in done.stderr.splitlines()[-1]
    assert out.read_text() == "other"
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "new.csv"}
