"""
Thresholds and probabilities
============================

Evened-out classes make a classifier believe that rare classes are frequent: its probabilities are
too high. Often a threshold is all that is needed, and no resampling. Where new rows do help, a
`PriorCorrectedClassifier` puts most of it right again, by Bayes' rule, and scikit-learn's
`CalibratedClassifierCV` learns the rest from held-out real rows, for five more fits.
"""

# %%
# 3000 rows, of which one in twelve is of the small class; half of them for testing.

import matplotlib.pyplot as plt
import pandas as pd
from imblearn.pipeline import make_pipeline
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.model_selection import TunedThresholdClassifierCV, train_test_split

from skvae import VAE, VAEOversampler
from skvae.metrics import expected_calibration_error
from skvae.model_selection import PriorCorrectedClassifier

X, y = make_classification(
    3000, 12, n_informative=5, weights=[0.92], class_sep=0.8, flip_y=0.01, random_state=1
)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=0)
sampler = VAEOversampler(VAE(max_iter=200), random_state=0)
classifier = LogisticRegression()

# %%
# The classifier alone, behind the sampler, behind it with corrected or calibrated probabilities,
# and with a threshold that is chosen by cross-validation instead of new rows. Around the pipeline,
# `CalibratedClassifierCV` calibrates on real rows, since only training rows are resampled.

fitted = {
    "alone": classifier.fit(X, y),
    "resampled": make_pipeline(sampler, LogisticRegression()).fit(X, y),
    "resampled, corrected": PriorCorrectedClassifier(LogisticRegression(), sampler).fit(X, y),
    "resampled, calibrated": CalibratedClassifierCV(
        make_pipeline(sampler, LogisticRegression()), ensemble=False
    ).fit(X, y),
    "alone, tuned threshold": TunedThresholdClassifierCV(
        LogisticRegression(), scoring="balanced_accuracy", random_state=0
    ).fit(X, y),
}
rows = {}
for name, model in fitted.items():
    p = model.predict_proba(X_test)
    rows[name] = {
        "balanced accuracy": balanced_accuracy_score(y_test, model.predict(X_test)),
        "average precision": average_precision_score(y_test, p[:, 1]),
        "calibration error": expected_calibration_error(y_test, p),
    }
pd.DataFrame(rows).T.round(3)

# %%
# Resampling raises the balanced accuracy, and so does the threshold, without a new row and without
# harm to probabilities. In the picture a classifier is right where it lies on the diagonal.

figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
styles = {"alone": ("black", "o"), "resampled": ("#bd1f01", "s")}
styles["resampled, corrected"] = ("#3f90da", "^")
styles["resampled, calibrated"] = ("#ffa90e", "D")
for name, (colour, marker) in styles.items():
    shares, means = calibration_curve(
        y_test, fitted[name].predict_proba(X_test)[:, 1], n_bins=8, strategy="quantile"
    )
    ax.plot(means, shares, color=colour, marker=marker, label=name)
ax.plot([0, 1], [0, 1], color="0.6", lw=1, ls="--")
ax.set(xlabel="predicted probability of the small class", ylabel="share of the small class")
_ = ax.legend(loc="upper left")
