"""The tables with few rows, with tiny budgets."""

import sys
from dataclasses import replace
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import f1_score
from sklearn.semi_supervised import SelfTrainingClassifier

from benchmarks.arms import registry
from benchmarks.arms.augmenter import Augmenter
from benchmarks.arms.forest_peers import ARFPeer, ForestDiffusionPeer, JointPeer
from benchmarks.arms.names import SMALL, UNLABELLED_ARMS
from benchmarks.arms.peers import CannotDrawError
from benchmarks.arms.settings import even_out
from benchmarks.classifiers.names import ALL_SCORES
from benchmarks.classifiers.protocols import make_classifier
from benchmarks.engine.csv_file import read_rows
from benchmarks.engine.fits import Split, fit_split
from benchmarks.experiments import EXPERIMENTS
from benchmarks.thesis import small
from benchmarks.thesis.budget import Budget
from skvae.strategies import augment
from tests.benchmarks.commands import leftovers, run, unwrapped
from tests.benchmarks.settings import cell

pytestmark = pytest.mark.usefixtures("no_warnings_of_tiny_models")

TINY = Budget(10, single_vae_steps=3, peer_epochs=1)


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start a command with tiny budgets, and return its result and its folder."""
    for name in ("small", "small-unlabelled"):
        tiny = replace(EXPERIMENTS[name].budgets, quick=TINY)
        monkeypatch.setitem(EXPERIMENTS, name, replace(EXPERIMENTS[name], budgets=tiny))

    def start(*args):
        return run("small", "--quick", "--jobs", 1, "--out", tmp_path, *args), tmp_path

    return start


def test_a_quick_run_measures_every_arm_at_every_size(start):
    done, out = start("--datasets", "wine", "--classifiers", "logistic regression", "MLP")
    assert done.exit_code == 0, done.output
    fits = read_rows(out / "small.csv")
    assert fits.groupby(["n", "arm"]).size().to_dict() == {
        (n, arm): 3 for n in (20, 60) for arm in SMALL
    }
    assert fits["n_train"].eq(fits["n"]).all()
    assert fits["n_test"].eq(178 - fits["n"]).all()
    scores = fits[list(ALL_SCORES)]
    assert scores.apply(lambda column: column.between(0, 1)).all(axis=None)
    page = (out / "small.md").read_text().splitlines()
    assert "## Means over logistic regression" in page
    assert "| arm | mean | to none [95 %] | to every row twice [95 %] | rank |" in page
    assert "### Difference to *every row twice*, weighted F1" in page
    assert "| arm | n = 20 | n = 60 |" in page
    assert any(line.startswith("| wine, 20 real rows in all |") for line in page)
    assert not leftovers(out)


def test_unlabelled_rows_make_a_table_of_their_own(start):
    done, out = start(
        *("--unlabelled", "--datasets", "iris", "--sizes", 20, "--classifiers"),
        "logistic regression",
    )
    assert done.exit_code == 0, done.output
    fits = read_rows(out / "small-unlabelled.csv")
    assert set(fits["arm"]) > {"none", *UNLABELLED_ARMS}
    assert fits["n_test"].eq(65).all()
    assert fits["f1_weighted"].notna().all()
    head = (out / "small-unlabelled.csv").read_text()
    assert "python -m benchmarks small-unlabelled --quick" in head
    assert not (out / "small.csv").exists()


def test_other_tables_have_no_unlabelled_rows():
    done = run("proben1", "--unlabelled")
    assert done.exit_code == 2
    assert "--unlabelled: proben1" in unwrapped(done.stderr)


@pytest.mark.parametrize("sizes", [[4], [130], [4, 149]])
def test_sizes_that_no_table_allows_are_an_error(start, sizes):
    done, out = start("--datasets", "iris", "--sizes", *sizes)
    assert done.exit_code == 2
    assert "--sizes must be of 2 rows a class or more" in unwrapped(done.stderr)
    assert not list(out.iterdir())


def test_sizes_that_a_table_does_not_allow_are_left_out():
    y = load_iris(return_X_y=True)[1]
    sizes = (5, 6, 120, 121)
    assert [n for n in sizes if small.allows(y, n, False)] == [6, 120]
    assert [n for n in sizes if small.allows(y, n, True)] == [6]


# Cuts


@pytest.mark.parametrize("n", [20, 30, 50, 120])
@pytest.mark.parametrize("unlabelled", [False, True])
def test_cuts_are_stratified_and_share_no_row(n, unlabelled):
    y = load_wine(return_X_y=True)[1]
    X = np.arange(len(y))
    split, others = small.split_rows(X, y, n, 0, unlabelled)
    assert len(split.y_train) == n
    shares = np.bincount(split.y_train) - n * np.bincount(y) / len(y)
    assert np.abs(shares).max() < 1
    rows = [split.X_train, split.X_test, *([] if others is None else [others])]
    assert_array_equal(np.sort(np.concatenate(rows)), X)
    assert len(rows) == 2 + unlabelled
    assert_array_equal(y[split.X_test], split.y_test)
    assert (small.split_rows(X, y, n, 1, unlabelled)[0].X_train != split.X_train).any()


def test_every_class_has_two_rows_and_there_are_not_too_many_test_rows():
    y = np.repeat([0, 1, 2], [4000, 2000, 40])
    split, _ = small.split_rows(np.arange(len(y)), y, 20, 0, False)
    assert np.bincount(split.y_train).tolist() == [12, 6, 2]
    assert len(split.y_test) == small.MAX_TEST
    assert np.bincount(split.y_test).min() > 10


# Arms


@pytest.fixture
def iris_rows():
    split, others = small.split_rows(*load_iris(return_X_y=True), 30, 0, True)
    return split, small.arm_settings(TINY, others)


def test_arms_draw_what_they_say(iris_rows):
    split, settings = iris_rows
    augmenter = Augmenter(split.X_train, split.y_train, settings, 0)
    n_rows = {arm: len(augmenter(arm).y) for arm in (*SMALL, *UNLABELLED_ARMS)}
    assert n_rows == {
        "none": 30,
        **dict.fromkeys(["every row twice", "SMOTE", "MultiVAEResampler x1"], 60),
        "VAEOversampler x1": 60,
        "recommended": 330,
        **dict.fromkeys(["label spreading", "self-training"], 90),
        "VAEOversampler unlabelled": 600,
    }
    twice = augmenter("every row twice")
    assert_array_equal(twice.X[:30], twice.X[30:])
    spread = augmenter("label spreading")
    assert set(spread.y) == {0, 1, 2}
    assert_array_equal(spread.X[30:], settings.unlabelled)
    assert (augmenter("self-training").y[30:] == -1).all()


def test_self_training_equals_scikit_learns(iris_rows):
    split, settings = iris_rows
    [row] = fit_split(cell(["self-training"], ["forest"]), split, settings)
    X = np.concatenate([split.X_train, settings.unlabelled])
    y = np.concatenate([split.y_train, np.full(len(settings.unlabelled), -1)])
    model = SelfTrainingClassifier(make_classifier("forest", "-", 0)).fit(X, y)
    assert (model.transduction_ >= 0).sum() > 30
    expected = f1_score(split.y_test, model.predict(split.X_test), average="weighted")
    assert row["f1_weighted"] == expected


def test_unlabelled_rows_with_gaps(typed):
    X, y = typed
    split = Split(X[:20].dropna(), X[40:], y[:20][X[:20].notna().all(axis=1)], y[40:])
    settings = small.arm_settings(TINY, X[20:40])
    asked = cell(UNLABELLED_ARMS, ["logistic regression"])
    assert all(row["f1_weighted"] >= 0 for row in fit_split(asked, split, settings))


# Peers


@pytest.mark.parametrize(
    ("arm", "package"),
    [("TVAE", "ctgan"), ("ForestDiffusion", "ForestDiffusion"), ("ARF", "arfpy")],
)
def test_peers_that_are_not_installed_are_an_error(arm, package, start, monkeypatch):
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    done, _ = start("--arms", arm)
    assert done.exit_code == 2
    assert f"pip install {package}" in unwrapped(done.stderr)


def check_peer(peer, X, y):
    state = np.random.get_state()[1].tolist()
    X_both, y_both = peer.fit_resample(X, y)
    assert np.random.get_state()[1].tolist() == state
    counts = augment(1.0)(y)
    assert dict(zip(*np.unique(y_both, return_counts=True), strict=True)) == counts
    assert X_both[: len(y)]["s"].equals(X["s"])
    assert (X_both.dtypes == X.dtypes).all()
    assert X_both[len(y) :].notna().all(axis=None)


def test_arf(typed):
    if not find_spec("arfpy"):
        pytest.skip("arfpy is not installed")
    check_peer(ARFPeer(augment(1.0), 0), *typed)


@pytest.mark.slow
def test_forest_diffusion(typed):
    if not find_spec("ForestDiffusion"):
        pytest.skip("ForestDiffusion is not installed")
    check_peer(ForestDiffusionPeer(augment(1.0), 0), *typed)


class Bootstrap(JointPeer):
    """A model that draws real rows, of some classes only."""

    def __init__(self, sampling_strategy, random_state, classes=(0, 1)):
        super().__init__(sampling_strategy, random_state)
        self.classes = classes

    def _fit(self, table, y):
        return table[np.isin(y, self.classes)], y[np.isin(y, self.classes)]

    def _sample(self, model, n, like):
        rows = np.random.randint(len(model[1]), size=n)
        return model[0].iloc[rows], model[1][rows]


def test_joint_models_draw_until_each_class_has_its_rows(typed):
    X, y = typed
    check_peer(Bootstrap(augment(1.0), 0), X, y)
    with pytest.raises(CannotDrawError, match="Bootstrap draws too few rows"):
        Bootstrap(augment(1.0), 0, classes=(0,)).fit_resample(X, y)
    X_same, _ = Bootstrap(even_out, 0).fit_resample(X, y)
    assert len(X_same) == len(X)  # the classes are equal already


def test_forest_diffusion_is_told_the_kinds_of_columns(typed, monkeypatch):
    told = {}

    class Model:
        def __init__(self, X, label_y, cat_indexes, n_jobs, seed):
            told.update(cat_indexes=cat_indexes, seed=seed)
            self.rows = np.column_stack([X, label_y])

        def generate(self, batch_size):
            return self.rows[np.random.randint(len(self.rows), size=batch_size)]

    fake = SimpleNamespace(ForestDiffusionModel=Model)
    monkeypatch.setitem(sys.modules, "ForestDiffusion", fake)
    check_peer(ForestDiffusionPeer(augment(1.0), 3), *typed)
    assert told == {"cat_indexes": [2], "seed": 3}
