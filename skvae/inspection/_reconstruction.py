"""Display of rows beside their reconstructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, check_consistent_length

from ._base import (
    GREY,
    RowDisplay,
    draw_mosaic,
    mosaic_size,
    series_style,
    shares_paragraphs,
    with_defaults,
)
from ._input import DrawnFeatures, check_class, check_count, encode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Number of pictures that are drawn where none is given.
_N_PICTURES = 10


@shares_paragraphs
@dataclass(kw_only=True, eq=False, repr=False)
class ReconstructionDisplay(RowDisplay):
    """Original rows and their reconstructions: the decoded latent means.

    Create it with `from_estimator`. Images are drawn as a row of originals above a row of
    reconstructions for each model; tables as a panel for each feature, with the reconstructed
    value over the original one, so that perfect reconstructions lie on the diagonal.

    Parameters
    ----------
    originals : ndarray of shape (n_rows, n_features)
        Original rows.
    reconstructions : dict of str to ndarray of shape (n_rows, n_features)
        Reconstructed rows, by the name of the model.
    {row_parameters}

    Attributes
    ----------
    image_ : AxesImage
        The pictures, for images.
    {row_axes}

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

    originals: NDArray[np.float64]
    reconstructions: dict[str, NDArray[np.float64]]
    image_shape: tuple[int, ...] | None = None
    feature_names: list[str] | None = None

    @classmethod
    @shares_paragraphs
    def from_estimator(
        cls,
        vae: Any,
        X: Any,
        *,
        y: Any = None,
        n_rows: int | None = None,
        image_shape: Sequence[int] | None = None,
        features: Sequence[int | str] | None = None,
        ax: Axes | None = None,
        im_kw: dict[str, Any] | None = None,
        scatter_kw: dict[str, Any] | None = None,
    ) -> ReconstructionDisplay:
        """Encode and decode rows, and draw originals and reconstructions.

        Parameters
        ----------
        vae : VAE or dict of str to VAE
            Fitted model, or several by name to compare. All must have the same columns.
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to reconstruct.
        y : label or array-like of shape (n_samples,), default=None
            Their class, or that of each, for each `ConditionalVAE`; None takes the class of each
            row that the model finds likeliest.
        n_rows : int, default=None
            Number of rows to draw, >= 1, the first ones of `X`; by default 10 images, or all rows
            of a table.
        {row_options}
        im_kw, scatter_kw : dict, default=None
            Options of matplotlib's ``imshow`` for images, or of ``scatter`` for rows of a table.
            In images ``vmin`` is black and ``vmax`` is white; by default they are the least and
            the greatest value drawn.

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
        models = dict(vae) if isinstance(vae, Mapping) else {"reconstruction": vae}
        if not models:
            raise ValueError("vae must be a model or a dict of at least one, got {}")
        for model in models.values():
            cls._check_model(model, "transform", "inverse_transform")
        if not any(hasattr(model, "reconstruct") for model in models.values()):
            check_class(next(iter(models.values())), y)
        if y is not None and np.ndim(y):
            check_consistent_length(X, y)
        drawn = DrawnFeatures.of(
            next(iter(models.values())),
            image_shape,
            features,
            lambda model: _reconstructed(model, *_first_rows(X, y, min(1, _num_samples(X)))),
        )
        if n_rows is None:
            n_rows = _num_samples(X) if drawn.image_shape is None else _N_PICTURES
        n_rows = min(check_count("n_rows", n_rows, 1), _num_samples(X))
        X, y = _first_rows(X, y, n_rows)
        display = cls(
            # Models first: their errors about X say more than those of `read`.
            reconstructions={
                str(name): drawn.read(_reconstructed(model, X, y)) for name, model in models.items()
            },
            originals=drawn.read(X),
            image_shape=drawn.image_shape,
            feature_names=drawn.names,
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
            Axes to draw on; by default those of a new figure.
        im_kw, scatter_kw : dict, default=None
            Options of matplotlib's ``imshow`` for images, or of ``scatter`` for rows of a table.

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
        """Least and greatest value of a feature among originals and reconstructions."""
        values = [rows[:, j] for rows in (self.originals, *self.reconstructions.values())]
        return min(v.min() for v in values), max(v.max() for v in values)

    def _plot_points(self, ax: Axes | None, scatter_kw: dict[str, Any] | None) -> None:
        from matplotlib.collections import PathCollection

        several = len(self.reconstructions) > 1
        n, n_features = self.originals.shape
        size = float(np.clip(20 * (150 / n) ** 0.5, 3, 20))
        panels = self._start_panels(ax, n_features, margin=1.2 if several else 0.4, legend=several)
        for j, panel in enumerate(panels):
            for i, (name, rows) in enumerate(self.reconstructions.items()):
                style = {**series_style(i), "s": size, "alpha": 0.6, "linewidth": 0, "label": name}
                style = with_defaults(style, scatter_kw, PathCollection)
                panel.scatter(self.originals[:, j], rows[:, j], **style)
            ends = self._range(j)
            panel.plot(ends, ends, color=GREY, lw=1, zorder=0)
            panel.set_aspect("equal")
        self._label_panels("original", "reconstructed")
        if several:
            self._legend()


def _first_rows(X: Any, y: Any, n: int) -> tuple[Any, Any]:
    """Return the first rows with their classes, where each has its own."""
    own = y is not None and np.ndim(y)
    return _safe_indexing(X, np.arange(n)), np.asarray(y)[:n] if own else y


def _reconstructed(model: Any, X: Any, y: Any) -> Any:
    """Encode and decode rows; models that are told classes do so by a method of their own."""
    if hasattr(model, "reconstruct"):
        return model.reconstruct(X, y)
    return model.inverse_transform(encode(model, X))
