"""Networks as plain arrays, for files: those of pickle, and formats that know no torch."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

# Attributes that every module has: tensors and modules, which are told apart, and hooks.
_OF_TORCH = set(vars(nn.Module()))


class HoldsNetwork:
    """Mixin of objects whose attribute `net` is a trained network, which files hold as arrays."""

    net: Any

    @cached_property
    def _arrays(self) -> dict[str, Any] | None:
        # Made once: formats that write an array once, however often it comes, go by its identity.
        return to_arrays(self.net)

    def sharing(self, other: HoldsNetwork) -> Any:
        """Share the arrays of an object with the same network, so that files write them once."""
        self.__dict__["_arrays"] = other._arrays
        return self

    def __getstate__(self) -> dict[str, Any]:
        state = {**vars(self), "net": self._arrays}
        state.pop("_arrays", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, net=from_arrays(state["net"]))


@torch.no_grad()
def to_arrays(net: nn.Module | None) -> dict[str, Any] | None:
    """Return a trained network as a tree of classes, plain attributes and arrays.

    The arrays share the memory of the network's tensors.
    """
    if net is None:  # a part that a network has a place for, but not the part
        return None
    own = {name: value for name, value in vars(net).items() if name not in _OF_TORCH}
    return {
        "class": type(net),
        "attributes": own,
        "parameters": {name: _array(tensor) for name, tensor in net._parameters.items()},
        "buffers": {name: _array(tensor) for name, tensor in net._buffers.items()},
        "modules": {name: to_arrays(module) for name, module in net._modules.items()},
    }


def from_arrays(state: dict[str, Any] | None) -> nn.Module | None:
    """Return the network of `to_arrays`, for inference.

    Raises
    ------
    TypeError
        If a class in the tree is no network's.
    """
    if state is None:
        return None
    kind = state["class"]
    if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
        raise TypeError(f"a network must be of a class of modules, got {kind!r}")
    net = kind.__new__(kind)
    nn.Module.__init__(net)
    net.__dict__.update(state["attributes"])
    for name, array in state["parameters"].items():
        tensor = _tensor(array)
        own = None if tensor is None else nn.Parameter(tensor, requires_grad=False)
        net.register_parameter(name, own)
    for name, array in state["buffers"].items():
        # Only weights are read from files of torch, and there are none here.
        net.register_buffer(name, _tensor(array), persistent=False)
    for name, module in state["modules"].items():
        net.add_module(name, from_arrays(module))
    return net.eval()


def _array(tensor: torch.Tensor | None) -> np.ndarray | None:
    return None if tensor is None else tensor.detach().numpy()


def _tensor(array: np.ndarray | None) -> torch.Tensor | None:
    # Arrays of files that lie mapped in memory can't be written to, which torch warns of.
    return None if array is None else torch.from_numpy(np.require(array, requirements="W"))
