"""What is said of a release agrees."""

import re

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
