"""Cells of the thesis' experiments, with tiny budgets."""

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks.__main__ import start
from benchmarks.arms.names import TRANSFER
from benchmarks.classifiers.names import SCORES, TABULAR
from benchmarks.cli.options import Asked
from benchmarks.engine.cells import all_fits
from benchmarks.engine.csv_file import read_rows
from benchmarks.experiments import EXPERIMENTS
from benchmarks.thesis import mnist, proben1
from benchmarks.thesis.budget import Budget
from tests.benchmarks.commands import leftovers, needs_data, run
from tests.benchmarks.settings import cell

pytestmark = pytest.mark.usefixtures("no_warnings_of_tiny_models")

BUDGET = Budget(20, multi_vae_steps=3, peer_epochs=1)
DEFAULT_ARMS = EXPERIMENTS["proben1"].choices.default_arms


@pytest.mark.data
@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(("dataset", "n_test"), [("horse", 73)])
def test_proben1_cell(dataset, n_test):
    arms = ["none", "SMOTE", "multi-VAE beta norm + LC"]
    asked = replace(cell(arms, ["MLP"]), labels={"table": "t", "dataset": dataset, "seed": 1})
    rows = pd.DataFrame(proben1.fit_cell(asked, budget=BUDGET, device="cpu", data_home=None))
    assert len(rows) == 6
    assert rows[list(SCORES)].notna().all(axis=None)
    assert set(rows.n_test) == {n_test}


@pytest.mark.data
@pytest.mark.slow
@needs_data
def test_thyroid_fewshot_cell():
    labels = {"table": "t", "dataset": "thyroid", "n": 5, "seed": 0}
    asked = replace(cell(DEFAULT_ARMS, ["MLP"]), labels=labels)
    rows = pd.DataFrame(proben1.fit_cell(asked, budget=BUDGET, device="cpu", data_home=None))
    assert set(rows.n_train) == {15}
    assert set(rows.n_test) == {1440}
    assert rows.set_index("arm").f1_weighted.drop("ADASYN").notna().all()


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("table", ["mnist-fewshot", "mnist-synthetic-only"])
def test_quick_mnist(table, tmp_path, monkeypatch):
    tiny = Budget(2, single_vae_steps=2, multi_vae_steps=2, n_unlabelled=50)
    budgets = replace(EXPERIMENTS[table].budgets, quick=tiny)
    monkeypatch.setitem(EXPERIMENTS, table, replace(EXPERIMENTS[table], budgets=budgets))
    load = mnist.load
    monkeypatch.setattr(mnist, "load", lambda *asked: [part[:20_000:10] for part in load(*asked)])
    arms = ["none", "SMOTE", "single-VAE noise", "multi-VAE beta 0.5", "single-VAE unlabelled"]
    if table == "mnist-fewshot":
        arms += ["label spreading", *TRANSFER]
    start(table, Asked(quick=True, seeds=1, arms=arms, sizes=[3], jobs=1, out=tmp_path))
    fits = read_rows(tmp_path / f"{table}.csv")
    assert fits["arm"].tolist() == arms * 2  # protocols
    assert fits["f1_weighted"].notna().all()
    only_new = table == "mnist-synthetic-only"
    assert fits["n"].eq(5 if only_new else 3).all()
    assert fits["n_new"].eq(3).all() if only_new else fits["n_new"].isna().all()


@pytest.mark.data
@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(
    ("command", "dataset", "sizes"),
    [
        ("thyroid-fewshot", "thyroid", EXPERIMENTS["thyroid-fewshot"].choices.quick_sizes),
    ],
)
def test_tables_of_the_thesis(command, dataset, sizes, tmp_path, monkeypatch):
    budgets = replace(EXPERIMENTS[command].budgets, quick=BUDGET)
    monkeypatch.setitem(EXPERIMENTS, command, replace(EXPERIMENTS[command], budgets=budgets))
    arms = ["none", "multi-VAE beta 1"]
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
