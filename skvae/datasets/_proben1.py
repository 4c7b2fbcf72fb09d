"""Six data sets of the PROBEN1 benchmark collection, encoded from their raw files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, overload

import numpy as np
from sklearn.utils import Bunch

from ._base import DataHome, check_choice, check_flags, data_folder, fetch_file, to_frames
from ._proben1_tables import DATA_SETS, Attribute, DataSet

_BASE_URL = (
    "https://raw.githubusercontent.com/jeffheaton/proben1/1c63a400c5811fdd924510e08ccdba631d118c96"
)
_ENCODINGS = ("attributes", "proben1")
_MISSING = "?"


@overload
def fetch_proben1(
    name: str,
    *,
    encoding: str = ...,
    data_home: DataHome = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
) -> Bunch: ...


@overload
def fetch_proben1(
    name: str,
    *,
    encoding: str = ...,
    data_home: DataHome = ...,
    download_if_missing: bool = ...,
    return_X_y: Literal[True],
    as_frame: bool = ...,
) -> tuple[Any, Any]: ...


def fetch_proben1(
    name: str,
    *,
    encoding: str = "attributes",
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
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

    The files are downloaded once into a cache folder, and verified at each call. Rows keep the
    order of the raw files. The 15 rows of gene with unknown nucleotides are left out, as in
    PROBEN1.

    Parameters
    ----------
    name : {"card", "diabetes", "gene", "glass", "horse", "thyroid"}
        The data set.
    encoding : {"attributes", "proben1"}, default="attributes"
        - "attributes": one column per attribute, scaled to [0, 1]. Categories become the integers
          0 ... k - 1 first, in the documented order if there is one. A missing value is 0; the
          mask `missing` distinguishes it from a real 0.
        - "proben1": the network inputs of PROBEN1, equal to its ``.dt`` files except for the order
          of rows: one-hot categories, an extra input for "value is missing", and the scales of
          PROBEN1 (gene: -1 and 1; A15 of card and Si of glass reach a little beyond 1).
    data_home : path-like or None, default=None
        The cache folder, which holds ``proben1/<folder>/<file>``. None stands for the folder that
        the environment variable `SKVAE_DATA` names, or else the operating system's cache folder.
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
            The names of the columns; "A1=b" is the indicator of category b of attribute A1.
        target_names : ndarray of shape (n_classes,), str
            The names of the classes.
        column_kinds : dict of str to {"categorical", "integer", "continuous"}
            The kind of each column. Categories with an order count as integers.
        categorical_features : ndarray of shape (n_features,), bool
            Mask of the categorical columns.
        categories : dict of str to list of str
            The categories of each categorical column, in the order of their codes.
        missing : {ndarray, DataFrame} of shape (n_samples, n_features), bool
            Mask of the missing values.
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
    check_choice("name", name, list(DATA_SETS))
    check_choice("encoding", encoding, list(_ENCODINGS))
    check_flags(download_if_missing=download_if_missing, return_X_y=return_X_y, as_frame=as_frame)
    data_set = DATA_SETS[name]

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


def _read(data_set: DataSet, paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Return the raw strings, one column per attribute, and the raw classes."""
    lines = [line for path in paths for line in path.read_text("ascii").splitlines()]
    rows = [line.replace(",", " ").split() for line in lines]
    if data_set.sequence is not None:
        rows = [[*row[data_set.sequence], *row[: data_set.sequence]] for row in rows]
        nucleotides = set(data_set.attributes[0].categories)
        rows = [row for row in rows if nucleotides.issuperset(row[: len(data_set.attributes)])]
    table = np.array(rows)
    return table[:, data_set.positions], table[:, data_set.target]


class _Column(NamedTuple):
    """An encoded column; `values` are NaN where the attribute is missing."""

    name: str
    kind: str
    categories: tuple[str, ...]
    values: np.ndarray


