"""Results of an experiment: the fits of its CSV, and the comparisons between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import product, takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from skvae.model_selection import PairedDifference, holm, paired_difference, spread

from ..arms.names import BASELINE, ORDER
from ..classifiers.names import ALL_SCORES, BRIER, CLASSIFIERS, NO_PROTOCOL, PROTOCOLS, SCORES
from ..engine.cells import FIT, LABELS
from ..engine.csv_file import COUNTS, TEXTS, columns, read_whole_lines
from .presentation import Presentation
from .statistics import stronger

Setting = tuple[str, str]  # classifier, protocol

LARGEST_COUNT = 2**53  # of rows and seeds
NEVER_EMPTY = ["table", "dataset", "arm", "classifier", "protocol", "seed"]
KEY = [*LABELS, *FIT]


class Unit(NamedTuple):
    """Data set, with the rows of each class where these vary; each unit has its own table."""

    dataset: str
    n: int | None
    n_new: int | None

    def title(self, of: str) -> str:
        """Heading of the unit's table; `of` says what its numbers of rows are of."""
        sizes = {"real": self.n, "new": self.n_new}
        words = [f"{size:,} {kind}" for kind, size in sizes.items() if size is not None]
        return f"{self.dataset}, {' and '.join(words)} rows {of}" if words else self.dataset


class Comparison(NamedTuple):
    """Score of an arm on a unit in a setting, over seeds, and its gains.

    Attributes
    ----------
    mean, std : float
        Mean and standard deviation of the score.
    gain : PairedDifference
        Gain over the baseline of the same setting.
    gain_to_stronger : PairedDifference
        Gain over the better baseline of the classifier's protocols.
    p : float
        P-value of `gain`, corrected for the number of arms.
    """

    mean: float
    std: float
    gain: PairedDifference
    gain_to_stronger: PairedDifference
    p: float


class Results(NamedTuple):
    """Fits of a CSV and their comparisons.

    Frames of scores and gains have a row for each unit (its place in `units`) and seed, and a
    column for each classifier, protocol and arm. In them more is better, whatever the score.
    """

    table: str
    presentation: Presentation
    head: list[str]
    fits: pd.DataFrame
    units: list[Unit]
    settings: list[Setting]
    scores: pd.DataFrame  # the presentation's score
    gains: dict[str, pd.DataFrame]  # by score
    gains_to_stronger: pd.DataFrame  # of the presentation's score
    comparisons: dict[tuple[Unit, Setting, str], Comparison]

    @property
    def quick(self) -> bool:
        """True where a command of the head has tiny budgets."""
        commands = [line.split() for line in self.head if line.startswith("command:")]
        return any("--quick" in words for words in commands)

    @property
    def name(self) -> str:
        """Name of the files of the report, without their ends."""
        return self.table + self.presentation.suffix

    @property
    def n_seeds(self) -> int:
        """Number of seeds."""
        return self.fits["seed"].nunique()

    @property
    def has_sizes(self) -> bool:
        """True where the data sets come with numbers of rows."""
        return any(unit.n is not None for unit in self.units)

    @property
    def kind_of_units(self) -> str:
        """Words for what the units are."""
        if not self.has_sizes:
            return "data sets"
        several = len({unit.dataset for unit in self.units}) > 1
        return "data sets and numbers of rows" if several else "numbers of rows"

    def extent(self, setting: Setting) -> str:
        """Say how many units and seeds a setting has."""
        measured = self.scores[setting].dropna(how="all").index
        n_units, n_seeds = (measured.unique(level).size for level in ("unit", "seed"))
        return f"{n_units} {self.kind_of_units}, {n_seeds} splits"

    def title(self, unit: Unit) -> str:
        """Heading of a unit's table."""
        return unit.title(self.presentation.rows_of)

    def arms(self, settings: Iterable[Setting]) -> list[str]:
        """Arms that have fits in the settings, in order."""
        return _arms(self.gains[self.presentation.score], settings)

    def groups(self) -> Iterator[tuple[str, list[Setting]]]:
        """Settings that share a table: the protocols of a neural classifier, and all others."""
        neural = dict.fromkeys(c for c, protocol in self.settings if protocol != NO_PROTOCOL)
        for classifier in neural:
            yield classifier, [setting for setting in self.settings if setting[0] == classifier]
        rest = [setting for setting in self.settings if setting[0] not in neural]
        if rest:
            yield "other classifiers" if neural else "all classifiers", rest


# --- reading ---


