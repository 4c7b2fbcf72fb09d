"""What reports are made of: the fits of a CSV, and the comparisons between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import product, takewhile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from ._arms import ARMS, FILTERS
from ._classifiers import CLASSIFIERS, NO_PROTOCOL, PROTOCOLS, SCORES
from ._common import BASELINE
from ._statistics import Estimate, corrected_t_test, holm, mean_gain, spread, stronger
from ._sweep import COLUMNS, COUNTS, FIT, LABELS, TEXTS

Setting = tuple[str, str]  # classifier, protocol

F1 = "f1_weighted"
MOST = 2**53  # rows and seeds
NUMBERS = [column for column in COLUMNS if column not in TEXTS]
KEY = [*LABELS, *FIT]


class Unit(NamedTuple):
    """What gets a table of its own: a data set, and rows a class where these vary."""

    dataset: str
    n: int | None
    n_new: int | None

    @property
    def title(self) -> str:
        sizes = {"real": self.n, "new": self.n_new}
        words = [f"{size:,} {kind}" for kind, size in sizes.items() if size is not None]
        return f"{self.dataset}, {' and '.join(words)} rows a class" if words else self.dataset


class Comparison(NamedTuple):
    """An arm on a unit in a setting: weighted F1 over seeds, and what it gains."""

    mean: float
    std: float
    gain: Estimate  # to the setting's own baseline
    gain_to_stronger: Estimate  # to the better baseline of the classifier's protocols
    p: float  # of the gain, corrected for shared rows and for the number of arms


class Results(NamedTuple):
    """The fits of a CSV and what they come to.

    Frames of gains have a row a unit (its place in `units`) and seed, and a column a classifier,
    protocol and arm.
    """

    table: str
    head: list[str]
    fits: pd.DataFrame
    units: list[Unit]
    settings: list[Setting]
    gains: dict[str, pd.DataFrame]  # by score
    gains_to_stronger: pd.DataFrame  # weighted F1
    comparisons: dict[tuple[Unit, Setting, str], Comparison]

    @property
    def n_seeds(self) -> int:
        return self.fits["seed"].nunique()

    def arms(self, settings: Iterable[Setting]) -> list[str]:
        """The arms that there are fits of, in order."""
        return _arms(self.gains[F1], settings)

    def groups(self) -> Iterator[tuple[str, list[Setting]]]:
        """Settings that share a table: the protocols of a neural classifier, and all others."""
        neural = dict.fromkeys(c for c, protocol in self.settings if protocol != NO_PROTOCOL)
        for classifier in neural:
            yield classifier, [setting for setting in self.settings if setting[0] == classifier]
        rest = [setting for setting in self.settings if setting[0] not in neural]
        if rest:
            yield "other classifiers" if neural else "all classifiers", rest


# --- reading ---


def read_results(path: Path, test_ratios: Mapping[str, float | None]) -> Results:
    """Read and check a CSV of one of the tables, and compare its arms.

    `test_ratios` has, for each known table, the test rows a training row for the corrected t-test,
    or None for those of the CSV.
    """
    try:
        text = path.read_text(encoding="utf-8")
        text = text[: text.rfind("\n") + 1]  # a line without its end is torn
        fits = pd.read_csv(StringIO(text), comment="#")
    except (OSError, ValueError) as error:  # pandas' and Unicode's errors are ValueErrors
        raise SystemExit(f"Error: can't read {path}: {error}") from error
    _check(path, fits, list(test_ratios))
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
    table = fits["table"].iloc[0]
    scores = {score: _pivot(fits, units, score) for score in SCORES}
    return Results(
        table,
        [line[1:].strip() for line in takewhile(lambda line: line[:1] == "#", text.splitlines())],
        fits,
        units,
        settings,
        {score: gains(values) for score, values in scores.items()},
        gains_to_stronger(scores[F1]),
        _compare(fits, units, settings, scores[F1], test_ratios[table]),
    )


def _check(path: Path, fits: pd.DataFrame, tables: Sequence[str]) -> None:
    """Stop with the file and the column that is not as it must be."""
    missing = [column for column in COLUMNS if column not in fits]
    if missing:
        raise SystemExit(f"Error: {path} has no column {', '.join(missing)}")
    if fits.empty:
        raise SystemExit(f"Error: {path} holds no fits")
    for column in NUMBERS:
        numbers = pd.to_numeric(fits[column], errors="coerce")
        wrong = fits[column][(numbers.isna() & fits[column].notna()) | (fits[column].dtype == bool)]
        if len(wrong):
            raise SystemExit(
                f"Error: {path}: column {column} must hold numbers, got {wrong.iloc[0]!r}"
            )
    whole = {
        column: fits[column].between(0, MOST) & (fits[column].astype(float) % 1 == 0)
        for column in COUNTS
    }
    shares = {column: fits[column].between(0, 1) for column in SCORES}
    for possible, what in [(whole, "whole numbers >= 0"), (shares, "numbers in [0, 1]")]:
        for column, right in possible.items():
            wrong = fits[column][~right & fits[column].notna()]
            if len(wrong):
                raise SystemExit(
                    f"Error: {path}: column {column} must hold {what}, got {wrong.iloc[0]}"
                )
    for column in ["table", "dataset", "arm", "classifier", "protocol", "seed"]:
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
    """Fits without new rows, such as the baseline's, stand beside each number of new rows."""
    free, numbers = fits["n_new"].isna(), fits["n_new"].dropna().unique()
    if not len(numbers):
        return fits
    repeated = fits[free].drop(columns="n_new").merge(pd.DataFrame({"n_new": numbers}), how="cross")
    return pd.concat([fits[~free], repeated], ignore_index=True)


