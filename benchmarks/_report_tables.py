"""The tables of reports, as frames of text: a row an arm, settings side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ._arms import RECOMMENDED
from ._classifiers import NO_PROTOCOL, SCORES
from ._common import BASELINE, format_interval, format_spread
from ._report_data import F1, Comparison, Results, Setting, Unit, estimate
from ._statistics import Estimate, count_outcomes, mean_ranks
from ._thesis import thesis_best, thesis_figure


def unit_table(results: Results, unit: Unit, settings: Sequence[Setting]) -> pd.DataFrame:
    """F1 and gains of each setting on a unit; then the thesis' figure."""
    blocks = {}
    for setting in settings:
        rows = {
            arm: _unit_cells(results.comparisons.get((unit, setting, arm)), arm, results.n_seeds)
            for arm in results.arms(settings)
        }
        columns = ["F1", "gain [95 %]", "p of gain", "to stronger [95 %]"]
        blocks[_name(setting)] = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return _side_by_side(
        blocks, "thesis", lambda arm: thesis_text(results.table, unit, arm), settings
    )


def setting_summary(results: Results, setting: Setting, arms: Sequence[str]) -> pd.DataFrame:
    """Mean gain over units, wins, ties and losses, the same to the stronger baseline; mean rank."""
    ranks = mean_ranks(mean_gains(results, setting)).reindex(arms)
    own, other = results.gains[F1], results.gains_to_stronger
    rows = {}
    for arm in arms:
        found = [results.comparisons.get((unit, setting, arm)) for unit in results.units]
        known = [comparison for comparison in found if comparison]
        rows[arm] = [
            *_gain_cells(results, own, setting, arm, [c.gain for c in known]),
            *_gain_cells(results, other, setting, arm, [c.gain_to_stronger for c in known]),
            "n/a" if np.isnan(ranks[arm]) else f"{ranks[arm]:.1f}",
        ]
    columns = ["gain [95 %]", "w/t/l", "to stronger [95 %]", "its w/t/l", "rank"]
    summary = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return summary if setting[1] != NO_PROTOCOL else summary.drop(columns=columns[2:4])


def summary_table(results: Results, settings: Sequence[Setting]) -> pd.DataFrame:
    """The summaries of settings side by side; then the thesis' mean gain."""
    arms = results.arms(settings)
    blocks = {_name(setting): setting_summary(results, setting, arms) for setting in settings}
    return _side_by_side(blocks, "thesis' gain", lambda arm: thesis_gain(results, arm), settings)


def scores_table(results: Results, settings: Sequence[Setting]) -> pd.DataFrame:
    """Mean gains over units in the scores that are not weighted F1."""
    arms = [arm for arm in results.arms(settings) if arm != BASELINE]
    text: dict[str, list[str]] = {"arm": arms}
    for setting in settings:
        for score, name in SCORES.items():
            if score != F1:
                gains = [estimate(results.gains[score], (*setting, arm)) for arm in arms]
                text[f"{_name(setting)}: {name}"] = [gain_text(g, interval=False) for g in gains]
    return pd.DataFrame(text)


def mean_gains(results: Results, setting: Setting) -> pd.DataFrame:
    """Mean gain by unit and arm. It ranks as the mean does, and fairly where seeds are missing."""
    return results.gains[F1][setting].groupby(level="unit").mean()


def _side_by_side(
    blocks: dict[str, pd.DataFrame],
    last: str,
    thesis: Callable[[str], str],
    settings: Sequence[Setting],
) -> pd.DataFrame:
    """Put the blocks of settings into one frame, between the arm and the thesis' column."""
    named = [
        block.rename(columns={block.columns[0]: f"{name}: {block.columns[0]}"})
        for name, block in blocks.items()
    ]
    table = pd.concat(named, axis=1)
    if all(protocol == NO_PROTOCOL for _, protocol in settings):  # no choice of baselines
        table = table.drop(columns="to stronger [95 %]", errors="ignore")
    arms = table.index
    table.insert(0, "arm", arms)
    table[last] = [thesis(arm) for arm in arms]
    return table


def _name(setting: Setting) -> str:
    """What tells a setting from the others of its table."""
    classifier, protocol = setting
    return classifier if protocol == NO_PROTOCOL else protocol


# --- cells ---


def _unit_cells(comparison: Comparison | None, arm: str, n_seeds: int) -> list[str]:
    if comparison is None:
        return ["n/a"] * 4
    f1 = format_spread(comparison.mean, comparison.std)
    to_stronger = gain_text(comparison.gain_to_stronger, n_seeds)
    if arm == BASELINE:
        own = comparison.gain_to_stronger.mean == 0  # it is the stronger one
        return [f1, "", "", "" if own else to_stronger]
    return [f1, gain_text(comparison.gain, n_seeds), p_text(comparison.p), to_stronger]


def _gain_cells(
    results: Results,
    differences: pd.DataFrame,
    setting: Setting,
    arm: str,
    estimates: Sequence[Estimate],
) -> tuple[str, str]:
    """The mean gain over units, and wins, ties and losses."""
    n_units = sum(estimate.n_pairs > 0 for estimate in estimates)
    if arm == BASELINE and not any(estimate.mean for estimate in estimates):
        return "", ""  # compared with itself
    text = gain_text(estimate(differences, (*setting, arm)), results.n_seeds)
    if 0 < n_units < len(results.units):
        text += f" ({n_units} of {len(results.units)})"
    return text, "/".join(map(str, count_outcomes(estimates))) if n_units else "n/a"


def gain_text(gain: Estimate, n_planned: int = 0, *, interval: bool = True) -> str:
    """A mean difference, bold where its interval excludes 0; with its pairs where some lack."""
    text = format_interval(*gain[:3]) if interval else format_interval(gain.mean, np.nan, np.nan)
    text = f"**{text}**" if gain.sign else text
    if 0 < gain.n_pairs < n_planned:
        text += f" ({gain.n_pairs} pair{'s' * (gain.n_pairs > 1)})"
    return text


def p_text(p: float) -> str:
    if np.isnan(p):
        return "n/a"
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def thesis_text(table: str, unit: Unit, arm: str) -> str:
    """The thesis' figure and what it gains; beside the recommended arm, its best."""
    baseline = thesis_figure(table, *unit, BASELINE)
    best = arm == RECOMMENDED
    figure = thesis_best(table, *unit) if best else thesis_figure(table, *unit, arm)
    if figure is None or baseline is None:
        return ""
    gain = "" if arm == BASELINE else f" ({figure - baseline:+.3f})"
    return f"{'best ' * best}{figure:.3f}{gain}"


def thesis_gain(results: Results, arm: str) -> str:
    """The mean of the thesis' gains over the units that it has."""
    figures = [
        (thesis_figure(results.table, *unit, arm), thesis_figure(results.table, *unit, BASELINE))
        for unit in results.units
    ]
    known = [f1 - baseline for f1, baseline in figures if f1 is not None and baseline is not None]
    return f"{np.mean(known):+.3f}" if known and arm != BASELINE else ""
