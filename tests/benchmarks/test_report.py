"""Reports of the benchmarks, from CSVs of invented scores."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from benchmarks.classifiers.names import F1, SCORES
from benchmarks.experiments import presentations
from benchmarks.report import charts, published
from benchmarks.report import page as report_page
from benchmarks.report.charts import draw_ranks
from benchmarks.report.pictures import curves_picture
from benchmarks.report.results import Unit, read_results
from benchmarks.report.tables import gain_text, thesis_text
from skvae.model_selection import PairedDifference, paired_difference
from skvae.model_selection._paired import corrected_t_test
from tests.benchmarks.commands import run, unwrapped
from tests.benchmarks.reports import MLP, make_fits, read, save, section
from tests.datasets.files import snapshot


def report(paths, out):
    report_page.report(paths, out, presentations())


@pytest.fixture
def path(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in" / "fits.csv"


@pytest.fixture
def page(path, tmp_path):
    """Make the report of fits, and return the page's lines."""

    def make(fits):
        report([save(path, fits)], tmp_path)
        return (tmp_path / f"{fits['table'].iloc[0]}.md").read_text().splitlines()

    return make


# --- the numbers ---


def test_comparison_is_of_pairs_whatever_the_order_of_rows(path):
    fits = make_fits()
    results = read(path, fits.sample(frac=1, random_state=0))
    found = results.comparisons[Unit("horse", None, None), MLP[0], "SMOTE"]
    part = fits[(fits["dataset"] == "horse") & (fits["protocol"] == "fixed")]
    scores = part.pivot(index="seed", columns="arm", values=F1)
    expected = paired_difference(scores["SMOTE"], scores["none"], test_ratio=200 / 800)
    assert_allclose(found.gain, expected)
    assert_allclose([found.mean, found.std], [scores["SMOTE"].mean(), scores["SMOTE"].std()])
    # Holm over two arms: the larger p of the two stays
    p = [
        corrected_t_test(scores[arm] - scores["none"], 200 / 800)
        for arm in ("SMOTE", "multi-VAE beta 1")
    ]
    assert p[0] > p[1]
    assert_allclose(found.p, p[0])


def test_gain_to_the_stronger_of_two_baselines(path):
    fits = make_fits(gains={"none": 0.0, "SMOTE": 0.0})
    late = (fits["protocol"] == "early-stopped") & (fits["dataset"] == "card")
    fits.loc[late, F1] += 0.1  # early stopping is the stronger on card
    fits.loc[(fits["protocol"] == "fixed") & (fits["dataset"] == "horse"), F1] += 0.1
    results = read(path, fits)
    for dataset, strong in [("card", "early-stopped"), ("horse", "fixed")]:
        scores = fits[fits["dataset"] == dataset].pivot(
            index="seed", columns=["protocol", "arm"], values=F1
        )
        for protocol in ("fixed", "early-stopped"):
            found = results.comparisons[Unit(dataset, None, None), ("MLP", protocol), "SMOTE"]
            expected = paired_difference(
                scores[protocol, "SMOTE"], scores[strong, "none"], test_ratio=200 / 800
            )
            assert_allclose(found.gain_to_stronger, expected)
            assert (found.gain_to_stronger == found.gain) == (protocol == strong)


def test_few_rows_are_drawn_from_a_large_part(path):
    """The corrected test goes by the split, not by the few rows of it that are trained on."""
    fits = make_fits("thyroid-fewshot", ["thyroid"], n=[5]).assign(n_train=15, n_test=1440)
    results = read(path, fits)
    part = fits[fits["protocol"] == "fixed"].pivot(index="seed", columns="arm", values=F1)
    p = corrected_t_test(part["SMOTE"] - part["none"], 0.25)
    found = results.comparisons[Unit("thyroid", 5, None), MLP[0], "SMOTE"]
    assert_allclose(found.p, p)
    assert p > stats.ttest_rel(part["SMOTE"], part["none"]).pvalue


def test_a_baseline_without_new_rows_stands_beside_every_number_of_them(path):
    fits = make_fits("mnist-synthetic-only", ["mnist"], n=[5], n_new=[2, 10], settings=MLP[:1])
    once = fits[(fits["arm"] != "none") | (fits["n_new"] == 2)].copy()
    once.loc[once["arm"] == "none", "n_new"] = np.nan
    results = read(path, once)
    assert results.units == [Unit("mnist", 5, 2), Unit("mnist", 5, 10)]
    baselines = [results.comparisons[unit, MLP[0], "none"].mean for unit in results.units]
    assert baselines[0] == baselines[1]
    assert results.comparisons[results.units[1], MLP[0], "SMOTE"].gain.n_pairs == 8


