"""The site: everything public is in its reference, its links lead somewhere, its extra suffices."""

import ast
import importlib
import re
from operator import attrgetter
from pathlib import Path

import pytest

import skvae

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = {"_build", "auto_examples", "generated", "repository"}
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *(path for path in DOCS.rglob("*.md") if not GENERATED & set(path.relative_to(DOCS).parts)),
    *(ROOT / "benchmarks").rglob("*.md"),
]
ROOMS = ("skvae", *(f"skvae.{name}" for name in dir(skvae) if re.match("[a-z]", name)))
FENCED = re.compile(r"^(`{3,}).*?^\1", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")


def test_everything_public_is_in_the_reference():
    page = (DOCS / "api/index.md").read_text(encoding="utf-8")
    entries = re.findall(r"^   (\w[\w.]*)$", page, re.MULTILINE)
    documented = {id(attrgetter(entry)(skvae)) for entry in entries}
    constants = re.findall(r"^\.\. py:data:: (\S+)\n   :value: (.*)$", page, re.MULTILINE)
    for name, value in constants:
        assert attrgetter(name)(skvae) == ast.literal_eval(value)
        documented.add(id(attrgetter(name)(skvae)))
    public = {
        f"{room}.{name}": getattr(module, name)
        for room in ROOMS
        for module in [importlib.import_module(room)]
        for name in getattr(module, "__all__", [])
    }
    assert len(public) > 50
    assert [name for name, value in public.items() if id(value) not in documented] == []


def anchors(page):
    """Names of a page's headings, as links have them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    broken = []
    for link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if ":" in link:
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_extensions_are_those_of_the_extra():
    source = (DOCS / "conf.py").read_text(encoding="utf-8")
    settings = {
        node.targets[0].id: node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    needed = [ast.literal_eval(settings["html_theme"])]
    for extension in ast.literal_eval(settings["extensions"]):
        if not (DOCS / f"_ext/{extension}.py").exists():
            needed.append(extension.split(".")[0])
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extra = re.search(r"^docs = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)[1]
    assert {name.replace("_", "-") for name in needed} <= set(re.findall(r'"([\w-]+)', extra))
