"""What one latent dimension does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._base import (
    Display,
    draw_mosaic,
    mosaic_size,
    number,
    pyplot,
    series_style,
    with_defaults,
)
from ._input import Rows, check_components, check_model, check_positions, encode, n_latent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Latent dimensions that are swept where none are named.
_N_COMPONENTS = 10


class LatentSweepDisplay(Display):
    """Decoded rows while one latent dimension changes and the others stay.

    Create it with `from_estimator`. Images make a strip a sweep, after the original if there is
    one; tables make a panel a feature, a line a sweep.

    Parameters
    ----------
    decoded : ndarray of shape (n_sweeps, n_values, n_features)
        Decoded rows.
    values : ndarray of shape (n_values,)
        Latent values that the dimension takes.
    labels : list of str
        What each sweep is called.
    originals : ndarray of shape (n_sweeps, n_features), default=None
        The rows that the sweeps start from.
    image_shape : tuple, default=None
        (H, W) or (C, H, W) of a flat row; None for tables.
    feature_names : list of str, default=None
        Names of the features, for tables.

    Attributes
    ----------
    image_ : AxesImage
        The strips, for images.
    ax_, figure_, axes_ : Axes, Figure, ndarray of Axes
        Where it is drawn; for tables `axes_` are the panels.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import VAE
    >>> from skvae.inspection import LatentSweepDisplay
    >>> X = load_iris().data
    >>> vae = VAE(max_iter=50, random_state=0).fit(X)
    >>> display = LatentSweepDisplay.from_estimator(vae, X[:1])
    >>> display.labels
    ['latent 0', 'latent 1']
    """

    def __init__(
        self,
        *,
        decoded: NDArray[np.float64],
        values: NDArray[np.float64],
        labels: list[str],
        originals: NDArray[np.float64] | None = None,
        image_shape: tuple[int, ...] | None = None,
        feature_names: list[str] | None = None,
    ) -> None:
        self.decoded = decoded
        self.values = values
        self.labels = labels
        self.originals = originals
        self.image_shape = image_shape
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        vae: Any,
        X: Any = None,
        *,
        components: int | Sequence[int] | None = None,
        values: ArrayLike = (-3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3),
        image_shape: Sequence[int] | None = None,
        features: Sequence[int | str] | None = None,
        ax: Axes | None = None,
        im_kw: dict[str, Any] | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> LatentSweepDisplay:
        """Decode sweeps, each along one dimension from one row, and draw them.

        Parameters
        ----------
        vae : VAE
            Fitted model.
        X : {array-like, dataframe} of shape (n_rows, n_features), default=None
            Rows whose latent means the other dimensions keep; by default they are 0.
        components : int or sequence of int, default=None
            Latent dimensions to sweep, by default the first 10; each with each row of `X`.
        values : array-like of shape (n_values,), default=(-3, -2.5, ..., 3)
            Values that the dimension takes, at least 2.
        image_shape : tuple, default=None
            (H, W) or (C, H, W) if rows are flat images; by default that of `vae`, if it has one.
        features : sequence of int or str, default=None
            For tables: the features to draw, by default the first 12 that are numeric.
        ax : Axes, default=None
            Where to draw; by default a new figure.
        im_kw, line_kw : dict, default=None
            For matplotlib's ``imshow`` of images, or ``plot`` of a table's lines. In images
            ``vmin`` is black and ``vmax`` white, by default the least and greatest value drawn.

        Returns
        -------
        display : LatentSweepDisplay

        Raises
        ------
        NotFittedError
            If `vae` is not fitted.
        ValueError
            If a parameter is not as described; the message names it.
        """
        pyplot(f"{cls.__name__}.from_estimator")
        check_model(vae, "inverse_transform", *(() if X is None else ["transform"]))
        if components is None:
            components = range(min(n_latent(vae), _N_COMPONENTS))
        chosen = check_components(vae, components, None)
        positions = check_positions("values", values)
        rows = Rows.of(vae, image_shape, features)
        means = np.zeros((1, n_latent(vae))) if X is None else encode(vae, X)
        Z = np.tile(means[:, None, None], (1, len(chosen), len(positions), 1))
        for k, component in enumerate(chosen):
            Z[:, k, :, component] = positions
        row_names = [f", row {i}" for i in range(len(means))] if len(means) > 1 else [""]
        decoded = rows.decode(vae, Z)
        display = cls(
            decoded=decoded.reshape(-1, *decoded.shape[2:]),
            values=positions,
            labels=[f"latent {component}{row}" for row in row_names for component in chosen],
            originals=None if X is None else np.repeat(rows.read(X), len(chosen), axis=0),
            image_shape=rows.image_shape,
            feature_names=rows.names,
        )
        return display.plot(ax, im_kw=im_kw, line_kw=line_kw)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        im_kw: dict[str, Any] | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> LatentSweepDisplay:
        """Draw the strips or lines.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; by default a new figure.
        im_kw, line_kw : dict, default=None
            For matplotlib's ``imshow`` of images, or ``plot`` of a table's lines.

        Returns
        -------
        self
        """
        if self.image_shape is None:
            self._plot_lines(ax, line_kw)
            return self
        cells, names = self.decoded, [number(value) for value in self.values]
        if self.originals is not None:
            cells = np.concatenate([self.originals[:, None], cells], axis=1)
            names = ["original", *names]
        ax = self._start(ax, mosaic_size(cells, self.image_shape))
        self.image_ = draw_mosaic(ax, cells, self.image_shape, im_kw)
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(cells)), self.labels)
        ax.set_xlabel("latent value")
        return self

    def _plot_lines(self, ax: Axes | None, line_kw: dict[str, Any] | None) -> None:
        from matplotlib.lines import Line2D

        panels = self._start_panels(ax, self.decoded.shape[-1], margin=1.2)
        for j, panel in enumerate(panels):
            for i, (label, sweep) in enumerate(zip(self.labels, self.decoded, strict=True)):
                style = {**series_style(i), "markersize": 3, "label": label}
                style = with_defaults(style, line_kw, Line2D)
                panel.plot(self.values, sweep[:, j], **style)
        self._label_panels(self.feature_names, "latent value")
        self._legend()
