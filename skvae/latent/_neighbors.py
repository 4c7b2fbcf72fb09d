"""Noise, interpolation and extrapolation: new latent vectors that start from a row."""

from __future__ import annotations

from functools import cached_property
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from sklearn.utils._param_validation import Interval, StrOptions

from .._tables.frames import some_rows
from .._tables.messages import plain, single_row_message
from ..exceptions import NeighborsReducedWarning, warn
from ._base import ClassLatents, LatentDraw, LatentSampler
from ._unlabelled import any_partners

# Rows among which neighbours are searched, at most.
_CANDIDATES = 10_000
# Rows up to which all of them are candidates.
_ALL_CANDIDATES = 50_000
# Dimensions in which a tree finds neighbours faster than products of matrices.
_TREE_DIMENSIONS = 7
# Rows whose neighbours are searched at once.
_QUERY = 65_536
# Neighbours by default.
_K_NEIGHBORS = 5


class NoiseSampling(LatentSampler):
    r"""Adds noise to originals: :math:`\mu_i + s\,\epsilon, \epsilon \sim N(0, I)`.

    Section 5.1 of [1]_.

    Parameters
    ----------
    noise_scale : float, default=0.5
        Standard deviation s of the noise, >= 0, where the prior's is 1.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, VAEOversampler
    >>> from skvae.latent import NoiseSampling
    >>> X, y = load_wine(return_X_y=True)
    >>> sampler = VAEOversampler(
    ...     VAE(max_iter=100), latent_sampling=NoiseSampling(noise_scale=0.2), random_state=0
    ... )
    >>> sampler.fit_resample(X, y)[0].shape
    (213, 13)
    """

    _parameter_constraints: ClassVar[dict] = {
        "noise_scale": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, noise_scale: float = 0.5) -> None:
        self.noise_scale = noise_scale

    def fit(self, latents: ClassLatents) -> NoiseSampling:
        self._latents, self._scale = latents, self.noise_scale
        return self

    def draw(self, n: int, rng: np.random.RandomState) -> LatentDraw:
        chosen = rng.randint(len(self._latents.rows), size=n)
        rows, start = self._latents.rows[chosen], self._latents.means[chosen]
        parents = np.column_stack([rows, np.full(n, -1)])
        return LatentDraw(_with_noise(start, self._scale, rng), parents, rows, start)


class _PartnerSampling(LatentSampler):
    """Base of the rules that go from one original towards another or away from it.

    `_direction` is +1 or -1.
    """

    _parameter_constraints: ClassVar[dict] = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "noise_scale": [Interval(Real, 0, None, closed="left")],
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "neighbor_pool": [StrOptions({"class", "all"})],
    }
    _direction: ClassVar[int]

    def __init__(
        self,
        alpha: float = 0.5,
        *,
        noise_scale: float = 0.0,
        k_neighbors: int = _K_NEIGHBORS,
        neighbor_pool: str = "class",
    ) -> None:
        self.alpha = alpha
        self.noise_scale = noise_scale
        self.k_neighbors = k_neighbors
        self.neighbor_pool = neighbor_pool

    def fit(self, latents: ClassLatents) -> _PartnerSampling:
        self._latents = latents
        self._step, self._scale = self._direction * float(self.alpha), self.noise_scale
        self._n_neighbors = self.k_neighbors
        self._nearest: NearestRows | None = None
        return self

    def draw(self, n: int, rng: np.random.RandomState) -> LatentDraw:
        latents = self._latents
        chosen = rng.randint(len(latents.rows), size=n)
        places = np.searchsorted(latents.pool_rows, latents.rows[chosen])
        partners = self._choose_partners(places, rng)
        rows = np.column_stack([latents.rows[chosen], latents.pool_rows[partners]])
        start, end = latents.means[chosen], latents.pool_means[partners]
        Z: NDArray[np.floating] = start + self._step * (end - start)
        if self._scale:
            Z = _with_noise(Z, self._scale, rng)
        ends_at_partner = self._step > 0.5
        nearer = end if ends_at_partner else start
        Z = Z.astype(start.dtype, copy=False)
        return LatentDraw(Z, rows, rows[:, int(ends_at_partner)], nearer)

    def _choose_partners(
        self, places: NDArray[np.intp], rng: np.random.RandomState
    ) -> NDArray[np.integer]:
        """Choose a partner for each row, both as places in the pool."""
        n_unlabelled, n_pool = self._latents.n_unlabelled, len(self._latents.pool_rows)
        if n_pool < 2:
            raise ValueError(single_row_message(self._latents.label, "leave it out of y"))
        if n_unlabelled is not None:
            return any_partners(n_pool - n_unlabelled, n_unlabelled, places, rng)
        n_neighbors = self._n_neighbors
        if n_neighbors >= n_pool:
            if n_neighbors != _K_NEIGHBORS:  # nobody has asked for the default
                warn(
                    f"k_neighbors must be smaller than the {n_pool} rows to search for class "
                    f"{plain(self._latents.label)!r}, got {n_neighbors}: reduced to {n_pool - 1}",
                    NeighborsReducedWarning,
                )
            n_neighbors = n_pool - 1
        if self._nearest is None:
            self._nearest = NearestRows(self._latents.pool_means, n_neighbors)
        others = self._nearest.of(places)
        return others[np.arange(len(places)), rng.randint(n_neighbors, size=len(places))]


