"""Pictures of a report, each small enough for a narrow window, and readable without colour."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype

from ..inspection import LatentSpaceDisplay, SamplerComparisonDisplay
from ..metrics import association_matrix
from ..metrics._copying import closest_distances
from ..metrics._report import Trial

# Real rows have hatched areas and solid lines, new ones blank areas and dashed lines.
_REAL = {"facecolor": "#dfe3e8", "edgecolor": "#4a5568", "hatch": "////"}
_NEW = {"facecolor": "#ffa90e", "edgecolor": "black"}
_SOLID, _DASHED = {"color": "#4a5568", "lw": 1.5}, {"color": "#bd1f01", "lw": 2, "ls": "--"}
_N_BINS, _MOST_CATEGORIES, _LONGEST_NAME = 20, 8, 18
# Columns of a matrix whose numbers can be read, and points that can be told apart.
_MOST_COLUMNS, _MOST_POINTS = 10, 1000


@dataclass(frozen=True)
class Picture:
    """A picture of a page.

    Attributes
    ----------
    title : str
        Its caption.
    alt : str
        Words for those who can't see it.
    data : bytes
        The picture as SVG or PNG.
    kind : str
        "svg+xml" or "png".
    """

    title: str
    alt: str
    data: bytes
    kind: str = "svg+xml"

    @classmethod
    def of(cls, figure: Any, title: str, alt: str, *, kind: str = "svg+xml") -> Picture:
        """Draw a figure of matplotlib."""
        from matplotlib import rc_context

        file = io.BytesIO()
        with rc_context({"svg.hashsalt": "skvae"}):  # the same bytes at each run
            if kind == "png":
                figure.savefig(file, format="png", dpi=160)
            else:
                figure.savefig(file, format="svg", metadata={"Date": None})
        return cls(title, alt, file.getvalue(), kind)


def column_pictures(trial: Trial, distances: pd.Series) -> Iterator[Picture]:
    """Draw columns of real rows beside those of new rows.

    Parameters
    ----------
    trial : Trial
        Real and new rows.
    distances : Series
        The distance of each column that is drawn, in the order of the pictures.
    """
    for name, distance in distances.items():
        real, new = trial.train.X[name], trial.new.X[name]
        figure, ax = _axes(3.2, 2.3)
        if is_numeric_dtype(real.dtype) or is_datetime64_any_dtype(real.dtype):
            _draw_numbers(ax, real, new)
        else:
            _draw_categories(ax, real, new)
        gaps = [f"{100 * column.isna().mean():.0f} %" for column in (real, new)]
        missing = f", missing {gaps[0]} and {gaps[1]}" if real.isna().any() else ""
        title = f"{name}: distance {distance:.2f}{missing}"
        yield Picture.of(figure, title, f"Distribution of {name} in real and in new rows")


def association_pictures(trial: Trial) -> Iterator[Picture]:
    """Draw the associations of columns in real rows, in new rows, and their differences."""
    real, new = association_matrix(trial.train.X), association_matrix(trial.new.X)
    change = new - real
    most = change.abs().sum().sort_values(ascending=False, kind="stable").index[:_MOST_COLUMNS]
    shown = [name for name in real.columns if name in set(most)]
    for title, matrix in {"Real rows": real, "New rows": new, "New minus real": change}.items():
        cells = matrix.loc[shown, shown].to_numpy()
        side = 1.6 + 0.36 * len(shown)
        figure, ax = _axes(side, side)
        ax.imshow(cells, cmap="RdBu_r", vmin=-1, vmax=1)
        names = [_short(name) for name in shown]
        ax.set_xticks(range(len(shown)), names, rotation=90)
        ax.set_yticks(range(len(shown)), names)
        for (i, j), value in np.ndenumerate(cells):
            colour = "white" if abs(value) > 0.6 else "black"
            ax.text(
                j,
                i,
                f"{round(value, 1) + 0.0:.1f}",
                ha="center",
                va="center",
                fontsize=7,
                color=colour,
            )
        yield Picture.of(figure, title, f"Matrix of associations: {title.lower()}")


def latent_pictures(trial: Trial) -> Iterator[Picture]:
    """Draw the latent means of real and of new rows."""
    rng = np.random.default_rng(0)
    rows = [_some(one.X, np.asarray(one.y), rng) for one in (trial.train, trial.new)]
    if hasattr(trial.sampler, "vae_"):
        vae = trial.sampler.vae_
        for title, (X, y) in zip(("Real rows", "New rows"), rows, strict=True):
            yield _latents(vae, X, y, f"{title} by class")
        return
    models = zip(trial.sampler.classes_.tolist(), trial.sampler.estimators_, strict=True)
    for label, vae in models:
        parts = [X[y == label] for X, y in rows]
        kinds = np.repeat(["real", "new"], [len(part) for part in parts])
        yield _latents(vae, pd.concat(parts), kinds, f"Class {label}, by its own model")


def distance_picture(trial: Trial) -> Picture:
    """Draw the distances of new and of held-out rows to the closest training row."""
    new, holdout = closest_distances(trial.train.X, trial.new.X, trial.holdout.X)
    figure, ax = _axes(5.2, 3.2)
    for distances, label, style in (
        (holdout, "held-out real rows", _SOLID),
        (new, "new rows", _DASHED),
    ):
        ax.ecdf(distances, label=label, **style)
    ax.set_xlabel("distance to the closest training row")
    ax.set_ylabel("share of rows with at most this")
    ax.legend(loc="lower right", frameon=False)
    alt = f"Medians: {np.median(holdout):.3g} of held-out rows, {np.median(new):.3g} of new ones"
    return Picture.of(figure, "Distances to the closest training row", alt)


def comparison_picture(comparison: pd.DataFrame, score: str) -> Picture:
    """Draw the gains of samplers."""
    figure, ax = _axes(6.0, 1.2 + 0.4 * len(comparison))
    SamplerComparisonDisplay.from_comparison(comparison, score=score, ax=ax)
    return Picture.of(figure, "Gains with 95 % intervals", "Gains of samplers, as in the table")


def _axes(width: float, height: float) -> tuple[Figure, Any]:
    """Return a figure that no window shows, and its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    ax = figure.add_subplot()
    ax.spines[["top", "right"]].set_visible(False)
    return figure, ax


