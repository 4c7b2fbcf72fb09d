"""What the samplers share: targets in and out, quotas, filters, latent rules, provenance."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from .._seeding import seeded
from .._tables.distances import distance_space
from .._tables.format import TableFormat
from .._tables.frames import take_rows
from .._tables.reading import learn_table
from .._tables.target import Target
from ..exceptions import NeighborsReducedWarning
from ..filters import GenerativeClassifierFilter, LabelConsistencyFilter
from ..filters._base import check_frozen, judge, thawed
from ..filters._noise import EARLY
from ..latent._neighbors import PRIOR, choose_partners, draw_latent, ends_at_partner, needs_partner
from ..models import VAE
from ..models._fitting import fit_stack
from ..models._vae import N_SHIFTED, check_n_samples
from ._quotas import Quota, Rows

# What a failing fit must not leave behind, so that nothing looks fitted.
_SET_BY_RESAMPLING = (
    "_means",
    "filters_",
    "synthetic_mask_",
    "parent_indices_",
    "filter_scores_",
    "acceptance_rate_",
    "_new_values",
    "_unlabelled",
    "unlabelled_classes_",
)


class BaseVAEResampler(BaseOverSampler):
    """What both samplers share: targets in and out, quotas, latent rules."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseOverSampler._parameter_constraints,
        "vae": [VAE, FrozenEstimator, None],
        "categorical_features": ["array-like", str, None],
        "missing": [StrOptions({"error", "indicator"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "noise_scale": [Interval(Real, 0, None, closed="left")],
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "neighbor_pool": [StrOptions({"class", "all"})],
        "residuals": [StrOptions({"auto"}), "boolean"],
        "filter": [HasMethods(["fit"]), list, tuple, None],
        "max_draws": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        vae: VAE | FrozenEstimator | None,
        *,
        categorical_features: Any,
        missing: str,
        latent_sampling: str,
        alpha: float | str,
        noise_scale: float,
        k_neighbors: int,
        neighbor_pool: str,
        residuals: bool | str,
        filter: Any,
        max_draws: int,
        sampling_strategy: Any,
        random_state: int | np.random.RandomState | None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.vae = vae
        self.categorical_features = categorical_features
        self.missing = missing
        self.latent_sampling = latent_sampling
        self.alpha = alpha
        self.noise_scale = noise_scale
        self.k_neighbors = k_neighbors
        self.neighbor_pool = neighbor_pool
        self.residuals = residuals
        self.filter = filter
        self.max_draws = max_draws
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike) -> BaseVAEResampler:
        """Train on `X` and `y`, so that `sample` can draw.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and symbols.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind (numbers, strings, booleans), or one-hot columns.

        Returns
        -------
        self
        """
        self._fit(X, y, check_random_state(self.random_state))
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(self, X: ArrayLike, y: ArrayLike) -> tuple[Any, Any]:
        """Train, then draw each class's new rows.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and symbols.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind (numbers, strings, booleans), or one-hot columns.

        Returns
        -------
        X_resampled : {ndarray, dataframe} of shape (n_samples_new, n_features)
            The rows of `X` as they came, then the new ones with the same columns and dtypes.
        y_resampled : array-like of shape (n_samples_new,)
            Their labels, in the container and dtype of `y`.

        Raises
        ------
        ValueError
            If a parameter, `X` or `y` is not as described, or a class that is to grow has one
            row; the message names the parameter, column or class.

        Warns
        -----
        ConvergenceWarning
            If too few of a class's rows pass the filter. The best of the others fill it up.
        """
        rng = check_random_state(self.random_state)
        target = self._fit(X, y, rng)
        quotas = self._fill_quotas(self.sampling_strategy_, rng)
        rows = Rows.stack([self._no_rows(), *(quota.rows() for quota in quotas.values())])
        n_rows = len(target.labels)
        self.parent_indices_ = rows.parents
        self.synthetic_mask_ = np.arange(n_rows + len(rows.values)) >= n_rows
        if self.filters_:
            several = isinstance(self.filter, list | tuple)
            self.filter_scores_ = rows.scores if several else rows.scores[:, 0]
            self.acceptance_rate_ = {c: q.acceptance_rate for c, q in quotas.items() if q.drawn}
        new = [np.full(n, c, self.classes_.dtype) for c, n in self.sampling_strategy_.items()]
        self._new_values, self._new_labels = rows.values, np.concatenate(new)
        return self._format.append(X, rows.values), target.append(self._new_labels)

    def provenance(self) -> pd.DataFrame:
        """Where each new row of the last `fit_resample` comes from.

        To tell the distances, a fitted sampler keeps the rows of `X` (and `unlabelled`); they go
        into its pickles.

        Returns
        -------
        provenance : DataFrame of shape (n_new, n_columns)
            A row a new row, by its place in the resampled table, with the columns

            - ``class``: its label;
            - ``rule``: the latent rule;
            - ``parent``, ``partner``: rows of `X`, as in `parent_indices_`, -1 for none;
            - ``filter_score``: as in `filter_scores_`, where there is a filter; of several
              filters ``filter_score_0``, ``filter_score_1``, ...;
            - ``distance``: Euclidean distance to the closest row of `X` (and `unlabelled`), with
              columns scaled to [0, 1] and 1 for another symbol. 0 is a copy.
        """
        if not hasattr(self, "_new_values"):
            raise NotFittedError(
                f"This {type(self).__name__} has resampled nothing yet: call fit_resample first"
            )
        frame = pd.DataFrame(
            {
                "class": self._new_labels,
                "rule": self._rule,
                "parent": self.parent_indices_[:, 0],
                "partner": self.parent_indices_[:, 1],
            },
            index=np.flatnonzero(self.synthetic_mask_),
        )
        if self.filters_:
            scores, name = self.filter_scores_, "filter_score"
            if scores.ndim == 1:
                frame[name] = scores
            else:
                frame[[f"{name}_{f}" for f in range(scores.shape[1])]] = scores
        space = distance_space(self._values, self._format)
        known = [space(rows) for rows in self._known_rows()]
        closest = NearestNeighbors(n_neighbors=1).fit(np.concatenate(known))
        # What was handed out is rounded to the table's dtypes.
        new = self._format.round(self._new_values)
        frame["distance"] = closest.kneighbors(space(new))[0][:, 0] if len(new) else np.empty(0)
        return frame

    def sample(self, n_samples: int, y: Any = None) -> tuple[Any, Any]:
        """Draw rows from what `fit` trained, without the originals.

        Parameters
        ----------
        n_samples : int
            Rows to draw, >= 1.
        y : label or array-like of shape (n_samples,), default=None
            Their class, or the class of each; None draws classes by their shares in training
            (those of one row can't be drawn).

        Returns
        -------
        X_new : {ndarray, dataframe} of shape (n_samples, n_features)
            In the container and dtypes of the training table. With an integer `random_state`
            every call returns the same rows.
        y_new : ndarray of shape (n_samples,)
            Their labels, of `classes_`.
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        rng = check_random_state(self.random_state)
        labels = self._wanted_labels(n_samples, y, rng)
        values = np.empty((n_samples, self.n_features_in_))
        counts = dict(zip(*np.unique(labels, return_counts=True), strict=True))
        for c, quota in self._fill_quotas(counts, rng).items():
            values[labels == c] = quota.rows().values
        return self._format.restore(values), labels

    def _fit(self, X: ArrayLike, y: ArrayLike, rng: np.random.RandomState) -> Target:
        """Check the input and train."""
        for stale in _SET_BY_RESAMPLING:
            self.__dict__.pop(stale, None)
        target = Target.of(y)
        labels = target.labels
        self._format, values = self._learn_table(X)
        check_consistent_length(values, labels)
        self.classes_, coded, counts = np.unique(labels, return_inverse=True, return_counts=True)
        self.sampling_strategy_ = check_sampling_strategy(
            self.sampling_strategy, labels, self._sampling_type
        )
        for c, n in self.sampling_strategy_.items():
            if not isinstance(n, Integral):
                raise ValueError(
                    f"sampling_strategy must give whole numbers of rows, got {n} new ones for "
                    f"class {plain(c)!r}"
                )
        self._rule, self._pool_name = self.latent_sampling, self.neighbor_pool
        self._residuals = self.residuals
        if self._rule == PRIOR and self.residuals != "auto" and self.residuals:
            raise ValueError(
                "residuals must be 'auto' or False where latent_sampling is 'prior', because new "
                "rows then have no originals, got True"
            )
        self._check_class_sizes(dict(zip(self.classes_, counts, strict=True)))
        # What has one row can't be drawn from.
        n_able = np.where(counts < 2, 0, counts)
        self._shares = n_able / max(1, n_able.sum())
        self._rows = [np.flatnonzero(coded == k) for k in range(len(self.classes_))]
        filters = _as_list(self.filter)
        # The rows of all classes that can be drawn.
        able = np.flatnonzero(n_able[coded])
        self._check_filters(filters, X, labels, able)
        self._train(values, rng)
        self._fit_filters(filters, X, values, labels, able, rng)
        self._remember_latent_means(values)
        self._shifts = self._find_shifts(values)
        self._values = values
        return target

    def _learn_table(self, X: ArrayLike) -> tuple[TableFormat, NDArray[np.floating]]:
        """Read `X` as the parameters say, or as a frozen model has learnt to."""
        named = self.categorical_features
        if isinstance(self.vae, FrozenEstimator):
            if not (isinstance(named, str) and named == "auto"):
                raise ValueError(
                    "categorical_features must be 'auto' with a frozen vae, which knows its own, "
                    f"got {named!r}"
                )
            known = getattr(self.vae.estimator, "_format", None)
            if known is None or not known.has_symbols:
                # A model of numbers can't take symbols.
                return learn_table(self, X, categorical_features=None, missing=self._missing)
            return learn_table(self, X, missing=self._missing, like=known)
        if self.vae is not None:
            own = self.vae.categorical_features
            both = not any(isinstance(given, str) and given == "auto" for given in (named, own))
            if both and not np.array_equal(named, own):
                raise ValueError(
                    "categorical_features must be given once, or alike, got "
                    f"{named!r} and vae's {own!r}"
                )
            named = own if isinstance(named, str) and named == "auto" else named
        return learn_table(self, X, categorical_features=named, missing=self._missing)

    @property
    def _missing(self) -> str:
        model = self.vae.estimator if isinstance(self.vae, FrozenEstimator) else self.vae
        own = "_missing" if isinstance(model, BaseVAEResampler) else "missing"
        either = {self.missing, getattr(model, own, "error")}
        return "indicator" if "indicator" in either else "error"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_means")

    def _check_filters(
        self, filters: list[Any], X: Any, labels: NDArray[Any], able: NDArray[np.intp]
    ) -> None:
        """Refuse what can't filter before anything is trained."""
        for one in filters:
            own = thawed(one)
            ours = isinstance(own, GenerativeClassifierFilter | LabelConsistencyFilter)
            detects = hasattr(own, "fit") and hasattr(own, "predict")
            if isinstance(own, type) or not (ours or detects) or isinstance(own, ClassifierMixin):
                raise TypeError(
                    "filter must be one of skvae's filters, an outlier detector with fit and "
                    f"predict, or a list of them, got {one!r}"
                )
            if ours:
                own._validate_params()
            if isinstance(one, FrozenEstimator):
                check_frozen(one, take_rows(X, able), labels[able])
            elif isinstance(one, GenerativeClassifierFilter) and EARLY in one.sources():
                if not self._has_early():
                    raise ValueError(
                        "filter with noise source 'early' needs rows of an early checkpoint: set "
                        "early_checkpoint on vae, for instance VAE(early_checkpoint=0.1)"
                    )

    def _has_early(self) -> bool:
        if isinstance(self.vae, FrozenEstimator):
            models = getattr(self.vae.estimator, "estimators_", [self.vae.estimator])
            return all(hasattr(model, "early_vae_") for model in models)
        return self.vae is not None and self.vae.early_checkpoint is not None

    def _fit_filters(
        self,
        filters: list[Any],
        X: Any,
        values: NDArray[np.floating],
        labels: NDArray[Any],
        able: NDArray[np.intp],
        rng: np.random.RandomState,
    ) -> None:
        """Fit the filters on the real rows of all classes that can be drawn."""
        # A row's place among those that the filters saw.
        self._place = np.full(len(values), -1)
        self._place[able] = np.arange(len(able))
        fitted = [seeded(one, rng) for one in filters]
        for one in fitted:
            if isinstance(one, FrozenEstimator):
                continue
            rows = take_rows(X, able)
            if isinstance(one, GenerativeClassifierFilter):
                early = self._reconstruct_early(values)[able] if EARLY in one.sources() else None
                one._fit(rows, labels[able], table_format=self._format, X_early=early)
            elif isinstance(one, LabelConsistencyFilter):
                one._fit(rows, labels[able], table_format=self._format)
            else:
                _fit_detector(one, rows)
        self.filters_ = fitted

    def _reconstruct_early(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Real rows as the early checkpoints of their classes' models give them back."""
        early = np.empty(values.shape)
        for k, own in enumerate(self._rows):
            vae = self._model(k).early_vae_
            early[own] = vae._decode(vae._latent_means(values[own]))
        return early

    def _fill_quotas(self, wanted: dict[Any, int], rng: np.random.RandomState) -> dict[Any, Quota]:
        """Draw each class's rows, and draw again what the filters reject."""
        quotas = {c: Quota(int(n), self.max_draws) for c, n in wanted.items() if n}
        while unmet := [c for c, quota in quotas.items() if quota.wants_more]:
            for c in unmet:
                # Another class's rows may have filled it meanwhile.
                if quotas[c].wants_more:
                    self._draw_batch(c, quotas, rng)
        for c, quota in quotas.items():
            if quota.missing:
                warnings.warn(
                    f"Only {quota.accepted} of {quota.drawn} rows drawn for class {plain(c)!r} "
                    f"passed the filter (acceptance rate {quota.acceptance_rate:.3f}, max_draws="
                    f"{self.max_draws}): the best-scored {quota.missing} of the others fill it up.",
                    ConvergenceWarning,
                    stacklevel=4,
                )
        return quotas

    def _draw_batch(self, c: Any, quotas: dict[Any, Quota], rng: np.random.RandomState) -> None:
        """Draw rows of class `c`, and give each to the class that the filters see it in."""
        quota = quotas[c]
        n = quota.next_batch()
        values, parents = self._draw(c, n, rng)
        scores = np.empty((n, len(self.filters_)))
        if not self.filters_:
            quota.keep(Rows(values, parents, scores))
            return
        labels = np.full(n, c, self.classes_.dtype)
        n_passed = np.zeros(n, np.intp)
        table = self._format.restore(values)
        # What the filters know a row's original by.
        originals = np.where(parents[:, 0] >= 0, self._place[parents[:, 0]], -1)
        for f, one in enumerate(self.filters_):
            kept, scores[:, f], seen = judge(one, table, labels, originals)
            # A frozen filter may know classes that there are none of here.
            known = np.isin(seen, self.classes_)
            n_passed += kept & known
            labels = np.where(known, seen, labels)
        rows, passed = Rows(values, parents, scores), n_passed == len(self.filters_)
        quota.count(passed & (labels == c))
        left = np.ones(n, bool)
        for label, its in quotas.items():
            taken = np.flatnonzero(passed & (labels == label))[: its.missing]
            its.keep(rows.take(taken))
            left[taken] = False
        # A row that was seen in another class passed one filter less as one of this class.
        n_passed -= passed & (labels != c)
        quota.hold(rows.take(left), n_passed[left])

    def _no_rows(self) -> Rows:
        n_filters = len(self.filters_)
        return Rows(
            np.empty((0, self.n_features_in_)), np.empty((0, 2), np.intp), np.empty((0, n_filters))
        )

    @abstractmethod
    def _train(self, values: NDArray[np.floating], rng: np.random.RandomState) -> None:
        """Fit or adopt the models."""

    def _fit_models(
        self,
        models: list[VAE],
        values: NDArray[np.floating],
        rows: list[NDArray[np.integer]],
        names: list[str],
    ) -> None:
        """Train each model on its rows, and leave it as if it had seen the table itself."""
        for model in models:
            model.n_features_in_ = self.n_features_in_
            if hasattr(self, "feature_names_in_"):
                model.feature_names_in_ = self.feature_names_in_
        fit_stack(models, self._format, values, rows, names)

    @abstractmethod
    def _model(self, k: int) -> VAE:
        """The model that class `k` is drawn from."""

    def _check_class_sizes(self, counts: dict[Any, int]) -> None:
        for c, n_new in self.sampling_strategy_.items():
            if n_new and counts[c] < 2:
                raise ValueError(single_row_message(c, "exclude it from sampling_strategy"))

    def _remember_latent_means(self, values: NDArray[np.floating]) -> None:
        """Keep, for each class, its latent means and those of its neighbours-to-be."""
        all_means: list[NDArray[np.floating]] = []
        self._pools: list[tuple[NDArray[np.integer], NDArray[np.floating]]] = []
        everyone = np.arange(len(values))
        seen: dict[int, NDArray[np.floating]] = {}
        for k, own in enumerate(self._rows if self._rule != PRIOR else []):
            model = self._model(k)
            if self._pool_name == "class":
                means = model._latent_means(values[own])
                self._pools.append((own, means))
            else:
                if id(model) not in seen:
                    seen[id(model)] = model._latent_means(values)
                means = seen[id(model)][own]
                self._pools.append((everyone, seen[id(model)]))
            all_means.append(means)
        self._means = all_means

    def _find_shifts(self, values: NDArray[np.floating]) -> list[NDArray[np.float64] | None]:
        """What gives the symbols of each class's new rows the shares that its originals have."""
        rng = np.random.RandomState(0)
        shifts: list[NDArray[np.float64] | None] = [None] * len(self.classes_)
        for k, own in enumerate(self._rows):
            codec = self._model(k)._codec
            if self._shares[k] and codec.has_symbols:
                with warnings.catch_warnings():
                    # It is said when rows are drawn.
                    warnings.simplefilter("ignore", NeighborsReducedWarning)
                    Z, *_ = self._draw_latent(k, N_SHIFTED, rng)
                shares = codec.encode(values[own]).mean(axis=0, dtype=np.float64)
                shifts[k] = self._model(k)._shifts_for(Z, shares)
        return shifts

    def _draw(
        self, c: Any, n: int, rng: np.random.RandomState
    ) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """`n` new rows of class `c`, and the rows (n, 2) they come from, -1 where from none."""
        k = int(np.flatnonzero(self.classes_ == c)[0])
        Z, parents, nearer = self._draw_latent(k, n, rng)
        residuals = None
        if nearer is not None and self._keeps_residuals(k):
            # Once for each original: many new rows may have the same.
            rows, first, place = np.unique(
                parents[:, self._column_of_nearer()], return_index=True, return_inverse=True
            )
            residuals = self._model(k)._residuals(self._originals(rows), nearer[first])[place]
        return self._model(k)._draw(Z, rng, self._shifts[k], residuals), parents

    def _keeps_residuals(self, k: int) -> bool:
        if self._residuals == "auto":
            return self._model(k).image_shape is not None
        return bool(self._residuals)

    def _column_of_nearer(self) -> int:
        """Which of its two parents a new row is nearer to, as a column of `parent_indices_`."""
        return int(ends_at_partner(self._rule, self._step()))

    def _known_rows(self) -> list[NDArray[np.floating]]:
        """The rows that `parent_indices_` counts: tables, one after the other."""
        return [self._values]

    def _originals(self, rows: NDArray[np.intp]) -> NDArray[np.floating]:
        """Some of those, by their sorted numbers."""
        parts, start = [], 0
        for table in self._known_rows():
            own = rows[(rows >= start) & (rows < start + len(table))]
            parts.append(table[own - start])
            start += len(table)
        return np.concatenate(parts)

    def _draw_latent(
        self, k: int, n: int, rng: np.random.RandomState
    ) -> tuple[NDArray[np.floating], NDArray[np.intp], NDArray[np.floating] | None]:
        """Latent vectors of `n` new rows of class `k`, and the rows (n, 2) they come from.

        Last come the latent means of the parents that they are nearer to; None without parents.
        """
        parents = np.full((n, 2), -1)
        if self._rule == PRIOR:
            return self._model(k)._draw_prior(n, rng), parents, None
        chosen = rng.randint(len(self._means[k]), size=n)
        parents[:, 0] = self._rows[k][chosen]
        partners = None
        if needs_partner(self._rule):
            pool_rows, pool = self._pools[k]
            # `chosen` counts the class's rows, `parents` the table's; the pool holds one or other.
            place = chosen if self._pool_name == "class" else parents[:, 0]
            near = self._choose_partners(k, pool, place, rng)
            parents[:, 1] = pool_rows[near]
            partners = pool[near]
        start = self._means[k][chosen]
        Z = draw_latent(
            self._rule,
            start,
            partners,
            alpha=self._step(),
            noise_scale=self.noise_scale,
            rng=rng,
        )
        return Z, parents, partners if self._column_of_nearer() else start

    def _step(self) -> float:
        """Share of the way to the partner."""
        return float(self.alpha)

    def _choose_partners(
        self,
        k: int,
        pool: NDArray[np.floating],
        place: NDArray[np.integer],
        rng: np.random.RandomState,
    ) -> NDArray[np.intp]:
        """A partner in the pool for each row that has its place there."""
        n_neighbors = self._k_neighbors(self.classes_[k], len(pool))
        return choose_partners(pool, place, n_neighbors, rng)

    def _k_neighbors(self, c: Any, n_rows: int) -> int:
        if self.k_neighbors < n_rows:
            return self.k_neighbors
        if n_rows < 2:
            raise ValueError(single_row_message(c, "leave it out of y"))
        warnings.warn(
            f"k_neighbors must be smaller than the {n_rows} rows to search for class "
            f"{plain(c)!r}, got {self.k_neighbors}: reduced to {n_rows - 1}",
            NeighborsReducedWarning,
            stacklevel=4,
        )
        return n_rows - 1

    def _wanted_labels(self, n_samples: int, y: Any, rng: np.random.RandomState) -> NDArray[Any]:
        if y is None:
            return rng.choice(self.classes_, size=n_samples, p=self._shares)
        labels = np.full(n_samples, y) if np.ndim(y) == 0 else column_or_1d(np.asarray(y))
        if len(labels) != n_samples:
            raise ValueError(f"y must be one label or n_samples={n_samples}, got {len(labels)}")
        unknown = sorted(set(labels.tolist()) - set(self.classes_.tolist()), key=str)
        if unknown:
            raise ValueError(f"y must hold labels of {self.classes_.tolist()}, got {unknown}")
        return labels.astype(self.classes_.dtype, copy=False)

    def _fit_resample(self, X: Any, y: Any) -> Any:  # pragma: no cover
        # imbalanced-learn's hook, abstract there; `fit_resample` above does without it.
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = self._missing == "indicator"
        return tags


def _fit_detector(detector: Any, rows: Any) -> None:
    try:
        detector.fit(rows)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"filter {detector!r} can't be fitted on the rows as they are in X ({error}): put what "
            "it needs before it, for instance make_pipeline(OrdinalEncoder(), IsolationForest())"
        ) from error


def single_row_message(c: Any, way_out: str) -> str:
    return (
        f"class {plain(c)!r} has 1 row, and at least 2 are needed to learn from: collect more "
        f"rows of it, merge it with another class, or {way_out}"
    )


def plain(label: Any) -> Any:
    """A label as Python writes it: 1, not np.int64(1)."""
    return label.item() if isinstance(label, np.generic) else label


def _as_list(filters: Any) -> list[Any]:
    """No filter, one or several, as a list."""
    if filters is None:
        return []
    return list(filters) if isinstance(filters, list | tuple) else [filters]
