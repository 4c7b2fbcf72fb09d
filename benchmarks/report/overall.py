"""Tables over several classifiers and all data sets, with intervals over data sets.

A fit without scores counts as the baseline's: where a sampler cannot draw, its user has the real
rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from skvae.model_selection import PairedDifference, paired_difference

from ..arms.names import BASELINE
from ..classifiers.names import F1
from .results import Results, Setting, oriented, pivot
from .statistics import complete_means, mean_ranks
from .tables import gain_text

DIGITS = 3


class Overall(NamedTuple):
    """Scores of one kind, means over some settings.

    Attributes
    ----------
    scores : DataFrame
        A row for each unit (its place in the results) and seed, a column for each arm.
    datasets : Series
        Data set of each unit.
    """

    scores: pd.DataFrame
    datasets: pd.Series

    def by_dataset(self, scores: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
        """Means over seeds, then over the units of each data set."""
        by_unit = scores.groupby(level="unit").mean()
        return by_unit.groupby(self.datasets.reindex(by_unit.index)).mean()

    def oriented(self, score: str) -> Overall:
        """Return the means with the sign that makes more of them better."""
        return self._replace(scores=oriented(self.scores, score))

    def n_seeds(self, arm: str) -> int:
        """Number of seeds with a score of an arm."""
        return self.scores[arm].dropna().index.unique("seed").size

    def difference(self, arm: str, reference: str) -> PairedDifference:
        """Mean difference of two arms, with a bootstrap interval over data sets."""
        if not {arm, reference} <= set(self.scores):
            return paired_difference([])
        return paired_difference(self.by_dataset(self.scores[arm] - self.scores[reference]))

    def ranks(self) -> pd.Series:
        """Mean rank of each arm over the units; 1 is the highest score."""
        return mean_ranks(complete_means(self.scores))


def chosen_settings(results: Results) -> list[Setting]:
    """Settings of the CSV that the presentation averages over."""
    return [setting for setting in results.settings if setting in results.presentation.overall]


def overall(results: Results, score: str, settings: Sequence[Setting]) -> Overall:
    """Average a score over settings; fits that all settings and the baseline lack are left out."""
    fits = results.fits[results.fits["arm"].isin(results.arms(settings))]
    fits = fits.assign(one=1.0)
    wide, ran = (pivot(fits, results.units, column) for column in (score, "one"))
    filled = []
    for setting in settings:
        scores, known = wide[setting], ran[setting].notna()
        baseline = scores.get(BASELINE, pd.Series(np.nan, scores.index))
        counted = scores.apply(lambda column, baseline=baseline: column.fillna(baseline))
        filled.append(counted.where(known))
    arms = results.arms(settings)
    total = sum(frame.reindex(columns=arms) for frame in filled)
    datasets = pd.Series([unit.dataset for unit in results.units])
    return Overall(total / len(filled), datasets)


def overall_tables(results: Results) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a heading and a table for each score, the presentation's first; then the times."""
    settings, presentation = chosen_settings(results), results.presentation
    if not settings:
        return
    first = presentation.score
    for score in [first, *(score for score in presentation.scores if score != first)]:
        yield presentation.scores[score], score_table(results, score, settings)
    yield "Seconds, and fits without scores", time_table(results, settings)


def score_table(results: Results, score: str, settings: Sequence[Setting]) -> pd.DataFrame:
    """Mean of each arm, its differences to the references, and its mean rank."""
    of = overall(results, score, settings)
    arms, references = results.arms(settings), results.presentation.references
    means, ranks = of.by_dataset(of.scores), of.oriented(score).ranks()
    n_datasets = len(set(of.datasets))
    rows = []
    for arm in arms:
        differences = ["" if arm == r else gain_text(of.difference(arm, r)) for r in references]
        n = int(means[arm].notna().sum())
        mean = "n/a" if not n else f"{means[arm].mean():.{DIGITS}f}"
        mean += f" ({n} of {n_datasets})" if 0 < n < n_datasets else ""
        n_seeds = of.n_seeds(arm)
        mean += f" ({n_seeds} of {results.n_seeds} splits)" if 0 < n_seeds < results.n_seeds else ""
        rank = "n/a" if np.isnan(ranks[arm]) else f"{ranks[arm]:.1f}"
        rows.append([arm, mean, *differences, rank])
    return pd.DataFrame(rows, columns=["arm", "mean", *map(_heading, references), "rank"])


def time_table(results: Results, settings: Sequence[Setting]) -> pd.DataFrame:
    """Seconds of a split, median and longest of the units, and the number without scores."""
    fits = results.fits[_in_settings(results.fits, settings)]
    rows = []
    for arm in results.arms(settings):
        of_arm = fits[fits["arm"] == arm]
        by_unit = of_arm.groupby("unit")[["resample_seconds", "fit_seconds"]].mean()
        n_without = int(of_arm[F1].isna().sum())
        seconds = [
            *by_unit["resample_seconds"].agg(["median", "max"]),
            *[by_unit["fit_seconds"].median()],
        ]
        rows.append([arm, *(f"{s:.2f}" for s in seconds), f"{n_without:,} of {len(of_arm):,}"])
    columns = ["arm", "resampling, median", "resampling, longest", "classifier, median"]
    return pd.DataFrame(rows, columns=[*columns, "counted as none"])


def size_table(results: Results, settings: Sequence[Setting], reference: str) -> pd.DataFrame:
    """Mean difference of each arm to a reference, a column for each number of rows."""
    of = overall(results, results.presentation.score, settings)
    table: dict[str, list[str]] = {}
    arms = [arm for arm in results.arms(settings) if arm != reference]
    for n in sorted({unit.n for unit in results.units if unit.n is not None}):
        places = [i for i, unit in enumerate(results.units) if unit.n == n]
        rows = of.scores.index.get_level_values("unit").isin(places)
        part = of._replace(scores=of.scores[rows])
        table[f"n = {n}"] = [gain_text(part.difference(arm, reference)) for arm in arms]
    return pd.DataFrame({"arm": arms, **table})


def unit_means(results: Results, settings: Sequence[Setting]) -> pd.DataFrame:
    """Mean score of each unit, a column for each arm."""
    of = overall(results, results.presentation.score, settings)
    means = of.scores.groupby(level="unit").mean()
    text = means.map(lambda mean: "n/a" if np.isnan(mean) else f"{mean:.{DIGITS}f}")
    text.insert(0, "data set", [results.title(results.units[place]) for place in means.index])
    return text


def _heading(reference: str) -> str:
    return f"to {reference} [95 %]"


def _in_settings(fits: pd.DataFrame, settings: Sequence[Setting]) -> list[bool]:
    pairs = zip(fits["classifier"], fits["protocol"], strict=True)
    return [pair in set(settings) for pair in pairs]
