"""The one training loop: M models on their own rows, by one optimiser."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from threading import Event
from typing import Any, Protocol

import torch
from torch import nn

from ._runtime import (
    RecordedStep,
    keep_freed_memory,
    multiply_adds,
    recorder_of,
    threads_for,
    widest,
)

# Steps between two looks at the models: progress, finiteness, held-out loss.
_CHECK_EVERY = 50
# Held-out rows that go through the networks at once, and values that a layer may give for them.
_EVALUATION_BATCH = 8192
_EVALUATION_VALUES = 1 << 26
# Noise of one model that is drawn at once, in values: many steps' where they are small.
_NOISE_BLOCK = 1 << 18


class Objective(Protocol):
    """What a stack minimises: terms that say how bad each model is on each row.

    Attributes
    ----------
    weights : tuple of float
        What each term weighs in the loss.
    n_noise : int
        Random values that a row takes.
    """

    @property
    def weights(self) -> tuple[float, ...]: ...

    @property
    def n_noise(self) -> int: ...

    def noise(self, rngs: Sequence[torch.Generator], n_steps: int, n_rows: int) -> torch.Tensor:
        """Draw (M, n_steps, n_noise, n_rows), model m's from ``rngs[m]``."""

    def __call__(
        self, net: nn.Module, x: torch.Tensor, noise: torch.Tensor
    ) -> Sequence[torch.Tensor]:
        """The terms, each (M, n_rows), for rows x (M, features, n_rows)."""


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
    optimizer = _Adam(list(net.parameters()), learning_rate)
    monitor = _Monitor(net, len(rngs), n_iter_no_change if held_out is not None else None, tol)
    validation = None if held_out is None else _HeldOut(data, held_out, objective, rngs)
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


class _Adam:
    """Adam (Kingma and Ba 2015) by torch's fused kernel.

    `torch.optim.Adam` calls the same kernel, but loads torch's compiler when it is made, which
    takes longer than most fits here, and costs twice as much a step.
    """

    def __init__(self, parameters: list[nn.Parameter], learning_rate: float) -> None:
        self.parameters = parameters
        self.values = [p.detach() for p in parameters]
        # A tensor, so that a recorded step sees it change.
        self.learning_rate = self.values[0].new_tensor(learning_rate)
        self.means = [torch.zeros_like(v) for v in self.values]
        self.squares = [torch.zeros_like(v) for v in self.values]
        self.n_steps = self.values[0].new_zeros(())

    def step(self, terms: Sequence[torch.Tensor], weights: Sequence[torch.Tensor]) -> None:
        """Take one step down the sum of the terms times their weights."""
        self.n_steps += 1
        gradients = torch.autograd.grad(terms, self.parameters, weights)
        torch._fused_adam_(
            self.values,
            [_laid_out_as(v, g) for v, g in zip(self.values, gradients, strict=True)],
            self.means,
            self.squares,
            [],
            [self.n_steps] * len(self.values),
            lr=self.learning_rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=0.0,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


def _laid_out_as(value: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """The gradient with the strides of its contiguous value.

    A CPU's kernel takes them as they lie in memory; CUDA's refuses other strides, even along an
    axis of length 1, where they mean nothing.
    """
    gradient = gradient.contiguous()
    if gradient.stride() == value.stride():
        return gradient
    return gradient.as_strided(value.size(), value.stride())


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


class _HeldOut:
    """The held-out rows of M models, and noise that stays the same from look to look."""

    def __init__(
        self,
        data: torch.Tensor,
        held_out: Sequence[torch.Tensor],
        objective: Objective,
        rngs: Sequence[torch.Generator],
    ) -> None:
        # Shorter sets are filled up with rows of weight 0, so that one call serves all models.
        self.data, self.objective = data, objective
        self.rows = nn.utils.rnn.pad_sequence(list(held_out), batch_first=True)
        lengths = torch.tensor([len(r) for r in held_out], device=data.device)[:, None]
        place = torch.arange(self.rows.shape[1], device=data.device)
        self.weights = (place < lengths).to(data.dtype) / lengths
        draws = [
            objective.noise([g], 1, len(r))[0, 0].T for g, r in zip(rngs, held_out, strict=True)
        ]
        self.noise = nn.utils.rnn.pad_sequence(draws, batch_first=True).transpose(1, 2)

    @torch.no_grad()
    def loss(self, net: nn.Module) -> torch.Tensor:
        """Mean held-out loss of each model, (M,)."""
        net.eval()
        total = self.data.new_zeros(len(self.rows))
        n_rows = min(_EVALUATION_BATCH, max(1, _EVALUATION_VALUES // widest(net)))
        for start in range(0, self.rows.shape[1], n_rows):
            part = slice(start, start + n_rows)
            x = self.data[self.rows[:, part]].transpose(1, 2)
            terms = self.objective(net, x, self.noise[:, :, part])
            for weight, term in zip(self.objective.weights, terms, strict=True):
                total += weight * (term * self.weights[:, part]).sum(dim=1)
        net.train()
        return total


class _Monitor:
    """Keeps each model's best weights in memory, and says which models still train."""

    def __init__(self, net: nn.Module, n_models: int, patience: int | None, tol: float) -> None:
        self.net, self.patience, self.tol = net, patience, tol
        self.best_state = {k: v.clone() for k, v in net.state_dict().items()}
        device = next(iter(self.best_state.values())).device
        self.active = torch.ones(n_models, dtype=torch.bool, device=device)
        self.best_loss = torch.full((n_models,), torch.inf, device=device, dtype=torch.float32)
        self.n_without_gain = torch.zeros(n_models, dtype=torch.long, device=device)
        self.last_check = 0
        self.n_iter = [0] * n_models
        self.diverged_at: list[int | None] = [None] * n_models

    def check(self, done: int, seen: torch.Tensor, held_out_loss: torch.Tensor | None) -> None:
        """Look at the stack after `done` steps; `seen` are the curves since the last look."""
        state = self.net.state_dict()
        finite = seen.isfinite().all(dim=1)
        sane = finite.all(dim=0)
        for value in state.values():
            sane &= value.view(len(sane), -1).isfinite().all(dim=1)
        better = sane
        if self.patience is not None and held_out_loss is not None:
            better = sane & (held_out_loss < self.best_loss - self.tol)
            self.n_without_gain = torch.where(better, 0, self.n_without_gain + 1)
            self.best_loss = torch.where(better, held_out_loss, self.best_loss)
        better = better & self.active
        for name, value in state.items():
            best = self.best_state[name].view(len(sane), -1)
            best[better] = value.view(len(sane), -1)[better]
        for m in self.active.nonzero().flatten().tolist():
            self.n_iter[m] = done
            if not sane[m]:
                lost = (~finite[:, m]).nonzero().flatten()
                self.n_iter[m] = self.last_check + (int(lost[0]) if len(lost) else len(seen))
                self.diverged_at[m] = self.n_iter[m]
        self.active = self.active & sane
        if self.patience is not None:
            self.active = self.active & (self.n_without_gain < self.patience)
        self.last_check = done

    def restore_best(self) -> None:
        """Put every model back to its best weights."""
        self.net.load_state_dict(self.best_state)
