"""Six data sets of the PROBEN1 benchmark collection, encoded from their raw files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.utils import Bunch

from ._base import check_choice, check_flags, data_folder, fetch_file, to_frames

_BASE_URL = (
    "https://raw.githubusercontent.com/jeffheaton/proben1/1c63a400c5811fdd924510e08ccdba631d118c96"
)
_ENCODINGS = ("attributes", "proben1")
_MISSING = "?"


def fetch_proben1(
    name,
    *,
    encoding="attributes",
    data_home=None,
    download_if_missing=True,
    return_X_y=False,
    as_frame=False,
):
    """Load a data set of the PROBEN1 collection [1]_ (classification).

    ======== ======= ======= ========== ============== =======
    name     samples classes attributes PROBEN1 inputs missing
    ======== ======= ======= ========== ============== =======
    card         690       2         15             51 0.6 %
    diabetes     768       2          8              8 none
    gene        3175       3         60            120 none
    glass        214       6          9              9 none
    horse        364       3         20             58 26 %
    thyroid     7200       3         21             21 none
    ======== ======= ======= ========== ============== =======

    Downloaded once into a cache folder, and verified at each call. Rows keep the order of the raw
    files. The 15 rows of gene that hold unknown nucleotides are left out, as in PROBEN1.

    Parameters
    ----------
    name : {"card", "diabetes", "gene", "glass", "horse", "thyroid"}
        The data set.
    encoding : {"attributes", "proben1"}, default="attributes"
        - "attributes": one column per attribute, scaled to [0, 1]. Symbols become the integers
          0 ... k - 1 first, in the documented order where they have one. A missing value is 0;
          `missing` tells it from a real 0.
        - "proben1": the inputs that PROBEN1 itself feeds a network, equal to its ``.dt`` files up
          to the order of rows: one-hot symbols, an extra input for "value is missing", PROBEN1's
          own scales (gene: -1 and 1; A15 of card and Si of glass reach a little beyond 1).
    data_home : path-like or None, default=None
        The cache folder, which holds ``proben1/<folder>/<file>``. None stands for the environment
        variable `SKVAE_DATA`, and where that is unset for the operating system's cache folder.
    download_if_missing : bool, default=True
        If False, raise an OSError instead of downloading a file that is missing or corrupt.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        If True, `data` and `missing` are DataFrames and `target` is a Series named "class". The
        numbers are the same.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : {ndarray, DataFrame} of shape (n_samples, n_features), float64
            The encoded attributes.
        target : {ndarray, Series} of shape (n_samples,), int64
            The class of each row, an index into `target_names`.
        frame : DataFrame of shape (n_samples, n_features + 1) or None
            `data` and `target` side by side, with ``as_frame=True``.
        feature_names : list of str
            The names of the columns; "A1=b" is the indicator of the symbol b of attribute A1.
        target_names : ndarray of shape (n_classes,), str
            The names of the classes.
        column_kinds : dict of str to {"categorical", "integer", "continuous"}
            The kind of each column. Symbols with an order count as integers.
        categorical_features : ndarray of shape (n_features,), bool
            Which columns are categorical.
        categories : dict of str to list of str
            The symbols of each categorical column, in the order of their codes.
        missing : {ndarray, DataFrame} of shape (n_samples, n_features), bool
            Where the value of the attribute was missing.
        DESCR : str
            Source, size and peculiarities.
    (data, target) : tuple
        With ``return_X_y=True``.

    Raises
    ------
    ValueError
        If `name` or `encoding` is unknown.
    OSError
        If a file is missing or corrupt and can't or may not be downloaded.
    ImportError
        If a download needs pooch, and pooch is not installed.

    References
    ----------
    .. [1] L. Prechelt, "PROBEN1: A set of neural network benchmark problems and benchmarking
       rules", Technical Report 21/94, Fakultät für Informatik, Universität Karlsruhe, 1994.
       Files: https://github.com/jeffheaton/proben1

    Examples
    --------
    >>> from skvae.datasets import fetch_proben1
    >>> card = fetch_proben1("card")  # doctest: +SKIP
    >>> card.data.shape  # doctest: +SKIP
    (690, 15)
    >>> card.target_names  # doctest: +SKIP
    array(['denied', 'granted'], dtype='<U7')
    """
    check_choice("name", name, list(_DATA_SETS))
    check_choice("encoding", encoding, list(_ENCODINGS))
    check_flags(download_if_missing=download_if_missing, return_X_y=return_X_y, as_frame=as_frame)
    data_set = _DATA_SETS[name]

    folder = data_folder(data_home)
    paths = [
        fetch_file(
            folder / "proben1" / file,
            f"{_BASE_URL}/{file}",
            sha256,
            download_if_missing=download_if_missing,
        )
        for file, sha256 in data_set.files.items()
    ]
    raw, raw_target = _read(data_set, paths)
    columns = list(_encode(data_set, raw, encoding))
    bunch = _bunch(data_set, columns, raw_target)
    bunch.DESCR = _describe(name, encoding, bunch)
    if as_frame:
        _to_frames(bunch)
    return (bunch.data, bunch.target) if return_X_y else bunch


def _read(data_set: _DataSet, paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Return the raw strings, one column per attribute, and the raw classes."""
    lines = [line for path in paths for line in path.read_text("ascii").splitlines()]
    rows = [line.replace(",", " ").split() for line in lines]
    if data_set.sequence is not None:
        rows = [[*row[data_set.sequence], *row[: data_set.sequence]] for row in rows]
        nucleotides = set(data_set.attributes[0].symbols)
        rows = [row for row in rows if nucleotides.issuperset(row[: len(data_set.attributes)])]
    table = np.array(rows)
    return table[:, data_set.positions], table[:, data_set.target]


