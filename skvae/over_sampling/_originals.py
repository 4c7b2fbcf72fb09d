"""Originals: what new rows keep of the rows that they come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..models._fitted import FittedNet
from ._provenance import KnownRows


@dataclass(frozen=True)
class Originals:
    """Residuals and conditions of rows, which new rows keep of the ones that they come from.

    Attributes
    ----------
    rows : ndarray of shape (n,)
        Numbers of the rows, ascending.
    means : ndarray of shape (n, n_components)
        Their latent means.
    residuals : ndarray of shape (n, n_columns) or None
        The rows less what is decoded from their means, where new rows keep that.
    codes : ndarray of shape (n, n_parts) or None
        Codes of their classes and conditions, where the network learns these.
    """

    rows: NDArray[np.intp]
    means: NDArray[np.floating]
    residuals: NDArray[np.floating] | None
    codes: NDArray[np.intp] | None

    @classmethod
    def of(
        cls,
        net: FittedNet,
        known: KnownRows,
        rows: NDArray[np.intp],
        means: NDArray[np.floating],
        *,
        residuals: bool,
    ) -> Originals:
        """Work them out for some of the known rows, given their latent means."""
        values = known.take(rows)
        kept = net.residuals(values, means) if residuals else None
        return cls(rows, means, kept, net.codes_of(values))

    def places(
        self, rows: NDArray[np.intp], means: NDArray[np.floating]
    ) -> NDArray[np.intp] | None:
        """Return the places of rows among these, or None if some have other means or are not."""
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        known = np.array_equal(self.rows[places], rows)
        return places if known and np.array_equal(self.means[places], means) else None

    def take(
        self, places: NDArray[np.intp]
    ) -> tuple[NDArray[np.floating] | None, NDArray[np.intp] | None]:
        """Return the residuals and codes at some places."""
        residuals = None if self.residuals is None else self.residuals[places]
        return residuals, None if self.codes is None else self.codes[places]
