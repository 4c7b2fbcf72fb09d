"""What the displays share in drawing: axes, panels, mosaics of pictures, styles."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

# "petroff10" of M. A. Petroff, "Accessible color sequences for data visualization", 2021,
# https://doi.org/10.48550/arXiv.2107.02270: chosen to be told apart with any colour vision.
# In another order: its two greys, which small points confuse, come late.
PALETTE = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#832db6",
    "#92dadd",
    "#a96b59",
    "#717581",
    "#e76300",
    "#b9ac70",
    "#94a4a2",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")
GREY = "0.5"
_OUTSIDE = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.0), "borderaxespad": 0.0}
_LEGEND_ROWS = 16
_LEGEND_SIZE = 36
_MAX_TICKS = 7


def pyplot(caller: str) -> Any:
    """matplotlib.pyplot, imported when something is drawn and not before.

    Raises
    ------
    ImportError
        If matplotlib is missing; the message says how to get it.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(f'{caller} needs matplotlib: pip install "skvae[plots]"') from error
    return plt


class Display:
    """Base of the displays: where they are drawn.

    Attributes
    ----------
    ax_ : Axes
        The axes that `plot` was given or made. Where a picture has several panels they share
        its place, and it is itself invisible.
    figure_ : Figure
        Its figure.
    axes_ : ndarray of Axes
        The panels, or `ax_` alone.
    """

    ax_: Axes
    figure_: Any
    axes_: NDArray[Any]

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
    ) -> NDArray[Any]:
        """Divide the place of `ax` into `n` panels, row by row."""
        n_columns = n_columns or panel_columns(n)
        n_rows = math.ceil(n / n_columns)
        ax = self._start(ax, (size[0] * n_columns + margin, size[1] * n_rows + 0.4))
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                "ax must have a place in a grid, as plt.subplots gives it, to be divided into "
                f"{n} panels, got one made with explicit bounds"
            )
        ax.set_axis_off()
        grid = place.subgridspec(n_rows, n_columns)
        places = [grid[divmod(i, n_columns)] for i in range(n)]
        self.axes_ = np.array([ax.figure.add_subplot(place) for place in places])
        return self.axes_

    def _label_panels(
        self, names: list[str] | None, xlabel: str, ylabel: str | None = None
    ) -> None:
        """Titles on all panels, axis labels where the grid of panels ends."""
        names = names or [f"x{j}" for j in range(len(self.axes_))]
        n_columns = panel_columns(len(names))
        for i, (panel, name) in enumerate(zip(self.axes_, names, strict=True)):
            panel.set_title(_wrapped(name), fontsize="medium")
            if i + n_columns >= len(names):
                panel.set_xlabel(xlabel)
            if ylabel and i % n_columns == 0:
                panel.set_ylabel(ylabel)

    def _legend(self, **options: Any) -> Any:
        """A legend right of the panels, at the top."""
        last = self.axes_[min(len(self.axes_), panel_columns(len(self.axes_))) - 1]
        return legend_outside(last, **options)


def _wrapped(name: str) -> str:
    """A name in lines that fit above a panel, broken at spaces and underscores."""
    return textwrap.fill(name.replace("_", "_ "), 24).replace("_ ", "_")


def panel_columns(n: int) -> int:
    """Columns for `n` panels: four at most, and rows as equal as can be."""
    return math.ceil(n / math.ceil(n / 4))


def legend_outside(ax: Axes, **options: Any) -> Any:
    """A legend right of the data, its handles plain however faint or small the data are."""
    n = len(ax.get_legend_handles_labels()[1])
    legend = ax.legend(**{**_OUTSIDE, "ncols": math.ceil(n / _LEGEND_ROWS), **options})
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set_alpha(1.0)
            if hasattr(handle, "set_sizes"):
                handle.set_sizes([_LEGEND_SIZE])
    return legend


def with_defaults(defaults: dict[str, Any], chosen: dict[str, Any] | None, artist: Any) -> Any:
    """A caller's style over ours, whichever of matplotlib's aliases it uses."""
    from matplotlib.cbook import normalize_kwargs

    return {**defaults, **normalize_kwargs(chosen or {}, artist)}


def series_style(i: int) -> dict[str, Any]:
    """Colour and marker of the i-th series, so that none is told by colour alone."""
    return {
        "color": PALETTE[i % len(PALETTE)],
        "marker": MARKERS[(i + i // len(PALETTE)) % len(MARKERS)],
    }


def mosaic_size(
    cells: NDArray[np.float64], image_shape: tuple[int, ...], below: float = 0.6
) -> tuple[float, float]:
    """Inches of a figure for (n_rows, n_columns, n_features) pictures, with room for labels."""
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
        Where to draw.
    cells : ndarray of shape (n_rows, n_columns, n_features)
        Flat pictures, the first row on top. Those of NaN stay blank.
    image_shape : tuple
        (H, W) or (C, H, W).
    im_kw : dict or None
        For ``imshow``. Black is `vmin` and white `vmax`, by default the least and the greatest
        value of all pictures together, in colour too.
    gap : bool, default=True
        Leave some room between pictures.
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
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return image


def _opaque_where_finite(
    colours: NDArray[np.float64], low: float, high: float
) -> NDArray[np.float64]:
    """Colours as RGBA in [0, 1], transparent where they are NaN."""
    alpha = np.isfinite(colours).all(axis=-1, keepdims=True)
    scaled = np.clip((colours - low) / ((high - low) or 1.0), 0, 1)
    return np.concatenate([np.where(alpha, scaled, 0), alpha], axis=-1)


def label_cells(axis: Any, positions: NDArray[np.float64], *, every: bool = False) -> None:
    """Write values below, or beside, the pictures that they belong to: some, or all of them."""
    n = len(positions)
    step = 1 if every else math.ceil((n - 1) / (_MAX_TICKS - 1)) or 1
    shown = np.arange((n - 1) % step // 2, n, step)
    axis.set_ticks(shown, [number(positions[i]) for i in shown])


def number(value: float) -> str:
    """A short number with matplotlib's minus sign."""
    return f"{round(float(value), 2) + 0.0:g}".replace("-", "\N{MINUS SIGN}")
