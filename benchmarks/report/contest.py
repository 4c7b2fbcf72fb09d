"""Best arm of skvae against the best control."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pandas as pd

from skvae.model_selection import MIN_PAIRS, PairedDifference, paired_difference

from ..arms.names import BASELINE, OF_PACKAGE
from ..arms.ours import RECOMMENDED, VAE_OVERSAMPLER
from ..cli.output import format_interval
from .overall import chosen_settings, overall
from .presentation import bare
from .results import Results, oriented, pivot
from .statistics import complete_means
from .wording import MAX_NAMES, counted, listed, named

# Arms that skvae tells to start with: in few rows, and in imbalanced ones.
STARTS = (RECOMMENDED, VAE_OVERSAMPLER)

Column = str | tuple[str, str, str]  # an arm, or one with its classifier and protocol


class Contest(NamedTuple):
    """Arm of skvae and control that are compared.

    Attributes
    ----------
    ours, control : str or tuple
        The arms.
    gain : PairedDifference
        Gain of `ours` over `control`.
    arms, controls : list of str
        Arms of skvae and controls that could have been taken.
    """

    ours: Column
    control: Column
    gain: PairedDifference
    arms: list[str]
    controls: list[str]


def contest(results: Results, score: str) -> Contest | None:
    """Compare skvae's start for this table, else its best arm, with the best control.

    Where the page averages over classifiers, so does the contest. Else it is between the arms of
    the first classifier, with the real rows alone of every other one among the controls. None where
    either side is missing, or there are too few pairs to tell.
    """
    if settings := chosen_settings(results):
        of = overall(results, score, settings).oriented(score)
        return _contest(of.scores, of.difference)
    (_, first), *_ = results.groups()
    scores = oriented(pivot(results.fits, results.units, score), score)
    scores = scores[[c for c in scores if c[:2] in first or c[2] == BASELINE]]
    return _contest(scores, lambda a, b: paired_difference((scores[a] - scores[b]).unstack("unit")))


def _contest(scores: pd.DataFrame, difference: Callable) -> Contest | None:
    means = complete_means(scores).mean().dropna()
    ours = means[[_arm(column) in OF_PACKAGE for column in means.index]]
    controls = means.drop(ours.index)
    if ours.empty or controls.empty:
        return None
    arms, of_controls = (list(dict.fromkeys(map(_arm, part.index))) for part in (ours, controls))
    if start := next((arm for arm in STARTS if arm in arms), None):  # not the best in hindsight
        ours, arms = ours[[_arm(column) == start for column in ours.index]], [start]
    best, rival = ours.idxmax(), controls.idxmax()
    gain = difference(best, rival)
    return None if gain.n_pairs < MIN_PAIRS else Contest(best, rival, gain, arms, of_controls)


# --- sentences ---


def main_sentence(results: Results) -> str | None:
    """Say who is ahead by the page's score."""
    found = contest(results, results.presentation.score)
    if found is None:
        return None
    gain, ours, control = found.gain, _named_arm(found.ours), _named_arm(found.control)
    if len(found.arms) > 1:
        ours += f", the best of its {len(found.arms)} arms,"
    if gain.sign < 0:
        by = format_interval(-gain.mean, -gain.high, -gain.low)
        control += ", the real rows alone," * (_arm(found.control) == BASELINE)
        return f"**A control wins**: {control} is {by} better than {ours.rstrip(',')}."
    by = format_interval(*gain[:3])
    if len(found.controls) == 1:
        control += ", the only control"
    else:
        the = "the controls " * (len(found.controls) <= MAX_NAMES)
        control += f", the best of {the}{counted(found.controls, 'controls')}"
    line = f"**skvae is not ahead beyond chance**: the gain of {ours} over {control}, is {by}."
    if gain.sign > 0:
        line = f"**skvae is ahead**: {ours} is {by} better than {control}."
    if len(list(results.groups())) == 1 and not results.presentation.overall:
        line += " What other classifiers make of the real rows alone is not measured here."
    return line


def other_scores_sentence(results: Results) -> str | None:
    """Say who is ahead by each of the other scores."""
    presentation = results.presentation
    verbs = {
        -1: "a control wins",
        0: "skvae is not ahead beyond chance",
        1: "skvae is ahead",
    }
    told: dict[int, list[str]] = {sign: [] for sign in verbs}
    for score, name in presentation.scores.items():
        found = contest(results, score) if score != presentation.score else None
        if found is None:
            continue
        rival = f" (*{_arm(found.control)}*)" * (found.gain.sign < 0)
        told[found.gain.sign].append(bare(name) + rival)
    parts = [f"{verbs[sign]} by {listed(names)}" for sign, names in told.items() if names]
    return f"By other scores: {'; '.join(parts)}." if parts else None


def _arm(column: Any) -> str:
    return column if isinstance(column, str) else column[2]


def _named_arm(column: Column) -> str:
    """Name an arm, with its classifier if it has one of its own."""
    return f"*{_arm(column)}*" + ("" if isinstance(column, str) else f" ({named(column[:2])})")