class _Column(NamedTuple):
    """An encoded column; `values` are NaN where the attribute is missing."""

    name: str
    kind: str
    symbols: tuple[str, ...]
    values: np.ndarray


def _encode(data_set: _DataSet, raw: np.ndarray, encoding: str) -> Iterator[_Column]:
    for attribute, strings in zip(data_set.attributes, raw.T, strict=True):
        if encoding == "attributes":
            yield _as_attribute(attribute, strings)
        else:
            yield from _as_inputs(attribute, strings)


def _as_attribute(attribute: _Attribute, strings: np.ndarray) -> _Column:
    if attribute.symbols:
        top = len(attribute.symbols) - 1
        values = _look_up(strings, {s: i / top for i, s in enumerate(attribute.symbols)})
    else:
        values = _numbers(strings)
        low, high = np.nanmin(values), np.nanmax(values)
        values = (values - low) / (high - low)
    return _Column(attribute.name, attribute.kind, attribute.labels, values)


def _as_inputs(attribute: _Attribute, strings: np.ndarray) -> Iterator[_Column]:
    """Yield PROBEN1's inputs for an attribute, in PROBEN1's order."""
    name, missing = attribute.name, strings == _MISSING
    for form in attribute.inputs:
        if form == "value":
            kind = "continuous" if attribute.log else attribute.kind
            yield _Column(name, kind, attribute.labels, _scale(attribute, strings))
        elif form == "one-hot":
            for symbol, label in zip(attribute.symbols, attribute.labels, strict=True):
                hot = np.where(missing, np.nan, strings == symbol)
                yield _Column(f"{name}={label}", "categorical", ("no", "yes"), hot)
        elif form == "pair":
            for either in ("GT", "AT"):
                signs = np.where(np.isin(strings, list(either)), 1.0, -1.0)
                label = "|".join(either)
                yield _Column(f"{name}={label}", "categorical", ("no", "yes"), signs)
        else:  # an indicator is known where the value is not, so it is never NaN
            flags = missing if form == "missing" else np.zeros(len(strings))
            yield _Column(f"{name}=missing", "categorical", ("no", "yes"), flags.astype(float))


def _scale(attribute: _Attribute, strings: np.ndarray) -> np.ndarray:
    if attribute.symbols:
        return _look_up(strings, dict(zip(attribute.symbols, attribute.levels, strict=True)))
    values = _numbers(strings)
    if attribute.log:
        values = np.log(values + 1)
    return (values - attribute.low) / (attribute.high - attribute.low)


def _look_up(strings: np.ndarray, table: Mapping[str, float]) -> np.ndarray:
    table = {**table, _MISSING: np.nan}
    return np.array([table[string] for string in strings.tolist()], dtype=float)


