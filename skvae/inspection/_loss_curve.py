"""Display of the training loss and its terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._base import PALETTE, Display, legend_outside, with_defaults
from ._input import check_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Share of the steps that a running mean spans where no number is given.
_SMOOTH = 0.02


@dataclass(kw_only=True, eq=False, repr=False)
class LossCurveDisplay(Display):
    """Loss, reconstruction term and KL over the optimiser's steps, in nats per row.

    Create it with `from_estimator`. The KL is drawn in a second panel, as it is much smaller; it
    is not multiplied by its weight. Running means are drawn above the curves, which are noisy. With
    early stopping, points are the loss of the rows that were held out.

    Parameters
    ----------
    loss_curve : ndarray of shape (n_iter,)
        Mean loss of the batch before each step.
    reconstruction_curve, kl_curve : ndarray of shape (n_iter,), default=None
        Terms of the loss.
    validation_curve : ndarray of shape (n_checks, 2), default=None
        Steps done and held-out losses.
    smooth : int, default=1
        Number of steps that a running mean spans; it is centred.

    Attributes
    ----------
    lines_ : dict of str to Line2D
        The running means, by name, and the held-out loss.
    ax_, figure_, axes_ : Axes, Figure, ndarray of Axes
        Axes and figure of the drawing; `axes_` are the panels.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import VAE
    >>> from skvae.inspection import LossCurveDisplay
    >>> vae = VAE(max_iter=50, random_state=0).fit(load_iris().data)
    >>> display = LossCurveDisplay.from_estimator(vae, smooth=5)
    >>> list(display.lines_)
    ['loss', 'reconstruction', 'KL']
    """

    loss_curve: NDArray[np.floating]
    reconstruction_curve: NDArray[np.floating] | None = None
    kl_curve: NDArray[np.floating] | None = None
    validation_curve: NDArray[np.floating] | None = None
    smooth: int = 1

    @classmethod
    def from_estimator(
        cls,
        vae: Any,
        *,
        smooth: int | None = None,
        ax: Axes | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> LossCurveDisplay:
        """Draw the curves that a model has recorded in `fit`.

        Parameters
        ----------
        vae : VAE
            Fitted model.
        smooth : int, default=None
            Number of steps that a running mean spans, >= 1; 1 draws the curves as they are. By
            default 2 % of the steps.
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        line_kw : dict, default=None
            Options of matplotlib's ``plot``.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        NotFittedError
            If `vae` is not fitted.
        ValueError
            If `smooth` is not as described.
        """
        cls._check_model(vae)
        cls._check_model(vae, "loss_curve_")
        if smooth is None:
            smooth = max(1, round(_SMOOTH * len(vae.loss_curve_)))
        display = cls(
            loss_curve=vae.loss_curve_,
            reconstruction_curve=getattr(vae, "reconstruction_curve_", None),
            kl_curve=getattr(vae, "kl_curve_", None),
            validation_curve=getattr(vae, "validation_curve_", None),
            smooth=check_count("smooth", smooth, 1),
        )
        return display.plot(ax, line_kw=line_kw)

    def plot(
        self, ax: Axes | None = None, *, line_kw: dict[str, Any] | None = None
    ) -> LossCurveDisplay:
        """Draw the curves.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        line_kw : dict, default=None
            Options of matplotlib's ``plot``.

        Returns
        -------
        self
        """
        groups = [{"loss": self.loss_curve}]
        if self.reconstruction_curve is not None:
            groups[0]["reconstruction"] = self.reconstruction_curve
        if self.kl_curve is not None:
            groups.append({"KL": self.kl_curve})
        panels = self._start_panels(ax, len(groups), n_columns=1, size=(6.4, 2.2))
        self.lines_: dict[str, Any] = {}
        for panel, curves in zip(panels, groups, strict=True):
            for name, curve in curves.items():
                self._plot_curve(panel, name, curve, line_kw)
            panel.set_ylabel("nats a row")
        if self.validation_curve is not None:
            self._plot_held_out(panels[0], self.validation_curve, line_kw)
        for panel in panels:
            legend_outside(panel)
        panels[-1].set_xlabel("optimiser step")
        return self

    def _plot_curve(
        self,
        panel: Axes,
        name: str,
        curve: NDArray[np.floating],
        line_kw: dict[str, Any] | None,
    ) -> None:
        from matplotlib.lines import Line2D

        k = len(self.lines_)
        style = {"color": PALETTE[k], "linestyle": ("-", "--", "-.")[k], "label": name}
        style = with_defaults(style, line_kw, Line2D)
        mean = pd.Series(curve).rolling(self.smooth, min_periods=1, center=True).mean()
        if self.smooth > 1:
            panel.plot(curve, color=style["color"], alpha=0.25, lw=0.7)
        (self.lines_[name],) = panel.plot(mean.to_numpy(), **style)

    def _plot_held_out(
        self, panel: Axes, curve: NDArray[np.floating], line_kw: dict[str, Any] | None
    ) -> None:
        from matplotlib.lines import Line2D

        style = {"color": "black", "linestyle": ":", "marker": "o", "markersize": 4}
        style = with_defaults({**style, "label": "held-out loss"}, line_kw, Line2D)
        (self.lines_["held-out loss"],) = panel.plot(*curve.T, **style)
