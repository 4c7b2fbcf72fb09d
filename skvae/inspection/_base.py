"""Shared parts of the displays: axes, panels, mosaics of pictures, styles, docstrings."""

from __future__ import annotations

import math
import re
import textwrap
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._input import check_model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

# Found by a search for ten colours that any two are told apart, in OKLab
# (https://bottosson.github.io/posts/oklab), by people of normal vision and of the three kinds of
# colour blindness (G. M. Machado et al. 2009, https://doi.org/10.1109/TVCG.2009.113); the first
# ones are the furthest apart.
PALETTE = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#034286",
    "#bbbef8",
    "#813ecb",
    "#32de9e",
    "#71054b",
    "#e447a2",
    "#8a9412",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")
GREY = "0.5"
# Lines of a panel that can be told apart; of more, the median and the quartiles are drawn.
MAX_LINES = 10
_OUTSIDE = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.0), "borderaxespad": 0.0}
_LEGEND_ROW = 0.22  # inches
_LEGEND_SIZE = 36
_MAX_TICKS = 7

Documented = TypeVar("Documented")

# Paragraphs that several docstrings contain, by the name of their placeholder.
_PARAGRAPHS = {
    "row_parameters": """\
image_shape : tuple, default=None
    (H, W) or (C, H, W) of a flat row; None for tables.
feature_names : list of str, default=None
    Names of the features, for tables.""",
    "row_options": """\
image_shape : tuple, default=None
    (H, W) or (C, H, W) if rows are flat images; by default that of `vae`, if it has one.
features : sequence of int or str, default=None
    For tables: the features to draw, by default those that are numeric, of which a warning names
    those past the 16th.
ax : Axes, default=None
    Axes to draw on; by default those of a new figure.""",
    "row_axes": """\
ax_, figure_, axes_ : Axes, Figure, ndarray of Axes
    Axes and figure of the drawing; for tables `axes_` are the panels.""",
}


def shares_paragraphs(documented: Documented) -> Documented:
    """Replace placeholders such as ``{row_options}`` in a docstring by the shared paragraphs.

    A placeholder stands alone in its line and has the indentation of the paragraph.
    """
    if documented.__doc__:  # there are no docstrings under ``python -OO``
        for name, text in _PARAGRAPHS.items():
            place = re.compile(rf"^( *)\{{{name}\}}$", re.MULTILINE)
            for found in place.finditer(documented.__doc__):
                paragraph = textwrap.indent(text, found[1])
                documented.__doc__ = documented.__doc__.replace(found[0], paragraph)
    return documented


def pyplot(caller: str) -> Any:
    """Import matplotlib.pyplot, which is needed only where something is drawn.

    Raises
    ------
    ImportError
        If matplotlib is missing; the message tells how to install it.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(f'{caller} needs matplotlib: pip install "skvae[plots]"') from error
    return plt


class Display:
    """Base of the displays: checks the model and prepares the axes.

    Attributes
    ----------
    ax_ : Axes
        Axes that `plot` was given or has made. If the drawing has several panels, these divide
        the place of `ax_` among them, and `ax_` is invisible.
    figure_ : Figure
        Figure of `ax_`.
    axes_ : ndarray of Axes
        The panels, or `ax_` alone.
    """

    ax_: Axes
    figure_: Any
    axes_: NDArray[Any]

    @classmethod
    def _check_model(cls, vae: Any, *methods: str) -> None:
        """Refuse to go on without matplotlib, or with a model that can't be drawn."""
        pyplot(f"{cls.__name__}.from_estimator")
        check_model(vae, *methods)

    def _start(self, ax: Axes | None, figsize: tuple[float, float]) -> Axes:
        plt = pyplot(f"{type(self).__name__}.plot")
        if ax is None:
            _, ax = plt.subplots(figsize=figsize, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        self.axes_ = np.array([ax])
        return ax

    def _start_panels(
        self,
        ax: Axes | None,
        n: int,
        *,
        n_columns: int | None = None,
        size: tuple[float, float] = (2.4, 2.1),
        margin: float = 0.0,
        legend: bool = False,
    ) -> NDArray[Any]:
        """Divide the place of `ax` into `n` panels, filled row by row, and one for a `legend`."""
        n_columns = n_columns or panel_columns(n)
        n_rows = math.ceil(n / n_columns)
        ax = self._start(ax, (size[0] * n_columns + margin, size[1] * n_rows + 0.4))
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                "ax must have a place in a grid, as plt.subplots gives it, to be divided into "
                f"{n} panels, got axes with explicit bounds"
            )
        ax.set_axis_off()
        # The layout widens the place of the legend, which spans all rows, for what hangs over.
        ratios = [1.0] * n_columns + [0.01] * legend
        grid = place.subgridspec(n_rows, len(ratios), width_ratios=ratios)
        places = [grid[divmod(i, n_columns)] for i in range(n)]
        self.axes_ = np.array([ax.figure.add_subplot(place) for place in places])
        return self.axes_