# --- the page ---


def test_page_says_where_its_figures_come_from(page):
    lines = page(make_fits())
    assert lines[0] == "# PROBEN1, full training sets (the thesis' table 6.2)"
    for line in [
        "- command: `python -m benchmarks proben1 --seeds 8`",
        "- versions: skvae 1; torch 2",
        "- seeds: 8 (0 to 7)",
        "- device: cpu",
    ]:
        assert lines.count(line) == 1
    assert not any("incomplete" in line for line in lines)


def test_only_cells_whose_interval_excludes_0_are_bold(page):
    rows = section(page(make_fits()), "card")
    assert list(rows) == ["arm", "---", "none", "SMOTE", "multi-VAE beta 1"]
    columns = ["F1", "gain [95 %]", "p of gain", "to stronger [95 %]"]
    assert rows["arm"] == [
        "fixed: F1",
        *columns[1:],
        "early-stopped: F1",
        *columns[1:],
        "thesis",
    ]
    assert rows["multi-VAE beta 1"][1].startswith("**+0.05")
    assert rows["multi-VAE beta 1"][1].endswith("]**")
    assert rows["multi-VAE beta 1"][7].startswith("**+0.05")  # the stronger protocol's own
    assert rows["multi-VAE beta 1"][7].endswith("]**")
    assert rows["multi-VAE beta 1"][2] == "<0.001"
    assert "**" not in rows["SMOTE"][1]
    assert rows["none"][1] == rows["none"][2] == ""
    assert rows["none"][-1] == "0.871"
    assert rows["multi-VAE beta 1"][-1] == "0.876 (+0.005)"
    assert rows["SMOTE"][-1] == ""


def test_summary_counts_and_ranks(page):
    lines = page(make_fits(datasets=["card", "gene"]))
    summary = section(lines, "Summary")
    assert summary["arm"][1] == "w/t/l"
    assert summary["multi-VAE beta 1"][1] == "2/0/0"
    assert summary["multi-VAE beta 1"][4] == "1.0"
    assert summary["multi-VAE beta 1"][-1] == "+0.002"  # the thesis has 0.005 and -0.001
    assert summary["SMOTE"][1] == "0/2/0"
    assert any("minority recall" in line for line in lines)


def test_three_seeds_decide_nothing(page):
    lines = page(make_fits(seeds=3))
    assert "+0.05" in section(lines, "card")["multi-VAE beta 1"][1]
    assert not any("**+" in line or "**-" in line for line in lines)
    assert any("too few" in line for line in lines)


@pytest.mark.filterwarnings("error")
def test_classifiers_without_protocols_stand_in_one_table(page):
    settings = (*MLP, ("forest", "-"), ("logistic regression", "-"))
    lines = page(make_fits(settings=settings))
    headers = [line for line in lines if line.startswith("| arm | logistic regression: F1")]
    assert len(headers) == 2  # data sets
    assert "forest: F1" in headers[0]
    assert "to stronger" not in headers[0]


@pytest.mark.parametrize("seeds", [1, 2])
def test_one_or_two_seeds_make_a_page(page, seeds):
    f1, gain, *_ = section(page(make_fits(seeds=seeds)), "horse")["SMOTE"]
    assert ("±" in f1) == ("[" in gain) == (seeds > 1)


def test_an_arm_with_fewer_splits_has_their_number_and_no_rank(page):
    fits = make_fits()
    smote = fits["arm"] == "SMOTE"
    fits = fits[~(smote & (fits["seed"] > 2))]
    fits = fits[~((fits["dataset"] == "horse") & (fits["arm"] == "multi-VAE beta 1"))]
    lines = page(fits)
    assert section(lines, "card")["SMOTE"][1].endswith("(3 of 8 splits)")
    assert section(lines, "horse")["multi-VAE beta 1"][:4] == ["n/a"] * 4
    summary = section(lines, "Summary")
    assert summary["multi-VAE beta 1"][0].endswith("(1 of 2)")
    assert summary["multi-VAE beta 1"][1] == "1/0/0"
    assert [summary[arm][4] for arm in ("none", "SMOTE", "multi-VAE beta 1")] == [
        "1.0",
        "n/a",
        "n/a",
    ]
    assert summary["SMOTE"][1] == "n/a"
    assert "- seeds: 8 (0 to 7); 3 for *SMOTE*" in lines
    assert not any("incomplete" in line for line in lines)


