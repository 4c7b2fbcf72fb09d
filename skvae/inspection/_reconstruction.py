"""Rows beside what a model makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from ._base import (
    GREY,
    Display,
    draw_mosaic,
    mosaic_size,
    pyplot,
    series_style,
    with_defaults,
)
from ._input import Rows, check_count, check_model, encode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Pictures that are drawn where no number is given.
_N_PICTURES = 10


class ReconstructionDisplay(Display):
    """Original rows and their reconstructions: the decoded latent means.

    Create it with `from_estimator`. Images make a row of originals above a row of
    reconstructions a model; tables make a panel a feature, with the reconstructed value over the
    original one: points on the diagonal are as they were.

    Parameters
    ----------
    originals : ndarray of shape (n_rows, n_features)
        Rows.
    reconstructions : dict of str to ndarray of shape (n_rows, n_features)
        What each model makes of them, by its name.
    image_shape : tuple, default=None
        (H, W) or (C, H, W) of a flat row; None for tables.
    feature_names : list of str, default=None
        Names of the features, for tables.

    Attributes
    ----------
    image_ : AxesImage
        The pictures, for images.
    ax_, figure_, axes_ : Axes, Figure, ndarray of Axes
        Where it is drawn; for tables `axes_` are the panels.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import VAE
    >>> from skvae.inspection import ReconstructionDisplay
    >>> X = load_iris().data
    >>> vaes = {f"beta={b}": VAE(beta=b, max_iter=50, random_state=0).fit(X) for b in (0.01, 1)}
    >>> display = ReconstructionDisplay.from_estimator(vaes, X)
    >>> list(display.reconstructions)
    ['beta=0.01', 'beta=1']
    """

    def __init__(
        self,
        *,
        originals: NDArray[np.float64],
        reconstructions: dict[str, NDArray[np.float64]],
        image_shape: tuple[int, ...] | None = None,
        feature_names: list[str] | None = None,
    ) -> None:
        self.originals = originals
        self.reconstructions = reconstructions
        self.image_shape = image_shape
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        vae: Any,
        X: Any,
        *,
        n_rows: int | None = None,
        image_shape: Sequence[int] | None = None,
        features: Sequence[int | str] | None = None,
        ax: Axes | None = None,
        im_kw: dict[str, Any] | None = None,
        scatter_kw: dict[str, Any] | None = None,
    ) -> ReconstructionDisplay:
        """Encode and decode rows and draw both.

        Parameters
        ----------
        vae : VAE or dict of str to VAE
            Fitted model, or several by name to compare, all for the same columns.
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to reconstruct.
        n_rows : int, default=None
            How many of them, from the first, >= 1; by default 10 images or all rows of a table.
        image_shape : tuple, default=None
            (H, W) or (C, H, W) if rows are flat images; by default that of `vae`, if it has one.
        features : sequence of int or str, default=None
            For tables: the features to draw, by default the first 12 that are numeric.
        ax : Axes, default=None
            Where to draw; by default a new figure.
        im_kw, scatter_kw : dict, default=None
            For matplotlib's ``imshow`` of images, or ``scatter`` of a table's rows. In images
            ``vmin`` is black and ``vmax`` white, by default the least and greatest value drawn.

        Returns
        -------
        display : ReconstructionDisplay

        Raises
        ------
        NotFittedError
            If a model is not fitted.
        ValueError
            If a parameter is not as described; the message names it.
        """
        pyplot(f"{cls.__name__}.from_estimator")
        models = dict(vae) if isinstance(vae, Mapping) else {"reconstruction": vae}
        if not models:
            raise ValueError("vae must be a model or a dict of at least one, got {}")
        for model in models.values():
            check_model(model, "transform", "inverse_transform")
        rows = Rows.of(next(iter(models.values())), image_shape, features)
        if n_rows is None:
            n_rows = _num_samples(X) if rows.image_shape is None else _N_PICTURES
        n_rows = min(check_count("n_rows", n_rows, 1), _num_samples(X))
        X = _safe_indexing(X, np.arange(n_rows))
        display = cls(
            # Models first: they know better than `read` what is wrong with X.
            reconstructions={str(k): rows.decode(m, encode(m, X)) for k, m in models.items()},
            originals=rows.read(X),
            image_shape=rows.image_shape,
            feature_names=rows.names,
        )
        return display.plot(ax, im_kw=im_kw, scatter_kw=scatter_kw)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        im_kw: dict[str, Any] | None = None,
        scatter_kw: dict[str, Any] | None = None,
    ) -> ReconstructionDisplay:
        """Draw originals and reconstructions.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; by default a new figure.
        im_kw, scatter_kw : dict, default=None
            For matplotlib's ``imshow`` of images, or ``scatter`` of a table's rows.

        Returns
        -------
        self
        """
        if self.image_shape is None:
            self._plot_points(ax, scatter_kw)
            return self
        cells = np.stack([self.originals, *self.reconstructions.values()])
        ax = self._start(ax, mosaic_size(cells, self.image_shape, below=0.1))
        self.image_ = draw_mosaic(ax, cells, self.image_shape, im_kw)
        ax.set_xticks([])
        ax.set_yticks(range(len(cells)), ["original", *self.reconstructions])
        return self

    def _range(self, j: int) -> tuple[float, float]:
        """Least and greatest value of a feature, before and after."""
        values = [rows[:, j] for rows in (self.originals, *self.reconstructions.values())]
        return min(v.min() for v in values), max(v.max() for v in values)

    def _plot_points(self, ax: Axes | None, scatter_kw: dict[str, Any] | None) -> None:
        from matplotlib.collections import PathCollection

        several = len(self.reconstructions) > 1
        n, n_features = self.originals.shape
        size = float(np.clip(20 * (150 / n) ** 0.5, 3, 20))
        panels = self._start_panels(ax, n_features, margin=1.2 if several else 0.4)
        for j, panel in enumerate(panels):
            for i, (name, rows) in enumerate(self.reconstructions.items()):
                style = {**series_style(i), "s": size, "alpha": 0.6, "linewidth": 0, "label": name}
                style = with_defaults(style, scatter_kw, PathCollection)
                panel.scatter(self.originals[:, j], rows[:, j], **style)
            ends = self._range(j)
            panel.plot(ends, ends, color=GREY, lw=1, zorder=0)
            panel.set_aspect("equal")
        self._label_panels(self.feature_names, "original", "reconstructed")
        if several:
            self._legend()
