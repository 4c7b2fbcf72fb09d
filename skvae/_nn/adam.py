"""Adam by torch's fused kernel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Adam:
    """Adam (Kingma and Ba 2015) by torch's fused kernel.

    `torch.optim.Adam` calls the same kernel, but loads torch's compiler when it is made, which
    takes longer than most fits here, and costs twice as much a step.

    Parameters
    ----------
    parameters : sequence of Parameter
        The parameters to move.
    learning_rate : float
        Step size at the start.
    momentum : float, default=0.9
        Decay rate of the average of gradients (beta1).

    Attributes
    ----------
    learning_rate : tensor of shape ()
        Step size of the next step. It is a tensor, so that a recorded step sees it change.
    """

    def __init__(
        self, parameters: Sequence[nn.Parameter], learning_rate: float, momentum: float = 0.9
    ) -> None:
        self.momentum = momentum
        self.values = [p.detach() for p in parameters]
        self.learning_rate = self.values[0].new_tensor(learning_rate)
        self.means = [torch.zeros_like(v) for v in self.values]
        self.squares = [torch.zeros_like(v) for v in self.values]
        self.n_steps = self.values[0].new_zeros(())

    def step(self, gradients: Sequence[torch.Tensor]) -> None:
        """Take one step against the gradients of the parameters."""
        self.n_steps += 1
        torch._fused_adam_(
            self.values,
            [_laid_out_as(v, g) for v, g in zip(self.values, gradients, strict=True)],
            self.means,
            self.squares,
            [],
            [self.n_steps] * len(self.values),
            lr=self.learning_rate,
            beta1=self.momentum,
            beta2=0.999,
            weight_decay=0.0,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


def _laid_out_as(value: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Return the gradient with the strides of its contiguous value.

    A CPU's kernel takes gradients as they lie in memory; CUDA's refuses other strides, even along
    an axis of length 1, where they mean nothing.
    """
    gradient = gradient.contiguous()
    if gradient.stride() == value.stride():
        return gradient
    return gradient.as_strided(value.size(), value.stride())
