"""Imports between the folders of benchmarks, read from the source."""

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "benchmarks"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Imports point down this list. Folders in one line do not import each other.
LAYERS = [
    ["__main__"],
    ["experiments"],
    ["studies", "speed", "figures"],
    ["thesis"],
    ["report"],
    ["engine"],
    ["arms", "classifiers"],
    ["cli"],
    ["__init__"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def module_of(path):
    """``benchmarks/cli/options.py`` -> ("cli", "options"), ``cli/__init__.py`` -> ("cli",)."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[:-1] if parts[1:] and parts[-1] == "__init__" else parts


MODULES = {module_of(path): path for path in SOURCES}


def imported_modules(path):
    """Modules of benchmarks that a file imports, in functions and for type checkers too."""
    package = path.relative_to(PACKAGE).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            origin = (*base, *(node.module or "").split(".")) if node.module else base
            names = [(*origin, alias.name) for alias in node.names]
            found |= {name if name in MODULES else origin for name in names}
    return found


def by_path(paths):
    return [pytest.param(path, id=str(path.relative_to(PACKAGE))) for path in paths]


@pytest.mark.parametrize("path", by_path(SOURCES))
def test_imports_point_down(path):
    folder = module_of(path)[0]
    others = {module[0] for module in imported_modules(path)} - {folder}
    upwards = {other for other in others if LEVEL[other] <= LEVEL[folder]}
    assert not upwards, f"{folder} may not import {sorted(upwards)}"


def test_files_import_each_other_without_circles():
    waiting = defaultdict(set)
    for module, path in MODULES.items():
        waiting[module] |= imported_modules(path) - {module}
    while free := [module for module in waiting if not waiting[module] & set(waiting)]:
        for module in free:
            del waiting[module]
    assert not waiting


def test_command_line_imports_nothing_slow():
    slow = {"imblearn", "pandas", "sklearn", "skvae", "torch"}
    code = f"import sys, benchmarks.__main__; sys.exit(str({slow} & set(sys.modules) or ''))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True
    )
    assert not done.stderr.strip()