def _numbers(strings: np.ndarray) -> np.ndarray:
    return np.where(strings == _MISSING, "nan", strings).astype(float)


def _bunch(data_set: _DataSet, columns: list[_Column], raw_target: np.ndarray) -> Bunch:
    values = np.column_stack([column.values for column in columns])
    codes = {symbol: code for code, symbol in enumerate(data_set.classes)}
    return Bunch(
        data=np.nan_to_num(values, nan=0.0),
        target=np.array([codes[symbol] for symbol in raw_target.tolist()], dtype=np.int64),
        frame=None,
        feature_names=[column.name for column in columns],
        target_names=np.array(list(data_set.classes.values())),
        column_kinds={column.name: column.kind for column in columns},
        categorical_features=np.array([column.kind == "categorical" for column in columns]),
        categories={c.name: list(c.symbols) for c in columns if c.kind == "categorical"},
        missing=np.isnan(values),
    )


def _describe(name: str, encoding: str, bunch: Bunch) -> str:
    counts = np.bincount(bunch.target).tolist()
    classes = ", ".join(f"{c} ({n})" for c, n in zip(bunch.target_names, counts, strict=True))
    n_rows, n_columns = bunch.data.shape
    data_set = _DATA_SETS[name]
    return (
        f"PROBEN1 {name}: {data_set.title}\n\n"
        f"{n_rows} rows, {n_columns} columns (encoding {encoding!r}), "
        f"{bunch.missing.mean():.1%} of the values missing\n"
        f"Classes: {classes}\n"
        f"{data_set.notes}\n\n"
        "Source: UCI machine learning repository, as collected in L. Prechelt, 'PROBEN1: A set of\n"
        "neural network benchmark problems and benchmarking rules', Technical Report 21/94,\n"
        "Fakultät für Informatik, Universität Karlsruhe, 1994.\n"
        f"Files: {_BASE_URL}\n"
    )


def _to_frames(bunch: Bunch) -> None:
    """Replace the arrays of a Bunch by pandas containers."""
    import pandas as pd

    bunch.missing = pd.DataFrame(bunch.missing, columns=bunch.feature_names)
    to_frames(bunch)


