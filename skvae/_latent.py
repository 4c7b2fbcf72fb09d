"""The latent rules: where new latent vectors come from. Pure functions of latent means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

# Rows whose neighbours are asked for at once.
_QUERY = 65_536

PRIOR = "prior"
RULES = (
    "noise",
    "interpolation",
    "extrapolation",
    "interpolation+noise",
    "extrapolation+noise",
)


def needs_partner(rule: str) -> bool:
    """Whether a rule goes from one original row towards or away from another."""
    return "polation" in rule


def draw_latent(
    rule: str,
    means: NDArray[np.floating],
    partners: NDArray[np.floating] | None,
    *,
    alpha: float,
    noise_scale: float,
    rng: np.random.RandomState,
) -> NDArray[np.floating]:
    """New latent vectors, one for each original's latent mean (sections 5.1 to 5.3).

    Parameters
    ----------
    rule : str
        One of `RULES`.
    means, partners : ndarray of shape (n, n_components)
        Latent means of the originals and of the neighbours they are paired with; `partners` is
        None for the rule "noise".
    alpha : float
        Step towards (interpolation) or away from (extrapolation) the partner, as a share of
        the way to it.
    noise_scale : float
        Standard deviation of the noise in each latent dimension.
    """
    Z = means
    if partners is not None:
        step = -alpha if rule.startswith("extrapolation") else alpha
        Z = Z + step * (partners - means)
    if rule.endswith("noise"):
        Z = Z + noise_scale * rng.standard_normal(Z.shape)
    return Z.astype(means.dtype, copy=False)


def choose_partners(
    pool: NDArray[np.floating],
    chosen: NDArray[np.integer],
    k_neighbors: int,
    rng: np.random.RandomState,
) -> NDArray[np.intp]:
    """For each chosen row of `pool` one of its `k_neighbors` nearest others, at random.

    Parameters
    ----------
    pool : ndarray of shape (n, n_components)
        Latent means among which the neighbours are searched, n > k_neighbors.
    chosen : integer ndarray of shape (m,)
        Rows of `pool`; may repeat.

    Returns
    -------
    partners : ndarray of shape (m,)
        Rows of `pool`, never the chosen row itself.
    """
    search = NearestNeighbors(n_neighbors=k_neighbors + 1).fit(pool)
    asked, place = np.unique(chosen, return_inverse=True)
    others = np.empty((len(asked), k_neighbors), np.intp)
    for start in range(0, len(asked), _QUERY):
        rows = asked[start : start + _QUERY]
        near = search.kneighbors(pool[rows], return_distance=False)
        itself = near == rows[:, None]
        # Among more than k twins a row may miss itself: then its last neighbour goes.
        itself[~itself.any(axis=1), -1] = True
        others[start : start + _QUERY] = near[~itself].reshape(-1, k_neighbors)
    return others[place, rng.randint(k_neighbors, size=len(chosen))]
