"""No file longer than 450 lines, no function longer than a screen."""

import ast
import tokenize

import pytest

from tests.sources import ROOT, by_path, parse, python_files

LINES_OF_A_FILE = 450
LINES_OF_A_FUNCTION = 60
# Longer files, and why they may be: they hold tables of data.
LONGER: dict[str, str] = {}

EVERY_FILE = python_files("skvae", "benchmarks", "tests")
every_file = pytest.mark.parametrize("path", by_path(EVERY_FILE))
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def n_lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def code_lines(path):
    """Numbers of the lines that hold code: no blank ones, comments and docstrings."""
    lines = set()
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type not in NO_CODE and token.type != tokenize.ENDMARKER:
                lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(parse(path)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body[0]
            lines -= set(range(docstring.lineno, docstring.end_lineno + 1))
    return lines


FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef
DOCUMENTED = (*FUNCTIONS, ast.ClassDef, ast.Module)


def long_functions(path):
    """Names and code lines of functions, from ``def`` on, that are too long."""
    lines = code_lines(path)
    sizes = {
        f"{node.name} in line {node.lineno}": len(
            lines & set(range(node.lineno, node.end_lineno + 1))
        )
        for node in ast.walk(parse(path))
        if isinstance(node, FUNCTIONS)
    }
    return {name: size for name, size in sizes.items() if size > LINES_OF_A_FUNCTION}


@every_file
def test_files_are_short(path):
    if path.relative_to(ROOT).as_posix() not in LONGER:
        assert n_lines(path) <= LINES_OF_A_FILE


def test_files_that_may_be_longer_are():
    assert all(n_lines(ROOT / name) > LINES_OF_A_FILE for name in LONGER)


@every_file
def test_functions_fit_a_screen(path):
    too_long = long_functions(path)
    assert not too_long


def test_all_parts_of_the_project_are_looked_at():
    folders = {path.relative_to(ROOT).parts[0] for path in EVERY_FILE}
    assert folders == {"skvae", "benchmarks", "tests"}


def test_planted_lengths_are_found(tmp_path):
    path = tmp_path / "planted.py"
    body = '    """Docstring\n\n    of three lines."""\n\n    # A comment.\n' + "    x = 1\n" * 59
    path.write_text(
        f"def fits():\n{body}\n\nclass A:\n    def fits(self):\n        return '''a\n\n\n'''\n\n"
        f"@mark(\n1,\n)\nasync def long(\n):\n{body}"
    )
    assert long_functions(path) == {"long in line 78": 61}
    assert n_lines(path) == 143
