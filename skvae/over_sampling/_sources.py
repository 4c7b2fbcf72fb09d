"""Where a sampler's models come from: its own model, clones of the user's, frozen ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _is_fitted, check_is_fitted

from .._seeding import short, unfrozen
from .._tables.dtypes import can_miss
from .._tables.format import TableFormat
from .._tables.frames import as_frame, check_alike, check_container, symbolic_columns
from .._tables.identifiers import warn_of_identifiers
from .._tables.messages import FarApartError, NotFiniteError
from .._tables.reading import learn_table, read_table
from .._tables.together import refuse_far, stack_tables
from ..exceptions import RefitWarning, warn
from ..latent import LatentSampler
from ..models._base import GenerativeModel, fit_together
from ._defaults import is_auto
from ._provenance import KnownRows

# The way out for models that only draw.
_BY_THE_PRIOR = ", which MultiVAEResampler takes with latent_sampling='prior'"


def merged_missing(vae: Any, missing: str) -> str:
    """Return "indicator" if the sampler or its model asks for it, else "error"."""
    model = unfrozen(vae)
    if isinstance(vae, FrozenEstimator):
        model = getattr(model, "_fitted", None)
    return "indicator" if "indicator" in {missing, getattr(model, "missing", "error")} else "error"


def draws_classes(vae: Any) -> bool:
    """Return whether a sampler's model, frozen or to be trained, draws each class by itself."""
    model = unfrozen(vae)
    if isinstance(vae, FrozenEstimator):
        return all(map(_has_classes, getattr(model, "estimators_", [model])))
    return getattr(model, "_learns_classes", False)


def _has_classes(model: Any) -> bool:
    """Return whether a fitted estimator is a model that has learnt classes."""
    return isinstance(model, GenerativeModel) and hasattr(model, "classes_")


def check_known_classes(frozen: Any, classes: NDArray[Any]) -> None:
    """Refuse classes that a frozen estimator of `classes_` has not learnt."""
    known = frozen.classes_.tolist()
    if unknown := [c for c in classes.tolist() if c not in known]:
        raise ValueError(
            f"y must hold classes that the frozen {type(frozen).__name__} has learnt, "
            f"{short(known)}, got {short(unknown)}"
        )


@dataclass(frozen=True)
class ModelPlan:
    """A sampler's models, before they are trained.

    Attributes
    ----------
    names : list of str
        Each model's rows in messages.
    choose_rows : callable
        ``choose_rows(rng)`` gives the known rows that each model learns from.
    """

    names: list[str]
    choose_rows: Callable[[np.random.RandomState], Sequence[NDArray[np.integer]]]


class TrainedModels:
    """Clones of a model, to be trained.

    Parameters
    ----------
    model : GenerativeModel
        The model.
    missing, device, categorical_features
        The sampler's parameters. A model whose own `device` is "auto" trains on the sampler's.
    verbose : int
        The sampler's parameter, which counts where the model's own is 0.
    """

    def __init__(
        self,
        model: GenerativeModel,
        *,
        missing: str,
        device: str,
        categorical_features: Any,
        verbose: int,
    ) -> None:
        self.model = model
        self.missing = merged_missing(model, missing)
        self.device = device if model.device == "auto" else model.device
        self.verbose = model.verbose or verbose
        self.categorical_features = categorical_features

    @property
    def has_early(self) -> bool:
        """True if the trained models will have an early checkpoint."""
        return self.model.early_checkpoint is not None

    def learn_table(
        self, sampler: BaseEstimator, X: ArrayLike, unlabelled: Any
    ) -> tuple[TableFormat, KnownRows]:
        """Read a table, and unlabelled rows, as the parameters of sampler and model say."""
        named, of_model = self.categorical_features, self.model.categorical_features
        if not (is_auto(named) or is_auto(of_model) or np.array_equal(named, of_model)):
            raise ValueError(
                "categorical_features must be given once, or alike, got "
                f"{short(named)} and vae's {short(of_model)}"
            )
        named = of_model if is_auto(named) else named
        table_format, known = _learn(sampler, X, unlabelled, named, missing=self.missing)
        if getattr(self.model, "image_shape", None) is None:
            warn_of_identifiers(table_format, known.all())
        return table_format, known

    def fit(
        self,
        sampler: BaseEstimator,
        table_format: TableFormat,
        known: KnownRows,
        labels: NDArray[Any],
        plan: ModelPlan,
        rng: np.random.RandomState,
    ) -> list[Any]:
        """Train clones together.

        Parameters
        ----------
        sampler : estimator
            The sampler, which has read the table.
        table_format : TableFormat
            The table's format.
        known : KnownRows
            Its rows.
        labels : ndarray of shape (n_samples,)
            The classes of those that have one.
        plan : ModelPlan
            How many clones, on which rows.
        rng : RandomState
            Source of seeds, unless the model has a `random_state` of its own.
        """
        self.model._validate_params()
        seeds = rng
        if self.model.random_state is not None:
            seeds = check_random_state(self.model.random_state)
        # A family may have fewer parameters than its base.
        wanted = {"missing": self.missing, "device": self.device, "verbose": self.verbose}
        parameters = self.model.get_params(deep=False)
        changed = {name: value for name, value in wanted.items() if name in parameters}
        models = [
            clone(self.model).set_params(random_state=seeds.randint(2**31 - 1), **changed)
            for _ in plan.names
        ]
        rows = plan.choose_rows(rng)
        fit_together(
            models, table_format, known.all(), rows, plan.names, labels=labels, like=sampler
        )
        return models


