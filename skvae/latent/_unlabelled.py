"""Rows without labels: the classes that they surely belong to, and partners among them."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.semi_supervised import LabelSpreading

# Share of a class among the labels that reach a row from which the row counts as one of it.
PURE = 0.9
# Chosen on the training images of MNIST among 30, 100, 200 and all: it was as good with 10 labels
# a class, and best with 100 and 500.
UNLABELLED_WEIGHT = 30
_SPREADING_STEPS = 100


def spread_labels(
    labelled: NDArray[np.floating],
    labels: NDArray[np.integer],
    unlabelled: NDArray[np.floating],
    n_neighbors: int,
) -> NDArray[np.intp]:
    """Return the class of each unlabelled latent mean, -1 where its neighbourhood is not pure.

    Labels spread over the graph of nearest neighbours (Zhou et al. 2004, by scikit-learn's
    `LabelSpreading`); a row counts as one of a class whose label has at least the share `PURE` of
    all that reach it.

    Parameters
    ----------
    labelled, unlabelled : ndarray of shape (n, n_components) and (m, n_components)
        Latent means.
    labels : integer ndarray of shape (n,)
        Classes 0, 1, ... of the labelled rows.
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
        # A row that has not settled after so many steps is reached by no pure label.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Rows that no label reaches divide 0 by 0.
        warnings.simplefilter("ignore", RuntimeWarning)
        shares = spreading.fit(means, given).label_distributions_[len(labels) :]
    pure = shares.max(axis=1) >= PURE  # False for NaN
    return np.where(pure, spreading.classes_[shares.argmax(axis=1)], -1)


def any_partners(
    n_labelled: int, n_unlabelled: int, chosen: NDArray[np.integer], rng: np.random.RandomState
) -> NDArray[np.intp]:
    """Choose for each row any other of its class, labelled or not.

    All unlabelled rows together come up as often as `UNLABELLED_WEIGHT` labelled ones at most:
    they lie in the class's pure core, and many labelled rows show better where else it lies.

    Parameters
    ----------
    n_labelled, n_unlabelled : int
        Rows of either kind, at least one beside each chosen one.
    chosen : integer ndarray of shape (m,)
        Labelled rows; may repeat.
    rng : RandomState
        Chooses.

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
