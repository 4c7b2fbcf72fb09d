"""Markdown pages of the repository as pages of the site, and links between them.

Pages outside docs/ are copied to docs/repository/ before the build. Links to a page lead to where
the site has it; those to other files of the repository, which the site has not, become plain text.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
COPIES = DOCS / "repository"
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^()\s#]+)(#[^()\s]*)?\)")


def copied_pages() -> dict[Path, Path]:
    """Return the pages outside docs/, and where the site has them."""
    pages = {
        ROOT / "CHANGELOG.md": COPIES / "changelog.md",
        ROOT / "CONTRIBUTING.md": COPIES / "contributing.md",
        ROOT / "benchmarks/README.md": COPIES / "benchmarks.md",
    }
    for report in sorted((ROOT / "benchmarks/results").glob("*.md")):
        pages[report] = COPIES / "reports" / report.name
    return pages


def relinked(text: str, source: Path, page: Path) -> str:
    """Return Markdown of the file `source` with its links as the page `page` needs them."""
    pages = copied_pages()

    def relink(match: re.Match[str]) -> str:
        mark, words, path, anchor = match.groups()
        if ":" in path:
            return match[0]
        target = (source.parent / path).resolve()
        place = pages.get(target, target)
        if not (mark or place.is_relative_to(DOCS)):
            return words
        relative = Path(os.path.relpath(place, page.parent)).as_posix()
        return f"{mark}[{words}]({relative}{anchor or ''})"

    return LINK.sub(relink, text)


def _copy(app: Sphinx) -> None:
    for source, page in copied_pages().items():
        text = relinked(source.read_text(encoding="utf-8"), source, page)
        page.parent.mkdir(parents=True, exist_ok=True)
        # A page that is as it was keeps its time, so that it is not built again.
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _relink(app: Sphinx, docname: str, source: list[str]) -> None:
    page = Path(app.env.doc2path(docname))
    if page.suffix == ".md" and not page.is_relative_to(COPIES):
        source[0] = relinked(source[0], page, page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Copy pages before the build, and rewrite links as pages are read."""
    app.connect("builder-inited", _copy, priority=100)
    app.connect("source-read", _relink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
