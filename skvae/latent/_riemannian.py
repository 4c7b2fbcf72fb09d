"""The geometry of a VAE: new latent vectors that are uniform on its Riemannian manifold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils._param_validation import Interval

from ._base import ClassLatents, LatentDraw, LatentSampler

# Bounds of a posterior's standard deviations, where the prior's is 1.
_LEAST, _MOST = 1e-3, 1e3
# Temperature from which the metric is flat, and whose square is a float.
_FLAT = 1e100
# Posterior standard deviations between a centroid and the end of the support.
_REACH = 4.0
# Chains that move at once: what they need then stays in the cache.
_BLOCK = 512
# The first step to try, and the share of moves that a good one has accepted.
_FIRST_STEP, _ACCEPTED = 1.0, 0.8
# Moves of a trial, its chains, and steps to try, each shorter than the last.
_TRIAL_MOVES, _TRIAL_CHAINS, _TRIALS, _SHORTER = 5, 64, 30, 0.7


class RiemannianSampling(LatentSampler):
    r"""Draws uniformly from the manifold of a VAE: :math:`p(z) \propto \sqrt{\det G(z)}`.

    The posterior covariances :math:`\Sigma_i` of a trained VAE tell how fast the decoded row
    changes around the latent mean :math:`\mu_i`. They give each place of the latent space a
    metric ([1]_, section 4.3, eq. 7 of the submission)

    .. math::
        G(z) = \sum_i \Sigma_i^{-1} \exp\left(-\frac{(z - \mu_i)^\top \Sigma_i^{-1} (z - \mu_i)}
        {\rho^2}\right) + \lambda I,

    whose volume element is large near the rows and small where the model has seen nothing. New
    vectors are uniform with respect to it on a compact set, without which the volume were
    infinite: the least box that holds all :math:`\mu_i \pm 4 \sigma_i`. Where the metric is flat
    (a large :math:`\rho` or :math:`\lambda`) they are uniform in this box. The factor
    :math:`e^{-\tau \|z\|^2}` that [1]_ has at :math:`\lambda` for the same reason is left out.
    [2]_ has the inverse metric in the same form, with factors that are learnt in training, and
    draws in proportion to the inverse volume element.

    Each vector is the end of a chain of Hamiltonian Monte Carlo [3]_ that starts near a row and
    bounces off the sides of the box; the length of its steps is chosen when the rule is fitted.
    New vectors belong to no row, so that new rows keep no residuals. The model must have posterior
    distributions, as a `~skvae.VAE` has. Rows without labels take no part.

    Since the density grows with the power d / 2 of the number of rows around, with d dimensions,
    it prefers places where rows lie dense: more so than the prior or the posteriors.

    Parameters
    ----------
    temperature : float or None, default=None
        Reach :math:`\rho` of a row in its posterior standard deviations, >= 1e-6. None is the
        largest distance from a latent mean to the one closest to it, and the square root of the
        dimensions where all are the same: then the density is that of the posterior.
    regularization : float, default=1e-4
        Metric :math:`\lambda` far from all rows, >= 1e-12.
    n_centroids : int, default=100
        Rows of the class that give their covariance to the metric, >= 1; of more, those closest to
        the centres of so many clusters.
    n_steps : int, default=30
        Moves of a chain, >= 1.
    n_leapfrog : int, default=10
        Leapfrog steps of a move, >= 1.

    References
    ----------
    .. [1] C. Chadebec and S. Allassonniere, "A geometric perspective on variational autoencoders",
       NeurIPS 2022, https://doi.org/10.48550/arXiv.2209.07370
    .. [2] C. Chadebec, E. Thibeau-Sutre, N. Burgos and S. Allassonniere, "Data augmentation in high
       dimensional low sample size setting using a geometry-based variational autoencoder", IEEE
       TPAMI, 2022, https://doi.org/10.48550/arXiv.2105.00026
    .. [3] R. M. Neal, "MCMC using Hamiltonian dynamics", Handbook of Markov Chain Monte Carlo,
       2011, https://doi.org/10.48550/arXiv.1206.1901

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, MultiVAEResampler
    >>> from skvae.latent import RiemannianSampling
    >>> X, y = load_wine(return_X_y=True)
    >>> rule = RiemannianSampling(n_steps=10)
    >>> sampler = MultiVAEResampler(VAE(max_iter=100), latent_sampling=rule, random_state=0)
    >>> sampler.fit_resample(X, y)[0].shape
    (213, 13)
    """

    uses_posterior: ClassVar[bool] = True
    has_parents: ClassVar[bool] = False
    _parameter_constraints: ClassVar[dict] = {
        "temperature": [Interval(Real, 1e-6, None, closed="left"), None],
        "regularization": [Interval(Real, 1e-12, None, closed="left")],
        "n_centroids": [Interval(Integral, 1, None, closed="left")],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "n_leapfrog": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        temperature: float | None = None,
        *,
        regularization: float = 1e-4,
        n_centroids: int = 100,
        n_steps: int = 30,
        n_leapfrog: int = 10,
    ) -> None:
        self.temperature = temperature
        self.regularization = regularization
        self.n_centroids = n_centroids
        self.n_steps = n_steps
        self.n_leapfrog = n_leapfrog

    def fit(self, latents: ClassLatents) -> RiemannianSampling:
        rows = _centroids(latents.means, self.n_centroids)
        centroids = latents.means[rows].astype(np.float64)
        deviations = latents.posterior_deviations()[rows].astype(np.float64).clip(_LEAST, _MOST)
        rho = _reach(centroids) if self.temperature is None else min(self.temperature, _FLAT)
        volume = VolumeElement(centroids, deviations, rho, float(self.regularization))
        low = (centroids - _REACH * deviations).min(axis=0)
        high = (centroids + _REACH * deviations).max(axis=0)
        # Around a row that lies alone the density is normal with these standard deviations.
        widths = rho / np.sqrt(centroids.shape[1]) * deviations
        scale = np.minimum(np.exp(np.log(widths).mean(axis=0)), high - low)
        self._starts = centroids, np.minimum(widths, deviations)
        self._chains = Chains(volume, low, high, scale, self.n_leapfrog).with_good_step(
            *self._starts
        )
        self._n_steps, self._dtype = self.n_steps, latents.means.dtype
        return self

    def draw(self, n: int, rng: np.random.RandomState) -> LatentDraw:
        Z = self._chains.start(n, *self._starts, rng)
        for first in range(0, n, _BLOCK):
            block = slice(first, first + _BLOCK)
            Z[block], _ = self._chains.move(Z[block], self._n_steps, rng)
        return LatentDraw(Z.astype(self._dtype), np.full((n, 2), -1))


class State(NamedTuple):
    """Chains at a time.

    Attributes
    ----------
    Z, log_density, gradients : ndarray of shape (n, d), (n,) and (n, d)
        Their places, and what the density is there.
    """

    Z: NDArray[np.float64]
    log_density: NDArray[np.float64]
    gradients: NDArray[np.float64]


@dataclass(frozen=True)
class VolumeElement:
    """The volume element of a metric with diagonal covariances.

    Attributes
    ----------
    centroids, deviations : ndarray of shape (m, d)
        Latent means, and the standard deviations of their posteriors.
    rho, regularization : float
        As in `RiemannianSampling`.
    """

    centroids: NDArray[np.float64]
    deviations: NDArray[np.float64]
    rho: float
    regularization: float

    def at(self, Z: NDArray[np.float64]) -> State:
        """Return places (n, d) with log sqrt det G and its gradients."""
        # Seen from the middle of the centroids, squares lose fewer digits.
        middle = self.centroids.mean(axis=0)
        centroids, places = self.centroids - middle, Z - middle
        precisions = self.deviations**-2
        weighted = precisions * centroids
        both = np.hstack([precisions, weighted])
        # Negative squared distances, each a sum of products for one multiplication of matrices.
        weights = np.hstack([-(places**2), 2 * places]) @ both.T
        weights -= (weighted * centroids).sum(axis=1)
        weights /= self.rho**2
        np.exp(np.minimum(weights, 0, out=weights), out=weights)
        diagonal = weights @ precisions + self.regularization
        weights *= (1 / diagonal) @ precisions.T
        pulls, ends = np.hsplit(weights @ both, 2)
        gradients = (ends - places * pulls) / self.rho**2
        return State(Z, 0.5 * np.log(diagonal).sum(axis=1), gradients)


@dataclass(frozen=True)
class Chains:
    """Chains of Hamiltonian Monte Carlo in a box, whose density is a volume element.

    Attributes
    ----------
    volume : VolumeElement
        The density, up to a factor.
    low, high : ndarray of shape (d,)
        Ends of the box.
    scale : ndarray of shape (d,)
        Standard deviations of the density, roughly: the inverse of the square root of the masses.
    n_leapfrog : int
        Leapfrog steps of a move.
    step : float
        Length of such a step, in units of `scale`.
    """

    volume: VolumeElement
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    scale: NDArray[np.float64]
    n_leapfrog: int
    step: float = _FIRST_STEP

    def start(
        self,
        n: int,
        centroids: NDArray[np.float64],
        deviations: NDArray[np.float64],
        rng: np.random.RandomState,
    ) -> NDArray[np.float64]:
        """Return places (n, d) near random centroids, inside the box."""
        chosen = rng.randint(len(centroids), size=n)
        eps = rng.standard_normal((n, centroids.shape[1]))
        return np.clip(centroids[chosen] + deviations[chosen] * eps, self.low, self.high)

    def with_good_step(
        self, centroids: NDArray[np.float64], deviations: NDArray[np.float64]
    ) -> Chains:
        """Return the same with the longest of some steps whose moves are mostly accepted."""
        chains = self
        for _ in range(_TRIALS):
            rng = np.random.RandomState(0)
            Z = chains.start(_TRIAL_CHAINS, centroids, deviations, rng)
            if chains.move(Z, _TRIAL_MOVES, rng)[1] >= _ACCEPTED:
                break
            chains = replace(chains, step=_SHORTER * chains.step)
        return chains

    def move(
        self, Z: NDArray[np.float64], n_steps: int, rng: np.random.RandomState
    ) -> tuple[NDArray[np.float64], float]:
        """Return where chains (n, d) come to in some moves, and the share of accepted moves."""
        n_accepted, state = 0, self.volume.at(Z.copy())
        for _ in range(n_steps):
            momenta = rng.standard_normal(Z.shape)
            # Steps of one length might bring chains back to where they were.
            step = self.step * rng.uniform(0.8, 1.2)
            proposal, ends = self.leapfrog(state, momenta, step)
            gain = proposal.log_density - state.log_density
            gain += 0.5 * (momenta**2 - ends**2).sum(axis=1)
            accepted = -rng.standard_exponential(len(Z)) < gain
            n_accepted += int(accepted.sum())
            for old, new in zip(state, proposal, strict=True):
                old[accepted] = new[accepted]
        return state.Z, n_accepted / (n_steps * len(Z))

    def leapfrog(
        self, state: State, momenta: NDArray[np.float64], step: float
    ) -> tuple[State, NDArray[np.float64]]:
        """Return the state and momenta that the leapfrog leads to.

        Parameters
        ----------
        state : State
            The chains; stays as it is.
        momenta : ndarray of shape (n, d)
            In units of the square root of the masses.
        step : float
            Length of a step.
        """
        way = step * self.scale
        for _ in range(self.n_leapfrog):
            momenta = momenta + 0.5 * way * state.gradients
            Z, momenta = self._bounce(state.Z + way * momenta, momenta)
            state = self.volume.at(Z)
            momenta = momenta + 0.5 * way * state.gradients
        return state, momenta

    def _bounce(
        self, Z: NDArray[np.float64], momenta: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return places inside the box, as mirrored by its sides, with their momenta."""
        width = self.high - self.low
        way = np.mod(Z - self.low, 2 * width)
        back = way > width
        inside = self.low + np.where(back, 2 * width - way, way)
        return inside.clip(self.low, self.high), np.where(back, -momenta, momenta)


def _centroids(means: NDArray[np.floating], n_centroids: int) -> NDArray[np.intp]:
    """Return the rows of different means; of more than `n_centroids`, some that stand for all."""
    different, rows = np.unique(means, axis=0, return_index=True)
    if len(rows) <= n_centroids:
        return np.sort(rows)
    clusters = MiniBatchKMeans(n_centroids, n_init=1, random_state=0, batch_size=4096)
    clusters.fit(different)
    closest = pairwise_distances_argmin(clusters.cluster_centers_, different)
    return np.sort(rows[np.unique(closest)])


def _reach(centroids: NDArray[np.float64]) -> float:
    """Return the largest distance from a centroid to the closest other one."""
    n, d = centroids.shape
    if n == 1:
        return float(np.sqrt(d))
    distances = np.linalg.norm(centroids[:, None] - centroids, axis=2)
    np.fill_diagonal(distances, np.inf)
    return max(float(distances.min(axis=1).max()), _LEAST)
