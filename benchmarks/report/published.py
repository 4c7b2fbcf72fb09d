"""Weighted F1 as the thesis reports it (tables 6.2 to 6.6), to stand beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..arms.names import BASELINE, BETA_HALF, GC, MULTI_VAE, SINGLE_VAE


@dataclass(frozen=True)
class Published:
    """Figures of one of the thesis' tables.

    Attributes
    ----------
    row : str
        Label of ours that a row of the thesis' table stands for: "dataset", "n" or "n_new".
    arms : tuple of str
        Arms of the thesis.
    figures : mapping
        Weighted F1 by the value of `row`, in the order of `arms`.
    aliases : mapping
        Arm of the thesis by an arm of ours that goes by another name.
    note : str
        Remark on the figures.
    """

    row: str
    arms: tuple[str, ...]
    figures: Mapping[Any, tuple[float, ...]]
    aliases: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def figure(self, dataset: str, n: float | None, n_new: float | None, arm: str) -> float | None:
        """Weighted F1 of an arm of ours, or None where the thesis has none.

        >>> PROBEN1.figure("horse", None, None, "multi-VAE beta norm + GC")
        0.844
        """
        return self._by_arm(dataset, n, n_new).get(self.aliases.get(arm, arm))

    def best(self, dataset: str, n: float | None, n_new: float | None) -> float | None:
        """Highest figure of the thesis' own arms, to compare one recommended setting with.

        >>> PROBEN1.best("horse", None, None)
        0.844
        """
        figures = self._by_arm(dataset, n, n_new)
        return max((f1 for arm, f1 in figures.items() if arm != BASELINE), default=None)

    def _by_arm(self, dataset: str, n: float | None, n_new: float | None) -> dict[str, float]:
        """Figures of one row of the table by the thesis' arms; empty where it has none."""
        labels = {"dataset": dataset, "n": n, "n_new": n_new}
        return dict(zip(self.arms, self.figures.get(labels[self.row], ()), strict=False))


NOTHING = Published("dataset", (), {})  # for tables that the thesis does not have
# The thesis' figures stand beside our arms without and with GC.
WITHOUT_AND_WITH_GC = {arm + GC: arm for arm in (*SINGLE_VAE, *MULTI_VAE)}
BESIDE_BOTH = "The thesis does not say whether its figures are with GC; they stand beside both."

PROBEN1 = Published(  # table 6.2
    row="dataset",
    arms=(BASELINE, *(arm + suffix for arm in MULTI_VAE for suffix in ("", GC))),
    figures={
        "card": (0.871, 0.873, 0.869, 0.868, 0.864, 0.876, 0.871),
        "diabetes": (0.823, 0.831, 0.826, 0.830, 0.822, 0.827, 0.833),
        "gene": (0.813, 0.802, 0.814, 0.818, 0.813, 0.812, 0.813),
        "glass": (0.985, 0.977, 0.985, 0.977, 0.985, 0.984, 0.985),
        "horse": (0.828, 0.837, 0.844, 0.833, 0.835, 0.836, 0.828),
        "thyroid": (0.954, 0.952, 0.956, 0.927, 0.956, 0.925, 0.954),
    },
    note="The thesis' figures for glass are out of reach: an MLP has about 0.7 with its nine "
    "attributes.",
)

THYROID = Published(  # table 6.3
    row="n",
    arms=(BASELINE, "multi-VAE", "multi-VAE" + GC),
    figures={
        5: (0.619, 0.693, 0.675),
        10: (0.727, 0.778, 0.761),
        20: (0.735, 0.753, 0.778),
        30: (0.772, 0.786, 0.796),
        50: (0.818, 0.815, 0.808),
        100: (0.935, 0.927, 0.922),
    },
    aliases={arm + suffix: "multi-VAE" + suffix for arm in MULTI_VAE for suffix in ("", GC)},
    note="The thesis does not name the beta of these figures; they stand beside each.",
)

MNIST = Published(  # table 6.4
    row="n",
    arms=(BASELINE, *SINGLE_VAE, BETA_HALF),
    figures={
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
    },
    aliases=WITHOUT_AND_WITH_GC,
    note="The thesis' figures are of the better of without and with GC.",
)

FEW_MNIST_ARMS = (
    BASELINE,
    "single-VAE noise",
    "single-VAE interpolation+noise",
    "single-VAE extrapolation+noise",
    BETA_HALF,
)
MNIST_SYNTHETIC_ONLY = Published(  # table 6.5; from 5 real rows of each class
    row="n_new",
    arms=FEW_MNIST_ARMS,
    figures={
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
    },
    aliases=WITHOUT_AND_WITH_GC,
    note=BESIDE_BOTH,
)
MNIST_2000 = Published(  # table 6.6
    row="n",
    arms=FEW_MNIST_ARMS,
    figures={
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
    },
    aliases=WITHOUT_AND_WITH_GC,
    note=BESIDE_BOTH,
)
