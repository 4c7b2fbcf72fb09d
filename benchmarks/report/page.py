"""Page of a report, made from the CSV of an experiment alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from skvae.model_selection import MIN_PAIRS

from ..arms.names import BASELINE
from ..cli.output import print_table, to_markdown, write_file
from .pictures import Pictures, draw, words
from .presentation import Presentation
from .results import Results, read_results
from .tables import scores_table, setting_summary, summary_table, unit_table


def report(paths: Sequence[Path], out: Path, presentations: Mapping[str, Presentation]) -> None:
    """Write a Markdown file and pictures for each CSV, and print its summaries.

    `presentations` holds those of all known experiments by name.
    """
    done: dict[str, Path] = {}
    for path in paths:
        results = read_results(path, presentations)
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


def print_summaries(results: Results) -> None:
    """Print a table for each setting."""
    for setting in results.settings:
        summary = setting_summary(results, setting, results.arms([setting]))
        summary.insert(0, "arm", summary.index)
        # Markdown's bold as the terminal's
        summary = summary.replace(r"\*\*(.*?)\*\*", r"[bold]\1[/bold]", regex=True)
        print_table(f"{results.table}, {' '.join(words(setting))}: weighted F1", summary)


# --- the page ---


def render(results: Results, pictures: Pictures) -> str:
    """Render the page as Markdown."""
    parts = [f"# {results.presentation.title}\n", render_head(results), how_to_read(results)]
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
    """Render the origin of the figures, from the head of the CSV and from its rows."""
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
    """Render an explanation of the columns."""
    of_units = "data sets" if results.presentation.picture == "ranks" else "numbers of rows"
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
        f"{results.presentation.note}",
    ]
    if results.n_seeds < MIN_PAIRS:
        lines.append(
            f"Fewer than {MIN_PAIRS} seeds are too few for such intervals: nothing is bold, and "
            "all are ties."
        )
    return "".join(f"- {line}\n" for line in lines)