def _draw_numbers(ax: Any, real: pd.Series, new: pd.Series) -> None:
    if is_datetime64_any_dtype(real.dtype):
        known = [date2num(column.dropna()) for column in (real, new)]
        dates = AutoDateLocator(minticks=2, maxticks=5)
        ax.xaxis.set_major_locator(dates)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(dates))
    else:
        known = [column.dropna().to_numpy(np.float64) for column in (real, new)]
    edges = np.histogram_bin_edges(np.concatenate(known), _N_BINS)
    shares = [np.histogram(values, edges)[0] / max(1, len(values)) for values in known]
    ax.stairs(shares[0], edges, fill=True, label="real", lw=0, **_REAL)
    ax.stairs(shares[1], edges, label="new", **_DASHED)
    ax.set_ylabel("share of rows")
    _legend_above(ax)


def _draw_categories(ax: Any, real: pd.Series, new: pd.Series) -> None:
    shares = [column.astype(object).value_counts(normalize=True) for column in (real, new)]
    names = shares[0].index[:_MOST_CATEGORIES]
    bars = [share.reindex(names, fill_value=0).to_numpy() for share in shares]
    labels = [_short(name) for name in names]
    if len(shares[0]) > len(names):
        labels.append("others")
        bars = [np.append(bar, max(0.0, 1 - bar.sum())) for bar in bars]
    places = np.arange(len(labels))
    ax.barh(places - 0.2, bars[0], 0.4, label="real", **_REAL)
    ax.barh(places + 0.2, bars[1], 0.4, label="new", **_NEW)
    ax.set_yticks(places, labels)
    ax.invert_yaxis()
    ax.set_xlabel("share of rows")
    _legend_above(ax)


def _legend_above(ax: Any) -> None:
    """Explain real and new above the axes, where no bar lies below the words."""
    ax.legend(
        ncols=2,
        frameon=False,
        fontsize="small",
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.2,
    )


def _latents(vae: Any, X: pd.DataFrame, y: np.ndarray, title: str) -> Picture:
    figure, ax = _axes(4.8, 3.4)
    used = np.flatnonzero(vae.active_components_)
    others = np.setdiff1d(np.arange(len(vae.active_components_)), used)
    chosen = tuple(int(one) for one in [*used, *others][:2])
    LatentSpaceDisplay.from_estimator(vae, X, y, components=chosen, ax=ax)
    return Picture.of(figure, title, f"Latent means: {title}", kind="png")


def _some(X: pd.DataFrame, y: np.ndarray, rng: np.random.Generator) -> Any:
    """Return so many rows that their points can be told apart."""
    rows = np.sort(rng.permutation(len(y))[:_MOST_POINTS])
    return X.iloc[rows], y[rows]


def _short(name: Any) -> str:
    text = str(name)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
