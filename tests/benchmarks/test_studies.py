"""Studies: demo, filters and mixed tables, with tiny budgets."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from benchmarks.arms.typed import fill_gaps, from_numbers, to_numbers
from benchmarks.studies import calibration, demo, digits, mixed_tables
from benchmarks.studies.scoring import summarize
from tests.benchmarks.commands import leftovers, needs_data, run
from tests.benchmarks.keel import write_keel


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


@pytest.mark.parametrize("quick", [True, False])
def test_quick_demo_says_on_each_table_that_it_is_no_result(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "fit_cell", invent)
    monkeypatch.setattr(demo, "draw_latent_space", lambda *args: b"")
    done = run("demo", "--seeds", 2, "--jobs", 1, "--out", tmp_path, *["--quick"] * quick)
    assert done.exit_code == 0, done.output
    (title,) = [line for line in done.stdout.splitlines() if line.startswith("Weighted F1")]
    assert title.endswith(" (--quick: no result)") == quick
    fits = pd.read_csv(tmp_path / "demo.csv")
    assert fits.get("note", pd.Series()).eq("--quick: no result").any() == quick


def invent(dataset, scenario, arm, seed):
    labels = {"dataset": dataset, "scenario": scenario, "arm": arm, "seed": seed}
    return {**labels, "f1_weighted": 0.5, "versions": ""}


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


def test_calibration(tmp_path):
    write_keel(tmp_path)
    where = "--data-home", tmp_path, "--out", tmp_path / "out"
    done = run("calibration", "--quick", "--jobs", 1, *where)

    assert done.exit_code == 0, done.output
    scores = pd.read_csv(tmp_path / "out" / "calibration.csv")
    assert list(scores["dataset"].unique()) == ["mixed", "numbers"]
    assert list(scores["arm"].unique()) == list(calibration.ARMS)
    assert len(scores) == 2 * 8  # sets, arms; one classifier
    assert scores[["Brier score", "calibration error"]].stack().between(0, 0.6).all()
    by_arm = scores.groupby("arm")["Brier score"].mean()
    assert by_arm["none"] < by_arm["SMOTE corrected"] < by_arm["SMOTE"]
    assert "mean of all" in done.stdout
    assert not leftovers(tmp_path / "out")


def test_digits(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    target = np.tile(np.arange(10), 20)
    data = np.clip(rng.uniform(size=(200, 784)) * 0.1 + target[:, None] / 10, 0, 1)
    images = data.astype(np.float32), target
    monkeypatch.setattr(digits, "mnist", lambda _: (images, images))
    for name, value in (("N_IMAGES", 100), ("N_DRAWN", 50), ("QUICK_STEPS", 2)):
        monkeypatch.setattr(digits, name, value)
    done = run("digits", "--quick", "--jobs", 1, "--out", tmp_path)

    assert done.exit_code == 0, done.output
    fits = pd.read_csv(tmp_path / "digits.csv").set_index("model")
    assert list(fits.index) == list(digits.MODELS)
    asked = fits[digits.AS_ASKED]
    assert asked.notna().to_dict() == {m: m in digits.KNOWS_CLASSES for m in fits.index}
    assert asked.dropna().between(0, 1).all()
    assert fits[digits.RAREST].between(0, 0.1).all()
    assert fits[digits.SHARPNESS].gt(0).all()
    assert "conditional VAE" in done.stdout
    assert not leftovers(tmp_path)


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
    summary = summarize(fits, ["dataset"]).set_index("arm")
    assert_allclose(summary.loc["ours", ["difference", "low", "high"]].astype(float), 0.1)
    assert_allclose(summary.loc["none", "mean"], 0.3)


@pytest.mark.data
@pytest.mark.slow
@needs_data
def test_tables(tmp_path, monkeypatch):
    own = {
        name: draw
        for name, draw in mixed_tables.GENERATORS.items()
        if name in {"skvae", "skvae, single VAE", "skvae, numeric", "skvae, posterior", "SMOTE"}
    }
    # The peer's place is taken, so that its figures are made where it is not installed.
    monkeypatch.setattr(
        mixed_tables, "GENERATORS", {**own, mixed_tables.PEER: mixed_tables.draw_smote}
    )
    options = ["--seeds", 1, "--quality-seeds", 1, "--jobs", 1, "--out", tmp_path]
    done = run("tables", "--datasets", "iris", "horse", *options)

    assert done.exit_code == 0, done.output
    quality = pd.read_csv(tmp_path / "tables-quality.csv")
    assert quality.groupby("dataset")["arm"].nunique().eq(6).all()
    assert quality[list(mixed_tables.QUALITIES)].apply(lambda c: c.between(0, 1).all()).all()
    typed = quality.pivot_table("column distance", "dataset", "arm")
    assert typed.loc["horse", "skvae"] < typed.loc["horse", "skvae, numeric"]
    gain = pd.read_csv(tmp_path / "tables-gain.csv")
    assert gain.groupby("arm")["seed"].nunique().to_dict() == {
        "none": 1,
        "multi-VAE, numeric": 1,
        "multi-VAE, typed": 1,
    }
    assert set(gain["dataset"]) == {"horse"}
    assert "time / its" in done.stdout
    assert "Typed less numeric" in done.stdout
    assert not leftovers(tmp_path)


@pytest.mark.data
@needs_data
@pytest.mark.parametrize("dataset", ["card", "horse", "gene"])
def test_categories_become_numbers_and_come_back(dataset):
    X, _ = mixed_tables.load(dataset, None)
    X = fill_gaps(X)
    assert not X.isna().any(axis=None)
    numbers = to_numbers(X)
    assert numbers.apply(lambda c: c.between(0, 1).all()).all()
    pd.testing.assert_frame_equal(from_numbers(numbers, X), X)
