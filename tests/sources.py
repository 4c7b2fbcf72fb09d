"""The source of the project, read by the laws about how it is written."""

from __future__ import annotations

import ast
import functools
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def python_files(*folders, root=ROOT):
    """All .py files below the folders, sorted; a folder that is not there yet has none."""
    return sorted(path for folder in folders for path in (root / folder).rglob("*.py"))


def by_path(paths, root=ROOT):
    return [pytest.param(path, id=path.relative_to(root).as_posix()) for path in paths]


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path, root=ROOT):
    """``skvae/models/_vae.py`` -> "skvae.models._vae", ``skvae/__init__.py`` -> "skvae"."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def imported_names(path, root=ROOT):
    """Absolute dotted names of all that a file imports, inside functions and TYPE_CHECKING too."""
    package = path.relative_to(root).parent.parts

    def absolute(name, level):
        base = package[: len(package) - level + 1] if level else ()
        return ".".join([*base, *filter(None, [name])])

    names = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = absolute(node.module, node.level)
            names |= {f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            for name in (a.value for a in node.args[:1] if isinstance(a, ast.Constant)):
                names.add(absolute(name.lstrip("."), len(name) - len(name.lstrip("."))))
    return frozenset(names)


@functools.cache
def import_graph(root=ROOT):
    """For each module of skvae those that its file imports.

    An import of a name that is no module is one of the package or module that holds the name.
    """
    files = {module_name(path, root): path for path in python_files("skvae", root=root)}
    graph = {}
    for module, path in files.items():
        graph[module] = set()
        for name in imported_names(path, root):
            while name and name not in files:
                name = name.rpartition(".")[0]
            if name:
                graph[module].add(name)
    return graph


def circles(graph):
    """One circle through each module that is in one, as a list of modules."""
    found = []
    graph = {module: set(others) for module, others in graph.items()}
    while True:
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            circle = error.args[1]
            found.append(circle)
            for module in circle:
                graph.pop(module, None)
        else:
            return found
