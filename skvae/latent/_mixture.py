"""A Gaussian mixture of a class's latent means: new latent vectors that start from no row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from numbers import Integral
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.utils._param_validation import Interval, StrOptions

from ._base import ClassLatents, LatentDraw, LatentSampler

# Least variance of a component, as a share of the class's variance in each direction.
_LEAST_VARIANCE = 1e-2
# Components to try at most, and how many more of them may fail to lower the BIC.
_MOST_COMPONENTS, _PATIENCE = 10, 2
# Rows that a mixture is fitted on at most: more change its few parameters little.
_MOST_ROWS = 4096
# Rows that a component must have on average to have its own variances.
_ROWS_A_COMPONENT = 5


class MixtureSampling(LatentSampler):
    r"""Draws from a Gaussian mixture of the class's latent means: :math:`\sum_j w_j N(m_j, C_j)`.

    Vectors are drawn where the class lies, also where the model's prior knows no classes, and come
    from no row, so that new rows keep no residuals. Any model with an encoder will do. The mixture
    is fitted after the model, as in [1]_, by scikit-learn's
    `~sklearn.mixture.GaussianMixture` on means scaled to variance 1, and each direction keeps at
    least a hundredth of its variance. Rows without labels take no part.

    Parameters
    ----------
    n_components : int or None, default=None
        Components of the mixture, >= 1, as many as the class has different rows at most. None
        takes the number up to 10 of the least BIC [2]_; a component then stands for at least 5
        rows.
    covariance_type : {"auto", "full", "tied", "diag", "spherical"}, default="auto"
        As in `~sklearn.mixture.GaussianMixture`. "auto" takes "full" or "diag", whose BIC is less,
        and "diag" where a component has fewer than 2 (d + 1) rows on average, with d dimensions.

    References
    ----------
    .. [1] P. Ghosh, M. S. M. Sajjadi, A. Vergari, M. Black and B. Schoelkopf, "From variational to
       deterministic autoencoders", ICLR 2020, https://doi.org/10.48550/arXiv.1903.12436
    .. [2] G. Schwarz, "Estimating the dimension of a model", Annals of Statistics 6, 1978,
       https://doi.org/10.1214/aos/1176344136

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skvae import VAE, VAEOversampler
    >>> from skvae.latent import MixtureSampling
    >>> X, y = load_wine(return_X_y=True)
    >>> rule = MixtureSampling(n_components=2)
    >>> sampler = VAEOversampler(VAE(max_iter=100), latent_sampling=rule, random_state=0)
    >>> sampler.fit_resample(X, y)[0].shape
    (213, 13)
    """

    has_parents: ClassVar[bool] = False
    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "covariance_type": [StrOptions({"auto", "full", "tied", "diag", "spherical"})],
    }

    def __init__(self, n_components: int | None = None, *, covariance_type: str = "auto") -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type

    def fit(self, latents: ClassLatents) -> MixtureSampling:
        means = latents.means.astype(np.float64)
        centre, spread = means.mean(axis=0), means.std(axis=0)
        spread[spread <= np.finfo(latents.means.dtype).eps * np.abs(centre)] = 0
        scaled = (means - centre) / np.where(spread > 0, spread, 1)
        mixture = self._best_mixture(scaled)
        # A direction without spread stays without.
        self._means = centre + spread * mixture.means_
        self._factors = spread[:, None] * _factors(mixture)
        self._weights, self._dtype = mixture.weights_, latents.means.dtype
        return self

    def draw(self, n: int, rng: np.random.RandomState) -> LatentDraw:
        eps = rng.standard_normal((n, self._means.shape[1]))
        Z = np.empty_like(eps)
        chosen = rng.choice(len(self._weights), size=n, p=self._weights)
        for j, (mean, factor) in enumerate(zip(self._means, self._factors, strict=True)):
            rows = chosen == j
            Z[rows] = mean + eps[rows] @ factor.T
        return LatentDraw(Z.astype(self._dtype), np.full((n, 2), -1))

    def _best_mixture(self, scaled: NDArray[np.float64]) -> GaussianMixture:
        """Return the fitted mixture of the least BIC among those that the parameters allow."""
        if len(scaled) > _MOST_ROWS:
            rows = np.random.RandomState(0).choice(len(scaled), _MOST_ROWS, replace=False)
            scaled = scaled[rows]
        best, n_worse = None, 0
        for n_components, types in self._candidates(scaled):
            mixtures = [_fitted(scaled, n_components, covariance_type) for covariance_type in types]
            bics = [mixture.bic(scaled) for mixture in mixtures]
            n_worse += 1
            if best is None or min(bics) < best.bic(scaled):
                best, n_worse = mixtures[int(np.argmin(bics))], 0
            if n_worse == _PATIENCE:
                break
        return best

    def _candidates(self, scaled: NDArray[np.float64]) -> Iterator[tuple[int, list[str]]]:
        """Yield numbers of components, and the types of covariance to try for each."""
        n_rows, n_dimensions = scaled.shape
        n_different = len(np.unique(scaled, axis=0))
        most = max(1, min(_MOST_COMPONENTS, n_different, n_rows // _ROWS_A_COMPONENT))
        numbers = list(range(1, most + 1))
        if self.n_components is not None:
            numbers = [min(self.n_components, n_different)]
        for n_components in numbers:
            if self.covariance_type != "auto":
                yield n_components, [self.covariance_type]
            elif n_rows < 2 * (n_dimensions + 1) * n_components:
                yield n_components, ["diag"]
            else:
                yield n_components, ["diag", "full"]


def _fitted(
    scaled: NDArray[np.float64], n_components: int, covariance_type: str
) -> GaussianMixture:
    """Return a mixture fitted on means of variance 1."""
    mixture = GaussianMixture(
        n_components, covariance_type=covariance_type, reg_covar=_LEAST_VARIANCE, random_state=0
    )
    with warnings.catch_warnings():
        # A mixture that has not settled after 100 steps, or whose first clusters are fewer than
        # asked for, is one among others that the BIC judges.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mixture.fit(scaled)


def _factors(mixture: GaussianMixture) -> NDArray[np.float64]:
    """Return a square root of each component's covariance, (n_components, d, d)."""
    n_components, d = mixture.means_.shape
    covariances = mixture.covariances_
    if mixture.covariance_type == "diag":
        return np.sqrt(covariances)[:, :, None] * np.eye(d)
    if mixture.covariance_type == "spherical":
        return np.sqrt(covariances)[:, None, None] * np.eye(d)
    if mixture.covariance_type == "tied":
        covariances = np.broadcast_to(covariances, (n_components, d, d))
    return np.array([cholesky(covariance, lower=True) for covariance in covariances])