class FrozenModels:
    """Models that are fitted already.

    Parameters
    ----------
    frozen : FrozenEstimator
        A fitted model, or a sampler whose models are lent.
    choose : callable
        ``choose(estimator)`` gives the models in the frozen estimator.
    missing, categorical_features
        The sampler's parameters.
    """

    def __init__(
        self,
        frozen: FrozenEstimator,
        choose: Callable[[Any], list[Any]],
        *,
        missing: str,
        categorical_features: Any,
    ) -> None:
        self.model, self._choose = unfrozen(frozen), choose
        self.missing = merged_missing(frozen, missing)
        self.categorical_features = categorical_features

    @property
    def has_early(self) -> bool:
        """True if all models have an early checkpoint."""
        models = getattr(self.model, "estimators_", [self.model])
        return all(hasattr(model, "early_vae_") for model in models)

    def learn_table(
        self, sampler: BaseEstimator, X: ArrayLike, unlabelled: Any
    ) -> tuple[TableFormat, KnownRows]:
        """Read a table, and unlabelled rows, as the models have learnt to."""
        if not is_auto(self.categorical_features):
            raise ValueError(
                "categorical_features must be 'auto' with a frozen vae, which knows its own, "
                f"got {short(self.categorical_features)}"
            )
        _check_fitted(self.model)
        known = getattr(getattr(self.model, "_fitted", None), "format", None)
        if known is None or not known.has_symbols:
            # A model of numbers can't take categories.
            if known is not None:
                _refuse_text(X, len(known.columns))
            return _learn(sampler, X, unlabelled, None, missing=self.missing, known=known)
        table_format, values = learn_table(sampler, X, missing=self.missing, like=known)
        if unlabelled is None:
            return table_format, KnownRows(values)
        check_alike(X, unlabelled, "unlabelled")
        try:
            others = read_table(sampler, unlabelled, known, missing=self.missing)
        except NotFiniteError as error:
            raise error.below(0, "unlabelled") from None
        except ValueError as error:
            raise ValueError(f"unlabelled: {error}") from error
        return table_format, KnownRows(values, others)

    def fit(
        self,
        sampler: BaseEstimator,
        table_format: TableFormat,
        known: KnownRows,
        labels: NDArray[Any],
        plan: ModelPlan,
        rng: np.random.RandomState,
    ) -> list[Any]:
        """Return the models, if they know the columns of the table; nothing is trained."""
        models = self._choose(self.model)
        for model in models:
            _check_columns(model, sampler, table_format)
        return models


def _learn(
    sampler: BaseEstimator, X: Any, unlabelled: Any, categorical_features: Any, **options: Any
) -> tuple[TableFormat, KnownRows]:
    """Learn the format of a table, which has the categories of unlabelled rows too."""
    if unlabelled is None:
        table_format, values = learn_table(
            sampler, X, categorical_features=categorical_features, **options
        )
        return table_format, KnownRows(values)
    both, symbolic = stack_tables(X, unlabelled, "unlabelled", categorical_features)
    n_labelled = len(X)
    try:
        table_format, values = learn_table(
            sampler, both, categorical_features=symbolic, n_labelled=n_labelled, **options
        )
    except NotFiniteError as error:
        raise error.below(n_labelled, "unlabelled") from None
    except FarApartError as error:
        TableFormat.of(X, symbolic)  # refuses numbers of X that are too far apart themselves
        refuse_far(X, unlabelled, "unlabelled", error)
    return table_format, KnownRows(values[:n_labelled], values[n_labelled:])


