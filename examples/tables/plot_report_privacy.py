"""
Are new rows like the real ones, useful, and no copies?
=======================================================

`report` holds a quarter of the rows out, and measures new rows beside what real rows reach. Its
last measures are about privacy: new rows are no anonymous data.
"""

# %%
# The wine table, and two samplers. Interpolation without noise and with ``alpha=0`` gives back the
# originals: it would look best by every measure but those of copies.

import matplotlib.pyplot as plt
from sklearn.datasets import load_wine

from skvae import VAE, VAEOversampler
from skvae.metrics import report
from skvae.strategies import augment

X, y = load_wine(return_X_y=True, as_frame=True)
samplers = {
    "default": VAEOversampler(VAE(max_iter=200), random_state=0),
    "copies": VAEOversampler(
        VAE(max_iter=50), latent_sampling="interpolation", alpha=0.0, filter=None, random_state=0
    ),
}
reports = {name: report(sampler, X, y, random_state=0) for name, sampler in samplers.items()}
table = reports["default"][["reference"]].copy()
for name, measures in reports.items():
    table[name] = measures["value"]
table.round(3)

# %%
# What a measure means stands in the last column of the report.

for name, meaning in reports["default"]["meaning"].items():
    print(f"{name}: {meaning}")

# %%
# How far is each new row from the closest real one? A copy has distance 0.

figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
styles = {"default": ("#3f90da", "-"), "copies": ("#bd1f01", "--")}
for name, sampler in samplers.items():
    sampler.set_params(sampling_strategy=augment(1.0)).fit_resample(X, y)
    color, ls = styles[name]
    ax.ecdf(sampler.provenance()["distance"], color=color, ls=ls, label=f"new rows, {name}")
ax.set(xlabel="distance to the closest real row", ylabel="share of rows with at most this")
_ = ax.legend(loc="lower right")
