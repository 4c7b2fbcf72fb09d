"""Variational autoencoders that grow small and imbalanced data sets."""

from __future__ import annotations

from importlib import import_module as _import_module
from threading import RLock as _RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import (
        datasets as datasets,
    )
    from . import (
        exceptions as exceptions,
    )
    from . import (
        filters as filters,
    )
    from . import (
        inspection as inspection,
    )
    from . import (
        latent as latent,
    )
    from . import (
        metrics as metrics,
    )
    from . import (
        model_selection as model_selection,
    )
    from . import (
        models as models,
    )
    from . import (
        over_sampling as over_sampling,
    )
    from . import (
        strategies as strategies,
    )
    from .filters import ConstraintFilter, GenerativeClassifierFilter, LabelConsistencyFilter
    from .models import GAN, VAE, VAEGAN, Autoencoder, ConditionalVAE
    from .over_sampling import MultiVAEResampler, VAEOversampler

    __version__: str

__all__ = [
    "GAN",
    "VAE",
    "VAEGAN",
    "Autoencoder",
    "ConditionalVAE",
    "ConstraintFilter",
    "GenerativeClassifierFilter",
    "LabelConsistencyFilter",
    "MultiVAEResampler",
    "VAEOversampler",
]

# Where the public names lie. They are imported when they are first asked for, so that
# `skvae.datasets` alone loads no torch.
_HOMES = {
    "GAN": "models",
    "VAE": "models",
    "Autoencoder": "models",
    "ConditionalVAE": "models",
    "VAEGAN": "models",
    "ConstraintFilter": "filters",
    "GenerativeClassifierFilter": "filters",
    "LabelConsistencyFilter": "filters",
    "MultiVAEResampler": "over_sampling",
    "VAEOversampler": "over_sampling",
}
_PACKAGES = (
    "datasets",
    "exceptions",
    "filters",
    "inspection",
    "latent",
    "metrics",
    "model_selection",
    "models",
    "over_sampling",
    "strategies",
)
# Threads that ask for their first names at the same time would import scikit-learn by halves.
_lock = _RLock()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(__name__)
    except PackageNotFoundError as error:
        raise AttributeError(f"{__name__} is not installed, and so has no version") from error


if not TYPE_CHECKING:  # a type checker shall see misspelt names

    def __getattr__(name):
        with _lock:
            if name == "__version__":
                return _version()
            if name in _HOMES:
                return getattr(_import_module(f".{_HOMES[name]}", __name__), name)
            if name in _PACKAGES:
                return _import_module(f".{name}", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_PACKAGES, "__version__"])