def check_rule(rule: LatentSampler, name: Any, models: Sequence[Any]) -> None:
    """Refuse models that can't do what a latent rule needs.

    Parameters
    ----------
    rule : LatentSampler
        The rule.
    name : str or LatentSampler
        The rule as the user has given it, for the message.
    models : sequence of estimator
        The models; other estimators are passed over.

    Raises
    ------
    TypeError
        If a model can't; the message names one that can.
    """
    needed = "transform" if rule.uses_rows else "sample"
    for model in models:
        if not isinstance(model, GenerativeModel):
            continue
        lacking = ""
        if not hasattr(model, needed):
            what, others = ("an encoder", "VAE or VAEGAN") if rule.uses_rows else ("a prior", "VAE")
            lacking = f"{what} (one with {needed}, such as {others})"
        elif rule.uses_posterior and not model.has_posterior:
            lacking = "posterior distributions (such as VAE)"
        if lacking:
            raise TypeError(
                f"vae must be a model with {lacking} for latent_sampling={name!r}, got "
                f"{type(model).__name__}" + (_BY_THE_PRIOR if hasattr(model, "sample") else "")
            )


def warn_of_refits(given: dict[str, list[Any]]) -> None:
    """Warn of fitted estimators whose clones are trained, by the parameters that hold them."""
    for name, estimators in given.items():
        known = [one for one in estimators if isinstance(one, BaseEstimator)]
        if any(_is_fitted(one) for one in known if not isinstance(one, FrozenEstimator)):
            warn(
                f"{name} is fitted already, but a clone of it is trained: put it into a "
                "sklearn.frozen.FrozenEstimator to keep it as it is.",
                RefitWarning,
            )


def _check_fitted(model: Any) -> None:
    if isinstance(model, BaseEstimator):
        message = "vae must be fitted before it is put into a FrozenEstimator, got a new %(name)s"
        check_is_fitted(model, msg=message)


def _refuse_text(X: Any, n_learnt: int) -> None:
    """Refuse a table with text or categories, where a frozen model has learnt numbers."""
    check_container(X)
    frame = as_frame(X)
    for j in np.flatnonzero(symbolic_columns(frame, "auto")).tolist():
        column = frame.iloc[:, j]
        if pd.api.types.infer_dtype(column, skipna=True) != "boolean":
            raise ValueError(
                f"vae must have been fitted on the columns of X, got a frozen VAE of {n_learnt} "
                f"columns of numbers, where column {frame.columns[j]!r} of X holds "
                f"{short(column.dropna().iloc[0])}: fit it on such columns"
            )


def _check_columns(model: Any, sampler: Any, table_format: TableFormat) -> None:
    """Refuse anything but a fitted model that knows the columns that a sampler has read."""
    if not isinstance(model, GenerativeModel):
        got = short(model) if isinstance(model, type) else f"a frozen {type(model).__name__}"
        raise TypeError(f"vae must be a frozen VAE, got {got}")
    _check_fitted(model)
    if model.n_features_in_ != sampler.n_features_in_:
        raise ValueError(
            f"vae must have been fitted on the {sampler.n_features_in_} columns of X, got a "
            f"frozen VAE that was fitted on {model.n_features_in_}"
        )
    names = (getattr(e, "feature_names_in_", ()) for e in (sampler, model))
    for j, (here, there) in enumerate(zip(*names, strict=False)):
        if here != there:
            raise ValueError(
                "vae must have been fitted on the columns of X in their order, got a frozen VAE "
                f"whose column {j} is {there!r}, where that of X is {here!r}"
            )
    learnt = model._fitted.format.columns
    for column, of_model in zip(table_format.columns, learnt, strict=True):
        if of_model.has_missing and not can_miss(column.dtype):
            raise ValueError(
                f"column {column.name!r} must have a dtype with missing values, as it missed some "
                f"when the frozen VAE was fitted, got {column.dtype}"
            )
        if column.has_missing and not of_model.has_missing:
            raise ValueError(
                f"column {column.name!r} must not miss values, as it missed none when the frozen "
                "VAE was fitted: impute them"
            )


def early_rows(
    models: list[Any],
    labels: list[Any],
    values: NDArray[np.floating],
    class_rows: list[NDArray[np.intp]],
    chosen: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return rows as the early checkpoints of their classes' models reconstruct them."""
    early = np.empty(values.shape)
    for label, model, rows in zip(labels, models, class_rows, strict=True):
        early[rows] = model.early_vae_._net_of(label).reconstruct(values[rows])
    return early[chosen]
