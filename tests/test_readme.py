"""The code in README.md runs, in order, in one namespace, and its figures are the reports'."""

import re
from pathlib import Path

import pytest

from benchmarks._report import draw, read_table, render

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = sorted((ROOT / "benchmarks/results").glob("*.csv"))
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_every_python_block_runs():
    text = README.read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(text))
    assert blocks, "README.md has no python block"

    namespace = {"__name__": "__readme__"}
    for block in blocks:
        # Blank lines in front make a traceback point at the line in README.md.
        padding = "\n" * text.count("\n", 0, block.start(1))
        exec(compile(padding + block[1], str(README), "exec"), namespace)


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_committed_reports_are_those_of_their_csv(path):
    results = read_table(path)
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert page == render(results, draw(results))


def test_gains_in_the_results_are_those_of_the_reports():
    _, results = README.read_text(encoding="utf-8").split("\n## Results\n")
    # What stands between the command of a table and the next command is of this table.
    parts = re.split(r"`python -m benchmarks ([\w-]+)", results.split("\n## ")[0])
    reported = {path.stem: path.with_suffix(".md").read_text(encoding="utf-8") for path in RESULTS}
    checked = dict.fromkeys(reported, 0)
    for table, text in zip(parts[1::2], parts[2::2], strict=True):
        if table in reported:
            for gain in re.findall(r"[+-]\d\.\d+ \[[^\]]+\]", text):
                assert gain in reported[table], f"{gain} is not in the report of {table}"
                checked[table] += 1
    assert all(checked.values()), checked
