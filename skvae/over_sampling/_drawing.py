"""Drawing: each class as it was fitted, and rows of it that pass the filters."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import gen_even_slices

from .._nn.threads import workers
from .._tables.codec import TableCodec
from .._tables.format import TableFormat
from .._tables.frames import some_rows
from .._tables.gaps import Gaps, Range
from .._tables.messages import plain, single_row_message
from ..exceptions import NeighborsReducedWarning
from ..filters._slot import FilterSlot
from ..latent import ClassLatents, LatentDraw, LatentSampler
from ..latent._unlabelled import spread_labels
from ..models._fitted import N_SHIFTED, SHARE_ROWS, FittedNet
from ._originals import Originals
from ._provenance import KnownRows
from ._quotas import Batch, NewRows, Quota, fill_quotas

# Neighbours of a row in the graph over which labels spread, scikit-learn's default.
_GRAPH_NEIGHBORS = 7
# Rows that a thread decodes at once, at most.
_PART = 16_384


@dataclass(frozen=True)
class SampledClass:
    """A class that rows can be drawn of.

    Attributes
    ----------
    latents : ClassLatents
        The class as the rule sees it.
    share : float
        Its share among the rows of all classes that can be drawn, 0 if it has one row.
    net : FittedNet
        The model that it is drawn from.
    rule : LatentSampler
        The rule, fitted on the class if that can be drawn.
    keeps_residuals : bool
        Whether new rows keep the residual of an original.
    own_range : Range
        The range of its rows, and of rows without labels that may belong to it.
    gaps : Gaps
        Gaps between the rows of all classes.
    shifts : ndarray of shape (n_columns,) or None
        Shifts that give the categories of new rows the shares of the class's rows.
    """

    latents: ClassLatents
    share: float
    net: FittedNet
    rule: LatentSampler
    keeps_residuals: bool
    own_range: Range
    gaps: Gaps
    shifts: NDArray[np.float64] | None = None

    def calibrated(self, known: KnownRows, rng: np.random.RandomState) -> SampledClass:
        """Return the class with its `shifts`, where it can be drawn and has categories."""
        codec = self.net.codec
        if not self.share or not codec.has_symbols:
            return self
        with warnings.catch_warnings():
            # The same warning is issued again when rows are drawn.
            warnings.simplefilter("ignore", NeighborsReducedWarning)
            Z = self.rule.checked_draw(N_SHIFTED, self.latents, rng).Z
        rows = self.latents.rows[some_rows(len(self.latents.rows), SHARE_ROWS)]
        shares = codec.encode(known.values[rows]).mean(axis=0, dtype=np.float64)
        return replace(self, shifts=self.net.shifts_to(shares, Z))

    def without_rows(self) -> SampledClass:
        """Return the class without its rows, of which the fitted rule has what it needs."""
        old, none = self.latents, np.empty(0, np.intp)
        no_means = np.empty((0, old.means.shape[1]), np.float32)  # the rule, too, has means now
        latents = ClassLatents(
            old.label, old.n_components, none, no_means, none, no_means, old.n_unlabelled
        )
        return replace(self, latents=latents)

    def draw(
        self,
        n: int,
        known: KnownRows | None,
        rng: np.random.RandomState,
        dtype: type,
        originals: Originals | None,
    ) -> tuple[NDArray[np.floating], NDArray[np.intp]]:
        """Draw `n` rows: latent vectors by the rule, decoded in parts by several threads.

        Parameters
        ----------
        n : int
            Rows to draw.
        known : KnownRows or None
            The rows that they may come from.
        rng : RandomState
            Source of chance.
        dtype : type
            Float type of the new rows.
        originals : Originals or None
            Those of the class that are worked out already.

        Returns
        -------
        values : ndarray of shape (n, n_features)
            The rows.
        parents : ndarray of shape (n, 2)
            Numbers of the rows that they come from, -1 for none.
        """
        if not self.share:
            raise ValueError(single_row_message(self.latents.label, "leave it out of y"))
        draw = self.rule.checked_draw(n, self.latents, rng)
        # The parts don't depend on the number of threads, and so neither do the rows.
        parts = list(gen_even_slices(n, -(-n // _PART)))
        rngs = [rng]
        if len(parts) > 1:
            rngs = [np.random.RandomState(rng.randint(2**31 - 1)) for _ in parts]
        with workers(len(parts)) as (run, cancelled):

            def decode(some: slice, rng: np.random.RandomState) -> NDArray[np.floating]:
                if cancelled.is_set():
                    return np.empty(0)  # nobody waits for the rows any more
                return self._decode(draw, some, known, rng, originals).astype(dtype, copy=False)

            values = list(run(decode, parts, rngs))
        return values[0] if len(values) == 1 else np.concatenate(values), draw.parents

    def _decode(
        self,
        draw: LatentDraw,
        some: slice,
        known: KnownRows | None,
        rng: np.random.RandomState,
        originals: Originals | None,
    ) -> NDArray[np.float64]:
        """Decode some of the latent vectors, with what their rows keep of originals."""
        residuals, codes = None, None
        nearer, means = draw.nearer, draw.nearer_means
        if (
            self._keeps_of_originals
            and known is not None
            and nearer is not None
            and means is not None
        ):
            nearer, means = nearer[some], means[some]
            places = None if originals is None else originals.places(nearer, means)
            if originals is None or places is None:
                # Once for each original: many new rows may have the same.
                rows, first, places = np.unique(nearer, return_index=True, return_inverse=True)
                originals = Originals.of(
                    self.net, known, rows, means[first], residuals=self.keeps_residuals
                )
            residuals, codes = originals.take(places)
        return self.out_of_gaps(self.net.draw(draw.Z[some], rng, self.shifts, residuals, codes))

    def all_originals(self, known: KnownRows | None, n_wanted: int) -> Originals | None:
        """Work out all originals of the class, if they are fewer than the rows that are wanted."""
        rows, has_means = self.latents.pool_rows, self.rule.uses_rows
        if known is None or not (self._keeps_of_originals and has_means and len(rows) < n_wanted):
            return None
        means = self.latents.pool_means
        return Originals.of(self.net, known, rows, means, residuals=self.keeps_residuals)

    @property
    def _keeps_of_originals(self) -> bool:
        """True where new rows keep something of the rows that they come from."""
        return self.rule.has_parents and (self.keeps_residuals or self.net.given is not None)

    def out_of_gaps(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return new rows, moved out of gaps that are wider than the range of the class."""
        self.gaps.leave(values, self.own_range)
        return values


