"""Equations as MathML, which browsers draw by themselves: no script is loaded."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)
# Sizes of delimiters, which MathML chooses itself.
SIZES = re.compile(r"\\[bB]igg?[lrm]?(?![a-zA-Z])")


def mathml(node: nodes.Element, *, as_block: bool) -> str:
    """Return the equation of a node; what can't be converted is shown as it is, with a warning."""
    latex = SIZES.sub("", node.astext())
    try:
        return latex2mathml.tex2mathml(latex, as_block=as_block)
    except MathError as error:
        logger.warning("equation %r: %s", latex, error, location=node)
        return f"<code>{escape(latex)}</code>"


def _visit_inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(mathml(node, as_block=False))
    raise nodes.SkipNode


def _visit_block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="equation">{mathml(node, as_block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the writer of equations, which `html_math_renderer` names."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
