"""Sweeps: no fit is lost and none is done twice, whatever happens on the way."""

import os
import resource
import signal
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from numpy.testing import assert_allclose
from threadpoolctl import threadpool_info

from benchmarks.engine.backends import limit_threads, run_cells
from benchmarks.engine.cells import Cell
from benchmarks.engine.csv_file import COLUMNS, read_rows
from benchmarks.engine.environment import versions
from benchmarks.engine.sweep import Plan, sweep
from tests.benchmarks.commands import leftovers

FITS = (("none", "MLP", "fixed"), ("none", "forest", "-"), ("SMOTE", "forest", "-"))
SETTINGS = {"max_iter": 2000, "hidden": (128, 64)}


def make_cells(seeds=4, **labels):
    known = {"table": "proben1", "dataset": "card", "n": None, "n_new": None} | labels
    return [Cell(known | {"seed": seed}, FITS, cost=1 + seed) for seed in range(seeds)]


def fit_cell(cell, log=None, sleep=0.0):
    """A row a fit at once; `log` gets a line a row that was asked for, whoever asks."""
    time.sleep(sleep)
    for arm, classifier, protocol in cell.fits:
        if log is not None:
            with open(log, "a") as file:
                file.write(f"{cell.labels['seed']} {arm} {classifier}\n")
        yield {
            **cell.labels,
            **{"arm": arm, "classifier": classifier, "protocol": protocol},
            **{"f1_weighted": 1 / 3 + cell.labels["seed"], "f1_macro": np.nan, "n_train": 10},
            **{"device": "cpu", "versions": "skvae 1; torch 2"},
        }


def fail_on(cell, seed=0, error=None):
    if cell.labels["seed"] == seed:
        raise error or ValueError("no such luck")
    return fit_cell(cell)


def run(path, cells=None, task=fit_cell, **options):
    options = {"jobs": 1, "command": "c", "settings": SETTINGS, "label": "test"} | options
    plan = Plan(make_cells() if cells is None else cells, task, options.pop("settings"))
    return sweep(plan, path, **options)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "proben1.csv"


def assert_complete(results, cells):
    fits = [(cell.labels["seed"], *fit) for cell in cells for fit in cell.fits]
    columns = ["seed", "arm", "classifier", "protocol"]
    assert [tuple(row) for row in results[columns].to_numpy()] == fits


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_come_in_the_order_asked_and_are_in_the_csv(path, jobs):
    cells = make_cells(seeds=4)  # the dear ones, which are the last, run first
    results = run(path, cells, jobs=jobs)
    assert_complete(results, cells)
    assert list(results.columns) == COLUMNS
    assert_allclose(results["f1_weighted"], 1 / 3 + results["seed"].astype(int), rtol=5e-6)
    assert results["f1_macro"].isna().all()
    assert results["n"].isna().all()
    assert results["n_train"].eq(10).all()
    assert set(results["arm"]) == {"none", "SMOTE"}
    written = read_rows(path)
    assert list(written["seed"].unique()) == [3, 2, 1, 0] or jobs == 2
    assert len(written) == len(results)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_head_tells_command_versions_and_settings(path):
    run(path, command="python -m benchmarks proben1 --seeds 20")
    head = path.read_text().splitlines()[:4]
    assert head[0] == "# command: python -m benchmarks proben1 --seeds 20"
    assert head[1].startswith("# versions: skvae")
    assert head[2] == '# settings: {"max_iter": 2000, "hidden": [128, 64]}'
    assert head[3].startswith("table,dataset,n,n_new,arm,classifier,protocol,seed,f1_weighted")


def test_versions_of_the_head_are_not_repeated(path):
    def fit(cell):
        return [row | {"versions": versions()} for row in fit_cell(cell)]

    run(path, make_cells(seeds=1), fit)
    run(path, make_cells(seeds=2), resume=True)
    told = read_rows(path)["versions"]
    assert told[:3].isna().all()
    assert told[3:].eq("skvae 1; torch 2").all()
    assert f"# versions: {versions()}\n" in path.read_text()


def test_head_of_a_quick_run_says_that_it_is_no_result(path):
    run(path, command="python -m benchmarks proben1 --quick")
    assert path.read_text().splitlines()[3] == "# note: --quick: no result"
    assert len(run(path, command="python -m benchmarks proben1 --quick", resume=True)) == 12


