"""The held-out loss, and each model's best weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .objectives import Objective
from .threads import widest

# Held-out rows that go through the networks at once, and values that a layer may give for them.
_EVALUATION_BATCH = 8192
_EVALUATION_VALUES = 1 << 26


class HeldOut:
    """The held-out rows of M models, and noise that stays the same from check to check.

    Parameters
    ----------
    objective : Objective
        Its terms are weighed as the first player weighs them.
    weights : tuple of float
        The weight of each term.
    data : tensor of shape (n_samples, n_columns)
        All models' coded rows.
    held_out : sequence of M index tensors
        The rows of `data` that each model does not train on.
    rngs : sequence of M generators
        Where the models' noise is drawn from.
    """

    def __init__(
        self,
        objective: Objective,
        weights: tuple[float, ...],
        data: torch.Tensor,
        held_out: Sequence[torch.Tensor],
        rngs: Sequence[torch.Generator],
    ) -> None:
        # Shorter sets are filled up with rows of weight 0, so that one call serves all models.
        self.data, self.objective, self.term_weights = data, objective, weights
        self.rows = nn.utils.rnn.pad_sequence(list(held_out), batch_first=True)
        lengths = torch.tensor([len(r) for r in held_out], device=data.device)[:, None]
        place = torch.arange(self.rows.shape[1], device=data.device)
        self.row_weights = (place < lengths).to(data.dtype) / lengths
        draws = [
            objective.noise([g], 1, len(r))[0, 0].T for g, r in zip(rngs, held_out, strict=True)
        ]
        self.noise = nn.utils.rnn.pad_sequence(draws, batch_first=True).transpose(1, 2)

    @torch.no_grad()
    def loss(self, net: nn.Module) -> torch.Tensor:
        """Return the mean held-out loss of each model, (M,)."""
        net.eval()
        total = self.data.new_zeros(len(self.rows))
        n_rows = min(_EVALUATION_BATCH, max(1, _EVALUATION_VALUES // widest(net)))
        for start in range(0, self.rows.shape[1], n_rows):
            part = slice(start, start + n_rows)
            x = self.data[self.rows[:, part]].transpose(1, 2)
            terms = self.objective(net, x, self.noise[:, :, part])
            for weight, term in zip(self.term_weights, terms, strict=True):
                total += weight * (term * self.row_weights[:, part]).sum(dim=1)
        net.train()
        return total


class Monitor:
    """Keeps each model's best weights in memory, and knows which models still train.

    Parameters
    ----------
    net : Module
        A stack of M models.
    n_models : int
        M.
    patience : int or None
        Checks without a gain before a model stops; None where no rows are held out.
    tol : float
        Gain below which a check counts as one without.

    Attributes
    ----------
    active : tensor of shape (M,), bool
        The models that still train.
    n_iter : list of M int
        The steps each model took before it stopped.
    diverged_at : list of M (int or None)
        The step at which a model's loss stopped being finite.
    held_out : list of (int, tensor of shape (M,))
        The steps done and the held-out loss at each check, where rows are held out.
    """

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
        self.held_out: list[tuple[int, torch.Tensor]] = []

    def check(self, done: int, seen: torch.Tensor, held_out_loss: torch.Tensor | None) -> None:
        """Check the stack after `done` steps; `seen` are the curves since the last check."""
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
            self.held_out.append((done, held_out_loss))
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
