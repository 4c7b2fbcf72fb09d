"""Summary of a page in plain sentences, made from its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from skvae.model_selection import MIN_PAIRS, PairedDifference, paired_difference

from ..arms.names import BASELINE, OF_PACKAGE
from ..arms.ours import RECOMMENDED, VAE_OVERSAMPLER
from ..classifiers.names import NO_PROTOCOL
from ..cli.output import format_interval
from .overall import Overall, chosen_settings, overall
from .pictures import words
from .results import Results, Setting, mean_gain, oriented
from .statistics import complete_means

# Arms that skvae tells to start with: in few rows, and in imbalanced ones.
STARTS = (RECOMMENDED, VAE_OVERSAMPLER)
MAX_NAMES = 4  # arms of which little is said are counted where they are more

Gains = Mapping[str, PairedDifference]  # by arm


def verdict(results: Results) -> list[str]:
    """Sentences in Markdown on what gains and what costs, first of all where a control wins."""
    told = {setting: setting_line(results, setting) for setting in results.settings}
    lines = [contest(results), *overall_lines(results), *told.values()]
    if untold := [f"**{_named(setting)}**" for setting, line in told.items() if line is None]:
        lines.append(f"{_listed(untold)}: fewer than {MIN_PAIRS} splits, too few to tell.")
    return [line for line in lines if line]


# --- skvae and the controls ---


def contest(results: Results) -> str | None:
    """Compare the best arm of skvae with the best control; None where one is missing."""
    if settings := chosen_settings(results):
        of = _overall(results, settings)
        return _contest(of.scores, of.difference)
    (_, first), *others = results.groups()
    # Another classifier may do with the real rows alone what new rows do for these.
    picked = [c for c in results.scores if c[:2] in first or c[2] == BASELINE]
    scores = results.scores[picked]
    line = _contest(scores, lambda a, b: paired_difference((scores[a] - scores[b]).unstack("unit")))
    if line and not others:
        line += " What other classifiers make of the real rows alone is not measured here."
    return line


def _contest(
    scores: pd.DataFrame, difference: Callable[[Any, Any], PairedDifference]
) -> str | None:
    """Compare skvae's start for this table, else its best arm, with the best control."""
    means = complete_means(scores).mean().dropna()
    ours = means[[_arm(column) in OF_PACKAGE for column in means.index]]
    controls = means.drop(ours.index)
    if ours.empty or controls.empty:
        return None
    arms, of_controls = (list(dict.fromkeys(map(_arm, part.index))) for part in (ours, controls))
    start = next((arm for arm in STARTS if arm in arms), None)
    if start:  # not the best in hindsight
        ours = ours[[_arm(column) == start for column in ours.index]]
    best, rival = ours.idxmax(), controls.idxmax()
    named = _named_arm(best)
    if not start and len(arms) > 1:
        named += f", the best of its {len(arms)} arms,"
    gain = difference(best, rival)
    if gain.n_pairs < MIN_PAIRS:
        return None
    if gain.sign < 0:
        by = format_interval(-gain.mean, -gain.high, -gain.low)
        control = _named_arm(rival) + ", the real rows alone," * (_arm(rival) == BASELINE)
        return f"**A control wins**: {control} is {by} better than {named.rstrip(',')}."
    by, named_all = format_interval(*gain[:3]), len(of_controls) <= MAX_NAMES
    which = f"the best of {'the controls ' * named_all}{_counted(of_controls, 'controls')}"
    control = f"{_named_arm(rival)}, {which if len(of_controls) > 1 else 'the only control'}"
    if gain.sign > 0:
        return f"**skvae is ahead**: {named} is {by} better than {control}."
    return f"**skvae is not ahead beyond chance**: the gain of {named} over {control}, is {by}."


def _arm(column: str | tuple[str, str, str]) -> str:
    return column if isinstance(column, str) else column[2]


def _named_arm(column: str | tuple[str, str, str]) -> str:
    """Name an arm, with its classifier if it has one of its own."""
    return f"*{_arm(column)}*" + ("" if isinstance(column, str) else f" ({_named(column[:2])})")


def _named(setting: Setting) -> str:
    return ", ".join(words(setting))


# --- what gains and what costs ---