def test_resume_runs_only_what_is_missing(path, tmp_path):
    run(path, make_cells(seeds=2))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))  # one of the three fits of seed 0 is gone
    log = tmp_path / "log"

    cells = make_cells(seeds=3)
    results = run(path, cells, partial(fit_cell, log=log), resume=True, command="more")

    assert_complete(results, cells)
    assert sorted(log.read_text().splitlines()) == [
        "0 SMOTE forest",
        "2 SMOTE forest",
        "2 none MLP",
        "2 none forest",
    ]
    assert "# command: c\n" in path.read_text()
    assert "# command: more\n" in path.read_text()

    log.unlink()
    assert_complete(run(path, cells, partial(fit_cell, log=log), resume=True), cells)
    assert not log.exists()


def test_resume_returns_what_is_asked_not_all_that_is_there(path):
    run(path, make_cells(seeds=3))
    assert_complete(run(path, make_cells(seeds=1), resume=True), make_cells(seeds=1))
    assert len(read_rows(path)) == 9


def test_labels_that_count_are_found_again(path, tmp_path):
    cells = make_cells(seeds=2, n=np.int64(5), n_new=0)
    first = run(path, cells)
    assert first["n"].eq(5).all()
    again = run(path, cells, partial(fail_on, seed=1), resume=True)
    pd.testing.assert_frame_equal(again, first)


def test_resume_drops_a_torn_last_line(path):
    cells = make_cells(seeds=2)
    whole = run(path, cells)
    text = path.read_text()
    for cut in [1, 20, 60]:
        path.write_text(text[:-cut])
        pd.testing.assert_frame_equal(run(path, cells, resume=True), whole)
        assert len(read_rows(path)) == 6


@pytest.mark.parametrize("cut", [2, 30, 150])
def test_resume_drops_a_short_last_line_that_has_an_end(path, cut):
    cells = make_cells(seeds=2)
    whole = run(path, cells)
    lines = path.read_text().splitlines()
    lines[-1] = lines[-1][:cut]
    path.write_text("\n".join([*lines, ""]))
    pd.testing.assert_frame_equal(run(path, cells, resume=True), whole)
    assert len(read_rows(path)) == 6


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text.replace(",f1_macro,", ","), "fields"),
        (lambda text: text.replace("f1_macro", "f2_macro"), "other columns"),
        (lambda text: text.replace("none,MLP", "none"), r"line \d+ must have 18 fields, got 17"),
        (lambda text: text.replace("MLP,fixed,3", "MLP,fixed,x"), "x"),
        (lambda text: text.replace("MLP,fixed,3", "MLP,fixed,2.5"), "safely cast"),
        (lambda text: text.replace('{"max', "{max"), "Expecting"),
        (lambda text: text.replace('{"max', '[{"max').replace("]}", "]}]"), "no JSON object"),
        (lambda text: text.encode("utf-16"), "utf-8"),
    ],
)
def test_resume_refuses_a_spoilt_file_by_name_and_keeps_it(path, spoil, words):
    run(path)
    before = spoil(path.read_text())
    before = before if isinstance(before, bytes) else before.encode()
    path.write_bytes(before)
    with pytest.raises(typer.BadParameter, match=words) as refused:
        run(path, resume=True)
    assert f"--resume: {path}" in str(refused.value)
    assert path.read_bytes() == before
    assert not leftovers(path.parent)


