"""SMOTE, ADASYN, TVAE and CTGAN as over-samplers of tables, each as its users call it."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from skvae import LabelConsistencyFilter

from .typed import fill_gaps, is_categorical

NEIGHBORS = 5  # default of SMOTE and ADASYN
# Beginnings of ADASYN's messages about rows that it cannot draw from.
ADASYN_GIVES_UP = ("Not any neigbours belong to the majority", "No samples will be generated")


class CannotDrawError(ValueError):
    """Error of a sampler that cannot draw from these rows: its scores are missing."""


def fit_ctgan(
    name: str,
    table: pd.DataFrame,
    categorical: list[str],
    epochs: int,
    seed: int,
    device: str,
) -> Any:
    """Train the package ctgan's TVAE or CTGAN; `categorical` names its discrete columns."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ctgan's own, with newer versions of its dependencies
        import ctgan

        model = getattr(ctgan, name)(epochs=epochs, enable_gpu=device != "cpu")
        model.set_random_state(seed)
        model.fit(table, categorical)
    return model


def smote_for(X: Any, **options: Any) -> Any:
    """Make SMOTE, SMOTENC or SMOTEN, whichever takes the columns of `X`."""
    categorical = [is_categorical(c) for _, c in X.items()] if isinstance(X, pd.DataFrame) else []
    if categorical and all(categorical):
        return SMOTEN(**options)
    return SMOTENC(categorical, **options) if any(categorical) else SMOTE(**options)


class Peer(BaseEstimator):
    """Sampler that fills gaps before it draws, and leaves the originals as they are."""

    def __init__(self, sampling_strategy: Any, random_state: int) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    def fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        """Return the rows of `X`, then the new ones, and their labels."""
        framed = isinstance(X, pd.DataFrame)
        X_new, y_new = self._draw(fill_gaps(X) if framed else X, y, self.sampling_strategy(y))
        y_both = np.concatenate([y, y_new])
        if framed:
            return pd.concat([X, X_new.astype(X.dtypes)], ignore_index=True), y_both
        return np.concatenate([X, X_new]), y_both

    @abstractmethod
    def _draw(self, X: Any, y: NDArray[Any], targets: dict[Any, int]) -> tuple[Any, NDArray[Any]]:
        """Draw new rows, so that each class has its target number of rows, `X` included."""


class SMOTEPeer(Peer):
    """SMOTE for columns of any kind; with five neighbours, or as many as a class has."""

    def _draw(self, X: Any, y: NDArray[Any], targets: dict[Any, int]) -> tuple[Any, NDArray[Any]]:
        sampler = smote_for(
            X,
            k_neighbors=n_neighbors(y, targets),
            sampling_strategy=targets,
            random_state=self.random_state,
        )
        X_both, y_both = sampler.fit_resample(X, y)
        return X_both[len(X) :], y_both[len(X) :]


class RelabelledSMOTEPeer(SMOTEPeer):
    """SMOTE whose new rows get the classes that cross-fitted forests predict for them."""

    def fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        X_both, _ = super().fit_resample(X, y)
        forests = LabelConsistencyFilter(random_state=self.random_state).fit(X, y)
        likeliest = forests.predict_proba(X_both[len(X) :]).argmax(axis=1)
        return X_both, np.concatenate([y, forests.classes_[likeliest]])


class ADASYNPeer(Peer):
    """ADASYN; with five neighbours, or as many as a class has."""

    def _draw(self, X: Any, y: NDArray[Any], targets: dict[Any, int]) -> tuple[Any, NDArray[Any]]:
        sampler = ADASYN(
            n_neighbors=n_neighbors(y, targets),
            sampling_strategy=targets,
            random_state=self.random_state,
        )
        try:
            X_both, y_both = sampler.fit_resample(X, y)
        except (RuntimeError, ValueError) as error:
            if str(error).startswith(ADASYN_GIVES_UP):
                raise CannotDrawError(str(error)) from error
            raise
        return X_both[len(X) :], y_both[len(X) :]


class CTGANPeer(Peer):
    """TVAE or CTGAN with a model for each class."""

    def __init__(
        self,
        name: str,
        sampling_strategy: Any,
        random_state: int,
        epochs: int = 300,
        device: str = "auto",
    ) -> None:
        super().__init__(sampling_strategy, random_state)
        self.name = name
        self.epochs = epochs
        self.device = device

    def _draw(self, X: Any, y: NDArray[Any], targets: dict[Any, int]) -> tuple[Any, NDArray[Any]]:
        table = pd.DataFrame(X).rename(columns=str)
        categorical = [name for name in table if is_categorical(table[name])]
        table = table.astype(dict.fromkeys(categorical, object))
        drawn, labels = [], []
        for c, target in targets.items():
            class_rows = table[y == c]
            if n_new := target - len(class_rows):
                model = fit_ctgan(
                    self.name, class_rows, categorical, self.epochs, self.random_state, self.device
                )
                drawn.append(model.sample(n_new))
                labels.append(np.full(n_new, c))
        return pd.concat(drawn, ignore_index=True), np.concatenate(labels)


def n_neighbors(y: NDArray[Any], targets: dict[Any, int]) -> int:
    """Number of neighbours that each row has in every class that is to grow, at most five."""
    counts = [int((y == c).sum()) for c in targets if targets[c] > (y == c).sum()]
    if min(counts, default=NEIGHBORS) < 2:
        raise CannotDrawError("a class has one row, which has no neighbours")
    return min([NEIGHBORS, *(n - 1 for n in counts)])
