"""A filter of rows that break a rule between columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from imblearn.under_sampling.base import BaseCleaningSampler
from numpy.typing import ArrayLike, NDArray
from sklearn.base import _fit_context
from sklearn.utils.validation import check_consistent_length

from .._seeding import short
from .._tables.format import TableFormat
from .._tables.messages import first_line, plain
from .._tables.polars import takes_polars
from .._tables.reading import learn_table
from ..exceptions import ConstraintViolationWarning, warn
from ._base import BaseFilter, Verdict

# Rows that a warning names.
_NAMED = 5


class ConstraintFilter(BaseFilter):
    """Leaves out rows that break a constraint, such as an end before its start.

    In a sampler, no new row breaks the constraint: rejected rows are drawn again, up to
    `max_draws` times the rows wanted, and never fill a class up. Where too few rows keep the
    constraint by then, an error names the class and its acceptance rate. Real rows stay as they
    are; those that break the constraint are reported before training.

    As ``filter=`` of a sampler it takes the place of the default filter. To have both, name both:
    ``filter=[LabelConsistencyFilter(), ConstraintFilter(keeps)]``.

    Parameters
    ----------
    constraint : callable
        ``constraint(rows)`` returns a boolean for each row, True where it holds. It gets a copy of
        rows in the container and dtypes of `X` (a frame of pandas for one of polars, an array for
        a list), of the real ones as of new ones.
    sampling_strategy : str, list or callable, default="all"
        The classes that `fit_resample` may drop rows of, in imbalanced-learn's terms.

    Attributes
    ----------
    sample_indices_ : ndarray of shape (n_samples_new,)
        The rows that the last `fit_resample` kept.
    sampling_strategy_ : dict
        The classes that it might drop rows of.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    See Also
    --------
    LabelConsistencyFilter : Leaves out rows that disagree with their class.

    Notes
    -----
    A fitted sampler holds the callable. `pickle` and `joblib` write functions by their names: one
    that is defined in a module can be written, a lambda can't. A file of skops names the function
    among its untrusted types.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skvae import ConstraintFilter, LabelConsistencyFilter, VAEOversampler
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"start": rng.uniform(0, 9, 60)})
    >>> X["end"] = X["start"] + rng.exponential(size=60)
    >>> y = np.repeat(["yes", "no"], [20, 40])
    >>> in_order = ConstraintFilter(lambda rows: rows["start"] <= rows["end"])
    >>> sampler = VAEOversampler(filter=[LabelConsistencyFilter(), in_order], random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> bool((X_resampled["start"] <= X_resampled["end"]).all())
    True
    """

    is_hard: ClassVar[bool] = True

    _parameter_constraints: ClassVar[dict] = {
        **BaseCleaningSampler._parameter_constraints,
        "constraint": [callable],
    }

    def __init__(
        self, constraint: Callable[[Any], ArrayLike], *, sampling_strategy: Any = "all"
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.constraint = constraint

    @takes_polars
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> ConstraintFilter:
        """Learn the columns, and check that the constraint can be asked about rows of them.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers, dates and categories; values may be missing.
        y : None
            Ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the constraint returns anything but a boolean for each row, or fails.

        Warns
        -----
        ConstraintViolationWarning
            If rows break the constraint.
        """
        self._learn_columns(X, None)
        self._check_rows(X, is_frozen=False)
        self._constraint = self.constraint
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_constraint")

    def _check_rows(self, X: Any, *, is_frozen: bool) -> None:
        constraint = self._constraint if is_frozen else self.constraint
        broken = np.flatnonzero(~holds(constraint, X))
        n_rows = len(X)
        if len(broken) == n_rows:
            raise ValueError(
                f"constraint must hold for some rows of X, got {name_of(constraint)}, which "
                f"all {n_rows} break"
            )
        if len(broken):
            first = ", ".join(map(str, broken[:_NAMED]))
            warn(
                f"{len(broken)} of {n_rows} rows of X break the constraint "
                f"{name_of(constraint)}: row{'s' * (len(broken) > 1)} {first}"
                f"{', ...' * (len(broken) > _NAMED)}. They stay as they are; new rows keep it.",
                ConstraintViolationWarning,
            )

    def _fit(
        self, X: Any, labels: NDArray[Any] | None, *, table_format: TableFormat | None = None
    ) -> None:
        self._learn_columns(X, table_format)
        check_consistent_length(X, labels)
        self._constraint = self.constraint

    def _learn_columns(self, X: Any, table_format: TableFormat | None) -> None:
        """Check a table, and set the attributes that name its columns."""
        self.__dict__.pop("_constraint", None)
        learn_table(self, X, missing="indicator", like=table_format)

    def _known_classes(self, classes: NDArray[Any]) -> NDArray[Any]:
        return classes

    def _judge(
        self,
        X: Any,
        labels: NDArray[Any],
        parents: NDArray[np.integer],
        rng: np.random.RandomState,
    ) -> Verdict:
        kept = holds(self._constraint, X)
        return Verdict(kept, kept.astype(float), labels)

    def _judge_held_out(self, X: Any, labels: NDArray[Any]) -> Verdict:
        kept = holds(self._constraint, X)
        for c in self.sampling_strategy_:
            if not kept[labels == c].any():
                raise ValueError(
                    f"constraint must hold for some rows of class {plain(c)!r}, got "
                    f"{name_of(self._constraint)}, which all {(labels == c).sum()} break"
                )
        return Verdict(kept, kept.astype(float), labels)


def holds(constraint: Callable[[Any], ArrayLike], X: Any) -> NDArray[np.bool_]:
    """Return for each row whether a constraint holds.

    Raises
    ------
    ValueError
        If the constraint returns anything but a boolean for each row, or fails.
    """
    # The constraint may write into what it gets.
    rows = pd.DataFrame(X).to_numpy() if isinstance(X, list) else X.copy()
    name = f"constraint {name_of(constraint)}"
    try:
        answer = constraint(rows)
    except Exception as error:
        raise ValueError(
            f"{name} must return a boolean for each row of X, but raised "
            f"{type(error).__name__}: {first_line(error)}"
        ) from error
    if isinstance(answer, pd.Series):
        if isinstance(X, pd.DataFrame) and not answer.index.equals(X.index):
            raise ValueError(f"{name} must return a boolean for each row of X, in their order")
        if n_unknown := int(answer.isna().sum()):
            raise ValueError(
                f"{name} must return a boolean for each row of X, got a missing value for "
                f"{n_unknown} of {len(answer)}: say by fillna(True) or fillna(False) what holds "
                "where entries are missing"
            )
        if answer.dtype == "boolean":
            answer = answer.astype(bool)
    said = np.asarray(answer)
    if said.shape != (len(X),) or said.dtype != bool:
        raise ValueError(
            f"{name} must return a boolean for each row of X, an array of shape ({len(X)},), got "
            f"{_described(answer, said)}"
        )
    return said


def name_of(constraint: Any) -> str:
    """Return what messages call a constraint."""
    return getattr(constraint, "__name__", None) or short(constraint)


def _described(answer: Any, said: NDArray[Any]) -> str:
    """Return what a constraint has returned, for a message."""
    if not said.shape:
        return short(answer)
    return f"{type(answer).__name__} of shape {said.shape} and dtype {said.dtype}"
