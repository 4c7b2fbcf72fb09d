"""Likelihoods, Kullback-Leibler divergence and the ELBO: pure functions of tensors."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch.nn import functional as F


class LatentVariableModel(Protocol):
    """What the ELBO asks of a network."""

    def encode(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]: ...

    def decode(self, z: torch.Tensor) -> torch.Tensor: ...


class Terms(NamedTuple):
    """The two sides of the ELBO in nats, each (M, batch): a value a model and row."""

    reconstruction: torch.Tensor
    kl: torch.Tensor


def bernoulli_nll(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy, summed over the features: (M, features, batch) -> (M, batch)."""
    # log(1 + exp(l)) - x * l in one kernel each; the native loss has more of them.
    return (F.softplus(logits) - x * logits).sum(dim=1)


def kl_to_standard_normal(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    r"""KL of N(mean, diag exp(log_var)) from N(0, I), (M, components, batch) -> (M, batch).

    :math:`\frac12 \sum_j (\sigma_j^2 + \mu_j^2 - 1 - \log \sigma_j^2)`, Kingma and Welling
    (2014), appendix B.
    """
    return 0.5 * torch.addcmul(torch.expm1(log_var) - log_var, mean, mean).sum(dim=1)


def negative_elbo(
    net: LatentVariableModel,
    x: torch.Tensor,
    eps: torch.Tensor,
    x_seen: torch.Tensor | None = None,
) -> Terms:
    """Both terms of the negative ELBO at z = mean + sigma * eps.

    Parameters
    ----------
    net : LatentVariableModel
        M encoders and decoders.
    x : tensor of shape (M, features, batch)
        The rows to explain, in [0, 1].
    eps : tensor of shape (M, components, batch)
        Standard normal draws (the reparametrisation of Kingma and Welling 2014, section 2.4).
    x_seen : tensor like `x`, default=None
        What the encoder sees instead of `x`: the noisy rows of a denoising VAE.
    """
    mean, log_var = net.encode(x if x_seen is None else x_seen)
    z = torch.addcmul(mean, torch.exp(0.5 * log_var), eps)
    return Terms(bernoulli_nll(net.decode(z), x), kl_to_standard_normal(mean, log_var))
