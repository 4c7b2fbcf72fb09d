"""Summary of a page in plain sentences, made from its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from skvae.model_selection import MIN_PAIRS, PairedDifference

from ..arms.names import BASELINE
from ..classifiers.names import NO_PROTOCOL
from .contest import main_sentence, other_scores_sentence
from .overall import chosen_settings, overall
from .results import Results, Setting, mean_gain
from .wording import counted, listed, named, with_commas

Gains = Mapping[str, PairedDifference]  # by arm


def verdict(results: Results) -> list[str]:
    """Sentences in Markdown on what gains and what costs, first of all where a control wins."""
    told = {setting: setting_line(results, setting) for setting in results.settings}
    lines = [main_sentence(results), other_scores_sentence(results), *overall_lines(results)]
    lines += told.values()
    if untold := [f"**{named(setting)}**" for setting, line in told.items() if line is None]:
        lines.append(f"{listed(untold)}: fewer than {MIN_PAIRS} splits, too few to tell.")
    return [line for line in lines if line]


def overall_lines(results: Results) -> Iterator[str]:
    """Sentences on the means over classifiers, one for each reference."""
    settings = chosen_settings(results)
    if not settings:
        return
    score, arms = results.presentation.score, results.arms(settings)
    of = overall(results, score, settings).oriented(score)
    for reference in results.presentation.references:
        found = {arm: of.difference(arm, reference) for arm in arms if arm != reference}
        if text := outcomes(found, {}):
            means = f"Mean of {with_commas(settings)}"
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
    line = f"**{named(setting)}** ({results.extent(setting)}), against *{BASELINE}*: {text}."
    gaining = [arm for arm in found if found[arm].sign > 0]
    if setting[1] != NO_PROTOCOL and gaining and not results.gains_to_stronger.empty:
        still = {arm: mean_gain(results.gains_to_stronger, columns[arm]) for arm in gaining}
        kept = _by_size([arm for arm in gaining if still[arm].sign > 0], still)
        gains = f"{listed(_with_means(kept, still, {})) or 'no arm'} gain{'s' * (len(kept) < 2)}"
        line += (
            " This baseline is the stronger one everywhere."
            if still == {arm: found[arm] for arm in gaining}
            else f" Against the stronger baseline {gains} beyond chance."
        )
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
            who = listed(_with_means(_by_size(arms, told), told, notes))
            parts.append(f"{who} {verb}{'s' * (len(arms) == 1)} beyond chance")
    if even:
        who = counted(even, "other arms" if parts else "arms")
        parts.append(f"{who} make{'s' * (len(even) == 1)} no difference beyond chance")
    if few := [arm for arm, gain in found.items() if 0 < gain.n_pairs < MIN_PAIRS]:
        has = "has" if len(few) == 1 else "have"
        parts.append(f"{counted(few, 'arms')} {has} too few splits to tell")
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
