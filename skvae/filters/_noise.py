"""Noise rows, for a classifier to tell from real ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .._nn.devices import standard_normal

UNIFORM, NORMAL, PERMUTED, EARLY = SOURCES = ("uniform", "normal", "permuted", "early")

# Code of a missing value, below all others.
ABSENT = -1.0


class Noise:
    """Draws noise rows from the sources `names`, in equal parts.

    Noise lacks the traits that would give it away at once, because generated rows have none of
    them: values between two categories, constant columns that vary, no missing values where real
    rows have some.

    Parameters
    ----------
    real : tensor of shape (n_samples, n_features)
        The real rows that the noise is made for, in [0, 1], `ABSENT` where missing.
    sigma : float
        Standard deviation of the source "normal".
    bank : tensor of shape (n_noise, n_features) or None
        Rows for the source "early".
    varying : tensor of shape (n_features,), bool
        Mask of the columns that are not constant.
    levels : tensor of shape (n_features,)
        Steps from 0 to 1 of a column of categories or whole numbers, 0 for other numbers.
    """

    def __init__(
        self,
        names: Sequence[str],
        real: torch.Tensor,
        sigma: float,
        bank: torch.Tensor | None,
        varying: torch.Tensor,
        levels: torch.Tensor,
    ) -> None:
        self.names, self.real, self.sigma, self.bank = names, real, sigma, bank
        self.varying, self.levels = varying, levels
        present = real != ABSENT
        n_present = present.sum(dim=0)
        self.mean = (real * present).sum(dim=0) / n_present.clamp(min=1)
        self.share_absent = 1 - n_present / len(real)
        self.has_absent = not bool(present.all())
        self.has_levels = bool(levels.any())

    def __call__(self, rng: torch.Generator, n: int) -> torch.Tensor:
        """Draw n rows, (n, n_features)."""
        rows = self.real.new_empty(n, self.real.shape[1])
        for i, name in enumerate(self.names):
            part = rows[i :: len(self.names)]
            part[:] = self._draw(name, rng, len(part))
        return torch.where(self.varying | (rows == ABSENT), rows, 0)

    def _draw(self, name: str, rng: torch.Generator, n: int) -> torch.Tensor:
        n_features = self.real.shape[1]
        if name == PERMUTED:
            shape, device = (n, n_features), rng.device
            places = torch.randint(len(self.real), shape, generator=rng, device=device)
            return self.real[places, torch.arange(n_features, device=device)]
        if name == UNIFORM:
            rows = self._uniform(rng, n)
            if self.has_levels:
                # Each step as likely as the others: rounding would halve the two ends.
                steps = torch.floor(rows * (self.levels + 1)).minimum(self.levels)
                rows = torch.where(self.levels > 0, steps / self.levels, rows)
            return self._with_gaps(rows, rng)
        if name == NORMAL:
            rows = self.mean + self.sigma * standard_normal([rng], n, n_features)[0]
            if self.has_levels:
                steps = torch.round(rows * self.levels).clamp(min=0).minimum(self.levels)
                rows = torch.where(self.levels > 0, steps / self.levels, rows)
            return self._with_gaps(rows, rng)
        if self.bank is None:
            raise ValueError(f"no rows were given for noise source {name!r}")
        return self.bank[torch.randint(len(self.bank), (n,), generator=rng, device=rng.device)]

    def _uniform(self, rng: torch.Generator, n: int) -> torch.Tensor:
        shape = (n, self.real.shape[1])
        return torch.rand(shape, generator=rng, device=rng.device, dtype=torch.float32)

    def _with_gaps(self, rows: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        """Return rows in which as much is missing as in the real ones, anywhere."""
        if not self.has_absent:
            return rows
        return torch.where(self._uniform(rng, len(rows)) < self.share_absent, ABSENT, rows)
