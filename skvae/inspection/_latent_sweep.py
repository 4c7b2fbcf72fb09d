"""Display of decoded rows along one latent dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._base import (
    MAX_LINES,
    RowDisplay,
    draw_middle,
    draw_mosaic,
    mosaic_size,
    number,
    series_style,
    shares_paragraphs,
    with_defaults,
)
from ._input import (
    DrawnFeatures,
    check_class,
    check_components,
    check_positions,
    encode,
    example_of,
    n_latent,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Number of latent dimensions that are swept where none are named.
_N_COMPONENTS = 10


@shares_paragraphs
@dataclass(kw_only=True, eq=False, repr=False)
class LatentSweepDisplay(RowDisplay):
    """Decoded rows while one latent dimension changes and the others stay.

    Create it with `from_estimator`. Images are drawn as a strip for each sweep, to the right of
    the original, if there is one; tables as a panel for each feature, with a line for each sweep,
    or, if there are more than ten from several rows, with the median of each dimension's sweeps on
    a band between their quartiles.

    Parameters
    ----------
    decoded : ndarray of shape (n_sweeps, n_values, n_features)
        Decoded rows.
    values : ndarray of shape (n_values,)
        Latent values that the dimension takes.
    labels : list of str
        Names of the sweeps.
    originals : ndarray of shape (n_sweeps, n_features), default=None
        Original row of each sweep.
    components : tuple of int, default=()
        The swept dimensions, if the sweeps are those of one row after another along all of them.
    {row_parameters}

    Attributes
    ----------
    image_ : AxesImage
        The strips, for images.
    {row_axes}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import VAE
    >>> from skvae.inspection import LatentSweepDisplay
    >>> X = load_iris().data
    >>> vae = VAE(2, max_iter=50, random_state=0).fit(X)
    >>> display = LatentSweepDisplay.from_estimator(vae, X[:1])
    >>> display.labels
    ['latent 0', 'latent 1']
    """

    decoded: NDArray[np.float64]
    values: NDArray[np.float64]
    labels: list[str]
    originals: NDArray[np.float64] | None = None
    components: tuple[int, ...] = ()
    image_shape: tuple[int, ...] | None = None
    feature_names: list[str] | None = None

    @classmethod
    @shares_paragraphs
    def from_estimator(
        cls,
        vae: Any,
        X: Any = None,
        *,
        y: Any = None,
        components: int | Sequence[int] | None = None,
        values: ArrayLike = (-3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3),
        image_shape: Sequence[int] | None = None,
        features: Sequence[int | str] | None = None,
        ax: Axes | None = None,
        im_kw: dict[str, Any] | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> LatentSweepDisplay:
        """Decode and draw sweeps, each along one latent dimension through one row.

        Parameters
        ----------
        vae : VAE
            Fitted model.
        X : {array-like, dataframe} of shape (n_rows, n_features), default=None
            Rows whose latent means give the values of the other dimensions; by default these
            are 0.
        y : label or array-like of shape (n_rows,), default=None
            The class to decode to, and to encode `X` with, or that of each row of `X`; needed by a
            `ConditionalVAE`, for others None.
        components : int or sequence of int, default=None
            Latent dimensions to sweep, each from each row of `X`; by default the first 10.
        values : array-like of shape (n_values,), default=(-3, -2.5, ..., 3)
            Values that the swept dimension takes, at least 2.
        {row_options}
        im_kw, line_kw : dict, default=None
            Options of matplotlib's ``imshow`` for images, or of ``plot`` for the lines of a table.
            In images ``vmin`` is black and ``vmax`` is white; by default they are the least and
            the greatest value drawn.

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
        cls._check_model(vae, "inverse_transform", *(() if X is None else ["transform"]))
        check_class(vae, y, one=X is None)
        if components is None:
            components = range(min(n_latent(vae), _N_COMPONENTS))
        chosen = check_components(vae, components, None)
        positions = check_positions("values", values)
        drawn = DrawnFeatures.of(vae, image_shape, features, example_of(y))
        means = np.zeros((1, n_latent(vae))) if X is None else encode(vae, X, y)
        Z = np.tile(means[:, None, None], (1, len(chosen), len(positions), 1))
        for k, component in enumerate(chosen):
            Z[:, k, :, component] = positions
        suffixes = [f", row {i}" for i in range(len(means))] if len(means) > 1 else [""]
        decoded = drawn.decode(vae, Z, y)
        display = cls(
            decoded=decoded.reshape(-1, *decoded.shape[2:]),
            values=positions,
            labels=[f"latent {component}{suffix}" for suffix in suffixes for component in chosen],
            originals=None if X is None else np.repeat(drawn.read(X), len(chosen), axis=0),
            components=chosen,
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
    ) -> LatentSweepDisplay:
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

        labels, sweeps, title = self.labels, self.decoded[:, None], None
        k = len(self.components)
        if k and len(labels) > max(MAX_LINES, k):
            labels = [f"latent {component}" for component in self.components]
            sweeps = np.stack([self.decoded[i::k] for i in range(k)])
            title = f"median and\nquartiles of\n{sweeps.shape[1]} rows"
        panels = self._start_panels(ax, self.decoded.shape[-1], margin=1.2, legend=True)
        for j, panel in enumerate(panels):
            for i, (label, of_rows) in enumerate(zip(labels, sweeps, strict=True)):
                style = {**series_style(i), "markersize": 3, "label": label}
                style = with_defaults(style, line_kw, Line2D)
                draw_middle(panel, self.values, of_rows[..., j], style)
        self._label_panels("latent value")
        self._legend(title=title)
