"""Display of decoded rows on straight lines through the latent space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._base import (
    MAX_LINES,
    PALETTE,
    RowDisplay,
    draw_middle,
    draw_mosaic,
    label_cells,
    mosaic_size,
    series_style,
    shares_paragraphs,
    with_defaults,
)
from ._input import DrawnFeatures, check_class, check_positions, encode, example_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@shares_paragraphs
@dataclass(kw_only=True, eq=False, repr=False)
class LatentWalkDisplay(RowDisplay):
    r"""Decoded rows on the straight line through the latent means of two rows.

    The row at step t is the decoded :math:`\mu(x_0) + t\,(\mu(x_1) - \mu(x_0))`: an interpolation
    for t in (0, 1), an extrapolation outside. Create it with `from_estimator`. Images are drawn as
    a strip for each pair, with the originals above steps 0 and 1; tables as a panel for each
    feature, with a line for each pair, large points for the originals, and grey where steps
    extrapolate. Of more than ten pairs, these are medians, on a band between the quartiles.

    Parameters
    ----------
    decoded : ndarray of shape (n_pairs, n_steps, n_features)
        Decoded rows.
    start, end : ndarray of shape (n_pairs, n_features)
        Original rows at steps 0 and 1.
    steps : ndarray of shape (n_steps,)
        Positions of the decoded rows on the line.
    {row_parameters}

    Attributes
    ----------
    image_ : AxesImage
        The strips, for images.
    {row_axes}

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skvae import VAE
    >>> from skvae.inspection import LatentWalkDisplay
    >>> X = load_digits().data
    >>> vae = VAE(max_iter=50, random_state=0).fit(X)
    >>> display = LatentWalkDisplay.from_estimator(vae, X[:2], X[2:4], image_shape=(8, 8))
    >>> display.decoded.shape
    (2, 9, 64)
    """

    decoded: NDArray[np.float64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    steps: NDArray[np.float64]
    image_shape: tuple[int, ...] | None = None
    feature_names: list[str] | None = None

    @classmethod
    @shares_paragraphs
    def from_estimator(
        cls,
        vae: Any,
        X_start: Any,
        X_end: Any,
        *,
        y: Any = None,
        steps: ArrayLike = (-0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5),
        image_shape: Sequence[int] | None = None,
        features: Sequence[int | str] | None = None,
        ax: Axes | None = None,
        im_kw: dict[str, Any] | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> LatentWalkDisplay:
        """Decode and draw the walks from the rows of `X_start` to the rows of `X_end`.

        Parameters
        ----------
        vae : VAE
            Fitted model.
        X_start, X_end : {array-like, dataframe} of shape (n_pairs, n_features)
            Rows at steps 0 and 1.
        y : label or array-like of shape (n_pairs,), default=None
            The class that all rows are encoded with and decoded to, or that of each pair; needed by
            a `ConditionalVAE`, for others None.
        steps : array-like of shape (n_steps,), default=(-0.5, -0.25, ..., 1.5)
            Shares of the distance between both rows, at least 2 of them. Steps below 0 and above
            1 extrapolate.
        {row_options}
        im_kw, line_kw : dict, default=None
            Options of matplotlib's ``imshow`` for images, or of ``plot`` for the lines of a table.
            In images ``vmin`` is black and ``vmax`` is white; by default they are the least and
            the greatest value drawn.

        Returns
        -------
        display : LatentWalkDisplay

        Raises
        ------
        NotFittedError
            If `vae` is not fitted.
        ValueError
            If a parameter is not as described; the message names it.
        """
        cls._check_model(vae, "transform", "inverse_transform")
        check_class(vae, y)
        positions = check_positions("steps", steps)
        drawn = DrawnFeatures.of(vae, image_shape, features, example_of(y))
        first, last = encode(vae, X_start, y), encode(vae, X_end, y)
        if len(first) != len(last):
            raise ValueError(
                f"X_end must have as many rows as X_start, {len(first)}, got {len(last)}"
            )
        Z = first[:, None] + positions[:, None] * (last - first)[:, None]
        display = cls(
            decoded=drawn.decode(vae, Z, y),
            start=drawn.read(X_start),
            end=drawn.read(X_end),
            steps=positions,
            image_shape=drawn.image_shape,
            feature_names=drawn.names,
        )
        return display.plot(ax, im_kw=im_kw, line_kw=line_kw)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        im_kw: dict[str, Any] | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> LatentWalkDisplay:
        """Draw the strips or lines.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        im_kw, line_kw : dict, default=None
            Options of matplotlib's ``imshow`` for images, or of ``plot`` for the lines of a table.

        Returns
        -------
        self
        """
        if self.image_shape is None:
            self._plot_lines(ax, line_kw)
        else:
            self._plot_strips(ax, self.image_shape, im_kw)
        return self

    def _plot_strips(
        self, ax: Axes | None, image_shape: tuple[int, ...], im_kw: dict[str, Any] | None
    ) -> None:
        from matplotlib.patches import Rectangle

        cells = self._cells()
        ax = self._start(ax, mosaic_size(cells, image_shape))
        self.image_ = draw_mosaic(ax, cells, image_shape, im_kw)
        label_cells(ax.xaxis, self.steps, every=True)
        ax.set_xlabel("step from start (0) to end (1)")
        both = len(cells) > len(self.decoded)
        names = ["original", "decoded"] if both else ["decoded"]
        ax.set_yticks(range(len(cells)), names * len(self.decoded))
        for i in np.flatnonzero([name == "decoded" for name in names * len(self.decoded)]):
            for j in np.flatnonzero(np.isin(self.steps, [0, 1])):
                ax.add_patch(
                    Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, ec=PALETTE[0], lw=2, zorder=3)
                )

    def _cells(self) -> NDArray[np.float64]:
        """Rows of pictures: for each pair the originals at steps 0 and 1, then the decoded ones."""
        originals = np.full_like(self.decoded, np.nan)
        originals[:, self.steps == 0] = self.start[:, None]
        originals[:, self.steps == 1] = self.end[:, None]
        if np.isnan(originals).all():
            return self.decoded
        both = np.stack([originals, self.decoded], axis=1)
        return both.reshape(-1, *self.decoded.shape[1:])

    def _plot_lines(self, ax: Axes | None, line_kw: dict[str, Any] | None) -> None:
        from matplotlib.lines import Line2D

        several = len(self.decoded) > 1
        walks, start, end = self.decoded[:, None], self.start, self.end
        labels = [f"pair {i}" for i in range(len(walks))]
        if len(walks) > MAX_LINES:
            walks, labels = self.decoded[None], [f"{len(walks)} pairs:\nmedian and\nquartiles"]
            start, end = (np.median(ends, axis=0)[None] for ends in (start, end))
        panels = self._start_panels(
            ax, self.decoded.shape[-1], margin=float(several), legend=several
        )
        low, high = min(self.steps[0], 0.0), max(self.steps[-1], 1.0)
        for j, panel in enumerate(panels):
            for outside in ((low, 0.0), (1.0, high)):
                panel.axvspan(*outside, color="0.93", lw=0, zorder=0)
            for i, (label, of_pairs) in enumerate(zip(labels, walks, strict=True)):
                style = {**series_style(i), "markersize": 3, "label": label}
                style = with_defaults(style, line_kw, Line2D)
                draw_middle(panel, self.steps, of_pairs[..., j], style)
                ends = [start[i, j], end[i, j]]
                panel.scatter([0, 1], ends, s=45, zorder=3, ec="black", **series_style(i))
            panel.set_xlim(low, high)
        self._label_panels("step")
        if several:
            self._legend()