def test_an_interrupted_run_is_called_incomplete(path):
    fits = make_fits()
    fits = fits[(fits["dataset"] == "card") | (fits["seed"] < 6) | (fits["arm"] == "none")]
    lines = report_page.render_head(read(path, fits)).splitlines()
    assert [line for line in lines if "incomplete" in line] == [
        f"- incomplete: *{arm}* lacks 4 fits with seeds that it has elsewhere"
        for arm in ("multi-VAE beta 1", "SMOTE")
    ]


def test_arms_that_could_not_run_are_not_available(page):
    fits = make_fits()
    fits.loc[fits["arm"] == "SMOTE", list(SCORES)] = np.nan
    lines = page(fits)
    assert section(lines, "card")["SMOTE"][:4] == ["n/a"] * 4
    assert section(lines, "Summary")["SMOTE"][:5] == ["n/a"] * 5


@pytest.mark.parametrize("missing", ["none", "early-stopped none", "multi-VAE beta 1"])
def test_a_run_that_has_just_begun_makes_a_page(page, missing):
    fits = make_fits()
    fits = fits[(fits["protocol"] + " " + fits["arm"]).str.endswith(missing).eq(False)]
    assert "SMOTE" in section(page(fits), "card")


def test_a_torn_last_line_is_left_out(path):
    text = save(path, make_fits()).read_text()
    path.write_text(text[:-60])
    assert len(read_results(path, presentations()).fits) == len(make_fits()) - 1


def test_a_short_last_line_that_has_an_end_is_left_out(path):
    text = save(path, make_fits()).read_text()
    path.write_text(text[:-60] + "\n")
    assert len(read_results(path, presentations()).fits) == len(make_fits()) - 1


# --- what is written ---


@pytest.mark.parametrize("named", ["folder", "file", "nothing"])
def test_report_leaves_the_folder_as_it_is(path, tmp_path, named, monkeypatch):
    folder = path.parent.rename(tmp_path / "results")
    save(folder / "proben1.csv", make_fits())
    before = snapshot(tmp_path)
    monkeypatch.chdir(tmp_path)
    paths = {"folder": [folder], "file": [folder / "proben1.csv"], "nothing": []}
    done = run("report", *paths[named])
    assert done.exit_code == 0, done.output
    assert "multi-VAE beta 1" in done.stdout
    assert "No file is written: --out names a folder" in done.stdout
    assert snapshot(tmp_path) == before

    done = run("report", *paths[named], "--out", tmp_path / "pages")
    assert done.exit_code == 0, done.output
    assert f"Report: {tmp_path / 'pages' / 'proben1.md'}." in unwrapped(done.stdout)
    assert {name: snapshot(tmp_path)[name] for name in before} == before
    assert (tmp_path / "pages" / "proben1.md").is_file()


def test_report_of_a_quick_run_says_on_each_table_that_it_is_no_result(path, tmp_path):
    for quick in (False, True):
        text = save(path, make_fits(datasets=["card", "gene", "horse"])).read_text()
        path.write_text(text.replace("--seeds 8", "--quick --seeds 8" if quick else "--seeds 8"))
        done = run("report", path, "--out", tmp_path)
        lines = (tmp_path / "proben1.md").read_text().splitlines()
        below = [lines[i + 2] for i, line in enumerate(lines) if line.startswith("#")]
        assert len(below) == 9
        assert [line == "**--quick: no result**" for line in below] == [quick] * 9
        titles = [line for line in done.stdout.splitlines() if line.startswith("proben1, ")]
        assert [line.endswith(" (--quick: no result)") for line in titles] == [quick] * 2
        captions = [line for line in lines if line.startswith("![")]
        assert captions
        assert all(("(--quick: no result)](" in line) == quick for line in captions)


# --- errors ---


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: f.drop(columns=["f1_macro"]), ["no column", "f1_macro"]),
        (lambda f: f.assign(f1_macro="high"), ["f1_macro", "numbers", "'high'"]),
        (lambda f: f.assign(f1_macro=7.5), ["f1_macro", "numbers in [0, 1]", "7.5"]),
        (lambda f: f.assign(f1_macro=True), ["f1_macro", "numbers", "True"]),
        (lambda f: f.assign(n=2.5), ["column n must hold whole numbers >= 0", "2.5"]),
        (lambda f: f.assign(n=1e30), ["column n must hold whole numbers >= 0", "1e+30"]),
        (lambda f: f.assign(n=10**23), ["column n must hold", "1" + 23 * "0"]),
        (lambda f: f.assign(seed=-1), ["seed", "whole numbers >= 0", "-1"]),
        (lambda f: f.assign(seed=[np.nan, *f["seed"][1:]]), ["seed", "empty"]),
        (lambda f: f.assign(table="proben2"), ["table", "proben2", "mnist-fewshot-2000"]),
        (lambda f: pd.concat([f, f[:1]]), ["twice", "dataset card", "seed 0"]),
        (lambda f: f[:0], ["no fits"]),
    ],
)
def test_wrong_csv_is_an_error_that_names_file_and_column(path, tmp_path, spoil, words):
    save(path, spoil(make_fits()))
    with pytest.raises(SystemExit) as error:
        report([path], tmp_path / "out")
    for word in [str(path), *words]:
        assert word in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b'a,b\n1,2\n1,2,3\n"\n'])
