"""Classifiers that benchmarks score: neural ones under two protocols, and their scores.

"fixed" trains for a fixed, long number of steps, as the thesis does. "early-stopped" trains for as
many at most, and gives back the step that was best on real rows held out before augmentation.
Both take the same number of steps for any number of rows, so that new rows are not just more
training.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, recall_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

PROTOCOLS = FIXED, EARLY = ("fixed", "early-stopped")
NO_PROTOCOL = "-"
NEURAL = ("MLP", "CNN")
TABULAR = ("MLP", "logistic regression", "forest", "boosting")
CLASSIFIERS = tuple(dict.fromkeys([*NEURAL, *TABULAR]))

HELD_OUT = 0.15
# What remains of a class when rows are held out: a VAE of it, and SMOTE, need two.
LEAST_ROWS = 2
# Chosen on training rows alone: by then the training loss of most PROBEN1 sets has settled (that
# of thyroid still falls slowly).
N_STEPS = 4000
LOOK_EVERY = 100
# Looks without a better one after which to stop: no protocol trains on what gets only worse.
PATIENCE = 20

SCORES = {
    "f1_weighted": "weighted F1",
    "f1_macro": "macro F1",
    "balanced_accuracy": "balanced accuracy",
    "minority_recall": "minority recall",
}

Labelled = tuple[ArrayLike, ArrayLike]


def hold_out(X: Any, y: Any, seed: int) -> tuple[Any, Any, Any, Any]:
    """Split training rows 85/15 within each class: X_fit, X_val, y_fit, y_val, in their order.

    Of three rows or more at least one is held out, and at least two stay. Of one or two rows none
    is held out; where that goes for all classes, the second part is empty.
    """
    y = np.asarray(y)
    rng = np.random.RandomState(seed)
    held_out = np.zeros(len(y), bool)
    for c in np.unique(y):
        own = rng.permutation(np.flatnonzero(y == c))
        n = min(max(1, round(HELD_OUT * len(own))), max(0, len(own) - LEAST_ROWS))
        held_out[own[:n]] = True
    return X[~held_out], X[held_out], y[~held_out], y[held_out]


def make_classifier(
    name: str,
    protocol: str,
    seed: int,
    *,
    validation: Labelled | None = None,
    n_steps: int = N_STEPS,
    device: str = "cpu",
) -> Any:
    """Make a classifier that ``fit(X, y, sample_weight=None)`` trains by the protocol.

    `validation` are the rows that "early-stopped" looks at; without any it is the same as
    "fixed". Neither it nor `n_steps` nor `device` matter to what is not neural.
    """
    if (name in NEURAL) != (protocol in PROTOCOLS):
        raise ValueError(f"{name} does not train by the protocol {protocol!r}")
    if protocol == FIXED or validation is None or not len(np.asarray(validation[1])):
        validation = None
    if name == "MLP":
        # With scikit-learn's own step and batch, thyroid takes twice the time to settle.
        net: Any = MLPClassifier((128, 64), learning_rate_init=2e-3, batch_size=128, shuffle=False)
        return StepwiseClassifier(net, StandardScaler(), n_steps, validation, seed)
    if name == "CNN":
        from ._cnn import make_cnn  # by skorch, which tables do without

        return StepwiseClassifier(make_cnn(device), None, n_steps, validation, seed)
    if name == "logistic regression":
        return WeightedPipeline(
            [("scale", StandardScaler()), ("model", LogisticRegression(max_iter=1000))]
        )
    if name == "forest":
        return RandomForestClassifier(random_state=seed)
    if name == "boosting":
        return HistGradientBoostingClassifier(random_state=seed)
    raise ValueError(f"unknown classifier {name!r}")


def scores(y_true: ArrayLike, y_pred: ArrayLike, rarest: Any) -> dict[str, float]:
    """Score predictions; `rarest` is the class with the fewest training rows, if there is one."""
    # Classes that are never predicted score 0, and so does the rarest where no test row has it.
    f1 = partial(f1_score, y_true, y_pred, zero_division=0)
    recall = partial(recall_score, y_true, y_pred, average="macro", zero_division=0)
    values = (
        f1(average="weighted"),
        f1(average="macro"),
        recall(labels=np.unique(np.asarray(y_true))),
        np.nan if rarest is None else recall(labels=[rarest]),
    )
    return dict(zip(SCORES, map(float, values), strict=True))


def rarest_class(y: ArrayLike) -> Any:
    """The class with the fewest rows, or None where several have as few."""
    classes, counts = np.unique(np.asarray(y), return_counts=True)
    rarest = classes[counts == counts.min()]
    return rarest[0] if len(rarest) == 1 else None


class WeightedPipeline(Pipeline):
    """A Pipeline whose `sample_weight` goes to its last step."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> WeightedPipeline:
        weights = {f"{self.steps[-1][0]}__sample_weight": sample_weight}
        return super().fit(X, y, **({} if sample_weight is None else weights))


