"""Reports of the benchmarks, made from their CSVs alone: Markdown tables and pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ._classifiers import NO_PROTOCOL
from ._common import BASELINE, print_table, to_markdown, write_file
from ._report_data import Results, Setting, read_results, split_filter
from ._report_pictures import Line, draw_curves, draw_ranks
from ._report_tables import (
    mean_gains,
    p_text,
    scores_table,
    setting_summary,
    summary_table,
    unit_table,
)
from ._statistics import MIN_PAIRS, critical_difference, friedman, mean_ranks
from ._thesis import thesis_figure

Pictures = dict[str, tuple[str, bytes]]  # what they show and their content, by file name


class Table(NamedTuple):
    """What is particular to the report of a table."""

    title: str
    note: str
    picture: str  # of ranks, F1 or gains
    # Test rows a training row for the corrected t-test; None: as in the CSV. Few-shot rows are
    # drawn anew from a large part that the test rows are no part of: what splits share hangs on
    # the size of that part, not on the few rows.
    test_ratio: float | None = None


TABLES = {
    "proben1": Table(
        "PROBEN1, full training sets (the thesis' table 6.2)",
        "The thesis' figures for glass are out of reach: an MLP has about 0.7 with its nine "
        "attributes.",
        "ranks",
    ),
    "thyroid-fewshot": Table(
        "thyroid with few rows a class (the thesis' table 6.3 and figure 6.7)",
        "The thesis does not name the beta of these figures; they stand beside each.",
        "F1",
        0.2 / 0.8,
    ),
    "mnist-fewshot": Table(
        "MNIST with few rows a class, as many new ones (the thesis' table 6.4)",
        "The thesis' figures are of the better of without and with GC.",
        "gain",
        10_000 / 60_000,
    ),
    "mnist-synthetic-only": Table(
        "MNIST, trained on new rows only (the thesis' table 6.5 and figure 6.8)",
        "The baseline is trained on the real rows that the new ones come from. The thesis does not "
        "say whether its figures are with GC; they stand beside both.",
        "F1",
        10_000 / 60_000,
    ),
    "mnist-fewshot-2000": Table(
        "MNIST with few rows a class and 2,000 new ones (the thesis' table 6.6)",
        "The thesis does not say whether its figures are with GC; they stand beside both.",
        "gain",
        10_000 / 60_000,
    ),
}


def report(paths: Sequence[Path], out: Path) -> None:
    """Write a Markdown file and pictures for each CSV, and print its summaries."""
    done: dict[str, Path] = {}
    for path in paths:
        results = read_table(path)
        if results.table in done:
            raise SystemExit(
                f"Error: {path} and {done[results.table]} are both of {results.table}: report them "
                "into folders of their own"
            )
        done[results.table] = path
        pictures = draw(results)
        for name, (_, content) in pictures.items():
            write_file(out / name, content)
        page = out / f"{results.table}.md"
        write_file(page, render(results, pictures))
        print_summaries(results)
        print(f"\nReport: {page}. Pictures: {', '.join(pictures) or 'none'}.")


def read_table(path: Path) -> Results:
    """Read the CSV of one of the tables, and compare its arms."""
    return read_results(path, {name: table.test_ratio for name, table in TABLES.items()})


def print_summaries(results: Results) -> None:
    for setting in results.settings:
        summary = setting_summary(results, setting, results.arms([setting]))
        summary.insert(0, "arm", summary.index)
        # Markdown's bold as the terminal's
        summary = summary.replace(r"\*\*(.*?)\*\*", r"[bold]\1[/bold]", regex=True)
        print_table(f"{results.table}, {' '.join(words(setting))}: weighted F1", summary)


def words(setting: Setting) -> list[str]:
    return [word for word in setting if word != NO_PROTOCOL]


# --- the page ---


def render(results: Results, pictures: Pictures) -> str:
    """The page as Markdown."""
    parts = [f"# {TABLES[results.table].title}\n", render_head(results), how_to_read(results)]
    parts.append("## Summary\n")
    for name, settings in results.groups():
        parts += [f"### {name}\n", to_markdown(summary_table(results, settings))]
        parts += ["Mean gains in other scores:\n", to_markdown(scores_table(results, settings))]
    parts += [f"![{caption}]({name})\n" for name, (caption, _) in pictures.items()]
    for unit in results.units:
        parts.append(f"## {unit.title}\n")
        for name, settings in results.groups():
            parts += [f"{name}:\n", to_markdown(unit_table(results, unit, settings))]
    return "\n".join(parts)


def render_head(results: Results) -> str:
    """Where the figures come from: the CSV's own head, and what its rows say."""
    fits = results.fits
    seeds = fits["seed"]
    lines = [re.sub(r"^(command|settings): (.*)", r"\1: `\2`", line) for line in results.head]
    lines.append(f"seeds: {results.n_seeds} ({seeds.min():.0f} to {seeds.max():.0f})")
    lines.append(f"device: {', '.join(map(str, fits['device'].dropna().unique()))}")
    for versions in fits["versions"].dropna().unique():
        if f"versions: {versions}" not in lines:
            lines.append(f"versions: {versions}")
    n_arms = sum(len(results.arms([setting])) for setting in results.settings)
    planned = n_arms * len(results.units) * results.n_seeds
    if planned > len(fits):
        lines.append(f"incomplete: {planned - len(fits):,} of {planned:,} fits are missing")
    return "".join(f"- {line}\n" for line in lines)


