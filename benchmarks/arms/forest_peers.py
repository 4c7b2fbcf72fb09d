"""Generators of tables that are made of trees, as over-samplers; their packages are optional."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .peers import CannotDrawError, Peer
from .typed import from_numbers, is_categorical, to_numbers

MAX_DRAWS = 50  # draws of as many rows as there are to add
CLASS = "class"  # name of the column that ARF learns beside the others


class JointPeer(Peer):
    """Over-sampler by one model of the rows with their classes, which are drawn together."""

    def _draw(self, X: Any, y: NDArray[Any], targets: dict[Any, int]) -> tuple[Any, NDArray[Any]]:
        table = pd.DataFrame(X).rename(columns=str)
        missing = {c: target - int((y == c).sum()) for c, target in targets.items()}
        drawn, labels, n = [table[:0]], [np.empty(0, np.int64)], sum(missing.values())
        with warnings.catch_warnings(), numpy_seed(self.random_state):
            warnings.simplefilter("ignore")  # the packages' own, with newer pandas and numpy
            model = self._fit(table, y)
            for _ in range(MAX_DRAWS):
                if not any(missing.values()):
                    break
                X_new, y_new = self._sample(model, n, table)
                for c in [c for c, lacking in missing.items() if lacking]:
                    picked = np.flatnonzero(y_new == c)[: missing[c]]
                    drawn.append(X_new.iloc[picked])
                    labels.append(np.full(len(picked), c))
                    missing[c] -= len(picked)
        if any(missing.values()):
            raise CannotDrawError(f"{type(self).__name__} draws too few rows of a class")
        rows = pd.concat(drawn[1:] or drawn, ignore_index=True)
        return rows if isinstance(X, pd.DataFrame) else rows.to_numpy(), np.concatenate(labels)

    @abstractmethod
    def _fit(self, table: pd.DataFrame, y: NDArray[Any]) -> Any:
        """Train the model."""

    @abstractmethod
    def _sample(
        self, model: Any, n: int, like: pd.DataFrame
    ) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """Draw `n` rows with the columns of `like`, and their classes."""


class ARFPeer(JointPeer):
    """Adversarial random forests of the package arfpy; the class is a column like the others."""

    def _fit(self, table: pd.DataFrame, y: NDArray[Any]) -> Any:
        from arfpy import arf

        if not hasattr(np, "in1d"):  # which arfpy 0.1.1 calls, and numpy 2.4 has no more
            arf.np = SimpleNamespace(**vars(np), in1d=np.isin)
        # arfpy looks columns up by name and by place: names that are places suit both.
        labelled = table.assign(**{CLASS: pd.Categorical(y)}).set_axis(
            range(table.shape[1] + 1), axis=1
        )
        model = arf.arf(x=labelled, verbose=False, random_state=self.random_state)
        model.forde()
        return model

    def _sample(
        self, model: Any, n: int, like: pd.DataFrame
    ) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        rows = model.forge(n=n).set_axis([*like, CLASS], axis=1)
        labels = rows.pop(CLASS).astype(np.int64).to_numpy()
        return rows.astype(like.dtypes), labels


class ForestDiffusionPeer(JointPeer):
    """Flow matching by gradient-boosted trees, of the package ForestDiffusion."""

    def _fit(self, table: pd.DataFrame, y: NDArray[Any]) -> Any:
        from ForestDiffusion import ForestDiffusionModel

        categorical = [i for i, (_, c) in enumerate(table.items()) if is_categorical(c)]
        return ForestDiffusionModel(
            to_numbers(table).to_numpy(float),
            label_y=y,
            cat_indexes=categorical,
            n_jobs=1,
            seed=self.random_state,
        )

    def _sample(
        self, model: Any, n: int, like: pd.DataFrame
    ) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        rows = np.asarray(model.generate(batch_size=n))
        numbers = pd.DataFrame(rows[:, :-1].astype(float), columns=like.columns)
        return from_numbers(numbers, like), rows[:, -1].astype(np.int64)


@contextmanager
def numpy_seed(seed: int) -> Iterator[None]:
    """Seed numpy's global generator, and put its state back afterwards."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)
