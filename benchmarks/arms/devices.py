"""Devices of the models inside an estimator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def set_device(estimator: Any, device: str) -> Any:
    """Set every parameter `device` of an estimator and of the estimators inside it, in place.

    Lists of estimators, such as several filters of a sampler, and the steps of pipelines are
    included. Frozen estimators stay as they are.

    >>> from skvae import VAE, MultiVAEResampler
    >>> set_device(MultiVAEResampler(VAE()), "cpu").vae.device
    'cpu'
    """
    params = estimator.get_params(deep=True)
    devices = {name: device for name in params if name.rpartition("__")[2] == "device"}
    estimator.set_params(**devices)
    for value in params.values():
        for part in _estimators_in(value):
            set_device(part, device)
    return estimator


def _estimators_in(value: Any) -> Iterator[Any]:
    """Yield the estimators in a list of estimators or of (name, estimator) steps."""
    for part in value if isinstance(value, (list, tuple)) else ():
        part = part[-1] if isinstance(part, tuple) and part else part
        if hasattr(part, "get_params") and not isinstance(part, type):
            yield part
