"""Values of a table to the coded matrix that the networks see, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from sklearn.preprocessing import QuantileTransformer

from .format import TableFormat
from .frames import row_chunks
from .layout import Layout
from .numbers import RangeScaler, find_spike

# A share that stands for none, and steps towards the shares that symbols shall have.
_NO_SHARE = 1e-7
_SHIFT_STEPS = 20
_SHIFT_TOL = 1e-3
# Quantiles that are learnt of a column.
_QUANTILES = 1000
# Places between which decoded numbers are interpolated, and where those of a normal distribution
# end.
_NODES = 2049
_NORMAL_END = 5.2


@dataclass(frozen=True)
class _Symbol:
    """A column of symbols, or what a column of numbers has besides its range.

    Attributes
    ----------
    column : int
        The table's column.
    n_symbols : int
        Symbols that it holds. For a column of numbers: 1, which stands for "a number".
    is_numeric : bool
        Whether it is a column of numbers.
    special : tuple of float
        Values that are a symbol of their own after those: a spike, and NaN.
    """

    column: int
    n_symbols: int
    is_numeric: bool
    special: tuple[float, ...] = ()

    @property
    def size(self) -> int:
        return self.n_symbols + len(self.special)

    def codes(self, values: NDArray[np.floating]) -> NDArray[np.intp]:
        """Which symbol each of a column's values is."""
        codes = np.zeros(len(values), np.intp)
        if not self.is_numeric:
            codes[:] = np.nan_to_num(values)
        for place, value in enumerate(self.special, start=self.n_symbols):
            codes[np.isnan(values) if np.isnan(value) else values == value] = place
        return codes

    def put_back(self, codes: NDArray[np.intp], values: NDArray[np.floating]) -> None:
        """Write what the codes stand for into a column; numbers stay where the code is 0."""
        if not self.is_numeric:
            values[:] = codes
        for place, value in enumerate(self.special, start=self.n_symbols):
            values[codes == place] = value