def _pivot(fits: pd.DataFrame, units: list[Unit], score: str) -> pd.DataFrame:
    place = {unit: i for i, unit in enumerate(units)}
    return fits.assign(unit=fits["unit"].map(place)).pivot(
        index=["unit", "seed"], columns=["classifier", "protocol", "arm"], values=score
    )


def split_filter(arm: str) -> tuple[str, str]:
    """The arm without its filter, and the filter's suffix."""
    suffix = next((suffix for suffix in FILTERS if suffix and arm.endswith(suffix)), "")
    return arm.removesuffix(suffix), suffix


def _arms(frame: pd.DataFrame, settings: Iterable[Setting]) -> list[str]:
    found = {column[2] for column in frame if column[:2] in set(settings)}
    return sorted(found, key=lambda arm: _place(arm, ARMS))


def _place(name: str, names: Sequence[str]) -> tuple[int, str]:
    """Its place among names, to sort by; names that are not there come last."""
    return (names.index(name) if name in names else len(names)), name


# --- comparing ---


def gains(scores: pd.DataFrame) -> pd.DataFrame:
    """Differences to the baseline of the same classifier and protocol."""
    nothing = pd.Series(np.nan, scores.index)
    return pd.DataFrame(
        {c: scores[c] - scores.get((*c[:2], BASELINE), nothing) for c in scores}
    ).sort_index(axis=1)


def gains_to_stronger(scores: pd.DataFrame) -> pd.DataFrame:
    """Differences to the baseline of the protocol that has the better one on the data set.

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
    own, other = gains(scores), gains_to_stronger(scores)
    found = {}
    for (place, unit), setting in product(enumerate(units), settings):
        rows = fits[fits["unit"] == unit]
        ratio = (rows["n_test"] / rows["n_train"]).mean() if test_ratio is None else test_ratio
        columns = [(*setting, arm) for arm in _arms(scores, [setting])]
        p_values = [
            np.nan if column[2] == BASELINE else corrected_t_test(own.loc[place, column], ratio)
            for column in columns
        ]
        for column, p in zip(columns, holm(p_values), strict=True):
            found[unit, setting, column[2]] = Comparison(
                *spread(scores.loc[place, column]),
                estimate(own, column, place),
                estimate(other, column, place),
                float(p),
            )
    return found


def estimate(differences: pd.DataFrame, column: tuple, place: int | None = None) -> Estimate:
    """Mean difference in a column of one unit, or else over all units."""
    if column not in differences:
        return mean_gain(np.empty((0, 0)))
    picked = differences[column]
    return mean_gain(
        picked.unstack("unit") if place is None else picked.loc[place].to_numpy()[:, None]
    )
