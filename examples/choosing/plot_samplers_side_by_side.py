"""
Samplers side by side
=====================

Four samplers fill up a small class of two features. SMOTE draws new points on straight lines
between neighbours. A `VAEOversampler` also starts at points of the class, but moves in the latent
space of a VAE that has seen all rows. A `MultiVAEResampler` learns each class by a model of its
own, and draws from it without a start.
"""

# %%
# Two half moons, of which one has 30 points and the other 300.

import matplotlib.pyplot as plt
import numpy as np
from imblearn.datasets import make_imbalance
from imblearn.over_sampling import SMOTE
from sklearn.datasets import make_moons

from skvae import MultiVAEResampler, VAEOversampler
from skvae.latent import MixtureSampling

X, y = make_moons(600, noise=0.1, random_state=0)
X, y = make_imbalance(X, y, sampling_strategy={1: 30}, random_state=0)

# %%
# All samplers have the same API: `fit_resample` gives back the original rows, then the new ones.

samplers = {
    "SMOTE": SMOTE(random_state=0),
    "VAEOversampler()": VAEOversampler(random_state=0),
    "MultiVAEResampler()": MultiVAEResampler(random_state=0),
    "MultiVAEResampler(MixtureSampling())": MultiVAEResampler(
        latent_sampling=MixtureSampling(), random_state=0
    ),
}
new_rows = {name: sampler.fit_resample(X, y)[0][len(X) :] for name, sampler in samplers.items()}

# %%
# New points are crosses. SMOTE stays on the lines between known points, which suits a shape as
# simple as this. The models spread points around the known ones, and a filter throws those away
# that look like the other class.

figure, panels = plt.subplots(
    2, 2, figsize=(7, 5.6), sharex=True, sharey=True, layout="constrained"
)
for panel, (name, new) in zip(panels.flat, new_rows.items(), strict=True):
    panel.scatter(*X[y == 0].T, s=10, color="0.75", label="large class")
    panel.scatter(*new.T, s=14, color="#3f90da", marker="x", lw=0.8, label="new")
    panel.scatter(*X[y == 1].T, s=22, color="#bd1f01", label="small class")
    panel.set_title(name, fontsize="medium")
_ = figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)

# %%
# How many new points lie nearer to the moon of the other class than to that of their own?

moons, labels = make_moons(4000, noise=0.0, random_state=0)
for name, new in new_rows.items():
    distances = np.linalg.norm(new[:, None] - moons, axis=2)
    wrong = distances[:, labels == 0].min(axis=1) < distances[:, labels == 1].min(axis=1)
    print(f"{name:38} {wrong.mean():.0%} nearer to the wrong moon")
