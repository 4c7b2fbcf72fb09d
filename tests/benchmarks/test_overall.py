"""Means over classifiers and data sets, from CSVs of invented scores."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from benchmarks.classifiers.names import ALL_SCORES, NEIGHBORS
from benchmarks.engine.csv_file import columns
from benchmarks.experiments import presentations
from benchmarks.report.overall import overall, score_table, time_table, unit_means
from benchmarks.report.page import render
from benchmarks.report.results import read_results
from benchmarks.report.verdict import verdict
from skvae.model_selection import paired_difference

SETTINGS = [(name, "-") for name in ("logistic regression", "forest", NEIGHBORS)]
GAINS = {"none": 0.0, "class weights": 0.0, "SMOTE": 0.02, "VAEOversampler": 0.05}
DATASETS = [f"set {k}" for k in range(7)]


@pytest.fixture
def fits():
    """Scores whose means differ by `GAINS`, and no weights for the neighbours."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset, (classifier, protocol), seed in product(
        DATASETS, [*SETTINGS, ("MLP", "fixed")], range(5)
    ):
        split = rng.normal(0.6, 0.1)
        for arm, gain in GAINS.items():
            score = np.clip(split + gain + rng.normal(0, 0.01), 0, 1)
            row = {"table": "imbalanced", "dataset": dataset, "arm": arm, "classifier": classifier}
            row |= {"protocol": protocol, "seed": seed, **dict.fromkeys(ALL_SCORES, score)}
            row |= {"fit_seconds": 1.0, "resample_seconds": 2.0, "n_train": 80, "n_test": 20}
            row |= {"brier_score": 1 - score, "device": "cpu", "versions": "skvae 1"}
            if (arm, classifier) == ("class weights", NEIGHBORS):
                row |= dict.fromkeys(ALL_SCORES, np.nan)
            rows.append(row)
    return pd.DataFrame(rows, columns=columns(ALL_SCORES))


def read(path, fits):
    fits.to_csv(path / "fits.csv", index=False)
    return read_results(path / "fits.csv", presentations())


def by_arm(table):
    return table.set_index("arm")


def test_means_differences_and_ranks(fits, tmp_path):
    results = read(tmp_path, fits)
    table = by_arm(score_table(results, "f1_macro", SETTINGS))
    part = fits[fits["classifier"] != "MLP"]
    means = part.pivot_table(index="dataset", columns="arm", values="f1_macro")
    assert table["mean"]["SMOTE"] == f"{means['SMOTE'].mean():.3f}"
    gain = paired_difference(means["VAEOversampler"], means["SMOTE"])
    text = f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
    assert gain.low > 0
    assert table["to SMOTE [95 %]"]["VAEOversampler"] == f"**{text}**"
    assert table["to SMOTE [95 %]"]["SMOTE"] == table["to none [95 %]"]["none"] == ""
    assert table["rank"]["VAEOversampler"] == "1.0"
    assert by_arm(score_table(results, "brier_score", SETTINGS))["rank"]["VAEOversampler"] == "1.0"
    [row] = unit_means(results, SETTINGS)[lambda t: t["data set"] == "set 3"].to_dict("records")
    assert row["SMOTE"] == f"{means['SMOTE']['set 3']:.3f}"


def test_fits_without_scores_count_as_the_baseline(fits, tmp_path):
    results = read(tmp_path, fits)
    scores = overall(results, "f1_macro", SETTINGS[2:]).scores
    assert_allclose(scores["class weights"], scores["none"])
    assert by_arm(time_table(results, SETTINGS))["counted as none"].to_dict() == {
        **dict.fromkeys(GAINS, "0 of 105"),
        "class weights": "35 of 105",
    }
    # Those that have not been run yet count as nothing.
    later = (fits["arm"] == "SMOTE") & (fits["dataset"] == "set 6")
    table = by_arm(score_table(read(tmp_path, fits[~later]), "f1_macro", SETTINGS))
    assert table["mean"]["SMOTE"].endswith(" (6 of 7)")
    assert table["rank"]["SMOTE"] == "n/a"
    assert table["to none [95 %]"]["SMOTE"].endswith("]**")


def test_what_a_brier_score_falls_by_is_a_gain(fits, tmp_path):
    fits.to_csv(tmp_path / "fits.csv", index=False)
    results = read_results(tmp_path / "fits.csv", presentations(), "brier_score")
    [gain] = {
        found.gain.mean
        for (unit, setting, arm), found in results.comparisons.items()
        if (unit.dataset, setting[0], arm) == ("set 3", "forest", "VAEOversampler")
    }
    part = fits[(fits["dataset"] == "set 3") & (fits["classifier"] == "forest")]
    means = part.groupby("arm")["brier_score"].mean()
    assert_allclose(gain, means["none"] - means["VAEOversampler"])
    assert_allclose(
        results.comparisons[results.units[3], SETTINGS[1], "SMOTE"].mean, means["SMOTE"]
    )
    assert verdict(results)[0].startswith("**skvae is ahead**: *VAEOversampler* is +0.03")


@pytest.mark.parametrize("left_out", [NEIGHBORS, "MLP"])
def test_the_page_averages_over_the_classifiers_that_there_are(fits, tmp_path, left_out):
    results = read(tmp_path, fits[fits["classifier"] != left_out])
    page = render(results, {}).splitlines()
    names = [name for name, _ in SETTINGS if name != left_out]
    assert f"## Means over {', '.join(names)}" in page
    assert f"## Each data set: macro F1, mean over {', '.join(names)}" in page


@pytest.mark.parametrize("kept", [["MLP"], ["forest"]])
@pytest.mark.parametrize("arms", [["none"], ["SMOTE"], ["none", "VAEOversampler"]])
def test_a_part_of_the_table_makes_a_page(fits, tmp_path, kept, arms):
    part = fits[fits["classifier"].isin(kept) & fits["arm"].isin(arms)]
    page = render(read(tmp_path, part), {})
    assert ("## Means over" in page) == (kept == ["forest"])
