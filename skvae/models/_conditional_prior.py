"""Drawing from a conditional VAE: rows of wanted classes that meet conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._tables.messages import single_row_message
from .._tables.polars import gives_polars
from .._tables.target import labels_of_rows
from ._conditions import Conditions
from ._fitted import FittedNet
from ._mixins import PriorMixin, check_n_samples, in_chunks


class ConditionalPriorMixin(PriorMixin):
    """Mixin of models that draw rows of classes: `sample` and `iter_sample` take classes."""

    classes_: NDArray[Any]

    def sample(self, n_samples: int = 1, y: Any = None, conditions: Any = None) -> Any:
        """Draw new rows of classes: z from the prior N(0, I), decoded with the class.

        Parameters
        ----------
        n_samples : int, default=1
            Rows to draw, >= 1.
        y : label or array-like of shape (n_samples,), default=None
            Their class, or the class of each, of `classes_`; None draws classes by their shares
            in training. A class of one row can't be drawn.
        conditions : dict, default=None
            Entries of columns of `condition_on` by their names, which every new row meets: of a
            categorical column a category; of numbers and dates a pair of the least and the
            greatest, or an entry, whose bin the new ones are in. A missing value asks for rows
            that miss it. Columns that are not named are drawn as they come with the class and the
            conditions in training, or with these alone if no row has both.

        Returns
        -------
        X : {ndarray, dataframe} of shape (n_samples, n_features)
            New rows in the container, units and dtypes of the training table. With an integer
            `random_state` every call returns the same rows.

        Raises
        ------
        ValueError
            If y or `conditions` hold what `fit` has not seen; the message names it.
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        rng = check_random_state(self.random_state)
        return self._draw(n_samples, rng, y, self._given(conditions))

    def iter_sample(
        self, n_samples: int, chunk_size: int = 100_000, y: Any = None, conditions: Any = None
    ) -> Iterator[Any]:
        """Draw new rows in chunks, so that a table may be larger than memory.

        Parameters
        ----------
        n_samples : int
            Rows to draw, >= 1.
        chunk_size : int, default=100_000
            Rows of each chunk, >= 1; the last one may have fewer.
        y, conditions
            As in `sample`, of all rows.

        Returns
        -------
        chunks : iterator of {ndarray, dataframe}
            As of `VAE.iter_sample`.

        Raises
        ------
        ValueError
            As `sample`.
        """
        check_is_fitted(self)
        given, rng = self._given(conditions), check_random_state(self.random_state)
        classes = None if given.classes is None else self.classes_

        def draw(n: int, labels: Any) -> Any:
            return self._draw(n, rng, labels, given)

        return in_chunks(draw, n_samples, chunk_size, y, classes)

    @gives_polars
    def _draw(
        self,
        n_samples: int,
        rng: np.random.RandomState,
        y: Any = None,
        given: Conditions | None = None,
    ) -> Any:
        fitted = self._fitted
        given = self._told if given is None else given
        codes = self._drawn_codes(given, n_samples, y, rng)
        Z = fitted.draw_prior(n_samples, rng)
        values = np.empty((n_samples, len(fitted.format.columns)))
        for rows in given.masks(codes):
            if rows.any():
                label = None if given.classes is None else given.classes[codes[rows][0, 0]]
                shifts = self._net_of(label).prior_shifts()
                values[rows] = fitted.on(given).draw(Z[rows], rng, shifts, codes=codes[rows])
        return fitted.format.restore(values)

    def _net_of(self, label: Any) -> FittedNet:
        """Return the trained network for rows of a class."""
        given = self._told
        return self._fitted if given.classes is None else self._fitted.on(given.of_class(label))

    @property
    def _told(self) -> Conditions:
        """Return the conditions that the trained network knows."""
        return cast(Conditions, self._fitted.given)

    def _given(self, conditions: Mapping[Any, Any] | None) -> Conditions:
        return self._told.meeting(conditions, self._fitted.format.columns)

    def _drawn_codes(
        self, given: Conditions, n: int, y: Any, rng: np.random.RandomState
    ) -> NDArray[np.intp]:
        """Return the codes of new rows of wanted classes, or of drawn ones for None."""
        if given.classes is None:
            if y is not None:
                raise ValueError("y must be None with a model that was fitted without classes")
            return given.draw(n, rng)
        counts = self._told.class_counts()
        if y is None:
            return given.of_classes((counts > 1).astype(np.float64)).draw(n, rng)
        labels = labels_of_rows(y, n, self.classes_)
        for label in np.unique(labels):
            if counts[np.searchsorted(given.classes, label)] < 2:
                raise ValueError(single_row_message(label, "leave it out of y"))
        return given.of_rows(labels, lambda of_class, n_rows: of_class.draw(n_rows, rng))
