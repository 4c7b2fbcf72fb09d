"""Classifiers that experiments train, their protocols and their scores.

By the protocol "fixed", a neural classifier trains for a fixed, long number of steps, as in the
thesis. By "early-stopped", it trains for at most as many steps and keeps the step that was best on
real rows held out before augmentation. The number of steps is the same for any number of rows, so
that new rows are not just more training.
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
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    log_loss,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .names import FIXED, N_STEPS, NEIGHBORS, NEURAL, PROBABILITY_SCORES, PROTOCOLS, SCORES

HELD_OUT = 0.15  # share of each class's training rows
MIN_KEPT = 2  # rows of a class that are never held out: a VAE of it, and SMOTE, need two
CHECK_EVERY = 100  # steps between two scores on held-out rows
# Scores without a better one after which training stops: further training only makes it worse.
PATIENCE = 20
THRESHOLD_FOLDS = 5  # at most, and as many as the smaller class has rows

Labelled = tuple[ArrayLike, ArrayLike]


def hold_out(X: Any, y: Any, seed: int) -> tuple[Any, Any, Any, Any]:
    """Split training rows 85/15 within each class, and keep their order.

    A class of three rows or more loses at least one and keeps at least two. A class of one or two
    rows loses none; if all classes are that small, the held-out part is empty.

    Returns
    -------
    X_fit, X_val, y_fit, y_val
        Rows to train on and rows held out, then their classes.
    """
    y = np.asarray(y)
    rng = np.random.RandomState(seed)
    held_out = np.zeros(len(y), bool)
    for c in np.unique(y):
        class_rows = rng.permutation(np.flatnonzero(y == c))
        n_most = max(0, len(class_rows) - MIN_KEPT)
        n = min(max(1, round(HELD_OUT * len(class_rows))), n_most)
        held_out[class_rows[:n]] = True
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

    By "early-stopped", the rows `validation` choose the best step; without any, the protocol is the
    same as "fixed". Classifiers that are not neural ignore `validation`, `n_steps` and `device`.
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
        from .cnn import make_cnn  # needs skorch, which tables do without

        return StepwiseClassifier(make_cnn(device), None, n_steps, validation, seed)
    if name == "logistic regression":
        return WeightedPipeline(
            [("scale", StandardScaler()), ("model", LogisticRegression(max_iter=1000))]
        )
    if name == "forest":
        return RandomForestClassifier(random_state=seed)
    if name == "boosting":
        return HistGradientBoostingClassifier(random_state=seed)
    if name == NEIGHBORS:
        return Pipeline([("scale", StandardScaler()), ("model", KNeighborsClassifier(5))])
    raise ValueError(f"unknown classifier {name!r}")


# Words of the error where a classifier gives all rows one probability.
NO_THRESHOLD = "makes constant predictions"


def tune_threshold(model: Any, y: ArrayLike, seed: int) -> TunedThresholdClassifierCV:
    """Let a classifier of two classes choose the threshold with the best balanced accuracy."""
    smallest = int(np.unique(np.asarray(y), return_counts=True)[1].min())
    n_folds = max(2, min(THRESHOLD_FOLDS, smallest))
    cv = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return TunedThresholdClassifierCV(model, scoring="balanced_accuracy", cv=cv)


def self_train(model: Any) -> SelfTrainingClassifier:
    """Let a classifier label the unlabelled rows that it is sure of, and learn from them again."""
    return SelfTrainingClassifier(model)


def on_latent_means(encoder: Any, *, regression: bool) -> Pipeline:
    """Make a classifier of the latent means of a frozen model: transfer learning (thesis, 8.1).

    It is logistic regression, or that of the nearest class mean.
    """
    last = LogisticRegression(max_iter=1000) if regression else NearestCentroid()
    return make_pipeline(encoder, StandardScaler(), last)


def scores(y_true: ArrayLike, y_pred: ArrayLike, rarest: Any) -> dict[str, float]:
    """Score predictions; `rarest` is the class with the fewest training rows, or None."""
    # A class that is never predicted scores 0, and so does a rarest class without test rows.
    f1 = partial(f1_score, y_true, y_pred, zero_division=0)
    recall = partial(recall_score, y_true, y_pred, average="macro", zero_division=0)
    values = (
        f1(average="weighted"),
        f1(average="macro"),
        recall(labels=np.unique(np.asarray(y_true))),
        np.nan if rarest is None else recall(labels=[rarest]),
    )
    return dict(zip(SCORES, map(float, values), strict=True))


def probability_scores(
    y_true: ArrayLike, probability: NDArray[np.floating], classes: ArrayLike, rarest: Any
) -> dict[str, float]:
    """Score probabilities, a column for each of `classes`.

    With two classes, ROC AUC and average precision are of the class `rarest`, or of the last one
    where that is None. With more, they are means over the classes against the rest. The Brier score
    is half of the squared distance between a row's probabilities and its class: with two classes,
    the squared error of either probability. A class that the test rows lack does not count for the
    means, and scores are NaN where none counts.
    """
    y, columns = np.asarray(y_true), list(np.asarray(classes))
    positive = [rarest if rarest in columns else columns[-1]] if len(columns) == 2 else columns
    counted = [c for c in positive if 0 < (y == c).sum() < len(y)]
    pairs = [(y == c, probability[:, columns.index(c)]) for c in counted]
    true = (y[:, None] == np.array(columns)).astype(float)
    values = (
        np.mean([roc_auc_score(*pair) for pair in pairs]) if pairs else np.nan,
        np.mean([average_precision_score(*pair) for pair in pairs]) if pairs else np.nan,
        np.mean(((probability - true) ** 2).sum(axis=1) / 2),
    )
    # Sums of many shares may end a rounding error above 1.
    return {
        name: min(1.0, float(value)) if np.isfinite(value) else np.nan
        for name, value in zip(PROBABILITY_SCORES, values, strict=True)
    }


def rarest_class(y: ArrayLike) -> Any:
    """Return the class with the fewest rows, or None where several classes have as few."""
    classes, counts = np.unique(np.asarray(y), return_counts=True)
    rarest = classes[counts == counts.min()]
    return rarest[0] if len(rarest) == 1 else None


class WeightedPipeline(Pipeline):
    """Pipeline that passes `sample_weight` to its last step."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> WeightedPipeline:
        weights = {f"{self.steps[-1][0]}__sample_weight": sample_weight}
        return super().fit(X, y, **({} if sample_weight is None else weights))


