"""A page of HTML that needs nothing but itself."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

import pandas as pd

from ._pictures import Picture

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #111; background: #fff; margin: 0 auto;
  max-width: 72rem; padding: 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
.pictures { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.pictures.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
figure { margin: 0; min-width: 0; } figcaption { font-size: .9rem; }
img { width: 100%; max-width: 40rem; height: auto; }
.table { overflow-x: auto; margin-bottom: 1rem; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #bbb;
  vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
@media print { figure, tr { break-inside: avoid; } }
"""


def page(title: str, sections: Iterable[tuple[str, list[str]]]) -> str:
    """Return a page.

    Parameters
    ----------
    title : str
        Its heading.
    sections : iterable of (str, list of str)
        Headings, the first of them empty, and what stands below as HTML.
    """
    parts = []
    for heading, blocks in sections:
        parts += [f"<h2>{escape(heading)}</h2>"] if heading else []
        parts += blocks
    # The browser itself is told to load nothing.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def paragraph(text: str) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def pictures(drawn: Iterable[Picture], *, wide: bool = False) -> str:
    """Return pictures side by side, as many as the window has room for."""
    figures = "\n".join(map(_figure, drawn))
    return f'<div class="pictures{" wide" * wide}">\n{figures}\n</div>'


def table(frame: pd.DataFrame, heading: str = "") -> str:
    """Return a frame as a table, which scrolls where the window is narrow.

    Parameters
    ----------
    frame : DataFrame
        The table; numbers get three decimals.
    heading : str, default=""
        Heading of its index.
    """
    head = "".join(f'<th scope="col">{escape(str(c))}</th>' for c in [heading, *frame.columns])
    rows = []
    for name, *entries in frame.itertuples():
        cells = "".join(map(_cell, entries))
        rows.append(f'<tr><th scope="row">{_breakable(str(name))}</th>{cells}</tr>')
    body = "\n".join(rows)
    return (
        f'<div class="table"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n'
        "</tbody></table></div>"
    )


def _breakable(text: str) -> str:
    """Return text as HTML, which a narrow window may break after an underscore."""
    return escape(text).replace("_", "_<wbr>")


def _cell(entry: object) -> str:
    if isinstance(entry, float):
        return f'<td class="number">{"" if entry != entry else format(entry, ".3f")}</td>'
    kind = ' class="number"' if isinstance(entry, int) else ""
    return f"<td{kind}>{escape(str(entry))}</td>"


def _figure(picture: Picture) -> str:
    data = base64.b64encode(picture.data).decode()
    return (
        f'<figure><img alt="{escape(picture.alt)}" src="data:image/{picture.kind};base64,{data}">'
        f"<figcaption>{_breakable(picture.title)}</figcaption></figure>"
    )
