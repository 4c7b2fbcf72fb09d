"""Weighted F1 as the thesis reports it (tables 6.2 to 6.6), to stand beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._common import BASELINE

Figures = Mapping[Any, tuple[float, ...]]

# Table 6.2: whether the classes are balanced, and the share of a class's training rows that comes
# from the other classes.
PROBEN1_OPTIONS: dict[str, tuple[bool, float]] = {
    "card": (True, 0.0),
    "diabetes": (True, 0.0),
    "gene": (False, 0.2),
    "glass": (True, 0.0),
    "horse": (True, 0.0),
    "thyroid": (False, 0.2),
}

NORM, HALF, ONE = "multi-VAE beta norm", "multi-VAE beta 0.5", "multi-VAE beta 1"
GC = " + GC"

# Table 6.2, by data set.
PROBEN1_ARMS = (BASELINE, NORM, NORM + GC, HALF, HALF + GC, ONE, ONE + GC)
PROBEN1: Figures = {
    "card": (0.871, 0.873, 0.869, 0.868, 0.864, 0.876, 0.871),
    "diabetes": (0.823, 0.831, 0.826, 0.830, 0.822, 0.827, 0.833),
    "gene": (0.813, 0.802, 0.814, 0.818, 0.813, 0.812, 0.813),
    "glass": (0.985, 0.977, 0.985, 0.977, 0.985, 0.984, 0.985),
    "horse": (0.828, 0.837, 0.844, 0.833, 0.835, 0.836, 0.828),
    "thyroid": (0.954, 0.952, 0.956, 0.927, 0.956, 0.925, 0.954),
}

# Table 6.3, by rows a class. It does not say its beta: the figure stands beside each of ours.
THYROID_ARMS = (BASELINE, "multi-VAE", "multi-VAE" + GC)
THYROID: Figures = {
    5: (0.619, 0.693, 0.675),
    10: (0.727, 0.778, 0.761),
    20: (0.735, 0.753, 0.778),
    30: (0.772, 0.786, 0.796),
    50: (0.818, 0.815, 0.808),
    100: (0.935, 0.927, 0.922),
}

# Table 6.4, by rows a class. A cell is the better of without and with GC.
MNIST_ARMS = (
    BASELINE,
    "single-VAE noise",
    "single-VAE interpolation",
    "single-VAE extrapolation",
    "single-VAE interpolation+noise",
    "single-VAE extrapolation+noise",
    HALF,
)
MNIST: Figures = {
    2: (0.660, 0.619, 0.669, 0.654, 0.674, 0.653, 0.678),
    3: (0.699, 0.662, 0.706, 0.700, 0.703, 0.706, 0.706),
    4: (0.734, 0.703, 0.740, 0.732, 0.744, 0.734, 0.734),
    5: (0.776, 0.721, 0.782, 0.756, 0.787, 0.768, 0.770),
    10: (0.849, 0.825, 0.855, 0.861, 0.859, 0.849, 0.854),
    20: (0.905, 0.878, 0.905, 0.911, 0.905, 0.909, 0.904),
    30: (0.929, 0.898, 0.924, 0.930, 0.927, 0.923, 0.923),
    50: (0.941, 0.920, 0.939, 0.941, 0.942, 0.938, 0.937),
    100: (0.954, 0.940, 0.951, 0.953, 0.951, 0.950, 0.949),
    200: (0.962, 0.950, 0.958, 0.960, 0.956, 0.958, 0.956),
    500: (0.964, 0.955, 0.962, 0.963, 0.962, 0.963, 0.959),
    1000: (0.965, 0.952, 0.963, 0.964, 0.964, 0.963, 0.960),
    2000: (0.967, 0.953, 0.964, 0.966, 0.963, 0.964, 0.963),
}

# Tables 6.5, by generated rows a class (from 5 real ones), and 6.6, by rows a class.
FEW_MNIST_ARMS = (
    BASELINE,
    "single-VAE noise",
    "single-VAE interpolation+noise",
    "single-VAE extrapolation+noise",
    HALF,
)
MNIST_SYNTHETIC_ONLY: Figures = {
    2: (0.776, 0.402, 0.636, 0.542, 0.635),
    3: (0.776, 0.518, 0.681, 0.637, 0.666),
    4: (0.776, 0.542, 0.699, 0.616, 0.697),
    5: (0.776, 0.555, 0.686, 0.574, 0.712),
    10: (0.776, 0.618, 0.740, 0.696, 0.764),
    20: (0.776, 0.670, 0.748, 0.740, 0.773),
    30: (0.776, 0.700, 0.765, 0.744, 0.769),
    50: (0.776, 0.726, 0.774, 0.754, 0.763),
    100: (0.776, 0.750, 0.797, 0.771, 0.768),
    200: (0.776, 0.765, 0.790, 0.761, 0.771),
    500: (0.776, 0.788, 0.792, 0.770, 0.774),
    1000: (0.776, 0.775, 0.788, 0.773, 0.767),
    2000: (0.776, 0.777, 0.792, 0.765, 0.770),
}
MNIST_2000: Figures = {
    2: (0.660, 0.679, 0.668, 0.638, 0.634),
    3: (0.699, 0.716, 0.715, 0.711, 0.687),
    4: (0.734, 0.748, 0.747, 0.740, 0.724),
    5: (0.776, 0.779, 0.795, 0.772, 0.768),
    10: (0.849, 0.851, 0.868, 0.871, 0.839),
    20: (0.905, 0.894, 0.907, 0.919, 0.897),
    30: (0.929, 0.905, 0.922, 0.936, 0.916),
    50: (0.941, 0.914, 0.935, 0.945, 0.925),
    100: (0.954, 0.923, 0.946, 0.951, 0.936),
    200: (0.962, 0.929, 0.952, 0.960, 0.934),
    500: (0.964, 0.939, 0.957, 0.960, 0.924),
    1000: (0.965, 0.946, 0.960, 0.961, 0.913),
    2000: (0.967, 0.953, 0.963, 0.964, 0.905),
}


def thesis_figures(table: str, dataset: str, n: float | None, n_new: float | None) -> dict:
    """The thesis' figures of one row of a table by its own arms; empty where it has none."""
    arms, figures, row = {
        "proben1": (PROBEN1_ARMS, PROBEN1, dataset),
        "thyroid-fewshot": (THYROID_ARMS, THYROID, n),
        "mnist-fewshot": (MNIST_ARMS, MNIST, n),
        "mnist-synthetic-only": (FEW_MNIST_ARMS, MNIST_SYNTHETIC_ONLY, n_new),
        "mnist-fewshot-2000": (FEW_MNIST_ARMS, MNIST_2000, n),
    }[table]
    return dict(zip(arms, figures.get(row, ()), strict=False))


def thesis_figure(
    table: str, dataset: str, n: float | None, n_new: float | None, arm: str
) -> float | None:
    """The thesis' weighted F1 for an arm of ours, or None where it has none.

    >>> thesis_figure("proben1", "horse", None, None, "multi-VAE beta norm + GC")
    0.844
    """
    figures = thesis_figures(table, dataset, n, n_new)
    if table == "thyroid-fewshot":
        for beta in (NORM, HALF, ONE):
            arm = arm.replace(beta, "multi-VAE")
    if table.startswith("mnist"):  # its figures are of the better of without and with GC
        arm = arm.removesuffix(GC)
    return figures.get(arm)


def thesis_best(table: str, dataset: str, n: float | None, n_new: float | None) -> float | None:
    """The highest figure of the thesis' own arms: what one recommended setting has to stand up to.

    >>> thesis_best("proben1", "horse", None, None)
    0.844
    """
    figures = thesis_figures(table, dataset, n, n_new)
    return max((f1 for arm, f1 in figures.items() if arm != BASELINE), default=None)
