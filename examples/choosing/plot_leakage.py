"""
Leakage: resample inside cross-validation
=========================================

New rows look like the rows that they come from. Whoever resamples first and splits afterwards
tests on rows whose relatives are in the training set, and gets scores that no new row will reach.
This holds for SMOTE as for every sampler of this package.
"""

# %%
# To see how large the error can be, the features are pure noise: no classifier can be better than
# guessing, which is a balanced accuracy of 0.5. (Filters are off: there is nothing to tell apart.)

import matplotlib.pyplot as plt
import numpy as np
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from skvae import VAE, MultiVAEResampler, VAEOversampler

rng = np.random.default_rng(0)
X, y = rng.normal(size=(300, 8)), np.repeat([0, 1], [250, 50])
classifier = KNeighborsClassifier(3)
folds = StratifiedKFold(5, shuffle=True, random_state=0)
samplers = {
    "SMOTE": SMOTE(random_state=0),
    "VAEOversampler": VAEOversampler(VAE(max_iter=150), filter=None, random_state=0),
    "MultiVAEResampler": MultiVAEResampler(VAE(max_iter=150), filter=None, random_state=0),
}

# %%
# Wrong: resample, then split. Right: put the sampler into a Pipeline of imbalanced-learn, which
# resamples the training rows of each split and leaves the test rows alone.

wrong, right = {}, {}
for name, sampler in samplers.items():
    X_resampled, y_resampled = sampler.fit_resample(X, y)
    wrong[name] = cross_val_score(
        classifier, X_resampled, y_resampled, scoring="balanced_accuracy", cv=folds
    )
    right[name] = cross_val_score(
        make_pipeline(sampler, classifier), X, y, scoring="balanced_accuracy", cv=folds
    )
    print(f"{name:18} wrong {wrong[name].mean():.2f}, right {right[name].mean():.2f}")

# %%
# The right scores are around 0.5. The wrong ones are about the resampled table, which nobody wants
# to classify.

figure, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
places = np.arange(len(samplers))
for scores, shift, colour, marker, label in (
    (wrong, 0.12, "#bd1f01", "s", "wrong: resampled before the split"),
    (right, -0.12, "#3f90da", "o", "right: resampled in each training set"),
):
    for place, of_folds in zip(places, scores.values(), strict=True):
        ax.scatter(
            of_folds, np.full(len(of_folds), place + shift), color=colour, marker=marker, s=18
        )
    ax.scatter([], [], color=colour, marker=marker, label=label)
ax.axvline(0.5, color="0.5", lw=1, ls="--")
ax.set_yticks(places, list(samplers))
ax.set_ylim(-0.5, len(samplers) - 0.5)
ax.set_xlabel("balanced accuracy, a point a fold (dashed: guessing)")
_ = figure.legend(loc="outside upper center", ncols=2, fontsize="small")
