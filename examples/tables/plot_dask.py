"""
Large tables on Dask
====================

A model needs no more than a sample of a large table to learn from it. Fitted, it is a small object,
which Dask sends to its workers: they score, encode or draw rows of one partition at a time, and the
whole table never has to be in memory.
"""

# %%
# A table of 50,000 rows in eight partitions, each made by a worker. In practice it would come from
# ``dask.dataframe.read_parquet``. One row in 200 is damaged.

import copy

import dask.dataframe as dd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from distributed import Client, LocalCluster

from skvae import VAE, MultiVAEResampler


def make_part(seed):
    """Make a partition."""
    rng = np.random.default_rng(seed)
    height = rng.normal(170, 10, 6250)
    weight = 0.9 * height - 85 + rng.normal(0, 6, len(height))
    damaged = rng.random(len(height)) < 0.005
    weight[damaged] = rng.permutation(weight)[damaged] + 40
    tall = np.where(height > 180, "tall", "other")
    return pd.DataFrame({"height": height, "weight": weight, "class": tall, "damaged": damaged})


# %%
# A cluster in this process, which is enough to see how it works; ``Client("address:8786")`` joins a
# real one.

cluster = LocalCluster(processes=False, n_workers=2, threads_per_worker=1, dashboard_address=None)
client = Client(cluster)
table = dd.from_map(make_part, range(8))
numbers = table[["height", "weight"]]

# %%
# Fit on a sample of 4 %, then score all rows by partitions with ``map_partitions``.

sample = table.sample(frac=0.04, random_state=0).compute().reset_index(drop=True)
vae = VAE(max_iter=400, random_state=0).fit(sample[["height", "weight"]])


def score(part, vae):
    """Score the rows of a partition."""
    return pd.Series(vae.score_samples(part), index=part.index)


scores = numbers.map_partitions(score, vae, meta=(None, "float32")).compute()
damaged = table["damaged"].compute()
lowest = scores.to_numpy() <= np.quantile(scores, 0.005)
print(f"{len(scores):,} rows scored, of which {damaged.sum()} are damaged")
print(f"{lowest[damaged.to_numpy()].mean():.0%} of these are among the 0.5 % of lowest score")

# %%
# New rows are drawn by the workers, too, each with a seed of its own. `random_state` alone is read
# when rows are drawn, so that the fitted sampler can be shared.

sampler = MultiVAEResampler(VAE(max_iter=200), random_state=0)
sampler.fit(sample[["height", "weight"]], sample["class"])


def draw(seed, sampler):
    """Draw new rows of a class with a seed."""
    return copy.copy(sampler).set_params(random_state=seed).sample(2500, y="tall")[0]


[shared] = client.scatter([sampler], broadcast=True)
new = pd.concat(client.gather(client.map(draw, range(4), sampler=shared)), ignore_index=True)
print(f"{len(new):,} new rows, {new.duplicated().sum()} of them twice")
client.close()
cluster.close()

# %%
# The distribution of scores: damaged rows have low ones.

figure, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
bins = np.linspace(np.quantile(scores, 0.0005), scores.max(), 50)
for rows, colour, ls, label in (
    (~damaged.to_numpy(), "#3f90da", "-", "intact rows"),
    (damaged.to_numpy(), "#bd1f01", "--", "damaged rows"),
):
    ax.hist(
        scores.to_numpy()[rows],
        bins,
        density=True,
        histtype="step",
        lw=2,
        color=colour,
        ls=ls,
        label=label,
    )
ax.set(xlabel="ELBO in nats", ylabel="density")
_ = ax.legend(loc="upper left")
