"""Names of arms and their order in reports; the samplers behind them are in `registry`."""

from __future__ import annotations

BASELINE = "none"  # the arm that all others are compared with
CLASS_WEIGHTS = "class weights"
RELABELLED_SMOTE = "SMOTE relabelled"
CTGAN = ("TVAE", "CTGAN")  # models of the package ctgan
RECOMMENDED = "recommended"
UNLABELLED = "single-VAE unlabelled"

# Suffixes of arms whose new rows pass a filter: none, GenerativeClassifierFilter,
# LabelConsistencyFilter.
NO_FILTER, GC, LC = "", " + GC", " + LC"
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
    RECOMMENDED,
)
# Arms that read the kinds of columns from a frame; the others get numbers.
TYPED = ("SMOTE", RELABELLED_SMOTE, *CTGAN, RECOMMENDED)
