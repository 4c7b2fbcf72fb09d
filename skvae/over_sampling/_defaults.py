"""The model and the filter that a sampler brings where its user leaves them to it."""

from __future__ import annotations

from typing import Any

from ..filters import LabelConsistencyFilter
from ..models import VAE


def is_auto(parameter: Any) -> bool:
    """Return whether a parameter, which may be an array, is "auto"."""
    return isinstance(parameter, str) and parameter == "auto"


def default_model() -> VAE:
    """Return the model in the place of None."""
    return VAE()


def default_filter() -> LabelConsistencyFilter:
    """Return the filter of tables in the place of "auto"."""
    return LabelConsistencyFilter()


def with_defaults(params: dict[str, Any], vae: Any, filter_: Any) -> dict[str, Any]:
    """Return parameters to set, and the model or filter that nested ones belong to.

    Parameters
    ----------
    params : dict
        Parameters by name, such as ``vae__beta``.
    vae, filter_
        The sampler's, unless `params` names others.
    """
    found = dict(params)
    if params.get("vae", vae) is None and _names_part_of("vae", params):
        found["vae"] = default_model()
    if is_auto(params.get("filter", filter_)) and _names_part_of("filter", params):
        found["filter"] = default_filter()
    return found


def _names_part_of(name: str, params: dict[str, Any]) -> bool:
    """Return whether parameters of the estimator called `name` are set."""
    return any(key.startswith(f"{name}__") for key in params)
