"""``python -m benchmarks gpu`` where there is no GPU."""

import subprocess

import pandas as pd
import pytest

from benchmarks.speed import gpu
from benchmarks.speed.run import Part
from tests.benchmarks.commands import leftovers, run, unwrapped

OWED = "No GPU: the figures of a GPU are owed, and these only show that the command runs."


def one_part(*args):
    yield Part("Steps", pd.DataFrame({"figure": ["step"]}), pd.DataFrame({"what": ["a step"]}))


def broken(*args):
    yield from one_part()
    raise RuntimeError("out of memory")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::skvae.exceptions.LatentCollapseWarning")
def test_all_parts_on_a_cpu(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "measure_steps", one_part)  # `speed` has a test of its own
    options = "--device", "cpu", "--quick", "--data-home", tmp_path, "--out", tmp_path / "out"
    done = run("gpu", *options)

    assert done.exit_code == 0, done.output
    rows = pd.read_csv(tmp_path / "out/gpu.csv")
    assert list(rows["figure"]) == ["CUDA tests", "training", "step"]
    assert rows["device"].eq("cpu").all()
    page = (tmp_path / "out/gpu.md").read_text()
    for said in (page, done.stdout):
        assert OWED in said
        assert "on 100 generated images" in said
        assert "skipped" in said
        assert "--quick: no result" in said
    assert not leftovers(tmp_path / "out")


def test_what_fails_or_comes_too_late_costs_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "run_tests", one_part)
    monkeypatch.setattr(gpu, "train", broken)
    monkeypatch.setattr(gpu, "measure_steps", one_part)
    done = run("gpu", "--device", "cpu", "--quick", "--out", tmp_path)
    assert done.exit_code == 1
    page = (tmp_path / "gpu.md").read_text()
    assert "Missing: the thesis' training: RuntimeError: out of memory" in page
    assert len(pd.read_csv(tmp_path / "gpu.csv")) == 3

    monkeypatch.setattr(gpu, "LIMIT", -1)
    assert run("gpu", "--device", "cpu", "--quick", "--out", tmp_path).exit_code == 1
    assert (tmp_path / "gpu.md").read_text().count(": left out after") == 3


@pytest.mark.parametrize("last", ["1 failed, 14 passed in 3.00s", "No module named pytest"])
def test_failing_tests_are_a_missing_part(last, monkeypatch, capsys):
    done = subprocess.CompletedProcess([], 1, stdout=f"...\n{last}\n", stderr="")
    monkeypatch.setattr(gpu.subprocess, "run", lambda *args, **options: done)
    with pytest.raises(RuntimeError, match=f"^{last}$"):
        list(gpu.run_tests())
    assert last in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--device", "cpu"], "--device cpu is no GPU here, and needs --quick"),
        (["--device", "cuda:99"], "torch sees"),
        (["--device", "gpu"], "--device must be auto, cpu, cuda or cuda:N, got 'gpu'"),
    ],
)
def test_devices(options, message, tmp_path):
    done = run("gpu", *options, "--out", tmp_path / "new")
    assert done.exit_code == 2
    assert message in unwrapped(done.stderr)
    assert not (tmp_path / "new").exists()
