"""A filter of rows that look like noise."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import OutlierMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._nn.devices import resolve_device
from .._nn.layers import check_hidden_layer_sizes
from .._nn.training import Budget
from .._seeding import short
from .._tables.format import TableFormat
from .._tables.numbers import RangeScaler
from .._tables.polars import takes_polars
from .._tables.reading import learn_table, read_table
from .._tables.target import Target
from ..exceptions import warn
from ._base import BaseFilter, FilterContext, Verdict
from ._noise import ABSENT, EARLY, NORMAL, PERMUTED, SOURCES, UNIFORM
from ._real_or_noise import RealRows, train_judges

# Steps of a column of whole numbers that noise keeps to.
_MOST_LEVELS = 1 << 20
# Coded values beyond which rows count as equally far.
_FAR = np.float32(1e30)


class GenerativeClassifierFilter(OutlierMixin, BaseFilter):
    r"""Tells real rows from noise, and leaves out rows that look like noise.

    Small networks learn to tell the real rows from noise, drawn anew for each step (section 5.4
    of [1]_, after [2]_). The real rows are divided into `cv` folds, twice, and each network leaves
    out one fold. A row's score is the mean of the K networks' log-odds,

    .. math:: s(x) = \frac1K \sum_{k=1}^K \log \frac{p_k(\mathrm{real}|x)}{p_k(\mathrm{noise}|x)},

    less a threshold: the `rejection_rate` quantile of the scores of the real rows, each by the
    networks that left it out, as in cross-conformal prediction [3]_. The networks see each
    column's value as its place in up to 8 quantile bins [4]_, so that they find unlikely
    categories and combinations of them.

    Use it as ``filter=`` of a sampler, which draws again what it rejects:
    ``VAEOversampler(filter=GenerativeClassifierFilter())``. As a step behind a sampler in a
    Pipeline it works too, but can't tell there which rows are new, and drops originals as well.

    Parameters
    ----------
    noise : str or sequence of str, default=("uniform", "normal", "permuted")
        What noise is, in equal parts:

        - ``"uniform"``: every column uniform over its range;
        - ``"normal"``: around the mean of the real rows, with standard deviation `sigma`;
        - ``"permuted"``: each column's value from another real row, which keeps the columns'
          distributions and loses the dependence between columns (section 14.2.4 of [5]_);
        - ``"early"``: the real rows as an early checkpoint of the sampler's own VAE reconstructs
          them. Needs a sampler, and a `VAE` with `early_checkpoint`.
    sigma : float, default=0.25
        Standard deviation of ``"normal"`` in scaled units (columns in [0, 1]), > 0; the thesis'
        sigma_gc is its square.
    per_class : bool, default=False
        Whether each class has networks of its own, where `y` is given.
    rejection_rate : float, default=0.05
        Share of held-out real rows that may be called noise, in [0, 1). None is the way of the
        thesis: one network that leaves no row out, a constant step size, and a threshold at even
        odds.
    cv : int, default=5
        Folds of the real rows (of each class if `per_class`), >= 2.
    hidden_layer_sizes : sequence of int, default=(64, 32)
        The networks' hidden layers.
    max_iter : int, default=300
        Optimiser steps, >= 1.
    batch_size : int, default=64
        Real rows a step, and as many noise rows, >= 2.
    learning_rate_init : float, default=5e-3
        Adam's step size at the start, > 0; it falls linearly to 0.
    sampling_strategy : str, list or callable, default="all"
        The classes that `fit_resample` may drop rows of, in imbalanced-learn's terms.
    device : str, default="auto"
        Where to train: a torch device, or ``"auto"`` for CUDA where there is one.
    random_state : int, RandomState instance or None, default=None
        Seed of folds, weights, batches and noise.
    verbose : int, default=0
        1 shows how the fit goes on, with the time left: a bar where tqdm is installed, else lines.

    Attributes
    ----------
    thresholds_ : ndarray of shape (n_classes,) or (1,)
        Mean log-odds from which a row passes, by class if `per_class`.
    offset_ : float
        0: scores count from the threshold, so `score_samples` and `decision_function` agree.
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted, where `y` was given.
    n_iter_ : int
        Steps taken.
    sample_indices_ : ndarray of shape (n_samples_new,)
        The rows that the last `fit_resample` kept.
    sampling_strategy_ : dict
        The classes that it might drop rows of.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    See Also
    --------
    LabelConsistencyFilter : Leaves out rows that disagree with their class.
    sklearn.ensemble.IsolationForest : Any outlier detector can be a sampler's filter.

    Notes
    -----
    ``python -m benchmarks filters`` plants noise among unseen rows of six PROBEN1 training sets
    (10 seeds). ROC AUC, one for all classes against `per_class`: 0.98 and 0.92 for uniform
    noise, 0.91 and 0.86 for shuffled columns; both call 3 % of the unseen real rows noise. With
    fewer rows for each network `per_class` finds less, hence its default. The share of the same
    generated rows that is called noise has a standard deviation over seeds of 0.010, against
    0.088 with ``rejection_rate=None``.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.
    .. [2] F. J. Moreno-Barea, J. M. Jerez and L. Franco, "Improving classification accuracy
       using data augmentation on small data sets", Expert Systems with Applications 161, 2020,
       https://doi.org/10.1016/j.eswa.2020.113696
    .. [3] V. Vovk, "Cross-conformal predictors", Annals of Mathematics and Artificial
       Intelligence 74, 2015, https://doi.org/10.1007/s10472-013-9368-4
    .. [4] Y. Gorishniy, I. Rubachev and A. Babenko, "On embeddings for numerical features in
       tabular deep learning", NeurIPS 2022, section 3.2.1.
    .. [5] T. Hastie, R. Tibshirani and J. Friedman, "The elements of statistical learning",
       2nd edition, 2009, https://doi.org/10.1007/978-0-387-84858-7

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_wine
    >>> from skvae import GenerativeClassifierFilter
    >>> X = load_wine().data
    >>> noise = np.random.default_rng(0).uniform(X.min(axis=0), X.max(axis=0), X.shape)
    >>> real_or_noise = GenerativeClassifierFilter(random_state=0).fit(X)
    >>> bool((real_or_noise.predict(noise) == -1).mean() > 0.9)
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseFilter._parameter_constraints,
        "noise": [str, "array-like"],
        "sigma": [Interval(Real, 0, None, closed="neither")],
        "per_class": ["boolean"],
        "rejection_rate": [Interval(Real, 0, 1, closed="left"), None],
        "hidden_layer_sizes": ["array-like"],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "device": [str],
    }

    def __init__(
        self,
        noise: str | Sequence[str] = (UNIFORM, NORMAL, PERMUTED),
        *,
        sigma: float = 0.25,
        per_class: bool = False,
        rejection_rate: float | None = 0.05,
        cv: int = 5,
        hidden_layer_sizes: Sequence[int] = (64, 32),
        max_iter: int = 300,
        batch_size: int = 64,
        learning_rate_init: float = 5e-3,
        sampling_strategy: Any = "all",
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.noise = noise
        self.sigma = sigma
        self.per_class = per_class
        self.rejection_rate = rejection_rate
        self.cv = cv
        self.hidden_layer_sizes = hidden_layer_sizes
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @takes_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: ArrayLike, y: ArrayLike | None = None, *, X_noise: ArrayLike | None = None
    ) -> GenerativeClassifierFilter:
        """Learn to tell the rows of `X` from noise.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Real rows: finite numbers of any scale, at least 2 rows and a column that varies.
        y : array-like of shape (n_samples,), default=None
            Their classes; used if `per_class`.
        X_noise : {array-like, dataframe} of shape (n_noise, n_features), default=None
            Rows to take for noise instead of what `noise` names.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or a table is not as described; the message names it.
        """
        labels = None if y is None else Target.of(y).labels
        self._fit(X, labels, X_noise=X_noise)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.int_]:
        """Call rows real or noise.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to judge.

        Returns
        -------
        is_real : ndarray of shape (n_samples,)
            +1 for real, -1 for noise.
        """
        return np.where(self.decision_function(X) >= 0, 1, -1)

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return `score_samples` less `offset_`: below 0 for rows that are called noise.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to judge.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
        """
        return self.score_samples(X) - self.offset_

    @takes_polars
    def score_samples(self, X: ArrayLike, y: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the log-odds of being real, counted from the threshold.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to judge.
        y : array-like of shape (n_samples,), default=None
            Their classes, of `classes_`. If `per_class`, each row is judged by the networks of
            its class, or without `y` by those of the class that it fits best.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        scores = self._judges.scores(self._code(self._read(X)))
        if y is None or not self._by_class:
            return scores.max(axis=0)
        labels = Target.of(y).labels
        check_consistent_length(X, labels)
        unknown = np.setdiff1d(labels, self.classes_)
        if len(unknown):
            raise ValueError(
                f"y must hold labels of {short(self.classes_.tolist())}, got "
                f"{short(unknown.tolist())}"
            )
        return scores[np.searchsorted(self.classes_, labels), np.arange(len(labels))]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "thresholds_")

    def _check_source(self, *, has_early: bool) -> None:
        if EARLY in self._sources() and not has_early:
            raise ValueError(
                "filter with noise source 'early' needs rows of an early checkpoint: set "
                "early_checkpoint on vae, for instance VAE(early_checkpoint=0.1)"
            )

    def _fit_for_sampler(self, context: FilterContext) -> None:
        early = context.early() if context.early and EARLY in self._sources() else None
        self._fit(context.X, context.labels, X_early=early, table_format=context.table_format)

    def _sources(self) -> tuple[str, ...]:
        """Return the names in `noise`, checked."""
        names = (self.noise,) if isinstance(self.noise, str) else tuple(self.noise)
        unknown = [name for name in names if name not in SOURCES]
        if unknown or not names:
            raise ValueError(f"noise must name one or more of {SOURCES}, got {short(self.noise)}")
        return names

    def _fit(
        self,
        X: Any,
        labels: NDArray[Any] | None,
        *,
        X_noise: Any = None,
        X_early: NDArray[np.floating] | None = None,
        table_format: TableFormat | None = None,
    ) -> None:
        """Fit on rows and their classes, beside rows of noise or early reconstructions."""
        self.__dict__.pop("thresholds_", None)
        names = self._sources() if X_noise is None else (EARLY,)
        if EARLY in names and X_noise is None and X_early is None:
            raise ValueError(
                "noise source 'early' must come from an early checkpoint, and there is none: use "
                "the filter as filter= of a sampler whose vae has early_checkpoint set, or give "
                "rows as X_noise"
            )
        self._format, values = learn_table(self, X, missing="indicator", like=table_format)
        groups = self._groups(values, labels)
        self._scaler = RangeScaler().fit(values)
        coded = self._code(values)
        if (coded == coded[0]).all():
            raise ValueError(
                "X must have a column that varies to be told from noise, got "
                f"{self.n_features_in_} constant ones"
            )
        real = RealRows(
            coded,
            groups,
            names,
            self._banks(groups, X_noise, X_early),
            self.sigma,
            varying=self._scaler.min_ < self._scaler.max_,
            levels=self._levels(),
        )
        budget = Budget(
            self.max_iter,
            self.batch_size,
            self.learning_rate_init,
            decay=self.rejection_rate is not None,
        )
        self._judges = train_judges(
            real,
            budget,
            hidden_layer_sizes=check_hidden_layer_sizes(self.hidden_layer_sizes),
            cv=self.cv,
            rejection_rate=self.rejection_rate,
            device=resolve_device(self.device),
            rng=check_random_state(self.random_state),
            verbose=self.verbose,
        )
        self.thresholds_, self.offset_ = self._judges.thresholds, 0.0
        self.n_iter_ = self._judges.n_iter
        if self._judges.diverged:
            warn(
                "The loss of telling real rows from noise stopped being finite; the last good "
                f"weights stay. Lower learning_rate_init (now {self.learning_rate_init}).",
                ConvergenceWarning,
            )

    def _banks(
        self,
        groups: list[NDArray[np.intp]],
        X_noise: Any,
        X_early: NDArray[np.floating] | None,
    ) -> list[NDArray[np.float32] | None]:
        """Return each group's coded rows of noise, where rows of noise are given."""
        if X_noise is not None:
            return [self._code(self._read_noise(X_noise))] * len(groups)
        if X_early is None:
            return [None] * len(groups)
        early = self._code(X_early)
        return [early[rows] for rows in groups]

    def _groups(
        self, values: NDArray[np.floating], labels: NDArray[Any] | None
    ) -> list[NDArray[np.intp]]:
        """Return the rows of each group, which has networks of its own."""
        if labels is not None:
            check_consistent_length(values, labels)
        self.__dict__.pop("classes_", None)
        groups, names = [np.arange(len(values))], ["X"]
        if labels is not None:
            self.classes_, place = np.unique(labels, return_inverse=True)
        self._by_class = self.per_class and labels is not None
        if self._by_class:
            groups = [np.flatnonzero(place == k) for k in range(len(self.classes_))]
            names = [f"class {c!r}" for c in self.classes_.tolist()]
        for rows, name in zip(groups, names, strict=True):
            if len(rows) < 2:
                raise ValueError(
                    f"{name} must have at least 2 rows to be told from noise, got n_samples = "
                    f"{len(rows)}"
                )
        return groups

    def _read(self, X: Any) -> NDArray[np.floating]:
        return read_table(self, X, self._format, missing="indicator")

    def _code(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return every column in [0, 1], categories by their place, missing values below."""
        with np.errstate(over="ignore"):
            coded = self._scaler.encode(values)
        np.clip(coded, -_FAR, _FAR, out=coded)
        coded[np.isnan(coded)] = ABSENT
        return coded

    def _levels(self) -> NDArray[np.float32]:
        """Return the steps from a column's least to its largest value, 0 for other numbers."""
        steps, ranges = self._format.steps, self._scaler.max_ - self._scaler.min_
        levels = np.rint(ranges / np.where(steps > 0, steps, 1))
        # Steps that single precision can't tell apart are none.
        return np.where((steps > 0) & (levels < _MOST_LEVELS), levels, 0).astype(np.float32)

    def _read_noise(self, X_noise: Any) -> NDArray[np.floating]:
        try:
            return self._read(X_noise)
        except ValueError as error:
            raise ValueError(f"X_noise is not a table like X: {error}") from error

    def _known_classes(self, classes: NDArray[Any]) -> NDArray[Any]:
        return self.classes_ if self._by_class else classes

    def _judge(
        self,
        X: Any,
        labels: NDArray[Any],
        parents: NDArray[np.integer],
        rng: np.random.RandomState,
    ) -> Verdict:
        scores = self.score_samples(X, labels)
        return Verdict(scores >= 0, scores, labels)

    def _judge_held_out(self, X: Any, labels: NDArray[Any]) -> Verdict:
        scores = self._judges.held_out_scores
        return Verdict(scores >= 0, scores, labels)
