"""The commands of ``python -m benchmarks``, with tiny budgets."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from typer.testing import CliRunner

from benchmarks import _common, _conv_speed, _mnist, proben1, tables, thyroid_fewshot
from benchmarks.__main__ import TABLES, app
from benchmarks._cells import all_fits
from benchmarks._classifiers import SCORES, TABULAR
from benchmarks._options import repeat_flags
from benchmarks._sweep import read_rows

ROOT = Path(__file__).parents[1]
PROBEN1 = ["proben1", "thyroid-fewshot"]
needs_data = pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")


def run(*args):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def unwrapped(said):
    """Without the frame and line breaks of a terminal."""
    return " ".join(said.replace("│", " ").split())


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_help_explains_every_command():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    commands = [*TABLES, "all", "report", "demo", "filters", "tables", "figures", "speed"]
    for command in commands:
        assert command in done.stdout
        assert run(command, "--help").exit_code == 0


@pytest.mark.parametrize("command", PROBEN1)
def test_help_tells_the_steps(command):
    said = unwrapped(run(command, "--help").output)
    assert f"{proben1.FULL.steps:,} steps" in said
    assert f"{proben1.FULL.vae_steps:,} of each VAE" in said


def test_help_tells_the_steps_of_mnist():
    said = unwrapped(run("mnist-fewshot", "--help").output)
    full, thesis = _mnist.FULL, _mnist.THESIS
    assert f"{full.steps:,} steps" in said
    assert f"on CPUs {full.vae_steps:,} ({full.multi_vae_steps:,})" in said
    assert f"{thesis.vae_steps:,} steps (multi-VAE: {thesis.multi_vae_steps:,})" in said


@pytest.mark.slow
def test_demo(tmp_path):
    done = run("demo", "--datasets", "wine", "--seeds", 1, "--jobs", 1, "--out", tmp_path)

    assert done.exit_code == 0, done.output
    fits = pd.read_csv(tmp_path / "demo.csv")
    assert len(fits) == 2 * 4  # scenarios, arms
    assert list(fits["arm"][:4]) == ["none", "SMOTE", "VAEOversampler", "MultiVAEResampler"]
    assert fits["f1_weighted"].between(0.5, 1).all()
    assert fits["versions"].str.contains("torch").all()
    assert "MultiVAEResampler" in done.stdout
    assert (tmp_path / "demo-latent-space.png").read_bytes().startswith(b"\x89PNG")
    assert not leftovers(tmp_path)


@pytest.mark.data
@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(
    ("command", "dataset", "sizes"),
    [
        ("proben1", "glass", [None]),
        ("thyroid-fewshot", "thyroid", thyroid_fewshot.TABLE.quick_sizes),
    ],
)
def test_tables_of_the_thesis(command, dataset, sizes, tmp_path, monkeypatch):
    module = thyroid_fewshot if command == "thyroid-fewshot" else proben1
    monkeypatch.setattr(module, "QUICK", proben1.Budget(steps=20, vae_steps=3, peer_epochs=1))
    arms = ["none", "multi-VAE beta 1", "recommended"]
    options = ["--datasets", dataset, "--arms", *arms, "--jobs", 1, "--out", tmp_path]
    done = run(command, "--quick", "--seeds", 1, *options)

    assert done.exit_code == 0, done.output
    fits = read_rows(tmp_path / f"{command}.csv")
    asked = {(n, *fit) for n in sizes for fit in all_fits(arms, TABULAR)}
    found = fits[["n", "arm", "classifier", "protocol"]].astype(object)
    assert set(found.where(found.notna(), None).itertuples(index=False, name=None)) == asked
    assert len(fits) == len(asked)
    scores = fits[list(SCORES)].copy()
    if command == "thyroid-fewshot":  # classes are equally large: none is the rarest
        assert scores.pop("minority_recall").isna().all()
    assert scores.apply(lambda column: column.between(0, 1)).all(axis=None)
    report = (tmp_path / f"{command}.md").read_text()
    assert f"`python -m benchmarks {command} --quick --seeds 1" in report
    assert "| multi-VAE beta 1 |" in report
    assert "weighted F1" in done.stdout
    assert not leftovers(tmp_path)


@pytest.mark.data
@pytest.mark.slow
@needs_data
def test_filters(tmp_path):
    done = run("filters", "--datasets", "glass", "--seeds", 2, "--jobs", 1, "--out", tmp_path)

    assert done.exit_code == 0, done.output
    fits = pd.read_csv(tmp_path / "filters.csv")
    assert fits.groupby("what")["seed"].nunique().to_dict() == {"planted": 2, "rejected": 2}
    assert fits["one for all, uniform"].dropna().gt(0.9).all()
    assert fits["real, calibrated"].dropna().between(0, 0.4).all()
    assert "mean spread" in done.stdout
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("command", [*PROBEN1, "filters", "tables"])
def test_missing_data_are_an_error_in_one_line(command, tmp_path, monkeypatch):
    def no_network(*args, **kwargs):
        raise OSError("no network")

    for module in ("proben1", "filters", "tables"):
        monkeypatch.setattr(f"benchmarks.{module}.fetch_proben1", no_network)
    done = run(command, "--datasets", "thyroid", "--out", tmp_path)
    assert done.exit_code == 1
    assert done.output.splitlines()[-1] == "Error: no network"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # pythae's own, where it is installed
def test_speed(tmp_path):
    done = run("speed", "--quick", "--repeats", 1, "--out", tmp_path)

    assert done.exit_code == 0, done.output
    rows = pd.read_csv(tmp_path / "speed.csv")
    assert set(rows["figure"]) == {"step", "convolution", "drawing", "filter", "memory"}
    assert {"skvae", "skvae, float32", "plain"} <= set(rows["arm"])
    assert rows["value"].gt(0).all()
    assert "goal" in done.stdout
    assert not leftovers(tmp_path)


def test_training_on_a_device_is_timed_beside_its_goal():
    rows = pd.DataFrame(_conv_speed.measure_training(_conv_speed.QUICK, "cpu"))
    assert rows["value"].gt(0).all()
    text = _conv_speed.format_training(rows, _conv_speed.QUICK)
    assert text[["network", "steps", "goal on an H100"]].to_numpy().tolist() == [
        ["tiny", "5", "<= 1"]
    ]


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
    ("device", "said"), [("gpu", "cpu, cuda"), ("meta", "cpu, cuda"), ("cuda:99", "CUDA devices")]
)
def test_unknown_device_is_an_error(device, said, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.proben1.fetch_proben1", lambda *args, **kwargs: None)
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


def test_paired_difference_is_the_paired_t_interval():
    rng = np.random.default_rng(0)
    scores, reference = rng.random(8), rng.random(8)
    mean, low, high = _common.paired_difference(scores, reference)
    expected = stats.ttest_rel(scores, reference).confidence_interval(0.95)
    assert_allclose([low, high], [expected.low, expected.high])
    assert_allclose(mean, np.mean(scores - reference))


def test_paired_difference_of_one_pair_has_no_interval():
    mean, low, high = _common.paired_difference([0.75], [0.5])
    assert mean == 0.25
    assert np.isnan([low, high]).all()


def test_summary_pairs_by_seed_not_by_row():
    fits = pd.DataFrame(
        [
            ("wine", "none", 0, 0.1),
            ("wine", "none", 1, 0.5),
            ("wine", "ours", 1, 0.6),
            ("wine", "ours", 0, 0.2),
        ],
        columns=["dataset", "arm", "seed", "f1_weighted"],
    )
    summary = _common.summarize(fits, ["dataset"]).set_index("arm")
    assert_allclose(summary.loc["ours", ["difference", "low", "high"]].astype(float), 0.1)
    assert_allclose(summary.loc["none", "mean"], 0.3)


def test_write_is_all_or_nothing(tmp_path, monkeypatch):
    path = tmp_path / "new" / "table.csv"
    _common.write_file(path, "old")
    assert path.read_text() == "old"

    def interrupted(self, content):
        with self.open("wb") as file:
            file.write(content[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _common.write_file(path, "new")
    assert path.read_text() == "old"
    assert not leftovers(path.parent)


@pytest.mark.data
@pytest.mark.slow
@needs_data
def test_tables(tmp_path, monkeypatch):
    own = {name: draw for name, draw in tables.GENERATORS.items() if name.startswith(("sk", "SM"))}
    # The peer's place is taken, so that its figures are made where it is not installed.
    monkeypatch.setattr(tables, "GENERATORS", {**own, tables.PEER: tables.draw_smote})
    options = ["--seeds", 2, "--quality-seeds", 2, "--jobs", 1, "--out", tmp_path]
    done = run("tables", "--datasets", "iris", "horse", *options)

    assert done.exit_code == 0, done.output
    quality = pd.read_csv(tmp_path / "tables-quality.csv")
    assert quality.groupby("dataset")["arm"].nunique().eq(5).all()
    assert quality[list(tables.QUALITIES)].apply(lambda c: c.between(0, 1).all()).all()
    typed = quality.pivot_table("column distance", "dataset", "arm")
    assert typed.loc["horse", "skvae"] < typed.loc["horse", "skvae, numeric"]
    gain = pd.read_csv(tmp_path / "tables-gain.csv")
    assert gain.groupby("arm")["seed"].nunique().to_dict() == {
        "none": 2,
        "multi-VAE, numeric": 2,
        "multi-VAE, typed": 2,
    }
    assert set(gain["dataset"]) == {"horse"}
    assert "time / its" in done.stdout
    assert "Typed less numeric" in done.stdout
    assert not leftovers(tmp_path)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize("dataset", ["card", "horse", "gene"])
def test_symbols_become_numbers_and_come_back(dataset):
    X, _ = tables.load(dataset, None)
    X = tables.fill_in(X)
    assert not X.isna().any(axis=None)
    numbers = tables.to_numbers(X)
    assert numbers.apply(lambda c: c.between(0, 1).all()).all()
    pd.testing.assert_frame_equal(tables.from_numbers(numbers, X), X)