@dataclass(frozen=True)
class FittedSampler:
    """Everything that drawing needs, whatever the sampler's parameters are set to since.

    Attributes
    ----------
    format : TableFormat
        The format of the training table.
    missing : str
        Whether missing values are refused or drawn.
    known : KnownRows or None
        The rows that new ones may come from, unless they are dropped.
    labels : ndarray of shape (n_classes,)
        All classes, sorted.
    classes : list of SampledClass
        The same in their order.
    slot : FilterSlot
        The fitted filters.
    filtered : ndarray
        Numbers of the rows that they were fitted on, ascending.
    max_draws : int
        Rows to draw at most, in multiples of a quota.
    rule : str
        The latent rule, for the provenance.
    verbose : int
        Whether to show how drawing goes on.
    """

    format: TableFormat
    missing: str
    known: KnownRows | None
    labels: NDArray[Any]
    classes: list[SampledClass]
    slot: FilterSlot
    filtered: NDArray[np.intp]
    max_draws: int
    rule: str
    verbose: int

    def fill(self, wanted: dict[Any, int], rng: np.random.RandomState) -> dict[Any, Quota]:
        """Draw as many rows of each class as are wanted."""
        by_label = dict(zip(self.labels.tolist(), self.classes, strict=True))
        worked_out = {c: by_label[plain(c)].all_originals(self.known, n) for c, n in wanted.items()}

        def draw(label: Any, n: int) -> Batch:
            values, parents = by_label[plain(label)].draw(
                n, self.known, rng, self.format.value_dtype, worked_out[label]
            )
            first = parents[:, 0]
            # Places among the rows that the filters were fitted on, -1 for others.
            place = np.searchsorted(self.filtered, first)
            place = np.minimum(place, len(self.filtered) - 1)
            originals = np.where(self.filtered[place] == first, place, -1)

            def table() -> Any:
                return self.format.restore(values)

            scores, n_passed, labels, allowed = self.slot.judge(
                table, label, originals, self.labels, rng
            )
            others = np.unique(labels[labels != label]).tolist()
            for other in others:
                relabelled = labels == other
                values[relabelled] = by_label[other].out_of_gaps(values[relabelled])
            if others:
                allowed &= self.slot.allows(table)
            return Batch(NewRows(values, parents, scores), n_passed, labels, allowed)

        return fill_quotas(wanted, self.max_draws, draw, self.verbose)

    def without_rows(self) -> FittedSampler:
        """Return the same without the known rows."""
        return replace(self, known=None, classes=[one.without_rows() for one in self.classes])


