"""
VAE-GAN and GAN beside a VAE
============================

The decoder of a `VAEGAN` has to please a discriminator as well, and a `GAN` has no other aim. A VAE
blurs what it can't tell, and they do so less. But their training can fail, which shows as images
that are all alike; a `ModeCollapseWarning` says so.
"""

# %%
# The digits of scikit-learn, and three models of the same size.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skvae import GAN, VAE, VAEGAN
from skvae.exceptions import ModeCollapseWarning
from skvae.metrics import sharpness_ratio

X, _ = load_digits(return_X_y=True)
settings = {"image_shape": (8, 8), "conv_channels": (16, 32), "batch_size": 32, "random_state": 0}
models = {
    "VAE": VAE(max_iter=500, **settings),
    "VAEGAN": VAEGAN(max_iter=300, **settings),
    "GAN": GAN(max_iter=500, **settings),
}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", ModeCollapseWarning)
    for model in models.values():
        model.fit(X)
for warning in caught:
    print(warning.message)

# %%
# Decoded random vectors. (`sample` of a VAE would add the noise of pixels to them.)

Z = np.random.default_rng(0).normal(size=(500, 10)).astype(np.float32)
drawn = {name: models[name].inverse_transform(Z) for name in ("VAE", "VAEGAN")}
drawn["GAN"] = models["GAN"].sample(500)

# %%
# `sharpness_ratio` compares the sharpness of new images with that of real ones, which is 1.
# `diversity_` tells how different the images of an adversarial model are from each other, beside
# those of real images.

for name, model in models.items():
    diversity = getattr(model, "diversity_", np.nan)
    ratio = sharpness_ratio(X, drawn[name], image_shape=(8, 8))
    print(f"{name:7} sharpness {ratio:.2f}, diversity {diversity:.2f}")

figure, panels = plt.subplots(4, 1, figsize=(6.4, 5.2), layout="constrained")
for panel, (name, rows) in zip(panels, {"real": X, **drawn}.items(), strict=True):
    images = np.pad(rows[:24].reshape(2, 12, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)))
    panel.imshow(images.transpose(0, 2, 1, 3).reshape(20, 120), cmap="gray", vmin=0, vmax=16)
    panel.set_title(name, fontsize="medium")
    panel.set_axis_off()