class RowDisplay(Display):
    """Base of the displays of decoded rows: as pictures, or as features of a table."""

    image_shape: tuple[int, ...] | None
    feature_names: list[str] | None

    def _label_panels(self, xlabel: str, ylabel: str | None = None) -> None:
        """Write titles above all panels, and axis labels at the edges of their grid."""
        names = self.feature_names or [f"x{j}" for j in range(len(self.axes_))]
        n_columns = panel_columns(len(names))
        for i, (panel, name) in enumerate(zip(self.axes_, names, strict=True)):
            panel.set_title(_wrapped(name), fontsize="medium")
            if i + n_columns >= len(names):
                panel.set_xlabel(xlabel)
            if ylabel and i % n_columns == 0:
                panel.set_ylabel(ylabel)

    def _legend(self, **options: Any) -> Any:
        """Draw a legend to the right of all panels, of the lines that each of them has."""
        handles, labels = self.axes_[0].get_legend_handles_labels()
        place = self.axes_[0].get_gridspec()[:, -1]
        side = self.axes_[0].figure.add_subplot(place)
        side.set_axis_off()
        return legend_outside(side, handles=handles, labels=labels, **options)


def _wrapped(name: str) -> str:
    """Break a name at spaces and underscores into lines that fit above a panel."""
    return textwrap.fill(name.replace("_", "_ "), 24).replace("_ ", "_")


def panel_columns(n: int) -> int:
    """Number of columns for `n` panels: at most four, with rows of nearly equal length."""
    return math.ceil(n / math.ceil(n / 4))


def legend_outside(ax: Axes, **options: Any) -> Any:
    """Draw a legend to the right of the data; its handles are opaque and of a readable size."""
    n = len(options.get("labels", ax.get_legend_handles_labels()[1]))
    height = ax.figure.bbox.height / ax.figure.dpi  # also of a part of a figure
    n_columns = math.ceil(n / max(1, int(height / _LEGEND_ROW) - 1))
    legend = ax.legend(**{**_OUTSIDE, "ncols": n_columns, **options})
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)
            if hasattr(handle, "set_sizes"):
                handle.set_sizes([_LEGEND_SIZE])
    return legend


def with_defaults(defaults: dict[str, Any], chosen: dict[str, Any] | None, artist: Any) -> Any:
    """Merge styles; those of the caller win, under any of matplotlib's aliases."""
    from matplotlib.cbook import normalize_kwargs

    return {**defaults, **normalize_kwargs(chosen or {}, artist)}


