"""The latent rules: where new latent vectors come from. Pure functions of latent means."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import NearestNeighbors
from sklearn.semi_supervised import LabelSpreading

# Share of a class in what reaches a row from which the row counts as one of it.
PURE = 0.9
# Chosen on the training images of MNIST, of 30, 100, 200 and all: it was as good with 10 labels a
# class, and best with 100 and 500.
UNLABELLED_WEIGHT = 30
_SPREADING_STEPS = 100
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


def ends_at_partner(rule: str, alpha: float) -> bool:
    """Whether a rule ends nearer to the partner than to the original that it starts from."""
    return rule.startswith("interpolation") and alpha > 0.5


def spread_labels(
    labelled: NDArray[np.floating],
    labels: NDArray[np.integer],
    unlabelled: NDArray[np.floating],
    n_neighbors: int,
) -> NDArray[np.intp]:
    """The class of each unlabelled latent mean, -1 where its neighbourhood is not pure.

    Labels spread over the graph of nearest neighbours (Zhou et al. 2004, by scikit-learn's
    `LabelSpreading`); a row counts as one of a class that has at least `PURE` of what reaches it.

    Parameters
    ----------
    labelled, unlabelled : ndarray of shape (n, n_components) and (m, n_components)
        Latent means.
    labels : integer ndarray of shape (n,)
        Classes 0, 1, ... of the first.
    n_neighbors : int
        Neighbours of a row in the graph.

    Returns
    -------
    classes : ndarray of shape (m,)
    """
    means = np.concatenate([labelled, unlabelled])
    given = np.concatenate([labels, np.full(len(unlabelled), -1)])
    spreading = LabelSpreading(
        kernel="knn", n_neighbors=min(n_neighbors, len(means) - 1), max_iter=_SPREADING_STEPS
    )
    with warnings.catch_warnings():
        # Where it has not settled after so many steps, nothing pure has reached.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Rows that no label reaches divide 0 by 0.
        warnings.simplefilter("ignore", RuntimeWarning)
        shares = spreading.fit(means, given).label_distributions_[len(labels) :]
    pure = shares.max(axis=1) >= PURE  # False for NaN
    return np.where(pure, spreading.classes_[shares.argmax(axis=1)], -1)


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


def any_partners(
    n_labelled: int, n_unlabelled: int, chosen: NDArray[np.integer], rng: np.random.RandomState
) -> NDArray[np.intp]:
    """For each chosen row any other of its class, or any unlabelled one that follows after those.

    All unlabelled rows together come up as often as `UNLABELLED_WEIGHT` labelled ones at most:
    they are of the class's pure core, and where labels are many, these know better where else it
    lies.

    Parameters
    ----------
    n_labelled, n_unlabelled : int
        Rows of either kind, at least one beside a chosen one.
    chosen : integer ndarray of shape (m,)
        Labelled rows; may repeat.

    Returns
    -------
    partners : ndarray of shape (m,)
        Labelled rows count from 0, unlabelled ones from `n_labelled`; never the chosen row itself.
    """
    weight = min(n_unlabelled, UNLABELLED_WEIGHT)
    share = weight / (weight + n_labelled - 1)
    labelled = rng.randint(max(1, n_labelled - 1), size=len(chosen))
    labelled += labelled >= chosen
    unlabelled = n_labelled + rng.randint(max(1, n_unlabelled), size=len(chosen))
    return np.where(rng.random_sample(len(chosen)) < share, unlabelled, labelled)
