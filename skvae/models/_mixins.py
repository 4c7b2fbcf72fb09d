"""Mixins of what fitted models can do: encode and decode, draw from a prior, score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._tables.polars import gives_polars, takes_polars
from .._tables.reading import finite_array, read_table
from .._tables.target import labels_of_rows
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
    """Mixin of models whose latent vectors follow a prior: `sample` and `iter_sample`."""

    _fitted: FittedNet
    random_state: int | np.random.RandomState | None

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
        return self._draw(n_samples, check_random_state(self.random_state))

    def iter_sample(self, n_samples: int, chunk_size: int = 100_000) -> Iterator[Any]:
        """Draw new rows in chunks, so that a table may be larger than memory.

        Parameters
        ----------
        n_samples : int
            Rows to draw, >= 1.
        chunk_size : int, default=100_000
            Rows of each chunk, >= 1; the last one may have fewer.

        Returns
        -------
        chunks : iterator of {ndarray, dataframe}
            The rows that `sample` draws, called for one chunk after the other with a RandomState
            of this `random_state`: the first chunk is ``sample(chunk_size)``, and another
            `chunk_size` gives other rows.
        """
        check_is_fitted(self)
        rng = check_random_state(self.random_state)
        return in_chunks(lambda n, _: self._draw(n, rng), n_samples, chunk_size)

    @gives_polars
    def _draw(self, n_samples: int, rng: np.random.RandomState) -> Any:
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


def check_n_samples(n_samples: int, name: str = "n_samples") -> None:
    """Refuse anything but an integer >= 1."""
    if not isinstance(n_samples, Integral) or isinstance(n_samples, bool) or n_samples < 1:
        raise ValueError(f"{name} must be an integer >= 1, got {n_samples!r}")


def in_chunks(
    draw: Callable[[int, Any], Any],
    n_samples: int,
    chunk_size: int,
    y: Any = None,
    classes: NDArray[Any] | None = None,
) -> Iterator[Any]:
    """Return an iterator over chunks of new rows; all arguments are checked before.

    Parameters
    ----------
    draw : callable
        ``draw(n, y)`` draws n rows of a class, or of one each.
    n_samples, chunk_size : int
        All rows, and those of a chunk.
    y : label, array-like of shape (n_samples,) or None
        Their classes.
    classes : ndarray of shape (n_classes,), default=None
        Known classes, where there are any.
    """
    check_n_samples(n_samples)
    check_n_samples(chunk_size, "chunk_size")
    is_one = y is None or np.ndim(y) == 0
    if y is not None and classes is not None:
        labels = labels_of_rows(y, 1 if is_one else n_samples, classes)
        y = labels[0] if is_one else labels
    starts = range(0, n_samples, chunk_size)
    parts = (slice(start, min(start + chunk_size, n_samples)) for start in starts)
    return (draw(part.stop - part.start, y if is_one else y[part]) for part in parts)
