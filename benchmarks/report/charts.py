"""Charts: curves over the number of rows, and mean ranks with their critical difference."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..cli.output import to_png
from .statistics import indistinct

COLUMNS = 4  # panels side by side, at most
BASELINE_LABEL = "none: the real rows alone"
GREY = "#555555"
# From Okabe and Ito's palette, which colour-blind readers can tell apart; the markers differ too.
STYLES = [("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D")]


class Line(NamedTuple):
    """Curve with its band, and the thesis' curve of the same arm, NaN where it has none."""

    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    thesis: Sequence[float]


# --- curves ---


def draw_curves(
    panels: Mapping[str, Mapping[str, Line]],
    baseline: Line | None,
    *,
    title: str,
    x_label: str,
    y_label: str,
) -> bytes:
    """Draw a panel for each arm, with a line for each filter and the baseline (or 0)."""
    from matplotlib.figure import Figure

    n_rows = -(-len(panels) // COLUMNS)
    n_columns = -(-len(panels) // n_rows)
    width = max(2.75 * n_columns, 6.5)
    figure = Figure(figsize=(width, 2.5 * n_rows + 1), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    handles: dict[str, Any] = {}
    for ax, (panel, lines) in zip(axes.flat, panels.items(), strict=False):
        ax.set_title(panel, fontsize=9)
        if baseline is None:
            handles[BASELINE_LABEL] = ax.axhline(0, color=GREY, lw=1)
        else:
            handles |= _draw_line(ax, BASELINE_LABEL, baseline, GREY, "")
        for name, line in lines.items():
            handles |= _draw_line(ax, name, line, *STYLES[names.index(name) % len(STYLES)])
    _label_sizes(
        axes, sorted({x for lines in panels.values() for line in lines.values() for x in line.x})
    )
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    for ax in axes.flat[: len(panels)]:
        ax.tick_params(labelbottom=True)
        ax.set_xlabel(x_label, fontsize=9)
    figure.supylabel(y_label, fontsize=10)
    figure.suptitle(textwrap.fill(title, int(11 * width)), fontsize=11)
    figure.legend(
        handles.values(),
        handles,
        loc="outside lower center",
        ncols=max(1, int(width / 2.7)),
        fontsize=9,
        frameon=False,
    )
    return to_png(figure)


def _draw_line(ax: Any, name: str, line: Line, color: str, marker: str) -> dict[str, Any]:
    """Draw a line, its band and the thesis' line; return handles for the legend."""
    ours = np.array(line[:4], float)
    # An arm may have been run with some sizes only.
    x, y, low, high = ours[:, ~np.isnan(ours[1])]
    ax.fill_between(x, low, high, color=color, alpha=0.15, lw=0)
    (handle,) = ax.plot(x, y, color=color, marker=marker, ms=3.5, lw=1.4)
    handles = {name: handle}
    if not np.isnan(line.thesis).all():
        (dashed,) = ax.plot(line.x, line.thesis, color=color, lw=0.9, ls=(0, (4, 2)))
        handles[f"{name.split(':')[0]}, the thesis' figures"] = dashed
    return handles


def _label_sizes(axes: Any, sizes: Sequence[float]) -> None:
    """Make the axes logarithmic with a tick at each size, on its side where they are close."""
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    room = np.diff(np.log(sizes)).min(initial=np.inf) / max(np.log(sizes[-1] / sizes[0]), 1e-9)
    for ax in axes.flat:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(sizes))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
        ax.tick_params(labelsize=8)
        ax.tick_params("x", labelsize=7, labelrotation=0 if room > 0.12 else 90)
        ax.grid(color="#dddddd", lw=0.5)
        ax.set_axisbelow(True)


# --- ranks ---


def draw_ranks(ranks: pd.Series, difference: float, title: str) -> bytes:
    """Draw Demšar's diagram: arms on an axis of mean ranks; a bar joins arms not told apart."""
    from matplotlib.figure import Figure

    ranks = ranks.dropna().sort_values()
    bars = indistinct(ranks, difference)
    n_left = -(-len(ranks) // 2)
    top = 0.35 + 0.22 * len(bars)  # the bars hang between the axis and the names
    bottom, ceiling = top + 0.3 * n_left, -1.5
    figure = Figure(figsize=(11, 0.8 * (bottom - ceiling)))
    ax = figure.add_axes((0.27, 0, 0.46, 1))
    ax.set_xlim(1, len(ranks))
    ax.set_ylim(bottom, ceiling)
    ax.set_axis_off()
    _draw_axis(ax, len(ranks), difference)
    for level, (first, last) in enumerate(bars):
        y = 0.3 + 0.22 * level
        ax.plot(ranks[[first, last]], [y, y], color="black", lw=3, solid_capstyle="round")
    for i, (arm, rank) in enumerate(ranks.items()):
        left = i < n_left
        row = i if left else len(ranks) - 1 - i
        y, end = top + 0.3 * row, 0.0 if left else 1.0
        ax.plot([rank, rank], [0, y], color=GREY, lw=0.8)
        x = 1 if left else len(ranks)
        ax.plot([rank, x], [y, y], color=GREY, lw=0.8, clip_on=False)
        text = f"{arm}  {rank:.1f}" if left else f"{rank:.1f}  {arm}"
        ax.text(
            end + (-0.01 if left else 0.01),
            y,
            text,
            transform=ax.get_yaxis_transform(),
            ha="right" if left else "left",
            va="center",
            fontsize=9,
        )
    ax.set_title(title, fontsize=11)
    return to_png(figure)


def _draw_axis(ax: Any, n_arms: int, difference: float) -> None:
    """Draw the axis of ranks with ticks above it, and the critical difference as a length."""
    ax.plot([1, n_arms], [0, 0], color="black", lw=1.2, clip_on=False)
    step = max(1, n_arms // 10)
    for tick in range(1, n_arms + 1, step):
        ax.plot([tick, tick], [-0.12, 0], color="black", lw=1, clip_on=False)
        ax.text(tick, -0.2, str(tick), ha="center", va="bottom", fontsize=9)
    end = min(1 + difference, n_arms)
    ax.plot([1, end], [-1, -1], color="black", lw=1.5, marker="|", ms=8)
    ax.text(
        (1 + end) / 2,
        -1.1,
        f"critical difference {difference:.1f}",
        ha="center",
        va="bottom",
        fontsize=9,
    )
