"""What the filters share: verdicts, folds, and leaving out rows."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
from imblearn.under_sampling.base import BaseCleaningSampler
from imblearn.utils import check_sampling_strategy
from numpy.typing import ArrayLike, NDArray
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._tables.frames import take_rows
from .._tables.target import Target


class Verdict(NamedTuple):
    """What a filter says of n rows.

    Attributes
    ----------
    kept : ndarray of shape (n,), bool
        Which rows pass.
    scores : ndarray of shape (n,), float64
        How well; higher is better.
    labels : ndarray of shape (n,)
        Their classes, which a filter may have changed.
    """

    kept: NDArray[np.bool_]
    scores: NDArray[np.float64]
    labels: NDArray[Any]


def judge(filter_: Any, X: Any, labels: NDArray[Any], parents: NDArray[np.integer]) -> Verdict:
    """Ask a fitted filter, or any fitted outlier detector, about generated rows.

    Parameters
    ----------
    filter_ : estimator
        One of this module's filters, itself or in a `FrozenEstimator`, or an object with
        ``predict(X)`` in {-1, +1}.
    X : {array-like, dataframe} of shape (n, n_features)
        The rows.
    labels : ndarray of shape (n,)
        Their classes.
    parents : ndarray of shape (n,)
        Rows of the table that `filter_` was fitted on that they were drawn from, -1 for none.
    """
    own = thawed(filter_)
    if isinstance(own, BaseFilter):
        if own is not filter_:
            # Fitted elsewhere: which of its models has left out an original, it can't tell.
            parents = np.full(len(labels), -1)
        return own._judge(X, labels, parents)
    kept = np.asarray(filter_.predict(X)) == 1
    for method in ("decision_function", "score_samples"):
        if hasattr(filter_, method):
            return Verdict(kept, np.asarray(getattr(filter_, method)(X), float), labels)
    return Verdict(kept, kept.astype(float), labels)


def thawed(filter_: Any) -> Any:
    """What lies in a `FrozenEstimator`, however deep; anything else as it is."""
    while isinstance(filter_, FrozenEstimator):
        filter_ = filter_.estimator
    return filter_


def check_frozen(filter_: FrozenEstimator, X: Any, labels: NDArray[Any]) -> None:
    """Refuse one that can't judge rows like these, which are of all classes that can be drawn."""
    own = thawed(filter_)
    if isinstance(own, BaseFilter):
        check_is_fitted(own)
        classes = np.unique(labels)
        known = own._known_classes(classes)
        if len(unknown := np.setdiff1d(classes, known)):
            raise ValueError(
                f"y must hold classes that the frozen {type(own).__name__} has learnt, "
                f"{known.tolist()}, got {unknown.tolist()}"
            )
    try:
        judge(filter_, X, labels, np.full(len(labels), -1))
    except (TypeError, ValueError) as error:
        raise type(error)(f"the frozen filter {own} can't judge the rows of X: {error}") from error


class BaseFilter(BaseCleaningSampler):
    """What both filters share: models fitted on folds, and `fit_resample`.

    Every row is held out from one model, so that the rows in hand can be judged by models that
    have not seen them; other rows are judged by the mean of all.
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseCleaningSampler._parameter_constraints,
        "cv": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: ArrayLike, y: ArrayLike) -> tuple[Any, Any]:
        """Fit, then leave out the rows that don't pass.

        Each row is judged by a model that has not seen it. In a Pipeline behind a sampler this
        can't know which rows are new and may drop originals: prefer ``filter=`` of the sampler.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and symbols; values may be missing.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind, or one-hot columns.

        Returns
        -------
        X_resampled : {ndarray, dataframe} of shape (n_samples_new, n_features)
            The rows that passed, in their order.
        y_resampled : array-like of shape (n_samples_new,)
            Their labels, in the container and dtype of `y`.

        Warns
        -----
        ConvergenceWarning
            If a class would lose all rows; its best-scored one stays.
        """
        target = Target.of(y)
        self.sampling_strategy_ = check_sampling_strategy(
            self.sampling_strategy, target.labels, self._sampling_type
        )
        self._fit(X, target.labels)
        kept, scores, labels = self._judge_held_out(target.labels)
        spared = ~np.isin(target.labels, list(self.sampling_strategy_))
        kept, labels = kept | spared, np.where(spared, target.labels, labels)
        for c in np.setdiff1d(target.labels, labels[kept]).tolist():
            own = np.flatnonzero(target.labels == c)
            best = own[scores[own].argmax()]
            kept[best], labels[best] = True, c
            warnings.warn(
                f"{type(self).__name__} keeps none of the {len(own)} rows of class {c!r}: the "
                "best-scored one stays.",
                ConvergenceWarning,
                stacklevel=3,
            )
        self.sample_indices_ = np.flatnonzero(kept)
        return take_rows(X, self.sample_indices_), target.like(labels[kept])

    @abstractmethod
    def _fit(self, X: Any, labels: NDArray[Any]) -> None:
        """Fit on rows with labels."""

    @abstractmethod
    def _known_classes(self, classes: NDArray[Any]) -> NDArray[Any]:
        """The classes that rows to judge may have; `classes`, where it does not matter."""

    @abstractmethod
    def _judge(self, X: Any, labels: NDArray[Any], parents: NDArray[np.integer]) -> Verdict:
        """Judge other rows than those of `_fit`, drawn from its rows `parents` (-1 for none)."""

    @abstractmethod
    def _judge_held_out(self, labels: NDArray[Any]) -> Verdict:
        """Judge the rows of `_fit`, each by the model that has not seen it."""

    def _fit_resample(self, X: Any, y: Any) -> Any:  # pragma: no cover
        # imbalanced-learn's hook, abstract there; `fit_resample` above does without it.
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = True
        tags.sampler_tags.sample_indices = True
        return tags


def assign_folds(
    groups: Sequence[NDArray[np.integer]], cv: int, rng: np.random.RandomState
) -> NDArray[np.intp]:
    """A fold for each row, so that each group's rows go evenly to as many folds as it can fill.

    Of scikit-learn's splitters the stratified one refuses groups of fewer than `cv` rows.
    """
    folds = np.empty(sum(map(len, groups)), np.intp)
    for own in groups:
        folds[rng.permutation(own)] = np.arange(len(own)) % cv
    return folds
