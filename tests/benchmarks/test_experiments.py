"""Commands of experiments: options, choices and defaults."""

from dataclasses import replace

import pytest

from benchmarks.__main__ import app
from benchmarks.cli.choices import Choices
from benchmarks.experiments import EXPERIMENTS
from tests.benchmarks.commands import run

TABLES = {
    "proben1": (["card", "horse"], ["none", "SMOTE", "multi-VAE beta 1"]),
    "thyroid-fewshot": (["thyroid"], ["none", "SMOTE"]),
    "mnist-fewshot": (["mnist"], ["none", "CTGAN"]),
    "mnist-synthetic-only": (["mnist"], ["none"]),
    "mnist-fewshot-2000": (["mnist"], ["none"]),
    "imbalanced": (["glass1"], ["none", "SMOTE"]),
    "small": (["iris"], ["none", "SMOTE"]),
    "small-unlabelled": (["iris"], ["none", "label spreading"]),
}


@pytest.fixture
def told(monkeypatch):
    """Options of the experiments, and arguments of the report, that the test's commands lead to."""
    told = {}

    def experiment(name):
        datasets, arms = TABLES[name]
        choices = Choices(
            tuple(datasets), tuple(arms), tuple(arms[:2]), ("MLP",), "none", seeds=20, quick_seeds=3
        )
        if name not in ("proben1", "imbalanced"):
            choices = replace(choices, sizes=(5, 50), quick_sizes=(5,), largest_size=50)
        plan = lambda name, options, budget: told.__setitem__(name, options)  # noqa: E731
        return replace(EXPERIMENTS[name], choices=choices, plan=plan)

    for name in TABLES:
        monkeypatch.setitem(EXPERIMENTS, name, experiment(name))
    monkeypatch.setattr("benchmarks.thesis.run.run", lambda *args: None)
    monkeypatch.setattr(
        "benchmarks.report.page.report", lambda *args: told.__setitem__("report", args[:2])
    )
    return told


def test_tables_are_told_what_was_asked_and_their_own_defaults(told, tmp_path):
    assert run("proben1").exit_code == 0
    plain = told["proben1"]
    assert (plain.seeds, plain.datasets) == (20, ["card", "horse"])
    assert plain.arms == ["none", "SMOTE"]  # those by default
    assert plain.command == "python -m benchmarks proben1"
    assert (plain.jobs, plain.device, plain.backend, plain.resume) == (None, "auto", "loky", False)

    args = ["--arms", "multi-VAE beta 1", "none", "none", "--quick", "--resume", "--out", tmp_path]
    assert run("proben1", *args).exit_code == 0
    quick = told["proben1"]
    assert (quick.seeds, quick.arms) == (3, ["none", "multi-VAE beta 1"])
    assert quick.resume
    assert quick.out == tmp_path
    again = "python -m benchmarks proben1 --quick --arms 'multi-VAE beta 1' none none"
    assert quick.command == again  # without the places of files, which are nobody else's

    assert run("mnist-fewshot", "--quick", "--seeds", 7).exit_code == 0
    assert (told["mnist-fewshot"].seeds, told["mnist-fewshot"].sizes) == (7, [5])
    assert run("mnist-fewshot", "--sizes", 7, 9, 7).exit_code == 0
    assert told["mnist-fewshot"].sizes == [7, 9]

    assert run("small", "--unlabelled").exit_code == 0
    assert told["small-unlabelled"].arms == ["none", "label spreading"]
    assert told["small-unlabelled"].command == "python -m benchmarks small-unlabelled"
    assert "small" not in told


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["all", "--datasets", "minst"], ["minst", "card", "thyroid", "mnist"]),
        (["all", "--classifiers", "mlp"], ["mlp", "MLP"]),
        (["all", "--datasets", "card", "--arms", "CTGAN"], ["no table knows"]),
        (["proben1", "--backend", "ray"], ["ray", "loky", "dask"]),
        (["proben1", "--backend", "dask"], ["--scheduler"]),
        (["proben1", "--scheduler", "tcp://a:1"], ["--backend"]),
        (["report", "nowhere"], ["nowhere"]),
        (["proben1", "--sizes", 5], ["--sizes", "all rows"]),
        (["all", "--datasets", "glass1"], ["glass1"]),  # not of the thesis
        (["thyroid-fewshot", "--sizes", 5, 51], ["--sizes", "50", "51"]),
    ],
)
def test_wrong_options_tell_what_is_known(told, args, said):
    done = run(*args)
    assert done.exit_code == 2
    assert all(word in done.stderr for word in said)
    assert not told


def test_all_runs_each_table_on_what_it_knows_and_reports(told, tmp_path):
    (tmp_path / "proben1.csv").touch()
    (tmp_path / "proben1.1.csv").touch()
    done = run("all", "--seeds", 2, "--arms", "SMOTE", "CTGAN", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert list(told) == ["proben1", "thyroid-fewshot", "mnist-fewshot", "report"]
    assert told["proben1"].arms == ["none", "SMOTE"]  # the baseline comes along
    assert told["mnist-fewshot"].arms == ["none", "CTGAN"]
    assert (
        told["mnist-fewshot"].command == "python -m benchmarks mnist-fewshot --seeds 2 --arms CTGAN"
    )
    assert told["report"] == ([tmp_path / "proben1.csv"], tmp_path)


def test_every_table_has_a_command_and_a_report():
    commands = [command.name for command in app.registered_commands if command.name in TABLES]
    assert list(EXPERIMENTS) == commands == list(TABLES)
    assert all(experiment.presentation.title for experiment in EXPERIMENTS.values())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_defaults_are_among_the_choices(name):
    choices = EXPERIMENTS[name].choices
    assert set(choices.default_arms) <= set(choices.arms)
    assert choices.baseline in choices.arms
    assert set(choices.quick_sizes) <= set(choices.sizes)
    assert max(choices.sizes, default=0) <= choices.largest_size
