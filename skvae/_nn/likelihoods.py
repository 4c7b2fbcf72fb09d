"""Likelihoods of coded columns, each by its kind."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from .._tables.layout import Layout

_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def reconstruction_nll(
    logits: torch.Tensor, x: torch.Tensor, layout: Layout, scale: torch.Tensor | None = None
) -> torch.Tensor:
    r"""-log p(x given z), summed over the columns: (M, n_columns, batch) -> (M, batch).

    Binary cross-entropy for Bernoulli columns, cross-entropy for one-hot groups, and for Gaussian
    ones :math:`\frac12 ((x - \mu) / \sigma)^2 + \log \sigma + \frac12 \log 2\pi`. What a switch
    turns off does not count.

    Parameters
    ----------
    logits : tensor of shape (M, n_columns, batch)
        What the decoder gives: log-odds, means, unnormalised log-probabilities.
    x : tensor of shape (M, n_inputs, batch)
        The rows, whose conditions don't count.
    layout : Layout
        Which columns are what.
    scale : tensor of shape (M, n_gaussian, 1), default=None
        Standard deviations of the Gaussian columns.
    """
    n = layout.n_bernoulli
    odds = logits if n == layout.n_columns else logits[:, :n]
    bits = x if n == layout.n_inputs else x[:, :n]
    # log(1 + exp(l)) - x * l in one kernel each; the native loss has more of them.
    terms = F.softplus(odds) - bits * odds
    if scale is not None:
        z = (x[:, layout.gaussian] - logits[:, layout.gaussian]) / scale
        terms = torch.cat([terms, 0.5 * z * z + scale.log() + _HALF_LOG_2PI], dim=1)
    if layout.switches:
        terms = terms * counting_columns(x, layout)
    total = terms.sum(dim=1)
    for run, size in layout.runs():
        groups = logits[:, run].unflatten(1, (-1, size))
        total = total + groups.logsumexp(dim=2).sum(dim=1) - (x[:, run] * logits[:, run]).sum(dim=1)
    return total


def counting_columns(x: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return 1 for each Bernoulli and Gaussian column, 0 where a switch turns it off."""
    counting = torch.ones_like(x[:, : layout.gaussian.stop])
    for number, switch, on in layout.switches:
        counting[:, number] = x[:, switch] if on else 1 - x[:, switch]
    return counting


def inside_range(x: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return rows with the Bernoulli columns clipped to [0, 1], where they have a likelihood."""
    inside = x.clone()
    inside[:, : layout.n_bernoulli].clamp_(0, 1)
    return inside


def reconstruction_means(logits: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return means of p(x given z): for one-hot groups, the probabilities of the categories."""
    if layout.n_bernoulli == layout.n_columns:
        return logits.sigmoid()
    parts = [logits[:, : layout.n_bernoulli].sigmoid(), logits[:, layout.gaussian]]
    for run, size in layout.runs():
        parts.append(logits[:, run].unflatten(1, (-1, size)).softmax(dim=2).flatten(1, 2))
    return torch.cat(parts, dim=1)