def _overall(results: Results, settings: Sequence[Setting]) -> Overall:
    """Means over settings of the page's score; more is better."""
    score = results.presentation.score
    of = overall(results, score, settings)
    return of._replace(scores=oriented(of.scores, score))


def overall_lines(results: Results) -> Iterator[str]:
    """Sentences on the means over classifiers, one for each reference."""
    settings = chosen_settings(results)
    if not settings:
        return
    of, arms = _overall(results, settings), results.arms(settings)
    for reference in results.presentation.references:
        found = {arm: of.difference(arm, reference) for arm in arms if arm != reference}
        if text := outcomes(found, {}):
            means = f"Mean of {', '.join(' '.join(words(setting)) for setting in settings)}"
            n_datasets = len(set(of.datasets))
            yield f"**{means}** ({n_datasets} data sets), against *{reference}*: {text}."


def setting_line(results: Results, setting: Setting) -> str | None:
    """Sentence on one classifier and protocol; None where no arm has enough splits."""
    score, arms = results.presentation.score, results.arms([setting])
    columns = {arm: (*setting, arm) for arm in arms if arm != BASELINE}
    found = {arm: mean_gain(results.gains[score], column) for arm, column in columns.items()}
    text = outcomes(
        found, {arm: _note(results, column, found[arm].sign) for arm, column in columns.items()}
    )
    if text is None:
        return None
    line = f"**{_named(setting)}** ({results.extent(setting)}), against *{BASELINE}*: {text}."
    gaining = [arm for arm in found if found[arm].sign > 0]
    if setting[1] != NO_PROTOCOL and gaining and not results.gains_to_stronger.empty:
        still = {arm: mean_gain(results.gains_to_stronger, columns[arm]) for arm in gaining}
        kept = _by_size([arm for arm in gaining if still[arm].sign > 0], still)
        gains = f"{_listed(_with_means(kept, still, {})) or 'no arm'} gain{'s' * (len(kept) < 2)}"
        line += f" Against the stronger baseline {gains} beyond chance."
    return line


def outcomes(found: Gains, notes: Mapping[str, str]) -> str | None:
    """Say which arms gain, cost, and make no difference; None where none has enough pairs."""
    told = {arm: gain for arm, gain in found.items() if gain.n_pairs >= MIN_PAIRS}
    if not told:
        return None
    up, even, down = ([a for a, g in told.items() if g.sign == sign] for sign in (1, 0, -1))
    parts = []
    for arms, verb in [(up, "gain"), (down, "cost")]:
        if arms:
            named = _listed(_with_means(_by_size(arms, told), told, notes))
            parts.append(f"{named} {verb}{'s' * (len(arms) == 1)} beyond chance")
    if even:
        named = _counted(even, "other arms" if parts else "arms")
        parts.append(f"{named} make{'s' * (len(even) == 1)} no difference beyond chance")
    if few := [arm for arm, gain in found.items() if 0 < gain.n_pairs < MIN_PAIRS]:
        has = "has" if len(few) == 1 else "have"
        parts.append(f"{_counted(few, 'arms')} {has} too few splits to tell")
    return "; ".join(parts)


def _note(results: Results, column: tuple[str, str, str], sign: int) -> str:
    """Say on how many units an arm was measured, if not all, and where it does the opposite."""
    setting, arm = column[:2], column[2]
    compared = [results.comparisons.get((unit, setting, arm)) for unit in results.units]
    signs = [found.gain.sign for found in compared if found and found.gain.n_pairs]
    text = "" if len(signs) == len(results.units) else f", on {len(signs)} of {len(results.units)}"
    if sign and (n := signs.count(-sign)):
        text += f", {'loses' if sign > 0 else 'gains'} on {n}"
    return text


def _by_size(arms: Sequence[str], gains: Gains) -> list[str]:
    return sorted(arms, key=lambda arm: -abs(gains[arm].mean))


def _with_means(arms: Sequence[str], gains: Gains, notes: Mapping[str, str]) -> list[str]:
    return [f"*{arm}* ({gains[arm].mean:+.3f}{notes.get(arm, '')})" for arm in arms]


def _counted(arms: Sequence[str], kind: str) -> str:
    """Name arms, or count them where they are many."""
    return f"{len(arms)} {kind}" if len(arms) > MAX_NAMES else _listed([f"*{a}*" for a in arms])


def _listed(names: Sequence[str]) -> str:
    """Join names as in a sentence."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
