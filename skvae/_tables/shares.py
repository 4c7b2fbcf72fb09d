"""Shares of categories among drawn rows, moved to the shares wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layout import Layout

# Floor of probabilities, so that logarithms stay finite.
_MIN_SHARE = 1e-7
_MAX_STEPS = 20
_TOL = 1e-3


def find_shifts(
    shares: NDArray[np.floating],
    means: NDArray[np.floating],
    layout: Layout,
    binary: slice,
) -> NDArray[np.float64]:
    """Return shifts of log-probabilities that bring the mean probabilities to `shares`.

    Rows drawn from a prior or by a latent rule meet the shares of the training rows only roughly,
    and in small classes less so. The shifts are found by iterative proportional fitting (Deming
    and Stephan 1940), of one margin each.

    Parameters
    ----------
    shares : ndarray of shape (layout.n_columns,)
        Mean of coded rows.
    means : ndarray of shape (n, layout.n_columns)
        Decoded means of rows, drawn in the same way as the rows that the shifts are meant for.
    layout : Layout
        The coded columns.
    binary : slice
        The binary columns; all other columns before the one-hot groups hold numbers.

    Returns
    -------
    shifts : ndarray of shape (layout.n_columns,)
        0 for numbers.
    """
    is_probability = np.zeros(layout.n_columns, bool)
    is_probability[binary] = is_probability[layout.gaussian.stop :] = True
    shifts = np.zeros(layout.n_columns)
    # Probabilities of exactly 0 and 1 cannot be moved.
    means = np.clip(means, _MIN_SHARE, 1 - _MIN_SHARE)
    wanted, wanted_zeros = _log(shares), _log(1 - shares)
    for _ in range(_MAX_STEPS):
        reached = shift(means, shifts, layout, binary).mean(axis=0, dtype=np.float64)
        step = wanted - _log(reached)
        step[binary] -= (wanted_zeros - _log(1 - reached))[binary]
        step[~is_probability] = 0
        shifts += step
        if np.abs(step).max() < _TOL:
            break
    return shifts


def shift(
    means: NDArray[np.floating],
    shifts: NDArray[np.float64],
    layout: Layout,
    binary: slice,
) -> NDArray[np.floating]:
    """Return means whose log-probabilities are shifted and normalised again."""
    means = means.copy()
    weights = np.exp(shifts)
    ones = means[:, binary] * weights[binary]
    means[:, binary] = ones / (ones + (1 - means[:, binary]))
    for run, size in layout.runs():
        groups = (means[:, run] * weights[run]).reshape(len(means), -1, size)
        groups /= groups.sum(axis=2, keepdims=True)
        means[:, run] = groups.reshape(len(means), -1)
    return means


def _log(shares: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.log(np.maximum(shares, _MIN_SHARE))
