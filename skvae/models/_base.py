"""Base of the model families: shared parameters and `fit`."""

from __future__ import annotations

import copy
import math
from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import (
    BaseEstimator,
    _fit_context,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from torch import nn

from .._nn.devices import own_torch_modes, resolve_device
from .._nn.objectives import Objective
from .._nn.threads import workers
from .._nn.training import Budget, train
from .._progress import training_progress
from .._seeding import CheckedParameters
from .._tables.chunks import comes_in_chunks, sample_to_learn
from .._tables.format import TableFormat
from .._tables.identifiers import warn_of_identifiers
from .._tables.layout import Layout
from .._tables.plain import PlainState
from .._tables.polars import takes_polars
from .._tables.reading import learn_table
from ..exceptions import warn
from ._architecture import Architecture, architecture_of
from ._conditions import Conditions
from ._fitted import FittedNet
from ._fitting import PreparedStack, Recipe, Result


class GenerativeModel(CheckedParameters, PlainState, BaseEstimator, metaclass=ABCMeta):
    """Base of the model families.

    A family is a subclass that answers two questions: which network (`_network`), and which
    objective (`_objective`), whose players the one training loop goes through. Its mixins tell
    what it can do once fitted: `EncoderMixin`, `PriorMixin`. Its docstring describes the
    parameters.
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "conv_channels": ["array-like"],
        "categorical_features": ["array-like", str, None],
        "discrete": [StrOptions({"sample", "mode"})],
        "likelihood": [StrOptions({"auto", "bernoulli", "gaussian"})],
        "quantile_transform": ["boolean", StrOptions({"auto"})],
        "spikes": ["boolean", StrOptions({"auto"})],
        "missing": [StrOptions({"error", "indicator"})],
        "denoising_std": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "early_checkpoint": [Interval(Real, 0, 1, closed="right"), None],
        "mixed_precision": ["boolean", StrOptions({"auto"})],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components: int = 10,
        *,
        hidden_layer_sizes: Sequence[int] | None = None,
        image_shape: Sequence[int] | None = None,
        conv_channels: Sequence[int] = (64, 128, 256),
        categorical_features: Any = "auto",
        discrete: str = "sample",
        likelihood: str = "auto",
        quantile_transform: bool | str = "auto",
        spikes: bool | str = "auto",
        missing: str = "error",
        denoising_std: float = 0.0,
        max_iter: int = 300,
        batch_size: int = 32,
        learning_rate_init: float = 1e-3,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        early_checkpoint: float | None = None,
        mixed_precision: bool | str = "auto",
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.image_shape = image_shape
        self.conv_channels = conv_channels
        self.categorical_features = categorical_features
        self.discrete = discrete
        self.likelihood = likelihood
        self.quantile_transform = quantile_transform
        self.spikes = spikes
        self.missing = missing
        self.denoising_std = denoising_std
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.early_checkpoint = early_checkpoint
        self.mixed_precision = mixed_precision
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    _fitted: FittedNet
    # True for families whose rows have posteriors, the `deviations` of their networks.
    has_posterior: ClassVar[bool] = False
    # True for a family that learns the classes of rows, and draws each by itself.
    _learns_classes: ClassVar[bool] = False
    # Something besides the step size that may make a diverging loss converge, for the warning.
    _other_way_out: ClassVar[str] = ""

    @abstractmethod
    def _network(
        self, architecture: Architecture, rngs: Sequence[torch.Generator], layout: Layout
    ) -> nn.Module:
        """Make an untrained stack, a model a generator, of the architecture's parts."""

    @abstractmethod
    def _objective(self, layout: Layout) -> Objective:
        """Return the terms to minimise, and the players that minimise them."""

    @takes_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> Any:
        """Train on the rows of `X`.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and categories, at least 2 rows. Objects may be numbers,
            decimals, booleans and dates, and come back as these. Whole numbers and decimals are
            exact if they lie within 2**53 steps of each other, and refused if not. Dates are
            multiples of their common step, such as a day, and exact to 2**-53 of their range: new
            ones of nanoseconds over 104 days or more are rounded.

            A table that is larger than memory may come in chunks: a `numpy.memmap` of more than
            500,000 rows, a frame or array of Dask, a data set or file of Arrow (parquet), or an
            iterator of arrays or frames. The model then learns from 500,000 of its rows, drawn in
            one pass with the same chance, and the others are not looked at.
            :func:`~skvae.datasets.reservoir_sample` draws another number.
        y : ignored
            Present for scikit-learn's API.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `X` is sparse.
        ValueError
            If a parameter or `X` is not as described; the message names it.

        Warns
        -----
        ConvergenceWarning
            If the loss stops being finite. The last good weights stay.
        IdentifierWarning
            If a column looks like names, ids or free text.
        LatentCollapseWarning
            If a VAE uses no latent dimension.
        ModeCollapseWarning
            If adversarial training has failed.
        """
        # A failing fit leaves nothing that looks fitted.
        for stale in ("_fitted", "early_vae_", "validation_curve_"):
            self.__dict__.pop(stale, None)
        labels = self._labels(y)
        if comes_in_chunks(X):
            sampled = sample_to_learn(X, check_random_state(self.random_state))
            X, labels = sampled.table, sampled.of(labels)
        table_format, values = learn_table(
            self, X, categorical_features=self.categorical_features, missing=self.missing
        )
        if self.image_shape is None:
            warn_of_identifiers(table_format, values)
        fit_together([self], table_format, values, [np.arange(len(values))], labels=labels)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "indicator"
        return tags

    def _labels(self, y: Any) -> NDArray[Any] | None:
        """Return the checked labels of a family that learns classes."""
        return None

    def _conditions(
        self,
        table_format: TableFormat,
        values: NDArray[np.floating],
        labels: NDArray[Any] | None,
    ) -> tuple[Conditions, NDArray[np.intp]] | None:
        """Return what a family tells its network of each row besides the row, and its codes."""
        return None

    def _net_of(self, label: Any) -> FittedNet:
        """Return the trained network for rows of a class."""
        return self._fitted

    def _recipe(self, table_format: TableFormat) -> Recipe:
        """Check the parameters against a table, and hand them to the engine."""
        device = resolve_device(self.device)
        architecture = architecture_of(self, table_format, device)
        early = self.early_checkpoint
        budget = Budget(
            max_iter=self.max_iter,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate_init,
            patience=self.n_iter_no_change,
            tol=self.tol,
            checkpoint_at=None if early is None else math.ceil(early * self.max_iter),
        )
        return Recipe(
            architecture=architecture,
            network=partial(self._network, architecture),
            objective=self._objective,
            n_components=self.n_components,
            budget=budget,
            validation_fraction=self.validation_fraction if self.early_stopping else None,
            device=device,
            discrete=self.discrete,
            missing=self.missing,
        )

    def _see_columns(self, like: BaseEstimator | None) -> None:
        """Take over the columns that another estimator has seen in its `fit`."""
        if like is not None:
            self.n_features_in_ = like.n_features_in_
            if hasattr(like, "feature_names_in_"):
                self.feature_names_in_ = like.feature_names_in_
            self._polars = getattr(like, "_polars", None)

    def _adopt(self, result: Result) -> None:
        """Set the fitted attributes."""
        self._fitted = result.net
        self.image_shape_ = self.image_shape
        self.n_iter_ = len(result.terms)
        weighted = zip(result.weights, result.terms.T, strict=True)
        self.loss_curve_ = sum(weight * curve for weight, curve in weighted)
        if len(result.validation_curve):
            self.validation_curve_ = result.validation_curve
        if result.early is not None:
            self.early_vae_ = copy.copy(self)._with(result.early)

    def _with(self, net: FittedNet) -> Any:
        self._fitted = net
        return self

    def _warn(self, models: Sequence[Any], results: Sequence[Result], names: Sequence[str]) -> None:
        """Warn of models, trained with these parameters, whose training went wrong."""
        for result, name in zip(results, names, strict=True):
            if result.diverged_at is not None:
                warn(
                    f"The loss on {name} stopped being finite at step {result.diverged_at} of "
                    f"{self.max_iter}; the last good weights stay. Lower learning_rate_init (now "
                    f"{self.learning_rate_init}){self._other_way_out}.",
                    ConvergenceWarning,
                )


@own_torch_modes()
def fit_together(
    models: Sequence[GenerativeModel],
    table_format: TableFormat,
    values: NDArray[np.floating],
    rows: Sequence[NDArray[np.integer]],
    names: Sequence[str] = ("X",),
    *,
    labels: NDArray[Any] | None = None,
    like: BaseEstimator | None = None,
) -> None:
    """Fit models that differ in `random_state` only, each on its own rows, in one loop.

    Parameters
    ----------
    models : sequence of M GenerativeModel
        Left fitted, each as if it had been trained alone.
    table_format : TableFormat
        How `values` came from the table, and how new rows go back.
    values : ndarray of shape (n_samples, n_features)
        All models' rows.
    rows : sequence of M integer arrays
        The rows of `values` that each model learns from, at least 2.
    names : sequence of M str, default=("X",)
        Each model's rows in messages.
    labels : ndarray of shape (n_samples,), default=None
        Classes of `values`, for families that learn them.
    like : estimator, default=None
        The estimator that has read the table in place of the models.
    """
    for model in models:
        model._see_columns(like)
    recipe = models[0]._recipe(table_format)
    states = [check_random_state(model.random_state) for model in models]
    conditions = models[0]._conditions(table_format, values, labels)
    stack = PreparedStack(recipe, table_format, values, rows, states, names, conditions)
    objectives = [stack.objective] * len(stack.parts)
    sizes = [part.stop - part.start for part in stack.parts]
    title = _title(models[0], names)
    with (
        training_progress(models[0].verbose, title, stack.budget.max_iter, sizes) as reports,
        workers(len(stack.parts)) as (run, cancelled),
    ):
        train_part = partial(train, budget=stack.budget, cancelled=cancelled)
        nets = list(run(stack.make_net, stack.stacks))
        histories = list(run(train_part, nets, objectives, stack.stacks, reports))
    results = list(stack.results(nets, histories))
    for model, result in zip(models, results, strict=True):
        model._adopt(result)
    models[0]._warn(models, results, names)


def _title(model: GenerativeModel, names: Sequence[str]) -> str:
    """Return a name for models of these rows, short where there are many."""
    named = [*names[:1], "...", *names[-1:]] if len(names) > 3 else names
    return f"{type(model).__name__} of {', '.join(named)}"
