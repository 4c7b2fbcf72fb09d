"""Values of a table to the coded matrix of the networks, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .categories import CategoryCoder, DiscretePart, DummyPart
from .format import TableFormat
from .frames import row_chunks
from .layout import Layout
from .numbers import NumberCoder
from .shares import find_shifts, shift


class TableCodec:
    """Codes the columns of a table for the networks, each by its kind, and decodes them.

    A number is coded as its place in the range of its column. One of two categories is coded as 0
    or 1, one of more categories as a one-hot group. A column of numbers with missing values or a
    spike has a second code, which says whether there is a number at all. A spike is a value in at
    least a tenth of the rows that is far more frequent than all others.

    Parameters
    ----------
    likelihood : {"bernoulli", "gaussian"}, default="bernoulli"
        Likelihood of the columns of numbers; Gaussian columns are scaled to mean 0 and standard
        deviation 1.
    quantile_transform : bool, default=False
        Whether numbers are first mapped to their quantiles (of a uniform distribution, or a
        normal one for Gaussian columns).
    spikes : bool, default=False
        Whether to look for spikes.
    shared_range : bool, default=False
        Whether all numbers share one range, like the pixels of an image; has no effect on
        quantiles.

    Attributes
    ----------
    layout : Layout
        The coded columns.
    numbers : NumberCoder
        Coder of the columns of numbers.
    categories : CategoryCoder
        Coder of categories, missing values and spikes.
    """

    def __init__(
        self,
        *,
        likelihood: str = "bernoulli",
        quantile_transform: bool = False,
        spikes: bool = False,
        shared_range: bool = False,
    ) -> None:
        self.likelihood = likelihood
        self.quantile_transform = quantile_transform
        self.spikes = spikes
        self.shared_range = shared_range

    def fit(
        self,
        values: NDArray[np.floating],
        table_format: TableFormat | None = None,
        *,
        learn_from: NDArray[np.integer] | None = None,
    ) -> TableCodec:
        """Learn ranges, special values and the layout from the values of a table.

        Quantiles are those of the rows `learn_from`, maybe with repetitions; by default of all.
        """
        self._n_features = values.shape[1]
        if table_format is None:
            n_categories, dummies = np.zeros(self._n_features, int), []
        else:
            # Pixels stay numbers, if of 0 and 1.
            n_categories = table_format.n_symbols
            dummies = [] if self.shared_range else list(table_format.dummies)
        alone = ~np.isin(
            np.arange(self._n_features), np.concatenate([[], *(group.columns for group in dummies)])
        )
        parts = [
            DiscretePart.of(j, values[:, j], n_categories[j].item(), spikes=self.spikes)
            for j in np.flatnonzero(alone).tolist()
        ]
        parts += [DummyPart.of_group(group) for group in dummies]
        self.categories = CategoryCoder(parts)
        self.numbers = NumberCoder(
            np.flatnonzero(alone & (n_categories == 0)),
            self.categories.spikes,
            likelihood=self.likelihood,
            quantile_transform=self.quantile_transform,
            shared_range=self.shared_range,
        ).fit(values, has_gaps=self.categories.has_gaps, learn_from=learn_from)
        self.layout = self._lay_out()
        return self

    def _lay_out(self) -> Layout:
        """Place numbers, binary columns and one-hot groups; return their layout."""
        n_numbers, n_binary = self.numbers.n_columns, len(self.categories.binary)
        is_gaussian = self.likelihood == "gaussian"
        first_number, first_binary = (n_binary, 0) if is_gaussian else (0, n_numbers)
        self._number_columns = slice(first_number, first_number + n_numbers)
        self._binary_columns = slice(first_binary, first_binary + n_binary)
        self._group_columns = slice(n_numbers + n_binary, None)
        layout = Layout(
            n_bernoulli=n_binary + (0 if is_gaussian else n_numbers),
            n_gaussian=n_numbers if is_gaussian else 0,
            group_sizes=self.categories.group_sizes,
        )
        number_columns = {j: first_number + i for i, j in enumerate(self.numbers.columns.tolist())}
        switches = [
            (number_columns[part.column], first_binary + i, False)
            for i, part in enumerate(self.categories.binary)
            if part.is_numeric
        ]
        switches += [
            (number_columns[part.column], group.start, True)
            for part, group in zip(self.categories.groups, layout.groups(), strict=True)
            if part.is_numeric
        ]
        return replace(layout, switches=tuple(switches))

    @property
    def has_symbols(self) -> bool:
        """Return whether some coded columns are not numbers."""
        return self.layout.n_columns > self.numbers.n_columns

    @property
    def _is_plain(self) -> bool:
        """Return whether the codes are the table's columns, scaled by their range and no more."""
        if self.quantile_transform or self.numbers.n_columns != self._n_features:
            return False
        return not self.categories.constant and self.layout == Layout(n_bernoulli=self._n_features)

    def encode(self, values: NDArray[np.floating], dtype: type = np.float32) -> NDArray[Any]:
        """Code rows, (n, n_features) -> (n, layout.n_columns)."""
        # Numbers so far out that they overflow do so in the network too, where they are refused.
        with np.errstate(over="ignore"):
            if self._is_plain:
                return self.numbers.scaler.encode(values, dtype)
            coded: NDArray[Any] = np.zeros((len(values), self.layout.n_columns), dtype)
            for rows in row_chunks(coded):
                part, out = values[rows], coded[rows]
                out[:, self._number_columns] = self.numbers.encode(part)
                binary, groups = out[:, self._binary_columns], out[:, self._group_columns]
                self.categories.encode(part, binary, groups)
            return coded

    def decode(
        self,
        means: NDArray[np.floating],
        rng: np.random.RandomState | None = None,
        shifts: NDArray[np.float64] | None = None,
        *,
        discrete: str = "sample",
    ) -> NDArray[np.float64]:
        """Return the values of rows given their coded means, (n, n_columns) -> (n, n_features).

        Parameters
        ----------
        means : ndarray of shape (n, layout.n_columns)
            Numbers, probabilities of 1, and probabilities of each category of a group.
        rng : RandomState, default=None
            Source of the draws of categories, missing values and spikes; None takes the most
            likely ones.
        shifts : ndarray of shape (layout.n_columns,), default=None
            Result of `shifts_to`, added to the log-probabilities of categories.
        discrete : {"sample", "mode"}, default="sample"
            Whether categories are drawn, or the most likely category is taken in every row
            whose value is not missing.
        """
        if self._is_plain:
            return self.numbers.scaler.decode(means)
        values = np.zeros((len(means), self._n_features))
        for rows in row_chunks(means):
            part, out = means[rows], values[rows]
            if shifts is not None:
                part = shift(part, shifts, self.layout, self._binary_columns)
            out[:, self.numbers.columns] = self.numbers.decode(part[:, self._number_columns])
            self.categories.decode(
                part[:, self._binary_columns],
                part[:, self._group_columns],
                out,
                rng,
                discrete=discrete,
            )
        return values

    def residuals(
        self, values: NDArray[np.floating], means: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Coded numbers of rows minus `means`, (n, layout.n_columns); 0 for all else."""
        residuals: NDArray[np.floating] = np.zeros_like(means)
        columns = self._number_columns
        coded = self.encode(values, means.dtype.type)
        residuals[:, columns] = coded[:, columns] - means[:, columns]
        residuals[:, columns][np.isnan(self.numbers.select(values))] = 0
        return residuals

    def shifts_to(
        self, shares: NDArray[np.floating], means: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Return shifts of log-probabilities with which categories have `shares` on average.

        Parameters
        ----------
        shares : ndarray of shape (layout.n_columns,)
            Mean of coded rows.
        means : ndarray of shape (n, layout.n_columns)
            Decoded means of rows, drawn in the same way as the rows that the shifts are meant for.

        Returns
        -------
        shifts : ndarray of shape (layout.n_columns,)
            0 for numbers.
        """
        return find_shifts(shares, means, self.layout, self._binary_columns)
