"""The one training loop: M models on their own rows, by one optimiser."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from threading import Event
from typing import Any

import torch
from torch import nn

from .adam import Adam
from .cuda_graphs import RecordedStep, recorder_of
from .monitor import HeldOut, Monitor
from .objectives import Objective
from .threads import keep_freed_memory, multiply_adds, threads_for

# Steps between two looks at the models: progress, finiteness, held-out loss.
_CHECK_EVERY = 50
# Noise of one model that is drawn at once, in values: many steps' where they are small.
_NOISE_BLOCK = 1 << 18


@dataclass(frozen=True)
class History:
    """What `train` saw.

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
    """

    terms: torch.Tensor
    n_iter: list[int]
    diverged_at: list[int | None]
    checkpoint: nn.Module | None


def train(
    net: nn.Module,
    objective: Objective,
    data: torch.Tensor,
    rows: Sequence[torch.Tensor],
    rngs: Sequence[torch.Generator],
    *,
    max_iter: int,
    batch_size: int,
    learning_rate: float,
    decay: bool = False,
    held_out: Sequence[torch.Tensor] | None = None,
    n_iter_no_change: int = 10,
    tol: float = 0.0,
    checkpoint_at: int | None = None,
    report: Callable[[int, list[float]], None] | None = None,
    check_every: int = _CHECK_EVERY,
    cancelled: Event | None = None,
) -> History:
    """Train a stack of M models in place by Adam (Kingma and Ba 2015).

    Model m sees only ``data[rows[m]]`` and draws batches and noise only from ``rngs[m]``: it
    ends up as it would have alone. At the end each model has its best weights: those of the
    least held-out loss where rows are held out, else the last finite ones.

    Parameters
    ----------
    net : Module
        A stack of M models on the generators' device.
    objective : Objective
        What to minimise.
    data : tensor of shape (n_samples, n_features)
        All models' rows, in [0, 1].
    decay : bool, default=False
        Whether the learning rate falls linearly to 0, which takes the noise of the last batches
        out of the weights.
    rows, held_out : sequences of M index tensors
        The rows that each model trains on, and those that say when it stops.
    checkpoint_at : int, default=None
        Steps after which to keep a copy of the stack; the last where it stops before.
    report : callable, default=None
        Called as ``report(step, terms)`` with each term's mean over models and steps.
    check_every : int, default=50
        Steps between two looks at the models; `steps_between_looks` tells with held-out rows.
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
    optimizer = Adam(list(net.parameters()), learning_rate)
    monitor = Monitor(net, len(rngs), n_iter_no_change if held_out is not None else None, tol)
    validation = None if held_out is None else HeldOut(data, held_out, objective, rngs)
    batches = _batches(rows, batch_size, rngs)
    noises = _noises(objective, batch_size, rngs)
    curves: list[torch.Tensor] = []
    block: list[torch.Tensor] = []
    checkpoint = None
    # What a row's terms weigh in the loss: a batch's mean, summed over the models.
    weights = [data.new_full((len(rngs), batch_size), w / batch_size) for w in objective.weights]

    def step(batch: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        terms = objective(net, data[batch].transpose(1, 2), noise)
        optimizer.step(terms, weights)
        return torch.stack(tuple(terms)).detach()

    recorder = recorder_of(data.device)
    take_step = step if recorder is None else RecordedStep(step, recorder)
    net.train()
    keep_freed_memory()
    with threads_for(3 * batch_size * multiply_adds(net), len(rngs)):
        for done in range(1, max_iter + 1):
            if cancelled is not None and cancelled.is_set():
                raise CancelledError
            if decay:
                optimizer.learning_rate.fill_(learning_rate * (1 - (done - 1) / max_iter))
            block.append(take_step(next(batches), next(noises)))
            if done == checkpoint_at:
                checkpoint = copy.deepcopy(net)
            if done % check_every == 0 or done == max_iter:
                seen, block = torch.stack(block).mean(dim=-1), []
                curves.append(seen)
                loss = None if validation is None else validation.loss(net)
                monitor.check(done, seen, loss)
                if report is not None:
                    report(done, seen.mean(dim=(0, 2)).tolist())
                if not monitor.active.any():
                    break
    monitor.restore_best()
    if checkpoint_at is not None and checkpoint is None:
        checkpoint = copy.deepcopy(net)
    return History(torch.cat(curves).cpu(), monitor.n_iter, monitor.diverged_at, checkpoint)


def steps_between_looks(rows: Sequence[Any], batch_size: int, *, early_stopping: bool) -> int:
    """Steps of a stack after which to look at its models, which have these rows to train on."""
    if not early_stopping:
        return _CHECK_EVERY
    # A pass over many held-out rows is dear: then look only once an epoch.
    return max(_CHECK_EVERY, max(map(len, rows)) // batch_size)


def _batches(
    rows: Sequence[torch.Tensor], batch_size: int, rngs: Sequence[torch.Generator]
) -> Iterator[torch.Tensor]:
    """Endless (M, batch_size) row numbers: each model's rows in shuffled pass after pass.

    A model with fewer rows than `batch_size` meets them several times in one batch.
    """
    left = [r[:0] for r in rows]
    wanted = _CHECK_EVERY * batch_size
    while True:
        for m, (own, rng) in enumerate(zip(rows, rngs, strict=True)):
            n_passes = -(-(wanted - len(left[m])) // len(own))
            if n_passes > 0:
                keys = torch.rand(
                    n_passes, len(own), generator=rng, device=own.device, dtype=torch.float32
                )
                left[m] = torch.cat([left[m], own[keys.argsort(dim=1).view(-1)]])
        yield from (
            torch.stack([r[:wanted] for r in left], dim=1)
            .view(_CHECK_EVERY, batch_size, -1)
            .transpose(1, 2)
            .contiguous()
        )
        left = [r[wanted:] for r in left]


def _noises(
    objective: Objective, batch_size: int, rngs: Sequence[torch.Generator]
) -> Iterator[torch.Tensor]:
    """One step's noise after another, (M, n_noise, batch_size)."""
    n_values = max(1, objective.n_noise * batch_size)
    n_steps = max(1, min(_CHECK_EVERY, _NOISE_BLOCK // n_values))
    while True:
        yield from objective.noise(rngs, n_steps, batch_size).unbind(1)
