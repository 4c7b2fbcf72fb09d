"""
Rows that are asked for
=======================

A `ConditionalVAE` is told the class of each row, and columns that you name. Of what it has learnt
you can ask: rows of this class, of that category, with a number in an interval. Each new row meets
what is asked for.
"""

# %%
# Made-up cars: weight and power depend on the fuel, and the consumption on all three.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skvae import ConditionalVAE, VAEOversampler

rng = np.random.default_rng(0)
n = 900
fuel = rng.choice(["petrol", "diesel", "hybrid"], n, p=[0.6, 0.3, 0.1])
weight = rng.normal(1300, 150, n) + 200 * (fuel == "diesel") + 150 * (fuel == "hybrid")
power = 0.09 * weight + rng.normal(0, 12, n) - 10 * (fuel == "diesel")
litres = 1.5 + 0.0042 * weight - 1.2 * (fuel == "diesel") - 2.2 * (fuel == "hybrid")
cars = pd.DataFrame(
    {
        "fuel": fuel,
        "weight": weight.round(),
        "power": power.round(),
        "litres": (litres + rng.normal(0, 0.3, n)).round(1),
    }
)
# Sport cars are a class of the most powerful ones.
kind = pd.Series(np.where(power > np.quantile(power, 0.85), "sport", "family"), name="kind")

# %%
# The model is told the class, the fuel, and bins of the weight.

model = ConditionalVAE(condition_on=["fuel", "weight"], max_iter=1000, random_state=0).fit(
    cars, kind
)
heavy = model.sample(150, y="family", conditions={"fuel": "hybrid", "weight": (1600, 1800)})
light = model.sample(150, y="family", conditions={"fuel": "petrol", "weight": (1000, 1200)})
assert (heavy["fuel"] == "hybrid").all()
assert heavy["weight"].between(1600, 1800).all()
heavy.head()

# %%
# Heavy hybrids are rare: there are few among the real cars. What is asked for is met, and the
# rest is the model's guess: new cars scatter more widely than real ones do.

few = ((cars["fuel"] == "hybrid") & cars["weight"].between(1600, 1800)).sum()
print(f"{few} heavy hybrids among {n} real cars")

figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
ax.scatter(cars["weight"], cars["litres"], s=8, color="0.8", label="real cars")
hybrids = cars[cars["fuel"] == "hybrid"]
ax.scatter(hybrids["weight"], hybrids["litres"], s=14, color="0.45", label="real hybrids")
for rows, colour, marker, label in (
    (light, "#ffa90e", "s", "asked for: petrol, 1000 to 1200 kg"),
    (heavy, "#3f90da", "^", "asked for: hybrid, 1600 to 1800 kg"),
):
    ax.scatter(rows["weight"], rows["litres"], s=12, color=colour, marker=marker, label=label)
ax.set(xlabel="weight in kg", ylabel="litres per 100 km")
_ = figure.legend(loc="outside upper center", ncols=2)

# %%
# In a sampler the same model draws all classes: one model for all of them, which shares what they
# have in common.

sampler = VAEOversampler(ConditionalVAE(max_iter=300), latent_sampling="prior", random_state=0)
X_resampled, y_resampled = sampler.fit_resample(cars, kind)
print(y_resampled.value_counts().to_dict())
