"""Networks that tell real rows from noise, with a threshold calibrated on held-out rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn

from .._nn.devices import own_torch_modes
from .._nn.inference import in_batches
from .._nn.networks import StackedBinClassifier
from .._nn.objectives import RealAgainstNoise
from .._nn.storage import HoldsNetwork
from .._nn.training import Budget, StackRows, train
from .._progress import training_progress
from .._tables.plain import PlainState
from ._base import assign_folds
from ._noise import ABSENT, Noise

# Rows that go through the networks at once.
_BATCH = 8192
# Networks that leave a row out: their mean compares with the mean that judges a new row.
_N_REPEATS = 2
# Bins of a column for the networks, and rows that their edges are read off.
_N_BINS = 8
_BINNED_ROWS = 10_000


@dataclass(frozen=True)
class RealRows:
    """Real rows, in groups with networks of their own, and the noise beside them.

    Attributes
    ----------
    coded : ndarray of shape (n_samples, n_features)
        The rows, every column in [0, 1], `ABSENT` where missing.
    groups : list of integer ndarray
        The rows of each group.
    sources : tuple of str
        The sources of noise.
    banks : list of (ndarray of shape (n_noise, n_features) or None)
        Each group's rows for the source "early".
    sigma, varying, levels
        As in `Noise`.
    """

    coded: NDArray[np.float32]
    groups: list[NDArray[np.intp]]
    sources: tuple[str, ...]
    banks: list[NDArray[np.float32] | None]
    sigma: float
    varying: NDArray[np.bool_]
    levels: NDArray[np.float32]

    def noises(self, data: torch.Tensor) -> list[Noise]:
        """Make the noise of each group beside its rows of `data`, the rows on a device."""

        def moved(array: NDArray) -> torch.Tensor:
            return torch.from_numpy(array).to(data.device)

        return [
            Noise(
                self.sources,
                data if len(rows) == len(data) else data[moved(rows)],
                self.sigma,
                None if bank is None else moved(bank),
                moved(self.varying),
                moved(self.levels),
            )
            for rows, bank in zip(self.groups, self.banks, strict=True)
        ]


@dataclass(frozen=True)
class Judges(PlainState, HoldsNetwork):
    """Trained networks that tell real rows from noise.

    Attributes
    ----------
    net : Module
        A stack of M networks on the CPU.
    group_of : ndarray of shape (M,)
        The group of each.
    thresholds : ndarray of shape (n_groups,)
        Mean log-odds from which a row passes.
    held_out_scores : ndarray of shape (n_samples,)
        Scores of the real rows by the networks that have left them out.
    known : Series
        The same by the rows' hashes, of rows without equals, where there is but one group.
    n_iter : int
        Steps taken.
    diverged : bool
        Whether a loss stopped being finite.
    """

    net: nn.Module
    group_of: NDArray[np.intp]
    thresholds: NDArray[np.float64]
    held_out_scores: NDArray[np.float64]
    known: pd.Series
    n_iter: int
    diverged: bool

    def scores(self, coded: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the scores of rows by each group's networks, (n_groups, n).

        A real row of a single group is scored by the networks that have left it out: to those
        that have learnt it, it looks more real than any other.
        """
        odds = _log_odds(self.net, coded, len(self.group_of))
        groups = range(len(self.thresholds))
        scores = np.array([odds[self.group_of == g].mean(axis=0) for g in groups])
        scores -= self.thresholds[:, None]
        held_out = self.known.reindex(_hashes(coded)).to_numpy()
        return np.where(np.isnan(held_out), scores, held_out)


@dataclass(frozen=True)
class _Member:
    """A network of the stack: its group, rows to learn, and rows whose threshold it helps set."""

    group: int
    learnt: NDArray[np.intp]
    judged: NDArray[np.intp]


