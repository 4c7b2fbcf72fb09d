"""Names of classifiers, protocols and scores, and how long neural classifiers train."""

from __future__ import annotations

PROTOCOLS = FIXED, EARLY = ("fixed", "early-stopped")
NO_PROTOCOL = "-"  # protocol of classifiers that are not neural
NEURAL = ("MLP", "CNN")
TABULAR = ("MLP", "logistic regression", "forest", "boosting")
CLASSIFIERS = tuple(dict.fromkeys([*NEURAL, *TABULAR]))

# Optimiser steps of a neural classifier. Chosen on training rows alone: by then the training loss
# of most PROBEN1 sets has settled (that of thyroid still falls slowly).
N_STEPS = 4000

# Column of a CSV -> name for readers.
SCORES = {
    "f1_weighted": "weighted F1",
    "f1_macro": "macro F1",
    "balanced_accuracy": "balanced accuracy",
    "minority_recall": "minority recall",
}
F1 = "f1_weighted"  # the score that tables report
