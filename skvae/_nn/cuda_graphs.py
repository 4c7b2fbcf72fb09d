"""CUDA graphs: a training step that is recorded once and repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch


class Recorder(Protocol):
    """Records the work of a device, to do it again."""

    def run(self, function: Callable[[], torch.Tensor]) -> torch.Tensor:
        """Call the function as usual, in a way that lets it be recorded later."""

    def record(self, function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """Record the function, and return one that repeats it on the same tensors."""


class CUDARecorder:
    """CUDA graphs: all kernels of a step in one launch, which takes the CPU out of the loop."""

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device)

    def run(self, function: Callable[[], torch.Tensor]) -> torch.Tensor:
        """Call the function on the stream that will record it, as autograd needs it."""
        outside = torch.cuda.current_stream(self.stream.device)
        self.stream.wait_stream(outside)
        with torch.cuda.stream(self.stream):
            result = function()
        outside.wait_stream(self.stream)
        return result

    def record(self, function: Callable[[], torch.Tensor]) -> Callable[[], torch.Tensor]:
        """Capture a graph, without the work of other threads on the device."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            result = function()

        def replay() -> torch.Tensor:
            graph.replay()
            return result.clone()

        return replay


def recorder_of(device: torch.device) -> Recorder | None:
    """Return the recorder of a device, or None where recording gains nothing."""
    return CUDARecorder(device) if device.type == "cuda" else None


class RecordedStep:
    """A step that is recorded once and then only repeated, on inputs copied into place.

    The first calls are not recorded: in them libraries choose kernels and lay out memory.

    Parameters
    ----------
    step : callable
        Takes tensors whose shapes stay the same from call to call, and gives one.
    recorder : Recorder
        The recorder of the device.
    """

    _N_RUNS_BEFORE = 3

    def __init__(self, step: Callable[..., torch.Tensor], recorder: Recorder) -> None:
        self.step, self.recorder = step, recorder
        self.n_calls = 0
        self.inputs: list[torch.Tensor] = []
        self.repeat: Callable[[], torch.Tensor] | None = None

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        self.n_calls += 1
        if self.n_calls <= self._N_RUNS_BEFORE:
            return self.recorder.run(lambda: self.step(*inputs))
        if self.repeat is None:
            self.inputs = [x.clone() for x in inputs]
            self.repeat = self.recorder.record(lambda: self.step(*self.inputs))
        for place, given in zip(self.inputs, inputs, strict=True):
            place.copy_(given)
        return self.repeat()
