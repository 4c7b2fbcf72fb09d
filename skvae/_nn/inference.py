"""Inference: a function of a network, over rows, batch by batch."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .devices import own_torch_modes
from .threads import multiply_adds, threads_for, widest

# Values that a layer may give for the rows of a batch: they then stay in the cache.
_BATCH_VALUES = 1 << 22


def in_batches(
    net: nn.Module,
    function: Callable[[Any, torch.Tensor], torch.Tensor],
    rows: NDArray[np.floating],
    batch_size: int,
    *,
    n_models: int = 1,
) -> NDArray[np.floating]:
    """Apply ``function(net, columns)`` to rows, a batch at a time, in their dtype.

    Parameters
    ----------
    net : Module
        A stack of M models on the CPU, in float32.
    function : callable
        Takes the network and columns (1, k, batch); gives (M, ..., batch).
    rows : ndarray of shape (n, k)
        The rows; those of float64 go through a network of float64.
    batch_size : int
        Rows that go through the network at once, at most.
    n_models : int, default=1
        M.

    Returns
    -------
    result : ndarray of shape (M, ..., n)
    """
    if rows.dtype == np.float64:
        net = copy.deepcopy(net).double()
    n_rows = min(batch_size, max(1, _BATCH_VALUES * n_models // widest(net)))
    parts = []
    with own_torch_modes(), torch.no_grad(), threads_for(n_rows * multiply_adds(net), n_models):
        for start in range(0, len(rows), n_rows):
            batch = np.ascontiguousarray(rows[start : start + n_rows])
            columns = torch.tensor(batch, device="cpu").T[None]
            parts.append(function(net, columns).numpy())
    return np.concatenate(parts, axis=-1)
