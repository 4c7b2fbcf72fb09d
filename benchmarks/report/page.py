"""Page of a report, made from the CSV of an experiment alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ..classifiers.names import BRIER, SCORES
from ..cli.output import NO_RESULT, print_table, to_markdown, write_file
from .overall import chosen_settings, overall_tables, size_table, unit_means
from .pictures import Pictures, draw
from .presentation import Presentation
from .reading import how_to_read
from .results import Results, read_results
from .tables import scores_table, setting_summary, summary_table, unit_table
from .verdict import verdict
from .wording import with_commas, words


def report(
    paths: Sequence[Path],
    out: Path | None,
    presentations: Mapping[str, Presentation],
    score: str | None = None,
) -> None:
    """Print the summaries of each CSV, and write a Markdown file and pictures unless `out` is None.

    `presentations` holds those of all known experiments by name, and `score` is the column to
    compare by, if not theirs.
    """
    done: dict[str, tuple[Path, Results]] = {}
    for path in paths:
        results = read_results(path, presentations, score)
        if results.table in done:
            raise SystemExit(
                f"Error: {path} and {done[results.table][0]} are both of {results.table}: report "
                "them into folders of their own"
            )
        done[results.table] = path, results
    for _, results in done.values():
        if out is not None:
            pictures = draw(results)
            for name, (_, content) in pictures.items():
                write_file(out / name, content)
            page = out / f"{results.name}.md"
            write_file(page, render(results, pictures))
        print_summaries(results)
        if out is not None:
            print(f"\nReport: {page}. Pictures: {', '.join(pictures) or 'none'}.")
    if out is None:
        print("\nNo file is written: --out names a folder for the pages and pictures.")


def print_summaries(results: Results) -> None:
    """Print the sentences on top of the page, the means over classifiers, and each setting."""
    score = results.presentation.scores[results.presentation.score]
    print(f"\n{results.presentation.title}: {score}{f' ({NO_RESULT})' * results.quick}")
    for line in verdict(results):
        print(f"- {line.replace('*', '')}")
    for title, table in overall_tables(results):
        title = f"{results.table}, mean of classifiers: {title}"
        print_table(title, _on_terminal(table), quick=results.quick)
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
    score = results.presentation.scores[results.presentation.score]
    parts = [f"# {results.presentation.title}\n"]
    if sentences := verdict(results):
        parts += [f"## In short, by {score}\n", as_list(sentences)]
    parts += [
        "## Where the figures come from\n",
        render_head(results),
        "## How to read them\n",
        as_list(how_to_read(results)),
    ]
    if results.presentation.overall:
        parts += render_overall(results)
    others = set(results.presentation.scores) - {results.presentation.score}
    parts.append("## Summary\n")
    for name, settings in results.groups():
        parts += [f"### {name}\n", to_markdown(summary_table(results, settings))]
        # With many scores, a table of each setting.
        wide = len(results.presentation.scores) > len(SCORES)
        falls = ", in the Brier score what it falls by" * (BRIER in others)
        parts.append(f"Mean gains in other scores{falls}:\n")
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
    parts = [f"## Means over {with_commas(settings)}\n"]
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
    title = f"## Each data set: {score}, mean over {with_commas(settings)}\n"
    return [title, to_markdown(unit_means(results, settings))]


def render_head(results: Results) -> str:
    """Render the origin of the figures, from the head of the CSV and from its rows."""
    fits = results.fits
    lines = [re.sub(r"^(command|settings): (.*)", r"\1: `\2`", line) for line in results.head]
    lines.append(seeds_line(fits))
    lines.append(f"device: {', '.join(map(str, fits['device'].dropna().unique()))}")
    for versions in fits["versions"].dropna().unique():
        if f"versions: {versions}" not in lines:
            lines.append(f"versions: {versions}")
    lines += uneven_lines(fits)
    return as_list(lines)


def seeds_line(fits: pd.DataFrame) -> str:
    """Say how many seeds there are, and which arms have fewer."""
    seeds = fits["seed"]
    line = f"seeds: {seeds.nunique()} ({seeds.min():.0f} to {seeds.max():.0f})"
    by_arm = fits.groupby("arm", sort=False)["seed"].nunique()
    for n, arms in by_arm[by_arm < seeds.nunique()].groupby(by_arm):
        line += f"; {n} for {', '.join(f'*{arm}*' for arm in arms.index)}"
    return line


def uneven_lines(fits: pd.DataFrame) -> list[str]:
    """Name arms that lack a seed somewhere which they have elsewhere, as after an interruption."""
    by_arm = fits.groupby(["arm", "classifier", "protocol"], sort=False)
    counts = by_arm.agg(units=("unit", "nunique"), seeds=("seed", "nunique"), fits=("seed", "size"))
    lacking = (counts["units"] * counts["seeds"] - counts["fits"]).groupby("arm", sort=False).sum()
    return [
        f"incomplete: *{arm}* lacks {n:,} fits with seeds that it has elsewhere"
        for arm, n in lacking[lacking > 0].items()
    ]


def as_list(lines: Sequence[str]) -> str:
    """Format lines as a list in Markdown."""
    return "".join(f"- {line}\n" for line in lines)
