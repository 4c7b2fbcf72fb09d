"""Scaling of columns for trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Distance beyond which values count as equally far.
_FAR = 1e300


@dataclass(frozen=True)
class LogScaling:
    """Logarithmic scaling of columns: arsinh of the distance to the median in its usual size.

    Trees take float32, and hold values for equal that lie close together beside an extreme one.
    So scaled, ordinary values keep their gaps, and extreme ones come near.
    """

    center: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> LogScaling:
        """Learn the columns of these rows; NaN don't count."""
        center, spread = np.zeros(values.shape[1]), np.ones(values.shape[1])
        for j, column in enumerate(np.asarray(values, np.float64).T):
            known = column[~np.isnan(column)]
            if len(known):
                center[j] = np.quantile(known, 0.5, method="nearest")
                distances = np.abs(_minus(known, center[j]))
                if distances.any():
                    spread[j] = np.median(distances[distances > 0])
        return cls(center, spread)

    def scale(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """Scale rows; NaN stay."""
        with np.errstate(over="ignore"):
            far = _minus(np.asarray(values, np.float64), self.center) / self.spread
        scaled: NDArray[np.float32] = np.arcsinh(np.clip(far, -_FAR, _FAR)).astype(np.float32)
        return scaled


def _minus(values: NDArray[np.float64], center: Any) -> NDArray[np.float64]:
    """Return differences that are finite."""
    with np.errstate(over="ignore"):
        return np.clip(values - center, -_FAR, _FAR)