def test_unreadable_csv_is_an_error_that_names_it(path, tmp_path, content):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit, match=r"can't read .*fits\.csv"):
        report([path], tmp_path)


def test_two_csvs_of_one_table_do_not_overwrite_each_other(path, tmp_path):
    save(path, make_fits())
    with pytest.raises(SystemExit, match=r"are both of "):
        report([path, path], tmp_path / "out")


# --- pictures ---


@pytest.mark.parametrize(
    ("table", "sizes", "picture"),
    [
        ("proben1", {"datasets": ["card", "gene", "horse"]}, "proben1-mlp-fixed.png"),
        ("thyroid-fewshot", {"n": [5, 100]}, "thyroid-fewshot-mlp-early-stopped.png"),
        ("mnist-synthetic-only", {"n": [5], "n_new": [2, 9]}, "mnist-synthetic-only-mlp-fixed.png"),
        ("mnist-fewshot", {"n": [2]}, "mnist-fewshot-mlp-fixed.png"),
    ],
)
def test_pictures_are_on_the_page(page, tmp_path, table, sizes, picture):
    gains = dict.fromkeys(["none", "SMOTE", "multi-VAE beta 0.5", "multi-VAE beta 0.5 + GC"], 0.0)
    fits = make_fits(table, **{"datasets": ["mnist"], **sizes}, gains=gains)
    fits.loc[(fits["arm"] == "SMOTE") & (fits["n"] == 5), list(SCORES)] = np.nan
    lines = page(fits)
    assert any(line.endswith(f"]({picture})") for line in lines)
    assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob(".*"))


def test_panels_have_lines_and_their_ticks_name_the_sizes(path, monkeypatch):
    gains = dict.fromkeys(["none", "SMOTE", "multi-VAE beta 1", "multi-VAE beta 1 + GC"], 0.0)
    fits = make_fits("mnist-fewshot", ["MNIST"], n=[2, 3, 500], gains=gains, settings=MLP[:1])
    fits.loc[fits["arm"] == "SMOTE", list(SCORES)] = np.nan  # an arm without scores has no panel
    figures = []
    monkeypatch.setattr(charts, "to_png", figures.append)
    curves_picture(read(path, fits), MLP[0], "title")
    [axes] = figures[0].axes
    assert axes.get_title() == "multi-VAE beta 1"
    figures[0].draw_without_rendering()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2", "3", "500"]
    assert [text.get_text() for text in figures[0].legends[0].texts] == [
        "none: the real rows alone",
        "the arm that the panel names",
        "the arm + GC, GenerativeClassifierFilter",
    ]


def test_ranks_of_many_alike_arms_can_be_drawn():
    ranks = pd.Series({"a": 1.0, "b": 2.5, "c": 2.5, "d": 4.0, "e": np.nan})
    assert draw_ranks(ranks, 9.0, "title").startswith(b"\x89PNG")


# --- text ---


def test_gain_text():
    assert gain_text(PairedDifference(0.02, 0.01, 0.03, 20), 20) == "**+0.020 [+0.010, +0.030]**"
    assert (
        gain_text(PairedDifference(0.02, -0.01, 0.03, 19), 20)
        == "+0.020 [-0.010, +0.030] (19 of 20 splits)"
    )
    assert gain_text(PairedDifference(0.02, np.nan, np.nan, 1), 20) == "+0.020 (1 of 20 splits)"
    assert gain_text(PairedDifference(np.nan, np.nan, np.nan, 0), 20) == "n/a"


def test_the_recommended_arm_stands_beside_the_thesis_best():
    unit = Unit("horse", None, None)
    assert thesis_text(published.PROBEN1, unit, "recommended") == "best 0.844 (+0.016)"
    assert thesis_text(published.PROBEN1, unit, "none") == "0.828"
    assert thesis_text(published.PROBEN1, unit, "TVAE") == ""
