"""The code in the pages runs, each in one namespace, and the README's figures are the reports'."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.experiments import EXPERIMENTS, read_table
from benchmarks.report.page import render
from benchmarks.report.pictures import draw

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ("guide.md", "reliability.md", "from_smote.md", "from_ctgan.md")
PAGES = [README, *(ROOT / "docs" / name for name in DOCS)]
RESULTS = [ROOT / f"benchmarks/results/{name}.csv" for name in EXPERIMENTS]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OUTPUT = re.compile(r"\n\n```text\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NUMBER = r"-?\d+\.\d+"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_python_block_runs(page, capsys):
    text = page.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert blocks, f"{page} has no python block"

    namespace = {"__name__": "__readme__"}
    for block in blocks:
        # Blank lines in front make a traceback point at the line in the page.
        padding = "\n" * text.count("\n", 0, block.start(1))
        exec(compile(padding + block[1], str(page), "exec"), namespace)
        printed = capsys.readouterr().out
        if shown := OUTPUT.match(text, block.end()):
            assert_same_but_for_digits(shown[1], printed)


def assert_same_but_for_digits(shown, printed):
    """Compare what a page says is printed; other processors round other last digits."""
    assert [re.sub(NUMBER, "0", row.split()[0]) for row in shown.splitlines()] == [
        re.sub(NUMBER, "0", row.split()[0]) for row in printed.splitlines()
    ]
    told, now = (list(map(float, re.findall(NUMBER, text))) for text in (shown, printed))
    assert now == pytest.approx(told, abs=0.02)


def test_readme_fits_two_screens():
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 130


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_committed_reports_are_those_of_their_csv(path):
    results = read_table(path)
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert page == render(results, draw(results))
    assert 0 < page.split("\n## ")[1].count("\n- ") <= 10


@pytest.mark.parametrize("page", [README, ROOT / "docs/results.md"], ids=lambda page: page.name)
def test_figures_of_the_results_are_those_of_the_reports(page):
    results = page.read_text(encoding="utf-8").split("\n## Results\n")[-1]
    # What stands between the command of a table and the next command is of this table.
    parts = re.split(r"`python -m benchmarks ([\w-]+)", results.split("\n## ")[0])
    n_figures = Counter()
    for table, text in zip(parts[1::2], parts[2::2], strict=True):
        if table in EXPERIMENTS:
            n_figures[table] += check_figures(text, sections(table))
        elif (ROOT / f"benchmarks/results/{table}.md").exists():
            n_figures[table] += check_decimals(text, "".join(sections(table).values()))
    assert n_figures
    assert all(n_figures.values()), n_figures


def sections(table):
    """What a report says by heading, without bold face."""
    page = (ROOT / f"benchmarks/results/{table}.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## ", page.replace("**", ""), flags=re.MULTILINE)
    return dict(part.split("\n", 1) for part in parts)


def check_decimals(text, report):
    """Look each decimal number up in the tables of a report, and return how many there are."""
    figures, known = (re.findall(r"\d+\.\d+(?! x)", part) for part in (text, report))
    assert set(figures) <= set(known)
    return len(figures)


def is_summary(title):
    return title == "Summary" or title.startswith("Means over")


def check_figures(text, sections):
    """Look each figure up where it belongs to, and return how many there are.

    Those of a line that names a data set or a number of rows belong to the section about it, those
    of a line that names an arm to the arm's lines of the summary and of the means, and gains
    elsewhere to any.
    """
    n_figures = 0
    summaries = "\n".join(part for title, part in sections.items() if is_summary(title))
    for line in text.splitlines():
        gains = re.findall(r"[+-]\d\.\d{3} \[[^\]]+\]", line)
        scores = []
        where = "\n".join(sections.values())
        if line.startswith("| "):
            name = line.split(" | ")[0].removeprefix("| ")
            arm = re.findall(rf"^\| {re.escape(name)} \| .*\[.*", summaries, re.MULTILINE)
            about = [part for title, part in sections.items() if name in re.split("[ ,]+", title)]
            if arm or about:
                where = "\n".join(arm or about)
                scores = re.findall(r"(?<=\| )\d\.\d{3}(?= \|)", line)
        for figure in gains + scores:
            assert figure in where, f"{figure} is not in the report, in {line}"
        n_figures += len(gains) + len(scores)
    return n_figures


@pytest.mark.slow
def test_sizes_of_files_are_about_those_of_the_page():
    pytest.importorskip("skops")
    command = [sys.executable, ROOT / "docs/file_sizes.py"]
    printed = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    page = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    for line in printed.splitlines()[2:]:
        name, now = line.split(" | ")[:2], line.rstrip(" |").split(" | ")[2:]
        [told] = re.findall(rf"^{re.escape(' | '.join(name))} \| (.*) \|$", page, re.MULTILINE)
        sizes = [[float(size.replace(",", "")) for size in row] for row in (now, told.split(" | "))]
        assert sizes[0] == pytest.approx(sizes[1], rel=0.2)
