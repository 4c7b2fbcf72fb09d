"""Devices, torch's modes and random generators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch

from .precision import denormal_numbers, full_precision


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


def multiplies_bfloat16(device: torch.device) -> bool:
    """Return whether the device multiplies bfloat16, which takes half the time of float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    # Only newer versions of torch know the CPU's instructions.
    known: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and bool(known.get("avx512_bf16") or known.get("amx_bf16"))


@contextmanager
def own_torch_modes() -> Iterator[None]:
    """Run the block with gradients and full precision, whatever modes the caller is in.

    Dtypes and devices are named where tensors are made.
    """
    with (
        full_precision,
        denormal_numbers(),
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.autocast("cpu", enabled=False),
        torch.autocast("cuda", enabled=False),
    ):
        yield


def generators(seeds: Sequence[int], device: torch.device) -> list[torch.Generator]:
    """Make one generator a model: a model draws the same numbers alone and in a stack."""
    return [torch.Generator(device=device).manual_seed(seed) for seed in seeds]


def standard_normal(rngs: Sequence[torch.Generator], *shape: int) -> torch.Tensor:
    """Draw N(0, 1) of shape (M, *shape), model m's part from ``rngs[m]``."""
    draws = [torch.randn(shape, generator=g, device=g.device, dtype=torch.float32) for g in rngs]
    return torch.stack(draws)
