"""Runs of the command as a process, and small tables for it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Few steps, on the CPU: tests are about files, not about rows that are worth something.
FEW = ("--max-iter", "5", "--device", "cpu")
HEADER = "id,name,x,w,day,y"
ROWS = [
    '007,"a, b",1.50,3,2023-02-01,"good"',
    '008,"c",2.25,NA,2023-02-15,"bad"',
    '009,"a, b",3.75,5,2023-02-03,"good"',
    '010,"c",1.00,4,2023-03-01,"good"',
    '011,"a, b",2.50,NA,2023-02-28,"bad"',
    '012,"say ""d""",9.75,1,2023-02-01,"good"',
]
TEXT = "\n".join([HEADER, *ROWS]) + "\n"
OPTIONS = ("--target", "y", "--missing", "indicator", "--exclude", "id", *FEW)


def run(*args, code=None):
    """Run the command, or code in its place, and return the finished process."""
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "skvae"]
    words = [*command, *map(str, args)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True)


def write(folder, text=TEXT, name="data.csv", **options):
    """Write a text as it is, and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(**options))
    return path


def augment(path, *args, code=None):
    """Augment a file to new.csv beside it, and return that path and the finished process."""
    out = path.with_name(f"new{path.suffix}")
    return out, run("augment", path, "--out", out, *args, code=code)


def check_line(done, code, said):
    """Check that a command has ended with one line of error."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert said in line
