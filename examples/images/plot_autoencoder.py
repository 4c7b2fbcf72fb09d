"""
Autoencoder against VAE
=======================

An `Autoencoder` reconstructs better than a `VAE`, and that is all that it learns. Between the
codes of rows its latent space has no order. The VAE pays some sharpness for a latent space that new
rows can be drawn from.
"""

# %%
# The digits of scikit-learn, an autoencoder and a VAE of the same network.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

from skvae import VAE, Autoencoder
from skvae.inspection import ReconstructionDisplay
from skvae.metrics import reconstruction_error
from skvae.models import GenerativeModel

X, y = load_digits(return_X_y=True)
settings = {"image_shape": (8, 8), "conv_channels": (16, 32), "max_iter": 800, "random_state": 0}
models = {"Autoencoder": Autoencoder(**settings).fit(X), "VAE": VAE(**settings).fit(X)}

# %%
# Reconstructions of one image of each digit, by `~skvae.inspection.ReconstructionDisplay`.

first = [int(np.flatnonzero(y == digit)[0]) for digit in range(10)]
ReconstructionDisplay.from_estimator(models, X[first])

for name, model in models.items():
    print(f"{name:12} mean reconstruction error {reconstruction_error(model, X).mean():.2f}")

# %%
# Random latent vectors, as far out as the codes of real images, decoded by both. Of the VAE this is
# what `VAE.sample` does; an `Autoencoder` has no such method.


def decoded(model: GenerativeModel, n: int) -> np.ndarray:
    """Decode random vectors with the mean and the deviation of real codes."""
    Z = model.transform(X)
    noise = np.random.default_rng(0).normal(size=(n, Z.shape[1]))
    return model.inverse_transform((Z.mean(axis=0) + Z.std(axis=0) * noise).astype(np.float32))


figure, panels = plt.subplots(2, 1, figsize=(6.4, 3.4), layout="constrained")
for panel, (name, model) in zip(panels, models.items(), strict=True):
    images = np.pad(decoded(model, 20).reshape(2, 10, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)))
    panel.imshow(images.transpose(0, 2, 1, 3).reshape(20, 100), cmap="gray")
    panel.set_title(f"random vectors, decoded by {name}", fontsize="medium")
    panel.set_axis_off()
