"""What is said of a release agrees."""

import re
import tomllib

from tests.sources import ROOT


def found(pattern, name):
    return re.search(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)[1]


def test_version_and_date_are_the_changelogs():
    version = found(r'^version = "(.*)"', "pyproject.toml")
    assert found(r"^version: (.*)", "CITATION.cff") == version
    date = found(rf"^## \[{re.escape(version)}\] - (.*)", "CHANGELOG.md")
    assert found(r"^date-released: (.*)", "CITATION.cff") == date


def test_licence_is_the_files():
    assert found(r'^license = "(.*)"', "pyproject.toml") == "BSD-3-Clause"
    assert found(r"^license: (.*)", "CITATION.cff") == "BSD-3-Clause"
    assert found(r"^(BSD 3-Clause) License$", "LICENSE")


def test_oldest_versions_are_the_lower_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    tried = ("cli", "datasets", "distributed", "plots", "polars", "progress", "skops")
    lines = [*project["dependencies"], *(line for name in tried for line in extras[name])]
    pins = dict(re.findall("^(.*)==(.*)$", (ROOT / "constraints-oldest.txt").read_text(), re.M))
    for line in lines:
        if not line.startswith("skvae["):
            name, bound = line.split(">=")
            assert re.fullmatch(rf"{re.escape(bound)}(\.0)*", pins[name]), line
