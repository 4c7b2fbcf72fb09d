"""Measures of disentanglement: latent dimensions that stand for one factor each."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import entr
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval

from .._seeding import checked_params
from .._tables.reading import finite_array
from ..datasets import make_sprites

Draw = Callable[[int, int, np.random.RandomState], tuple[Any, Any]]


@checked_params({"n_bins": [Interval(Integral, 2, None, closed="left")]})
def mutual_information_gap(Z: ArrayLike, factors: ArrayLike, *, n_bins: int = 20) -> float:
    r"""Gap between the two latent dimensions that are most informative of a factor (MIG [1]_).

    .. math:: \frac{1}{K} \sum_{k=1}^{K} \frac{1}{H(v_k)}
        \left(I(z_{j_k}; v_k) - \max_{j \ne j_k} I(z_j; v_k)\right), \quad
        j_k = \arg\max_j I(z_j; v_k)

    with the entropy :math:`H` of each factor and its mutual information :math:`I` with each latent
    dimension. Both are computed from discrete values: a column with more than `n_bins` distinct
    values is divided into `n_bins` bins of equal numbers of rows. Therefore only the order of the
    values of a latent dimension counts, not their scale.

    Parameters
    ----------
    Z : array-like of shape (n_samples, n_components)
        Latent means, as ``vae.transform(X)`` gives them.
    factors : array-like of shape (n_samples, n_factors)
        The factors of the same rows, as numbers. At most `n_bins` categories may have any codes.
    n_bins : int, default=20
        Number of bins of a column, >= 2.

    Returns
    -------
    gap : float
        In [0, 1]: 1 if one latent dimension determines each factor and the others are independent
        of it; 0 if two dimensions are equally informative of each factor, if none is informative,
        or if there are no dimensions. For a single dimension, the gap is the mean ratio of its
        mutual information to the entropy.

    Raises
    ------
    ValueError
        If `Z` or `factors` hold anything but finite numbers, differ in their number of rows, or a
        factor is constant.

    See Also
    --------
    beta_vae_score : Less strict: factors must only be distinguishable.

    Notes
    -----
    Leave out latent dimensions that the model does not use, by ``Z[:, vae.active_components_]``:
    their means depend on the row very little, but only their order counts.

    Few rows overestimate mutual information, by about ``n_bins * n_values / (2 * n_samples)`` nats
    for a factor of `n_values`, equally for all dimensions. Compare models on the same rows.

    References
    ----------
    .. [1] R. T. Q. Chen, X. Li, R. Grosse and D. Duvenaud, "Isolating sources of disentanglement
       in variational autoencoders", NeurIPS 2018, https://doi.org/10.48550/arXiv.1802.04942

    Examples
    --------
    >>> import numpy as np
    >>> from skvae.datasets import make_sprites
    >>> from skvae.metrics import mutual_information_gap
    >>> factors = make_sprites(2000, image_size=8, random_state=0).factors
    >>> round(mutual_information_gap(factors, factors), 1)  # one dimension for each factor
    1.0
    >>> twice = np.hstack([factors, -factors])  # two dimensions for each factor
    >>> round(mutual_information_gap(twice, factors), 1)
    0.0
    """
    latents = finite_array(Z, input_name="Z", ensure_min_features=0)
    values = finite_array(factors, input_name="factors")
    if len(latents) != len(values):
        raise ValueError(f"factors must have the {len(latents)} rows of Z, got {len(values)}")
    constant = np.flatnonzero(values.min(axis=0) == values.max(axis=0))
    if len(constant):
        k = constant[0]
        raise ValueError(
            f"factors must vary in each column, got {values[0, k]:g} in all rows of column {k}: "
            "leave it out"
        )
    if not latents.shape[1]:
        return 0.0
    information, entropy = _information(_discrete(latents, n_bins), _discrete(values, n_bins))
    # A row of zeros, so that there is a second dimension to subtract.
    ranked = np.sort(np.vstack([np.zeros(len(entropy)), information]), axis=0)
    return float(np.clip((ranked[-1] - ranked[-2]) / entropy, 0, 1).mean())


@checked_params(
    {
        "vae": [HasMethods(["transform"])],
        "draw": [callable, None],
        "n_factors": [Interval(Integral, 2, None, closed="left"), None],
        "n_votes": [Interval(Integral, 2, None, closed="left")],
        "n_pairs": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }
)
def beta_vae_score(
    vae: Any,
    draw: Draw | None = None,
    *,
    n_factors: int | None = None,
    n_votes: int = 100,
    n_pairs: int = 64,
    random_state: int | np.random.RandomState | None = None,
) -> float:
    r"""Accuracy of a linear classifier that predicts which factor pairs of images share [1]_.

    Each vote fixes a factor k and draws L pairs of images. Both images of a pair have the same,
    random value of factor k; all other factors are random. The classifier predicts k from

    .. math:: \frac{1}{L} \sum_{l=1}^{L} |\mu(x_{1l}) - \mu(x_{2l})|

    which is small in the latent dimensions that stand for k. The classifier is a logistic
    regression on these means, standardised. It is trained on half of the votes and scored on the
    other half.

    Parameters
    ----------
    vae : estimator
        Fitted; has `transform`. If it has the attribute `active_components_`, other latent
        dimensions are left out.
    draw : callable, default=None
        ``draw(k, n, rng)`` returns two tables of n rows, in which rows i have the same factor k,
        counted from 0; `rng` is a RandomState. None draws images by `make_sprites` in the size
        that `vae` was fitted on, with grey values from 0 to 255.
    n_factors : int, default=None
        Number of factors that `draw` can fix, >= 2. None for sprites, which have six.
    n_votes : int, default=100
        Number of votes for each factor, >= 2.
    n_pairs : int, default=64
        Number of pairs L of a vote, >= 1; ``n_votes * n_pairs`` pairs are in memory at once.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same score at each call.

    Returns
    -------
    accuracy : float
        Accuracy on the held-out votes, in [0, 1]: 1 is best, ``1 / n_factors`` is chance level,
        which a model without active dimensions gets.

    Raises
    ------
    ValueError
        If a parameter, or the result of `draw`, is not as described; the message names it.

    See Also
    --------
    mutual_information_gap : Stricter, and without pairs.

    Notes
    -----
    The score can be 1 although several dimensions stand for a factor, or one of
    the factors is not disentangled (section 2 of [2]_).

    References
    ----------
    .. [1] I. Higgins et al., "beta-VAE: learning basic visual concepts with a constrained
       variational framework", ICLR 2017, https://openreview.net/forum?id=Sy2fzU9gl
    .. [2] H. Kim and A. Mnih, "Disentangling by factorising", ICML 2018,
       https://doi.org/10.48550/arXiv.1802.05983

    Examples
    --------
    >>> from skvae import VAE
    >>> from skvae.datasets import make_sprites
    >>> from skvae.metrics import beta_vae_score
    >>> X = make_sprites(1000, image_size=8, random_state=0).data
    >>> vae = VAE(6, max_iter=300, random_state=0).fit(X)
    >>> beta_vae_score(vae, n_votes=20, n_pairs=32, random_state=0) > 1 / 6
    True
    """
    if draw is None:
        draw, n_factors = _sprite_pairs(vae, n_factors)
    elif n_factors is None:
        raise ValueError("n_factors must be the number of factors that draw can fix, got None")
    rng = check_random_state(random_state)
    votes = np.concatenate([_votes(vae, draw, k, n_votes, n_pairs, rng) for k in range(n_factors)])
    shared_factor = np.repeat(np.arange(n_factors), n_votes)
    if not votes.shape[1]:
        return 1 / n_factors
    # The votes of a factor are in random order, so every second one is held out.
    held_out = np.arange(len(shared_factor)) % n_votes % 2 == 1
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    classifier.set_output(transform="default")  # whatever scikit-learn is set to
    classifier.fit(votes[~held_out], shared_factor[~held_out])
    return float(classifier.score(votes[held_out], shared_factor[held_out]))


def _discrete(values: NDArray[Any], n_bins: int) -> NDArray[np.intp]:
    """Code values by their rank in the column, or by bins of equal numbers of rows."""
    ranks = rankdata(values, method="dense", axis=0).astype(np.intp) - 1
    # Here equal values have the mean of their ranks, so that they share a bin.
    bins = (rankdata(values, axis=0) - 0.5) * n_bins / len(values)
    return np.where(ranks.max(axis=0) < n_bins, ranks, bins.astype(np.intp))


def _information(
    codes: NDArray[np.intp], others: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mutual information of all pairs of columns of two tables, and entropies of the second.

    Both are in nats, of shapes (n_columns, n_others) and (n_others,). Codes count from 0. The
    contingency tables of all pairs are the blocks of one product of matrices.
    """
    one_hot, other_hot = _one_hot(codes), _one_hot(others)
    shape = (codes.shape[1], -1, others.shape[1], other_hot.shape[1] // others.shape[1])
    shares = (one_hot.T @ other_hot).toarray().reshape(shape) / len(codes)
    joint = entr(shares).sum(axis=(1, 3))
    entropy = entr(shares.sum(axis=3)).sum(axis=1)
    other_entropy = entr(shares.sum(axis=1)).sum(axis=2)
    return np.maximum(entropy + other_entropy - joint, 0), other_entropy[0]


def _one_hot(codes: NDArray[np.intp]) -> csr_array:
    """One-hot coding with the same number of codes for each column."""
    n, m = codes.shape
    n_codes = codes.max() + 1
    hot = codes + n_codes * np.arange(m)
    starts = np.arange(0, n * m + 1, m)
    return csr_array((np.ones(n * m), hot.ravel(), starts), shape=(n, m * n_codes))


def _votes(
    vae: Any, draw: Draw, k: int, n_votes: int, n_pairs: int, rng: np.random.RandomState
) -> NDArray[np.float64]:
    """Mean absolute differences of pairs that share factor k, (n_votes, n_components)."""
    n = n_votes * n_pairs
    one, other = draw(k, n, rng)
    Z, Z_other = (finite_array(np.asarray(vae.transform(X))) for X in (one, other))
    if not len(Z) == len(Z_other) == n:
        raise ValueError(
            f"draw must return two tables of {n} rows each, got {len(Z)} and {len(Z_other)}"
        )
    differences = np.abs(Z - Z_other)[:, getattr(vae, "active_components_", slice(None))]
    return differences.reshape(n_votes, n_pairs, -1).mean(axis=1, dtype=np.float64)


def _sprite_pairs(vae: Any, n_factors: int | None) -> tuple[Draw, int]:
    """Default `draw` and `n_factors`: pairs of sprites in the size that the model expects."""
    if n_factors is not None:
        raise ValueError(f"n_factors must be None without draw, got {n_factors}")
    n_features = getattr(vae, "n_features_in_", 0)
    image_size = math.isqrt(n_features)
    if image_size < 8 or image_size**2 != n_features:
        raise ValueError(
            "vae must be fitted to images of make_sprites where draw is None, got "
            f"n_features_in_={n_features}, which is no square of 8 or more"
        )

    def draw(k: int, n: int, rng: np.random.RandomState) -> tuple[Any, Any]:
        sprites = make_sprites(n, image_size=image_size, random_state=rng)
        factors = np.full_like(sprites.factors, np.nan)
        factors[:, k] = sprites.factors[:, k]
        others = make_sprites(image_size=image_size, factors=factors, random_state=rng)
        return sprites.data, others.data

    return draw, make_sprites(1, image_size=8, random_state=0).factors.shape[1]
