"""
Latent rules, and one of your own
=================================

A latent rule says where new latent vectors come from. A sampler takes it by its name, such as
``latent_sampling="noise"``, or as an object of `skvae.latent`, whose parameters a grid search
reaches. This example draws by each of them from the same model.
"""

# %%
# Points on three quarters of a ring are one class, points in its middle are the other. The model
# has two latent dimensions and is trained once; a `FrozenEstimator` lends it to every sampler.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.frozen import FrozenEstimator

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae.latent import (
    ClassLatents,
    ExtrapolationSampling,
    InterpolationSampling,
    LatentDraw,
    LatentSampler,
    MixtureSampling,
    NoiseSampling,
    PosteriorSampling,
    PriorSampling,
    RiemannianSampling,
)

rng = np.random.default_rng(0)
angle = rng.uniform(0, 1.5 * np.pi, 60)
ring = np.column_stack([np.cos(angle), np.sin(angle)]) + 0.08 * rng.normal(size=(60, 2))
X = np.vstack([ring, 0.15 * rng.normal(size=(200, 2))])
y = np.repeat(["ring", "middle"], [60, 200])
vae = VAE(2, beta=0.05, max_iter=800, random_state=0).fit(X)

# %%
# A rule of your own is a subclass of `LatentSampler`. This one moves each original towards the mean
# of its class. `ClassLatents` is what it gets of a class, and `LatentDraw` what it gives back: the
# latent vectors, and the rows that they come from.


class TowardsTheMean(LatentSampler):
    """Moves originals towards the mean of their class."""

    def __init__(self, share=0.3):
        self.share = share

    def fit(self, latents: ClassLatents):
        self._rows, self._means, self._share = latents.rows, latents.means, self.share
        return self

    def draw(self, n, rng):
        chosen = rng.randint(len(self._rows), size=n)
        start, rows = self._means[chosen], self._rows[chosen]
        Z = start + self._share * (self._means.mean(axis=0) - start)
        return LatentDraw(
            Z.astype(start.dtype), np.column_stack([rows, np.full(n, -1)]), rows, start
        )


# %%
# Without a filter we see what each rule does by itself. The prior knows no classes: it is drawn
# from by a `MultiVAEResampler`, which has a model for each class. A small `beta` keeps rows apart
# in the latent space, which suits rules that start at them; the prior needs a larger one.

rules = [
    NoiseSampling(0.3),
    InterpolationSampling(),
    ExtrapolationSampling(),
    PosteriorSampling(),
    MixtureSampling(),
    RiemannianSampling(),
    PriorSampling(),
    TowardsTheMean(),
]
figure, panels = plt.subplots(
    2, 4, figsize=(8, 4.2), sharex=True, sharey=True, layout="constrained"
)
for panel, rule in zip(panels.flat, rules, strict=True):
    if isinstance(rule, PriorSampling):
        sampler = MultiVAEResampler(VAE(2, max_iter=800), latent_sampling=rule, filter=None)
    else:
        frozen = FrozenEstimator(vae)
        sampler = VAEOversampler(frozen, latent_sampling=rule, residuals=False, filter=None)
    new, _ = sampler.set_params(random_state=0).fit(X, y).sample(150, y="ring")
    panel.scatter(*X[y == "middle"].T, s=4, color="0.8")
    panel.scatter(*new.T, s=9, color="#3f90da", marker="x", lw=0.7)
    panel.scatter(*X[y == "ring"].T, s=6, color="#bd1f01")
    panel.set_title(type(rule).__name__, fontsize="small")
    panel.set_aspect("equal")
