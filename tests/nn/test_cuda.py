"""Training on a GPU; `python -m benchmarks gpu` runs this file where there is one."""

import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skvae import (
    GAN,
    VAE,
    VAEGAN,
    Autoencoder,
    ConditionalVAE,
    GenerativeClassifierFilter,
    MultiVAEResampler,
)

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")

DEVICE = "cuda"
X = np.random.default_rng(0).random((200, 64))
Y = np.repeat([0, 1, 2], [100, 60, 40])
IMAGES = {"image_shape": (8, 8), "conv_channels": (8, 16)}


@pytest.mark.parametrize("images", [False, True], ids=["table", "images"])
def test_cuda_graphs_learn_what_single_steps_learn(images, monkeypatch):
    vae = VAE(max_iter=100, device=DEVICE, random_state=0, **(IMAGES if images else {}))
    graphs = vae.fit(X).loss_curve_
    monkeypatch.setattr("skvae._nn.training.recorder_of", lambda device: None)
    assert_allclose(graphs, vae.fit(X).loss_curve_, rtol=5e-3)


@pytest.mark.parametrize("images", [False, True], ids=["table", "images"])
def test_a_gpu_learns_as_much_as_a_cpu(images):
    options = {"max_iter": 300, "random_state": 0, **(IMAGES if images else {})}
    losses = [
        VAE(device=device, **options).fit(X).loss_curve_[-100:].mean() for device in (DEVICE, "cpu")
    ]
    assert_allclose(*losses, rtol=0.05)


@pytest.mark.parametrize("cls", [VAE, Autoencoder, ConditionalVAE, GAN, VAEGAN])
@pytest.mark.parametrize("images", [False, True], ids=["table", "images"])
def test_a_fitted_model_lives_on_the_cpu(cls, images):
    model = cls(max_iter=20, device=DEVICE, random_state=0, **(IMAGES if images else {})).fit(X, Y)
    assert all(v.device.type == "cpu" for v in model._fitted.net.state_dict().values())
    assert np.isfinite(model.loss_curve_).all()
    again = pickle.loads(pickle.dumps(model))
    for method in ("sample", "transform"):
        if hasattr(model, method):
            answer = getattr(again, method)(*([X] if method == "transform" else [5]))
            assert np.isfinite(answer).all()


def test_a_stack_with_filter_and_early_stopping():
    sampler = MultiVAEResampler(
        VAE(max_iter=200, early_stopping=True, device=DEVICE),
        filter=GenerativeClassifierFilter(max_iter=100, device=DEVICE),
        random_state=0,
    )
    X_new, y_new = sampler.fit_resample(X, Y)
    assert np.isfinite(X_new).all()
    assert np.bincount(y_new).tolist() == [100, 100, 100]