def how_to_read(results: Results) -> str:
    """What the columns hold."""
    of_units = "data sets" if TABLES[results.table].picture == "ranks" else "numbers of rows"
    lines = [
        "F1 is the weighted F1 of unseen rows, mean ± standard deviation over seeds.",
        f"Gains are mean differences to *{BASELINE}* of the same seed, with 95 % bootstrap "
        "intervals over seeds; **bold** only where the interval excludes 0. They are about new "
        "splits of these rows.",
        f"*To stronger*: to the better *{BASELINE}* of the classifier's two protocols.",
        "*p of gain* is by the corrected resampled t-test (Nadeau and Bengio), which allows for "
        "the rows that splits share, with Holm's correction for the number of arms.",
        f"Summaries are of the mean over {of_units}; w/t/l counts wins, ties (the interval "
        f"includes 0) and losses over them; rank is the mean rank, 1 the best.",
        f'The last column is the thesis\' F1 with its gain; "best" is the best of its arms. '
        f"{TABLES[results.table].note}",
    ]
    if results.n_seeds < MIN_PAIRS:
        lines.append(
            f"Fewer than {MIN_PAIRS} seeds are too few for such intervals: nothing is bold, and "
            "all are ties."
        )
    return "".join(f"- {line}\n" for line in lines)


# --- pictures ---


def draw(results: Results) -> Pictures:
    """A picture a setting: ranks, or curves over the number of rows."""
    table, pictures = TABLES[results.table], {}
    for setting in results.settings:
        title = ", ".join([table.title, *words(setting)])
        make = ranks_picture if table.picture == "ranks" else curves_picture
        content = make(results, setting, title)
        if content:
            name = "-".join([results.table, *words(setting)]).replace(" ", "-").lower()
            pictures[f"{name}.png"] = title, content
    return pictures


def ranks_picture(results: Results, setting: Setting, title: str) -> bytes | None:
    """The critical-difference diagram, if there are arms and data sets to rank."""
    scores = mean_gains(results, setting)
    ranks = mean_ranks(scores).dropna()
    if len(ranks) < 3 or len(scores) < 2:
        return None
    p, difference = friedman(scores), critical_difference(len(ranks), len(scores))
    return draw_ranks(
        ranks, difference, f"{title}\nmean rank of {len(scores)} data sets; Friedman p {p_text(p)}"
    )


def curves_picture(results: Results, setting: Setting, title: str) -> bytes | None:
    """F1 or gains against the number of rows, a panel an arm."""
    by_new = results.units[0].n_new is not None
    of_gain = TABLES[results.table].picture == "gain"
    lines = {arm: curve(results, setting, arm, by_new, of_gain) for arm in results.arms([setting])}
    baseline = lines.pop(BASELINE, None)
    if not lines or len({unit.dataset for unit in results.units}) > 1:
        return None
    panels: dict[str, dict[str, Line]] = {}
    for arm, line in lines.items():
        base, suffix = split_filter(arm)
        panels.setdefault(base, {})[f"with{suffix[2:]}" if suffix else "no filter"] = line
    return draw_curves(
        panels,
        None if of_gain else baseline,
        title=title,
        x_label=f"{'new' if by_new else 'real'} rows a class",
        y_label="gain in F1, 95 % interval" if of_gain else "F1 ± standard deviation",
    )


def curve(results: Results, setting: Setting, arm: str, by_new: bool, of_gain: bool) -> Line:
    """An arm's F1 with its spread, or gain with its interval, and the thesis' beside it."""
    points = []
    for unit in results.units:
        found = results.comparisons[unit, setting, arm]
        thesis = thesis_figure(results.table, *unit, arm)
        zero = thesis_figure(results.table, *unit, BASELINE) if of_gain else 0.0
        if of_gain:
            ours = found.gain[:3]
        else:
            ours = found.mean, found.mean - found.std, found.mean + found.std
        theirs = np.nan if thesis is None or zero is None else thesis - zero
        points.append((unit.n_new if by_new else unit.n, *ours, theirs))
    return Line(*np.array(points, float).T)
