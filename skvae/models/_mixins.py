"""Mixins of what fitted models can do: encode and decode, draw from a prior, score."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._tables.polars import gives_polars, takes_polars
from .._tables.reading import finite_array, read_table
from ._fitted import FittedNet


class EncoderMixin(ClassNamePrefixFeaturesOutMixin, TransformerMixin):
    """Mixin of models with an encoder and a decoder: `transform` and `inverse_transform`."""

    _fitted: FittedNet

    @takes_polars
    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        r"""Return latent means :math:`\mu(x)`.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to encode.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_components)
            float32 for float32 and integers of up to 16 bits, else float64.
        """
        check_is_fitted(self)
        return self._fitted.latent_means(read_fitted(self, X))

    @gives_polars
    def inverse_transform(self, Z: ArrayLike) -> Any:
        """Decode latent vectors to rows.

        Parameters
        ----------
        Z : array-like of shape (n_samples, n_components)
            Latent vectors.

        Returns
        -------
        X : {ndarray, dataframe} of shape (n_samples, n_features)
            Means of p(x given z) and most likely categories, in the container, units and dtypes of
            the training table.
        """
        check_is_fitted(self)
        return self._fitted.format.restore(self._fitted.decode(check_latents(self, Z)))

    @property
    def _n_features_out(self) -> int:
        return self._fitted.n_components


class PriorMixin:
    """Mixin of models whose latent vectors follow a prior: `sample`."""

    _fitted: FittedNet
    random_state: int | np.random.RandomState | None

    @gives_polars
    def sample(self, n_samples: int = 1) -> Any:
        """Draw new rows: z from the prior N(0, I), decoded.

        Parameters
        ----------
        n_samples : int, default=1
            Rows to draw, >= 1.

        Returns
        -------
        X : {ndarray, dataframe} of shape (n_samples, n_features)
            New rows in the container, units and dtypes of the training table. With an integer
            `random_state` every call returns the same rows.
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        rng = check_random_state(self.random_state)
        Z = self._fitted.draw_prior(n_samples, rng)
        values = self._fitted.draw(Z, rng, self._fitted.prior_shifts())
        return self._fitted.format.restore(values)


class ScoreMixin:
    """Mixin of models that score rows by a method `score_samples`: `score`."""

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Return the mean of `score_samples` over the rows of `X`, in nats.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to score.
        y : ignored
            Present for scikit-learn's API.

        Returns
        -------
        score : float
        """
        return float(np.mean(self.score_samples(X)))  # type: ignore[attr-defined]


def read_fitted(model: Any, X: ArrayLike) -> NDArray[np.floating]:
    """Return the values of a table like the one that a model was fitted on."""
    return read_table(model, X, model._fitted.format, missing=model._fitted.missing)


def check_latents(model: Any, Z: ArrayLike) -> NDArray[np.floating]:
    """Return latent vectors as an array, or refuse those of another number of dimensions."""
    latents = finite_array(Z, dtype=[np.float64, np.float32], input_name="Z")
    n_components = model._fitted.n_components
    if latents.shape[1] != n_components:
        raise ValueError(f"Z must have n_components={n_components} columns, got {latents.shape[1]}")
    return latents


def check_n_samples(n_samples: int) -> None:
    """Refuse anything but an integer >= 1."""
    if not isinstance(n_samples, Integral) or isinstance(n_samples, bool) or n_samples < 1:
        raise ValueError(f"n_samples must be an integer >= 1, got {n_samples!r}")