@pytest.fixture
def full_disk():
    """A call that lets no file of this process grow beyond a number of bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda n_bytes: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def fill_the_disk(cell, limit, path):
    limit(path.stat().st_size + 100)  # a row and a half
    return fit_cell(cell)


def test_full_disk_keeps_whole_cells_and_tells_how_many(path, full_disk, capfd):
    task = partial(fill_the_disk, limit=full_disk, path=path)
    with pytest.raises(OSError, match=r"too large.* 0 of 12 fits are in .*; --resume goes on"):
        run(path, task=task)
    assert capfd.readouterr().err == ""
    assert read_rows(path).empty
    assert path.read_text().endswith("\n")


def test_fits_of_a_full_disk_name_their_cell(path):
    with pytest.raises(OSError, match=r"card, seed 0: .*no space.* 9 of 12 fits are in"):
        run(path, task=partial(fail_on, error=OSError("no space")))


def test_resume_refuses_other_settings(path):
    run(path)
    before = path.read_text()
    with pytest.raises(typer.BadParameter, match="max_iter 2000 there, 300 here") as refused:
        run(path, resume=True, settings=SETTINGS | {"max_iter": 300, "beta": 1})
    assert "beta None there, 1 here" in str(refused.value)
    assert "hidden" not in str(refused.value)
    assert path.read_text() == before


def test_without_resume_the_old_file_is_kept(path):
    run(path, make_cells(seeds=3))
    before = path.read_text()
    run(path, make_cells(seeds=1), settings={})
    assert path.with_name("proben1.1.csv").read_text() == before
    assert len(read_rows(path)) == 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_failing_cell_is_named_and_finished_rows_stay(path, jobs, capsys):
    with pytest.raises(RuntimeError, match="card, seed 0: ValueError: no such luck"):
        run(path, task=fail_on, jobs=jobs)
    kept = read_rows(path)
    assert len(kept) == 9 or jobs == 2  # the others run first, but perhaps not to their end
    assert f"Failed. {len(kept)} of 12 fits are in" in capsys.readouterr().err
    assert_complete(run(path, resume=True), make_cells())


def test_interrupt_keeps_finished_rows(path, capsys):
    with pytest.raises(SystemExit) as left:
        run(path, task=partial(fail_on, error=KeyboardInterrupt()))
    assert left.value.code == 130
    said = capsys.readouterr().err
    assert "Interrupted. 9 of 12 fits are in" in said
    assert "--resume" in said
    assert len(read_rows(path)) == 9


def too_few(cell):
    return list(fit_cell(cell))[1:]


def twice(cell):
    return [*fit_cell(cell), *fit_cell(cell)]


def other_seed(cell):
    return [row | {"seed": 7} for row in fit_cell(cell)]


def new_column(cell):
    return [row | {"f2": 1} for row in fit_cell(cell)]


@pytest.mark.parametrize(
    ("task", "message"),
    [(too_few, "promised"), (twice, "promised"), (other_seed, "promised"), (new_column, "f2")],
)
def test_rows_that_were_not_promised_are_an_error(path, task, message):
    with pytest.raises(RuntimeError, match=f"card, seed 3: .*{message}"):
        run(path, task=task)
    assert read_rows(path).empty


def test_fits_asked_for_twice_are_an_error(path):
    with pytest.raises(ValueError, match="the same labels"):
        run(path, [*make_cells(), *make_cells()])
    assert not path.exists()


def test_no_cells_make_an_empty_table(path):
    assert run(path, []).empty


def count_threads(cell):
    """The threads that torch, and the most that any other library would use, as two scores."""
    import torch

    most = max(library["num_threads"] for library in threadpool_info())
    return [
        row | {"f1_weighted": torch.get_num_threads(), "f1_macro": most} for row in fit_cell(cell)
    ]


def test_each_job_has_its_share_of_the_threads(path, monkeypatch):
    monkeypatch.setattr("benchmarks.engine.backends.cpu_count", lambda: 2)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # what a user may have set for one process
    results = run(path, task=count_threads, jobs=2)
    assert results["f1_weighted"].eq(1).all()
    assert results["f1_macro"].eq(1).all()


def test_dask_that_is_not_installed(path, monkeypatch):
    monkeypatch.setattr("benchmarks.engine.backends.find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r'pip install "skvae\[distributed\]"'):
        run(path, backend="dask", scheduler="tcp://localhost:1")
    assert not path.exists()


def die_in(cell, seed, log):
    """Kill the process that runs a cell, but only the first that does."""
    with open(log, "a") as file:
        file.write(f"{cell.labels['seed']}\n")
    if Path(log).read_text().splitlines().count(str(seed)) == 1 and cell.labels["seed"] == seed:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)  # the other worker is in the middle of a cell
    return count_threads(cell)


@pytest.mark.slow
def test_dask_worker_that_dies_midway_costs_no_fit(path, tmp_path):
    distributed = pytest.importorskip("distributed")
    cells, log = make_cells(seeds=12), tmp_path / "log"
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        options = {"backend": "dask", "scheduler": cluster.scheduler_address}
        results = run(path, cells, partial(die_in, seed=6, log=log), **options)
        with pytest.raises(RuntimeError, match="card, seed 20: ValueError: no such luck"):
            run(path, make_cells(seeds=21), partial(fail_on, seed=20), resume=True, **options)

    assert_complete(results, cells)
    assert len(read_rows(path)) >= 36
    assert results["f1_weighted"].eq(1).all()  # threads
    runs = log.read_text().splitlines()
    assert runs.count("6") >= 2  # it was killed
    assert set(runs) == {str(seed) for seed in range(12)}


def test_threads_are_limited_and_set_back():
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with limit_threads(1):
        assert torch.get_num_threads() == 1
        assert all(library["num_threads"] == 1 for library in threadpool_info())
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def add(first, second):
    if first < 0:
        raise ValueError("no such luck")
    return {"sum": first + second}


@pytest.mark.parametrize("jobs", [1, 2])
def test_cells_without_a_csv(jobs):
    rows = run_cells(add, [(1, 2), (3, 4), (5, 6)], jobs=jobs, label="sums")
    assert sorted(row["sum"] for row in rows) == [3, 7, 11]
    with pytest.raises(RuntimeError, match=r"\(-1, 0\): ValueError: no such luck"):
        run_cells(add, [(-1, 0)], jobs=jobs, label="sums")
