"""Base of the families that train against a discriminator, and how their training is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from sklearn.utils._param_validation import Interval

from .._nn.adversarial import Rows
from .._tables.format import TableFormat
from .._tables.layout import Layout
from ..exceptions import ModeCollapseWarning, warn
from ._base import GenerativeModel
from ._fitted import FittedNet
from ._fitting import Recipe, Result
from ._mixins import PriorMixin

# Rows and samples whose distances are compared, at most.
_N_COMPARED = 256
# Diversity below which samples count as collapsed.
_LEAST_DIVERSITY = 0.2
# Accuracy from which a discriminator has won.
_WON = 0.95

# Parameters without use in adversarial training, whose losses say nothing of how good rows are.
_LEFT_OUT = (
    "likelihood",
    "denoising_std",
    "early_stopping",
    "n_iter_no_change",
    "tol",
    "early_checkpoint",
)


class AdversarialModel(PriorMixin, GenerativeModel):
    """Base of models that are trained against a discriminator."""

    _parameter_constraints: ClassVar[dict] = {
        **{k: v for k, v in GenerativeModel._parameter_constraints.items() if k not in _LEFT_OUT},
        "gradient_penalty": [Interval(Real, 0, None, closed="left")],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    }

    gradient_penalty: float

    def _recipe(self, table_format: TableFormat) -> Recipe:
        return replace(super()._recipe(table_format), judging_fraction=self.validation_fraction)

    def _rows(self, layout: Layout) -> Rows:
        """Return how the discriminator sees rows."""
        return Rows(layout, relaxed=self.image_shape is None)

    def _adopt(self, result: Result) -> None:
        rng = np.random.RandomState(0)
        rows = result.sample[:: max(1, len(result.sample) // _N_COMPARED)][:_N_COMPARED]
        drawn = _coded_samples(result.net, max(2, len(rows)), rng)
        self.diversity_ = diversity(drawn, rows)
        self.discriminator_accuracy_ = np.nan
        if len(result.held_out):
            named_real = self._log_odds(result.net, result.held_out) > 0
            named_fake = self._log_odds(result.net, drawn) <= 0
            self.discriminator_accuracy_ = float(named_real.mean() + named_fake.mean()) / 2
        super()._adopt(result)

    def _log_odds(self, net: FittedNet, coded: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return the discriminator's log-odds that coded rows are real, (n,)."""
        rows = self._rows(net.codec.layout)

        def odds(net: Any, x: torch.Tensor) -> torch.Tensor:
            return net.discriminator(rows.seen(x))[1][:, None]

        return net.through(odds, coded)[:, 0]

    def _warn(self, models: Sequence[Any], results: Sequence[Result], names: Sequence[str]) -> None:
        super()._warn(models, results, names)
        named = list(zip(models, names, strict=True))
        alike = [(m.diversity_, name) for m, name in named if m.diversity_ < _LEAST_DIVERSITY]
        told = [
            (m.discriminator_accuracy_, name)
            for m, name in named
            if m.diversity_ >= _LEAST_DIVERSITY and m.discriminator_accuracy_ >= _WON
        ]
        if alike:
            warn(
                f"The rows that {type(self).__name__} draws are too much alike for "
                f"{_listed(alike)}: their distances are {min(alike)[0]:.2g} of those between the "
                "rows of fit. The generator has collapsed to few rows, or has hardly been "
                f"trained: {self._ways_out()}.",
                ModeCollapseWarning,
            )
        if told:
            warn(
                f"The discriminator of {type(self).__name__} tells rows that were held out from "
                f"drawn ones for {_listed(told)}, with an accuracy of {max(told)[0]:.2f}: the "
                f"generator lags behind, or oscillates: {self._ways_out()}.",
                ModeCollapseWarning,
            )

    def _ways_out(self) -> str:
        """Return what may help training that has failed, for messages."""
        return (
            f"raise gradient_penalty (now {self.gradient_penalty}) or max_iter (now "
            f"{self.max_iter}), or lower learning_rate_init (now {self.learning_rate_init})"
        )


def _listed(found: Sequence[tuple[float, str]]) -> str:
    """Return the names of models."""
    return ", ".join(name for _, name in found)


def diversity(drawn: NDArray[np.floating], rows: NDArray[np.floating]) -> float:
    """Return distances between drawn rows, as a share of those between as many real ones.

    The result is the lesser of two shares: that of the mean distance of all pairs, which is small
    if all drawn rows are alike, and that of the mean distance to the nearest other, which is small
    if they are copies of few. Distances of 0 between real rows give no share.
    """
    shares = [1.0]
    ours, theirs = (_distances(table) for table in (drawn, rows))
    for mine, real in zip(ours, theirs, strict=True):
        if real > 0:
            shares.append(mine / real)
    return min(shares)


def _distances(rows: NDArray[np.floating]) -> tuple[float, float]:
    """Return the mean distance of pairs, and that of a row to the nearest other."""
    pairs = squareform(pdist(rows.astype(np.float64)))
    mean = pairs.sum() / (len(pairs) * (len(pairs) - 1))
    np.fill_diagonal(pairs, np.inf)
    return float(mean), float(pairs.min(axis=1).mean())


def _coded_samples(net: FittedNet, n: int, rng: np.random.RandomState) -> NDArray[np.float32]:
    """Return rows drawn from the prior as the networks see them."""
    values = net.draw(net.draw_prior(n, rng), rng, net.prior_shifts())
    return net.codec.encode(values)
