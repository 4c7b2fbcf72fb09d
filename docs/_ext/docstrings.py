"""Docstrings as the reference shows them: names of fitted attributes, and skvae's methods only."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

CONTINUED = re.compile(r"\\\n\s+")
# A fitted attribute in a type, such as "ndarray of shape (n_iter_,)": to docutils it were a link.
FITTED = re.compile(r"(?<![\w`.])([a-zA-Z]\w*_)(?![\w`])")
# An author's initial, which docutils would take for the number of a list.
INITIAL = re.compile(r"^(\s*\.\. \[\d+\] [A-Z])\. ", re.MULTILINE)
TYPED = re.compile(r"^(\s*[\w, ]+ : )(.*)$")
OTHERS = ("sklearn.", "imblearn.", "collections", "builtins")


def _clean(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    text = INITIAL.sub(r"\1\\. ", CONTINUED.sub("", "\n".join(lines)))
    lines[:] = [TYPED.sub(_quoted, line) for line in text.split("\n")]


def _quoted(match: re.Match[str]) -> str:
    return match[1] + FITTED.sub(r"`\1`", match[2])


def _skip(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Skip what scikit-learn, imbalanced-learn and Python give to every class."""
    home = getattr(obj, "__module__", None) or ""
    if name.startswith("set_") and name.endswith("_request"):
        return True
    return True if home.startswith(OTHERS) else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Work on docstrings before numpydoc does."""
    app.connect("autodoc-process-docstring", _clean, priority=100)
    app.connect("autodoc-skip-member", _skip, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
