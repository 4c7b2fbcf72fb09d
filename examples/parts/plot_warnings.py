"""
What the warnings tell
======================

Each warning of this package has a class of its own in `skvae.exceptions`, so that it can be
filtered or made an error. This example provokes them all, and shows the cause of one.
"""

# %%
# A helper that prints the warnings of a call.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine

from skvae import GAN, VAE, ConstraintFilter, VAEOversampler
from skvae.exceptions import (
    ConstraintViolationWarning,
    IdentifierWarning,
    LatentCollapseWarning,
    ModeCollapseWarning,
    NeighborsReducedWarning,
    RefitWarning,
)
from skvae.inspection import LatentSweepDisplay


def warnings_of(call, category):
    """Print what a call warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    told = [str(w.message) for w in caught if issubclass(w.category, category)]
    print(f"{category.__name__}: {told[0]}\n")


X, y = load_wine(return_X_y=True, as_frame=True)
brief = VAE(max_iter=20, random_state=0)

# %%
# A column of names, whose real values new rows would hold: drop it before.

people = X.assign(name=[f"person {i}" for i in range(len(X))])
warnings_of(lambda: VAE(max_iter=20, random_state=0).fit(people), IdentifierWarning)

# %%
# A fitted model that is trained again, since it is in no `FrozenEstimator`; fewer neighbours than
# asked for; and real rows that break the constraint that new rows keep.

fitted = VAE(max_iter=20, random_state=0).fit(X)
warnings_of(lambda: VAEOversampler(fitted, random_state=0).fit_resample(X, y), RefitWarning)
few = np.r_[0:59, 59:64]
warnings_of(
    lambda: VAEOversampler(brief, k_neighbors=8, random_state=0).fit_resample(X.iloc[few], y[few]),
    NeighborsReducedWarning,
)
strong = ConstraintFilter(lambda rows: rows["alcohol"] >= 12)
warnings_of(
    lambda: VAEOversampler(brief, filter=strong, random_state=0).fit_resample(X, y),
    ConstraintViolationWarning,
)

# %%
# Adversarial training that has failed: its steps are far too large.

gan = GAN(max_iter=20, learning_rate_init=0.1, random_state=0)
warnings_of(lambda: gan.fit(X), ModeCollapseWarning)

# %%
# A VAE that uses no latent dimension, as its `beta` is far too large: every row is decoded to the
# same one, and new rows are of no use. In its sweeps hardly anything moves.

collapsed = VAE(2, beta=100, max_iter=200, random_state=0)
warnings_of(lambda: collapsed.fit(X), LatentCollapseWarning)
sound = VAE(2, max_iter=200, random_state=0).fit(X)
figure, panels = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for panel, (name, vae) in zip(
    panels, {"beta=100": collapsed, "beta=0.5": sound}.items(), strict=True
):
    display = LatentSweepDisplay.from_estimator(vae, features=["alcohol"], ax=panel)
    display.axes_[0].set(title=f"{name}: alcohol", ylim=(X["alcohol"].min(), X["alcohol"].max()))
