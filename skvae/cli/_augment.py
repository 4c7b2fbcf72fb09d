"""The command ``skvae augment``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ._errors import clean_terminations, say, warnings_as_lines
from ._files import check_output, written_whole
from ._progress import steps
from ._reading import Reading
from ._sampler import Wish, new_rows_of, strategy_of
from ._tables import read_table, suffixes_like


def augment(
    path: Path,
    reading: Reading,
    wish: Wish,
    out: Path,
    *,
    strategy: str | None,
    amount: float | None,
    only_new: bool,
    force: bool,
) -> None:
    """Write a table with new rows behind its own.

    Parameters
    ----------
    path, out : Path
        The table, and the file to write.
    reading : Reading
        What the user says of the table.
    wish : Wish
        The sampler.
    strategy, amount : str and float, or None
        The new rows, as `strategy_of` takes them.
    only_new : bool
        Whether the table's own rows are left out.
    force : bool
        Whether `out` is replaced where it exists.
    """
    suffixes = suffixes_like(path)
    place = check_output(
        out, suffixes, f"as the new rows are written like {path.name}", force=force
    )
    with clean_terminations(), warnings_as_lines(), steps() as shown:
        shown.begin(f"reading {path.name}")
        table = read_table(path, reading, missing=wish.missing.value)
        target = table.frame[reading.target]
        asked = strategy_of(strategy, amount, target)
        quotas = new_rows_of(asked, target, wish.sampler)
        say(f"{path.name}: {len(target)} rows of {target.nunique()} classes ({table.said})")
        shown.begin("learning and drawing")
        labels = target.astype(object) if target.dtype == "category" else target
        X = table.frame.drop(columns=reading.target)
        X_all, y_all = wish.make(asked).fit_resample(X, labels)
        new = X_all.iloc[len(X) :].assign(**{reading.target: y_all.iloc[len(X) :]})
        shown.begin(f"writing {out.name}")
        with written_whole(place, force=force) as file:
            file.write(table.with_rows(new.reset_index(drop=True), only_new=only_new))
    say(f"{out}: {_counted(new, quotas)}")


def _counted(new: pd.DataFrame, quotas: dict) -> str:
    by_class = ", ".join(f"{n} of {label}" for label, n in quotas.items() if n)
    return f"{len(new)} new rows ({by_class})"
