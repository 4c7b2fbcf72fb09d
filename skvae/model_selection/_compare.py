"""Comparison of samplers on one table, for one classifier, by cross-validation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import is_datetime64_any_dtype
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    check_cv,
)
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metadata_routing import _routing_enabled
from sklearn.utils.validation import check_consistent_length, has_fit_parameter

from .._progress import progress
from .._seeding import checked_params, seeded, short, unfrozen
from .._tables.frames import as_frame
from .._tables.messages import first_line
from .._tables.polars import to_pandas
from .._tables.target import Target
from ..exceptions import warn
from ..over_sampling import MultiVAEResampler, VAEOversampler
from ..over_sampling._base import BaseVAEResampler
from ._paired import MIN_PAIRS, holm, paired_difference, spread
from ._smote import SMOTEForColumns

NONE, CLASS_WEIGHTS = "none", "class weights"
BALANCED = "balanced"  # in place of a sampler: class weights
_N_FOLDS, _N_SPLITS = 5, 10  # of the default cross-validation
_LEVEL = 0.05

Splits = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


@checked_params(
    {
        "samplers": [dict, None],
        "cv": ["cv_object"],
        "scoring": [str, list, tuple],
        "n_jobs": [int, None],
        "random_state": ["random_state"],
        "return_scores": ["boolean"],
        "verbose": ["verbose"],
    }
)
def compare_samplers(
    estimator: BaseEstimator,
    X: Any,
    y: ArrayLike,
    samplers: Mapping[str, Any] | None = None,
    *,
    groups: ArrayLike | None = None,
    cv: Any = None,
    scoring: str | Sequence[str] = "f1_macro",
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    return_scores: bool = False,
    verbose: int = 0,
) -> Any:
    """Compare what samplers do for a classifier on one table.

    In each split a sampler gets the training rows alone, a clone of the classifier learns from what
    it returns, and the test rows are real ones that neither has seen. All samplers of a split have
    the same rows and the same seed of the classifier, so that scores are compared in pairs.

    Parameters
    ----------
    estimator : classifier
        The classifier, or a scikit-learn Pipeline that ends in one. Samplers get the columns of `X`
        as they are: put encoders, imputers and scalers into the Pipeline, and give samplers
        ``missing="indicator"`` where values are missing.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The table.
    y : array-like of shape (n_samples,)
        Class labels.
    samplers : dict of str to sampler, default=None
        Names and samplers of imbalanced-learn's kind. ``"balanced"`` in place of a sampler stands
        for class weights: `class_weight` of the classifier, else balanced weights of the rows.
        "none", the classifier on the rows as they are, is always compared with, and added. By
        default these are class weights (if the classifier takes any), SMOTE (SMOTENC or SMOTEN
        where columns are categorical, none where values are missing or columns hold dates),
        `VAEOversampler` and `MultiVAEResampler`.
    groups : array-like of shape (n_samples,), default=None
        Group of each row, for the splits: rows of a group are never on both sides of one. Samplers
        whose `fit_resample` takes groups get those of the training rows; ours do where their filter
        has folds, as ``LabelConsistencyFilter(cv=5)``.
    cv : int, splitter or iterable, default=None
        Splits, as in scikit-learn. By default ten, of stratified five-fold cross-validation that is
        repeated (of fewer folds, if a class has fewer rows); with `groups` these stay together.
        A verdict needs six or more: ``GroupKFold(6)`` gives one, ``GroupKFold(5)`` does not.
    scoring : str or list of str, default="f1_macro"
        Names of scikit-learn's scores; greater is better. Those of one class, such as "f1" and
        "average_precision", take label 1 for it: give ``y == "died"`` for labels of text.
    n_jobs : int, default=None
        Processes, as in scikit-learn.
    random_state : int, RandomState instance or None, default=None
        Seed of the default splits, of the samplers and of the classifiers, where they have none.
    return_scores : bool, default=False
        Whether to return the scores of the splits too.
    verbose : int, default=0
        1 shows the progress over the splits.

    Returns
    -------
    comparison : DataFrame
        A row for each sampler, "none" first, or for each score and sampler if `scoring` is a list.
        Its columns:

        - mean, std: of the score over the splits;
        - gain: mean difference to none;
        - low, high: ends of its 95 % bootstrap interval, see `paired_difference`;
        - p_value: of the corrected resampled t-test of the gain, with Holm's correction for the
          number of samplers;
        - verdict: "no gain" where the interval holds 0; else "gain" or "loss" where the p-value is
          below 0.05, and "perhaps a gain" or "perhaps a loss" where it is not, since splits share
          rows; "fewer than 6 splits" where these tell nothing, "failed" where there are none;
        - seconds: median time to resample and to fit the classifier;
        - n_splits: splits with a score.
    scores : DataFrame
        Scores by split, a column for each of the comparison's rows. Only if `return_scores`.

    Raises
    ------
    TypeError
        If `estimator` is no classifier, or a sampler has no ``fit_resample``.
    ValueError
        If `y` has one class or a class of fewer than three rows, or the classifier can't be fitted
        on the rows as they are.

    Warns
    -----
    FitFailedWarning
        If a sampler, or the classifier on its rows, fails on a split, which then has no score.

    See Also
    --------
    SamplerComparisonDisplay : Picture of the gains.
    paired_difference : Gain, interval and p-value of paired scores.

    Notes
    -----
    A model that was fitted before, on rows of all splits, has seen test rows: don't hand over
    frozen ones, or rows of `X` as `unlabelled`.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from imblearn.over_sampling import RandomOverSampler
    >>> from skvae.model_selection import compare_samplers
    >>> X, y = load_wine(return_X_y=True)
    >>> classifier = make_pipeline(StandardScaler(), LogisticRegression())
    >>> samplers = {"class weights": "balanced", "random": RandomOverSampler()}
    >>> comparison = compare_samplers(classifier, X, y, samplers, random_state=0)
    >>> comparison["verdict"].tolist()
    ['', 'no gain', 'no gain']
    """
    if not is_classifier(estimator):
        raise TypeError(f"estimator must be a classifier, got {short(estimator)}")
    X, labels = to_pandas(X), Target.of(y).labels
    check_consistent_length(X, labels, groups)
    arms = _named(_defaults(estimator, X) if samplers is None else samplers)
    names = [scoring] if isinstance(scoring, str) else list(scoring)
    scorer = check_scoring(estimator, names)
    rng = check_random_state(random_state)
    groups = None if groups is None else np.asarray(groups)
    splits = _splits(X, labels, groups, cv, rng)
    seeds = rng.randint(2**31 - 1, size=len(splits))
    tasks = (
        delayed(_score_split)(estimator, arms, X, labels, groups, split, scorer, seed)
        for split, seed in zip(splits, seeds, strict=True)
    )
    results = []
    with progress(verbose, "compare_samplers", len(splits), "split") as shown:
        for result in Parallel(n_jobs=n_jobs, return_as="generator")(tasks):
            results.append(result)
            shown.reach(len(results))
    _warn_of_failures(results)
    scores, comparison = _tables(results, list(arms), names, splits)
    if isinstance(scoring, str):
        scores, comparison = scores[scoring], comparison.loc[scoring]
    return (comparison, scores) if return_scores else comparison


class _Outcome(NamedTuple):
    """Scores of a sampler on a split, the time that it took, and why there are none."""

    scores: dict[str, float]
    seconds: float
    failure: str = ""


def _defaults(estimator: Any, X: Any) -> dict[str, Any]:
    """Return what a classifier of such rows is compared with where nothing is named."""
    samplers, missing = peers(estimator, X), "indicator" if _has_gaps(X) else "error"
    for sampler in (VAEOversampler, MultiVAEResampler):
        samplers[sampler.__name__] = sampler(missing=missing)
    return samplers


def peers(estimator: Any, X: Any) -> dict[str, Any]:
    """Return class weights and SMOTE, where a classifier and the columns of its rows allow them."""
    found: dict[str, Any] = {CLASS_WEIGHTS: BALANCED} if _weighs(_last(estimator)) else {}
    has_dates = any(is_datetime64_any_dtype(dtype) for dtype in as_frame(X).dtypes)
    if not (_has_gaps(X) or has_dates):  # SMOTE takes neither
        found["SMOTE"] = SMOTEForColumns()
    return found


def _has_gaps(X: Any) -> bool:
    return bool(as_frame(X).isna().any(axis=None))


def _named(samplers: Mapping[str, Any]) -> dict[str, Any]:
    """Check the samplers, and return them by name, none first."""
    for name, sampler in samplers.items():
        resamples = hasattr(sampler, "fit_resample") and not isinstance(sampler, type)
        balances = isinstance(sampler, str) and sampler == BALANCED
        if not (resamples or balances or (name == NONE and sampler is None)):
            raise TypeError(
                f"samplers must be samplers with fit_resample, or {BALANCED!r} for class weights, "
                f"got {short(sampler)} as {name!r}"
            )
    if samplers.get(NONE) is not None:
        raise ValueError(f"{NONE!r} must name no sampler, got {short(samplers[NONE])}")
    return {NONE: None, **samplers}


def _splits(
    X: Any, labels: NDArray[Any], groups: Any, cv: Any, rng: np.random.RandomState
) -> Splits:
    """Return the training and test rows of each split."""
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise ValueError(f"y must have two classes or more, got {classes.tolist()}")
    if counts.min() < 3:
        raise ValueError(
            f"y must have three rows or more of each class, got {counts.min()} of class "
            f"{classes[counts.argmin()].item()!r}: training rows need two of them to draw from"
        )
    if cv is not None:
        return list(check_cv(cv, labels, classifier=True).split(X, labels, groups))
    n_folds = min(_N_FOLDS, int(counts.min()))
    if groups is not None:
        n_groups = len(np.unique(groups))
        if n_groups < 2:
            raise ValueError(f"groups must hold two groups or more to split by, got {n_groups}")
        n_folds = min(n_folds, n_groups)
    n_repeats = -(-_N_SPLITS // n_folds)
    if groups is None:
        folds = RepeatedStratifiedKFold(n_splits=n_folds, n_repeats=n_repeats, random_state=rng)
        return list(folds.split(X, labels))
    folds = StratifiedGroupKFold(n_folds, shuffle=True, random_state=rng)
    splits = [split for _ in range(n_repeats) for split in folds.split(X, labels, groups)]
    # Few groups can't be divided in many ways, and a split that comes again tells nothing new.
    return list({test.tobytes(): (train, test) for train, test in splits}.values())


def _score_split(
    estimator: Any,
    samplers: Mapping[str, Any],
    X: Any,
    labels: NDArray[Any],
    groups: NDArray[Any] | None,
    split: tuple[NDArray[np.intp], NDArray[np.intp]],
    scorer: Any,
    seed: int,
) -> dict[str, _Outcome]:
    """Score each sampler on a split; samplers see copies of its training rows alone."""
    train, test = split
    X_test, y_test = _safe_indexing(X, test), labels[test]
    outcomes = {}
    for name, sampler in samplers.items():
        rows = _safe_indexing(X, train), labels[train]
        start = time.perf_counter()
        try:
            model = _fit(estimator, sampler, *rows, None if groups is None else groups[train], seed)
            seconds = time.perf_counter() - start
            outcomes[name] = _Outcome(scorer(model, X_test, y_test), seconds)
        except Exception as error:
            if name == NONE:
                raise ValueError(
                    "estimator can't be fitted and scored on the rows as they are: "
                    f"{first_line(error)}"
                ) from error
            failure = f"{type(error).__name__}: {first_line(error)}"
            outcomes[name] = _Outcome({}, np.nan, failure)
    return outcomes


def _fit(
    estimator: Any, sampler: Any, X: Any, y: NDArray[Any], groups: NDArray[Any] | None, seed: int
) -> Any:
    """Fit a clone of the classifier on what the sampler makes of the rows."""
    model = seeded(estimator, np.random.RandomState(seed))
    if sampler is None:
        return model.fit(X, y)
    if isinstance(sampler, str):
        return _fit_balanced(model, X, y)
    named = {} if groups is None or not _takes_groups(sampler, y) else {"groups": groups}
    return model.fit(*seeded(sampler, np.random.RandomState(seed)).fit_resample(X, y, **named))


def _takes_groups(sampler: Any, y: NDArray[Any]) -> bool:
    """Return whether a sampler takes groups; ours refuse those that change nothing."""
    own = unfrozen(sampler)
    if isinstance(own, BaseVAEResampler):
        return own._heeds_groups(y)
    return "groups" in signature(sampler.fit_resample).parameters


def _fit_balanced(model: Any, X: Any, y: NDArray[Any]) -> Any:
    """Fit with class weights: those of the classifier, or of the rows."""
    last = _last(model)
    if "class_weight" in last.get_params(deep=False):
        last.set_params(class_weight=BALANCED)
        return model.fit(X, y)
    if not _weighs(last):
        raise TypeError(f"{short(last)} takes neither class_weight nor sample_weight")
    prefix = "" if last is model else f"{model.steps[-1][0]}__"
    if _routing_enabled():
        last.set_fit_request(sample_weight=True)
        prefix = ""
    return model.fit(X, y, **{f"{prefix}sample_weight": compute_sample_weight(BALANCED, y)})


def _last(model: Any) -> Any:
    """Return the classifier at the end of a Pipeline, or the classifier itself."""
    return model.steps[-1][1] if hasattr(model, "steps") else model


def _weighs(classifier: Any) -> bool:
    """Return whether a classifier can weigh classes or rows."""
    has_weights = "class_weight" in classifier.get_params(deep=False)
    return has_weights or has_fit_parameter(classifier, "sample_weight")


def _warn_of_failures(results: Sequence[Mapping[str, _Outcome]]) -> None:
    for name in results[0]:
        failures = [result[name].failure for result in results if result[name].failure]
        if failures:
            warn(
                f"{name!r} failed on {len(failures)} of {len(results)} splits, which have no score "
                f"of it. The first time: {failures[0]}",
                FitFailedWarning,
            )


def _tables(
    results: Sequence[Mapping[str, _Outcome]], arms: list[str], names: list[str], splits: Splits
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the scores by split, and the comparison, both for all scores."""
    columns = pd.MultiIndex.from_product([names, arms], names=["score", "sampler"])
    values = [[r[arm].scores.get(name, np.nan) for name, arm in columns] for r in results]
    scores = pd.DataFrame(values, columns=columns, dtype=float).rename_axis("split")
    runs = pd.DataFrame({arm: [r[arm].seconds for r in results] for arm in arms})
    seconds = {arm: runs[arm].dropna().median() for arm in arms}
    test_ratio = float(np.mean([len(test) / len(train) for train, test in splits]))
    tables = {name: _compare(scores[name], seconds, test_ratio) for name in names}
    return scores, pd.concat(tables, names=["score"])


