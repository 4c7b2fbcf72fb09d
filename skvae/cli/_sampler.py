"""The sampler that a user asks for, and the rows that it shall add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ._errors import WRONG_COMMAND, CommandError, did_you_mean

if TYPE_CHECKING:
    from ..over_sampling import MultiVAEResampler, VAEOversampler


class Sampler(StrEnum):
    """Samplers by the names of the command."""

    vae = "vae"
    multi_vae = "multi-vae"


class Missing(StrEnum):
    """Treatments of missing values."""

    error = "error"
    indicator = "indicator"


@dataclass(frozen=True)
class Wish:
    """A sampler with the options of its user.

    Attributes
    ----------
    sampler : Sampler
        Its kind.
    missing : Missing
        What it does with missing values.
    max_iter : int or None
        Training steps; None is the model's default.
    seed : int
        Seed of everything random.
    device : str
        Where it trains.
    """

    sampler: Sampler = Sampler.vae
    missing: Missing = Missing.error
    max_iter: int | None = None
    seed: int = 0
    device: str = "auto"

    def make(self, strategy: Any = "auto") -> VAEOversampler | MultiVAEResampler:
        """Return the sampler; only now the library for networks is loaded."""
        from ..over_sampling import MultiVAEResampler, VAEOversampler

        kind = VAEOversampler if self.sampler == Sampler.vae else MultiVAEResampler
        sampler = kind(
            missing=self.missing.value,
            sampling_strategy=strategy,
            device=self.device,
            random_state=self.seed,
            verbose=1,
        )
        if self.max_iter is not None:
            sampler.set_params(vae__max_iter=self.max_iter)
        return sampler


def strategy_of(
    asked: str | None, amount: float | None, target: pd.Series
) -> str | float | dict[Any, int] | Callable:
    """Return a `sampling_strategy` from the words of the command line.

    Parameters
    ----------
    asked : str or None
        One of imbalanced-learn's names, a number, or ``class=rows,class=rows``.
    amount : float or None
        New rows over real rows, in place of it.
    target : Series
        The classes.
    """
    if amount is not None:
        if asked is not None:
            raise CommandError("say --amount or --sampling-strategy, not both", WRONG_COMMAND)
        from ..strategies import augment

        return augment(amount)
    if asked is None or "=" not in asked:
        try:
            return "auto" if asked is None else float(asked)
        except ValueError:
            return str(asked)
    known = {str(label): label for label in target.unique()}
    return dict(_class_and_rows(pair, known) for pair in asked.split(","))


def _class_and_rows(pair: str, known: dict[str, Any]) -> tuple[Any, int]:
    name, _, rows = (part.strip() for part in pair.rpartition("="))
    if name not in known:
        raise CommandError(
            f"--sampling-strategy must name classes of the target, got {name!r}"
            f"{did_you_mean(name, known) or ': they are ' + ', '.join(map(repr, known))}",
            WRONG_COMMAND,
        )
    if not rows.isdecimal():
        raise CommandError(
            f"--sampling-strategy must give each class a number of rows, as {name}=100, got "
            f"{pair.strip()!r}",
            WRONG_COMMAND,
        )
    return known[name], int(rows)


def new_rows_of(strategy: Any, target: pd.Series, sampler: Sampler) -> dict[Any, int]:
    """Return how many rows each class gets, or refuse what can't be done, before any training.

    Parameters
    ----------
    strategy : str, float, dict or callable
        A `sampling_strategy`.
    target : Series
        The classes.
    sampler : Sampler
        The kind of sampler.
    """
    from imblearn.utils import check_sampling_strategy

    labels = np.asarray(target, object) if target.dtype == "category" else target.to_numpy()
    try:
        new = check_sampling_strategy(strategy, labels, "over-sampling")
    except ValueError as error:
        said = " ".join(str(error).split())
        raise CommandError(f"--sampling-strategy: {said}", WRONG_COMMAND) from None
    counts = target.value_counts()
    for label, n in counts.items():
        if n < 2 and (new.get(label, 0) or sampler == Sampler.multi_vae):
            raise CommandError(
                f"class {str(label)!r} of {target.name!r} has 1 row, and at least 2 are needed to "
                "learn from: collect more rows of it, merge it with another class, or leave it "
                "out (of --sampling-strategy, with --sampler vae)"
            )
    if not sum(new.values()):
        raise CommandError(
            "no class gets new rows: say --amount 1.0, for instance, to double the table",
            WRONG_COMMAND,
        )
    return {label: int(n) for label, n in new.items()}
