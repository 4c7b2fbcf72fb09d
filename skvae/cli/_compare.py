"""The command ``skvae compare``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ._classifiers import Classifier, make_classifier
from ._errors import WRONG_COMMAND, CommandError, did_you_mean, say, warnings_as_lines
from ._progress import steps
from ._reading import Reading
from ._sampler import Sampler, Wish
from ._tables import read_table


def compare(
    path: Path, reading: Reading, wish: Wish, *, classifier: Classifier, scoring: str, jobs: int
) -> None:
    """Print what samplers gain for a classifier on a table.

    Parameters
    ----------
    path : Path
        The table.
    reading : Reading
        The user's words about the table.
    wish : Wish
        Options of the samplers.
    classifier : Classifier
        The classifier.
    scoring : str
        Name of scikit-learn's score.
    jobs : int
        Processes.
    """
    _check_score(scoring)
    with warnings_as_lines(), steps() as shown:
        shown.begin(f"reading {path.name}")
        table = read_table(path, reading, missing=wish.missing.value)
        target = table.frame[reading.target]
        say(f"{path.name}: {len(target)} rows of {target.nunique()} classes ({table.said})")
        labels = target.astype(object) if target.dtype == "category" else target
        X = table.frame.drop(columns=reading.target)
        shown.begin("comparing samplers")
        estimator = make_classifier(classifier, X)
        comparison = compare_on(estimator, X, labels, wish, scoring, jobs)
    print(_as_text(comparison, f"{scoring} of {classifier.value}"))
    print(summary(comparison))


def compare_on(
    estimator: Any, X: pd.DataFrame, labels: pd.Series, wish: Wish, scoring: str, jobs: int = 1
) -> pd.DataFrame:
    """Return the comparison of the library's samplers with class weights and SMOTE.

    Parameters
    ----------
    estimator : classifier
        The classifier.
    X : DataFrame
        The table.
    labels : Series
        Its classes.
    wish : Wish
        Options of the samplers.
    scoring : str
        The score.
    jobs : int, default=1
        Processes.
    """
    from ..model_selection._compare import compare_samplers, peers

    samplers = peers(estimator, X)
    for name in Sampler:
        sampler = replace(wish, sampler=name).make()
        # Each split has a seed of its own; worker processes show nothing.
        sampler.set_params(random_state=None, verbose=0)
        samplers[type(sampler).__name__] = sampler
    return compare_samplers(
        estimator,
        X,
        labels,
        samplers,
        scoring=scoring,
        n_jobs=jobs,
        random_state=wish.seed,
        verbose=1,
    )


def summary(comparison: pd.DataFrame) -> str:
    """Say which samplers gain, and why SMOTE is missing if it is."""
    absent = "" if "SMOTE" in comparison.index else " SMOTE takes no missing values and no dates."
    gains = [str(name) for name, verdict in comparison["verdict"].items() if verdict == "gain"]
    if not gains:
        return f"No sampler gains beyond chance here.{absent}"
    return f"Beyond chance {'gain' if len(gains) > 1 else 'gains'}: {', '.join(gains)}.{absent}"


def _check_score(scoring: str) -> None:
    from sklearn.metrics import get_scorer_names

    if scoring not in (known := get_scorer_names()):
        hint = did_you_mean(scoring, known) or ", such as f1_macro or balanced_accuracy"
        raise CommandError(
            f"--scoring must be a score of scikit-learn, got {scoring!r}{hint}", WRONG_COMMAND
        )


def _as_text(comparison: pd.DataFrame, score: str) -> str:
    """Return the comparison as a table of text."""
    rows = [("sampler", score, "gain to none [95 %]", "p", "verdict", "seconds")]
    for name, row in comparison.iterrows():
        has_gain = pd.notna(row["gain"])
        interval = f"{row['gain']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}]" * has_gain
        p_value = f"{row['p_value']:.3f}" if pd.notna(row["p_value"]) else ""
        seconds = f"{row['seconds']:.1f}"
        rows.append(
            (str(name), f"{row['mean']:.3f}", interval, p_value, str(row["verdict"]), seconds)
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(t.ljust(w) for t, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
