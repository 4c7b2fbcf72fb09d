"""The command ``skvae report``."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ._classifiers import Classifier, make_classifier
from ._errors import CommandError, clean_terminations, say, warnings_as_lines
from ._files import check_output, written_whole
from ._progress import Steps, steps
from ._reading import Reading
from ._sampler import Wish
from ._tables import read_table, suffixes_like

if TYPE_CHECKING:
    from ..metrics._report import Trial

_TEST_SIZE = 0.25
# Rows of a class of which one is held out and the others can be learnt from.
_FEWEST_ROWS = 4
# Rows whose distances to each other take no more than seconds.
_MOST_ROWS = 10_000
_MOST_COLUMNS = 24
_SCORE = "f1_macro"


def report(
    path: Path,
    reading: Reading,
    wish: Wish,
    out: Path,
    *,
    classifier: Classifier,
    compare: bool,
    force: bool,
) -> None:
    """Write a page about the new rows of a table.

    Parameters
    ----------
    path, out : Path
        The table, and the page to write.
    reading : Reading
        The user's words about the table.
    wish : Wish
        The sampler.
    classifier : Classifier
        The classifier of the comparison.
    compare : bool
        Whether samplers are compared.
    force : bool
        Whether `out` is replaced where it exists.
    """
    suffixes_like(path)
    place = check_output(out, (".html", ".htm"), "as it is a page", force=force)
    matplotlib = _import_matplotlib()
    as_text = matplotlib.rc_context({"text.parse_math": False})  # names may hold dollars
    with clean_terminations(), warnings_as_lines(), as_text, steps() as shown:
        shown.begin(f"reading {path.name}")
        table = read_table(path, reading, missing=wish.missing.value)
        target = table.frame[reading.target]
        _check_counts(target)
        say(f"{path.name}: {len(target)} rows of {target.nunique()} classes ({table.said})")
        labels = target.astype(object) if target.dtype == "category" else target
        X, labels, note = _some_rows(table.frame.drop(columns=reading.target), labels, wish.seed)
        text = _page(f"New rows for {path.name}", X, labels, note, wish, shown, classifier, compare)
        shown.begin(f"writing {out.name}")
        with written_whole(place, force=force) as file:
            file.write(text.encode())
    say(f"{out}: written")


def _import_matplotlib() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError('skvae report needs matplotlib: pip install "skvae[cli]"') from error
    matplotlib.use("Agg")  # no window, also where there is a screen
    return matplotlib


def _check_counts(target: pd.Series) -> None:
    counts = target.value_counts()
    if counts.min() < _FEWEST_ROWS:
        n = int(counts.min())
        raise CommandError(
            f"class {str(counts.idxmin())!r} of {target.name!r} has {n} row{'s' * (n > 1)}, and at "
            f"least {_FEWEST_ROWS} are needed, since a part is held out: collect more rows of it, "
            "merge it with another class, or leave it out"
        )


def _some_rows(
    X: pd.DataFrame, labels: pd.Series, seed: int
) -> tuple[pd.DataFrame, pd.Series, str]:
    """Return the rows to report on, and a note where these are not all."""
    if len(X) <= _MOST_ROWS:
        return X, labels, ""
    from sklearn.model_selection import train_test_split

    rows, _ = train_test_split(
        np.arange(len(X)), train_size=_MOST_ROWS, stratify=labels, random_state=seed
    )
    note = f" It is about {_MOST_ROWS:,} of the {len(X):,} rows, drawn at random within each class."
    some = labels.iloc[rows].reset_index(drop=True)
    _check_counts(some)
    return X.iloc[rows].reset_index(drop=True), some, note


def _page(
    title: str,
    X: pd.DataFrame,
    labels: pd.Series,
    note: str,
    wish: Wish,
    shown: Steps,
    classifier: Classifier,
    compare: bool,
) -> str:
    """Return the page."""
    from ..metrics._report import try_sampler
    from ._page import page, paragraph, table

    shown.begin("learning and drawing")
    sampler = wish.make()
    trial = try_sampler(sampler, X, labels, test_size=_TEST_SIZE, random_state=wish.seed)
    intro = (
        f"{type(sampler).__name__} of skvae{_version()} (seed {wish.seed}) has learnt "
        f"{len(trial.train.y):,} rows and drawn as many new ones of each class; "
        f"{len(trial.holdout.y):,} rows are held out, which it has not seen.{note}"
    )
    counts = pd.DataFrame({"rows": labels.value_counts(sort=False)})
    shown.begin("measuring and drawing pictures")
    sections = [
        ("", [paragraph(intro), table(counts, "class")]),
        *_measures(trial),
        *_structure(trial),
        ("Does it pay?", _comparison(X, labels, wish, shown, classifier, compare)),
    ]
    return page(title, sections)


def _version() -> str:
    """Return the version behind a space; a copy that is not installed has none."""
    try:
        return f" {version('skvae')}"
    except PackageNotFoundError:
        return ""


def _measures(trial: Trial) -> list[tuple[str, list[str]]]:
    """Return the sections of measures and of single columns."""
    from ..metrics import column_distances
    from ..metrics._report import measure
    from ._page import paragraph, pictures, table
    from ._pictures import column_pictures

    distances = column_distances(trial.train.X, trial.new.X)
    widest = distances.sort_values(ascending=False, kind="stable").index[:_MOST_COLUMNS]
    drawn = distances[distances.index.isin(widest)]
    rest = f" Those {len(drawn)} of the largest distance." * (len(drawn) < len(distances))
    how = (
        "Shares of rows: real ones hatched, new ones with a dashed line or filled bars. A distance "
        f"of 0 is none, and 1 the largest.{rest}"
    )
    told = paragraph("A reference is the value of real rows: good new rows come near it.")
    return [
        ("Measures", [told, table(measure(trial), "measure")]),
        ("Columns", [paragraph(how), pictures(column_pictures(trial, drawn))]),
    ]


def _structure(trial: Trial) -> list[tuple[str, list[str]]]:
    """Return the sections of associations, latent space and copies."""
    from . import _pictures as draw
    from ._page import paragraph, pictures

    associations = paragraph(
        "Pearson's r of two columns of numbers, Cramér's V of two of categories, the correlation "
        "ratio of one of each; of many columns those that change most."
    )
    latents = paragraph("Latent means in two dimensions that the model uses.")
    copies = paragraph(
        "New rows that copy training rows are closer to these than held-out real rows are: their "
        "dashed line then lies to the left of the solid one."
    )
    return [
        (
            "Associations of columns",
            [associations, pictures(draw.association_pictures(trial), wide=True)],
        ),
        ("Latent space", [latents, pictures(draw.latent_pictures(trial), wide=True)]),
        ("Copies", [copies, pictures([draw.distance_picture(trial)], wide=True)]),
    ]


def _comparison(
    X: pd.DataFrame,
    labels: pd.Series,
    wish: Wish,
    shown: Steps,
    classifier: Classifier,
    compare: bool,
) -> list[str]:
    """Return the section of the comparison."""
    from ._compare import compare_on, summary
    from ._page import paragraph, pictures, table
    from ._pictures import comparison_picture

    if not compare:
        return [paragraph("Not asked for: say --compare, or skvae compare.")]
    shown.begin("comparing samplers")
    comparison = compare_on(make_classifier(classifier, X), X, labels, wish, _SCORE)
    told = comparison.drop(columns="n_splits").rename(columns={"p_value": "p"})
    return [
        paragraph(
            f"{_SCORE} of the classifier {classifier.value!r} in cross-validation, with rows added "
            "to the training parts alone. " + summary(comparison)
        ),
        table(told, "sampler"),
        pictures([comparison_picture(comparison, _SCORE)], wide=True),
    ]
