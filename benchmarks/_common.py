"""What the benchmarks share: fits side by side, paired statistics, tables and files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer
from joblib import Parallel, cpu_count, delayed, parallel_config
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import stats
from sklearn.metrics import f1_score

BASELINE = "none"

Row = dict[str, Any]


def check_known(kind: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Stop with the list of known names if one of `names` is none of them."""
    known = list(known)
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"{kind} must be of {', '.join(known)}, got {name!r}")


@contextmanager
def stop_without_data() -> Iterator[None]:
    """Around a first fetch of the data, before processes start: what is missing is said at once."""
    try:
        yield
    except (OSError, ImportError) as error:
        raise SystemExit(f"Error: {error}") from error


def run_cells(
    task: Callable[..., Row], cells: Sequence[tuple], *, jobs: int | None, label: str
) -> list[Row]:
    """Return ``task(*cell)`` for every cell, `jobs` at a time, and show a progress bar."""
    jobs = jobs or cpu_count()
    # Each process gets its share of the cores: more threads than that would wait for each other.
    with parallel_config("loky", n_jobs=jobs, inner_max_num_threads=max(1, cpu_count() // jobs)):
        rows = Parallel(return_as="generator_unordered")(delayed(task)(*cell) for cell in cells)
        return list(show_progress(rows, len(cells), label))


def in_order(fits: pd.DataFrame, keys: list[str], names: list[str]) -> pd.DataFrame:
    """Sort fits, which come as they finish, by `keys`; what is in `names` in the order there."""
    place = {name: i for i, name in enumerate(names)}
    return fits.sort_values(keys, key=lambda column: column.replace(place), ignore_index=True)


def show_progress(items: Iterable[Any], total: int, label: str) -> Iterator[Any]:
    """Iterate with a bar on standard error, which leaves the output to the tables."""
    return iter(track(items, description=label, total=total, console=Console(stderr=True)))


def score_fit(pipeline: Any, X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> Row:
    """Fit as a user would, and score on rows that the pipeline has not seen."""
    start = time.perf_counter()
    pipeline.fit(X_train, y_train)
    seconds = time.perf_counter() - start
    f1 = f1_score(y_test, pipeline.predict(X_test), average="weighted")
    return {"f1_weighted": f1, "seconds": seconds, "versions": versions()}


def versions() -> str:
    """The versions that a figure depends on, as one CSV field."""
    names = ["skvae", "torch", "scikit-learn", "imbalanced-learn", "numpy"]
    return "; ".join(f"{name} {_version(name)}" for name in names)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # a checkout on the path that pip knows nothing of
        return "(not installed)"


def paired_difference(scores: Any, reference: Any) -> tuple[float, float, float]:
    """Mean of the paired differences, and its 95 % interval by Student's t.

    The interval is NaN for a single pair.
    """
    differences = np.asarray(scores) - np.asarray(reference)
    n, mean = len(differences), float(np.mean(differences))
    if n < 2:
        return mean, np.nan, np.nan
    half = float(stats.t.ppf(0.975, n - 1) * stats.sem(differences))
    return mean, mean - half, mean + half


def summarize(fits: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Mean, spread and paired difference to the baseline of each arm, over seeds."""
    rows = []
    for group, part in fits.groupby(by, sort=False):
        scores = part.pivot(index="seed", columns="arm", values="f1_weighted")
        for arm in part["arm"].unique():
            difference, low, high = paired_difference(scores[arm], scores[BASELINE])
            rows.append(
                {
                    **dict(zip(by, group, strict=True)),
                    "arm": arm,
                    "mean": scores[arm].mean(),
                    "std": scores[arm].std(),
                    "difference": difference,
                    "low": low,
                    "high": high,
                }
            )
    return pd.DataFrame(rows)


def format_summary(summary: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The columns of `summarize` as a reader wants them."""
    text = summary[[*by, "arm"]].copy()
    text["F1"] = [
        format_spread(mean, std) for mean, std in zip(summary["mean"], summary["std"], strict=True)
    ]
    text[f"difference to {BASELINE}"] = [
        "" if row.arm == BASELINE else format_interval(row.difference, row.low, row.high)
        for row in summary.itertuples()
    ]
    return text


def format_spread(mean: float, std: float) -> str:
    if np.isnan(mean):
        return "n/a"
    return f"{mean:.3f}" if np.isnan(std) else f"{mean:.3f} ± {std:.3f}"


def format_interval(mean: float, low: float, high: float) -> str:
    if np.isnan(mean):
        return "n/a"
    return f"{mean:+.3f}" if np.isnan(low) else f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def print_table(title: str, text: pd.DataFrame, *, groups: Sequence[str] = ()) -> None:
    """Print a frame of strings; what repeats in the columns `groups` is said once."""
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    for column in text:
        table.add_column(str(column))
    repeats = text[list(groups)].eq(text[list(groups)].shift()).cumprod(axis=1).astype(bool)
    first = ~repeats.all(axis=1) if groups else pd.Series(False, index=text.index)
    shown = text.mask(repeats.reindex(columns=text.columns, fill_value=False), "")
    for values, new_group in zip(shown.to_numpy(), first, strict=True):
        if new_group and table.row_count:
            table.add_section()
        table.add_row(*map(str, values))
    console = Console()
    # A file or pipe has no width to keep to.
    console = console if console.is_terminal else Console(width=120)
    console.print(f"\n[bold]{title}[/bold]")
    console.print(table)


def to_markdown(text: pd.DataFrame) -> str:
    """A frame of strings as a Markdown table."""
    lines = [list(text.columns), ["---"] * text.shape[1], *text.to_numpy().tolist()]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def write_csv(path: Path, rows: pd.DataFrame) -> None:
    """Write a tidy table, one row a measurement."""
    write_file(path, rows.to_csv(index=False))


def write_file(path: Path, content: str | bytes) -> None:
    """Write under a temporary name, then rename: whoever looks sees all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
