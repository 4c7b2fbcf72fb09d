"""SMOTE and its kin, TVAE and CTGAN as over-samplers of tables, each as its users call it."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC, BorderlineSMOTE
from imblearn.under_sampling import EditedNearestNeighbours
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelSpreading

from skvae import LabelConsistencyFilter

from .settings import cross_fitted_forests
from .typed import as_floats, as_numbers, fill_gaps, is_categorical, one_hot

NO_CLASS = -1  # of unlabelled rows, in scikit-learn's terms
MAX_DRAWS = 20  # draws of the filtered SMOTE; our samplers' default
SEED_STEP = 1000  # between the seeds of these draws; seeds of experiments are smaller
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
    """Sampler that fills gaps before it draws, and leaves the originals as they are.

    Attributes
    ----------
    as_floats : bool
        Whether integer columns are floats, between whose values interpolation may end.
    """

    as_floats = True

    def __init__(self, sampling_strategy: Any, random_state: int) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    def fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        """Return the rows of `X`, then the new ones, and their labels."""
        framed = isinstance(X, pd.DataFrame)
        X = as_floats(X) if framed and self.as_floats else X
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
        return self._draw_with(self.random_state, X, y, targets)

    def _draw_with(
        self, seed: int, X: Any, y: NDArray[Any], targets: dict[Any, int]
    ) -> tuple[Any, NDArray[Any]]:
        sampler = smote_for(
            X,
            k_neighbors=n_neighbors(y, targets),
            sampling_strategy=targets,
            random_state=seed,
        )
        X_both, y_both = sampler.fit_resample(X, y)
        return X_both[len(X) :], y_both[len(X) :]


class PlainSMOTEPeer(SMOTEPeer):
    """SMOTE on integer columns as they are, whose new numbers imbalanced-learn truncates."""

    as_floats = False


class RelabelledSMOTEPeer(SMOTEPeer):
    """SMOTE whose new rows get the classes that cross-fitted forests predict for them."""

    def fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        X_both, _ = super().fit_resample(X, y)
        forests = cross_fitted_forests(random_state=self.random_state).fit(X, y)
        likeliest = forests.predict_proba(X_both[len(X) :]).argmax(axis=1)
        return X_both, np.concatenate([y, forests.classes_[likeliest]])


class ConsistentSMOTEPeer(SMOTEPeer):
    """SMOTE through the filter of our samplers: what it rejects is drawn again.

    As there, the best of the rejected rows fill up a class that stays too small.
    """

    def _draw(self, X: Any, y: NDArray[Any], targets: dict[Any, int]) -> tuple[Any, NDArray[Any]]:
        missing = {c: n - int((y == c).sum()) for c, n in targets.items() if n > (y == c).sum()}
        if not missing:
            return X[:0], y[:0]
        forest = LabelConsistencyFilter(random_state=self.random_state).fit(X, y)
        rng = np.random.RandomState(self.random_state)
        draws, accepted, scores = [], [], []
        for k in range(MAX_DRAWS):
            X_new, labels = self._draw_with(self.random_state + SEED_STEP * k, X, y, targets)
            proba, place = forest.predict_proba(X_new), np.searchsorted(forest.classes_, labels)
            passes = proba ** (1 / forest.temperature)
            passes /= passes.sum(axis=1, keepdims=True)
            rows = np.arange(len(labels))
            draws.append((X_new, labels))
            accepted.append(rng.uniform(size=len(labels)) < passes[rows, place])
            scores.append(proba[rows, place])
            y_new, kept = np.concatenate([y for _, y in draws]), np.concatenate(accepted)
            if all((y_new[kept] == c).sum() >= n for c, n in missing.items()):
                break
        # Rows that pass come first, in the order of their draws, and then the best of the others.
        order = np.lexsort([np.where(kept, 0.0, -np.concatenate(scores)), ~kept])
        chosen = np.concatenate([order[y_new[order] == c][:n] for c, n in missing.items()])
        tables = [X_new for X_new, _ in draws]
        if isinstance(X, pd.DataFrame):
            return pd.concat(tables, ignore_index=True).iloc[chosen], y_new[chosen]
        return np.concatenate(tables)[chosen], y_new[chosen]


class SMOTEENNPeer(SMOTEPeer):
    """SMOTE, and then without the rows, real ones too, that their neighbours disagree with."""

    def fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        X_both, y_both = super().fit_resample(X, y)
        cleaner = EditedNearestNeighbours(sampling_strategy="all")
        _, y_kept = cleaner.fit_resample(as_numbers(X_both), y_both)
        if len(np.unique(y_kept)) < len(np.unique(y)):
            raise CannotDrawError("the edited neighbours leave no row of a class")
        kept = np.sort(cleaner.sample_indices_)
        return X_both.iloc[kept] if isinstance(X, pd.DataFrame) else X_both[kept], y_both[kept]


class DuplicatesPeer(BaseEstimator):
    """Every real row once more."""

    def fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        twice = np.tile(np.arange(len(y)), 2)
        return X.iloc[twice] if isinstance(X, pd.DataFrame) else X[twice], y[twice]


class LabelSpreadingPeer(BaseEstimator):
    """Unlabelled rows with the classes that scikit-learn's `LabelSpreading` gives them."""

    def __init__(self, unlabelled: Any) -> None:
        self.unlabelled = unlabelled

    def fit_resample(self, X: Any, y: NDArray[Any]) -> tuple[Any, NDArray[Any]]:
        both = pd.concat([pd.DataFrame(X), pd.DataFrame(self.unlabelled)], ignore_index=True)
        rows = one_hot(both)
        known = np.concatenate([y, np.full(len(self.unlabelled), NO_CLASS)])
        # With the default kernel, most rows of a standardised table are no neighbours.
        model = LabelSpreading(kernel="knn", n_neighbors=min(7, len(rows)))
        spread = model.fit(StandardScaler().fit_transform(rows), known).transduction_
        X_both = both if isinstance(X, pd.DataFrame) else rows
        return X_both, np.concatenate([y, spread[len(y) :]])


class BorderlineSMOTEPeer(Peer):
    """Borderline-SMOTE; with five neighbours, or as many as a class has."""

    def _draw(self, X: Any, y: NDArray[Any], targets: dict[Any, int]) -> tuple[Any, NDArray[Any]]:
        sampler = BorderlineSMOTE(
            k_neighbors=n_neighbors(y, targets),
            sampling_strategy=targets,
            random_state=self.random_state,
        )
        X_both, y_both = sampler.fit_resample(X, y)
        return X_both[len(X) :], y_both[len(X) :]


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