def series_style(i: int) -> dict[str, Any]:
    """Colour and marker of the i-th series; series never differ by colour alone."""
    return {
        "color": PALETTE[i % len(PALETTE)],
        "marker": MARKERS[(i + i // len(PALETTE)) % len(MARKERS)],
    }


def draw_middle(
    panel: Axes, x: NDArray[np.float64], lines: NDArray[np.float64], style: dict[str, Any]
) -> None:
    """Draw the median of lines, of shape (n_lines, len(x)), on a band between their quartiles."""
    low, middle, high = np.quantile(lines, [0.25, 0.5, 0.75], axis=0)
    (line,) = panel.plot(x, middle, **style)
    if len(lines) > 1:
        panel.fill_between(x, low, high, color=line.get_color(), alpha=0.25, lw=0)


def mosaic_size(
    cells: NDArray[np.float64], image_shape: tuple[int, ...], below: float = 0.6
) -> tuple[float, float]:
    """Width and height in inches of a figure for pictures of (n_rows, n_columns, n_features)."""
    (n_rows, n_columns), (height, width) = cells.shape[:2], image_shape[-2:]
    cell = min(0.75, 10 / n_columns)
    return max(3.0, cell * n_columns + 1.2), cell * n_rows * height / width + below


def draw_mosaic(
    ax: Axes,
    cells: NDArray[np.float64],
    image_shape: tuple[int, ...],
    im_kw: dict[str, Any] | None,
    *,
    gap: bool = True,
) -> AxesImage:
    """Draw pictures side by side, picture (i, j) around the point x = j, y = i.

    Parameters
    ----------
    ax : Axes
        Axes to draw on.
    cells : ndarray of shape (n_rows, n_columns, n_features)
        Flat pictures, the first row on top. Pictures of NaN stay blank.
    image_shape : tuple
        (H, W) or (C, H, W).
    im_kw : dict or None
        Options of ``imshow``. `vmin` is black and `vmax` is white, also in colour; by default they
        are the least and the greatest value of all pictures together.
    gap : bool, default=True
        Leave a gap between pictures.
    """
    from matplotlib.image import AxesImage

    n_rows, n_columns = cells.shape[:2]
    style = {"cmap": "gray", "vmin": np.nanmin(cells), "vmax": np.nanmax(cells)}
    style = with_defaults(style, im_kw, AxesImage)
    channels, height, width = (1, *image_shape)[-3:]
    pictures = cells.reshape(n_rows, n_columns, channels, height, width)
    pad = max(1, round(width / 32)) if gap else 0
    around = [(0, 0), (0, 0), (0, 0), (pad, pad), (pad, pad)]
    pictures = np.pad(pictures, around, constant_values=np.nan)
    height, width = height + 2 * pad, width + 2 * pad
    whole = pictures.transpose(0, 3, 1, 4, 2).reshape(n_rows * height, n_columns * width, channels)
    if channels == 3:
        whole = _opaque_where_finite(whole, style.pop("vmin"), style.pop("vmax"))
        style.pop("cmap")
    else:
        whole = np.ma.masked_invalid(whole[..., 0])
    extent = (-0.5, n_columns - 0.5, n_rows - 0.5, -0.5)
    image = ax.imshow(whole, **{"extent": extent, "aspect": height / width, **style})
    ax.set_anchor("W")  # in the middle, the layout would leave too little room for long labels
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image


def _opaque_where_finite(
    colours: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Scale colours to RGBA in [0, 1], transparent where they are NaN."""
    alpha = np.isfinite(colours).all(axis=-1, keepdims=True)
    scaled = np.clip((colours - low) / ((high - low) or 1.0), 0, 1)
    return np.concatenate([np.where(alpha, scaled, 0), alpha], axis=-1)


def label_cells(axis: Any, positions: NDArray[np.float64], *, every: bool = False) -> None:
    """Label an axis of a mosaic with the values of its pictures: `every` one, or some."""
    n = len(positions)
    step = 1 if every else math.ceil((n - 1) / (_MAX_TICKS - 1)) or 1
    shown = np.arange((n - 1) % step // 2, n, step)
    axis.set_ticks(shown, [number(positions[i]) for i in shown])


def number(value: float) -> str:
    """Format a number with at most two decimals and matplotlib's minus sign."""
    return f"{round(float(value), 2) + 0.0:g}".replace("-", "\N{MINUS SIGN}")