def _compare(scores: pd.DataFrame, seconds: Mapping[str, float], test_ratio: float) -> pd.DataFrame:
    """Compare the columns of scores with the first one."""
    gains = {
        arm: paired_difference(scores[arm], scores[NONE], test_ratio=test_ratio) for arm in scores
    }
    tried = [arm for arm in scores if arm != NONE]
    p_values = dict(zip(tried, holm([gains[arm].p_value for arm in tried]), strict=True))
    rows = {}
    for arm, gain in gains.items():
        mean, std = spread(scores[arm])
        p = p_values.get(arm, np.nan)
        rows[arm] = {
            **{"mean": mean, "std": std, "gain": gain.mean, "low": gain.low, "high": gain.high},
            **{
                "p_value": p,
                "verdict": "" if arm == NONE else _verdict(gain.sign, gain.n_pairs, p),
            },
            **{"seconds": seconds[arm], "n_splits": int(scores[arm].notna().sum())},
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("sampler")
    table.loc[NONE, ["gain", "low", "high"]] = np.nan
    return table


def _verdict(sign: int, n_pairs: int, p_value: float) -> str:
    """Say in words what the interval and the p-value tell together."""
    if n_pairs == 0:
        return "failed"
    if n_pairs < MIN_PAIRS:
        return f"fewer than {MIN_PAIRS} splits"
    if sign == 0:
        return "no gain"
    word = "gain" if sign > 0 else "loss"
    return word if p_value < _LEVEL else f"perhaps a {word}"
