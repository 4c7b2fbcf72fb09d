"""A filter of rows that disagree with their class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax
from sklearn.base import _fit_context, clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._progress import progress
from .._seeding import seeded, short
from .._tables.format import TableFormat
from .._tables.messages import naming_large, single_row_message
from .._tables.polars import resamples_polars, takes_polars
from .._tables.reading import learn_table, read_table
from .._tables.target import Target
from ._base import (
    BaseFilter,
    FilterContext,
    Verdict,
    assign_folds,
    assign_group_folds,
    check_groups,
)
from ._scaling import LogScaling
from ._trees import TREE_ROWS, TREES_OF_MANY, fit_trees, mean_proba, some_of_each, tree_proba

# Folds by which the rows in hand are judged where there is one classifier.
_HELD_OUT_FOLDS = 5


class LabelConsistencyFilter(BaseFilter):
    r"""Leaves out rows that disagree with their class.

    A classifier of the real rows gives each row x its class probabilities p(c given x). A drawn
    row of class c passes with the probability

    .. math:: \frac{(p(c|x) / \pi_c^b)^{1/T}}{\sum_k (p(k|x) / \pi_k^b)^{1/T}}

    with the classes' shares :math:`\pi`, `balance` b and `temperature` T: surely where the
    classifier is sure of c, never where it is sure of another class. At temperature 0 it passes
    where c is the most likely class.

    Samplers use it by default, and draw again what it rejects. It also stands behind a
    `GenerativeClassifierFilter`:
    ``filter=[GenerativeClassifierFilter(), LabelConsistencyFilter()]``.

    Parameters
    ----------
    estimator : classifier, default=None
        A classifier with `predict_proba`, which is cloned and gets rows as they are in the table.
        None is an ``ExtraTreesClassifier()``, which gets numbers, dates and categories on a
        logarithmic scale; of more than 20,000 rows, and without `cv`, one of 30 trees that learn
        from about 20,000.
    balance : float, default=0.0
        Weight of the classes' shares, in [0, 1]. 0 takes the shares of the real rows: new rows
        stay on their side of the most likely class, which is best for F1 and average precision. 1
        takes equal shares: new rows of small classes reach further, which is best for balanced
        accuracy and recall.
    temperature : float, default=0.3
        Softness of the decision on drawn rows, >= 0; 0 decides by the most likely class, 1 by
        chance with the probabilities as they are. `fit_resample` decides as at 0.
    threshold : float, default=0.0
        Least probability of its class (after `balance`) that a row needs, in [0, 1].
    relabel : bool, default=False
        Give a row the most likely class instead of rejecting it, whatever `temperature` is. A
        sampler still returns as many rows of each class as asked.
    cv : int, default=None
        None fits one classifier, on all rows, which it may know by heart. A number (>= 2) fits so
        many, each without one fold of the rows: a row drawn from an original is judged by the one
        that has not seen the original, so that a mislabelled original can't vouch for its rows (the
        out-of-sample probabilities of [1]_); a row drawn from a prior is judged by the mean of all.
        `fit_resample` always judges rows out of sample, by 5 folds if `cv` is None.
    sampling_strategy : str, list or callable, default="all"
        The classes that `fit_resample` may drop (or relabel) rows of, in imbalanced-learn's
        terms.
    random_state : int, RandomState instance or None, default=None
        Seed of folds, and of the classifiers whose own is None.
    verbose : int, default=0
        1 shows how the fit goes on, with the time left: a bar where tqdm is installed, else lines.

    Attributes
    ----------
    estimators_ : list of classifier
        The fitted classifiers: one, or one a fold.
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    sample_indices_ : ndarray of shape (n_samples_new,)
        The rows that the last `fit_resample` kept.
    sampling_strategy_ : dict
        The classes that it might drop rows of.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    See Also
    --------
    GenerativeClassifierFilter : Leaves out what looks like noise.
    imblearn.under_sampling.InstanceHardnessThreshold : Drops rows of `X` by such probabilities
        [2]_.

    References
    ----------
    .. [1] C. Northcutt, L. Jiang and I. Chuang, "Confident learning: estimating uncertainty in
       dataset labels", JAIR 70, 2021, https://doi.org/10.1613/jair.1.12125
    .. [2] M. R. Smith, T. Martinez and C. Giraud-Carrier, "An instance level analysis of data
       complexity", Machine Learning 95, 2014, https://doi.org/10.1007/s10994-013-5422-z

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import LabelConsistencyFilter, VAEOversampler
    >>> X, y = load_wine(return_X_y=True)
    >>> sampler = VAEOversampler(filter=LabelConsistencyFilter(balance=1.0), random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sampler.acceptance_rate_[2] > 0.5
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseFilter._parameter_constraints,
        "estimator": [HasMethods(["fit", "predict_proba"]), None],
        "balance": [Interval(Real, 0, 1, closed="both")],
        "temperature": [Interval(Real, 0, None, closed="left")],
        "threshold": [Interval(Real, 0, 1, closed="both")],
        "relabel": ["boolean"],
        "cv": [Interval(Integral, 2, None, closed="left"), None],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        balance: float = 0.0,
        temperature: float = 0.3,
        threshold: float = 0.0,
        relabel: bool = False,
        cv: int | None = None,
        sampling_strategy: Any = "all",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.estimator = estimator
        self.balance = balance
        self.temperature = temperature
        self.threshold = threshold
        self.relabel = relabel
        self.cv = cv
        self.random_state = random_state
        self.verbose = verbose

    @takes_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None
    ) -> LabelConsistencyFilter:
        """Fit the classifiers.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and categories; values may be missing.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind, or one-hot columns; at least 2 classes of 2 rows each.
        groups : array-like of shape (n_samples,), default=None
            Groups of rows that belong together, such as those of one patient: no fold parts a
            group, so that its rows never judge each other. Each class must be in several.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter, `X` or `y` is not as described; the message names it.
        """
        self._fit(X, Target.of(y).labels, groups=groups)
        return self

    @resamples_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None
    ) -> tuple[Any, Any]:
        """Fit, then leave out the rows that disagree with their class.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and categories; values may be missing.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind, or one-hot columns.
        groups : array-like of shape (n_samples,), default=None
            As in `fit`.

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
        return self._leave_out(X, y, groups=groups)

    @takes_polars
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the mean of the classifiers' class probabilities, without `balance`.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to judge.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        check_is_fitted(self)
        return mean_proba(self.estimators_, self._rows(X))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimators_")

    def _rows(self, X: Any) -> Any:
        """Return rows as the classifiers get them."""
        values = self._values(X)
        return values if self._as_given else self._scaling.scale(values)

    def _values(self, X: Any) -> Any:
        """Check rows; return them, or what the default trees get once it is scaled."""
        values = read_table(self, X, self._format, missing="indicator")
        return X if self._as_given else values

    def _has_folds(self) -> bool:
        return self.cv is not None

    def _fit_for_sampler(self, context: FilterContext) -> None:
        self._fit(
            context.X, context.labels, table_format=context.table_format, groups=context.groups
        )

    def _fit(
        self,
        X: Any,
        labels: NDArray[Any],
        *,
        table_format: TableFormat | None = None,
        groups: Any = None,
    ) -> None:
        self.__dict__.pop("estimators_", None)
        if table_format is None:
            self._format, values = learn_table(self, X, missing="indicator")
        else:  # X has its rows from the table whose format this is
            self._format = table_format
            values = read_table(self, X, table_format, missing="indicator", reset=True)
        check_consistent_length(values, labels)
        self.classes_, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
        if len(counts) < 2:
            raise ValueError(f"y must have at least 2 classes, got 1 class: {self.classes_}")
        for c, n in zip(self.classes_.tolist(), counts, strict=True):
            if n < 2:
                raise ValueError(single_row_message(c, "leave it out", "to hold one out"))
        self._groups = None if groups is None else check_groups(groups, X)
        rng = check_random_state(self.random_state)
        judge = ExtraTreesClassifier() if self.estimator is None else self.estimator
        self._as_given = self.estimator is not None
        self._rule = _Rule(
            counts / len(labels), self.balance, self.temperature, self.threshold, self.relabel
        )
        rows, learnt = X, labels
        if not self._as_given:
            if self.cv is None and len(labels) > TREE_ROWS:
                judge.set_params(n_estimators=TREES_OF_MANY)
                some = some_of_each(TREE_ROWS, place, rng)
                values, learnt = values[some], labels[some]
            self._scaling = LogScaling.of(values)
            rows = self._scaling.scale(values)
        self._folds, self._held_out_proba = None, None
        with naming_large(rows, short(judge)):
            if self.cv is None:
                judge = seeded(judge, rng)
                fit = judge.fit if self._as_given else partial(fit_trees, judge)
                fitted = [fit(rows, learnt)]
            else:
                self._folds, fitted, self._held_out_proba = _cross_fit(
                    judge, rows, labels, place, self.cv, rng, self.verbose, self._groups
                )
        for judge in fitted:
            _check_classes(judge, self.classes_)
        self.estimators_ = fitted

    def _known_classes(self, classes: NDArray[Any]) -> NDArray[Any]:
        return self.classes_

    def _judge(
        self,
        X: Any,
        labels: NDArray[Any],
        parents: NDArray[np.integer],
        rng: np.random.RandomState,
    ) -> Verdict:
        proba, rows = np.empty((len(labels), len(self.classes_))), self._values(X)
        proba_of = mean_proba if self._as_given else partial(tree_proba, self._scaling)
        fold = np.full(len(labels), -1)
        if self._folds is not None:
            fold = np.where(parents >= 0, self._folds[parents], -1)
        for k in np.unique(fold):
            in_fold = np.flatnonzero(fold == k)
            judges = self.estimators_ if k < 0 else self.estimators_[k : k + 1]
            proba[in_fold] = proba_of(judges, _safe_indexing(rows, in_fold))
        return self._rule.verdict(proba, labels, self.classes_, rng)

    def _judge_held_out(self, X: Any, labels: NDArray[Any]) -> Verdict:
        proba = self._held_out_proba
        if proba is None:
            place, rng = np.searchsorted(self.classes_, labels), np.random.RandomState(0)
            rows = self._rows(X)
            [judge] = self.estimators_
            _, _, proba = _cross_fit(
                *(clone(judge), rows, labels, place, _HELD_OUT_FOLDS, rng, self.verbose),
                self._groups,
            )
        # Rows in hand stay or go by their probabilities alone, not by chance.
        return self._rule.verdict(proba, labels, self.classes_)


@dataclass(frozen=True)
class _Rule:
    """Rule by which rows pass, given their class probabilities; the filter's parameters."""

    shares: NDArray[np.float64]
    balance: float
    temperature: float
    threshold: float
    relabels: bool

    def verdict(
        self,
        proba: NDArray[np.float64],
        labels: NDArray[Any],
        classes: NDArray[Any],
        rng: np.random.RandomState | None = None,
    ) -> Verdict:
        """Judge rows; without `rng`, at temperature 0."""
        proba = proba / self.shares**self.balance
        proba /= proba.sum(axis=1, keepdims=True)
        likeliest = classes[proba.argmax(axis=1)]
        if self.relabels:
            labels = likeliest
        place = np.arange(len(labels)), np.searchsorted(classes, labels)
        passed = labels == likeliest
        if rng is not None and self.temperature and not self.relabels:
            with np.errstate(divide="ignore", over="ignore"):
                logs = np.log(proba / proba.max(axis=1, keepdims=True))
                passes = softmax(logs / self.temperature, axis=1)
            passed = rng.uniform(size=len(labels)) < passes[place]
        scores = proba[place]
        return Verdict(passed & (scores >= self.threshold), scores, labels)