def read_results(
    path: Path, presentations: Mapping[str, Presentation], score: str | None = None
) -> Results:
    """Read and check the CSV of an experiment, and compare its arms.

    `presentations` holds those of all known experiments by name, and `score` is the column to
    compare by, if not the presentation's.
    """
    try:
        lines = read_whole_lines(path)
        fits = pd.read_csv(StringIO("".join(lines)), comment="#")
    except (OSError, ValueError) as error:  # pandas' and Unicode's errors are ValueErrors
        raise SystemExit(f"Error: can't read {path}: {error}") from error
    scores = _known_scores(fits, presentations)
    if score is not None:
        _check_score(path, fits, score)
        scores = list(dict.fromkeys([*scores, score]))
    _check_columns(path, fits, scores)
    _check_numbers(path, fits, scores)
    _check_labels(path, fits, list(presentations))
    fits = _repeat_for_all_n_new(fits)
    sizes = fits[["n", "n_new"]].astype("Int64").astype(object)
    sizes = sizes.where(sizes.notna(), None)
    fits["unit"] = [
        Unit(*values) for values in zip(fits["dataset"], sizes["n"], sizes["n_new"], strict=True)
    ]
    units = sorted(set(fits["unit"]), key=lambda unit: (unit.dataset, unit.n or 0, unit.n_new or 0))
    settings = sorted(
        set(zip(fits["classifier"], fits["protocol"], strict=True)),
        key=lambda setting: (_place(setting[0], CLASSIFIERS), _place(setting[1], PROTOCOLS)),
    )
    presentation = presentations[fits["table"].iloc[0]].of(score)
    by_score = {name: oriented(pivot(fits, units, name), name) for name in scores}
    main = by_score[presentation.score]
    return Results(
        fits["table"].iloc[0],
        presentation,
        [line[1:].strip() for line in takewhile(lambda line: line[:1] == "#", lines)],
        fits,
        units,
        settings,
        main,
        {name: gains(values) for name, values in by_score.items()},
        gains_to_stronger(main),
        _compare(fits, units, settings, main, presentation.test_ratio),
    )


def _known_scores(fits: pd.DataFrame, presentations: Mapping[str, Presentation]) -> list[str]:
    """Scores of the table that the first row names; those of all tables if it is unknown."""
    table = str(fits["table"].iloc[0]) if "table" in fits and len(fits) else ""
    return list(presentations[table].scores if table in presentations else SCORES)


def _check_score(path: Path, fits: pd.DataFrame, score: str) -> None:
    """Stop where the CSV has no numbers of a score, and name those that it has."""
    held = [name for name in ALL_SCORES if name in fits and fits[name].notna().any()]
    if score not in held:
        raise SystemExit(
            f"Error: {path} holds no {score}: --score must be one of {', '.join(held)}"
        )


def _check_columns(path: Path, fits: pd.DataFrame, scores: Sequence[str]) -> None:
    """Stop where a column is missing, or there are no rows."""
    missing = [column for column in columns(scores) if column not in fits]
    if missing:
        raise SystemExit(f"Error: {path} has no column {', '.join(missing)}")
    if fits.empty:
        raise SystemExit(f"Error: {path} holds no fits")


def _check_numbers(path: Path, fits: pd.DataFrame, scores: Sequence[str]) -> None:
    """Stop at the first column that holds other numbers than it may."""
    for column in [column for column in columns(scores) if column not in TEXTS]:
        numbers = pd.to_numeric(fits[column], errors="coerce")
        wrong = fits[column][(numbers.isna() & fits[column].notna()) | (fits[column].dtype == bool)]
        if len(wrong):
            raise SystemExit(
                f"Error: {path}: column {column} must hold numbers, got {wrong.iloc[0]!r}"
            )
    whole = {
        column: fits[column].between(0, LARGEST_COUNT) & (fits[column].astype(float) % 1 == 0)
        for column in COUNTS
    }
    shares = {column: fits[column].between(0, 1) for column in scores}
    for possible, words in [(whole, "whole numbers >= 0"), (shares, "numbers in [0, 1]")]:
        for column, right in possible.items():
            wrong = fits[column][~right & fits[column].notna()]
            if len(wrong):
                raise SystemExit(
                    f"Error: {path}: column {column} must hold {words}, got {wrong.iloc[0]}"
                )


def _check_labels(path: Path, fits: pd.DataFrame, tables: Sequence[str]) -> None:
    """Stop where a label is missing, unknown, or the same for two fits."""
    for column in NEVER_EMPTY:
        if fits[column].isna().any():
            raise SystemExit(f"Error: {path}: column {column} has empty cells")
    names = fits["table"].unique()
    if len(names) > 1 or names[0] not in tables:
        raise SystemExit(
            f"Error: {path}: column table must be one of {', '.join(tables)}, "
            f"got {', '.join(map(str, names))}"
        )
    twice = fits[fits.duplicated(KEY)]
    if len(twice):
        fit = ", ".join(f"{column} {twice[column].iloc[0]}" for column in KEY)
        raise SystemExit(f"Error: {path} holds fits twice, such as {fit}")