class InterpolationSampling(_PartnerSampling):
    r"""Goes from an original towards a partner: :math:`\mu_i + \alpha (\mu_k - \mu_i)`.

    The partner k is one of the original's nearest latent neighbours, at random. Where a sampler is
    given rows without labels, k is any other row of the class or any row that surely belongs to
    it. Sections 5.2 and 5.3 of [1]_, after [2]_.

    Parameters
    ----------
    alpha : float, default=0.5
        Share of the way to the partner, >= 0.
    noise_scale : float, default=0.0
        Standard deviation of noise that is added, >= 0, where the prior's is 1.
    k_neighbors : int, default=5
        Neighbours among which k is drawn, >= 1. Where there are fewer, all are used; other numbers
        than the default then give a `~skvae.exceptions.NeighborsReducedWarning`. In a class of more
        than 50,000 rows they are the nearest of 10,000 rows at random.
    neighbor_pool : {"class", "all"}, default="class"
        Where neighbours are searched: in the original's class or among all rows.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.
    .. [2] N. V. Chawla et al., "SMOTE: synthetic minority over-sampling technique", JAIR 16,
       2002, https://doi.org/10.1613/jair.953

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, VAEOversampler
    >>> from skvae.latent import InterpolationSampling
    >>> X, y = load_wine(return_X_y=True)
    >>> rule = InterpolationSampling(alpha=0.3, k_neighbors=3)
    >>> sampler = VAEOversampler(VAE(max_iter=100), latent_sampling=rule, random_state=0)
    >>> sampler.fit_resample(X, y)[0].shape
    (213, 13)
    """

    _direction: ClassVar[int] = 1


class ExtrapolationSampling(_PartnerSampling):
    r"""Goes from an original away from a partner: :math:`\mu_i - \alpha (\mu_k - \mu_i)`.

    The parameters are those of `InterpolationSampling`. Sections 5.2 and 5.3 of [1]_.

    Parameters
    ----------
    alpha : float, default=0.5
        Step away from the partner, as a share of the way to it, >= 0.
    noise_scale, k_neighbors, neighbor_pool
        As in `InterpolationSampling`.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.

    Examples
    --------
    >>> from skvae.latent import ExtrapolationSampling
    >>> ExtrapolationSampling(alpha=0.2).get_params()["alpha"]
    0.2
    """

    _direction: ClassVar[int] = -1


def _with_noise(
    Z: NDArray[np.floating], noise_scale: float, rng: np.random.RandomState
) -> NDArray[np.floating]:
    """Return latent vectors with noise, in their dtype."""
    return (Z + noise_scale * rng.standard_normal(Z.shape)).astype(Z.dtype, copy=False)


class NearestRows:
    """The nearest other rows of each row, searched when a row is first asked for.

    Among many rows they are searched in a random sample of them, the same for all.

    Parameters
    ----------
    pool : ndarray of shape (n, n_components)
        Latent means of all rows, n > k.
    k : int
        Neighbours of each row.
    """

    def __init__(self, pool: NDArray[np.floating], k: int) -> None:
        self._pool, self._k = pool, k
        self._is_known = np.zeros(len(pool), bool)

    def __getstate__(self) -> dict[str, Any]:
        return {"_pool": self._pool, "_k": self._k}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(*state.values())  # type: ignore[misc]

    @cached_property
    def _search(self) -> tuple[NDArray[np.intp], NearestNeighbors]:
        """The rows that may be neighbours, and the search among them."""
        n = len(self._pool)
        at_most = n if n <= _ALL_CANDIDATES else _CANDIDATES
        candidates = np.arange(n)[some_rows(n, at_most)]
        # A tree pays in few dimensions only.
        algorithm = "brute" if self._pool.shape[1] > _TREE_DIMENSIONS else "auto"
        search = NearestNeighbors(n_neighbors=self._k + 1, algorithm=algorithm)
        return candidates, search.fit(self._pool[candidates])

    @cached_property
    def _others(self) -> NDArray[np.int32]:
        # The system hands out zeros where a row is first written to.
        return np.zeros((len(self._pool), self._k), np.int32)

    def of(self, rows: NDArray[np.integer]) -> NDArray[np.int32]:
        """Return the `k` nearest others of some rows, (m,) -> (m, k)."""
        candidates, search = self._search
        new = np.unique(rows[~self._is_known[rows]])
        for start in range(0, len(new), _QUERY):
            some = new[start : start + _QUERY]
            near = candidates[search.kneighbors(self._pool[some], return_distance=False)]
            itself = near == some[:, None]
            # A row that is no candidate, or has more than k twins: then its last neighbour goes.
            itself[~itself.any(axis=1), -1] = True
            self._others[some] = near[~itself].reshape(len(some), -1)
        self._is_known[new] = True
        return self._others[rows]
