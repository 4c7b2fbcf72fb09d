"""Names of classifiers, protocols and scores, and how long neural classifiers train."""

from __future__ import annotations

PROTOCOLS = FIXED, EARLY = ("fixed", "early-stopped")
NO_PROTOCOL = "-"  # protocol of classifiers that are not neural
NEURAL = ("MLP", "CNN")
TABULAR = ("MLP", "logistic regression", "forest", "boosting")
NEIGHBORS = "5 neighbours"
CLASSIFIERS = tuple(dict.fromkeys([*NEURAL, *TABULAR, NEIGHBORS]))

# Optimiser steps of a neural classifier. Chosen on training rows alone: by then the training loss
# of most PROBEN1 sets has settled (that of thyroid still falls slowly).
N_STEPS = 4000

# Column of a CSV -> name for readers. These are the scores of all tables.
SCORES = {
    "f1_weighted": "weighted F1",
    "f1_macro": "macro F1",
    "balanced_accuracy": "balanced accuracy",
    "minority_recall": "minority recall",
}
F1 = "f1_weighted"  # the score that most tables report
# Scores of probabilities: with two classes of that of the rarest, else means over the classes.
BRIER = "brier_score"
PROBABILITY_SCORES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    BRIER: "Brier score (lower is better)",
}
ALL_SCORES = {**SCORES, **PROBABILITY_SCORES}
