"""A sampler's `filter=`: check, fit and judge with filters of ours, frozen ones, any detector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from .._seeding import seeded, short, unfrozen
from .._tables.messages import first_line, naming_large
from ._base import BaseFilter, FilterContext, Verdict, check_groups


class Judgement(NamedTuple):
    """Judgement of n rows by all filters of a sampler.

    Attributes
    ----------
    scores : ndarray of shape (n, n_filters)
        Each filter's score; higher is better.
    n_passed : ndarray of shape (n,)
        Filters that each row passed.
    labels : ndarray of shape (n,)
        The class that the filters see each row in.
    allowed : ndarray of shape (n,), bool
        Whether each row passed the hard filters.
    """

    scores: NDArray[np.float64]
    n_passed: NDArray[np.intp]
    labels: NDArray[Any]
    allowed: NDArray[np.bool_]


class FilterSlot:
    """The filters of a sampler, in their order.

    Parameters
    ----------
    filters : None, estimator or list of estimator
        The sampler's parameter.

    Attributes
    ----------
    is_list : bool
        Whether several filters were given, so that scores have a column for each.
    given : list of estimator
        The filters as they were given.
    fitted : list of estimator
        The fitted filters.
    """

    def __init__(self, filters: Any) -> None:
        self.is_list = isinstance(filters, list | tuple)
        self.given = list(filters) if self.is_list else [] if filters is None else [filters]
        self.fitted: list[Any] = []

    def check(self, X: Any, labels: NDArray[Any], *, has_early: bool) -> None:
        """Refuse anything that can't filter rows like these, before a model is trained.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows of all classes that can be drawn.
        labels : ndarray of shape (n_samples,)
            Their classes.
        has_early : bool
            Whether the models will have an early checkpoint.

        Raises
        ------
        TypeError, ValueError
            If a filter is none, can't be used here, or is frozen and can't judge such rows.
        """
        for given in self.given:
            inner = unfrozen(given)
            detects = hasattr(inner, "fit") and hasattr(inner, "predict")
            filters = isinstance(inner, BaseFilter) or detects
            if isinstance(inner, type | ClassifierMixin) or not filters:
                raise TypeError(
                    "filter must be one of skvae's filters, an outlier detector with fit and "
                    f"predict, or a list of them, got {short(given)}"
                )
            if isinstance(given, FrozenEstimator):
                _check_frozen(given, X, labels)
            elif isinstance(inner, BaseFilter):
                inner._validate_params()
                inner._check_source(has_early=has_early)

    def check_groups(self, groups: Any, X: Any) -> NDArray[np.intp] | None:
        """Return the number of each row's group, None without groups.

        Raises
        ------
        ValueError
            If groups are not one for each row, or no filter is fitted by folds.
        """
        if groups is None:
            return None
        if not self.has_folds:
            raise ValueError(
                "groups must be None where no filter is fitted by folds: set "
                "filter=LabelConsistencyFilter(cv=5)"
            )
        return check_groups(groups, X)

    def check_rows(self, X: Any) -> None:
        """Let the filters report real rows that don't pass, before a model is trained."""
        for given in self.given:
            if isinstance(inner := unfrozen(given), BaseFilter):
                inner._check_rows(X, is_frozen=inner is not given)

    @property
    def has_folds(self) -> bool:
        """True where a filter is fitted by folds, which groups of rows change."""
        return any(isinstance(one, BaseFilter) and one._has_folds() for one in self.given)

    @property
    def rejects_strays(self) -> bool:
        """True where a filter judges more than constraints, which know no classes."""
        return not all(map(is_hard, self.given))

    def __len__(self) -> int:
        return len(self.given)

    def fit(self, context: FilterContext, rng: np.random.RandomState) -> list[Any]:
        """Fit clones of the filters on real rows, and return them; frozen ones stay as they are."""
        self.fitted = [seeded(given, rng) for given in self.given]
        for one in self.fitted:
            if isinstance(one, FrozenEstimator):
                continue
            if isinstance(one, BaseFilter):
                if context.verbose and not getattr(one, "verbose", True):
                    one.set_params(verbose=context.verbose)
                one._fit_for_sampler(context)
            else:
                _fit_detector(one, context.X)
        return self.fitted

    def judge(
        self,
        table: Callable[[], Any],
        label: Any,
        parents: NDArray[np.integer],
        classes: NDArray[Any],
        rng: np.random.RandomState,
    ) -> Judgement:
        """Judge rows that were drawn for a class.

        Parameters
        ----------
        table : callable
            Gives the rows as a table like X, if there is a filter.
        label : label
            The class that they were drawn for.
        parents : ndarray of shape (n,)
            Rows of the `FilterContext` that they were drawn from, -1 for none.
        classes : ndarray of shape (n_classes,)
            All classes of the sampler.
        rng : RandomState
            Decides where a filter leaves it to chance.
        """
        n = len(parents)
        labels = np.full(n, label, classes.dtype)
        n_passed, scores = np.zeros(n, np.intp), np.empty((n, len(self.fitted)))
        allowed = np.ones(n, bool)
        X = table() if self.fitted else None
        for f, one in enumerate(self.fitted):
            kept, scores[:, f], seen = judge(one, X, labels, parents, rng)
            # A frozen filter may know classes that there are none of here.
            known = np.isin(seen, classes)
            n_passed += kept & known
            if is_hard(one):
                allowed &= kept
            labels = np.where(known, seen, labels)
        return Judgement(scores, n_passed, labels, allowed)

    def allows(self, table: Callable[[], Any]) -> NDArray[np.bool_] | bool:
        """Return whether rows pass all hard filters."""
        hard = [one for one in self.fitted if is_hard(one)]
        if not hard:
            return True
        X = table()
        labels, parents = np.empty(len(X)), np.full(len(X), -1)
        rng = np.random.RandomState(0)  # hard filters leave nothing to chance
        kept: NDArray[np.bool_] = np.all(
            [judge(one, X, labels, parents, rng).kept for one in hard], axis=0
        )
        return kept