@own_torch_modes()
def train_judges(
    real: RealRows,
    budget: Budget,
    *,
    hidden_layer_sizes: Sequence[int],
    cv: int,
    rejection_rate: float | None,
    device: torch.device,
    rng: np.random.RandomState,
    verbose: int,
) -> Judges:
    """Train a network for each fold of each group, all as one stack, and set the thresholds.

    Parameters
    ----------
    real : RealRows
        The real rows, and the noise.
    budget : Budget
        How long to train.
    hidden_layer_sizes : sequence of int
        The networks' hidden layers.
    cv : int
        Folds of each group.
    rejection_rate : float or None
        Share of held-out real rows that may be called noise. None trains one network a group on
        all of its rows, and puts the threshold at even odds.
    device : torch.device
        Where to train.
    rng : RandomState
        Source of folds and seeds.
    verbose : int
        Whether to show how training goes on.
    """
    members = _members(real.groups, None if rejection_rate is None else cv, rng)
    seeds = [rng.randint(2**31 - 1) for _ in members]
    rows = StackRows.on(device, real.coded, [member.learnt for member in members], seeds)
    binned = real.coded[rng.permutation(len(real.coded))[:_BINNED_ROWS]]
    net = StackedBinClassifier(rows.rngs, quantile_bins(binned, _N_BINS), hidden_layer_sizes)
    noises = real.noises(rows.data)
    draws = [noises[member.group] for member in members]
    objective = RealAgainstNoise(real.coded.shape[1], draws)
    with training_progress(verbose, "GenerativeClassifierFilter", budget.max_iter) as [report]:
        history = train(net, objective, rows, report, budget=budget)
    net = net.cpu().eval().requires_grad_(False)

    held_out = _held_out_odds(net, real.coded, members)
    thresholds = np.zeros(len(real.groups))
    for g, group_rows in enumerate(real.groups):
        if rejection_rate is not None:
            thresholds[g] = np.quantile(held_out[group_rows], rejection_rate, method="lower")
        held_out[group_rows] -= thresholds[g]
    known = _by_hash(real.coded, held_out)
    return Judges(
        net,
        np.array([member.group for member in members]),
        thresholds,
        held_out,
        known if len(real.groups) == 1 else known[:0],
        max(history.n_iter),
        any(step is not None for step in history.diverged_at),
    )


def _members(
    groups: list[NDArray[np.intp]], cv: int | None, rng: np.random.RandomState
) -> list[_Member]:
    """Plan the networks: one for each fold of each group, or one a group without `cv`."""
    if cv is None:
        return [_Member(g, rows, rows) for g, rows in enumerate(groups)]
    members = []
    for _ in range(_N_REPEATS):
        folds = assign_folds(groups, cv, rng)
        for g, rows in enumerate(groups):
            fold = folds[rows]
            for k in range(fold.max() + 1):
                left_out = rows[fold == k]
                members.append(
                    _Member(g, np.setdiff1d(rows, left_out, assume_unique=True), left_out)
                )
    return members


def _held_out_odds(
    net: nn.Module, coded: NDArray[np.float32], members: list[_Member]
) -> NDArray[np.float64]:
    """Return the mean log-odds of each real row by the networks that judge it."""
    judges = np.zeros((len(members), len(coded)), bool)
    for m, member in enumerate(members):
        judges[m, member.judged] = True
    return np.mean(_log_odds(net, coded, len(members)), axis=0, where=judges)


def _log_odds(net: nn.Module, coded: NDArray[np.float32], n_models: int) -> NDArray[np.float64]:
    """Return every network's log-odds of rows, (M, n)."""
    odds = in_batches(net, lambda net, x: net(x)[:, 0], coded, _BATCH, n_models=n_models)
    return odds.astype(np.float64)


def _by_hash(coded: NDArray[np.float32], scores: NDArray[np.float64]) -> pd.Series:
    """Return the scores of rows by their hashes, without rows that equal another."""
    series = pd.Series(scores, _hashes(coded))
    return series[~series.index.duplicated(keep=False)]


def _hashes(coded: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return a number of 64 bits for each row, equal for equal rows only."""
    # Adding 0 makes -0 the same as 0.
    return pd.util.hash_pandas_object(pd.DataFrame(coded + 0), index=False).to_numpy()


def quantile_bins(coded: NDArray[np.float32], n_bins: int) -> NDArray[np.float32]:
    """Return the edges of up to `n_bins` bins of each column, (n_features, n_bins + 1).

    They lie between all values of a column that has few, else between its quantiles. A column that
    needs fewer edges repeats its last one. Where a value is missing, all columns have one more bin
    in front, for missing values.
    """
    absent = coded == ABSENT
    first = int(absent.any())
    edges = np.empty((coded.shape[1], first + n_bins + 1), np.float32)
    for column, missing, column_edges in zip(coded.T, absent.T, edges, strict=True):
        found = np.unique(column[~missing])
        if len(found) > n_bins + 1:
            found = np.unique(np.quantile(column[~missing], np.linspace(0, 1, n_bins + 1)))
        if missing.any():
            found = np.append(ABSENT, found)
        column_edges[:] = found[-1]
        column_edges[: len(found)] = found
    return edges
