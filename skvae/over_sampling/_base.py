"""Base of the samplers: parameters, `fit`, `fit_resample`, `sample`, and the order of work."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from inspect import signature
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy
from numpy.typing import ArrayLike, NDArray
from sklearn.base import _fit_context
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import (
    _check_sample_weight,
    check_consistent_length,
)

from .._nn.devices import resolve_device
from .._seeding import CheckedParameters, unfrozen
from .._tables.format import TableFormat
from .._tables.frames import take_rows
from .._tables.messages import plain, single_row_message
from .._tables.plain import PlainState
from .._tables.polars import resamples_polars, takes_polars
from .._tables.target import Target
from ..filters._base import FilterContext
from ..filters._slot import FilterSlot
from ..latent import ClassLatents, LatentSampler
from ..latent._names import by_name
from ..models._base import GenerativeModel
from ._defaults import default_filter, default_model, is_auto, with_defaults
from ._drawing import FittedSampler, class_latents, sampled_classes
from ._provenance import KnownRows, ProvenanceMixin, Resampled
from ._quotas import NewRows
from ._sample import SampleMixin
from ._sources import (
    FrozenModels,
    ModelPlan,
    TrainedModels,
    check_known_classes,
    check_rule,
    draws_classes,
    early_rows,
    merged_missing,
    warn_of_refits,
)
from ._weights import resampled_weights


class BaseVAEResampler(
    ProvenanceMixin, SampleMixin, CheckedParameters, PlainState, BaseOverSampler
):
    """Base of the samplers."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseOverSampler._parameter_constraints,
        "vae": [GenerativeModel, FrozenEstimator, None],
        "categorical_features": ["array-like", str, None],
        "missing": [StrOptions({"error", "indicator"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "noise_scale": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "neighbor_pool": [StrOptions({"class", "all"})],
        "residuals": [StrOptions({"auto"}), "boolean"],
        "filter": [HasMethods(["fit"]), list, tuple, StrOptions({"auto"}), None],
        "max_draws": [Interval(Integral, 1, None, closed="left")],
        "device": [str],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        vae: GenerativeModel | FrozenEstimator | None,
        *,
        categorical_features: Any,
        missing: str,
        latent_sampling: str | LatentSampler,
        alpha: float | str,
        noise_scale: float | str,
        k_neighbors: int,
        neighbor_pool: str,
        residuals: bool | str,
        filter: Any,
        max_draws: int,
        sampling_strategy: Any,
        device: str,
        random_state: int | np.random.RandomState | None,
        verbose: int,
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
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @takes_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike) -> Any:
        """Train on `X` and `y`, so that `sample` can draw.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and categories.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind (numbers, strings, booleans), or one-hot columns.

        Returns
        -------
        self
        """
        self._fit(X, y, check_random_state(self.random_state))
        return self

    @resamples_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit_resample(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> tuple[Any, Any]:
        """Train, then draw each class's new rows.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and categories.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels of any kind (numbers, strings, booleans), or one-hot columns.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, >= 0, from which `sample_weight_` follows. They change no row.
        groups : array-like of shape (n_samples,), default=None
            Groups of rows that belong together, for the folds of a `LabelConsistencyFilter`.

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
            row, or too few new rows of a class keep a constraint; the message names the
            parameter, column or class.

        Warns
        -----
        ConstraintViolationWarning
            If real rows break the constraint of a `ConstraintFilter`.
        ConvergenceWarning
            If too few of a class's rows pass the filter. The best of the others fill it up.
        IdentifierWarning
            If a column looks like names, ids or free text.
        RefitWarning
            If `vae` or `filter` is fitted, but not frozen.
        """
        rng = check_random_state(self.random_state)
        weights = sample_weight
        if weights is not None:
            weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        target = self._fit(X, y, rng, groups)
        fitted, strategy = self._fitted, self.sampling_strategy_
        quotas = fitted.fill(strategy, rng)
        none = NewRows.empty(self.n_features_in_, len(self.filters_))
        rows = NewRows.stack([none, *(quota.rows() for quota in quotas.values())])
        n_rows = len(target.labels)
        self.parent_indices_ = rows.parents
        self.synthetic_mask_ = np.arange(n_rows + len(rows.values)) >= n_rows
        if self.filters_:
            self.filter_scores_ = rows.scores if fitted.slot.is_list else rows.scores[:, 0]
            self.acceptance_rate_ = {c: q.acceptance_rate for c, q in quotas.items() if q.drawn}
        labels = np.concatenate([np.full(n, c, fitted.labels.dtype) for c, n in strategy.items()])
        if weights is not None:
            self.sample_weight_ = resampled_weights(weights, target.labels, labels, rows.parents)
        self._resampled = Resampled(rows.values, labels, rows.parents, rows.scores, fitted.rule)
        return fitted.format.append(X, rows.values), target.append(labels)

    def set_params(self, **params: Any) -> Any:
        """Set parameters, also those of a `vae` or `filter` that is left to the sampler.

        A parameter of such a model or filter puts ``VAE()`` in the place of None, and
        ``LabelConsistencyFilter()`` in that of "auto", also where "auto" would be no filter.

        Parameters
        ----------
        **params : dict
            Parameters by name; ``vae__beta`` sets `beta` of the model, and ``filter__balance``
            `balance` of the filter.

        Returns
        -------
        self
        """
        before = self.get_params(deep=False)
        try:
            return super().set_params(**with_defaults(params, self.vae, self.filter))
        except ValueError:
            super().set_params(**before)
            raise

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.allow_nan = merged_missing(self.vae, self.missing) == "indicator"
        return tags

    @abstractmethod
    def _plan(self, known: KnownRows, class_rows: list[NDArray[np.intp]]) -> ModelPlan:
        """Plan the models: how many, on which rows."""

    @abstractmethod
    def _adopt(self, models: list[Any]) -> list[Any]:
        """Set the attributes of the fitted models, and return the model of each class."""

    @abstractmethod
    def _check_rule(self, rule: LatentSampler) -> None:
        """Refuse a rule by which the sampler can't draw a class."""

    def _fit(
        self, X: ArrayLike, y: ArrayLike, rng: np.random.RandomState, groups: Any = None
    ) -> Target:
        """Check the input, train the models, fit filters and rules."""
        self._forget()
        target, source = Target.of(y), self._source()
        labels = target.labels
        slot = FilterSlot(self._filters(labels))
        rule = self._rule(is_filtered=slot.rejects_strays)
        check_rule(rule, self.latent_sampling, [source.model])
        table_format, known = self._read(source, X)
        check_consistent_length(known.values, labels)
        self.classes_, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
        self.sampling_strategy_ = self._check_strategy(labels)
        self._check_class_sizes(dict(zip(self.classes_, counts, strict=True)))
        # Classes with one row cannot be sampled.
        n_able = np.where(counts < 2, 0, counts)
        able = np.flatnonzero(n_able[codes])
        class_rows = [np.flatnonzero(codes == k) for k in range(len(counts))]
        # No copy of an array all of whose rows stay.
        is_whole = len(able) == len(labels) and isinstance(X, np.ndarray)
        rows = X if is_whole or not len(slot) else take_rows(X, able)
        slot.check(rows, labels[able], has_early=source.has_early)
        grouped = slot.check_groups(groups, X)
        slot.check_rows(X)
        warn_of_refits({"vae": [self.vae], "filter": slot.given})

        plan = self._plan(known, class_rows)
        models = source.fit(self, table_format, known, labels, plan, rng)
        check_rule(rule, self.latent_sampling, models)  # a frozen sampler lends its models
        models = self._adopt(models)
        names = self.classes_.tolist()
        nets = [model._net_of(c) for model, c in zip(models, names, strict=True)]
        early = partial(early_rows, models, names, known.values, class_rows, able)
        context = FilterContext(
            rows,
            labels[able],
            table_format,
            early if source.has_early else None,
            self.verbose,
            None if grouped is None else grouped[able],
        )
        self.filters_ = slot.fit(context, rng)
        latents = class_latents(rule, names, class_rows, nets, known)
        latents = self._join_unlabelled(latents, rule, known)
        shares = n_able / max(1, n_able.sum())
        is_named = isinstance(self.latent_sampling, str)
        self._fitted = FittedSampler(
            format=table_format,
            missing=source.missing,
            known=known,
            labels=self.classes_,
            classes=sampled_classes(rule, latents, shares, nets, known, self.residuals),
            slot=slot,
            filtered=able,
            max_draws=self.max_draws,
            rule=self.latent_sampling if is_named else " ".join(repr(rule).split()),
            verbose=self.verbose,
        )
        return target

    def _forget(self) -> None:
        """Drop all fitted attributes: a fit that fails leaves nothing that looks fitted."""
        for name in list(vars(self)):
            if name.endswith("_") or name in ("_fitted", "_resampled"):
                delattr(self, name)

    def _source(self) -> TrainedModels | FrozenModels:
        """Return where the models come from."""
        resolve_device(self.device)  # refused also where nothing trains on it
        options = {"missing": self.missing, "categorical_features": self.categorical_features}
        if isinstance(self.vae, FrozenEstimator):
            return FrozenModels(self.vae, self._frozen_models, **options)
        model = default_model() if self.vae is None else self.vae
        return TrainedModels(model, device=self.device, verbose=self.verbose, **options)

    def _filters(self, labels: NDArray[Any]) -> Any:
        """Return `filter`, or what "auto" stands for with rows of these classes."""
        if not is_auto(self.filter):
            return self.filter
        model = unfrozen(self.vae)
        lent = getattr(model, "estimators_", [model])
        # Models that are trained already are what they were in their fit.
        shape = "image_shape_" if isinstance(self.vae, FrozenEstimator) else "image_shape"
        is_image = any(getattr(one, shape, None) is not None for one in lent)
        n_able = np.count_nonzero(np.unique(labels, return_counts=True)[1] > 1)
        return None if is_image or n_able < 2 else default_filter()

    def _heeds_groups(self, labels: NDArray[Any]) -> bool:
        """Return whether `fit_resample` takes groups of rows of these classes."""
        return FilterSlot(self._filters(labels)).has_folds

    def _frozen_models(self, frozen: Any) -> list[Any]:
        """Return the models that a frozen estimator lends."""
        if draws_classes(self.vae):
            check_known_classes(frozen, self.classes_)
        return [frozen]

    def _rule(self, *, is_filtered: bool) -> LatentSampler:
        """Return the checked latent rule of rows that are filtered or not."""
        rule = self.latent_sampling
        if isinstance(rule, str):
            rule = by_name(
                rule,
                alpha=self._alpha(),
                noise_scale=self._noise_scale(is_filtered),
                k_neighbors=self.k_neighbors,
                neighbor_pool=self.neighbor_pool,
            )
        else:
            for name in ("alpha", "noise_scale", "k_neighbors", "neighbor_pool"):
                if getattr(self, name) != (default := self._default_of(name)):
                    raise ValueError(
                        f"{name} must be left at {default!r} where latent_sampling is an object, "
                        f"whose own parameters count, got {getattr(self, name)!r}"
                    )
            rule._validate_params()
        if not rule.has_parents and self.residuals != "auto" and self.residuals:
            raise ValueError(
                f"residuals must be 'auto' or False where latent_sampling is "
                f"{self.latent_sampling!r}, because new rows then have no originals, got True"
            )
        self._check_rule(rule)
        return rule

    def _noise_scale(self, is_filtered: bool) -> float:
        """Return `noise_scale` as a number."""
        if self.noise_scale == "auto":
            # Rows may start further from originals where a filter rejects those that go astray.
            return 1.0 if is_filtered else 0.5
        return float(self.noise_scale)

    @classmethod
    def _default_of(cls, name: str) -> Any:
        """Return a parameter's default; a subclass may have fewer parameters than a sampler."""
        signatures = (signature(parent).parameters for parent in cls.__mro__)
        return next(own[name].default for own in signatures if name in own)

    def _alpha(self) -> float:
        """Return `alpha` as a number."""
        return float(self.alpha)

    def _read(
        self, source: TrainedModels | FrozenModels, X: ArrayLike
    ) -> tuple[TableFormat, KnownRows]:
        """Read the table."""
        return source.learn_table(self, X, None)

    def _join_unlabelled(
        self, latents: list[ClassLatents], rule: LatentSampler, known: KnownRows
    ) -> list[ClassLatents]:
        """Return the classes with the rows without labels that belong to them, if there are any."""
        return latents

    def _check_strategy(self, labels: NDArray[Any]) -> dict[Any, int]:
        """Return the new rows of each class."""
        strategy = check_sampling_strategy(self.sampling_strategy, labels, self._sampling_type)
        for c, n in strategy.items():
            if not isinstance(n, Integral):
                raise ValueError(
                    f"sampling_strategy must give whole numbers of rows, got {n} new ones for "
                    f"class {plain(c)!r}"
                )
        return strategy

    def _check_class_sizes(self, counts: dict[Any, int]) -> None:
        """Refuse classes that are too small."""
        for c, n_new in self.sampling_strategy_.items():
            if n_new and counts[c] < 2:
                raise ValueError(single_row_message(c, "exclude it from sampling_strategy"))

    def _fit_resample(self, X: Any, y: Any) -> Any:  # pragma: no cover
        # imbalanced-learn's hook, abstract there; `fit_resample` above does without it.
        raise NotImplementedError
