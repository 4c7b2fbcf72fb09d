"""A reader needs few hops from a public call to the gradient."""

import traceback
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone

from skvae import VAE, MultiVAEResampler, VAEOversampler
from tests.sources import ROOT

SMALL = VAE(hidden_layer_sizes=(4,), max_iter=2, device="cpu", random_state=0)
X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.repeat([0, 1], [12, 8])


def hops(monkeypatch, call):
    """Frames of ours between a call and its first gradient, as files with functions."""
    stacks = []

    def record(*args, **kwargs):
        places = [(Path(f.filename), f.name) for f in traceback.extract_stack()]
        ours = [(path, name) for path, name in places if path.is_relative_to(ROOT / "skvae")]
        # Decorators around a method are on nobody's way, as scikit-learn's are not.
        ours = [(path, name) for path, name in ours if path != ROOT / "skvae/_tables/polars.py"]
        stacks.append([f"{path.relative_to(ROOT)}: {name}" for path, name in ours])
        return grad(*args, **kwargs)

    grad = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", record)
    call()
    assert len(stacks) == SMALL.max_iter, "a step takes its gradient by torch.autograd.grad"
    assert all(stacks)
    return stacks[0]


def n_files(frames):
    return len({frame.split(": ")[0] for frame in frames})


def test_hops_of_a_model(monkeypatch):
    frames = hops(monkeypatch, lambda: SMALL.fit(X))
    assert len(frames) <= 4, frames
    assert n_files(frames) <= 3, frames


@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
def test_hops_of_a_sampler(cls, monkeypatch):
    frames = hops(monkeypatch, lambda: cls(clone(SMALL), random_state=0).fit_resample(X, Y))
    assert len(frames) <= 6, frames
    assert n_files(frames) <= 4, frames
