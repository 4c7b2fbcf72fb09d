"""Base of the latent rules: a class in latent space in, new latent vectors out."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from .._seeding import CheckedParameters


@dataclass(frozen=True)
class ClassLatents:
    """A class as a latent rule sees it.

    Rows are numbered as those of the training table, and after them those of `unlabelled`.

    Attributes
    ----------
    label : label
        The class, for messages.
    n_components : int
        Dimensions d of the latent space.
    rows : ndarray of shape (n,)
        The class's rows, ascending.
    means : ndarray of shape (n, d)
        Their latent means; (0, d) for a rule that does not use them (`uses_rows`).
    pool_rows : ndarray of shape (m,)
        Rows that may be partners of the class's rows, ascending. These are among them.
    pool_means : ndarray of shape (m, d)
        Their latent means.
    n_unlabelled : int or None
        A number: partners are any rows of the pool, and so many of them, its last ones, have no
        label. None: partners are near ones.
    deviations : ndarray of shape (n, d) or None
        The standard deviations of the rows' posteriors, for a rule with `uses_posterior`.
    """

    label: Any
    n_components: int
    rows: NDArray[np.intp]
    means: NDArray[np.floating]
    pool_rows: NDArray[np.intp]
    pool_means: NDArray[np.floating]
    n_unlabelled: int | None = None
    deviations: NDArray[np.floating] | None = None

    def posterior_deviations(self) -> NDArray[np.floating]:
        """Return `deviations`, which a rule with `uses_posterior` gets.

        Raises
        ------
        ValueError
            If there are none.
        """
        if self.deviations is None:
            raise ValueError(
                "latents must have deviations, those of the rows' posteriors, got None"
            )
        return self.deviations


class LatentDraw(NamedTuple):
    """New latent vectors, and the rows that they come from.

    Attributes
    ----------
    Z : ndarray of shape (n, n_components)
        The latent vectors.
    parents : ndarray of shape (n, 2)
        The row that each starts from, and its partner; -1 for none.
    nearer : ndarray of shape (n,) or None
        The parent that each is nearer to, whose residual its row may keep; None without parents.
    nearer_means : ndarray of shape (n, n_components) or None
        The latent means of those.
    """

    Z: NDArray[np.floating]
    parents: NDArray[np.intp]
    nearer: NDArray[np.intp] | None = None
    nearer_means: NDArray[np.floating] | None = None


class LatentSampler(CheckedParameters, BaseEstimator, metaclass=ABCMeta):
    """Base of the latent rules.

    A rule is an estimator: its parameters are those of `__init__`, so that it can be cloned and
    searched over. A sampler clones it for each class of at least two rows, calls `fit` once and
    `draw` as often as rows are wanted. With a parameter `neighbor_pool`, whose value is "all", it
    gets the rows of all classes as `pool_rows`.

    Attributes
    ----------
    uses_rows : bool
        Whether the rule needs the latent means of the class's rows, and so a model with an encoder.
        A rule without that need leaves the class to the model.
    uses_posterior : bool
        Whether the rule also needs the posteriors' standard deviations, and so a model that has
        posterior distributions.
    has_parents : bool
        Whether each new latent vector starts from a row.
    """

    uses_rows: ClassVar[bool] = True
    uses_posterior: ClassVar[bool] = False
    has_parents: ClassVar[bool] = True
    _parameter_constraints: ClassVar[dict] = {}

    @abstractmethod
    def fit(self, latents: ClassLatents) -> LatentSampler:
        """Learn from a class in latent space, of the parameters as they are now.

        Parameters
        ----------
        latents : ClassLatents
            The class, of at least two rows.

        Returns
        -------
        self
        """

    @abstractmethod
    def draw(self, n: int, rng: np.random.RandomState) -> LatentDraw:
        """Draw new latent vectors of the class.

        Parameters
        ----------
        n : int
            Vectors to draw.
        rng : RandomState
            The only source of randomness.

        Returns
        -------
        draw : LatentDraw
            Of exactly `n` vectors.
        """

    def checked_draw(self, n: int, latents: ClassLatents, rng: np.random.RandomState) -> LatentDraw:
        """Draw, and refuse a result that is not as `draw` promises.

        Raises
        ------
        TypeError, ValueError
            If it is not; the message names the rule.
        """
        draw, name = self.draw(n, rng), type(self).__name__
        if not isinstance(draw, LatentDraw):
            raise TypeError(f"{name}.draw must return a LatentDraw, got {type(draw).__name__}")
        shape, kind = (n, latents.n_components), np.asarray(draw.Z).dtype.kind
        if np.shape(draw.Z) != shape or kind != "f":
            raise ValueError(
                f"{name}.draw must return floats Z of shape {shape}, got "
                f"{np.asarray(draw.Z).dtype} of shape {np.shape(draw.Z)}"
            )
        if np.shape(draw.parents) != (n, 2) or np.asarray(draw.parents).dtype.kind not in "iu":
            raise ValueError(
                f"{name}.draw must return integer parents of shape {(n, 2)}, got "
                f"{np.asarray(draw.parents).dtype} of shape {np.shape(draw.parents)}"
            )
        if (draw.nearer is None) != (draw.nearer_means is None):
            raise ValueError(f"{name}.draw must return nearer and nearer_means together, or none")
        return draw
