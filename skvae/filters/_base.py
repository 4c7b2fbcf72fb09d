"""Base of the filters: verdicts, folds, and `fit_resample`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from imblearn.under_sampling.base import BaseCleaningSampler
from imblearn.utils import check_sampling_strategy
from numpy.typing import ArrayLike, NDArray
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _num_samples

from .._seeding import CheckedParameters
from .._tables.format import TableFormat
from .._tables.frames import take_rows
from .._tables.plain import PlainState
from .._tables.polars import resamples_polars
from .._tables.target import Target
from ..exceptions import warn


class Verdict(NamedTuple):
    """A filter's judgement of n rows.

    Attributes
    ----------
    kept : ndarray of shape (n,), bool
        Whether each row passes.
    scores : ndarray of shape (n,), float64
        Score of each row; higher is better.
    labels : ndarray of shape (n,)
        Their classes, which a filter may have changed.
    """

    kept: NDArray[np.bool_]
    scores: NDArray[np.float64]
    labels: NDArray[Any]


@dataclass(frozen=True)
class FilterContext:
    """Rows that a sampler hands to the filters that it fits.

    Attributes
    ----------
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The real rows of all classes that can be drawn.
    labels : ndarray of shape (n_samples,)
        Their classes.
    table_format : TableFormat
        The format that the sampler's models have learnt.
    early : callable or None
        Gives the values of the rows as an early checkpoint of the models reconstructs them; None
        where there is no checkpoint.
    verbose : int
        The sampler's parameter, which counts where a filter's own is 0.
    groups : ndarray of shape (n_samples,) or None
        Number of each row's group, where groups were given.
    """

    X: Any
    labels: NDArray[Any]
    table_format: TableFormat
    early: Callable[[], NDArray[np.float64]] | None
    verbose: int = 0
    groups: NDArray[np.intp] | None = None


class BaseFilter(CheckedParameters, PlainState, BaseCleaningSampler):
    """Base of the filters: `fit_resample`, and what samplers ask of a filter.

    Attributes
    ----------
    is_hard : bool
        Whether a sampler leaves rows that don't pass out even where too few pass.
    """

    is_hard: ClassVar[bool] = False

    _parameter_constraints: ClassVar[dict] = {
        **BaseCleaningSampler._parameter_constraints,
        "cv": [Interval(Integral, 2, None, closed="left")],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @resamples_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: ArrayLike, y: ArrayLike) -> tuple[Any, Any]:
        """Fit, then leave out the rows that don't pass.

        Each row is judged by a model that has not seen it. In a Pipeline behind a sampler this
        can't know which rows are new and may drop originals: prefer ``filter=`` of the sampler.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and categories; values may be missing.
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
        return self._leave_out(X, y)

    def _leave_out(self, X: Any, y: Any, **options: Any) -> tuple[Any, Any]:
        """Fit with the options of `_fit`, and leave out the rows that don't pass."""
        target = Target.of(y)
        self.sampling_strategy_ = check_sampling_strategy(
            self.sampling_strategy, target.labels, self._sampling_type
        )
        self._fit(X, target.labels, **options)
        kept, scores, labels = self._judge_held_out(X, target.labels)
        spared = ~np.isin(target.labels, list(self.sampling_strategy_))
        kept, labels = kept | spared, np.where(spared, target.labels, labels)
        for c in np.setdiff1d(target.labels, labels[kept]).tolist():
            class_rows = np.flatnonzero(target.labels == c)
            best = class_rows[scores[class_rows].argmax()]
            kept[best], labels[best] = True, c
            warn(
                f"{type(self).__name__} keeps none of the {len(class_rows)} rows of class {c!r}: "
                "the best-scored one stays.",
                ConvergenceWarning,
            )
        self.sample_indices_ = np.flatnonzero(kept)
        return take_rows(X, self.sample_indices_), target.like(labels[kept])

    def _check_source(self, *, has_early: bool) -> None:
        """Refuse to be a sampler's filter where its models lack something that is needed.

        `has_early` tells whether they will have an early checkpoint.
        """

    def _has_folds(self) -> bool:
        """Return whether groups of rows matter in a sampler."""
        return False

    def _check_rows(self, X: Any, *, is_frozen: bool) -> None:
        """Report rows of a sampler's table that don't pass, before models are trained.

        `is_frozen` tells whether the filter will judge as it was fitted.
        """

    def _fit_for_sampler(self, context: FilterContext) -> None:
        """Fit on a sampler's real rows."""
        self._fit(context.X, context.labels, table_format=context.table_format)

    @abstractmethod
    def _fit(
        self, X: Any, labels: NDArray[Any], *, table_format: TableFormat | None = None
    ) -> None:
        """Fit on rows with labels; `table_format` is a format to read them by."""

    @abstractmethod
    def _known_classes(self, classes: NDArray[Any]) -> NDArray[Any]:
        """Return the classes that rows to judge may have: `classes`, if it does not matter."""

    @abstractmethod
    def _judge(
        self,
        X: Any,
        labels: NDArray[Any],
        parents: NDArray[np.integer],
        rng: np.random.RandomState,
    ) -> Verdict:
        """Judge other rows than those of `_fit`, drawn from its rows `parents` (-1 for none).

        `rng` decides where chance does.
        """

    @abstractmethod
    def _judge_held_out(self, X: Any, labels: NDArray[Any]) -> Verdict:
        """Judge the rows of `_fit`, each by a model that has not seen it."""

    def _fit_resample(self, X: Any, y: Any) -> Any:  # pragma: no cover
        # imbalanced-learn's hook, abstract there; `fit_resample` above does without it.
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = True
        tags.sampler_tags.sample_indices = True
        return tags


