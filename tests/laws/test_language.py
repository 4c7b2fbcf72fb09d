"""The language of the source: docstrings, comments, annotations, warnings."""

import ast
import re
import tokenize

import pytest

from tests.sources import by_path, parse, python_files

FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef
PACKAGE = python_files("skvae")
every_source = pytest.mark.parametrize("path", by_path(PACKAGE))
OPENING = re.compile(r"\W*(What|How|Whether|Which|Who|Of)\b")


def openings(path):
    """Docstrings and comment lines that begin with a question word, with their lines.

    They begin with a verb or a noun instead: "Rows of a class", "Return the rows".
    """
    found = []
    for node in ast.walk(parse(path)):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Module)):
            docstring = ast.get_docstring(node)
            if docstring and OPENING.match(docstring):
                found.append((node.body[0].lineno, docstring.splitlines()[0]))
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            alone = token.line.lstrip().startswith("#")
            if token.type == tokenize.COMMENT and alone and OPENING.match(token.string):
                found.append((token.start[0], token.string))
    return sorted(found)


def counted_levels(path):
    """Lines that tell a warning by a number of frames whose line it is about.

    That number is wrong as soon as a call goes through one more function, or a Pipeline.
    """
    lines = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.keyword) and node.arg == "stacklevel":
            lines.append(node.value.lineno)
        elif isinstance(node, ast.Name | ast.arg):
            name = node.id if isinstance(node, ast.Name) else node.arg
            lines += [node.lineno] * (name == "stacklevel")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("warn", "warnings.warn"):
            lines += [node.lineno] * (len(node.args) > 2)
    return sorted(lines)


def public_functions(tree):
    """Functions of a module and methods of its classes whose names are public."""
    for node in tree.body:
        if isinstance(node, FUNCTIONS):
            yield node, False
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for method in node.body:
                if isinstance(method, FUNCTIONS):
                    static = any(ast.unparse(d) == "staticmethod" for d in method.decorator_list)
                    yield method, not static


def missing_annotations(path):
    """Names of public functions with those of their arguments that have no annotation."""
    missing = {}
    for function, bound in public_functions(parse(path)):
        if function.name.startswith("_") and function.name != "__init__":
            continue
        given = function.args
        arguments = [*given.posonlyargs, *given.args][bound:] + given.kwonlyargs
        arguments += filter(None, [given.vararg, given.kwarg])
        lacking = [argument.arg for argument in arguments if argument.annotation is None]
        if function.returns is None:
            lacking.append("return")
        if lacking:
            missing[f"{function.name} in line {function.lineno}"] = lacking
    return missing


@pytest.mark.parametrize("path", by_path(python_files("skvae", "benchmarks")))
def test_docstrings_and_comments_begin_with_a_verb_or_a_noun(path):
    found = openings(path)
    assert not found, "\n".join(f"line {line}: {text}" for line, text in found)


@every_source
def test_warnings_do_not_count_frames(path):
    lines = counted_levels(path)
    assert not lines


@every_source
def test_public_functions_are_annotated(path):
    missing = missing_annotations(path)
    assert not missing


def test_planted_openings_are_found(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text(
        '"""Whether a file."""\n'
        "# Rows of\n"
        "# Which one\n"
        "x = 1  # What is behind code\n"
        "def f():\n"
        '    r"""\n'
        "    `What` it is.\n"
        '    """\n'
        "    # Offsets, Whole numbers and Whose\n"
        "class A:\n"
        '    """Rows. Of a kind."""\n'
        "    #: Who\n"
        "    y = '''\n"
        "# How, in a string\n"
        "'''\n"
    )
    assert [line for line, _ in openings(path)] == [1, 3, 6, 12]


def test_planted_levels_are_found(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text(
        '"""stacklevel=2"""\n'
        "warnings.warn('a', UserWarning, stacklevel=2)\n"
        "warn('a', UserWarning)\n"
        "warn('a', UserWarning, 2)\n"
        "def f(stacklevel): pass\n"
        "stacklevel = 3\n"
    )
    assert counted_levels(path) == [2, 4, 5, 6]


def test_planted_gaps_of_annotations_are_found(tmp_path):
    path = tmp_path / "planted.py"
    path.write_text(
        "def whole(x: int, *rest: int, y: int = 1, **others: int) -> int: ...\n"
        "def half(x, *rest, y=1, **others) -> int: ...\n"
        "def _private(x): ...\n"
        "class A:\n"
        "    def __init__(self, x) -> None: ...\n"
        "    def method(self): ...\n"
        "    @staticmethod\n"
        "    def static(x) -> None: ...\n"
        "    @classmethod\n"
        "    def whole(cls, x: int) -> None: ...\n"
        "    def _hook(self, x): ...\n"
        "    def __repr__(self): ...\n"
        "class _B:\n"
        "    def method(self): ...\n"
    )
    assert missing_annotations(path) == {
        "half in line 2": ["x", "y", "rest", "others"],
        "__init__ in line 5": ["x"],
        "method in line 6": ["return"],
        "static in line 8": ["x"],
    }
