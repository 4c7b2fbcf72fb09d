"""The one training loop: M models on their own rows, with the gradient in sight."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from threading import Event

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .adam import Adam
from .cuda_graphs import RecordedStep, recorder_of
from .devices import generators
from .monitor import HeldOut, Monitor
from .objectives import Objective, Player
from .threads import keep_freed_memory, multiply_adds, threads_for

# Steps between two checks of the models: progress, finiteness, held-out loss.
_CHECK_EVERY = 50
# Steps whose batches are drawn at once.
_BATCH_BLOCK = 50
# Noise of one model that is drawn at once: at most so many steps', and so many values.
_NOISE_BLOCK = 50
_NOISE_VALUES = 1 << 18


@dataclass(frozen=True)
class Budget:
    """Length of a training, and its steps.

    Attributes
    ----------
    max_iter : int
        Optimiser steps at most.
    batch_size : int
        Rows of each model a step.
    learning_rate : float
        Adam's step size.
    decay : bool
        Whether the step size falls linearly to 0, which takes the noise of the last batches out
        of the weights.
    patience : int
        Checks of the held-out loss without a gain before a model stops; used with held-out rows.
    tol : float
        Gain in the held-out loss below which a check counts as one without.
    checkpoint_at : int or None
        Steps after which to keep a copy of the stack; the last step where training stops before.
    check_every : int
        Steps between two checks of the models.
    """

    max_iter: int
    batch_size: int
    learning_rate: float
    decay: bool = False
    patience: int = 10
    tol: float = 0.0
    checkpoint_at: int | None = None
    check_every: int = _CHECK_EVERY

    def decayed(self, step: int) -> float:
        """Return the step size of a step of a budget with `decay`, counted from 1."""
        return self.learning_rate * (1 - (step - 1) / self.max_iter)

    def with_early_stopping(self, n_rows: int) -> Budget:
        """Return the budget for models of up to `n_rows` rows that are checked by held-out rows.

        A pass over many held-out rows takes long, so there is at most one check an epoch.
        """
        return replace(self, check_every=max(self.check_every, n_rows // self.batch_size))


@dataclass(frozen=True)
class StackRows:
    """The rows and random generators of M models, on the device where they train.

    Attributes
    ----------
    data : tensor of shape (n_samples, n_columns)
        All models' coded rows.
    rows : list of M index tensors
        The rows of `data` that each model trains on.
    rngs : list of M generators
        The generator of each model: a model draws the same numbers alone and in a stack.
    held_out : list of M index tensors, or None
        The rows that decide when each model stops.
    """

    data: torch.Tensor
    rows: list[torch.Tensor]
    rngs: list[torch.Generator]
    held_out: list[torch.Tensor] | None = None

    @classmethod
    def on(
        cls,
        device: torch.device,
        coded: NDArray[np.float32],
        rows: Sequence[NDArray[np.integer]],
        seeds: Sequence[int],
        held_out: Sequence[NDArray[np.integer]] | None = None,
    ) -> StackRows:
        """Move rows to a device and make the models' generators there."""

        def moved(indices: Sequence[NDArray[np.integer]]) -> list[torch.Tensor]:
            return [torch.from_numpy(np.asarray(i, np.int64)).to(device) for i in indices]

        return cls(
            torch.from_numpy(coded).to(device),
            moved(rows),
            generators(seeds, device),
            None if held_out is None else moved(held_out),
        )

    def part(self, models: slice) -> StackRows:
        """Return the rows of some of the models."""
        held_out = None if self.held_out is None else self.held_out[models]
        return StackRows(self.data, self.rows[models], self.rngs[models], held_out)


@dataclass(frozen=True)
class History:
    """Record of a training.

    Attributes
    ----------
    terms : tensor of shape (n_steps, n_terms, M)
        Batch means of the objective's terms before each step.
    n_iter : list of M int
        The steps each model took before it stopped.
    diverged_at : list of M (int or None)
        The step at which a model's loss stopped being finite.
    checkpoint : Module or None
        The stack as it was after `checkpoint_at` steps, where those were asked for.
    held_out : list of (int, tensor of shape (M,))
        The steps done and the held-out loss at each check, where rows were held out.
    """

    terms: torch.Tensor
    n_iter: list[int]
    diverged_at: list[int | None]
    checkpoint: nn.Module | None
    held_out: list[tuple[int, torch.Tensor]]

    def held_out_curve(self, m: int) -> NDArray[np.float64]:
        """Return the steps and held-out losses of a model until it stopped, (n_checks, 2)."""
        seen = [(step, float(loss[m])) for step, loss in self.held_out if step <= self.n_iter[m]]
        return np.array(seen).reshape(-1, 2)


