"""Networks of plain torch.nn with the weights of a stack of one, to compare losses with."""

from __future__ import annotations

import torch
from torch import nn

from skvae._nn.layers import StackedBatchNorm, StackedLinear, StackedMLP


def plain_mlp(stack: StackedMLP) -> nn.Sequential:
    """The same network of torch's own layers, whose weights are copies."""
    return nn.Sequential(*(plain_layer(layer) for layer in stack.layers))


@torch.no_grad()
def plain_layer(layer: nn.Module) -> nn.Module:
    if isinstance(layer, StackedLinear):
        _, n_out, n_in = layer.weight.shape
        linear = nn.Linear(n_in, n_out, bias=layer.bias is not None)
        linear.weight.copy_(layer.weight[0])
        if layer.bias is not None:
            linear.bias.copy_(layer.bias[0, :, 0])
        return linear
    if isinstance(layer, StackedBatchNorm):
        return nn.BatchNorm1d(len(layer.weight))
    return nn.LeakyReLU()


def gradients(loss: torch.Tensor, *networks: nn.Module) -> list[torch.Tensor]:
    """Gradients of all parameters, without the axes of length one that a stack has."""
    parameters = [p for network in networks for p in network.parameters()]
    return [g.squeeze() for g in torch.autograd.grad(loss, parameters)]
