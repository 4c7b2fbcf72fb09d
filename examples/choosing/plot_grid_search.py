"""
Grid search over model, rule and filter
=======================================

A sampler is built of parts, a model, a latent rule and a filter. Each parameter has a name that a
grid search reaches, also those of the parts that the sampler brings along.
"""

# %%
# Wine with twelve rows of two of its classes, and a Pipeline of sampler, scaler and classifier.

import matplotlib.pyplot as plt
import pandas as pd
from imblearn.datasets import make_imbalance
from imblearn.pipeline import make_pipeline
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from skvae import VAE, VAEOversampler
from skvae.latent import InterpolationSampling, NoiseSampling

X, y = load_wine(return_X_y=True)
X, y = make_imbalance(X, y, sampling_strategy={0: 59, 1: 12, 2: 12}, random_state=0)
clf = make_pipeline(
    VAEOversampler(VAE(max_iter=60), random_state=0), StandardScaler(), KNeighborsClassifier()
)

# %%
# Two latent rules, each with a parameter of its own, and two weights of the KL.

grid = [
    {
        "vaeoversampler__vae__beta": [0.1, 0.5],
        "vaeoversampler__latent_sampling": [InterpolationSampling()],
        "vaeoversampler__latent_sampling__alpha": [0.2, 0.8],
    },
    {
        "vaeoversampler__vae__beta": [0.1, 0.5],
        "vaeoversampler__latent_sampling": [NoiseSampling()],
        "vaeoversampler__latent_sampling__noise_scale": [0.2, 1.0],
    },
]
folds = StratifiedKFold(3, shuffle=True, random_state=0)
search = GridSearchCV(clf, grid, scoring="balanced_accuracy", cv=folds).fit(X, y)
print({name.split("__", 1)[1]: value for name, value in search.best_params_.items()})

# %%
# The scores of all settings with the deviation over the folds. Look at the deviations before you
# believe in the best one.

results = pd.DataFrame(search.cv_results_)
names = []
for params in search.cv_results_["params"]:
    values = [v for k, v in params.items() if k.endswith(("alpha", "noise_scale"))]
    rule = type(params["vaeoversampler__latent_sampling"]).__name__.removesuffix("Sampling")
    names.append(f"{rule}({values[0]}), beta={params['vaeoversampler__vae__beta']}")
figure, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
ax.errorbar(
    results["mean_test_score"],
    names,
    xerr=results["std_test_score"],
    fmt="o",
    color="#3f90da",
    capsize=3,
)
ax.invert_yaxis()
_ = ax.set_xlabel("balanced accuracy: mean and deviation over the folds")