def _check_classes(judge: Any, classes: NDArray[Any]) -> None:
    """Refuse a classifier that has not learnt these classes, such as a frozen one of others."""
    learnt = getattr(judge, "classes_", classes)
    if not np.array_equal(learnt, classes):
        raise ValueError(
            f"estimator must know the classes of y, {short(classes.tolist())}, got one that has "
            f"learnt {short(np.asarray(learnt).tolist())}"
        )


def _cross_fit(
    judge: Any,
    rows: Any,
    labels: NDArray[Any],
    place: NDArray[np.intp],
    cv: int,
    rng: np.random.RandomState,
    verbose: int = 0,
    groups: NDArray[np.intp] | None = None,
) -> tuple[NDArray[np.intp], list[Any], NDArray[np.float64]]:
    """Fit a classifier without each fold; return folds, classifiers, held-out probabilities."""
    classes, fitted = [np.flatnonzero(place == k) for k in range(place.max() + 1)], []
    if groups is None:
        folds = assign_folds(classes, cv, rng)
    else:
        folds = assign_group_folds(place, groups, cv, rng, np.unique(labels))
    proba = np.empty((len(labels), len(classes)))
    n_folds = int(folds.max()) + 1
    with progress(verbose, LabelConsistencyFilter.__name__, n_folds, "fold") as shown:
        for k in range(n_folds):
            learnt, held_out = np.flatnonzero(folds != k), np.flatnonzero(folds == k)
            judge_k = seeded(judge, rng)
            judge_k.fit(_safe_indexing(rows, learnt), _safe_indexing(labels, learnt))
            proba[held_out] = judge_k.predict_proba(_safe_indexing(rows, held_out))
            fitted.append(judge_k)
            shown.reach(k + 1)
    return folds, fitted, proba