class StepwiseClassifier(ClassifierMixin, BaseEstimator):
    """Network that trains for a number of steps, and may keep the best of them.

    The best step has the highest weighted F1 on `validation`, which is the score that tables
    report. Many steps have the same F1 on a few rows: among them, the lowest log loss decides. (On
    parts of PROBEN1's training rows, F1 chose better steps than log loss alone without new rows,
    and as good ones with new rows.)

    Parameters
    ----------
    network : estimator
        Its ``partial_fit(X, y, classes, sample_weight)`` takes a step for each `batch_size` rows.
    scaler : transformer or None
        Scales the rows first.
    n_steps : int
        Number of steps, at most.
    validation : tuple of X and y, or None
        Held-out rows that choose the best step; without any, the last step is kept.
    random_state : int or None
        Seed of the network and of the order of rows.
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
                quality, n_waited = self._quality(network), n_waited + 1
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
        """Yield rows for `CHECK_EVERY` steps, pass after pass over all rows in new orders."""
        size = self.network.batch_size
        ahead = np.empty(0, np.intp)
        for start in range(0, self.n_steps, CHECK_EVERY):
            wanted = size * min(CHECK_EVERY, self.n_steps - start)
            n_passes = -(-(wanted - len(ahead)) // n_rows)
            passes = [rng.permutation(n_rows) for _ in range(n_passes)]
            ahead = np.concatenate([ahead, *passes])
            yield ahead[:wanted]
            ahead = ahead[wanted:]

    def _quality(self, network: Any) -> tuple[float, float]:
        """Weighted F1 and negative log loss on the held-out rows; higher is better."""
        X, y = map(np.asarray, self.validation)  # type: ignore[arg-type]
        proba = network.predict_proba(self._scale(X))
        f1 = f1_score(y, self.classes_[proba.argmax(axis=1)], average="weighted", zero_division=0)
        # Augmentation may have lost a class: there is no probability for its rows.
        known = np.isin(y, self.classes_)
        codes = np.searchsorted(self.classes_, y[known])
        return f1, -log_loss(codes, proba[known], labels=np.arange(len(self.classes_)))

    def _scale(self, X: Any) -> NDArray[np.float32]:
        rows = np.asarray(X) if self._scaler is None else self._scaler.transform(np.asarray(X))
        return rows.astype(np.float32, copy=False)  # half the time of float64
