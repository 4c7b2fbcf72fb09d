"""Files of the KEEL data set repository, with or without their headers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from sklearn.utils import Bunch

from ._base import check_flags
from ._keel_format import CATEGORICAL, KeelTable, read_keel


@overload
def load_keel(
    path: str | os.PathLike[str],
    *,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
) -> Bunch: ...


@overload
def load_keel(
    path: str | os.PathLike[str],
    *,
    return_X_y: Literal[True],
    as_frame: bool = ...,
) -> tuple[Any, Any]: ...


def load_keel(
    path: str | os.PathLike[str],
    *,
    return_X_y: bool = False,
    as_frame: bool = True,
) -> Bunch | tuple[Any, Any]:
    """Load a data set from a ``.dat`` file of the KEEL repository [1]_ (classification).

    The file may begin with KEEL's header. Its ``@attribute`` lines give the names and kinds of the
    columns, ``@inputs`` and ``@outputs`` their parts. Without ``@outputs``, the class is the last
    attribute. Ranges of numbers are not enforced.

    Without a header, the last column is the class. The other columns are called "x0", "x1" and so
    on. A column of whole numbers is integer, a column of other numbers real. Any other column is
    categorical, with its categories in alphabetical order.

    ``?``, ``<null>`` and nothing stand for a missing value. Lines that begin with ``%`` are
    comments. Text is read as UTF-8, or as Latin-1 where it is not UTF-8.

    Parameters
    ----------
    path : path-like
        The file. skvae downloads none: those of imbalanced classes are at
        https://sci2s.ugr.es/keel/imbalanced.php.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=True
        If True, `data` is a DataFrame whose dtypes are the kinds of its columns, and `target` is a
        Series. If False, both are arrays.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : {DataFrame, ndarray} of shape (n_samples, n_features)
            The inputs. In a DataFrame, a real column is float64. An integer column is int64, or
            float64 where values are missing. A categorical column has the declared categories in
            their order. An array is float64, or object where columns are categorical.
        target : {Series, ndarray} of shape (n_samples,), str
            The class of each row.
        frame : DataFrame of shape (n_samples, n_features + 1) or None
            `data` and `target` side by side, with ``as_frame=True``.
        feature_names : list of str
            The names of the inputs.
        target_names : ndarray of shape (n_classes,), str
            The names of the classes, in their declared order, or else alphabetically.
        column_kinds : dict of str to {"categorical", "integer", "continuous"}
            The kind of each input.
        categories : dict of str to list of str
            The categories of each categorical input.
        DESCR : str
            Source and size.
    (data, target) : tuple
        With ``return_X_y=True``.

    Raises
    ------
    ValueError
        If the file is empty or malformed. The message names the file, the line and the column.
    OSError
        If the file can't be read.

    References
    ----------
    .. [1] J. Alcala-Fdez, A. Fernandez, J. Luengo, J. Derrac, S. Garcia, L. Sanchez, F. Herrera,
       "KEEL data-mining software tool: Data set repository, integration of algorithms and
       experimental analysis framework", Journal of Multiple-Valued Logic and Soft Computing,
       17(2-3), 255-287, 2011 (the journal gives no DOI). The software's own article is
       :doi:`10.1007/s00500-008-0323-y`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skvae.datasets import load_keel
    >>> text = '''@relation flowers
    ... @attribute length real [0.0, 9.0]
    ... @attribute colour {white, blue}
    ... @attribute class {common, rare}
    ... @inputs length, colour
    ... @outputs class
    ... @data
    ... 1.5, white, common
    ... ?, blue, common
    ... 7.0, blue, rare
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "flowers.dat")
    ...     _ = path.write_text(text)
    ...     flowers = load_keel(path)
    >>> flowers.frame
       length colour   class
    0     1.5  white  common
    1     NaN   blue  common
    2     7.0   blue    rare
    """
    check_flags(return_X_y=return_X_y, as_frame=as_frame)
    path = Path(path).expanduser()
    bunch = _bunch(read_keel(path))
    bunch.DESCR = _describe(path.stem, bunch)
    if not as_frame:
        _to_arrays(bunch)
    return (bunch.data, bunch.target) if return_X_y else bunch


def _bunch(table: KeelTable) -> Bunch:
    import pandas as pd

    inputs = {column.name: column for column in table.inputs}
    data = pd.DataFrame(
        {
            name: pd.Categorical(column.values, categories=list(column.categories))
            if column.kind == CATEGORICAL
            else column.values
            for name, column in inputs.items()
        },
        index=range(len(table.output.values)),
    )
    target = pd.Series(table.output.values, name=table.output.name)
    return Bunch(
        data=data,
        target=target,
        frame=pd.concat([data, target], axis=1),
        feature_names=list(inputs),
        target_names=np.array(table.output.categories),
        column_kinds={name: column.kind for name, column in inputs.items()},
        categories={n: list(c.categories) for n, c in inputs.items() if c.kind == CATEGORICAL},
    )


def _to_arrays(bunch: Bunch) -> None:
    """Replace the pandas containers of a Bunch by arrays."""
    bunch.data = bunch.data.to_numpy(object if bunch.categories else float)
    bunch.target = bunch.target.to_numpy(str)
    bunch.frame = None


def _describe(name: str, bunch: Bunch) -> str:
    n_rows, n_columns = bunch.data.shape
    counts = bunch.target.value_counts()
    classes = ", ".join(f"{c} ({counts.get(c, 0)})" for c in bunch.target_names)
    missing = bunch.data.isna().to_numpy().mean() if bunch.data.size else 0.0
    return (
        f"KEEL {name}\n\n"
        f"{n_rows} rows, {n_columns} columns, {missing:.1%} of the values missing\n"
        f"Classes: {classes}\n\n"
        "Source: J. Alcala-Fdez et al., 'KEEL data-mining software tool: Data set repository,\n"
        "integration of algorithms and experimental analysis framework', Journal of\n"
        "Multiple-Valued Logic and Soft Computing 17, 2011.\n"
        "Files: https://sci2s.ugr.es/keel/datasets.php\n"
    )
