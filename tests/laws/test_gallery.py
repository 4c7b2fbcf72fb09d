"""The examples of the gallery: what they are, and which classes they show. The docs run them."""

import ast
import importlib
import inspect
import pkgutil
import re

import pytest

import skvae
from tests.sources import ROOT, by_path, parse, python_files

EXAMPLES = python_files("examples")
every_example = pytest.mark.parametrize("path", by_path(EXAMPLES))


def public_modules():
    """Import skvae and its public packages and modules, but for the command line."""
    names = [f"skvae.{found.name}" for found in pkgutil.iter_modules(skvae.__path__)]
    public = [n for n in names if not n.split(".")[1].startswith("_") and n != "skvae.cli"]
    return [skvae, *map(importlib.import_module, public)]


PUBLIC = {(module.__name__, name) for module in public_modules() for name in module.__all__}


def shown(path):
    """Names of skvae that an example imports, with their modules."""
    return {
        (node.module, alias.name)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "skvae"
        for alias in node.names
    }


def test_there_are_enough_examples():
    assert len(EXAMPLES) >= 14
    assert (ROOT / "examples/README.rst").exists()


@every_example
def test_example_has_a_title_cells_and_a_picture(path):
    compile(path.read_text(encoding="utf-8"), str(path), "exec")
    title, underline = (ast.get_docstring(parse(path)) or "").splitlines()[:2]
    assert re.fullmatch("=+", underline)
    assert len(underline) == len(title)
    assert path.name.startswith("plot_")
    text = path.read_text(encoding="utf-8")
    assert text.count("\n# %%\n") >= 2
    assert re.search(r"plt\.subplots|Display\.from_", text)
    assert len(text.splitlines()) <= 120


@every_example
def test_example_uses_public_names_only(path):
    assert shown(path)
    assert shown(path) <= PUBLIC
    used = {n.id for n in ast.walk(parse(path)) if isinstance(n, ast.Name)}
    assert {name for _, name in shown(path)} <= used


def test_every_public_class_is_shown():
    classes = {
        name for m in public_modules() for name in m.__all__ if inspect.isclass(getattr(m, name))
    }
    assert len(classes) > 30
    assert not classes - {name for path in EXAMPLES for _, name in shown(path)}
