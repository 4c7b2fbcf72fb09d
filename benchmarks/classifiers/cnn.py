"""The thesis' convolutional network for images of 28 x 28, trained by skorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch import NeuralNetClassifier
from torch import nn

SIDE = 28


def make_cnn(device: str) -> WeightedNet:
    """Make an untrained network; rows are flat images with values in [0, 1]."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return WeightedNet(
        CNN,
        criterion=nn.CrossEntropyLoss,
        criterion__reduction="none",
        optimizer=torch.optim.Adam,
        lr=1e-3,
        batch_size=64,
        max_epochs=1,
        iterator_train__shuffle=False,
        train_split=None,
        callbacks="disable",
        verbose=0,
        device=device,
    )


class CNN(nn.Module):
    """Two convolutions and two dense layers; the final log-softmax is part of the loss."""

    def __init__(self, n_classes: int = 10) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Unflatten(1, (1, SIDE, SIDE)),
            nn.Conv2d(1, 8, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(8, 16, 5),
            nn.Dropout(0.5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(256, 64),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(64, n_classes),
        )
        # CPUs pool faster in this format.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, X: torch.Tensor, sample_weight: torch.Tensor | None = None) -> torch.Tensor:
        return self.layers(X)


class WeightedNet(NeuralNetClassifier):
    """Network whose loss weighs rows, and whose random numbers come from its own seed."""

    def __init__(self, *args: Any, random_state: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.random_state = random_state

    def partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any = None) -> WeightedNet:
        if not self.initialized_:
            self.set_params(module__n_classes=len(classes))
        weights = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight)
        rows = {"X": X, "sample_weight": weights.astype(np.float32)}
        with torch.random.fork_rng():
            # Each call has its own seed, on any device.
            torch.manual_seed(self.random_state + len(self.history_ or ()))
            super().partial_fit(rows, np.asarray(y, np.int64))
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        with torch.random.fork_rng():  # a DataLoader draws a seed even if it does not shuffle
            return super().predict_proba(X)

    def get_loss(self, y_pred: Any, y_true: Any, X: Any = None, training: bool = False) -> Any:
        losses = super().get_loss(y_pred, y_true, X, training=training)
        return (losses * X["sample_weight"].to(losses.device)).mean()
