"""Page that shows the figures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 75rem; margin: 2rem auto;
       padding: 0 1rem; background: #fff; }
section { border-top: 1px solid #ccc; padding: 1rem 0; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.pictures img { max-width: 100%; max-height: 48rem; }
.missing { border-left: 4px solid #bd1f01; padding-left: 1rem; }
.settings { color: #555; font-size: 0.85rem; }
"""


class Picture(NamedTuple):
    """File beside the page, and its title."""

    file: str
    title: str


class Entry(NamedTuple):
    """Figure on the page: its pictures, or the reason why there are none."""

    number: str
    title: str
    caption: str
    pictures: Sequence[Picture] = ()
    settings: Sequence[str] = ()
    missing: str = ""


def render_page(entries: Sequence[Entry], n_planned: int, note: str) -> str:
    """Render the page as HTML; its pictures lie beside it."""
    links = " · ".join(f'<a href="#{e.number}">{e.number}</a>' for e in entries)
    drawn = sum(not entry.missing for entry in entries)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Figures</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        "<h1>The thesis' figures, drawn by skvae</h1>\n"
        f"<p>{drawn} of {n_planned} figures drawn. {escape(note)}</p>\n<nav>{links}</nav>\n"
        f"{''.join(map(render_entry, entries))}</body>\n</html>\n"
    )


def render_entry(entry: Entry) -> str:
    """Render one section: title, pictures, caption, settings."""
    images = "".join(
        f'<a href="{escape(p.file)}"><img src="{escape(p.file)}" alt="{escape(p.title)}"></a>\n'
        for p in entry.pictures
    )
    settings = "".join(f"<li>{escape(line)}</li>\n" for line in entry.settings)
    body = (
        f'<p class="missing">Not drawn. {escape(entry.missing)}</p>\n'
        if entry.missing
        else f'<div class="pictures">\n{images}</div>\n<p>{escape(entry.caption)}</p>\n'
        f'<ul class="settings">\n{settings}</ul>\n'
    )
    return (
        f'<section id="{entry.number}">\n'
        f"<h2>{entry.number} {escape(entry.title)}</h2>\n{body}</section>\n"
    )
