"""
When not to augment
===================

More rows do not make more information. Where a classifier is well tuned, or the classes have enough
rows, new rows gain nothing, and may do harm. This example shows a table where augmentation does not
pay, and how to see it.
"""

# %%
# Breast cancer: 569 rows, 37 % of them malignant, and randomised trees. We learn from few of them,
# alone or with as many new ones.

import matplotlib.pyplot as plt
import numpy as np
from imblearn.over_sampling import SMOTE
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split

from skvae import VAE, VAEOversampler
from skvae.model_selection import paired_difference
from skvae.strategies import augment

X, y = load_breast_cancer(return_X_y=True)
sizes, seeds = (20, 50, 150), range(6)


def score(X_train, y_train, X_test, y_test):
    """Train a classifier, and test it."""
    model = ExtraTreesClassifier(60, random_state=0).fit(X_train, y_train)
    return balanced_accuracy_score(y_test, model.predict(X_test))


# %%
# Each seed is another split. All samplers of a split have the same training rows.

scores = {name: np.zeros((len(seeds), len(sizes))) for name in ("none", "SMOTE", "VAE")}
for i in seeds:
    for j, n in enumerate(sizes):
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, train_size=n, test_size=300, stratify=y, random_state=i
        )
        test = X_test, y_test
        scores["none"][i, j] = score(X_train, y_train, *test)
        samplers = {
            "SMOTE": SMOTE(sampling_strategy=augment(1.0), k_neighbors=3, random_state=i),
            "VAE": VAEOversampler(
                VAE(max_iter=100), sampling_strategy=augment(1.0), random_state=i
            ),
        }
        for name, sampler in samplers.items():
            scores[name][i, j] = score(*sampler.fit_resample(X_train, y_train), *test)

# %%
# The differences to no augmentation with 95 % intervals. All of them include 0, or nearly so: with
# this classifier, on this table, don't augment.

figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
places = np.arange(len(sizes))
for name, shift, colour, marker in (
    ("SMOTE", -0.08, "#ffa90e", "s"),
    ("VAE", 0.08, "#3f90da", "o"),
):
    gains = [paired_difference(scores[name][:, j], scores["none"][:, j]) for j in places]
    means = np.array([gain.mean for gain in gains])
    around = [means - [gain.low for gain in gains], [gain.high for gain in gains] - means]
    ax.errorbar(places + shift, means, around, fmt=marker, color=colour, capsize=3, label=name)
    print(name, [f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]" for gain in gains])
ax.axhline(0, color="0.5", lw=1)
ax.set_xticks(places, [f"{n} rows" for n in sizes])
ax.set(xlabel="training rows, before as many new ones", ylabel="gain in balanced accuracy")
_ = ax.legend()
