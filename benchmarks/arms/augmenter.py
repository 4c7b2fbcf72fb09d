"""From training rows and the name of an arm to augmented training rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_sample_weight

from skvae.exceptions import LatentCollapseWarning, NeighborsReducedWarning

from .names import BASELINE, CLASS_WEIGHTS, SELF_TRAINING, TRANSFER, TUNED_THRESHOLD, TYPED
from .peers import NO_CLASS
from .registry import SAMPLERS, TimedSampler
from .shared import TrainingRows
from .typed import from_numbers


class Augmented(NamedTuple):
    """Training rows as numbers, real ones first where they are kept.

    `seconds` is the time that the arm would take alone, the training of shared models included.
    Unlabelled rows, for classifiers that label them, have the class `NO_CLASS`.
    """

    X: Any
    y: NDArray[Any]
    sample_weight: NDArray[np.float64] | None
    seconds: float


class Augmenter(TrainingRows):
    """Training rows that any arm can add new rows to; parameters as of `TrainingRows`.

    Arms that can tell kinds of columns apart get the frame, and the others, as in the thesis,
    numbers.
    """

    def __call__(self, arm: str) -> Augmented:
        """Draw by an arm; raises a `CannotDrawError` where its method cannot draw."""
        if arm in (BASELINE, CLASS_WEIGHTS, TUNED_THRESHOLD, *TRANSFER):
            weights = compute_sample_weight("balanced", self.y) if arm == CLASS_WEIGHTS else None
            return Augmented(self._coded(self.X), self.y, weights, 0.0)
        if arm == SELF_TRAINING:
            coded = [self._coded(self.X), self._coded(self.settings.unlabelled)]
            labels = np.concatenate([self.y, np.full(len(coded[1]), NO_CLASS)])
            return Augmented(np.concatenate(coded), labels, None, 0.0)
        sampler, training_seconds = self.sampler(arm)
        start = time.perf_counter()
        X, y = sampler.fit_resample(self.X if arm in TYPED else self.numbers, self.y)
        seconds = time.perf_counter() - start
        kept = slice(len(self.y) if self.settings.only_new else 0, None)
        rows = self._coded(X)[kept]
        return Augmented(rows, np.asarray(y)[kept], None, training_seconds + seconds)

    def _coded(self, X: Any) -> Any:
        """Code rows for the classifiers."""
        if self.settings.one_hot and isinstance(self.X, pd.DataFrame) and isinstance(X, np.ndarray):
            # An arm that got numbers has returned numbers.
            X = from_numbers(pd.DataFrame(X, columns=self.X.columns), self.X)
        return self.settings.coded(X)

    def sampler(self, arm: str) -> TimedSampler:
        """Return the arm's sampler, and the seconds that its shared models took to train."""
        sampler, training_seconds = SAMPLERS[arm](self)
        return self.on_device(sampler), training_seconds


@contextmanager
def quiet(*more: type[Warning]) -> Iterator[None]:
    """Ignore warnings of thousands of fits whose effect the scores show anyway, and `more`."""
    usual = (ConvergenceWarning, LatentCollapseWarning, NeighborsReducedWarning)
    with warnings.catch_warnings():
        for category in (*usual, *more):
            warnings.simplefilter("ignore", category)
        # imbalanced-learn's, where the largest class grows too.
        warnings.filterwarnings("ignore", "After over-sampling")
        yield
