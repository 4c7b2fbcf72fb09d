"""
Does a sampler pay? Ask compare_samplers
========================================

A sampler helps on some tables and does harm on others. `compare_samplers` tells for your table and
your classifier, by cross-validation: each sampler sees training rows only, and each is compared
with no resampling on the same splits.
"""

# %%
# 600 rows, of which 8 % are of the small class, and a logistic regression. To keep the example
# short, models are trained for 100 steps.

from imblearn.over_sampling import SMOTE
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skvae import VAE, VAEOversampler
from skvae.inspection import SamplerComparisonDisplay
from skvae.model_selection import PairedDifference, compare_samplers, paired_difference

X, y = make_classification(600, 10, weights=[0.92], flip_y=0.02, random_state=3)
classifier = make_pipeline(StandardScaler(), LogisticRegression())

samplers = {
    "class weights": "balanced",
    "SMOTE": SMOTE(),
    "VAE": VAEOversampler(VAE(max_iter=100)),
}
comparison, scores = compare_samplers(
    classifier,
    X,
    y,
    samplers,
    cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0),
    scoring=["balanced_accuracy", "average_precision"],
    random_state=0,
    return_scores=True,
)
comparison[["mean", "gain", "low", "high", "p_value", "verdict"]].round(3)

# %%
# `~skvae.inspection.SamplerComparisonDisplay` has a line for each sampler: its gain over no
# resampling with a 95 % interval. A filled marker is a gain or a loss; a hollow one may be chance.

_ = SamplerComparisonDisplay.from_comparison(comparison, score="balanced_accuracy")

# %%
# The same samplers by another score. Evened-out classes mostly move the threshold of a classifier,
# and average precision heeds none: there is little or nothing to gain.

_ = SamplerComparisonDisplay.from_comparison(comparison, score="average_precision")

# %%
# Any two columns of the scores can be compared. A `PairedDifference` holds the mean difference, its
# interval, and a p-value that heeds that the splits share rows.

by_score = scores["balanced_accuracy"]
difference = paired_difference(by_score["VAE"], by_score["SMOTE"], test_ratio=0.25)
assert isinstance(difference, PairedDifference)
print(f"VAE less SMOTE: {difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]")
