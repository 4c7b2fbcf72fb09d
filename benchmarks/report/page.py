"""Page of a report, made from the CSV of an experiment alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from skvae.model_selection import MIN_PAIRS

from ..arms.names import BASELINE
from ..classifiers.names import SCORES
from ..cli.output import NO_RESULT, print_table, to_markdown, write_file
from .overall import chosen_settings, overall_tables, size_table, unit_means
from .pictures import Pictures, draw, words
from .presentation import Presentation
from .results import Results, Setting, read_results
from .tables import scores_table, setting_summary, summary_table, unit_table


def report(
    paths: Sequence[Path], out: Path | None, presentations: Mapping[str, Presentation]
) -> None:
    """Print the summaries of each CSV, and write a Markdown file and pictures unless `out` is None.

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
        if out is not None:
            pictures = draw(results)
            for name, (_, content) in pictures.items():
                write_file(out / name, content)
            page = out / f"{results.table}.md"
            write_file(page, render(results, pictures))
        print_summaries(results)
        if out is not None:
            print(f"\nReport: {page}. Pictures: {', '.join(pictures) or 'none'}.")
    if out is None:
        print("\nNo file is written: --out names a folder for the pages and pictures.")


def print_summaries(results: Results) -> None:
    """Print the means over classifiers, and a table for each setting."""
    for title, table in overall_tables(results):
        title = f"{results.table}, mean of classifiers: {title}"
        print_table(title, _on_terminal(table), quick=results.quick)
    score = results.presentation.scores[results.presentation.score]
    for setting in results.settings:
        summary = setting_summary(results, setting, results.arms([setting]))
        summary.insert(0, "arm", summary.index)
        title = f"{results.table}, {' '.join(words(setting))}: {score}"
        print_table(title, _on_terminal(summary), quick=results.quick)


def _on_terminal(table: pd.DataFrame) -> pd.DataFrame:
    """Turn Markdown's bold into the terminal's."""
    return table.replace(r"\*\*(.*?)\*\*", r"[bold]\1[/bold]", regex=True)


# --- the page ---


def render(results: Results, pictures: Pictures) -> str:
    """Render the page as Markdown; below each heading, a quick run is called one."""
    page = "\n".join(_parts(results, pictures))
    if not results.quick:
        return page
    return re.sub("^(#+ .*)$", rf"\1\n\n**{NO_RESULT}**", page, flags=re.M)


def _parts(results: Results, pictures: Pictures) -> list[str]:
    parts = [f"# {results.presentation.title}\n", render_head(results), how_to_read(results)]
    if results.presentation.overall:
        parts += render_overall(results)
    parts.append("## Summary\n")
    for name, settings in results.groups():
        parts += [f"### {name}\n", to_markdown(summary_table(results, settings))]
        # With many scores, a table of each setting.
        wide = len(results.presentation.scores) > len(SCORES)
        parts.append("Mean gains in other scores:\n")
        for part in [[setting] for setting in settings] if wide else [settings]:
            parts.append(to_markdown(scores_table(results, part)))
    parts += [f"![{caption}]({name})\n" for name, (caption, _) in pictures.items()]
    if results.presentation.overall:
        return [*parts, *render_units(results)]
    for unit in results.units:
        parts.append(f"## {results.title(unit)}\n")
        for name, settings in results.groups():
            parts += [f"{name}:\n", to_markdown(unit_table(results, unit, settings))]
    return parts


def render_overall(results: Results) -> list[str]:
    """Render the means over classifiers, of all numbers of rows and of each."""
    settings = chosen_settings(results)
    if not settings:
        return []
    parts = [f"## Means over {listed(settings)}\n"]
    for title, table in overall_tables(results):
        parts += [f"### {title[:1].upper()}{title[1:]}\n", to_markdown(table)]
    if not results.has_sizes:
        return parts
    parts.append("## By number of rows\n")
    score = results.presentation.scores[results.presentation.score]
    for reference in results.presentation.references:
        parts.append(f"### Difference to *{reference}*, {score}\n")
        for words_of, part in [
            ("mean of these classifiers", settings),
            *((" ".join(words(setting)), [setting]) for setting in results.settings),
        ]:
            if reference in results.arms(part):
                parts += [f"{words_of}:\n", to_markdown(size_table(results, part, reference))]
    return parts


def render_units(results: Results) -> list[str]:
    """Render the means of each data set."""
    settings = chosen_settings(results)
    if not settings:
        return []
    score = results.presentation.scores[results.presentation.score]
    title = f"## Each data set: {score}, mean over {listed(settings)}\n"
    return [title, to_markdown(unit_means(results, settings))]


def listed(settings: Sequence[Setting]) -> str:
    """Names of settings with commas."""
    return ", ".join(" ".join(words(setting)) for setting in settings)


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
    presentation = results.presentation
    of_units = "data sets" if presentation.picture == "ranks" else "numbers of rows"
    if presentation.overall and results.has_sizes:
        of_units = "data sets and numbers of rows"
    score = presentation.scores[presentation.score]
    lines = [
        f"Gains are mean differences to *{BASELINE}* of the same seed, with 95 % bootstrap "
        "intervals over seeds; **bold** only where the interval excludes 0. They are about new "
        "splits of these rows.",
        f"*To stronger*: to the better *{BASELINE}* of the classifier's two protocols.",
        f"Summaries are of the mean over {of_units}; w/t/l counts wins, ties (the interval "
        f"includes 0) and losses over them; rank is the mean rank, 1 the best.",
    ]
    if presentation.overall:
        lines = [how_to_read_means(results), f"Summaries and gains are of {score}.", *lines]
        lines.append(presentation.note)
    else:
        lines.insert(0, f"F1 is the {score} of unseen rows, mean ± standard deviation over seeds.")
        p_of_gain = (
            "*p of gain* is by the corrected resampled t-test (Nadeau and Bengio), which allows "
            "for the rows that splits share, with Holm's correction for the number of arms."
        )
        lines.insert(3, p_of_gain)
        lines.append(
            f'The last column is the thesis\' F1 with its gain; "best" is the best of its arms. '
            f"{presentation.note}"
        )
    if results.n_seeds < MIN_PAIRS:
        lines.append(
            f"Fewer than {MIN_PAIRS} seeds are too few for such intervals: nothing is bold, and "
            "all are ties."
        )
    return "".join(f"- {line}\n" for line in lines)


def how_to_read_means(results: Results) -> str:
    """Explain the means over classifiers."""
    n_datasets = len({unit.dataset for unit in results.units})
    sizes = ", then over a data set's numbers of rows" if results.has_sizes else ""
    return (
        f"The first tables average over classifiers and seeds{sizes}, and then over the data sets. "
        f"Their differences have 95 % bootstrap intervals over the {n_datasets} data sets: they "
        "are about other data sets like these, and bold where they exclude 0 and there are at "
        f"least {MIN_PAIRS} of these. There, a fit without scores (the sampler cannot "
        f"draw from these rows, or the classifier takes no weights) counts as *{BASELINE}*'s, "
        "which its user would have; everywhere else it is left out. An arm that lacks data sets "
        "has their number beside its mean, and no rank."
    )