class StepwiseClassifier(ClassifierMixin, BaseEstimator):
    """A network that trains for a number of steps, and may keep the best of them.

    The best step is that of the highest weighted F1 on `validation`, which is what the tables
    report, and among equals of the lowest log loss: of a few rows, many steps have the same F1.
    (On parts of PROBEN1's training rows, F1 chose better steps than log loss alone without new
    rows, and as good ones with them.)

    Parameters
    ----------
    network : estimator
        Its ``partial_fit(X, y, classes, sample_weight)`` takes a step each `batch_size` rows.
    scaler : transformer or None
        Scales the rows first.
    """

    def __init__(
        self,
        network: Any,
        scaler: Any = None,
        n_steps: int = N_STEPS,
        validation: Labelled | None = None,
        random_state: int | None = None,
    ) -> None:
        self.network = network
        self.scaler = scaler
        self.n_steps = n_steps
        self.validation = validation
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> StepwiseClassifier:
        rng = check_random_state(self.random_state)
        self.classes_, codes = np.unique(np.asarray(y), return_inverse=True)
        self._scaler = None if self.scaler is None else clone(self.scaler).fit(np.asarray(X))
        rows = self._scale(X)
        network = clone(self.network).set_params(random_state=rng.randint(2**31 - 1))
        self.network_, best, n_waited = network, (-np.inf, -np.inf), 0
        for chunk in self._chunks(len(rows), rng):
            weights = None if sample_weight is None else np.asarray(sample_weight)[chunk]
            classes = np.arange(len(self.classes_))
            network.partial_fit(rows[chunk], codes[chunk], classes=classes, sample_weight=weights)
            if self.validation is not None:
                quality, n_waited = self._look(network), n_waited + 1
                if quality > best:
                    self.network_, best, n_waited = copy.deepcopy(network), quality, 0
                if n_waited == PATIENCE:
                    break
        return self

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        check_is_fitted(self)
        return self.network_.predict_proba(self._scale(X))

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _chunks(self, n_rows: int, rng: np.random.RandomState) -> Iterator[NDArray[np.intp]]:
        """Rows for `LOOK_EVERY` steps each: pass after pass over all rows, each in a new order."""
        size = self.network.batch_size
        ahead = np.empty(0, np.intp)
        for start in range(0, self.n_steps, LOOK_EVERY):
            wanted = size * min(LOOK_EVERY, self.n_steps - start)
            n_passes = -(-(wanted - len(ahead)) // n_rows)
            passes = [rng.permutation(n_rows) for _ in range(n_passes)]
            ahead = np.concatenate([ahead, *passes])
            yield ahead[:wanted]
            ahead = ahead[wanted:]

    def _look(self, network: Any) -> tuple[float, float]:
        """How good the network is on the held-out rows; higher is better."""
        X, y = map(np.asarray, self.validation)  # type: ignore[arg-type]
        proba = network.predict_proba(self._scale(X))
        f1 = f1_score(y, self.classes_[proba.argmax(axis=1)], average="weighted", zero_division=0)
        # Augmentation may have lost a class: its rows have no probability to take the log of.
        known = np.isin(y, self.classes_)
        codes = np.searchsorted(self.classes_, y[known])
        return f1, -log_loss(codes, proba[known], labels=np.arange(len(self.classes_)))

    def _scale(self, X: Any) -> NDArray[np.float32]:
        rows = np.asarray(X) if self._scaler is None else self._scaler.transform(np.asarray(X))
        return rows.astype(np.float32, copy=False)  # half the time of float64
