"""Names of arms and their order in reports; the samplers behind them are in `registry`."""

from __future__ import annotations

from .families import FAMILIES
from .ours import ENLARGE, EVEN, LC, OURS, SEMI_SUPERVISED, TRIALS

BASELINE = "none"  # the arm that all others are compared with
CLASS_WEIGHTS = "class weights"
RELABELLED_SMOTE = "SMOTE relabelled"
CTGAN = ("TVAE", "CTGAN")  # models of the package ctgan
RELABELLED = "VAEOversampler relabelled"
UNLABELLED = "single-VAE unlabelled"
PLAIN_SMOTE = "SMOTE as it comes"
BORDERLINE = "Borderline-SMOTE"
SMOTEENN = "SMOTEENN"
DUPLICATES = "every row twice"
FOREST_DIFFUSION, ARF = "ForestDiffusion", "ARF"  # of the packages ForestDiffusion and arfpy
# No new rows, but what a classifier is trained on or how: it chooses its threshold, or labels
# unlabelled rows itself.
TUNED_THRESHOLD, SELF_TRAINING = "tuned threshold", "self-training"
LABEL_SPREADING = "label spreading"
# No new rows, and another classifier: of the latent means of the single-VAE, which has learnt all
# rows without their labels.
LATENT_REGRESSION, LATENT_MEANS = "logistic regression on latent means", "nearest class mean"
TRANSFER = (LATENT_REGRESSION, LATENT_MEANS)

# Suffixes of arms whose new rows pass a filter: none, GenerativeClassifierFilter,
# LabelConsistencyFilter.
NO_FILTER, GC = "", " + GC"
FILTERS = (NO_FILTER, GC, LC)

# Single-VAE arms; the last word is the latent rule.
SINGLE_VAE = (
    "single-VAE noise",
    "single-VAE interpolation",
    "single-VAE extrapolation",
    "single-VAE interpolation+noise",
    "single-VAE extrapolation+noise",
)
BETA_NORM, BETA_HALF, BETA_ONE = "multi-VAE beta norm", "multi-VAE beta 0.5", "multi-VAE beta 1"
MULTI_VAE = (BETA_NORM, BETA_HALF, BETA_ONE)


def with_filters(arms: tuple[str, ...]) -> tuple[str, ...]:
    """Return each arm followed by its variants with a filter."""
    return tuple(arm + suffix for arm in arms for suffix in FILTERS)


def split_filter(arm: str) -> tuple[str, str]:
    """Return the arm without its filter, and the filter's suffix.

    >>> split_filter("multi-VAE beta 1 + GC"), split_filter("SMOTE")
    (('multi-VAE beta 1', ' + GC'), ('SMOTE', ''))
    """
    suffix = next((suffix for suffix in (GC, LC) if arm.endswith(suffix)), NO_FILTER)
    return arm.removesuffix(suffix), suffix


# Arms for any table; the one with unlabelled rows needs data that few tables have.
ARMS = (
    *(BASELINE, CLASS_WEIGHTS, "random", "SMOTE", RELABELLED_SMOTE, "ADASYN", *CTGAN),
    *with_filters(SINGLE_VAE),
    *with_filters(MULTI_VAE),
    RELABELLED,
)
# Arms for imbalanced tables of two classes.
IMBALANCED = (
    *(BASELINE, CLASS_WEIGHTS, TUNED_THRESHOLD, "random", "SMOTE", PLAIN_SMOTE),
    *(BORDERLINE, "ADASYN", SMOTEENN, "SMOTE" + LC, *EVEN),
)
# Arms for tables with few rows, and those that take the other rows without their labels.
SMALL = (BASELINE, DUPLICATES, "SMOTE", *ENLARGE)
SMALL_PEERS = ("TVAE", FOREST_DIFFUSION, ARF)  # which few have installed
UNLABELLED_ARMS = (LABEL_SPREADING, SELF_TRAINING, *SEMI_SUPERVISED)
# Arms whose new rows come from a model of the package. All others are controls: real rows alone,
# repeated or weighted, interpolated rows, and other packages.
OF_PACKAGE = frozenset(
    (*with_filters((*SINGLE_VAE, *MULTI_VAE)), RELABELLED, UNLABELLED, *OURS, *FAMILIES)
)
# Arms in the order of reports, those that draw nothing first; others come last.
ORDER = tuple(
    dict.fromkeys(
        (
            *(BASELINE, CLASS_WEIGHTS, TUNED_THRESHOLD, DUPLICATES),
            *(
                *ARMS,
                *IMBALANCED,
                *FAMILIES,
                *TRIALS,
                *SMALL,
                *SMALL_PEERS,
                *UNLABELLED_ARMS,
                *TRANSFER,
            ),
        )
    )
)
# Arms that read the kinds of columns from a frame; the others get numbers.
TYPED = (
    *(
        "random",
        "SMOTE",
        PLAIN_SMOTE,
        "SMOTE" + LC,
        SMOTEENN,
        RELABELLED_SMOTE,
        *CTGAN,
        FOREST_DIFFUSION,
        ARF,
    ),
    *(RELABELLED, DUPLICATES, LABEL_SPREADING, *OURS, *FAMILIES),
)