class EncodedLater(ClassLatents):
    """A class whose rows are encoded when a rule first asks for their latent means.

    A large class that is not to grow costs no time.
    """

    def __init__(
        self, label: Any, rows: NDArray[np.intp], net: FittedNet, known: KnownRows
    ) -> None:
        vars(self).update(label=label, n_components=net.n_components, rows=rows, pool_rows=rows)
        vars(self).update(n_unlabelled=None, deviations=None, _source=(net, known))

    @cached_property
    def means(self) -> NDArray[np.floating]:
        net, known = vars(self)["_source"]
        means = np.concatenate([net.latent_means(part) for part in known.chunks(self.rows)])
        del vars(self)["_source"]
        return means

    @property
    def pool_means(self) -> NDArray[np.floating]:
        return self.means

    def __getstate__(self) -> dict[str, Any]:
        return {"means": self.means, **vars(self)}


def class_latents(
    rule: LatentSampler,
    labels: Sequence[Any],
    class_rows: Sequence[NDArray[np.intp]],
    nets: Sequence[FittedNet],
    known: KnownRows,
) -> list[ClassLatents]:
    """Return each class as the rule sees it; nothing is encoded for a rule that uses no rows.

    Parameters
    ----------
    rule : LatentSampler
        Its `neighbor_pool`, if it has one, names the rows that partners come from.
    labels, class_rows, nets
        The classes, with their rows and models.
    known : KnownRows
        All rows.
    """
    latents: list[ClassLatents] = []
    encoded: dict[int, NDArray[np.floating]] = {}
    values, everyone = known.values, np.arange(len(known.values))
    can_wait = known.unlabelled is None and not rule.uses_posterior
    for label, rows, net in zip(labels, class_rows, nets, strict=True):
        if not rule.uses_rows:
            means = np.empty((0, net.n_components), np.float32)
            pool_rows, pool_means = rows, means
        elif takes_all_rows(rule):
            if id(net.net) not in encoded:
                encoded[id(net.net)] = _all_means(net, nets, class_rows, values)
            pool_rows, pool_means = everyone, encoded[id(net.net)]
            means = pool_means[rows]
        elif can_wait:
            latents.append(EncodedLater(label, rows, net, known))
            continue
        else:
            means = net.latent_means(values[rows])
            pool_rows, pool_means = rows, means
        one = ClassLatents(label, net.n_components, rows, means, pool_rows, pool_means)
        if rule.uses_posterior:
            one = replace(one, deviations=net.latent_deviations(values[rows]))
        latents.append(one)
    return latents


