"""Variational autoencoders that grow small and imbalanced data sets."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .filters import GenerativeClassifierFilter, LabelConsistencyFilter
    from .models import VAE
    from .over_sampling import MultiVAEResampler, VAEOversampler

__all__ = [
    "VAE",
    "GenerativeClassifierFilter",
    "LabelConsistencyFilter",
    "MultiVAEResampler",
    "VAEOversampler",
]

# Where the public names lie. They are imported when they are first asked for, so that
# `skvae.datasets` alone loads no torch.
_HOMES = {
    "VAE": "models",
    "GenerativeClassifierFilter": "filters",
    "LabelConsistencyFilter": "filters",
    "MultiVAEResampler": "over_sampling",
    "VAEOversampler": "over_sampling",
}
_PACKAGES = frozenset(
    {
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
    }
)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    if name in _PACKAGES:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_PACKAGES, "__version__"})