class TableCodec:
    """Codes the columns of a table for the networks, each by its kind, and decodes them.

    A number becomes its place in the range of its column. A symbol of two becomes 0 or 1, one of
    more a one-hot group. Where a number may be missing, or has a spike (one value in at least a
    tenth of the rows, that stands out), a further column says whether there is a number at all.

    Parameters
    ----------
    likelihood : {"bernoulli", "gaussian"}, default="bernoulli"
        Of the columns of numbers; Gaussian ones are scaled to mean 0 and standard deviation 1.
    quantile_transform : bool, default=False
        Whether numbers are first mapped to their quantiles (of a uniform distribution, or a
        normal one for Gaussian columns).
    spikes : bool, default=False
        Whether to look for spikes.
    shared_range : bool, default=False
        Whether all numbers have one range, as the pixels of an image do.

    Attributes
    ----------
    layout : Layout
        The coded columns.
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
        self, values: NDArray[np.floating], table_format: TableFormat | None = None
    ) -> TableCodec:
        """Learn ranges, special values and the layout from the values of a table."""
        n_features = values.shape[1]
        n_symbols = np.zeros(n_features, int) if table_format is None else table_format.n_symbols
        self._n_features = n_features
        self._numeric = np.flatnonzero(n_symbols == 0)
        symbols = []
        for j, n in enumerate(n_symbols.tolist()):
            special = self._special(values[:, j], numeric=n == 0)
            if n or special:
                symbols.append(_Symbol(j, n or 1, n == 0, special))
        # A column of one symbol has nothing to say.
        self._constant = [s for s in symbols if s.size == 1]
        self._binary = [s for s in symbols if s.size == 2]
        self._groups = sorted((s for s in symbols if s.size > 2), key=lambda s: s.size)
        self._fit_numbers(values)
        self.layout = self._lay_out()
        return self

    def _special(self, column: NDArray[np.floating], *, numeric: bool) -> tuple[float, ...]:
        absent = np.isnan(column)
        special = [find_spike(column[~absent])] if numeric and self.spikes else []
        if absent.any():
            special.append(np.nan)
        return tuple(value for value in special if value is not None)

    def _fit_numbers(self, values: NDArray[np.floating]) -> None:
        numbers = self._numbers(values)
        self._scaler = RangeScaler(shared=self.shared_range).fit(numbers)
        self._quantiles = None
        if self.quantile_transform and len(self._numeric):
            numbers = np.where(np.isnan(numbers).all(axis=0), 0.0, numbers)
            self._quantiles = QuantileTransformer(
                n_quantiles=min(_QUANTILES, len(values)), subsample=None
            ).fit(numbers)
            n_present = np.maximum(1, (~np.isnan(numbers)).sum(axis=0))
            self._ends = tuple(
                (numbers == end).sum(axis=0) / (2 * n_present)
                for end in (self._scaler.min_, self._scaler.max_)
            )
        self._mean, self._std = np.zeros(len(self._numeric)), np.ones(len(self._numeric))
        coded = self._scale(numbers, np.float64) if self._needs_mean else None
        if coded is not None:
            n_present = np.maximum(1, (~np.isnan(coded)).sum(axis=0))
            mean = np.nansum(coded, axis=0) / n_present
            if self.likelihood == "gaussian":
                std = np.sqrt(np.nansum((coded - mean) ** 2, axis=0) / n_present)
                self._std = np.where(std > 0, std, 1.0)
                self._mean, mean = mean, np.zeros(len(mean))
            # What stands where there is no number.
            self._fill = mean

    @property
    def _needs_mean(self) -> bool:
        numeric = any(s.is_numeric for s in [*self._binary, *self._groups])
        return len(self._numeric) > 0 and (numeric or self.likelihood == "gaussian")

    def _lay_out(self) -> Layout:
        n_numeric, gaussian = len(self._numeric), self.likelihood == "gaussian"
        first_number = len(self._binary) if gaussian else 0
        first_binary = 0 if gaussian else n_numeric
        layout = Layout(
            n_bernoulli=len(self._binary) + (0 if gaussian else n_numeric),
            n_gaussian=n_numeric if gaussian else 0,
            group_sizes=tuple(s.size for s in self._groups),
        )
        self._number_columns = slice(first_number, first_number + n_numeric)
        self._binary_columns = slice(first_binary, first_binary + len(self._binary))
        places = {int(j): first_number + i for i, j in enumerate(self._numeric)}
        switches = [
            (places[s.column], first_binary + i, False)
            for i, s in enumerate(self._binary)
            if s.is_numeric
        ]
        switches += [
            (places[s.column], group.start, True)
            for s, group in zip(self._groups, layout.groups(), strict=True)
            if s.is_numeric
        ]
        return Layout(layout.n_bernoulli, layout.n_gaussian, layout.group_sizes, tuple(switches))

    @property
    def has_symbols(self) -> bool:
        """Whether some coded columns are no numbers."""
        return self.layout.n_columns > len(self._numeric)

    @property
    def _is_plain(self) -> bool:
        """Whether the coded columns are the table's, scaled."""
        return self.layout.n_bernoulli == self._n_features == len(self._numeric) and not (
            self.quantile_transform or self.layout.group_sizes
        )

    def encode(self, values: NDArray[np.floating], dtype: type = np.float32) -> NDArray[Any]:
        """Code rows, (n, n_features) -> (n, layout.n_columns)."""
        if self._is_plain:
            return self._scaler.encode(values, dtype)
        coded: NDArray[Any] = np.zeros((len(values), self.layout.n_columns), dtype)
        for rows in row_chunks(coded):
            part, out = values[rows], coded[rows]
            out[:, self._number_columns] = self._encode_numbers(part)
            for place, symbol in enumerate(self._binary, start=self._binary_columns.start):
                out[:, place] = symbol.codes(part[:, symbol.column])
            for symbol, group in zip(self._groups, self.layout.groups(), strict=True):
                codes = symbol.codes(part[:, symbol.column])
                out[np.arange(len(part)), group.start + codes] = 1
        return coded

    def _numbers(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """The columns of numbers, NaN where a special value stands."""
        if len(self._numeric) == values.shape[1]:
            numbers = values
        else:
            numbers = values[:, self._numeric]
        for symbol in [*self._binary, *self._groups]:
            if symbol.is_numeric and not np.isnan(symbol.special[0]):
                numbers = numbers.copy() if numbers is values else numbers
                own = numbers[:, np.searchsorted(self._numeric, symbol.column)]
                own[own == symbol.special[0]] = np.nan
        return numbers

    def _scale(self, numbers: NDArray[np.floating], dtype: type) -> NDArray[Any]:
        if self._quantiles is None:
            return self._scaler.encode(numbers, dtype)
        ranks = self._quantiles.transform(numbers.astype(np.float64))
        # Twins at an end have their middle rank, as scikit-learn gives it to those in between:
        # the ends of a normal distribution are far away.
        np.clip(ranks, self._ends[0], 1 - self._ends[1], out=ranks)
        return (ndtri(ranks) if self.likelihood == "gaussian" else ranks).astype(dtype)

    def _encode_numbers(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        coded = self._scale(self._numbers(values), np.float64)
        if not self._needs_mean:
            return coded
        coded = (coded - self._mean) / self._std
        return np.where(np.isnan(coded), self._fill, coded)

    def decode(
        self,
        means: NDArray[np.floating],
        rng: np.random.RandomState | None = None,
        shifts: NDArray[np.float64] | None = None,
        *,
        discrete: str = "sample",
    ) -> NDArray[np.float64]:
        """Values of rows given the means of their coded columns, (n, n_columns) -> (n, n_features).

        Parameters
        ----------
        means : ndarray of shape (n, layout.n_columns)
            Numbers, probabilities of 1, and probabilities of each symbol of a group.
        rng : RandomState, default=None
            Draws symbols, and what is missing or a spike; None takes what is most likely.
        shifts : ndarray of shape (layout.n_columns,), default=None
            From `shifts_to`, added to the symbols' log-probabilities.
        discrete : {"sample", "mode"}, default="sample"
            Whether symbols are drawn, or the most likely ones taken, where something is there.
        """
        if self._is_plain:
            return self._scaler.decode(means)
        values = np.zeros((len(means), self._n_features))
        for rows in row_chunks(means):
            part, out = means[rows], values[rows]
            if shifts is not None:
                part = self._shifted(part, shifts)
            out[:, self._numeric] = self._decode_numbers(part[:, self._number_columns])
            for place, symbol in enumerate(self._binary, start=self._binary_columns.start):
                drawn = rng is not None and (discrete == "sample" or bool(symbol.special))
                chance = rng.random_sample(len(part)) if rng is not None and drawn else 0.5
                symbol.put_back((part[:, place] > chance).astype(np.intp), out[:, symbol.column])
            for symbol, group in zip(self._groups, self.layout.groups(), strict=True):
                n_modes = symbol.n_symbols if discrete == "mode" else 0
                codes = _draw_symbols(part[:, group], rng, n_modes)
                symbol.put_back(codes, out[:, symbol.column])
            for symbol in self._constant:
                symbol.put_back(np.zeros(len(part), np.intp), out[:, symbol.column])
        return values

    def residuals(
        self, values: NDArray[np.floating], means: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Coded numbers of rows minus `means`, (n, layout.n_columns); 0 where there is none."""
        left: NDArray[np.floating] = np.zeros_like(means)
        columns = self._number_columns
        left[:, columns] = self.encode(values, means.dtype.type)[:, columns] - means[:, columns]
        # No number, no residual.
        left[:, columns][np.isnan(self._numbers(values))] = 0
        return left

    def shifts_to(
        self, shares: NDArray[np.floating], means: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """What to add to the symbols' log-probabilities so that on average they have `shares`.

        An autoencoder's prior, or a rule's latent vectors, meet the shares of the rows that it
        learnt from only roughly, and in small classes less so (iterative proportional fitting,
        Deming and Stephan 1940, of one margin each).

        Parameters
        ----------
        shares : ndarray of shape (layout.n_columns,)
            Mean of coded rows.
        means : ndarray of shape (n, layout.n_columns)
            Means of rows that were drawn as others will be.
        """
        shifts = np.zeros(self.layout.n_columns)
        # Probabilities of 0 and 1 could not be moved.
        means = np.clip(means, _NO_SHARE, 1 - _NO_SHARE)
        wanted = np.log(np.maximum(shares, _NO_SHARE))
        against = np.log(np.maximum(1 - shares, _NO_SHARE))
        for _ in range(_SHIFT_STEPS):
            reached = self._shifted(means, shifts).mean(axis=0, dtype=np.float64)
            step = wanted - np.log(np.maximum(reached, _NO_SHARE))
            binary = self._binary_columns
            step[binary] -= (against - np.log(np.maximum(1 - reached, _NO_SHARE)))[binary]
            step[self._number_columns] = 0
            shifts += step
            if np.abs(step).max() < _SHIFT_TOL:
                break
        return shifts

    def _shifted(
        self, means: NDArray[np.floating], shifts: NDArray[np.float64]
    ) -> NDArray[np.floating]:
        """Means with the probabilities of symbols shifted."""
        means, binary = means.copy(), self._binary_columns
        weights = np.exp(shifts)
        ones = means[:, binary] * weights[binary]
        means[:, binary] = ones / (ones + (1 - means[:, binary]))
        for run, size in self.layout.runs():
            groups = (means[:, run] * weights[run]).reshape(len(means), -1, size)
            groups /= groups.sum(axis=2, keepdims=True)
            means[:, run] = groups.reshape(len(means), -1)
        return means

    def _decode_numbers(self, coded: NDArray[np.floating]) -> NDArray[np.float64]:
        numbers = coded * self._std + self._mean
        if self._quantiles is None:
            return self._scaler.decode(numbers)
        # To search among the quantiles for every number takes twenty times as long.
        gaussian = self.likelihood == "gaussian"
        low, high = (-_NORMAL_END, _NORMAL_END) if gaussian else (0.0, 1.0)
        nodes = np.linspace(low, high, _NODES)
        places = np.repeat((ndtr(nodes) if gaussian else nodes)[:, None], coded.shape[1], axis=1)
        tables = self._quantiles.inverse_transform(places).T
        numbers = (numbers - nodes[0]) / (nodes[1] - nodes[0])
        np.clip(numbers, 0, _NODES - 1, out=numbers)
        below = np.minimum(numbers.astype(np.intp), _NODES - 2)
        numbers -= below
        for column, place, table in zip(numbers.T, below.T, tables, strict=True):
            start = table[place]
            column *= table[place + 1] - start
            column += start
        return numbers


def _draw_symbols(
    probabilities: NDArray[np.floating], rng: np.random.RandomState | None, n_modes: int = 0
) -> NDArray[np.intp]:
    """One symbol a row, by its probabilities (n, size), or without `rng` the most likely one.

    Where one of the first `n_modes` is drawn, the most likely of them is taken.
    """
    if rng is None:
        return probabilities.argmax(axis=1)
    cumulated = np.cumsum(probabilities, axis=1, dtype=np.float64)
    chance = rng.random_sample((len(probabilities), 1)) * cumulated[:, -1:]
    codes = (cumulated <= chance).sum(axis=1)
    if n_modes:
        codes = np.where(codes < n_modes, probabilities[:, :n_modes].argmax(axis=1), codes)
    return codes
