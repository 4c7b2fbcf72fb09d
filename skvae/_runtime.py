"""Devices, threads and random generators: where and how torch works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

# Multiply-adds that keep one more thread busy: below, waking it costs more than it brings. A
# stack is divided by model, a single model inside its matrix products, which pays later.
_WORK_PER_THREAD = 10_000_000
_WORK_PER_THREAD_ALONE = 50_000_000


def resolve_device(device: str) -> torch.device:
    """Turn ``"auto"`` into CUDA where there is one, else the CPU; pass other names to torch.

    Raises
    ------
    ValueError
        If torch does not know the device or this machine has none of its kind.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        resolved = torch.device(device)
        torch.Generator(device=resolved)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(
            f"device must be 'auto' or a torch device of this machine, got {device!r}"
        ) from error
    return resolved


@contextmanager
def threads_for(work: float, n_models: int) -> Iterator[None]:
    """Run the block with as many CPU threads as its calls keep busy.

    Never more than torch is set to outside the block; the setting is put back at its end.

    Parameters
    ----------
    work : float
        Multiply-adds of one pass through all layers.
    n_models : int
        Models in the stack.
    """
    outside = torch.get_num_threads()
    share = _WORK_PER_THREAD if n_models > 1 else _WORK_PER_THREAD_ALONE
    torch.set_num_threads(min(outside, max(1, int(work / share))))
    try:
        yield
    finally:
        torch.set_num_threads(outside)


def multiply_adds(net: nn.Module) -> int:
    """Multiply-adds of all models for one row each: a layer may use its weights several times."""
    return sum(
        getattr(layer, "n_uses", 1) * sum(p.numel() for p in layer.parameters(recurse=False))
        for layer in net.modules()
    )


def widest(net: nn.Module) -> int:
    """Values that the widest layer gives out for one row of each model."""
    return max(getattr(layer, "width", 1) for layer in net.modules())


def keep_freed_memory() -> None:
    """Let one training step use the memory that the one before has freed.

    The GNU C library else returns that to the system, which clears it page by page when the next
    step asks for it: a tenth of the time of a large step. It keeps more from when a large block,
    of which no page need ever exist, has been freed.
    """
    torch.empty(31 << 20, dtype=torch.uint8, device="cpu")


@contextmanager
def own_torch_modes() -> Iterator[None]:
    """Run the block with gradients and full precision, whatever modes the caller is in.

    Only modes that belong to the thread are changed; dtypes are named where tensors are made.
    """
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast("cpu", enabled=False),
        torch.autocast("cuda", enabled=False),
    ):
        yield


def generators(seeds: Sequence[int], device: torch.device) -> list[torch.Generator]:
    """One generator a model: a model draws the same numbers alone and in a stack."""
    return [torch.Generator(device=device).manual_seed(seed) for seed in seeds]


def standard_normal(rngs: Sequence[torch.Generator], *shape: int) -> torch.Tensor:
    """Draw N(0, 1) of shape (M, *shape), model m's part from ``rngs[m]``."""
    draws = [torch.randn(shape, generator=g, device=g.device, dtype=torch.float32) for g in rngs]
    return torch.stack(draws)
