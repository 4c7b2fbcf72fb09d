"""A filter of rows that disagree with their class."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import _fit_context
from sklearn.ensemble import RandomForestClassifier
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._progress import progress
from .._seeding import seeded
from .._tables.format import TableFormat
from .._tables.messages import single_row_message
from .._tables.reading import learn_table, read_table
from .._tables.target import Target
from ._base import BaseFilter, Verdict, assign_folds


class LabelConsistencyFilter(BaseFilter):
    """Leaves out rows that disagree with their class.

    A classifier is fitted `cv` times, each time without one fold of the rows. A row passes when
    its class is the most likely one. The rows in hand are judged by the classifier that has not
    seen them; a row drawn from an original, by the one that has not seen the original; a row
    drawn from a prior, by the mean of all. So a mislabelled original can't vouch for the rows
    drawn from it (the out-of-sample probabilities of [1]_;
    `imblearn.under_sampling.InstanceHardnessThreshold` drops rows by them as well [2]_).

    Use it as ``filter=`` of a sampler, which draws again what it rejects, or behind a
    `GenerativeClassifierFilter`:
    ``filter=[GenerativeClassifierFilter(), LabelConsistencyFilter()]``.

    Parameters
    ----------
    estimator : classifier, default=None
        A classifier with `predict_proba`, which is cloned and gets rows as they are in the table.
        None is a ``RandomForestClassifier()`` that gets categories and dates as numbers.
    threshold : float, default=0.0
        Least probability of its class that a row needs, in [0, 1], besides that it is the most
        likely one.
    relabel : bool, default=False
        Give a row the most likely class instead of rejecting it. A sampler still returns as many
        rows of each class as asked.
    cv : int, default=5
        Folds, >= 2.
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
        The fitted classifiers, one a fold.
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
    >>> sampler = VAEOversampler(filter=LabelConsistencyFilter(), random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sampler.acceptance_rate_[2] > 0.5
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseFilter._parameter_constraints,
        "estimator": [HasMethods(["fit", "predict_proba"]), None],
        "threshold": [Interval(Real, 0, 1, closed="both")],
        "relabel": ["boolean"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        threshold: float = 0.0,
        relabel: bool = False,
        cv: int = 5,
        sampling_strategy: Any = "all",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.estimator = estimator
        self.threshold = threshold
        self.relabel = relabel
        self.cv = cv
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike) -> LabelConsistencyFilter:
        """Fit the classifiers.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and categories; values may be missing.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind, or one-hot columns; at least 2 classes of 2 rows each.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter, `X` or `y` is not as described; the message names it.
        """
        self._fit(X, Target.of(y).labels)
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the mean of the classifiers' class probabilities.

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
        return _mean_proba(self.estimators_, self._rows(X))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "estimators_")

    def _rows(self, X: Any) -> Any:
        """Return rows as the classifiers get them."""
        values = read_table(self, X, self._format, missing="indicator")
        return X if self._as_given else values

    def _fit(
        self, X: Any, labels: NDArray[Any], *, table_format: TableFormat | None = None
    ) -> None:
        self.__dict__.pop("estimators_", None)
        self._format, values = learn_table(self, X, missing="indicator", like=table_format)
        check_consistent_length(values, labels)
        self.classes_, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
        if len(counts) < 2:
            raise ValueError(f"y must have at least 2 classes, got 1 class: {self.classes_}")
        for c, n in zip(self.classes_.tolist(), counts, strict=True):
            if n < 2:
                raise ValueError(single_row_message(c, "leave it out", "to hold one out"))
        rng = check_random_state(self.random_state)
        classes = [np.flatnonzero(place == k) for k in range(len(counts))]
        self._folds = assign_folds(classes, self.cv, rng)
        forest = RandomForestClassifier() if self.estimator is None else self.estimator
        self._as_given = self.estimator is not None
        self._relabels, self._threshold = self.relabel, self.threshold
        rows = X if self._as_given else values
        estimators, self._held_out_proba = [], np.empty((len(labels), len(counts)))
        n_folds = int(self._folds.max()) + 1
        with progress(self.verbose, type(self).__name__, n_folds, "fold") as shown:
            for k in range(n_folds):
                learnt = np.flatnonzero(self._folds != k)
                held_out = np.flatnonzero(self._folds == k)
                estimators.append(
                    seeded(forest, rng).fit(
                        _safe_indexing(rows, learnt), _safe_indexing(labels, learnt)
                    )
                )
                self._held_out_proba[held_out] = estimators[-1].predict_proba(
                    _safe_indexing(rows, held_out)
                )
                shown.reach(k + 1)
        self.estimators_ = estimators

    def _known_classes(self, classes: NDArray[Any]) -> NDArray[Any]:
        return self.classes_

    def _judge(self, X: Any, labels: NDArray[Any], parents: NDArray[np.integer]) -> Verdict:
        proba, X = np.empty((len(labels), len(self.classes_))), self._rows(X)
        fold = np.where(parents >= 0, self._folds[parents], -1)
        for k in np.unique(fold):
            in_fold = np.flatnonzero(fold == k)
            judges = self.estimators_ if k < 0 else self.estimators_[k : k + 1]
            proba[in_fold] = _mean_proba(judges, _safe_indexing(X, in_fold))
        return self._verdict(proba, labels)

    def _judge_held_out(self, labels: NDArray[Any]) -> Verdict:
        return self._verdict(self._held_out_proba, labels)

    def _verdict(self, proba: NDArray[np.float64], labels: NDArray[Any]) -> Verdict:
        likeliest = self.classes_[proba.argmax(axis=1)]
        if self._relabels:
            labels = likeliest
        scores = proba[np.arange(len(labels)), np.searchsorted(self.classes_, labels)]
        return Verdict((labels == likeliest) & (scores >= self._threshold), scores, labels)


def _mean_proba(classifiers: list[Any], rows: Any) -> NDArray[np.float64]:
    return np.mean([classifier.predict_proba(rows) for classifier in classifiers], axis=0)
