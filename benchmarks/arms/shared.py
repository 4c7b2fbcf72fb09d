"""Training rows of a cell, and the models that its arms share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray
from sklearn.base import clone

from .devices import set_device
from .settings import Settings
from .typed import as_numbers


class TrainingRows:
    """Training rows with the samplers and filters that were fitted on them.

    Parameters
    ----------
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Numbers, or a frame whose dtypes tell the kinds of its columns.
    y : ndarray of shape (n_samples,)
        Classes.
    settings : Settings
        Settings that the arms have in common.
    seed : int
        Seed of everything random.
    device : str, default="auto"
        Device that all models train on; with "auto" each model keeps its own.
    """

    def __init__(
        self, X: Any, y: NDArray[Any], settings: Settings, seed: int, device: str = "auto"
    ) -> None:
        self.X, self.y, self.settings, self.seed, self.device = X, y, settings, seed, device
        self.numbers = as_numbers(X)
        self._trained: dict[str, tuple[Any, float]] = {}

    def trained(self, name: str, make: Callable[[], Any]) -> tuple[Any, float]:
        """Return the sampler or filter `name` and its training time in seconds.

        It is made and fitted at the first call, and shared by all arms that ask for it.
        """
        if name not in self._trained:
            estimator = self.on_device(make())
            start = time.perf_counter()
            fitted = estimator.fit(self.numbers, self.y)
            self._trained[name] = fitted, time.perf_counter() - start
        return self._trained[name]

    def on_device(self, estimator: Any) -> Any:
        """Return the estimator, or a clone whose models train on the device asked for."""
        return estimator if self.device == "auto" else set_device(clone(estimator), self.device)

    @property
    def options(self) -> dict[str, Any]:
        """Parameters that all samplers get."""
        return {"sampling_strategy": self.settings.new_rows, "random_state": self.seed}
