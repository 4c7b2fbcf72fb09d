"""Sentences on top of reports, and reports by other scores, from CSVs of invented scores."""

import doctest

import numpy as np
import pytest

from benchmarks.classifiers.names import F1, SCORES
from benchmarks.report import presentation, wording
from benchmarks.report.verdict import verdict
from tests.benchmarks.commands import run, unwrapped
from tests.benchmarks.reports import MLP, make_fits, read, save, section


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fits.csv"


# --- the sentences on top ---


@pytest.mark.parametrize("module", [wording, presentation])
def test_examples_in_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_the_first_sentence_names_the_control_that_wins(path):
    fits = make_fits(settings=(*MLP, ("forest", "-")))
    assert verdict(read(path, fits))[0].startswith(
        "**skvae is ahead**: *multi-VAE beta 1* (MLP, early-stopped) is +0.0"
    )
    fits.loc[fits["classifier"] == "forest", list(SCORES)] += 0.1
    lines = verdict(read(path, fits))
    assert lines[0].startswith("**A control wins**: *none* (forest), the real rows alone, is +0.")
    assert lines[0].endswith(" better than *multi-VAE beta 1* (MLP, early-stopped).")
    # Duplicates and relabelled SMOTE are controls too.
    fits["arm"] = fits["arm"].replace(
        {"multi-VAE beta 1": "SMOTE relabelled", "SMOTE": "recommended"}
    )
    lines = verdict(read(path, fits[fits["classifier"] != "forest"]))
    assert lines[0].startswith(
        "**A control wins**: *SMOTE relabelled* (MLP, early-stopped) is +0.0"
    )
    assert lines[0].endswith(" better than *recommended* (MLP, early-stopped).")


def test_the_sentences_say_what_gains_and_what_costs_and_where_splits_are_too_few(path):
    gains = {"none": 0.0, "SMOTE": -0.05, "multi-VAE beta 1": 0.05, "TVAE": 0.05, "random": 0.0}
    fits = make_fits(gains=gains)
    fits = fits[(fits["arm"] != "TVAE") | (fits["seed"] < 3)]
    late = fits["protocol"] == "early-stopped"
    fits.loc[late & (fits["dataset"] == "horse") & (fits["arm"] == "SMOTE"), list(SCORES)] += 0.08
    lines = verdict(read(path, fits))
    assert (
        lines[1]
        == "By other scores: skvae is ahead by macro F1, balanced accuracy and minority recall."
    )
    assert lines[0].endswith(" make of the real rows alone is not measured here.")
    fixed, early = lines[2:]
    assert fixed.startswith("**MLP, fixed** (2 data sets, 8 splits), against *none*: ")
    for words in [
        "*multi-VAE beta 1* (+0.05",
        ") gains beyond chance; *SMOTE* (-0.05",
        ") costs beyond chance; *random* makes no difference",
        "; *TVAE* has too few splits to tell. Against the stronger baseline *multi-VAE beta 1*",
    ]:
        assert words in fixed
    assert ", gains on 1) costs beyond chance" in early
    assert verdict(read(path, fits[fits["seed"] < 3])) == [
        "**MLP, fixed** and **MLP, early-stopped**: fewer than 6 splits, too few to tell."
    ]


# --- other scores ---


def test_pages_by_another_score_stand_beside_the_tables_own(path, tmp_path):
    fits = make_fits()
    fits["f1_macro"] = fits[F1].where(fits["arm"] != "SMOTE", fits[F1] - 0.1)
    done = run("report", save(path, fits), "--score", "f1_macro", "--out", tmp_path / "pages")
    assert done.exit_code == 0, done.output
    assert "proben1, MLP fixed: macro F1" in done.stdout
    assert "- MLP, fixed (2 data sets, 8 splits), against none: multi-VAE beta 1" in done.stdout
    assert {file.name for file in (tmp_path / "pages").iterdir()} == {
        *("proben1-f1-macro.md", "proben1-f1-macro-mlp-fixed.png"),
        "proben1-f1-macro-mlp-early-stopped.png",
    }
    lines = (tmp_path / "pages" / "proben1-f1-macro.md").read_text().splitlines()
    assert lines[0].endswith(", by macro F1")
    rows = section(lines, "card")
    assert rows["arm"][0] == "fixed: macro F1"
    assert rows["arm"][-1] != "thesis"  # its figures are of weighted F1
    assert rows["SMOTE"][1].startswith("**-0.10")


@pytest.mark.parametrize("score", ["roc_auc", "minority_recall", "f2"])
def test_a_score_that_the_csv_has_not_is_an_error_that_names_those_it_has(path, score):
    fits = make_fits().assign(minority_recall=np.nan)
    done = run("report", save(path, fits), "--score", score)
    assert done.exit_code == (2 if score == "f2" else 1)
    error = unwrapped(done.stderr)
    assert score in error
    assert "f1_weighted, f1_macro, balanced_accuracy" in error
    assert score == "f2" or str(path) in error
