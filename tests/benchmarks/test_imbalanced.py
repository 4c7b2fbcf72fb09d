"""The table of KEEL's imbalanced sets, on two small files with tiny budgets."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from benchmarks.arms.augmenter import Augmenter
from benchmarks.arms.names import IMBALANCED
from benchmarks.arms.ours import EVEN
from benchmarks.arms.peers import ConsistentSMOTEPeer, SMOTEPeer
from benchmarks.arms.settings import even_out
from benchmarks.classifiers.names import ALL_SCORES, NEIGHBORS, PROBABILITY_SCORES
from benchmarks.classifiers.protocols import make_classifier, probability_scores, tune_threshold
from benchmarks.engine.cells import Cell
from benchmarks.engine.csv_file import read_rows
from benchmarks.engine.fits import Split, fit_split
from benchmarks.experiments import EXPERIMENTS
from benchmarks.thesis import imbalanced
from benchmarks.thesis.budget import Budget
from skvae import LabelConsistencyFilter
from tests.benchmarks.commands import leftovers, run, unwrapped
from tests.benchmarks.keel import write_keel

pytestmark = pytest.mark.usefixtures("no_warnings_of_tiny_models")

CLASSIFIERS = ["logistic regression", NEIGHBORS]


@pytest.fixture
def data_home(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    write_keel(tmp_path / "data")
    tiny = replace(EXPERIMENTS["imbalanced"].budgets, quick=Budget(10, single_vae_steps=3))
    monkeypatch.setitem(EXPERIMENTS, "imbalanced", replace(EXPERIMENTS["imbalanced"], budgets=tiny))
    return tmp_path / "data"


def start(data_home, *args):
    out = data_home.parent / "out"
    done = run("imbalanced", "--quick", *args, "--jobs", 1, "--data-home", data_home, "--out", out)
    return done, out


def test_a_quick_run_measures_every_arm_and_goes_on(data_home):
    few = ["--datasets", "mixed", "--classifiers", *CLASSIFIERS]
    done, out = start(data_home, *few)
    assert done.exit_code == 0, done.output
    fits = read_rows(out / "imbalanced.csv")
    assert len(fits) == 5 * len(IMBALANCED) * 2  # folds, classifiers
    scores = fits[list(ALL_SCORES)]
    without = scores.isna().any(axis=1)
    takes_no_weights = (fits["arm"] == "class weights") & (fits["classifier"] == NEIGHBORS)
    assert_array_equal(without, takes_no_weights)
    assert scores[~without].apply(lambda column: column.between(0, 1)).all(axis=None)
    page = (out / "imbalanced.md").read_text()
    assert "## Means over logistic regression, 5 neighbours" in page
    for score in ALL_SCORES.values():
        assert f"### {score[:1].upper()}{score[1:]}" in page
    assert "| class weights | 0.00 | 0.00 | " in page
    assert "| 5 of 10 |" in page
    assert not leftovers(out)

    arms = ["--arms", "none", "SMOTE"]
    done, _ = start(data_home, *few[:2], *arms, "--classifiers", "MLP", *CLASSIFIERS, "--resume")
    assert done.exit_code == 0, done.output
    more = read_rows(out / "imbalanced.csv")
    assert len(more) == len(fits) + 5 * 2 * 2  # the MLP's, by both protocols
    pd.testing.assert_frame_equal(more[: len(fits)], fits)


def test_folds_are_stratified_and_share_no_row(data_home):
    X, y = imbalanced.read_rows(data_home / "keel", "numbers")
    assert y.sum() == 15  # 1 is the rare class
    splits = [imbalanced.split_rows(data_home / "keel", "numbers", fold) for fold in range(10)]
    for repeat in (splits[:5], splits[5:]):
        tested = np.concatenate([split.X_test.index for split in repeat])
        assert_array_equal(np.sort(tested), np.arange(len(X)))
        assert {split.y_test.sum() for split in repeat} == {3}
    assert set(splits[0].X_test.index) != set(splits[5].X_test.index)


@pytest.mark.parametrize("args", [["--datasets", "glass7"], ["--datasets", "mixed", "glass7"]])
def test_an_unknown_set_lists_the_files(data_home, args):
    done, out = start(data_home, *args)
    assert done.exit_code == 2
    assert "--datasets must be of mixed, numbers, got 'glass7'" in unwrapped(done.stderr)
    assert not out.exists()


def test_missing_files_are_an_error_that_says_where_they_are(tmp_path, monkeypatch):
    done = run("imbalanced", "--data-home", tmp_path)
    assert done.exit_code == 2
    assert "sci2s.ugr.es" in unwrapped(done.stderr)
    monkeypatch.delenv("SKVAE_DATA", raising=False)
    done = run("imbalanced")
    assert done.exit_code == 2
    assert "SKVAE_DATA" in unwrapped(done.stderr)


def test_a_set_needs_two_classes_of_five_rows(data_home):
    (data_home / "keel" / "rare.dat").write_text("1,a\n" * 20 + "2,b\n" * 4)
    done, _ = start(data_home, "--datasets", "rare")
    assert done.exit_code == 2
    assert "must have two classes of at least 5 rows" in unwrapped(done.stderr)


def arms_of(data_home, dataset):
    split = imbalanced.split_rows(data_home / "keel", dataset, 0)
    settings = replace(imbalanced.arm_settings(Budget(10, single_vae_steps=3)), peer_epochs=1)
    return split, Augmenter(split.X_train, split.y_train, settings, 0)


@pytest.mark.parametrize("dataset", ["numbers", "mixed"])
def test_over_samplers_even_out_the_classes(data_home, dataset):
    split, augmenter = arms_of(data_home, dataset)
    n_common = int((split.y_train == 0).sum())
    for arm in IMBALANCED:
        rows = augmenter(arm)
        assert np.isfinite(rows.X).all()
        if arm in ("none", "class weights", "tuned threshold"):
            assert len(rows.y) == len(split.y_train)
        elif arm in EVEN:  # as they come
            assert len(rows.y) > len(split.y_train)
        elif arm not in ("SMOTEENN", "ADASYN"):  # one removes rows, the other rounds
            assert np.bincount(rows.y).tolist() == [n_common, n_common], arm


def test_filtered_smote_fills_up_with_rows_that_pass(data_home):
    split, _ = arms_of(data_home, "mixed")
    X, y = split.X_train, split.y_train
    n = len(y)
    X_both, y_both = ConsistentSMOTEPeer(even_out, 0).fit_resample(X, y)
    assert (X_both.dtypes["colour"], len(y_both)) == (X.dtypes["colour"], 2 * (y == 0).sum())
    forest = LabelConsistencyFilter(random_state=0).fit(X, y)
    passed = [
        forest.classes_[forest.predict_proba(rows[n:]).argmax(axis=1)] == 1
        for rows in (SMOTEPeer(even_out, 0).fit_resample(X, y)[0], X_both)
    ]
    assert passed[0].mean() < passed[1].mean()


def test_a_tuned_threshold_finds_the_rare_class(data_home):
    split, _ = arms_of(data_home, "numbers")
    plain, tuned = (make_classifier("logistic regression", "-", 0) for _ in range(2))
    X, y = split.X_train.to_numpy(), split.y_train
    plain.fit(X, y)
    tuned = tune_threshold(tuned, y, 0).fit(X, y)
    assert tuned.predict(X).sum() > plain.predict(X).sum()
    np.testing.assert_allclose(tuned.predict_proba(X), plain.predict_proba(X))


def test_no_threshold_can_be_tuned_on_one_probability():
    y = np.tile([0, 0, 0, 1], 12)
    split = Split(*(pd.DataFrame({"constant": np.ones(48)}),) * 2, y, y)
    cell = Cell({"seed": 0}, [("tuned threshold", NEIGHBORS, "-")], 1.0)
    [row] = fit_split(cell, split, imbalanced.arm_settings(Budget(10)), n_steps=10, device="cpu")
    assert np.isnan(row["f1_weighted"])


def test_scores_of_probabilities_stay_within_their_range():
    # Perfectly ranked rows, of which average precision makes 1.0000000000000002.
    rng = np.random.default_rng(20)
    n_rare, n_other = int(rng.integers(2, 80)), int(rng.integers(20, 900))
    y = np.repeat([0, 1], [n_other, n_rare])
    p = np.r_[rng.integers(0, 6, n_other) / 20, 0.5 + rng.integers(0, 11, n_rare) / 20]
    assert average_precision_score(y, p) > 1
    scores = probability_scores(y, np.column_stack([1 - p, p]), [0, 1], 1)
    assert scores["average_precision"] == scores["roc_auc"] == 1


def test_scores_of_probabilities():
    rng = np.random.default_rng(0)
    y, p = np.arange(60) % 2, rng.random(60)
    proba = np.column_stack([1 - p, p])
    got = list(probability_scores(y, proba, [0, 1], 1).values())
    expected = [roc_auc_score(y, p), average_precision_score(y, p), brier_score_loss(y, p)]
    np.testing.assert_allclose(got, expected)
    other = probability_scores(y, proba, [0, 1], 0)
    assert other["brier_score"] == pytest.approx(expected[2])
    assert other["average_precision"] == pytest.approx(average_precision_score(1 - y, 1 - p))
    assert probability_scores(y, proba, [0, 1], None) == dict(
        zip(PROBABILITY_SCORES, got, strict=True)
    )


def test_scores_of_probabilities_of_several_classes():
    rng = np.random.default_rng(0)
    y, proba = np.arange(60) % 3, rng.dirichlet([1, 1, 1], 60)
    got = probability_scores(y, proba, [0, 1, 2], None)
    assert got["roc_auc"] == pytest.approx(roc_auc_score(y, proba, multi_class="ovr"))
    assert got["average_precision"] == pytest.approx(average_precision_score(np.eye(3)[y], proba))
    sure = probability_scores(y, np.eye(3)[y], [0, 1, 2], 0)
    assert list(sure.values()) == [1, 1, 0]
    # A class without test rows does not count.
    part = probability_scores(y[y < 2], proba[y < 2], [0, 1, 2], 0)
    assert 0 < part["roc_auc"] < 1
    assert np.isnan(probability_scores([1, 1], [[0.5, 0.5]] * 2, [0, 1], 1)["roc_auc"])