def train(
    net: nn.Module,
    objective: Objective,
    rows: StackRows,
    report: Callable[[int, dict[str, float] | None], None] | None = None,
    *,
    budget: Budget,
    cancelled: Event | None = None,
) -> History:
    """Train a stack of M models in place by Adam (Kingma and Ba 2015).

    Model m sees only its own rows and draws batches and noise only from its own generator: it
    ends up as it would have alone. At the end each model has its best weights: those of the
    least held-out loss where rows are held out, else the last finite ones.

    Parameters
    ----------
    net : Module
        A stack of M models on the rows' device.
    objective : Objective
        The terms to minimise, and who minimises which.
    rows : StackRows
        The rows of each model.
    report : callable, default=None
        Called as ``report(step, losses)`` after each step. At a check, `losses` are the means over
        models and steps, by name: the loss of the first player, then the terms; else None.
    budget : Budget
        The length of the training, and its steps.
    cancelled : Event, default=None
        Set by another thread to stop training before its next step.

    Returns
    -------
    History

    Raises
    ------
    CancelledError
        If `cancelled` was set.
    """
    data, n_models = rows.data, len(rows.rngs)
    players = objective.players(net)
    turns = [_Turn(player, budget, n_models) for player in players]
    validation = None
    if rows.held_out is not None:
        validation = HeldOut(objective, players[0].weights, data, rows.held_out, rows.rngs)
    monitor = Monitor(net, n_models, None if validation is None else budget.patience, budget.tol)
    batches = _batches(rows, budget.batch_size)
    noises = _noises(objective, budget.batch_size, rows.rngs)
    curves: list[torch.Tensor] = []
    block: list[torch.Tensor] = []
    checkpoint = None

    def step(batch: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        x = data[batch].transpose(1, 2)
        terms = objective(net, x, noise)
        gradients = []
        for turn in turns:
            of = [terms[i] for i in turn.terms], turn.parameters, turn.weights
            gradients.append(torch.autograd.grad(*of, retain_graph=turn is not turns[-1]))
        for turn, own in zip(turns, gradients, strict=True):
            turn.adam.step(own)
        return torch.stack(tuple(terms)).detach()

    recorder = recorder_of(data.device)
    take_step = step if recorder is None else RecordedStep(step, recorder)
    net.train()
    keep_freed_memory()
    with threads_for(3 * budget.batch_size * multiply_adds(net), n_models):
        for done in range(1, budget.max_iter + 1):
            if cancelled is not None and cancelled.is_set():
                raise CancelledError
            if budget.decay:
                for turn in turns:
                    turn.adam.learning_rate.fill_(budget.decayed(done))
            block.append(take_step(next(batches), next(noises)))
            if done == budget.checkpoint_at:
                checkpoint = copy.deepcopy(net)
            if done % budget.check_every == 0 or done == budget.max_iter:
                seen, block = torch.stack(block).mean(dim=-1), []
                curves.append(seen)
                monitor.check(done, seen, None if validation is None else validation.loss(net))
                if report is not None:
                    report(done, _losses(objective, players[0].weights, seen))
                if not monitor.active.any():
                    break
            elif report is not None:
                report(done, None)
    monitor.restore_best()
    if budget.checkpoint_at is not None and checkpoint is None:
        checkpoint = copy.deepcopy(net)
    terms = torch.cat(curves).cpu()
    return History(terms, monitor.n_iter, monitor.diverged_at, checkpoint, monitor.held_out)


def _losses(objective: Objective, weights: Sequence[float], seen: torch.Tensor) -> dict[str, float]:
    """Return the loss and its terms, as means of the curves since the last check."""
    means = seen.mean(dim=(0, 2)).tolist()
    loss = sum(weight * mean for weight, mean in zip(weights, means, strict=True))
    return {"loss": loss, **dict(zip(objective.terms, means, strict=True))}


class _Turn:
    """A player's part in each step: its optimiser, and the terms that count in its loss.

    Attributes
    ----------
    terms : list of int
        Places of the terms of the objective that count.
    weights : list of tensor of shape (M, batch_size)
        The weight of each row in each of those: the loss is a batch's mean, summed over models.
    """

    def __init__(self, player: Player, budget: Budget, n_models: int) -> None:
        self.parameters = player.parameters
        self.adam = Adam(player.parameters, budget.learning_rate, player.momentum)
        self.terms = [i for i, weight in enumerate(player.weights) if weight]
        shape, like = (n_models, budget.batch_size), player.parameters[0]
        self.weights = [
            like.detach().new_full(shape, player.weights[i] / budget.batch_size) for i in self.terms
        ]


def _batches(rows: StackRows, batch_size: int) -> Iterator[torch.Tensor]:
    """Yield (M, batch_size) row numbers: each model's rows in shuffled pass after pass.

    A model with fewer rows than `batch_size` meets them several times in one batch.
    """
    left = [r[:0] for r in rows.rows]
    wanted = _BATCH_BLOCK * batch_size
    while True:
        for m, (model_rows, rng) in enumerate(zip(rows.rows, rows.rngs, strict=True)):
            n_passes = -(-(wanted - len(left[m])) // len(model_rows))
            if n_passes > 0:
                shape, device = (n_passes, len(model_rows)), model_rows.device
                keys = torch.rand(shape, generator=rng, device=device, dtype=torch.float32)
                left[m] = torch.cat([left[m], model_rows[keys.argsort(dim=1).view(-1)]])
        yield from (
            torch.stack([r[:wanted] for r in left], dim=1)
            .view(_BATCH_BLOCK, batch_size, -1)
            .transpose(1, 2)
            .contiguous()
        )
        left = [r[wanted:] for r in left]


def _noises(
    objective: Objective, batch_size: int, rngs: Sequence[torch.Generator]
) -> Iterator[torch.Tensor]:
    """Yield the noise of one step after another, (M, n_noise, batch_size)."""
    n_values = max(1, objective.n_noise * batch_size)
    n_steps = max(1, min(_NOISE_BLOCK, _NOISE_VALUES // n_values))
    while True:
        yield from objective.noise(rngs, n_steps, batch_size).unbind(1)