@dataclass(frozen=True)
class _Attribute:
    """An attribute of the raw files, and PROBEN1's inputs for it.

    `inputs` are, in order: "value", "one-hot", "pair" (two inputs of -1 and 1 for a nucleotide),
    "missing" (1 where the value is missing), "unset" (meant as "missing", but always 0).
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    low: float = 0.0  # a number's "value" is (x - low) / (high - low)
    high: float = 1.0
    log: bool = False  # ... of log(x + 1)
    symbols: tuple[str, ...] = ()  # as in the raw file, in the order of their codes
    labels: tuple[str, ...] = ()  # what the symbols stand for
    levels: tuple[float, ...] = ()  # a symbol's "value"


@dataclass(frozen=True)
class _DataSet:
    title: str
    notes: str
    files: Mapping[str, str]  # path below proben1/, sha256
    attributes: tuple[_Attribute, ...]
    positions: list[int]  # of the attributes in a raw row
    target: int  # position of the class in a raw row
    classes: Mapping[str, str]  # raw symbol, name; in the order of the integer targets
    sequence: int | None = None  # of a string with one attribute per character, moved to the front


def _number(name, kind, low, high, inputs="value", *, log=False):
    return _Attribute(name, kind, tuple(inputs.split()), low, high, log)


def _nominal(name, symbols, inputs="one-hot", labels=None):
    names = tuple(symbols.split())
    return _Attribute(
        name,
        "categorical",
        tuple(inputs.split()),
        symbols=names,
        labels=tuple(labels.split(", ")) if labels else names,
        levels=tuple(float(code) for code in range(len(names))),
    )


def _ordered(name, levels, inputs="value missing", labels=None):
    return _Attribute(
        name,
        "integer",
        tuple(inputs.split()),
        symbols=tuple(levels),
        labels=tuple(labels.split(", ")) if labels else tuple(levels),
        levels=tuple(levels.values()),
    )


_CARD = (
    _nominal("A1", "b a", "one-hot missing"),
    _number("A2", "continuous", 13.75, 80.25, "value missing"),
    _number("A3", "continuous", 0, 28),
    _nominal("A4", "u y l t", "one-hot missing"),
    _nominal("A5", "g p gg", "one-hot missing"),
    _nominal("A6", "c d cc i j k m r q w x e aa ff", "one-hot missing"),
    _nominal("A7", "v h bb j n z dd ff o", "one-hot missing"),
    _number("A8", "continuous", 0, 28.5),
    _nominal("A9", "f t", "value"),
    _nominal("A10", "f t", "value"),
    _number("A11", "integer", 0, 67),
    _nominal("A12", "f t", "value"),
    _nominal("A13", "g p s"),
    # PROBEN1's own script never sets the indicator of A14: its 13 missing values are plain zeros.
    _number("A14", "integer", 0, 2000, "value unset"),
    _number("A15", "integer", 0, 11.5, log=True),
)

_DIABETES = (
    _number("pregnancies", "integer", 0, 17),
    _number("plasma glucose", "integer", 0, 200),
    _number("blood pressure", "integer", 0, 122),
    _number("skin fold thickness", "integer", 0, 100),
    _number("serum insulin", "integer", 0, 846),
    _number("body mass index", "continuous", 0, 67.1),
    _number("pedigree function", "continuous", 0.078, 2.42),
    _number("age", "integer", 21, 81),
)

_GENE = tuple(
    _nominal(f"base{position:+d}", "A C G T", "pair") for position in range(-30, 31) if position
)

_GLASS = (
    _number("RI", "continuous", 1.51115, 1.53393),
    _number("Na", "continuous", 10.73, 17.38),
    _number("Mg", "continuous", 0, 4.49),
    _number("Al", "continuous", 0.29, 3.5),
    # The largest value is 75.41; PROBEN1 swapped two digits, so its inputs reach beyond 1.
    _number("Si", "continuous", 69.81, 75.14),
    _number("K", "continuous", 0, 6.21),
    _number("Ca", "continuous", 5.43, 16.19),
    _number("Ba", "continuous", 0, 3.15),
    _number("Fe", "continuous", 0, 0.51),
)

_HORSE = (
    _nominal("age", "1 9", "value", "adult, young"),
    _number("rectal temperature", "continuous", 35.4, 40.8, "value missing"),
    _number("pulse", "integer", 30, 184, "value missing"),
    _number("respiratory rate", "integer", 0, 96, "value missing"),
    _ordered("temperature of extremities", {"2": 0.0, "1": 0.33, "3": 0.66, "4": 1.0}),
    _ordered("peripheral pulse", {"4": 0.0, "3": 0.33, "1": 0.66, "2": 1.0}),
    _nominal(
        "mucous membranes",
        "1 2 3 4 5 6",
        "one-hot missing",
        "normal pink, bright pink, pale pink, pale cyanotic, bright red, dark cyanotic",
    ),
    _nominal("capillary refill time", "1 2", "value missing", "< 3 seconds, >= 3 seconds"),
    _nominal(
        "pain",
        "1 2 3 4 5",
        "one-hot missing",
        "no pain, depressed, intermittent mild, intermittent severe, continuous severe",
    ),
    _ordered("peristalsis", {"1": 0.0, "2": 0.33, "3": 0.67, "4": 1.0}),
    _ordered(
        "abdominal distension",
        {"1": 0.0, "2": 0.33, "3": 0.67, "4": 1.0},
        "one-hot value missing",
        "none, slight, moderate, severe",
    ),
    _ordered("nasogastric tube", {"1": 0.0, "2": 0.5, "3": 1.0}),
    _ordered("nasogastric reflux", {"1": 0.0, "2": 0.5, "3": 1.0}),
    _number("nasogastric reflux PH", "continuous", 0, 8.5, "value missing"),
    _ordered("rectal examination", {"4": 0.0, "3": 0.33, "1": 0.66, "2": 1.0}),
    _nominal(
        "abdomen",
        "1 2 3 4 5",
        "one-hot missing",
        "normal, other, firm feces, distended small intestine, distended large intestine",
    ),
    _number("packed cell volume", "continuous", 0, 75, "value missing"),
    _number("total protein", "continuous", 0, 89, "value missing"),
    _nominal(
        "abdominocentesis appearance",
        "1 2 3",
        "one-hot missing",
        "clear, cloudy, serosanguinous",
    ),
    _number("abdominocentesis total protein", "continuous", 0, 10.1, "value missing"),
)

_THYROID = (
    _number("age", "continuous", 0, 1),
    *(
        _nominal(name, "0 1", "value")
        for name in (
            "sex",
            "on thyroxine",
            "query on thyroxine",
            "on antithyroid medication",
            "sick",
            "pregnant",
            "thyroid surgery",
            "I131 treatment",
            "query hypothyroid",
            "query hyperthyroid",
            "lithium",
            "goitre",
            "tumor",
            "hypopituitary",
            "psych",
        )
    ),
    *(_number(name, "continuous", 0, 1) for name in ("TSH", "T3", "TT4", "T4U", "FTI")),
)

_DATA_SETS = {
    "card": _DataSet(
        title="credit card approval",
        notes="Attributes and symbols were made anonymous by the donor.",
        files={"card/crx.data": "fff49bc186cbddb3ace7371d40d9fbbb3af4f126019c13ff3f562249b1454f4d"},
        attributes=_CARD,
        positions=list(range(15)),
        target=15,
        classes={"-": "denied", "+": "granted"},
    ),
    "diabetes": _DataSet(
        title="diabetes among Pima Indian women",
        notes="Zeros of glucose, pressure, skin fold, insulin and mass index most probably stand\n"
        "for missing values; as in PROBEN1 they are taken for real.",
        files={
            "diabetes/pima-indians-diabetes.data": (
                "06f5b7c2cd7bca686fda4f92eab5f61e7ff6426a9acefa2e3dda04fc54293cf5"
            )
        },
        attributes=_DIABETES,
        positions=list(range(8)),
        target=8,
        classes={"0": "no diabetes", "1": "diabetes"},
    ),
    "gene": _DataSet(
        title="splice junctions in primate DNA",
        notes="EI: exon-intron boundary (donor), IE: intron-exon boundary (acceptor), N: neither.\n"
        "15 rows with unknown nucleotides are left out.",
        files={
            "gene/gene.data": "ebbae10c85d3c285e2a2489a37e42bc2ee8d91d15005e391a9962fa3389a114f"
        },
        attributes=_GENE,
        positions=list(range(60)),
        target=60,
        classes={"EI": "EI", "IE": "IE", "N": "N"},
        sequence=2,
    ),
    "glass": _DataSet(
        title="glass splinters from scenes of crime",
        notes="Refractive index, and oxides in percent by weight.",
        files={
            "glass/glass.data": "dd67373f4baf2807345df02cbfef2093d342e61ad0d82a4fb79af43ef8ce449d"
        },
        attributes=_GLASS,
        positions=list(range(1, 10)),
        target=10,
        classes={
            "1": "building_windows_float_processed",
            "2": "building_windows_non_float_processed",
            "3": "vehicle_windows_float_processed",
            "5": "containers",
            "6": "tableware",
            "7": "headlamps",
        },
    ),
    "horse": _DataSet(
        title="what became of horses with colic",
        notes="Symbols with an order count as integers, in the order that PROBEN1 gives them.",
        files={
            "horse/horse.raw": "2368f9b50b6d071a11847ac976c1bccc92e67b3ac5fdf9a7831920f9ae37c49b"
        },
        attributes=_HORSE,
        positions=[1, *range(3, 22)],
        target=22,
        classes={"1": "lived", "2": "died", "3": "euthanized"},
    ),
    "thyroid": _DataSet(
        title="thyroid function",
        # TSH is high and FTI low in class 1, TSH raised and FTI normal in class 2.
        notes="The documentation names a normal, a hyper- and a subnormal function without their\n"
        "numbers; normal is known by its 92 percent. Attributes are named as in Quinlan's version.",
        files={
            "thyroid/ann-train.data": (
                "3da53a156bda36cb0c97e9f4b6b111c9226c54c4aa00230de5604b787c47e3a6"
            ),
            "thyroid/ann-test.data": (
                "c649ea19416e78c7996cfaaa2a9e281cb597d4b075aaa68c494fc3e4ee3aa30b"
            ),
        },
        attributes=_THYROID,
        positions=list(range(21)),
        target=21,
        classes={"1": "class 1", "2": "class 2", "3": "normal"},
    ),
}