def is_hard(filter_: Any) -> bool:
    """Return whether rows that don't pass are left out even where too few pass."""
    inner = unfrozen(filter_)
    return isinstance(inner, BaseFilter) and inner.is_hard


def judge(
    filter_: Any,
    X: Any,
    labels: NDArray[Any],
    parents: NDArray[np.integer],
    rng: np.random.RandomState,
) -> Verdict:
    """Ask a fitted filter, or any fitted outlier detector, about generated rows.

    Parameters
    ----------
    filter_ : estimator
        One of skvae's filters, itself or in a `FrozenEstimator`, or an object with
        ``predict(X)`` in {-1, +1}.
    X : {array-like, dataframe} of shape (n, n_features)
        The rows.
    labels : ndarray of shape (n,)
        Their classes.
    parents : ndarray of shape (n,)
        Rows of the table that `filter_` was fitted on that they were drawn from, -1 for none.
    rng : RandomState
        Decides where the filter leaves it to chance.
    """
    inner = unfrozen(filter_)
    if isinstance(inner, BaseFilter):
        if inner is not filter_:
            # A filter fitted elsewhere can't tell which of its models has left out an original.
            parents = np.full(len(labels), -1)
        return inner._judge(X, labels, parents, rng)
    with naming_large(X, short(inner)):
        kept = np.asarray(filter_.predict(X)) == 1
        for method in ("decision_function", "score_samples"):
            if hasattr(filter_, method):
                return Verdict(kept, np.asarray(getattr(filter_, method)(X), float), labels)
    return Verdict(kept, kept.astype(float), labels)


def _check_frozen(filter_: FrozenEstimator, X: Any, labels: NDArray[Any]) -> None:
    """Refuse a frozen filter that can't judge rows of these classes."""
    inner = unfrozen(filter_)
    if isinstance(inner, BaseFilter):
        message = (
            "filter must be fitted before it is put into a FrozenEstimator, got a new %(name)s"
        )
        check_is_fitted(inner, msg=message)
        classes = np.unique(labels)
        known = inner._known_classes(classes)
        if len(unknown := np.setdiff1d(classes, known)):
            raise ValueError(
                f"y must hold classes that the frozen {type(inner).__name__} has learnt, "
                f"{short(known.tolist())}, got {short(unknown.tolist())}"
            )
    try:
        judge(filter_, X, labels, np.full(len(labels), -1), np.random.RandomState(0))
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"the frozen filter {short(inner)} can't judge the rows of X: {first_line(error)}"
        ) from error


def _fit_detector(detector: Any, rows: Any) -> None:
    try:
        with naming_large(rows, short(detector)):
            detector.fit(rows)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"filter {short(detector)} can't be fitted on the rows as they are in X "
            f"({first_line(error)}): put what it needs before it, for instance "
            "make_pipeline(OrdinalEncoder(), IsolationForest())"
        ) from error