def _repeat_for_all_n_new(fits: pd.DataFrame) -> pd.DataFrame:
    """Repeat fits without new rows, such as the baseline's, for each number of new rows."""
    free, numbers = fits["n_new"].isna(), fits["n_new"].dropna().unique()
    if not len(numbers):
        return fits
    repeated = fits[free].drop(columns="n_new").merge(pd.DataFrame({"n_new": numbers}), how="cross")
    return pd.concat([fits[~free], repeated], ignore_index=True)


def pivot(fits: pd.DataFrame, units: list[Unit], score: str) -> pd.DataFrame:
    """Arrange a score by unit and seed, and by classifier, protocol and arm."""
    place = {unit: i for i, unit in enumerate(units)}
    return (
        fits.assign(unit=fits["unit"].map(place))
        .pivot(index=["unit", "seed"], columns=["classifier", "protocol", "arm"], values=score)
        .sort_index(axis=1)
    )


def _arms(frame: pd.DataFrame, settings: Iterable[Setting]) -> list[str]:
    """Arms with a column in one of the settings, in order."""
    found = {column[2] for column in frame if column[:2] in set(settings)}
    return sorted(found, key=lambda arm: _place(arm, ORDER))


def _place(name: str, names: Sequence[str]) -> tuple[int, str]:
    """Key to sort by: the place among `names`; other names come last."""
    return (names.index(name) if name in names else len(names)), name


# --- comparing ---


def oriented(scores: pd.DataFrame, score: str) -> pd.DataFrame:
    """Scores with the sign that makes more of them better."""
    return -scores if score == BRIER else scores


def gains(scores: pd.DataFrame) -> pd.DataFrame:
    """Differences to the baseline of the same classifier and protocol."""
    nothing = pd.Series(np.nan, scores.index)
    return pd.DataFrame(
        {c: scores[c] - scores.get((*c[:2], BASELINE), nothing) for c in scores}
    ).sort_index(axis=1)


def gains_to_stronger(scores: pd.DataFrame) -> pd.DataFrame:
    """Differences to the better baseline of the classifier's protocols on each data set.

    Classifiers without a choice of protocols are left out.
    """
    columns: dict[tuple, pd.Series] = {}
    for classifier in scores.columns.unique("classifier"):
        protocols = scores[classifier].columns.unique("protocol")
        baselines = [(classifier, protocol, BASELINE) for protocol in protocols]
        if len(baselines) < 2 or not set(baselines) <= set(scores):
            continue
        by_unit = scores[baselines].groupby(level="unit")
        reference = pd.concat([stronger(part) for _, part in by_unit])
        columns |= {c: scores[c] - reference for c in scores if c[0] == classifier}
    return pd.DataFrame(columns, index=scores.index)


def _compare(
    fits: pd.DataFrame,
    units: Sequence[Unit],
    settings: Sequence[Setting],
    scores: pd.DataFrame,
    test_ratio: float | None,
) -> dict[tuple[Unit, Setting, str], Comparison]:
    """Compare all arms of each unit and setting."""
    to_baseline, to_stronger = gains(scores), gains_to_stronger(scores)
    found = {}
    for (place, unit), setting in product(enumerate(units), settings):
        rows = fits[fits["unit"] == unit]
        ratio = (rows["n_test"] / rows["n_train"]).mean() if test_ratio is None else test_ratio
        columns = [(*setting, arm) for arm in _arms(scores, [setting])]
        own = [mean_gain_of_unit(to_baseline, column, place, ratio) for column in columns]
        p_values = [
            np.nan if column[2] == BASELINE else gain.p_value
            for column, gain in zip(columns, own, strict=True)
        ]
        for column, gain, p in zip(columns, own, holm(p_values), strict=True):
            found[unit, setting, column[2]] = Comparison(
                *spread(scores.loc[place, column].abs()),  # with the sign of the CSV
                gain,
                mean_gain_of_unit(to_stronger, column, place, ratio),
                float(p),
            )
    return found


def mean_gain_of_unit(
    differences: pd.DataFrame, column: tuple, place: int, test_ratio: float
) -> PairedDifference:
    """Mean difference in a column over the seeds of one unit."""
    picked = differences[column].loc[place] if column in differences else []
    return paired_difference(picked, test_ratio=None if np.isnan(test_ratio) else test_ratio)


def mean_gain(differences: pd.DataFrame, column: tuple) -> PairedDifference:
    """Mean difference in a column over all units."""
    return paired_difference(differences[column].unstack("unit") if column in differences else [])