def _encode(data_set: DataSet, raw: np.ndarray, encoding: str) -> Iterator[_Column]:
    """Yield the columns of all attributes in an encoding."""
    for attribute, strings in zip(data_set.attributes, raw.T, strict=True):
        if encoding == "attributes":
            yield _as_attribute(attribute, strings)
        else:
            yield from _as_inputs(attribute, strings)


def _as_attribute(attribute: Attribute, strings: np.ndarray) -> _Column:
    """Return an attribute as one column in [0, 1]."""
    if attribute.categories:
        top = len(attribute.categories) - 1
        values = _look_up(strings, {c: i / top for i, c in enumerate(attribute.categories)})
    else:
        values = _numbers(strings)
        low, high = np.nanmin(values), np.nanmax(values)
        values = (values - low) / (high - low)
    return _Column(attribute.name, attribute.kind, attribute.labels, values)


def _as_inputs(attribute: Attribute, strings: np.ndarray) -> Iterator[_Column]:
    """Yield the inputs of PROBEN1 for an attribute, in their order."""
    name, missing = attribute.name, strings == _MISSING
    for form in attribute.inputs:
        if form == "value":
            kind = "continuous" if attribute.log else attribute.kind
            yield _Column(name, kind, attribute.labels, _scale(attribute, strings))
        elif form == "one-hot":
            for category, label in zip(attribute.categories, attribute.labels, strict=True):
                hot = np.where(missing, np.nan, strings == category)
                yield _Column(f"{name}={label}", "categorical", ("no", "yes"), hot)
        elif form == "pair":
            for either in ("GT", "AT"):
                signs = np.where(np.isin(strings, list(either)), 1.0, -1.0)
                label = "|".join(either)
                yield _Column(f"{name}={label}", "categorical", ("no", "yes"), signs)
        else:  # an indicator of missing values, which itself is never missing
            flags = missing if form == "missing" else np.zeros(len(strings))
            yield _Column(f"{name}=missing", "categorical", ("no", "yes"), flags.astype(float))


def _scale(attribute: Attribute, strings: np.ndarray) -> np.ndarray:
    """Return the "value" input of PROBEN1 for an attribute."""
    if attribute.categories:
        return _look_up(strings, dict(zip(attribute.categories, attribute.levels, strict=True)))
    values = _numbers(strings)
    if attribute.log:
        values = np.log(values + 1)
    return (values - attribute.low) / (attribute.high - attribute.low)


def _look_up(strings: np.ndarray, table: Mapping[str, float]) -> np.ndarray:
    table = {**table, _MISSING: np.nan}
    return np.array([table[string] for string in strings.tolist()], dtype=float)


def _numbers(strings: np.ndarray) -> np.ndarray:
    return np.where(strings == _MISSING, "nan", strings).astype(float)


def _bunch(data_set: DataSet, columns: list[_Column], raw_target: np.ndarray) -> Bunch:
    values = np.column_stack([column.values for column in columns])
    codes = {raw_class: code for code, raw_class in enumerate(data_set.classes)}
    return Bunch(
        data=np.nan_to_num(values, nan=0.0),
        target=np.array([codes[raw_class] for raw_class in raw_target.tolist()], dtype=np.int64),
        frame=None,
        feature_names=[column.name for column in columns],
        target_names=np.array(list(data_set.classes.values())),
        column_kinds={column.name: column.kind for column in columns},
        categorical_features=np.array([column.kind == "categorical" for column in columns]),
        categories={c.name: list(c.categories) for c in columns if c.kind == "categorical"},
        missing=np.isnan(values),
    )


def _describe(name: str, encoding: str, bunch: Bunch) -> str:
    counts = np.bincount(bunch.target).tolist()
    classes = ", ".join(f"{c} ({n})" for c, n in zip(bunch.target_names, counts, strict=True))
    n_rows, n_columns = bunch.data.shape
    data_set = DATA_SETS[name]
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
