"""A trained network with its codec: numpy in, numpy out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from .._nn.inference import in_batches
from .._nn.likelihoods import reconstruction_means
from .._nn.storage import HoldsNetwork
from .._tables.codec import TableCodec
from .._tables.format import TableFormat
from .._tables.layout import Layout
from ._conditions import Conditions

# Rows that go through the network at once.
_BATCH = 2048
# Latent draws by which categories get the shares that they have in the training rows.
N_SHIFTED = 2048
# Training rows whose shares those are, at most.
SHARE_ROWS = 100_000


@dataclass(frozen=True)
class FittedNet(HoldsNetwork):
    """A trained network with its codec, whatever the model's parameters are set to since.

    Attributes
    ----------
    net : Module
        A stack of one on the CPU.
    codec : TableCodec
        Codes rows for the network.
    format : TableFormat
        Container, columns and dtypes of the training table.
    n_components : int
        Latent dimensions.
    shares : ndarray of shape (n_classes, n_columns) or None
        Mean of the coded training rows, where there are categories: of each class of `given`, or
        of all rows.
    discrete, missing : str
        As in the model's parameters.
    given : Conditions or None
        Classes and conditions of rows, where the network learns them: those of the training rows,
        or of one class. Arguments `codes` are codes of them; without any, encoded rows have those
        of their columns, and decoded ones are drawn.
    """

    net: Any
    codec: TableCodec
    format: TableFormat
    n_components: int
    shares: NDArray[np.float64] | None
    discrete: str
    missing: str
    given: Conditions | None = None

    @property
    def layout(self) -> Layout:
        """Columns of the network."""
        n_conditions = 0 if self.given is None else sum(self.given.sizes)
        return replace(self.codec.layout, n_conditions=n_conditions)

    def on(self, given: Conditions) -> FittedNet:
        """Return the same network under other conditions."""
        return replace(self, given=given).sharing(self)

    def codes_of(self, values: NDArray[np.floating]) -> NDArray[np.intp] | None:
        """Return the codes of rows of the one class, where the network learns conditions."""
        return None if self.given is None else self.given.codes_of(values)

    def coded(
        self, values: NDArray[np.floating], codes: NDArray[np.intp] | None = None
    ) -> NDArray[np.floating]:
        """Code rows for the encoder, (n, n_features) -> (n, n_inputs)."""
        coded = self.codec.encode(values, values.dtype.type)
        return self._beside(coded, self.codes_of(values) if codes is None else codes)

    def latent_means(
        self, values: NDArray[np.floating], codes: NDArray[np.intp] | None = None
    ) -> NDArray[np.floating]:
        """Return the latent means of rows, (n, n_features) -> (n, n_components)."""
        return self.through(lambda net, x: net.latents(x), self.coded(values, codes))

    def latent_deviations(
        self, values: NDArray[np.floating], codes: NDArray[np.intp] | None = None
    ) -> NDArray[np.floating]:
        """Return the standard deviations of posteriors, (n, n_features) -> (n, n_components).

        Only the networks of models with `has_posterior` have them.
        """
        return self.through(lambda net, x: net.deviations(x), self.coded(values, codes))

    def decode(
        self, Z: NDArray[np.floating], codes: NDArray[np.intp] | None = None
    ) -> NDArray[np.float64]:
        """Return means and most likely categories of p(x given z)."""
        values = self.codec.decode(self._means(Z, codes))
        return values if self.given is None or codes is None else self.given.impose(values, codes)

    def reconstruct(
        self, values: NDArray[np.floating], codes: NDArray[np.intp] | None = None
    ) -> NDArray[np.float64]:
        """Return rows as they are decoded from their latent means."""
        codes = self.codes_of(values) if codes is None else codes
        return self.decode(self.latent_means(values, codes), codes)

    def draw(
        self,
        Z: NDArray[np.floating],
        rng: np.random.RandomState,
        shifts: NDArray[np.float64] | None,
        residuals: NDArray[np.floating] | None = None,
        codes: NDArray[np.intp] | None = None,
    ) -> NDArray[np.float64]:
        """Draw from p(x given z): categories as `discrete` says, Gaussian columns with noise.

        Parameters
        ----------
        Z : ndarray of shape (n, n_components)
            Latent vectors.
        rng : RandomState
            Draws noise and categories.
        shifts : ndarray of shape (n_columns,) or None
            From `shifts_to`.
        residuals : ndarray of shape (n, n_columns), default=None
            Residuals of originals, which take the place of the noise.
        codes : ndarray of shape (n, n_parts), default=None
            Conditions of the rows.
        """
        if self.given is not None and codes is None:
            codes = self.given.draw(len(Z), rng)
        means = self._means(Z, codes)
        if residuals is not None:
            means += residuals
        elif self.net.scale is not None:
            # A generator of numpy's newer kind is five times as fast.
            fast = np.random.default_rng(rng.randint(2**31 - 1))
            shape = (len(Z), self.codec.layout.n_gaussian)
            noise = fast.standard_normal(shape, dtype=np.float32)
            noise *= self.net.scale[0, :, 0].numpy()
            means[:, self.codec.layout.gaussian] += noise
        values = self.codec.decode(means, rng, shifts, discrete=self.discrete)
        if self.given is None or codes is None:
            return values
        return self.given.impose(values, codes, rng)

    def draw_prior(self, n: int, rng: np.random.RandomState) -> NDArray[np.float32]:
        """Draw latent vectors from N(0, I), (n, n_components)."""
        return rng.standard_normal((n, self.n_components)).astype(np.float32)

    def residuals(
        self, values: NDArray[np.floating], Z: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Return coded numbers of rows minus those decoded from their latent means `Z`."""
        return self.codec.residuals(values, self._means(Z, self.codes_of(values)))

    def shifts_to(
        self, shares: NDArray[np.float64], Z: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return shifts that give categories decoded from `Z` their `shares`."""
        codes = None
        if self.given is not None:
            codes = self.given.draw(len(Z), np.random.RandomState(0))
        return self.codec.shifts_to(shares, self._means(Z, codes))

    def prior_shifts(self) -> NDArray[np.float64] | None:
        """Return shifts that give categories drawn from the prior their shares in training.

        Where the network learns classes, they are those of the one class of `given`.
        """
        if self.shares is None:
            return None
        given = self.given
        code = 0 if given is None or given.classes is None else given.seen[0, 0]
        shares = self.shares[code]
        return self.shifts_to(shares, self.draw_prior(N_SHIFTED, np.random.RandomState(0)))

    def through(
        self,
        function: Callable[[Any, torch.Tensor], torch.Tensor],
        rows: NDArray[np.floating],
    ) -> NDArray[np.floating]:
        """Apply ``function(net, columns)`` to (n, k) rows, a batch at a time, in their dtype.

        Raises
        ------
        ValueError
            If the network overflows.
        """
        return through(self.net, function, rows)

    def _means(
        self, Z: NDArray[np.floating], codes: NDArray[np.intp] | None
    ) -> NDArray[np.floating]:
        layout = self.codec.layout
        rows = self._beside(Z, codes)
        return self.through(lambda net, z: reconstruction_means(net.decode(z), layout), rows)

    def _beside(
        self, rows: NDArray[np.floating], codes: NDArray[np.intp] | None
    ) -> NDArray[np.floating]:
        """Return coded rows or latent vectors with their conditions, where there are some."""
        if self.given is None or codes is None:
            return rows
        return np.concatenate([rows, self.given.one_hot(codes, rows.dtype)], axis=1)


def through(
    net: nn.Module,
    function: Callable[[Any, torch.Tensor], torch.Tensor],
    rows: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Apply ``function(net, columns)`` to (n, k) rows with a stack of one, a batch at a time."""
    result = in_batches(net, function, rows, _BATCH)[0].T
    if not np.isfinite(result).all():
        raise ValueError(
            "rows and latent vectors must not be so far from the training data that the network "
            "overflows: check X or Z, and a sampler's alpha and noise_scale"
        )
    return result
