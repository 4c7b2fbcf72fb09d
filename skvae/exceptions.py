"""Warnings of skvae's own, each under a name by which it can be filtered."""

from __future__ import annotations

import contextlib
import sys
import warnings
from pathlib import Path

import imblearn
import joblib
import sklearn

__all__ = ["LatentCollapseWarning", "NeighborsReducedWarning"]

# Code between a user's line and the place that warns: skvae itself, and the wrappers, pipelines and
# search loops around its estimators.
_PASSED_OVER = (
    *(str(Path(str(m.__file__)).parent) for m in (imblearn, joblib, sklearn)),
    str(Path(__file__).parent),
    contextlib.__file__,
)


class LatentCollapseWarning(UserWarning):
    """A VAE uses no latent dimension: its decoded rows do not depend on z."""


class NeighborsReducedWarning(UserWarning):
    """A class has too few rows for `k_neighbors`; as many as it has were used."""


def warn(message: str, category: type[Warning]) -> None:
    """Issue a warning that names the user's line.

    That is the innermost line outside skvae, scikit-learn, imbalanced-learn and joblib, or the
    outermost line of all where every frame is theirs.

    Parameters
    ----------
    message : str
        The text of the warning.
    category : type
        Its class.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PASSED_OVER):
        frame = frame.f_back
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )
