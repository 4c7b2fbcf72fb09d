"""A classifier of resampled rows whose probabilities are those of the original class shares."""

from __future__ import annotations

from inspect import signature
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, _fit_context, clone
from sklearn.utils import get_tags
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
    has_fit_parameter,
)

from .._seeding import CheckedParameters, short
from .._tables.target import Target


class PriorCorrectedClassifier(
    CheckedParameters, ClassifierMixin, MetaEstimatorMixin, BaseEstimator
):
    r"""Classifier of resampled rows, with probabilities for the original class shares.

    The sampler resamples the training rows, and the classifier learns from those. It then takes
    rare classes for as frequent as the sampler made them: its probabilities are too high. By
    Bayes' rule ([1]_, [2]_, [3]_) they are

    .. math:: p(c|x) \propto p_s(c|x) \, \frac{\pi(c)}{\pi_s(c)}

    with the classes' shares :math:`\pi` among the original rows and :math:`\pi_s` among the
    resampled ones. The rule assumes that resampling changes how frequent a class is, and not
    where its rows lie. Samplers that keep new rows away from other classes, and those that fill
    gaps, change that too; probabilities of exactly 0 or 1 stay. A classifier that resampling moves
    less than the rule assumes, such as a forest, is over-corrected: its probabilities of rare
    classes come out too low. Where probabilities are what counts, and five more fits are no
    matter, put a ``CalibratedClassifierCV(..., ensemble=False)`` around this estimator, or around
    a Pipeline of sampler and classifier: it learns from real rows that an inner fold leaves out of
    resampling (``python -m benchmarks calibration`` shows scores before, and after either).

    Weights of rows go through both, which a Pipeline can't do: the sampler gives new rows weights,
    the classifier learns with them, and shares are sums of weights.

    Parameters
    ----------
    estimator : classifier
        The classifier, with `predict_proba`; it is cloned.
    sampler : sampler
        Any sampler with `fit_resample`, which is cloned: one of skvae's, of imbalanced-learn's, or
        a pipeline of them.
    priors : {"original"}, array-like of shape (n_classes,) or None, default="original"
        The class shares that probabilities are for: those of the training rows, others (>= 0, in
        the order of `classes_`, with a sum of 1), such as those where the classifier will be used,
        or None for those of the resampled rows, which corrects nothing.

    Attributes
    ----------
    estimator_ : classifier
        The fitted classifier.
    sampler_ : sampler
        The fitted sampler.
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    priors_ : ndarray of shape (n_classes,)
        The class shares that probabilities are for.
    resampled_priors_ : ndarray of shape (n_classes,)
        The class shares of the resampled rows.
    n_features_in_, feature_names_in_
        As in scikit-learn, where the classifier has them.

    See Also
    --------
    sklearn.calibration.CalibratedClassifierCV : Learns from held-out rows how to correct
        probabilities, of this classifier too.
    sklearn.model_selection.TunedThresholdClassifierCV : Chooses the threshold for a score, of
        this classifier too.

    Notes
    -----
    `predict` gives the class of the highest corrected probability, which makes the fewest errors
    and rarely is a rare class. For balanced accuracy, recall or costs choose a threshold.

    References
    ----------
    .. [1] C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001.
    .. [2] M. Saerens, P. Latinne and C. Decaestecker, "Adjusting the outputs of a classifier to
       new a priori probabilities: a simple procedure", Neural Computation 14, 2002,
       https://doi.org/10.1162/089976602753284446
    .. [3] A. Dal Pozzolo, O. Caelen, R. A. Johnson and G. Bontempi, "Calibrating probability with
       undersampling for unbalanced classification", IEEE SSCI 2015,
       https://doi.org/10.1109/SSCI.2015.33

    Examples
    --------
    >>> from imblearn.over_sampling import SMOTE
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skvae.model_selection import PriorCorrectedClassifier
    >>> X, y = make_classification(2000, weights=[0.9], flip_y=0.05, random_state=0)
    >>> clf = PriorCorrectedClassifier(LogisticRegression(), SMOTE(random_state=0)).fit(X, y)
    >>> clf.estimator_.predict_proba(X)[:, 1].mean().round(2)  # after SMOTE
    np.float64(0.22)
    >>> clf.predict_proba(X)[:, 1].mean().round(2), y.mean().round(2)
    (np.float64(0.11), np.float64(0.12))

    Weights, which new rows inherit from their parents:

    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skvae import VAEOversampler
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> weights = X[:, 0] / X[:, 0].mean()
    >>> clf = PriorCorrectedClassifier(GaussianNB(), VAEOversampler(random_state=0))
    >>> clf = clf.fit(X, y, sample_weight=weights)
    >>> clf.sampler_.sample_weight_.shape, len(y)
    ((714,), 569)
    """

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [HasMethods(["fit"])],
        "sampler": [HasMethods(["fit_resample"])],
        "priors": [StrOptions({"original"}), "array-like", None],
    }

    def __init__(
        self, estimator: Any, sampler: Any, *, priors: str | ArrayLike | None = "original"
    ) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.priors = priors

    # The classifier and the sampler check their own parameters.
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> PriorCorrectedClassifier:
        """Resample the rows, and train the classifier.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            The rows, as the sampler takes them.
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, >= 0. The sampler's `fit_resample` must take them, or name the
            rows that it keeps in `sample_indices_`; the classifier's `fit` must take them, too.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If the classifier has no `predict_proba`, or one of the two can't take weights.
        ValueError
            If a parameter, `X`, `y` or the weights are not as described.
        """
        if not hasattr(self.estimator, "predict_proba"):
            raise TypeError(
                "estimator must have predict_proba, because probabilities are what is corrected, "
                f"got {short(self.estimator)}: wrap it in a CalibratedClassifierCV"
            )
        target = Target.of(column_or_1d(y, warn=True) if getattr(y, "ndim", 1) == 2 else y)
        labels, weights = target.labels, None
        check_consistent_length(X, labels)
        classes = np.unique(labels)
        if len(classes) < 2:
            raise ValueError(f"y must have at least 2 classes, got 1 class: {classes.tolist()}")
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            self._check_takes_weights()
        priors = self._wanted_priors(_shares(labels, classes, weights))

        sampler = clone(self.sampler)
        X_resampled, y_resampled, weights = _resample(sampler, X, labels, weights)
        named = {} if weights is None else {"sample_weight": weights}
        self.estimator_ = clone(self.estimator).fit(X_resampled, y_resampled, **named)
        self.sampler_, self.classes_ = sampler, classes
        self.resampled_priors_ = _shares(y_resampled, classes, weights)
        self.priors_ = self.resampled_priors_ if priors is None else priors
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return class probabilities for the shares `priors_`.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        P : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`. A class that the sampler left no row of has probability 0.
        """
        check_is_fitted(self)
        found = self.estimator_.predict_proba(X)
        P = np.zeros((len(found), len(self.classes_)))
        P[:, np.searchsorted(self.classes_, self.estimator_.classes_)] = found
        with np.errstate(divide="ignore", invalid="ignore"):
            P *= np.where(self.resampled_priors_ > 0, self.priors_ / self.resampled_priors_, 0)
        total = P.sum(axis=1, keepdims=True)
        # Only classes that do not occur are left for such a row.
        return np.where(total > 0, P / np.where(total > 0, total, 1), self.priors_)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the class of the highest probability, as `predict_proba` gives it.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            Labels of `classes_`.
        """
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = [get_tags(self.estimator).input_tags, get_tags(self.sampler).input_tags]
        tags.input_tags.sparse = all(one.sparse for one in inner)
        tags.input_tags.allow_nan = all(one.allow_nan for one in inner)
        return tags

    def _check_takes_weights(self) -> None:
        """Refuse weights that the sampler or the classifier can't take."""
        resamples = signature(self.sampler.fit_resample).parameters
        if "sample_weight" not in resamples and not _keeps_rows(self.sampler):
            raise TypeError(
                "sampler must take sample_weight in fit_resample, as VAEOversampler does, or keep "
                f"rows only, to have weights for the resampled rows; got {short(self.sampler)}"
            )
        routes = get_config()["enable_metadata_routing"]
        if not routes and not has_fit_parameter(self.estimator, "sample_weight"):
            raise TypeError(
                f"estimator must take sample_weight in fit, got {short(self.estimator)}; a "
                "Pipeline takes it with sklearn.set_config(enable_metadata_routing=True) and "
                "set_fit_request(sample_weight=True) of its steps"
            )

    def _wanted_priors(self, original: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return the shares that probabilities are for, None for those of the resampled rows."""
        if self.priors is None:
            return None
        if isinstance(self.priors, str):
            return original
        priors = np.asarray(self.priors, float)
        n = len(original)
        if priors.shape != (n,) or not (priors >= 0).all() or not np.isclose(priors.sum(), 1):
            raise ValueError(
                f"priors must be {n} shares >= 0 with a sum of 1, one for each class, got "
                f"{short(priors.tolist())}"
            )
        return priors


def _keeps_rows(sampler: Any) -> bool:
    """Return whether a sampler tells which rows it has kept, and makes no new ones."""
    tags = getattr(sampler, "__sklearn_tags__", lambda: None)()
    return bool(getattr(getattr(tags, "sampler_tags", None), "sample_indices", False))


def _resample(
    sampler: Any, X: Any, labels: NDArray[Any], weights: NDArray[np.floating] | None
) -> tuple[Any, NDArray[Any], NDArray[np.floating] | None]:
    """Return resampled rows, their labels and, where there are weights, theirs."""
    if weights is None:
        X_resampled, y_resampled = sampler.fit_resample(X, labels)
        return X_resampled, np.asarray(y_resampled), None
    if "sample_weight" in signature(sampler.fit_resample).parameters:
        X_resampled, y_resampled = sampler.fit_resample(X, labels, sample_weight=weights)
        return X_resampled, np.asarray(y_resampled), sampler.sample_weight_
    X_resampled, y_resampled = sampler.fit_resample(X, labels)
    return X_resampled, np.asarray(y_resampled), weights[sampler.sample_indices_]


def _shares(
    labels: NDArray[Any], classes: NDArray[Any], weights: NDArray[np.floating] | None
) -> NDArray[np.float64]:
    """Return each class's share of the rows, or of their weights.

    Raises
    ------
    ValueError
        If no row has a weight.
    """
    place = np.searchsorted(classes, labels)
    totals = np.bincount(place, weights, minlength=len(classes)).astype(float)
    if not totals.sum():
        raise ValueError("sample_weight must be > 0 for some rows, got 0 for all")
    shares: NDArray[np.float64] = totals / totals.sum()
    return shares
