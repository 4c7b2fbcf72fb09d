"""The prior: new latent vectors that start from no row."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ._base import ClassLatents, LatentDraw, LatentSampler


class PriorSampling(LatentSampler):
    r"""Draws from the prior: :math:`z \sim N(0, I)`.

    The model alone fixes the class, so each class needs a model of its own: see
    `~skvae.MultiVAEResampler`.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, MultiVAEResampler
    >>> from skvae.latent import PriorSampling
    >>> X, y = load_wine(return_X_y=True)
    >>> sampler = MultiVAEResampler(
    ...     VAE(max_iter=100), latent_sampling=PriorSampling(), random_state=0
    ... )
    >>> sampler.fit_resample(X, y)[0].shape
    (213, 13)
    """

    uses_rows: ClassVar[bool] = False
    has_parents: ClassVar[bool] = False

    def fit(self, latents: ClassLatents) -> PriorSampling:
        self._n_components = latents.n_components
        return self

    def draw(self, n: int, rng: np.random.RandomState) -> LatentDraw:
        Z = rng.standard_normal((n, self._n_components)).astype(np.float32)
        return LatentDraw(Z, np.full((n, 2), -1))
