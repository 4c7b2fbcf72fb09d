"""``skvae report`` and ``skvae compare``."""

import base64
import re
import sys
import xml.etree.ElementTree
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine

from tests.cli.files import FEW, ROOT, check_line, run, write

pytest.importorskip("typer")
pytest.importorskip("matplotlib")

from skvae.cli import _report
from skvae.cli._classifiers import Classifier, make_classifier
from skvae.cli._progress import Steps
from skvae.cli._sampler import Wish

VOID = {"img", "meta", "wbr"}
SECTIONS = ["Measures", "Columns", "Associations of columns", "Latent space", "Copies"]


class Page(HTMLParser):
    """A page taken apart: headings, pictures, and whatever could load something."""

    def __init__(self, text):
        super().__init__()
        self.open, self.headings, self.images, self.loads = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.open += [] if tag in VOID else [tag]
        self.loads += [v for k, v in attrs.items() if k in ("href", "src", "srcset", "action")]
        self.loads += [tag] if tag in ("script", "link", "iframe", "object") else []
        self.images += [attrs] if tag == "img" else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def credit(n=48):
    """A table of all kinds of columns, whose names and texts look like HTML or formulas."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "a<b $_$": rng.normal(size=n).round(2),
            "n": pd.array(rng.integers(0, 9, n)).astype("Int64"),
            "kind": rng.choice(["<script>alert(1)</script>", "$\\foo$ & c"], n),
            "day": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 90, n), "D"),
            "y": np.where(np.arange(n) % 3, "good", "bad"),
        }
    )
    frame.loc[:4, "n"] = pd.NA
    return frame


def check_page(text, n_pictures):
    page = Page(text)
    assert page.headings == [*SECTIONS, "Does it pay?"]
    assert len(page.images) == n_pictures
    assert all(image["alt"] for image in page.images)
    assert all(one.startswith("data:image/") for one in page.loads), page.loads
    assert not re.search(r"url\(|@import", text)
    assert "<script" not in text
    for data in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", text):
        xml.etree.ElementTree.fromstring(base64.b64decode(data))


@pytest.mark.parametrize("sampler", ["vae", "multi-vae"])
def test_report_is_one_page_that_loads_nothing(tmp_path, sampler):
    data = write(tmp_path, credit().to_csv(index=False))
    out = tmp_path / "report.html"
    words = ["--target", "y", "--missing", "indicator", "--sampler", sampler, "--no-compare", *FEW]
    done = run("report", data, "--out", out, *words)
    assert done.returncode == 0, done.stderr
    text = out.read_text(encoding="utf-8")
    # Four columns, three matrices, two pictures of latent spaces, and the distances.
    check_page(text, n_pictures=10)
    assert "share_closer_to_train" in text.replace("<wbr>", "")
    assert "say --compare" in text


COMPARISON = pd.DataFrame(
    {
        "mean": [0.6, 0.7],
        "std": [0.1, 0.1],
        "gain": [np.nan, 0.1],
        "low": [np.nan, 0.05],
        "high": [np.nan, 0.15],
        "p_value": [np.nan, 0.01],
        "verdict": ["", "gain"],
        "seconds": [0.1, 1.0],
        "n_splits": [10, 10],
    },
    index=pd.Index(["none", "VAEOversampler"], name="sampler"),
)


@pytest.mark.parametrize(("verdict", "said"), [("gain", "gains: VAEOversampler"), ("loss", "No")])
def test_comparison_on_the_page(monkeypatch, verdict, said):
    pytest.importorskip("rich")
    from rich.progress import Progress

    found = COMPARISON.replace({"verdict": {"gain": verdict}})
    monkeypatch.setattr("skvae.cli._compare.compare_on", lambda *args: found)
    frame, shown = credit().drop(columns="y"), Steps(Progress(disable=True))
    blocks = _report._comparison(frame, None, Wish(), shown, Classifier.logistic, True)
    text = "".join(blocks)
    assert said in text
    assert "SMOTE takes no missing values" in text
    assert "0.100" in text
    assert "data:image/svg+xml" in text


def test_reports_that_cannot_be_written_take_one_line(tmp_path, here, monkeypatch):
    data = write(tmp_path, credit().to_csv(index=False))
    words = ["--target", "y", "--missing", "indicator", *FEW]
    check_line(here("report", data, "--out", tmp_path / "r.pdf", *words), 2, "must end in .html")
    few = write(tmp_path, credit(8).to_csv(index=False), name="few.csv")
    said = "class 'bad' of 'y' has 3 rows"
    check_line(here("report", few, "--out", tmp_path / "r.html", *words), 1, said)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = 'needs matplotlib: pip install "skvae[cli]"'
    check_line(here("report", data, "--out", tmp_path / "r.html", *words), 1, said)


def test_compare_prints_what_the_readme_shows(tmp_path):
    wine = load_wine(as_frame=True).frame.to_csv(index=False)
    done = run("compare", write(tmp_path, wine), "--target", "target", *FEW)
    assert done.returncode == 0, done.stderr
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("skvae compare wine.csv --target target\n```\n\n```text\n")[1]
    shown = shown.split("```")[0].splitlines()
    printed = done.stdout.splitlines()
    assert [re.split("  +", line)[0] for line in printed] == [
        re.split("  +", line)[0] for line in shown
    ]
    assert printed[0] == shown[0]
    for line, told in zip(printed[1:-1], shown[1:-1], strict=True):
        now, then = (list(map(float, re.findall(r"[+-]?\d+\.\d+", row))) for row in (line, told))
        assert now[:4] == pytest.approx(then[:4], abs=0.03)  # mean, gain and interval


def test_compare_refuses_an_unknown_score(tmp_path, here):
    data = write(tmp_path, credit().to_csv(index=False))
    done = here("compare", data, "--target", "y", "--scoring", "f1macro")
    check_line(done, 2, "did you mean 'f1_macro'?")


@pytest.mark.parametrize("name", list(Classifier))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_classifiers_take_all_kinds_of_columns(name):
    frame = credit()
    X, y = frame.drop(columns="y"), frame["y"]
    classifier = make_classifier(name, X).fit(X[:36], y[:36])
    assert len(classifier.predict(X[36:])) == 12
