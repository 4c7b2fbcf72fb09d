"""Ctrl-C: no library swallows it, and no row of an interrupted fit is written."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from benchmarks.classifiers.protocols import StepwiseClassifier
from benchmarks.cli.interrupts import Interrupted, check_interrupted, interruptible, start_deaf
from benchmarks.engine.backends import run_cells
from benchmarks.engine.csv_file import read_rows
from tests.benchmarks.commands import run as run_command
from tests.benchmarks.test_sweep import fit_cell, run

ROOT = Path(__file__).parents[2]

X, Y = np.random.default_rng(0).random((20, 784), dtype=np.float32), np.arange(20) % 2


@pytest.fixture(autouse=True)
def ctrl_c_as_in_a_terminal():
    """Python's own handler, whatever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press_soon():
    """Press Ctrl-C in a moment, in the middle of what the main thread does by then."""
    main = threading.main_thread().ident
    threading.Timer(0.2, signal.pthread_kill, [main, signal.SIGINT]).start()


def train(net):
    """Train for a step, which imports whatever it needs, and then without end."""
    StepwiseClassifier(net, n_steps=1, random_state=0).fit(X, Y)
    press_soon()
    StepwiseClassifier(net, n_steps=10**7, random_state=0).fit(X, Y)


def train_mlp(cell):
    MLPClassifier((4,)).partial_fit(X, Y, classes=[0, 1])
    press_soon()
    MLPClassifier((4,), max_iter=10**7, tol=0, n_iter_no_change=10**7).fit(X, Y)
    return fit_cell(cell)


def train_mlp_by_steps(cell):
    train(MLPClassifier((4,), batch_size=16))
    return fit_cell(cell)


def train_cnn(cell):
    from benchmarks.classifiers.cnn import make_cnn

    train(make_cnn("cpu"))
    return fit_cell(cell)


def swallow(cell):
    try:
        signal.raise_signal(signal.SIGINT)
    except BaseException:
        return fit_cell(cell)


def turn_into_another_error(cell):
    try:
        signal.raise_signal(signal.SIGINT)
    except BaseException as error:
        raise ImportError("half a module") from error


@pytest.mark.parametrize(
    "task", [train_mlp, train_mlp_by_steps, train_cnn, swallow, turn_into_another_error]
)
def test_no_row_of_an_interrupted_fit_is_written(task, tmp_path, capsys):
    if task is train_cnn:
        pytest.importorskip("skorch")
    path = tmp_path / "proben1.csv"
    with pytest.raises(SystemExit) as left:
        run(path, task=task)
    assert left.value.code == 130
    assert read_rows(path).empty
    said = f"Interrupted. 0 of 12 fits are in {path}; --resume goes on from there.\n"
    assert capsys.readouterr().err == said
    assert len(run(path, resume=True)) == 12  # nothing of it stays


def press():
    signal.raise_signal(signal.SIGINT)


def test_cells_without_a_csv_are_interrupted():
    with pytest.raises(Interrupted):
        run_cells(press, [()], jobs=1, label="sums")


def test_command_without_resume_says_interrupted(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.studies.demo.run_cells", lambda *args, **kwargs: press())
    done = run_command("demo", "--out", tmp_path)
    assert done.exit_code == 130
    assert done.stderr == "Interrupted.\n"
    assert not list(tmp_path.iterdir())


def test_command_with_resume_tells_so(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.thesis.proben1.fetch_proben1", lambda *args, **kwargs: press())
    done = run_command("proben1", "--out", tmp_path)
    assert done.exit_code == 130
    assert done.stderr == "Interrupted. The same command with --resume goes on.\n"


def test_handlers_are_set_back_and_those_of_others_stay():
    with interruptible(), interruptible():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    check_interrupted()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a command in the background
    with interruptible():
        press()


def test_processes_start_deaf():
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('still here')"
    with start_deaf():
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "still here\n"
    with pytest.raises(KeyboardInterrupt):
        press()


# --- processes ---

SCRIPT = """
from functools import partial
from pathlib import Path
import sys
from tests.benchmarks.test_interrupts import wait
from tests.benchmarks.test_sweep import make_cells, run
path = Path(sys.argv[1])
run(path, make_cells(seeds=9), partial(wait, folder=path.parent), jobs=int(sys.argv[2]))
"""


def wait(cell, folder):
    """Return the last cell, which is the first to run, and be busy for long in all others."""
    if cell.labels["seed"] < 8:
        Path(folder, f"busy-{os.getpid()}").touch()
        time.sleep(300)
    return fit_cell(cell)


def start(path, jobs):
    """Start a run, and return when it has a row and all of its processes are busy."""
    path.parent.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path), str(jobs)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 120
    while len(list(path.parent.glob("busy-*"))) < jobs or len(read_rows(path)) < 3:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_with_one_line(tmp_path):
    path = tmp_path / "new" / "proben1.csv"
    process = start(path, jobs=2)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    _, said = process.communicate(timeout=60)  # returns when no worker holds the pipe any more
    assert process.returncode == 130
    assert said == f"Interrupted. 3 of 27 fits are in {path}; --resume goes on from there.\n"
    assert len(read_rows(path)) == 3


@pytest.mark.slow
def test_workers_die_with_a_killed_run(tmp_path):
    path = tmp_path / "new" / "proben1.csv"
    process = start(path, jobs=2)
    process.kill()
    process.communicate(timeout=60)  # returns when no worker holds the pipe any more
    assert len(read_rows(path)) == 3
    assert len(run(path, resume=True)) == 12  # whatever it held
