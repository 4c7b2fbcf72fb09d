"""
The latent space: map, grid, sweep and walk
===========================================

A `VAE` is a transformer: `transform` gives latent means, and `inverse_transform` decodes latent
vectors. The displays of `skvae.inspection` show both.
"""

# %%
# The digits of scikit-learn, 8 x 8 pixels, and a convolutional VAE of two latent dimensions, so
# that the whole latent space fits into a picture. Held-out images tell when to stop.

import numpy as np
from sklearn.datasets import load_digits

from skvae import VAE
from skvae.inspection import (
    LatentGridDisplay,
    LatentSpaceDisplay,
    LatentSweepDisplay,
    LatentWalkDisplay,
    LossCurveDisplay,
)

X, y = load_digits(return_X_y=True)
vae = VAE(
    2,
    image_shape=(8, 8),
    conv_channels=(16, 32),
    beta=0.2,
    max_iter=1200,
    early_stopping=True,
    random_state=0,
).fit(X)

# %%
# The training, by `~skvae.inspection.LossCurveDisplay`: the loss of batches, and of the
# held-out images at each check.

_ = LossCurveDisplay.from_estimator(vae)

# %%
# Every image at its latent mean, by `~skvae.inspection.LatentSpaceDisplay`. The model has
# not seen the labels.

_ = LatentSpaceDisplay.from_estimator(vae, X, y)

# %%
# What the decoder makes of each place of the space, by
# `~skvae.inspection.LatentGridDisplay`.

_ = LatentGridDisplay.from_estimator(vae, n_cells=13, spread=2.5)

# %%
# From an image, along one latent dimension at a time, by
# `~skvae.inspection.LatentSweepDisplay`.

_ = LatentSweepDisplay.from_estimator(vae, X[:1])

# %%
# On straight lines from one digit to another, by `~skvae.inspection.LatentWalkDisplay`:
# interpolation between the frames, and extrapolation beyond them.

first = [int(np.flatnonzero(y == digit)[0]) for digit in (0, 4, 3, 9)]
_ = LatentWalkDisplay.from_estimator(vae, X[first[:2]], X[first[2:]])

# %%
# Tables have displays too. Of many rows the sweep draws the median and the quartiles of each
# dimension.

from sklearn.datasets import load_wine

wine = load_wine(as_frame=True).data
model = VAE(2, max_iter=300, random_state=0).fit(wine)
_ = LatentSweepDisplay.from_estimator(
    model, wine, features=["alcohol", "malic_acid", "hue", "proline"]
)
