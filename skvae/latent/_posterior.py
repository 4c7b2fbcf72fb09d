"""The aggregated posterior: new latent vectors from the posteriors of a class's rows."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ._base import ClassLatents, LatentDraw, LatentSampler


class PosteriorSampling(LatentSampler):
    r"""Draws from the posterior of a row: :math:`\mu_i + \sigma_i \epsilon, \epsilon \sim N(0, I)`.

    The row i of the class is drawn at random, so that new vectors follow the aggregated posterior
    of the class [1]_, in which the decoder has been trained. The noise is as wide in each
    direction as the model is unsure of the row there: as wide as the prior where it uses no
    direction. The model must have posterior distributions, as a `~skvae.VAE` has.
    Rows without labels take no part.

    References
    ----------
    .. [1] M. D. Hoffman and M. J. Johnson, "ELBO surgery: yet another way to carve up the
       variational evidence lower bound", NIPS workshop on advances in approximate Bayesian
       inference, 2016.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, VAEOversampler
    >>> from skvae.latent import PosteriorSampling
    >>> X, y = load_wine(return_X_y=True)
    >>> sampler = VAEOversampler(
    ...     VAE(max_iter=100), latent_sampling=PosteriorSampling(), random_state=0
    ... )
    >>> sampler.fit_resample(X, y)[0].shape
    (213, 13)
    """

    uses_posterior: ClassVar[bool] = True

    def fit(self, latents: ClassLatents) -> PosteriorSampling:
        self._latents, self._deviations = latents, latents.posterior_deviations()
        return self

    def draw(self, n: int, rng: np.random.RandomState) -> LatentDraw:
        chosen = rng.randint(len(self._latents.rows), size=n)
        rows, start = self._latents.rows[chosen], self._latents.means[chosen]
        Z = start + self._deviations[chosen] * rng.standard_normal(start.shape)
        parents = np.column_stack([rows, np.full(n, -1)])
        return LatentDraw(Z.astype(start.dtype, copy=False), parents, rows, start)
