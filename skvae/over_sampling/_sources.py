"""The models of a sampler: the one that it brings, clones of the user's, and frozen ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..models import VAE

if TYPE_CHECKING:
    from ._base import BaseVAEResampler


def own_model(n_components: int, **settings: Any) -> VAE:
    """The model that a sampler brings: rows with learnt noise, of columns with any tails."""
    return VAE(n_components, likelihood="gaussian", quantile_transform=True, **settings)


def seeded_models(vae: VAE, n_models: int, missing: str, rng: np.random.RandomState) -> list[VAE]:
    """Clones of `vae` with seeds of their own, from its `random_state` if it has one."""
    vae._validate_params()
    if vae.random_state is not None:
        rng = check_random_state(vae.random_state)
    return [
        clone(vae).set_params(random_state=rng.randint(2**31 - 1), missing=missing)
        for _ in range(n_models)
    ]


def thaw(vae: Any, sampler: BaseVAEResampler) -> VAE:
    """The fitted model `vae`, which was frozen, if it knows the columns that `sampler` sees."""
    if not isinstance(vae, VAE):
        raise TypeError(f"vae must be a frozen VAE, got a frozen {type(vae).__name__}")
    check_is_fitted(vae)
    if vae.n_features_in_ != sampler.n_features_in_:
        raise ValueError(
            f"vae must have been fitted on the {sampler.n_features_in_} columns of X, got a "
            f"frozen VAE that was fitted on {vae.n_features_in_}"
        )
    names = (getattr(e, "feature_names_in_", ()) for e in (sampler, vae))
    for j, (here, there) in enumerate(zip(*names, strict=False)):
        if here != there:
            raise ValueError(
                "vae must have been fitted on the columns of X in their order, got a frozen VAE "
                f"whose column {j} is {there!r}, where that of X is {here!r}"
            )
    for here, there in zip(sampler._format.columns, vae._format.columns, strict=True):
        if here.has_missing and not there.has_missing:
            raise ValueError(
                f"column {here.name!r} must not miss values, as it missed none when the frozen VAE "
                "was fitted: impute them"
            )
    return vae
