"""CPU threads: how many a network keeps busy, and stacks in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import pairwise
from threading import Event
from typing import Any

import torch
from torch import nn

# Multiply-adds that keep one more thread busy: with fewer, waking it costs more than it brings. A
# stack is divided by model; a single model inside its matrix products, which pays later.
_WORK_PER_THREAD = 10_000_000
_WORK_PER_THREAD_ALONE = 50_000_000
# Values that a part of a stack gives out in a step, at most: those of three of the thesis' models
# for MNIST in batches of 64, which took the least time of 1 to 10 models.
_VALUES_OF_A_PART = 1 << 22


def n_threads() -> int:
    """Return the CPU threads that torch is set to, and so all work here."""
    return torch.get_num_threads()


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
    """Return the multiply-adds of all models for one row each.

    A layer may use its weights several times (`n_uses`).
    """
    return sum(
        getattr(layer, "n_uses", 1) * sum(p.numel() for p in layer.parameters(recurse=False))
        for layer in net.modules()
    )


def widest(net: nn.Module) -> int:
    """Return the values that the widest layer gives out for one row of each model."""
    return max(getattr(layer, "width", 1) for layer in net.modules())


def values_a_row(net: nn.Module) -> int:
    """Return the values that the affine layers of all models give out for one row each."""
    return sum(getattr(layer, "width", 0) for layer in net.modules())


def parts_of_stack(
    n_models: int, count_values: Callable[[], int], device: torch.device
) -> list[slice]:
    """Divide a stack into smaller ones, whose steps stay in a CPU's cache.

    Small stacks, one a thread, are faster than threads that share the work of each layer.

    Parameters
    ----------
    n_models : int
        Models in the stack.
    count_values : callable
        Counts the values that the affine layers of one model give out in a step.
    device : device
        Where the models train; only CPUs profit.
    """
    whole = [slice(0, n_models)]
    if n_models == 1 or device.type != "cpu":
        return whole
    n_parts = -(-n_models * count_values() // _VALUES_OF_A_PART)
    if n_parts == 1:
        return whole
    # Each thread gets as many parts.
    n_threads = torch.get_num_threads()
    n_parts = min(n_models, -(-n_parts // n_threads) * n_threads)
    # The larger ones first, so that threads are done at the same time.
    size, n_larger = divmod(n_models, n_parts)
    ends = [p * size + min(p, n_larger) for p in range(n_parts + 1)]
    return [slice(*bounds) for bounds in pairwise(ends)]


@contextmanager
def workers(n_parts: int) -> Iterator[tuple[Callable[..., Iterable[Any]], Event]]:
    """Yield a `map` that runs as many calls at once as torch has threads, one thread each.

    The event is set when results are not wanted any more, after Ctrl-C or another part's error;
    the function has to check it, and to end. (Threads can't be killed, and those of joblib would
    train to their end after Ctrl-C.) A single part runs in the caller's own thread.
    """
    cancelled = Event()
    outside = torch.get_num_threads()
    n_threads = min(n_parts, outside)
    if n_threads == 1:
        yield map, cancelled
        return
    try:
        with ThreadPoolExecutor(n_threads, initializer=lambda: torch.set_num_threads(1)) as pool:

            def run(function: Callable[..., Any], *arguments: Iterable[Any]) -> list[Any]:
                futures = [pool.submit(function, *own) for own in zip(*arguments, strict=True)]
                for future in as_completed(futures):
                    future.result()  # raises the first error, whichever part it is in
                return [future.result() for future in futures]

            try:
                yield run, cancelled
            except BaseException:
                cancelled.set()
                raise
    finally:
        torch.set_num_threads(outside)


def keep_freed_memory() -> None:
    """Let one training step use the memory that the one before has freed.

    Otherwise the GNU C library returns freed memory to the system, which clears it page by page
    when the next step asks for it: a tenth of the time of a large step. The library keeps more
    memory once a large block has been freed, of which no page need ever exist.
    """
    torch.empty(31 << 20, dtype=torch.uint8, device="cpu")