def check_groups(groups: ArrayLike, X: Any) -> NDArray[np.intp]:
    """Return the number of each row's group.

    Raises
    ------
    ValueError
        If they are not one for each row, or there is but one group.
    """
    given = np.asarray(groups)
    if given.shape != (_num_samples(X),):
        raise ValueError(
            f"groups must have shape ({_num_samples(X)},), one for each row of X, got {given.shape}"
        )
    numbers, names = pd.factorize(given)
    if (numbers < 0).any():
        raise ValueError(
            f"groups must name a group for each row, and misses {(numbers < 0).sum()}, first in "
            f"row {np.flatnonzero(numbers < 0)[0]}"
        )
    if len(names) < 2:
        raise ValueError(f"groups must be at least 2, got {names.tolist()}")
    return numbers


def assign_group_folds(
    place: NDArray[np.intp],
    groups: NDArray[np.intp],
    cv: int,
    rng: np.random.RandomState,
    classes: NDArray[Any],
) -> NDArray[np.intp]:
    """Assign a fold to each group, so that each class goes to several, as evenly as may be.

    Parameters
    ----------
    place : ndarray of shape (n_samples,)
        Class of each row, as its place among `classes`.
    groups : ndarray of shape (n_samples,)
        Number of each row's group.
    cv : int
        Folds at most.
    rng : RandomState
        Decides between groups of equal size.
    classes : ndarray of shape (n_classes,)
        The classes, for messages.

    Raises
    ------
    ValueError
        If all rows of a class are in one fold, without which nothing can be learnt of it.
    """
    counts = np.zeros((groups.max() + 1, len(classes)), np.intp)
    np.add.at(counts, (groups, place), 1)
    rarest_first = np.argsort(counts.sum(axis=0), kind="stable")
    order = rng.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    folds, held = np.empty(len(counts), np.intp), np.zeros((cv, len(classes)), np.intp)
    for g in order:
        # To the fold with the fewest rows of the group's rarest class, then of the next.
        keys = [held[:, c] for c in rarest_first if counts[g, c]]
        folds[g] = np.lexsort([held.sum(axis=1), *keys[::-1]])[0]
        held[folds[g]] += counts[g]
    for c, n_folds in zip(classes.tolist(), (held > 0).sum(axis=0), strict=True):
        if n_folds < 2:
            raise ValueError(
                f"groups must spread class {c!r} over at least 2 folds, to judge its rows by those "
                "of other groups, got 1: collect rows of it in more groups, or merge it with "
                "another class"
            )
    return folds[groups]


def assign_folds(
    groups: Sequence[NDArray[np.integer]], cv: int, rng: np.random.RandomState
) -> NDArray[np.intp]:
    """Assign a fold to each row, so that each group's rows go evenly to as many as it can fill.

    scikit-learn's stratified splitter refuses groups of fewer than `cv` rows.
    """
    folds = np.empty(sum(map(len, groups)), np.intp)
    for rows in groups:
        folds[rng.permutation(rows)] = np.arange(len(rows)) % cv
    return folds
