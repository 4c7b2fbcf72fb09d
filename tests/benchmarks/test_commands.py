"""Commands of ``python -m benchmarks``: help, names, devices, missing data."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cli.options import repeat_flags
from benchmarks.cli.output import write_file
from benchmarks.experiments import EXPERIMENTS
from tests.benchmarks.commands import leftovers, run, unwrapped

ROOT = Path(__file__).parents[2]
PROBEN1 = ["proben1", "thyroid-fewshot"]


def test_help_explains_every_command():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    commands = [*EXPERIMENTS, "all", "report", "demo", "filters", "tables", "figures", "speed"]
    commands += ["large", "gpu"]
    for command in commands:
        assert command in done.stdout
        assert run(command, "--help").exit_code == 0


@pytest.mark.parametrize("command", PROBEN1)
def test_help_tells_the_steps(command):
    said = unwrapped(run(command, "--help").output)
    full = EXPERIMENTS[command].budgets.full
    assert f"{full.classifier_steps:,} steps" in said
    assert f"{full.multi_vae_steps:,} of each VAE" in said


def test_help_tells_the_steps_of_mnist():
    said = unwrapped(run("mnist-fewshot", "--help").output)
    budgets = EXPERIMENTS["mnist-fewshot"].budgets
    full, thesis = budgets.full, budgets.full_on_gpu
    assert f"{full.classifier_steps:,} steps" in said
    assert f"on CPUs {full.single_vae_steps:,} ({full.multi_vae_steps:,})" in said
    assert f"{thesis.single_vae_steps:,} steps (multi-VAE: {thesis.multi_vae_steps:,})" in said


@pytest.mark.parametrize("command", [*PROBEN1, "filters", "tables"])
def test_missing_data_are_an_error_in_one_line(command, tmp_path, monkeypatch):
    def no_network(*args, **kwargs):
        raise OSError("no network")

    for module in ("thesis.proben1", "studies.filters", "studies.mixed_tables"):
        monkeypatch.setattr(f"benchmarks.{module}.fetch_proben1", no_network)
    done = run(command, "--datasets", "thyroid", "--out", tmp_path)
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == "Error: no network"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "flag", "known"),
    [
        ("demo", "--datasets", ["wine", "digits"]),
        ("filters", "--datasets", ["card", "thyroid"]),
        ("tables", "--datasets", ["horse", "iris"]),
        ("figures", "--only", ["6.1", "6.13"]),
        ("proben1", "--datasets", ["card", "thyroid"]),
        ("proben1", "--arms", ["none", "multi-VAE beta 0.5 + LC", "recommended"]),
        ("thyroid-fewshot", "--datasets", ["thyroid"]),
        ("thyroid-fewshot", "--arms", ["none", "single-VAE noise + GC", "CTGAN"]),
    ],
)
def test_unknown_name_lists_the_known_ones(command, flag, known, tmp_path):
    done = run(command, flag, known[0], "irsi", "--out", tmp_path / "new")
    assert done.exit_code == 2
    said = unwrapped(done.stderr)
    assert f"{flag} must be of" in said
    assert "got 'irsi'" in said
    assert all(name in said for name in known)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "meant"),
    [
        (["proben1", "--arms", "smote"], "SMOTE"),
        (["proben1", "--arms", "none", "Recomended"], "recommended"),
        (["proben1", "--classifiers", "mlp"], "MLP"),
        (["proben1", "--datasets", "CARD"], "card"),
        (["mnist-fewshot", "--datasets", "mnist"], "MNIST"),
        (["small", "--arms", "vaeoversampler X1"], "VAEOversampler x1"),
        (["proben1", "--backend", "Loky"], "loky"),
        (["all", "--arms", "ctgan"], "CTGAN"),
        (["demo", "--datasets", "wines"], "wine"),
        (["filters", "--datasets", "tyroid"], "thyroid"),
        (["tables", "--datasets", "Iris"], "iris"),
        (["figures", "--only", "6.1.1"], "6.11"),
    ],
)
def test_unknown_name_is_one_line_with_the_likeliest_one(args, meant, tmp_path):
    done = run(*args, "--out", tmp_path / "new")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {args[1]} must be of ")
    assert line.endswith(f"got {args[-1]!r}: did you mean {meant!r}?")
    known = line.split(" must be of ")[1].split(", got ")[0].split(", ")
    assert len(set(known)) == len(known)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["proben1", "imbalanced", "small", "all", "filters", "tables"])
@pytest.mark.parametrize("name", ["file", "nowhere"])
def test_data_home_that_is_no_folder(command, name, tmp_path):
    (tmp_path / "file").touch()
    done = run(command, "--data-home", tmp_path / name, "--out", tmp_path / "new")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line == (
        "Error: Invalid value for '--data-home': must be a folder that exists, "
        f"got {tmp_path / name}"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("device", "said"), [("gpu", "cpu, cuda"), ("meta", "cpu, cuda"), ("cuda:99", "CUDA devices")]
)
def test_unknown_device_is_an_error(device, said, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.thesis.proben1.fetch_proben1", lambda *args, **kwargs: None)
    done = run("proben1", "--device", device, "--out", tmp_path / "new")
    assert done.exit_code == 2
    assert said in unwrapped(done.stderr)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "spread"),
    [
        (["--d", "a", "b", "--n", "3"], ["--d", "a", "--d", "b", "--n", "3"]),
        (["--d", "a", "--d", "b"], ["--d", "a", "--d", "b"]),
        (["--n", "3", "--d", "a"], ["--n", "3", "--d", "a"]),
        ([], []),
    ],
)
def test_flag_with_several_values(args, spread):
    assert repeat_flags(args, {"--d"}) == spread


def test_flag_without_a_value_is_an_error():
    assert run("demo", "--datasets", "--seeds", "1").exit_code == 2


def test_disk_that_takes_no_file_is_one_line(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(28, "No space\nleft", "a.csv")

    monkeypatch.setattr("benchmarks.studies.demo.run_cells", refuse)
    done = run("demo", "--out", tmp_path)
    assert done.exit_code == 1
    assert done.stderr == "Error: [Errno 28] No space left: 'a.csv'\n"
    assert not list(tmp_path.iterdir())


def test_write_is_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "new" / "table.csv"
    write_file(path, "old")
    assert path.read_text() == "old"

    def interrupted(self, content):
        with self.open("wb") as file:
            file.write(content[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, "new")
    assert path.read_text() == "old"
    assert not leftovers(path.parent)
