"""From a recipe and rows to results: hold-out, codec, stacks, noise scale. Knows no estimator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .._nn.devices import generators
from .._nn.layers import split
from .._nn.likelihoods import counting_columns, reconstruction_means
from .._nn.objectives import Objective, with_conditions
from .._nn.threads import parts_of_stack, values_a_row
from .._nn.training import Budget, History, StackRows
from .._tables.format import TableFormat
from .._tables.frames import some_rows
from .._tables.layout import Layout
from ._architecture import Architecture
from ._conditions import Conditions
from ._fitted import SHARE_ROWS, FittedNet, through

# Rows by which the noise of Gaussian columns is measured.
_SCALE_ROWS = 8192
# Rows that a result brings along, to describe the model by.
_SAMPLE_ROWS = 1024
# Rows that can judge a trained model, at least.
_LEAST_JUDGES = 10


@dataclass(frozen=True)
class Recipe:
    """Everything that training needs to know of a family and its parameters.

    Attributes
    ----------
    architecture : Architecture
        Makes the codec.
    network : callable
        ``network(rngs, layout)`` makes an untrained stack, a model a generator.
    objective : callable
        ``objective(layout)`` makes the terms to minimise.
    n_components : int
        Latent dimensions.
    budget : Budget
        The length of the training, and its steps.
    validation_fraction : float or None
        Share of the rows to hold out, for early stopping.
    device : torch.device
        Where to train.
    discrete, missing : str
        Handed on to the result.
    judging_fraction : float, default=0
        Share of the rows to hold out, where they are many, for judging the trained model.
    even_classes : bool, default=False
        Whether batches draw the classes that a model is told equally often.
    """

    architecture: Architecture
    network: Callable[[Sequence[torch.Generator], Layout], nn.Module]
    objective: Callable[[Layout], Objective]
    n_components: int
    budget: Budget
    validation_fraction: float | None
    device: torch.device
    discrete: str
    missing: str
    judging_fraction: float = 0.0
    even_classes: bool = False


@dataclass(frozen=True)
class Result:
    """One trained model.

    Attributes
    ----------
    net : FittedNet
        The model with its best weights.
    early : FittedNet or None
        The model as it was at the checkpoint, where one was asked for.
    weights : tuple of float
        The weight of each term in the loss.
    terms : ndarray of shape (n_iter, n_terms)
        Batch means of the terms before each step.
    diverged_at : int or None
        The step at which the loss stopped being finite.
    sample : ndarray of shape (n, n_inputs)
        Some of the coded rows that the model was trained on.
    held_out : ndarray of shape (n, n_columns)
        Some of the coded rows that were held out for judging it, if any were.
    validation_curve : ndarray of shape (n_checks, 2)
        Steps and held-out losses of early stopping, if rows were held out for it.
    """

    net: FittedNet
    early: FittedNet | None
    weights: tuple[float, ...]
    terms: NDArray[np.float32]
    diverged_at: int | None
    sample: NDArray[np.float32]
    held_out: NDArray[np.float32]
    validation_curve: NDArray[np.float64]


class PreparedStack:
    """A stack of M models that is ready to train, in parts.

    Parameters
    ----------
    recipe : Recipe
        What all models have in common.
    table_format : TableFormat
        How `values` came from the table, and how new rows go back.
    values : ndarray of shape (n_samples, n_features)
        All models' rows.
    rows : sequence of M integer arrays
        The rows of `values` that each model learns from, at least 2.
    states : sequence of M RandomState
        Each model's source of randomness.
    names : sequence of M str
        Each model's rows in messages.
    conditions : (Conditions, ndarray of shape (n_samples, n_parts)) or None
        What the models are told of each row, and its codes.

    Attributes
    ----------
    parts : list of slice
        The models of each part; a part is trained by one thread.
    stacks : list of StackRows
        The rows of each part.
    objective : Objective
        The terms to minimise.
    budget : Budget
        The length of the training, and its steps.
    """

    def __init__(
        self,
        recipe: Recipe,
        table_format: TableFormat,
        values: NDArray[np.floating],
        rows: Sequence[NDArray[np.integer]],
        states: Sequence[np.random.RandomState],
        names: Sequence[str],
        conditions: tuple[Conditions, NDArray[np.intp]] | None = None,
    ) -> None:
        self._recipe, self._format, self._values, self._rows = recipe, table_format, values, rows
        self._conditions = conditions
        seeds = [state.randint(2**31 - 1) for state in states]
        _check_n_rows(rows, names)
        self.budget, self._trained_on, held_out = recipe.budget, rows, None
        if recipe.validation_fraction is not None:
            share = recipe.validation_fraction
            classes = map(self._by_class, rows)
            splits = [_hold_out(*one, share) for one in zip(classes, states, names, strict=True)]
            self._trained_on, held_out = zip(*splits, strict=True)
            # All parts must check at the same steps.
            self.budget = self.budget.with_early_stopping(max(map(len, self._trained_on)))
        splits = [
            _hold_out_for_judging(*one, recipe.judging_fraction)
            for one in zip(self._trained_on, states, strict=True)
        ]
        self._trained_on, self._judged_by = zip(*splits, strict=True)
        self._trained_on = [
            self._visited(*one) for one in zip(self._trained_on, states, strict=True)
        ]
        # Rows that training meets evenly count evenly in quantiles and noise, too.
        self._scaled_by, even = rows, None
        if recipe.even_classes:
            self._scaled_by = self._trained_on
            even = self._visited(np.arange(len(values)), np.random.RandomState(0))
        self._codec = recipe.architecture.codec().fit(values, table_format, learn_from=even)
        self._layout = self._codec.layout
        if conditions is not None:
            self._layout = replace(self._layout, n_conditions=sum(conditions[0].sizes))
        layout, stack = self._layout, self._stack(seeds, held_out)

        def values_a_step() -> int:
            net = recipe.network(generators([0], recipe.device), layout)
            return self.budget.batch_size * values_a_row(net)

        self.objective = recipe.objective(layout)
        self.parts = parts_of_stack(len(rows), values_a_step, recipe.device)
        self.stacks = [stack.part(models) for models in self.parts]

    def _visited(
        self, rows: NDArray[np.integer], rng: np.random.RandomState
    ) -> NDArray[np.integer]:
        """Return the rows that batches are drawn from, those of small classes maybe repeatedly."""
        # Training meets each of many rows once at most.
        n_visited = self._recipe.budget.max_iter * self._recipe.budget.batch_size
        if self._conditions is None or not self._recipe.even_classes:
            return _at_most(n_visited, rows, rng)
        given, _ = self._conditions
        drawn = given.class_counts() > 1 if given.classes is not None else [True]
        return _evenly(n_visited, self._by_class(rows), drawn, rng)

    def _by_class(self, rows: NDArray[np.integer]) -> list[NDArray[np.integer]]:
        """Return the rows of each class that the models are told of; all in one, if of none."""
        if self._conditions is None:
            return [rows]
        given, codes = self._conditions
        return [rows[own] for own in given.masks(codes[rows])]

    def _stack(
        self, seeds: Sequence[int], held_out: Sequence[NDArray[np.integer]] | None
    ) -> StackRows:
        """Code the rows that training needs, for its device."""
        used = np.unique(np.concatenate([*self._trained_on, *(held_out or ())]))
        whole = len(used) == len(self._values)
        coded = self._code(slice(None) if whole else used)

        def places(rows: Sequence[NDArray[np.integer]]) -> list[NDArray[np.intp]]:
            return [np.searchsorted(used, own) for own in rows]

        others = None if held_out is None else places(held_out)
        return StackRows.on(self._recipe.device, coded, places(self._trained_on), seeds, others)

    def _code(self, rows: Any) -> NDArray[np.float32]:
        """Code some of the rows, with their conditions."""
        coded = self._codec.encode(self._values[rows])
        if self._conditions is None:
            return coded
        conditions, codes = self._conditions
        return np.concatenate([coded, conditions.one_hot(codes[rows], np.float32)], axis=1)

    def make_net(self, part: StackRows) -> nn.Module:
        """Make the untrained network of a part."""
        return self._recipe.network(part.rngs, self._layout)

    def results(self, nets: Sequence[nn.Module], histories: Sequence[History]) -> Iterator[Result]:
        """Yield each model, once the networks of all parts are trained."""
        for models, net, history in zip(self.parts, nets, histories, strict=True):
            weights = self.objective.players(net)[0].weights
            singles = split(net)
            early: list[Any] = [None] * len(singles)
            if history.checkpoint is not None:
                early = split(history.checkpoint)
            for m, rows in enumerate(self._rows[models]):
                if singles[m].scale is not None:
                    coded = self._some(self._scaled_by[models][m], _SCALE_ROWS)
                    _set_scale(singles[m], self._layout, self._recipe.n_components, coded)
                yield Result(
                    self._fitted(singles[m], rows),
                    None if early[m] is None else self._fitted(early[m], rows),
                    weights,
                    history.terms[: history.n_iter[m], :, m].numpy().copy(),
                    history.diverged_at[m],
                    self._some(self._trained_on[models][m], _SAMPLE_ROWS),
                    self._some(self._judged_by[models][m], _SAMPLE_ROWS),
                    history.held_out_curve(m),
                )

    def _fitted(self, net: Any, rows: NDArray[np.integer]) -> FittedNet:
        recipe, given, groups = self._recipe, None, [rows]
        if self._conditions is not None:
            conditions, codes = self._conditions
            given = conditions.seen_in(codes[rows])
            groups = self._by_class(rows)
        return FittedNet(
            net=net,
            codec=self._codec,
            format=self._format,
            n_components=recipe.n_components,
            shares=self._shares(groups),
            discrete=recipe.discrete,
            missing=recipe.missing,
            given=given,
        )

    def _some(self, rows: NDArray[np.integer], n: int) -> NDArray[np.float32]:
        """Return about `n` of the coded rows, evenly spread."""
        return self._code(rows[:: max(1, len(rows) // n)])

    def _shares(self, groups: Sequence[NDArray[np.integer]]) -> NDArray[np.float64] | None:
        """Return the mean of coded rows of each group, where there are categories."""
        if not self._codec.has_symbols:
            return None
        chosen = [self._code(rows[some_rows(len(rows), SHARE_ROWS)]) for rows in groups]
        means = torch.stack([torch.from_numpy(coded).mean(dim=0) for coded in chosen])
        return means.numpy().astype(np.float64)[:, : self._codec.layout.n_columns]


def _set_scale(net: Any, layout: Layout, n_components: int, coded: NDArray[np.float32]) -> None:
    """Set the Gaussian columns' noise to the error that the trained model leaves.

    In training the noise also stands for what batch normalisation by small batches adds to a row.
    """
    rng = np.random.RandomState(0)

    def errors(net: Any, x: torch.Tensor) -> torch.Tensor:
        eps = torch.from_numpy(rng.standard_normal((1, n_components, x.shape[-1])))
        z = with_conditions(net.latents(x, eps.to(x.dtype)), x, layout)
        means = reconstruction_means(net.decode(z), layout)
        counting = counting_columns(x, layout)[:, layout.gaussian]
        squares = counting * (x[:, layout.gaussian] - means[:, layout.gaussian]) ** 2
        return torch.cat([squares, counting], dim=1)

    squares, counting = np.split(through(net, errors, coded), 2, axis=1)
    variance = squares.sum(axis=0) / np.maximum(1, counting.sum(axis=0))
    net.set_scale(torch.from_numpy(np.sqrt(variance)))


def _hold_out(
    classes: Sequence[NDArray[np.integer]], rng: np.random.RandomState, name: str, fraction: float
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Divide rows into those to train on and those to hold out, of several classes alike."""
    sizes = np.array([len(own) for own in classes])
    n_rows, shares = int(sizes.sum()), fraction * sizes
    wanted, counts = int(np.ceil(fraction * n_rows)), shares.astype(int)
    # Those whose shares are cut the most give one more each: of two rows rarely one.
    counts[np.argsort(counts - shares, kind="stable")[: wanted - counts.sum()]] += 1
    if n_rows - wanted < 2:
        raise ValueError(
            f"early_stopping=True must leave at least 2 rows of {name} to train on, got "
            f"{n_rows}, of which validation_fraction={fraction} holds out {wanted}"
        )
    shuffled = [rng.permutation(own) for own in classes]
    pairs = list(zip(shuffled, counts, strict=True))
    trained_on, held_out = [own[n:] for own, n in pairs], [own[:n] for own, n in pairs]
    return np.concatenate(trained_on), np.concatenate(held_out)


