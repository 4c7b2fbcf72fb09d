"""References to public names of skvae by their last part, and by their mention in a page.

In docstrings `VAE` finds ``skvae.VAE``, from whatever page; in Markdown the code ``VAE`` or
``VAE()`` becomes a link to the page of the class.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

ROOMS = (
    "skvae",
    "skvae.latent",
    "skvae.models",
    "skvae.metrics",
    "skvae.inspection",
    "skvae.model_selection",
    "skvae.datasets",
    "skvae.exceptions",
    "skvae.strategies",
)
MENTION = re.compile(r"(skvae\.)?(?:\w+\.)*(\w+)(?:\(\))?")
# Words that may mean something else where "skvae." does not stand before them.
WORDS = {"holm", "report", "spread"}


@cache
def homes() -> dict[str, str]:
    """Return the public names with their full ones, the shortest where there are several."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for name in importlib.import_module(room).__all__:
            found.setdefault(name, f"{room}.{name}")
    return found


def _resolve(app: Sphinx, env: BuildEnvironment, node: Any, text: nodes.Node) -> Any:
    """Resolve ``VAE`` as ``skvae.VAE``, and ``VAE.fit`` as ``skvae.VAE.fit``."""
    if node.get("refdomain") != "py":
        return None
    name, *rest = node["reftarget"].removeprefix("skvae.").split(".")
    if name not in homes():
        return None
    target = ".".join([homes()[name], *rest])
    if target == node["reftarget"]:
        return None
    python = env.get_domain("py")
    return python.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, text)


def _link_mentions(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    if not str(app.env.doc2path(docname)).endswith(".md"):
        return
    for literal in list(doctree.findall(nodes.literal)):
        mention = MENTION.fullmatch(literal.astext())
        inside = isinstance(literal.parent, nodes.reference | nodes.title | addnodes.pending_xref)
        if inside or not mention or (mention[2] in WORDS and not mention[1]):
            continue
        if mention[2] not in homes():
            continue
        link = addnodes.pending_xref(
            "", refdomain="py", reftype="obj", reftarget=homes()[mention[2]], refdoc=docname
        )
        literal.replace_self(link)
        link += literal


def setup(app: Sphinx) -> dict[str, bool]:
    """Try short names where Sphinx finds none, and link mentions as pages are read."""
    app.connect("missing-reference", _resolve)
    app.connect("doctree-read", _link_mentions)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
