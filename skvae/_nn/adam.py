"""Adam by torch's fused kernel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Adam:
    """Adam (Kingma and Ba 2015) by torch's fused kernel.

    `torch.optim.Adam` calls the same kernel, but loads torch's compiler when it is made, which
    takes longer than most fits here, and costs twice as much a step.
    """

    def __init__(self, parameters: list[nn.Parameter], learning_rate: float) -> None:
        self.parameters = parameters
        self.values = [p.detach() for p in parameters]
        # A tensor, so that a recorded step sees it change.
        self.learning_rate = self.values[0].new_tensor(learning_rate)
        self.means = [torch.zeros_like(v) for v in self.values]
        self.squares = [torch.zeros_like(v) for v in self.values]
        self.n_steps = self.values[0].new_zeros(())

    def step(self, terms: Sequence[torch.Tensor], weights: Sequence[torch.Tensor]) -> None:
        """Take one step down the sum of the terms times their weights."""
        self.n_steps += 1
        gradients = torch.autograd.grad(terms, self.parameters, weights)
        torch._fused_adam_(
            self.values,
            [_laid_out_as(v, g) for v, g in zip(self.values, gradients, strict=True)],
            self.means,
            self.squares,
            [],
            [self.n_steps] * len(self.values),
            lr=self.learning_rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=0.0,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


def _laid_out_as(value: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """The gradient with the strides of its contiguous value.

    A CPU's kernel takes them as they lie in memory; CUDA's refuses other strides, even along an
    axis of length 1, where they mean nothing.
    """
    gradient = gradient.contiguous()
    if gradient.stride() == value.stride():
        return gradient
    return gradient.as_strided(value.size(), value.stride())
