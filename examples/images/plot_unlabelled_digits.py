"""
Few labels, many unlabelled digits
==================================

Labels cost work, and images often don't. A `VAE` learns from all images, and a sampler draws new
ones around the few that have a label. A `FrozenEstimator` says that the model is used as it is.
"""

# %%
# Five labelled images of each digit, a thousand without labels, and the others for testing.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.semi_supervised import LabelSpreading

from skvae import VAE, VAEOversampler
from skvae.datasets import few_shot
from skvae.strategies import augment

X, y = load_digits(return_X_y=True)
X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=600, stratify=y, random_state=0)
X_few, y_few = few_shot(X_rest, y_rest, 5, random_state=0)
settings = {"image_shape": (8, 8), "conv_channels": (16, 32), "random_state": 0}
vae = VAE(max_iter=600, **settings).fit(X_rest)

# %%
# Three samplers: with the model of all images; the same, whose new rows also go towards unlabelled
# images that surely belong to the class; and one that has seen the 50 labelled images only.

samplers = {
    "model of 50 images": VAEOversampler(VAE(max_iter=600, **settings)),
    "model of all images": VAEOversampler(FrozenEstimator(vae)),
    "and unlabelled partners": VAEOversampler(FrozenEstimator(vae), unlabelled=X_rest),
}


def accuracy(X_train, y_train):
    """Train a classifier, and test it."""
    classifier = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=500))
    return classifier.fit(X_train, y_train).score(X_test, y_test)


found = {"none": accuracy(X_few, y_few)}
for name, sampler in samplers.items():
    sampler.set_params(sampling_strategy=augment(10.0), random_state=0)
    found[name] = accuracy(*sampler.fit_resample(X_few, y_few))

# %%
# What else can unlabelled images do? Their latent means are good features, and label spreading
# needs no new image at all. Whoever has unlabelled rows should compare with it.

Z = vae.transform(np.vstack([X_few, X_rest]))
known = np.concatenate([y_few, np.full(len(X_rest), -1)])
spreading = LabelSpreading(kernel="knn", n_neighbors=10).fit(Z, known)
found["label spreading"] = spreading.score(vae.transform(X_test), y_test)

figure, ax = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
bars = ax.barh(list(found), list(found.values()), color="#3f90da")
ax.bar_label(bars, fmt="%.2f", padding=3)
ax.invert_yaxis()
_ = ax.set(xlabel="accuracy on 600 test images", xlim=(0, 1.08))

# %%
# An original of each digit above two new images.

sampler = samplers["and unlabelled partners"]
new = sampler.sample(20, y=np.repeat(np.arange(10), 2))[0].reshape(10, 2, 8, 8)
originals = np.stack([X_few[y_few == digit][0] for digit in range(10)]).reshape(10, 1, 8, 8)
images = np.pad(np.concatenate([originals, new], axis=1), ((0, 0), (0, 0), (1, 1), (1, 1)))
figure, ax = plt.subplots(figsize=(6.4, 2.2), layout="constrained")
ax.imshow(images.transpose(1, 2, 0, 3).reshape(30, 100), cmap="gray", vmin=0, vmax=16)
ax.set_yticks([4.5, 14.5, 24.5], ["original", "new", "new"])
_ = ax.set_xticks([])
