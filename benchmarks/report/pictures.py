"""Pictures of a report."""

from __future__ import annotations

import numpy as np

from ..arms.names import BASELINE, GC, NO_FILTER, split_filter
from ..arms.ours import LC
from ..cli.output import NO_RESULT
from .charts import Line, draw_curves, draw_ranks
from .results import Results, Setting
from .statistics import complete_means, critical_difference, friedman, mean_ranks
from .tables import p_text
from .wording import words

LINES = {  # what the lines of a panel are, by the suffix of the arm
    NO_FILTER: "the arm that the panel names",
    GC: "the arm + GC, GenerativeClassifierFilter",
    LC: "the arm + LC, LabelConsistencyFilter",
}
Pictures = dict[str, tuple[str, bytes]]  # caption and content by file name


def draw(results: Results) -> Pictures:
    """Draw a picture for each setting, if any: ranks, or curves over the number of rows."""
    presentation, pictures = results.presentation, {}
    if presentation.picture is None:
        return {}
    for setting in results.settings:
        title = ", ".join([presentation.title, *words(setting)])
        title += f" ({NO_RESULT})" * results.quick
        make = ranks_picture if presentation.picture == "ranks" else curves_picture
        content = make(results, setting, title)
        if content:
            name = "-".join([results.name, *words(setting)]).replace(" ", "-").lower()
            pictures[f"{name}.png"] = title, content
    return pictures


def ranks_picture(results: Results, setting: Setting, title: str) -> bytes | None:
    """Draw the critical-difference diagram, if there are arms and data sets to rank."""
    scores = complete_means(results.scores[setting])
    all_ranks = mean_ranks(scores)
    ranks = all_ranks.dropna()
    if len(ranks) < 3 or len(scores) < 2:
        return None
    p, difference = friedman(scores), critical_difference(len(ranks), len(scores))
    lines = [
        title,
        f"mean rank over {len(scores)} data sets, 1 is the best; Friedman's p {p_text(p)}",
        "bars join arms that are closer than the critical difference (Nemenyi, 5 %)",
    ]
    if left_out := [arm for arm in all_ranks.index if arm not in ranks]:
        lines.append(f"no rank, since some splits have no score: {', '.join(left_out)}")
    return draw_ranks(ranks, difference, "\n".join(lines))


def curves_picture(results: Results, setting: Setting, title: str) -> bytes | None:
    """Draw scores or gains against the number of rows, with a panel for each arm."""
    by_new = results.units[0].n_new is not None
    of_gain = results.presentation.picture == "gain"
    name = results.presentation.scores[results.presentation.score]
    lines = {arm: curve(results, setting, arm, by_new, of_gain) for arm in results.arms([setting])}
    baseline = lines.pop(BASELINE, None)
    if len({unit.dataset for unit in results.units}) > 1:
        return None
    panels: dict[str, dict[str, Line]] = {}
    for arm, line in lines.items():
        base, suffix = split_filter(arm)
        if not np.isnan(line.y).all():
            panels.setdefault(base, {})[LINES[suffix]] = line
    if not panels:
        return None
    return draw_curves(
        panels,
        None if of_gain else baseline,
        title=title,
        x_label=f"{'new' if by_new else 'real'} rows a class",
        y_label=f"gain in {name}, 95 % interval" if of_gain else f"{name} ± standard deviation",
    )


def curve(results: Results, setting: Setting, arm: str, by_new: bool, of_gain: bool) -> Line:
    """Score of an arm with its spread, or its gain with its interval, beside the thesis'."""
    published, points = results.presentation.published, []
    for unit in results.units:
        found = results.comparisons[unit, setting, arm]
        thesis = published.figure(*unit, arm)
        zero = published.figure(*unit, BASELINE) if of_gain else 0.0
        if of_gain:
            ours = found.gain[:3]
        else:
            ours = found.mean, found.mean - found.std, found.mean + found.std
        theirs = np.nan if thesis is None or zero is None else thesis - zero
        points.append((unit.n_new if by_new else unit.n, *ours, theirs))
    return Line(*np.array(points, float).T)
