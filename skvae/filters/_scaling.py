"""Scaling of columns for trees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._tables.frames import row_chunks

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
        scaled = np.empty(values.shape, np.float32)
        for rows in row_chunks(values):
            far = _minus(values[rows].astype(np.float64), self.center)
            with np.errstate(over="ignore"):
                far /= self.spread
            np.clip(far, -_FAR, _FAR, out=far)
            scaled[rows] = np.arcsinh(far, out=far)
        return scaled


def _minus(values: NDArray[np.float64], center: Any) -> NDArray[np.float64]:
    """Return differences that are finite."""
    with np.errstate(over="ignore"):
        far = values - center
    return np.clip(far, -_FAR, _FAR, out=far)
