"""Tables of reports, as frames of text: a row for each arm, settings side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from skvae.model_selection import MIN_PAIRS, PairedDifference

from ..arms.names import BASELINE
from ..arms.ours import RECOMMENDED
from ..classifiers.names import NO_PROTOCOL
from ..cli.output import format_interval, format_spread
from .presentation import bare
from .published import Published
from .results import Comparison, Results, Setting, Unit, mean_gain
from .statistics import complete_means, count_outcomes, mean_ranks


def unit_table(results: Results, unit: Unit, settings: Sequence[Setting]) -> pd.DataFrame:
    """Scores and gains of each setting on a unit, then the thesis' figure."""
    blocks = {}
    for setting in settings:
        rows = {
            arm: _unit_cells(results.comparisons.get((unit, setting, arm)), arm, results.n_seeds)
            for arm in results.arms(settings)
        }
        columns = [
            results.presentation.score_name,
            "gain [95 %]",
            "p of gain",
            "to stronger [95 %]",
        ]
        blocks[_name(setting)] = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    published = results.presentation.published
    return _side_by_side(
        results, blocks, "thesis", lambda arm: thesis_text(published, unit, arm), settings
    )


def setting_summary(results: Results, setting: Setting, arms: Sequence[str]) -> pd.DataFrame:
    """Mean gain over units, wins, ties and losses, also to the stronger baseline; mean rank."""
    ranks = mean_ranks(complete_means(results.scores[setting])).reindex(arms)
    to_baseline, to_stronger = results.gains[results.presentation.score], results.gains_to_stronger
    rows = {}
    for arm in arms:
        found = [results.comparisons.get((unit, setting, arm)) for unit in results.units]
        known = [comparison for comparison in found if comparison]
        rows[arm] = [
            *_gain_cells(results, to_baseline, setting, arm, [c.gain for c in known]),
            *_gain_cells(results, to_stronger, setting, arm, [c.gain_to_stronger for c in known]),
            "n/a" if np.isnan(ranks[arm]) else f"{ranks[arm]:.1f}",
        ]
    columns = ["gain [95 %]", "w/t/l", "to stronger [95 %]", "its w/t/l", "rank"]
    summary = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return summary if setting[1] != NO_PROTOCOL else summary.drop(columns=columns[2:4])


def summary_table(results: Results, settings: Sequence[Setting]) -> pd.DataFrame:
    """Summaries of settings side by side, then the thesis' mean gain."""
    arms = results.arms(settings)
    blocks = {_name(setting): setting_summary(results, setting, arms) for setting in settings}
    return _side_by_side(
        results, blocks, "thesis' gain", lambda arm: thesis_gain(results, arm), settings
    )


def scores_table(results: Results, settings: Sequence[Setting]) -> pd.DataFrame:
    """Mean gains over units in the scores other than that of the summary; more is better."""
    arms = [arm for arm in results.arms(settings) if arm != BASELINE]
    text: dict[str, list[str]] = {"arm": arms}
    for setting in settings:
        for score, name in results.presentation.scores.items():
            if score != results.presentation.score:
                gains = [mean_gain(results.gains[score], (*setting, arm)) for arm in arms]
                text[f"{_name(setting)}: {bare(name)}"] = [
                    gain_text(g, interval=False) for g in gains
                ]
    return pd.DataFrame(text)


def _side_by_side(
    results: Results,
    blocks: dict[str, pd.DataFrame],
    last: str,
    thesis: Callable[[str], str],
    settings: Sequence[Setting],
) -> pd.DataFrame:
    """Put the blocks of settings into one frame, between the arm and the thesis' column, if any."""
    named = [
        block.rename(columns={block.columns[0]: f"{name}: {block.columns[0]}"})
        for name, block in blocks.items()
    ]
    table = pd.concat(named, axis=1)
    if all(protocol == NO_PROTOCOL for _, protocol in settings):  # no choice of baselines
        table = table.drop(columns="to stronger [95 %]", errors="ignore")
    arms = table.index
    table.insert(0, "arm", arms)
    if results.presentation.published.arms:
        table[last] = [thesis(arm) for arm in arms]
    return table


def _name(setting: Setting) -> str:
    """Name of a setting among the others of its table."""
    classifier, protocol = setting
    return classifier if protocol == NO_PROTOCOL else protocol


# --- cells ---


def _unit_cells(comparison: Comparison | None, arm: str, n_seeds: int) -> list[str]:
    """Cells of an arm in the table of a unit."""
    if comparison is None:
        return ["n/a"] * 4
    f1 = format_spread(comparison.mean, comparison.std)
    to_stronger = gain_text(comparison.gain_to_stronger, n_seeds)
    if arm == BASELINE:
        is_stronger = comparison.gain_to_stronger.mean == 0
        return [f1, "", "", "" if is_stronger else to_stronger]
    return [f1, gain_text(comparison.gain, n_seeds), p_text(comparison.p), to_stronger]


def _gain_cells(
    results: Results,
    differences: pd.DataFrame,
    setting: Setting,
    arm: str,
    by_unit: Sequence[PairedDifference],
) -> tuple[str, str]:
    """Mean gain over units, and wins, ties and losses."""
    n_units = sum(gain.n_pairs > 0 for gain in by_unit)
    if arm == BASELINE and not any(gain.mean for gain in by_unit):
        return "", ""  # compared with itself
    text = gain_text(mean_gain(differences, (*setting, arm)), results.n_seeds)
    if 0 < n_units < len(results.units):
        text += f" ({n_units} of {len(results.units)})"
    told = any(gain.n_pairs >= MIN_PAIRS for gain in by_unit)
    return text, "/".join(map(str, count_outcomes(by_unit))) if told else "n/a"


def gain_text(gain: PairedDifference, n_planned: int = 0, *, interval: bool = True) -> str:
    """Format a gain, bold where its interval excludes 0, with its number of splits if some lack."""
    text = format_interval(*gain[:3]) if interval else format_interval(gain.mean, np.nan, np.nan)
    text = f"**{text}**" if gain.sign else text
    if 0 < gain.n_pairs < n_planned:
        text += f" ({gain.n_pairs} of {n_planned} splits)"
    return text


def p_text(p: float) -> str:
    """Format a p-value."""
    if np.isnan(p):
        return "n/a"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def thesis_text(published: Published, unit: Unit, arm: str) -> str:
    """The thesis' figure and its gain; for the recommended arm, the best of the thesis' arms."""
    baseline = published.figure(*unit, BASELINE)
    is_best = arm == RECOMMENDED
    figure = published.best(*unit) if is_best else published.figure(*unit, arm)
    if figure is None or baseline is None:
        return ""
    gain = "" if arm == BASELINE else f" ({figure - baseline:+.3f})"
    return f"{'best ' * is_best}{figure:.3f}{gain}"


def thesis_gain(results: Results, arm: str) -> str:
    """Mean of the thesis' gains over the units that it has."""
    published = results.presentation.published
    figures = [
        (published.figure(*unit, arm), published.figure(*unit, BASELINE)) for unit in results.units
    ]
    known = [f1 - baseline for f1, baseline in figures if f1 is not None and baseline is not None]
    return f"{np.mean(known):+.3f}" if known and arm != BASELINE else ""
