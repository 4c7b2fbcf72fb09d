"""Display of rows as points in the latent space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_consistent_length, column_or_1d

from ._base import MARKERS, PALETTE, Display, legend_outside, with_defaults
from ._input import check_components, encode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Largest distance of a point from the middle of its strip; strips are 1 apart.
_JITTER = 0.3
# Number of names that fit beside a colour bar.
_MAX_TICKS = 20


@dataclass(kw_only=True, eq=False, repr=False)
class LatentSpaceDisplay(Display):
    """Latent means as points, in the colour and marker of their class.

    Create it with `from_estimator`. Up to ten classes have a colour and a marker each, and a
    legend, and smaller classes lie on top; more classes, and continuous targets, have a colour bar.

    Parameters
    ----------
    latents : ndarray of shape (n_samples, 2) or (n_samples, 1)
        Latent means in the dimensions `components`. With one dimension, each class is a strip, in
        which points are moved at random across it, so that they don't hide each other.
    y : ndarray of shape (n_samples,), default=None
        Class of each row, or a number.
    components : tuple of int, default=(0, 1)
        The latent dimensions, for the axis labels.

    Attributes
    ----------
    scatter_ : list of PathCollection
        The points, by class.
    ax_, figure_ : Axes, Figure
        Axes and figure of the drawing.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import VAE
    >>> from skvae.inspection import LatentSpaceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> vae = VAE(max_iter=50, random_state=0).fit(X)
    >>> display = LatentSpaceDisplay.from_estimator(vae, X, y)
    >>> len(display.scatter_)
    3
    """

    latents: NDArray[np.floating]
    y: NDArray[Any] | None = None
    components: tuple[int, ...] = (0, 1)

    @classmethod
    def from_estimator(
        cls,
        vae: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        components: int | tuple[int, ...] = (0, 1),
        ax: Axes | None = None,
        scatter_kw: dict[str, Any] | None = None,
    ) -> LatentSpaceDisplay:
        """Encode rows and draw their latent means.

        Parameters
        ----------
        vae : VAE
            Fitted model.
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to encode.
        y : array-like of shape (n_samples,), default=None
            Class of each row, or a number, for the colour.
        components : int or tuple of one or two int, default=(0, 1)
            Latent dimensions to draw.
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        scatter_kw : dict, default=None
            Options of matplotlib's ``scatter``.

        Returns
        -------
        display : LatentSpaceDisplay

        Raises
        ------
        NotFittedError
            If `vae` is not fitted.
        ValueError
            If `components` are no dimensions of the model, or `y` has not one entry for each row
            of `X`.
        """
        cls._check_model(vae, "transform")
        one = np.ndim(components) == 0 or np.size(components) == 1
        chosen = check_components(vae, components, 1 if one else 2)
        labels = None if y is None else _check_target(X, y)
        latents = encode(vae, X)[:, list(chosen)]
        display = cls(latents=latents, y=labels, components=chosen)
        return display.plot(ax, scatter_kw=scatter_kw)

    def plot(
        self, ax: Axes | None = None, *, scatter_kw: dict[str, Any] | None = None
    ) -> LatentSpaceDisplay:
        """Draw the points.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        scatter_kw : dict, default=None
            Options of matplotlib's ``scatter``.

        Returns
        -------
        self
        """
        ax = self._start(ax, (6.0, 4.6))
        codes, classes = self._classes()
        strips = self.latents.shape[1] == 1
        if strips:
            spread = np.random.RandomState(0).uniform(-_JITTER, _JITTER, len(codes))
            points = np.column_stack([self.latents[:, 0], codes + spread])
            ax.set_yticks(range(len(classes)), classes)
        else:
            points = self.latents
            ax.set_aspect("equal", adjustable="datalim")
            ax.set_ylabel(f"latent {self.components[1]}")
        ax.set_xlabel(f"latent {self.components[0]}")
        if self.y is not None and not classes:
            self._scatter_values(ax, points, self.y, scatter_kw)
        else:
            self._scatter_classes(ax, points, codes, classes, scatter_kw)
            if classes and not strips:
                legend_outside(ax)
        return self

    def _classes(self) -> tuple[NDArray[np.intp], list[str]]:
        """Return the class of each row as an integer, and the names of the classes.

        There are no names where the target is drawn by a colour bar, or there is no target.
        """
        n = len(self.latents)
        if self.y is None or (self.y.dtype.kind == "f" and (self.y % 1 != 0).any()):
            return np.zeros(n, np.intp), []
        classes, codes = np.unique(self.y, return_inverse=True)
        if len(classes) > len(PALETTE):
            return np.zeros(n, np.intp), []
        return codes, [str(c) for c in classes.tolist()]

    def _scatter_classes(
        self,
        ax: Axes,
        points: NDArray[np.floating],
        codes: NDArray[np.intp],
        classes: list[str],
        scatter_kw: dict[str, Any] | None,
    ) -> None:
        self.scatter_ = []
        sizes = np.bincount(codes)
        for k, name in enumerate(classes or [None]):
            style = {"color": PALETTE[k], "marker": MARKERS[k], "label": name}
            style["zorder"] = 2 - sizes[k] / len(codes)  # a large class would hide smaller ones
            style = _point_style(len(points), style, scatter_kw)
            self.scatter_.append(ax.scatter(*points[codes == k].T, **style))

    def _scatter_values(
        self,
        ax: Axes,
        points: NDArray[np.floating],
        values: NDArray[Any],
        scatter_kw: dict[str, Any] | None,
    ) -> None:
        names = None
        if values.dtype.kind not in "biuf":
            names, values = np.unique(values, return_inverse=True)
        style = _point_style(len(points), {"c": values, "cmap": "viridis"}, scatter_kw)
        self.scatter_ = [ax.scatter(*points.T, **style)]
        bar = ax.figure.colorbar(self.scatter_[0], ax=ax, label="y")
        bar.solids.set(alpha=1.0)  # type: ignore[union-attr]
        if names is not None:
            step = math.ceil(len(names) / _MAX_TICKS)
            shown = range(0, len(names), step)
            bar.set_ticks(list(shown), labels=[str(names[i]) for i in shown])


def _check_target(X: Any, y: ArrayLike) -> NDArray[Any]:
    # Objects first: numpy makes text of NaN in a list of text.
    labels = column_or_1d(np.asarray(y, object) if isinstance(y, list) else np.asarray(y))
    check_consistent_length(X, labels)
    absent = np.flatnonzero(pd.isna(labels))
    if len(absent):
        raise ValueError(f"y misses labels, first in row {absent[0]} ({len(absent)} in all)")
    if labels.dtype.kind == "O":  # strings and categories of pandas
        labels = np.array(labels.tolist())
    return labels


def _point_style(n: int, defaults: dict[str, Any], chosen: dict[str, Any] | None) -> Any:
    """Style of `n` points; the more there are, the smaller they are."""
    from matplotlib.collections import PathCollection

    size = float(np.clip(40 * (150 / n) ** 0.5, 4, 36))
    defaults = {"s": size, "alpha": 0.7, "edgecolor": "face", "linewidth": 0.3, **defaults}
    return with_defaults(defaults, chosen, PathCollection)
