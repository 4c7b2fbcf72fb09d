"""
Filters throw away bad rows
===========================

A sampler's `filter` judges each new row, and what it rejects is drawn again. There are three, and
any outlier detector of scikit-learn fits in as well.
"""

# %%
# Two features of two classes. Points of the class "in" lie in a band, and the second feature is
# never below the first one.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import IsolationForest

from skvae import (
    VAE,
    ConstraintFilter,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    VAEOversampler,
)

rng = np.random.default_rng(0)
start = rng.uniform(0, 4, 340)
end = start + rng.gamma(2, 0.4, 340)
y = np.where((start > 1.3) & (start < 2.4) & (end - start < 0.9), "in", "out")
X = np.column_stack([start, end])
print({label: int((y == label).sum()) for label in ("in", "out")})


def in_order(rows):
    """Tell whether the start is not after the end."""
    return rows[:, 0] <= rows[:, 1]


# %%
# The same sampler with each of the filters. `LabelConsistencyFilter` is the default: it rejects
# rows that a classifier of the real rows sees in another class. `GenerativeClassifierFilter`
# rejects what looks like noise. A `ConstraintFilter` keeps a rule of yours, and rows that break it
# are never taken. A list combines them.

filters = {
    "none": None,
    "LabelConsistencyFilter": LabelConsistencyFilter(),
    "GenerativeClassifierFilter": GenerativeClassifierFilter(),
    "IsolationForest": IsolationForest(),
    "ConstraintFilter": ConstraintFilter(in_order),
    "label consistency and constraint": [LabelConsistencyFilter(), ConstraintFilter(in_order)],
}
figure, panels = plt.subplots(
    2, 3, figsize=(8, 5.4), sharex=True, sharey=True, layout="constrained"
)
for panel, (name, chosen) in zip(panels.flat, filters.items(), strict=True):
    sampler = VAEOversampler(
        VAE(max_iter=200), filter=chosen, noise_scale=1.0, residuals=False, random_state=0
    )
    new = sampler.fit_resample(X, y)[0][len(X) :]
    kept = sampler.acceptance_rate_["in"] if chosen is not None else 1.0
    panel.scatter(*X[y == "out"].T, s=5, color="0.8", label='real, "out"')
    panel.scatter(*new.T, s=12, color="#3f90da", marker="x", lw=0.7, label="new")
    panel.scatter(*X[y == "in"].T, s=8, color="#bd1f01", label='real, "in"')
    panel.plot([0, 5], [0, 5], color="black", lw=0.8, ls="--", label="start = end")
    panel.set_title(f"{name}\n{kept:.0%} accepted", fontsize="small")
for panel in panels[-1]:
    panel.set_xlabel("start")
for panel in panels[:, 0]:
    panel.set_ylabel("end")
_ = figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
