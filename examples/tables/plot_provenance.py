"""
Where new rows come from, and GroupKFold
========================================

Rows often come in groups, such as several visits of a patient. A new row has parents, and so it
belongs to their groups. `provenance` tells these, which shows that a Pipeline keeps groups apart,
and how near a new row is to real ones.
"""

# %%
# Forty patients with six visits each. Visits of a patient are much alike.

import matplotlib.pyplot as plt
import numpy as np
from imblearn.pipeline import make_pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.preprocessing import StandardScaler

from skvae import VAE, VAEOversampler

rng = np.random.default_rng(0)
ill = np.arange(40) < 10
centres = rng.normal(size=(40, 2)) + 1.5 * ill[:, None]
groups = np.repeat(np.arange(40), 6)
X = centres[groups] + 0.15 * rng.normal(size=(240, 2))
y = np.where(ill[groups], "ill", "well")

# %%
# Resampled inside a Pipeline, no row of a test patient is a parent of a new row. So it should be;
# here it is shown.

sampler = VAEOversampler(VAE(max_iter=200), random_state=0)
for train, test in GroupKFold(5).split(X, y, groups):
    sampler.fit_resample(X[train], y[train])
    parents = sampler.parent_indices_[sampler.parent_indices_ >= 0]
    assert not set(groups[train][parents]) & set(groups[test])

clf = make_pipeline(sampler, StandardScaler(), LogisticRegression())
scores = cross_val_score(clf, X, y, groups=groups, cv=GroupKFold(5), scoring="balanced_accuracy")
print(f"balanced accuracy {scores.mean():.2f}")

# %%
# `provenance` is a frame with a row for each new one.

sampler.fit_resample(X, y)
origin = sampler.provenance()
origin.head().round(3)

# %%
# A new row lies between two visits, or near them. Where these are of two patients, it belongs to
# both, and must not be in a training set from which one of them is held out.

of_two = groups[origin["parent"]] != groups[origin["partner"]]
print(f"{np.mean(of_two):.0%} of the new rows have parents of two patients")

new = sampler.fit_resample(X, y)[0][len(X) :]
figure, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
ax.scatter(*X[y == "well"].T, s=12, color="0.8", label="visits, well")
ax.scatter(*X[y == "ill"].T, s=18, color="#bd1f01", label="visits, ill")
for place, parent, partner in zip(new, origin["parent"], origin["partner"], strict=True):
    for end in (X[parent], X[partner]):
        ax.plot(*zip(place, end, strict=True), color="#3f90da", lw=0.4, alpha=0.5)
ax.scatter(*new.T, s=14, color="#034286", marker="x", lw=0.8, label="new, joined to its parents")
ax.set(xlabel="feature 0", ylabel="feature 1")
_ = figure.legend(loc="outside upper center", ncols=3)
