"""Warnings of skvae's own, each under a name by which it can be filtered."""

from __future__ import annotations

import concurrent
import contextlib
import multiprocessing
import os
import sys
import threading
import warnings

import imblearn
import joblib
import sklearn

__all__ = [
    "ConstraintViolationWarning",
    "IdentifierWarning",
    "LatentCollapseWarning",
    "ModeCollapseWarning",
    "NeighborsReducedWarning",
    "RefitWarning",
]

# Code between a user's line and the place that warns: skvae itself, the wrappers, pipelines and
# search loops around its estimators, and the threads and processes that those run in.
_PASSED_OVER = (
    contextlib.__file__,
    threading.__file__,
    os.path.dirname(__file__) + os.sep,
    *(package.__path__[0] + os.sep for package in (imblearn, joblib, sklearn)),
    *(package.__path__[0] + os.sep for package in (concurrent, multiprocessing)),
)


class ConstraintViolationWarning(UserWarning):
    """Real rows break the constraint that new rows keep."""


class IdentifierWarning(UserWarning):
    """A column looks like names, ids or free text, whose real values new rows would hold.

    That is a column of at least 20 categories (text, say) of which 80 % differ, and one of at least
    50 whole numbers that all differ within a range of three numbers a row.
    """


class LatentCollapseWarning(UserWarning):
    """A VAE uses no latent dimension: its decoded rows do not depend on z."""


class ModeCollapseWarning(UserWarning):
    """Adversarial training has failed: drawn rows are much alike, or told from real ones."""


class NeighborsReducedWarning(UserWarning):
    """A class has too few rows for `k_neighbors`; as many as it has were used."""


class RefitWarning(UserWarning):
    """A fitted model or filter is trained again, as it is in no `FrozenEstimator`."""


def warn(message: str, category: type[Warning]) -> None:
    """Issue a warning that names the user's line.

    That is the innermost line outside skvae, scikit-learn, imbalanced-learn, joblib and Python's
    threads and processes. Where there is none, as in a worker process, it is the line that warns.

    Parameters
    ----------
    message : str
        The text of the warning.
    category : type
        Its class.
    """
    here = frame = sys._getframe(1)
    while frame.f_code.co_filename.startswith(_PASSED_OVER):
        if frame.f_back is None:
            frame = here
            break
        frame = frame.f_back
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        # Code that is run by `exec` may have no name; without one, nothing would be issued.
        module=frame.f_globals.get("__name__") or "<string>",
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )
