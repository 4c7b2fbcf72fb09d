"""The drawings of docs/inside.md: `python docs/drawings.py` writes them to docs/_static."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parent / "_static"
BLUE, ORANGE, GREEN, GREY = "#cfe3f5", "#fbdcb8", "#cfead6", "#e6e6e6"
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" font-family="sans-serif" '
    'font-size="14" text-anchor="middle"><defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" '
    'markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
    '<rect width="{w}" height="{h}" fill="white"/>\n'
)


def box(x: float, y: float, w: float, h: float, fill: str, *lines: str) -> str:
    """Return a box with lines of text in its middle."""
    top = y + h / 2 + 5 - 9 * (len(lines) - 1)
    texts = "".join(
        f'<text x="{x + w / 2}" y="{top + 18 * i}">{line}</text>' for i, line in enumerate(lines)
    )
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="4" fill="{fill}" stroke="#555"/>'
        f"{texts}\n"
    )


def arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    """Return an arrow."""
    return f'<path d="M{x} {y} L{to_x} {to_y}" stroke="black" marker-end="url(#a)"/>\n'


def label(x: float, y: float, text: str) -> str:
    """Return a line of text around a place."""
    return f'<text x="{x}" y="{y}">{text}</text>\n'


def codec() -> str:
    """Draw a table of four columns, and the coded columns that it becomes."""
    columns = (
        (20, 130, BLUE, ("age", "47"), (("quantile of 47", BLUE),), "number"),
        (170, 90, ORANGE, ("smoker", "yes"), (("1", ORANGE),), "one of two"),
        (280, 180, GREEN, ("ward", "south"), (("0", GREEN), ("1", GREEN), ("0", GREEN)), "one-hot"),
        (480, 160, BLUE, ("lactate", "missing"), (("mean", GREY), ("none: 1", ORANGE)), ""),
    )
    parts = []
    for x, width, colour, names, codes, kind in columns:
        parts.append(box(x, 15, width, 50, colour, *names))
        share = width / len(codes)
        for i, (code, fill) in enumerate(codes):
            parts.append(arrow(x + share * (i + 0.5), 67, x + share * (i + 0.5), 105))
            parts.append(box(x + share * i + 2, 109, share - 4, 36, fill, code))
        parts.append(label(x + width / 2, 168, kind))
    parts += [label(520, 168, "does not"), label(520, 186, "count")]
    parts.append(label(600, 168, "switch"))
    return HEAD.format(w=660, h=200) + "".join(parts) + "</svg>\n"


def likelihoods() -> str:
    """Draw the decoder and what its outputs are for each kind of column."""
    kinds = (
        (30, BLUE, "numbers", ("mean m(z) and the", "column's own noise"), "normal"),
        (110, ORANGE, "0 or 1, switches, pixels", ("log-odds",), "Bernoulli"),
        (190, GREEN, "one-hot groups", ("logits, one a", "category"), "categorical"),
    )
    parts = [box(15, 105, 70, 50, GREY, "z"), arrow(87, 130, 118, 130)]
    parts.append(box(120, 80, 90, 100, GREY, "decoder"))
    for y, colour, kind, output, law in kinds:
        parts += [arrow(212, 130, 248, y + 25), box(250, y, 150, 50, colour, *output)]
        parts += [arrow(402, y + 25, 433, y + 25), box(435, y, 110, 50, colour, law)]
        parts.append(label(640, y + 30, kind))
    return HEAD.format(w=735, h=260) + "".join(parts) + "</svg>\n"


def stacked() -> str:
    """Draw k networks that run one after the other, beside one stack of k."""
    parts = [label(150, 24, "k models, one after the other")]
    for i, fill in enumerate((BLUE, ORANGE, GREEN)):
        y = 40 + 60 * i
        parts.append(box(20, y, 60, 46, fill, "batch"))
        parts += [arrow(82, y + 23, 108, y + 23), box(110, y, 80, 46, fill, "W, b")]
        parts += [arrow(192, y + 23, 218, y + 23), box(220, y, 60, 46, fill, "loss")]
    parts.append(label(530, 24, "one stack: (M, features, batch)"))
    for i, fill in enumerate((GREEN, ORANGE, BLUE)):
        shift = 16 * (2 - i)
        for x, width, text in ((380, 80, "batches"), (510, 80, "W, b"), (640, 60, "losses")):
            words = (text,) if i == 2 else ()
            parts.append(box(x + shift, 70 + shift, width, 60, fill, *words))
    parts += [arrow(494, 130, 524, 130), arrow(624, 130, 654, 130)]
    parts.append(label(530, 196, "one call a layer, one optimiser, one loop"))
    return HEAD.format(w=760, h=225) + "".join(parts) + "</svg>\n"


if __name__ == "__main__":
    for draw in (codec, likelihoods, stacked):
        (STATIC / f"{draw.__name__}.svg").write_text(draw(), encoding="utf-8")