def _all_means(
    net: FittedNet,
    nets: Sequence[FittedNet],
    class_rows: Sequence[NDArray[np.intp]],
    values: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Return the latent means of all rows, encoded with their own classes if the model has them."""
    if net.given is None:
        return net.latent_means(values)
    means = np.empty((len(values), net.n_components), values.dtype)
    for other, rows in zip(nets, class_rows, strict=True):
        means[rows] = (other if other.net is net.net else net).latent_means(values[rows])
    return means


def with_unlabelled(
    latents: list[ClassLatents],
    net: FittedNet,
    known: KnownRows,
    *,
    take_all: bool,
) -> tuple[list[ClassLatents], NDArray[np.intp]]:
    """Add rows without labels to the pools of the classes that they surely belong to.

    Parameters
    ----------
    latents : list of ClassLatents
        The classes.
    net : FittedNet
        Their common model.
    known : KnownRows
        The rows; some have no labels.
    take_all : bool
        Whether all of those join each pool, which then holds the rows of all classes, too.

    Returns
    -------
    latents : list of ClassLatents
        The classes with their larger pools.
    classes : ndarray of shape (n_unlabelled,)
        Place among `latents` of the class that each row belongs to, -1 for none.
    """
    means = net.latent_means(known.tables()[1])
    labelled = np.concatenate([one.means for one in latents])
    labels = np.repeat(np.arange(len(latents)), [len(one.rows) for one in latents])
    classes = spread_labels(labelled, labels, means, _GRAPH_NEIGHBORS)
    larger = []
    for k, one in enumerate(latents):
        joining = np.arange(len(means)) if take_all else np.flatnonzero(classes == k)
        larger.append(
            replace(
                one,
                pool_rows=np.concatenate([one.pool_rows, len(known.values) + joining]),
                pool_means=np.concatenate([one.pool_means, means[joining]]),
                n_unlabelled=None if take_all else len(joining),
            )
        )
    return larger, classes


def takes_all_rows(rule: LatentSampler) -> bool:
    """Return whether a rule's partners may be rows of all classes."""
    return getattr(rule, "neighbor_pool", "class") == "all"


def sampled_classes(
    rule: LatentSampler,
    latents: Sequence[ClassLatents],
    shares: NDArray[np.float64],
    nets: Sequence[FittedNet],
    known: KnownRows,
    residuals: bool | str,
) -> list[SampledClass]:
    """Fit the rule on each class, and calibrate the classes' categories.

    Parameters
    ----------
    rule : LatentSampler
        The rule, cloned for each class.
    latents, shares, nets
        The classes, with their shares and models.
    known : KnownRows
        The rows.
    residuals : bool or "auto"
        The sampler's parameter.
    """
    rng, classes = np.random.RandomState(0), []
    ranges = [_own_range(one, known) for one in latents]
    drawn = [own for own, share in zip(ranges, shares, strict=True) if share]
    gaps = _gaps(known, nets[0].codec, drawn)
    for one, share, net, own in zip(latents, shares, nets, ranges, strict=True):
        keeps = rule.has_parents if residuals == "auto" else bool(residuals)
        class_rule = clone(rule)
        if share:
            class_rule.fit(one)
        sampled = SampledClass(one, float(share), net, class_rule, keeps, own, gaps)
        classes.append(sampled.calibrated(known, rng))
    return classes


def _own_range(one: ClassLatents, known: KnownRows) -> Range:
    """Return the range of a class's rows, and of rows without labels that may belong to it."""
    unlabelled = one.pool_rows[one.pool_rows >= len(known.values)]
    return Range.union(known.chunks(np.concatenate([one.rows, unlabelled])))


def _gaps(known: KnownRows, codec: TableCodec, classes: Sequence[Range]) -> Gaps:
    """Return the gaps between known rows; images, whose pixels share one range, have none."""
    columns = codec.numbers.columns[:0] if codec.shared_range else codec.numbers.columns
    return Gaps.between(known.tables(), columns, classes)
