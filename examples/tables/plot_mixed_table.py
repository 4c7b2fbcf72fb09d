"""
A mixed table with gaps
=======================

Tables mix numbers, categories, truth values and dates, and miss some of them. Samplers take such
a frame as it is, without one-hot columns or imputation, and new rows have its columns and dtypes.
"""

# %%
# 300 made-up patients. Lactate is missing more often at home than in care.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skvae import MultiVAEResampler

rng = np.random.default_rng(0)
n = 300
outcome = pd.Series(np.repeat(["home", "care"], [240, 60]), name="outcome")
in_care = (outcome == "care").to_numpy()
patients = pd.DataFrame(
    {
        "age": rng.normal(np.where(in_care, 70, 50), 12).round().astype(int),
        "ward": np.where(
            in_care, rng.choice(["north", "south", "west"], n, p=[0.6, 0.3, 0.1]), "north"
        ),
        "smoker": pd.array(rng.random(n) < np.where(in_care, 0.5, 0.2), dtype="boolean"),
        "lactate": np.where(
            rng.random(n) < np.where(in_care, 0.1, 0.4), np.nan, rng.lognormal(0.2 * in_care, 0.5)
        ),
        "admitted": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D"),
    }
)
patients.loc[~in_care, "ward"] = rng.choice(["north", "south", "west"], (~in_care).sum())

# %%
# ``missing="indicator"`` says that gaps are part of the table: the model learns where they are.

sampler = MultiVAEResampler(missing="indicator", random_state=0)
resampled, labels = sampler.fit_resample(patients, outcome)
new = resampled[sampler.synthetic_mask_]
assert (new.dtypes == patients.dtypes).all()
new.head()

# %%
# New rows of the class "care" beside its real ones: ages, wards, and the share of gaps.

real = patients[in_care]
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(8, 2.8), layout="constrained")
style = {"real": {"color": "0.6"}, "new": {"color": "#3f90da"}}
bins = np.linspace(30, 110, 17)
for name, rows in {"real": real, "new": new}.items():
    weights = np.full(len(rows), 1 / len(rows))
    left.hist(rows["age"], bins, weights=weights, histtype="step", lw=2, label=name, **style[name])
left.set(xlabel="age", ylabel="share of rows")
wards = ["north", "south", "west"]
for shift, (name, rows) in zip((-0.2, 0.2), {"real": real, "new": new}.items(), strict=True):
    shares = rows["ward"].value_counts(normalize=True).reindex(wards, fill_value=0)
    middle.bar(np.arange(3) + shift, shares, 0.4, **style[name])
    right.bar(shift, rows["lactate"].isna().mean(), 0.4, **style[name])
middle.set_xticks(range(3), wards)
middle.set_xlabel("ward")
right.set_xticks([-0.2, 0.2], ["real", "new"])
right.set(xlabel="share without lactate", xlim=(-0.8, 0.8))
_ = figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=2)
