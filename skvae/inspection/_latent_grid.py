"""Display of a decoded grid of latent vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from ._base import (
    RowDisplay,
    draw_mosaic,
    label_cells,
    mosaic_size,
    shares_paragraphs,
    with_defaults,
)
from ._input import (
    DrawnFeatures,
    check_class,
    check_components,
    check_count,
    example_of,
    n_latent,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@shares_paragraphs
@dataclass(kw_only=True, eq=False, repr=False)
class LatentGridDisplay(RowDisplay):
    """Decoded grid over two latent dimensions; the other dimensions are 0.

    Create it with `from_estimator`. Images are drawn as one mosaic, tables as a heat map for each
    feature.

    Parameters
    ----------
    decoded : ndarray of shape (n_cells, n_cells, n_features)
        ``decoded[i, j]`` is the row at `coordinates[i]` in the second dimension and
        `coordinates[j]` in the first.
    coordinates : ndarray of shape (n_cells,)
        Latent coordinates of the grid, in both dimensions.
    components : tuple of two int, default=(0, 1)
        The latent dimensions, for the axis labels.
    {row_parameters}

    Attributes
    ----------
    image_ : AxesImage
        The mosaic, for images.
    {row_axes}

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skvae import VAE
    >>> from skvae.inspection import LatentGridDisplay
    >>> vae = VAE(max_iter=50, random_state=0).fit(load_digits().data)
    >>> display = LatentGridDisplay.from_estimator(vae, n_cells=5, image_shape=(8, 8))
    >>> display.decoded.shape
    (5, 5, 64)
    """

    decoded: NDArray[np.float64]
    coordinates: NDArray[np.float64]
    components: tuple[int, ...] = (0, 1)
    image_shape: tuple[int, ...] | None = None
    feature_names: list[str] | None = None

    @classmethod
    @shares_paragraphs
    def from_estimator(
        cls,
        vae: Any,
        *,
        y: Any = None,
        components: tuple[int, int] = (0, 1),
        n_cells: int = 15,
        spread: float | str = 3.0,
        image_shape: Sequence[int] | None = None,
        features: Sequence[int | str] | None = None,
        ax: Axes | None = None,
        im_kw: dict[str, Any] | None = None,
    ) -> LatentGridDisplay:
        """Decode a grid and draw it.

        Parameters
        ----------
        vae : VAE
            Fitted model.
        y : label, default=None
            The class to decode to; needed by a `ConditionalVAE`, for others None.
        components : tuple of two int, default=(0, 1)
            Latent dimensions that the grid spans.
        n_cells : int, default=15
            Number of cells on each side, >= 2.
        spread : float or "quantiles", default=3.0
            A number gives equal steps over the square [-spread, spread]^2; "quantiles" are those
            of the prior N(0, 1), so that all cells have the same probability.
        {row_options}
        im_kw : dict, default=None
            Options of matplotlib's ``imshow`` for a mosaic, or of ``pcolormesh`` for a heat map.
            In images ``vmin`` is black and ``vmax`` is white; by default they are the least and
            the greatest value drawn.

        Returns
        -------
        display : LatentGridDisplay

        Raises
        ------
        NotFittedError
            If `vae` is not fitted.
        ValueError
            If a parameter is not as described; the message names it.
        """
        cls._check_model(vae, "inverse_transform")
        check_class(vae, y, one=True)
        chosen = check_components(vae, components, 2)
        coordinates = _coordinates(check_count("n_cells", n_cells, 2), spread)
        drawn = DrawnFeatures.of(vae, image_shape, features, example_of(y))
        Z = np.zeros((n_cells, n_cells, n_latent(vae)))
        Z[:, :, chosen[0]] = coordinates
        Z[:, :, chosen[1]] = coordinates[:, None]
        display = cls(
            decoded=drawn.decode(vae, Z, y),
            coordinates=coordinates,
            components=chosen,
            image_shape=drawn.image_shape,
            feature_names=drawn.names,
        )
        return display.plot(ax, im_kw=im_kw)

    def plot(
        self, ax: Axes | None = None, *, im_kw: dict[str, Any] | None = None
    ) -> LatentGridDisplay:
        """Draw the mosaic or the heat maps.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        im_kw : dict, default=None
            Options of matplotlib's ``imshow`` for a mosaic, or of ``pcolormesh`` for a heat map.

        Returns
        -------
        self
        """
        xlabel, ylabel = (f"latent {c}" for c in self.components)
        if self.image_shape is None:
            self._plot_heat_maps(ax, im_kw)
            self._label_panels(xlabel, ylabel)
            return self
        width, height = mosaic_size(self.decoded, self.image_shape)
        ax = self._start(ax, (width * 0.65, height * 0.65))
        # Reversed, as a mosaic begins on top and the second dimension points up.
        self.image_ = draw_mosaic(ax, self.decoded[::-1], self.image_shape, im_kw, gap=False)
        label_cells(ax.xaxis, self.coordinates)
        label_cells(ax.yaxis, self.coordinates[::-1])
        ax.set(xlabel=xlabel, ylabel=ylabel)
        for place in np.arange(len(self.coordinates) - 1) + 0.5:
            ax.axvline(place, color="white", lw=0.5)
            ax.axhline(place, color="white", lw=0.5)
        return self

    def _plot_heat_maps(self, ax: Axes | None, im_kw: dict[str, Any] | None) -> None:
        from matplotlib.collections import QuadMesh

        grid = self.coordinates
        style = with_defaults({"cmap": "viridis", "shading": "nearest"}, im_kw, QuadMesh)
        panels = self._start_panels(ax, self.decoded.shape[-1], size=(2.8, 2.3))
        for j, panel in enumerate(panels):
            mesh = panel.pcolormesh(grid, grid, self.decoded[..., j], **style)
            panel.set_aspect("equal")
            # An inset is as high as the panel, which the equal aspect may have made lower.
            panel.figure.colorbar(mesh, cax=panel.inset_axes((1.05, 0, 0.07, 1)))


def _coordinates(n_cells: int, spread: Any) -> NDArray[np.float64]:
    """Coordinates of the cells along one latent dimension."""
    if isinstance(spread, str) and spread == "quantiles":
        return norm.ppf((np.arange(n_cells) + 0.5) / n_cells)
    number = isinstance(spread, Real) and not isinstance(spread, bool)
    if not number or not 0 < spread < np.inf:
        raise ValueError(f"spread must be a finite number > 0 or 'quantiles', got {spread!r}")
    return np.linspace(-float(spread), float(spread), n_cells)
