"""Treatment of PROBEN1's data sets, and the files of KEEL's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import typer


class DataSet(NamedTuple):
    """Treatment of a data set.

    Attributes
    ----------
    balanced : bool
        Whether augmentation balances the classes, as in the thesis.
    mix_fraction : float
        Share of a class's training rows that comes from the other classes, as in the thesis.
    cost : float
        Seconds of a cell's multi-VAE arms with the MLP, on one core.
    """

    balanced: bool
    mix_fraction: float
    cost: float


PROBEN1 = {
    "card": DataSet(True, 0.0, cost=40),
    "diabetes": DataSet(True, 0.0, cost=40),
    "gene": DataSet(False, 0.2, cost=60),
    "glass": DataSet(True, 0.0, cost=60),
    "horse": DataSet(True, 0.0, cost=50),
    "thyroid": DataSet(False, 0.2, cost=60),
}


def keel_folder(data_home: Path | None) -> Path:
    """Folder of KEEL's files; skvae downloads none, so that the user has to name it."""
    chosen = data_home or os.environ.get("SKVAE_DATA")
    if not chosen:
        raise typer.BadParameter(
            "--data-home, or SKVAE_DATA, must name the folder that holds keel/*.dat: get the files "
            "from https://sci2s.ugr.es/keel/imbalanced.php"
        )
    return Path(chosen).expanduser() / "keel"


def keel_names(data_home: Path | None) -> list[str]:
    """Names of KEEL's files in the folder of the data."""
    folder = keel_folder(data_home)
    names = sorted(path.stem for path in folder.glob("*.dat"))
    if not names:
        raise typer.BadParameter(
            f"{folder} holds no .dat file: get them from https://sci2s.ugr.es/keel/imbalanced.php"
        )
    return names
