"""Display of what samplers gain on one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from .._seeding import short
from ._base import GREY, PALETTE, Display, pyplot, with_defaults

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = ("gain", "low", "high", "verdict")
_COLOURS = {"gain": PALETTE[0], "loss": PALETTE[2]}


@dataclass(kw_only=True, eq=False, repr=False)
class SamplerComparisonDisplay(Display):
    """Gains of samplers over no resampling, with their 95 % intervals.

    Create it with `from_comparison`. A gain or a loss has a filled marker, what may be one a hollow
    one, and what can't be told from chance a hollow, grey one.

    Parameters
    ----------
    comparison : DataFrame
        A row for each sampler, with the columns gain, low, high and verdict of
        `skvae.model_selection.compare_samplers`.
    score : str, default="score"
        Name of the score.

    Attributes
    ----------
    lines_ : dict of str to ErrorbarContainer
        The intervals, by the sampler's name.
    ax_, figure_, axes_ : Axes, Figure, ndarray of Axes
        Axes and figure of the drawing.

    Examples
    --------
    >>> from imblearn.over_sampling import RandomOverSampler
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skvae.inspection import SamplerComparisonDisplay
    >>> from skvae.model_selection import compare_samplers
    >>> X, y = load_wine(return_X_y=True)
    >>> samplers = {"random": RandomOverSampler()}
    >>> comparison = compare_samplers(
    ...     DecisionTreeClassifier(), X, y, samplers, random_state=0
    ... )
    >>> display = SamplerComparisonDisplay.from_comparison(comparison, score="f1_macro")
    >>> list(display.lines_)
    ['random']
    """

    comparison: pd.DataFrame
    score: str = "score"

    @classmethod
    def from_comparison(
        cls,
        comparison: pd.DataFrame,
        *,
        score: str | None = None,
        ax: Axes | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> SamplerComparisonDisplay:
        """Draw the result of `skvae.model_selection.compare_samplers`.

        Parameters
        ----------
        comparison : DataFrame
            The result; of several scores one is drawn.
        score : str, default=None
            Which of several scores to draw, by default the first; of a single one, its name.
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        line_kw : dict, default=None
            Options of matplotlib's ``errorbar``.

        Returns
        -------
        display : SamplerComparisonDisplay

        Raises
        ------
        ValueError
            If `comparison` is no such result, or lacks the score.
        """
        pyplot(f"{cls.__name__}.from_comparison")
        if not isinstance(comparison, pd.DataFrame) or not set(_COLUMNS) <= set(comparison):
            raise ValueError(
                "comparison must be the result of compare_samplers, a frame with the columns "
                f"{', '.join(_COLUMNS)}; got {short(comparison)}"
            )
        if comparison.index.nlevels > 1:
            known = list(comparison.index.unique(0))
            score = known[0] if score is None else score
            if score not in known:
                raise ValueError(f"score must be one of {known}, got {score!r}")
            comparison = comparison.loc[score]
        return cls(comparison=comparison, score=score or "score").plot(ax, line_kw=line_kw)

    def plot(
        self, ax: Axes | None = None, *, line_kw: dict[str, Any] | None = None
    ) -> SamplerComparisonDisplay:
        """Draw the gains, the first sampler on top.

        Parameters
        ----------
        ax : Axes, default=None
            Axes to draw on; by default those of a new figure.
        line_kw : dict, default=None
            Options of matplotlib's ``errorbar``.

        Returns
        -------
        self
        """
        from matplotlib.lines import Line2D

        compared = self.comparison[self.comparison["gain"].notna()]
        ax = self._start(ax, (6.4, 1.2 + 0.4 * len(compared)))
        ax.axvline(0, color=GREY, lw=1)
        self.lines_: dict[str, Any] = {}
        for place, (name, row) in enumerate(compared.iterrows()):
            colour = _COLOURS.get(row["verdict"].removeprefix("perhaps a "), GREY)
            style: dict[str, Any] = {"color": colour, "marker": "o", "capsize": 3}
            if row["verdict"] not in _COLOURS:
                style["markerfacecolor"] = "white"
            around = [[row["gain"] - row["low"]], [row["high"] - row["gain"]]]
            style = with_defaults(style, line_kw, Line2D)
            self.lines_[str(name)] = ax.errorbar(row["gain"], place, xerr=around, **style)
        labels = [f"{name} ({row['verdict']})" for name, row in compared.iterrows()]
        ax.set_yticks(range(len(compared)), labels)
        ax.set_ylim(len(compared) - 0.5, -0.5)
        ax.set_xlabel(f"difference of {self.score} to none")
        return self