def _hold_out_for_judging(
    rows: NDArray[np.integer], rng: np.random.RandomState, fraction: float
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Divide rows into those to train on and those to judge by; few rows are all trained on."""
    n_held_out = int(fraction * len(rows))
    if n_held_out < _LEAST_JUDGES or len(rows) - n_held_out < 2:
        return rows, rows[:0]
    shuffled = rng.permutation(rows)
    return shuffled[n_held_out:], shuffled[:n_held_out]


def _at_most(n: int, rows: NDArray[np.integer], rng: np.random.RandomState) -> NDArray[np.integer]:
    """Return `n` of the rows at random: training meets each of many rows once at most."""
    return rows if len(rows) <= n else rng.permutation(rows)[:n]


def _evenly(
    n: int,
    classes: Sequence[NDArray[np.integer]],
    drawn: Iterable[bool],
    rng: np.random.RandomState,
) -> NDArray[np.integer]:
    """Return about `n` rows at most, of each class as many, small ones several times over.

    Classes that are not `drawn` need not be learnt well: each of their rows is there once.
    """
    n_each = min(max(map(len, classes)), -(-n // len(classes)))
    chosen = [
        np.resize(rng.permutation(own), n_each) if often and len(own) else own
        for own, often in zip(classes, drawn, strict=True)
    ]
    return np.concatenate(chosen)


def _check_n_rows(rows: Sequence[NDArray[np.integer]], names: Sequence[str]) -> None:
    for model_rows, name in zip(rows, names, strict=True):
        if len(model_rows) < 2:
            raise ValueError(
                f"{name} must have at least 2 rows to train on, got n_samples = {len(model_rows)}"
            )
