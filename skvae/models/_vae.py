"""The variational autoencoder as a scikit-learn transformer."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from .._nn.devices import own_torch_modes
from .._nn.likelihoods import reconstruction_means, reconstruction_nll
from .._nn.networks import StackedVAE
from .._nn.objectives import kl_to_standard_normal
from .._nn.threads import multiply_adds, threads_for, widest
from .._tables.reading import learn_table, read_table
from ._fitting import fit_stack

__all__ = ["VAE"]

# Rows that go through a fitted network at once, and values that a layer may give for them: they
# then stay in the cache.
_BATCH = 2048
_BATCH_VALUES = 1 << 22
# Draws of the latent noise over which `score_samples` averages, in antithetic pairs.
_N_DRAWS = 16
# Latent draws by which symbols get the shares that they have in the training rows.
N_SHIFTED = 2048


class VAE(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Variational autoencoder for tables and images.

    Codes the columns (numbers in [0, 1], symbols as indicators) and maximises, on average over
    the rows,

    .. math:: E_{q(z|x)}[\log p(x|z)] - \beta\,\mathrm{KL}(q(z|x)\,\|\,N(0, I))

    with :math:`q(z|x) = N(\mu(x), \mathrm{diag}\,\sigma^2(x))` and a likelihood for each kind of
    column: Bernoulli (binary cross-entropy) or Gaussian for numbers, Bernoulli for two symbols,
    categorical for more. Both terms are summed over their dimensions.

    Parameters
    ----------
    n_components : int, default=2
        Dimensions d of the latent space, >= 1.
    hidden_layer_sizes : sequence of int, default=None
        The encoder's hidden layers; the decoder mirrors them. None is ``(128, 64)``, and with
        `image_shape`, where they stand behind the convolutions and may be ``()``, ``(128,)``. The
        thesis' network for tables is ``(512, 256, 128, 64)``.
    image_shape : tuple of int, default=None
        (H, W) or (C, H, W) if every row is an image, flattened so that
        ``X.reshape(-1, *image_shape)`` are the images: the network is then convolutional, and all
        pixels share one range. `X` must hold numbers only, and `likelihood`,
        `quantile_transform`, `spikes` and `missing` their defaults.
    conv_channels : sequence of int, default=(64, 128, 256)
        Used with `image_shape`: maps of the encoder's convolutions (4x4 with stride 2), which the
        decoder mirrors. Each halves height and width; sizes that do not halve evenly are padded
        inside the network and cropped on the way out. The thesis has ``(64, 128, 256)`` for
        MNIST, ``(32, 64)`` with ``hidden_layer_sizes=()`` for one VAE per class of it, and ``(64,
        128, 256, 512)`` for photographs.
    categorical_features : "auto", array-like or None, default="auto"
        Columns that hold symbols, as a mask, indices or names; ``"auto"`` takes a frame's columns
        of text, categories and booleans, and none of an array. New rows hold only symbols that
        the column had in `fit`.
    discrete : {"sample", "mode"}, default="sample"
        Whether `sample` draws symbols by their probabilities or takes the most likely ones. What
        is missing or a spike is drawn either way.
    likelihood : {"bernoulli", "gaussian"}, default="bernoulli"
        Of the columns of numbers. ``"bernoulli"`` is the thesis' cross-entropy on [0, 1], whose
        new rows are means; ``"gaussian"`` learns each column's noise and adds it to new rows
        [4]_. Integers are rounded, and all stay in the range of `fit`.
    quantile_transform : bool, default=False
        Map numbers to their quantiles first (`~sklearn.preprocessing.QuantileTransformer`),
        which tames heavy tails.
    spikes : "auto" or bool, default="auto"
        Whether a number that stands out (a tenth of a column's rows hold it, four times as many
        as any of its more than ten others) is drawn as a symbol: sums that are often 0, say.
        ``"auto"`` is True for frames.
    missing : {"error", "indicator"}, default="error"
        Refuse missing values (NaN, None, `pandas.NA`), or learn where they are, and draw them.
    beta : float, default=1.0
        Weight of the KL term, >= 0 [2]_. Above 1 the latent space is smoother, below 1 the
        reconstructions are sharper.
    normalize_beta : bool, default=False
        Weigh the KL by ``beta * n_components / n_features_in_`` instead (section 4.2 of [2]_,
        solved for the weight), so that `beta` means the same for tables of any width.
    denoising_std : float, default=0.0
        Standard deviation, in scaled units, of normal noise on the encoder's input in training
        only; the reconstruction is compared with the clean row [3]_.
    max_iter : int, default=1000
        Optimiser steps at most, >= 1.
    batch_size : int, default=32
        Rows a step, >= 2. A table with fewer rows fills a batch by taking them several times,
        each time with other noise.
    learning_rate_init : float, default=1e-3
        Adam's step size, > 0.
    early_stopping : bool, default=False
        Hold out rows, stop when the ELBO on them (with its KL weighted as in training) has not
        grown for `n_iter_no_change` looks, and return to the best weights.
    validation_fraction : float, default=0.1
        Share of the rows to hold out, in (0, 1), rounded up; used with `early_stopping`.
    n_iter_no_change : int, default=10
        Looks at the held-out ELBO (one every 50 steps, or one an epoch where that is longer)
        without a gain before training stops, >= 1; used with `early_stopping`.
    tol : float, default=1e-4
        Gain in nats a row below which a look counts as one without, >= 0; used with
        `early_stopping`.
    early_checkpoint : float, default=None
        Share of `max_iter`, in (0, 1], after which to keep a copy of the model: its blurred rows
        are a source of noise for `GenerativeClassifierFilter`.
    mixed_precision : "auto" or bool, default="auto"
        Whether convolutions between 8 maps or more train with products of bfloat16 and sums of
        float32 [5]_; ``"auto"`` where the device has instructions for them (CUDA since Ampere;
        x86 CPUs with AVX512-BF16 or AMX, if torch can tell), which takes about a third off the
        time. What is fitted is float32 either way.
    device : str, default="auto"
        Where to train: a torch device, or ``"auto"`` for CUDA where there is one. The fitted
        estimator lives on the CPU either way.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches, noise and of what `sample` draws.
    verbose : int, default=0
        Print the loss now and then if > 0.

    Attributes
    ----------
    loss_curve_, reconstruction_curve_, kl_curve_ : ndarray of shape (n_iter_,)
        The batch's mean loss, reconstruction term and (unweighted) KL before each step, in nats.
    beta_ : float
        The weight of the KL in the loss.
    n_iter_ : int
        Steps taken.
    active_components_ : ndarray of shape (n_components,), bool
        Which latent dimensions are used: those with a mean KL of at least 0.01 nats (on up to
        1024 training rows).
    early_vae_ : VAE
        The model as it was at `early_checkpoint`, where that is set.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `X` was a frame whose column names are all strings.

    See Also
    --------
    VAEOversampler : New rows of small classes from one VAE.
    MultiVAEResampler : New rows from one VAE per class.

    References
    ----------
    .. [1] D. P. Kingma and M. Welling, "Auto-encoding variational Bayes", ICLR 2014,
       https://doi.org/10.48550/arXiv.1312.6114
    .. [2] I. Higgins et al., "beta-VAE: learning basic visual concepts with a constrained
       variational framework", ICLR 2017.
    .. [3] D. J. Im et al., "Denoising criterion for variational auto-encoding framework",
       AAAI 2017, https://doi.org/10.48550/arXiv.1511.06406
    .. [4] O. Rybkin, K. Daniilidis and S. Levine, "Simple and effective VAE training with
       calibrated decoders", ICML 2021, https://doi.org/10.48550/arXiv.2006.13202
    .. [5] P. Micikevicius et al., "Mixed precision training", ICLR 2018,
       https://doi.org/10.48550/arXiv.1710.03740

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import VAE
    >>> X = load_iris().data
    >>> vae = VAE(max_iter=200, random_state=0).fit(X)
    >>> vae.transform(X).shape
    (150, 2)
    >>> vae.sample(3).shape
    (3, 4)

    Images of 8 x 8 pixels:

    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data
    >>> vae = VAE(image_shape=(8, 8), conv_channels=(16, 32), max_iter=100, random_state=0)
    >>> vae.fit(X).sample(2).reshape(2, 8, 8).shape
    (2, 8, 8)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "conv_channels": ["array-like"],
        "categorical_features": ["array-like", str, None],
        "discrete": [StrOptions({"sample", "mode"})],
        "likelihood": [StrOptions({"bernoulli", "gaussian"})],
        "quantile_transform": ["boolean"],
        "spikes": ["boolean", StrOptions({"auto"})],
        "missing": [StrOptions({"error", "indicator"})],
        "beta": [Interval(Real, 0, None, closed="left")],
        "normalize_beta": ["boolean"],
        "denoising_std": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 2, None, closed="left")],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "early_checkpoint": [Interval(Real, 0, 1, closed="right"), None],
        "mixed_precision": ["boolean", StrOptions({"auto"})],
        "device": [str],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components: int = 2,
        *,
        hidden_layer_sizes: Sequence[int] | None = None,
        image_shape: Sequence[int] | None = None,
        conv_channels: Sequence[int] = (64, 128, 256),
        categorical_features: Any = "auto",
        discrete: str = "sample",
        likelihood: str = "bernoulli",
        quantile_transform: bool = False,
        spikes: bool | str = "auto",
        missing: str = "error",
        beta: float = 1.0,
        normalize_beta: bool = False,
        denoising_std: float = 0.0,
        max_iter: int = 1000,
        batch_size: int = 32,
        learning_rate_init: float = 1e-3,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        early_checkpoint: float | None = None,
        mixed_precision: bool | str = "auto",
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.image_shape = image_shape
        self.conv_channels = conv_channels
        self.categorical_features = categorical_features
        self.discrete = discrete
        self.likelihood = likelihood
        self.quantile_transform = quantile_transform
        self.spikes = spikes
        self.missing = missing
        self.beta = beta
        self.normalize_beta = normalize_beta
        self.denoising_std = denoising_std
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.early_checkpoint = early_checkpoint
        self.mixed_precision = mixed_precision
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: Any = None) -> VAE:
        """Train on the rows of `X`.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Numbers of any scale, dates and symbols, at least 2 rows.
        y : ignored
            Present for scikit-learn's API.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `X` is sparse.
        ValueError
            If a parameter or `X` is not as described; the message names it.

        Warns
        -----
        ConvergenceWarning
            If the loss stops being finite. The last good weights stay.
        LatentCollapseWarning
            If the model uses no latent dimension.
        """
        for stale in ("_net", "early_vae_"):  # a fit that fails leaves nothing that looks fitted
            self.__dict__.pop(stale, None)
        table_format, values = learn_table(
            self, X, categorical_features=self.categorical_features, missing=self.missing
        )
        fit_stack([self], table_format, values, [np.arange(len(values))])
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.floating]:
        r"""Latent means :math:`\mu(x)`.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to encode.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_components)
            float32 for float32 and integers of up to 16 bits, else float64.
        """
        check_is_fitted(self)
        return self._latent_means(self._read(X))

    def inverse_transform(self, Z: ArrayLike) -> Any:
        """Decode latent vectors to rows.

        Parameters
        ----------
        Z : array-like of shape (n_samples, n_components)
            Latent vectors.

        Returns
        -------
        X : {ndarray, dataframe} of shape (n_samples, n_features)
            Means of p(x given z) and most likely symbols, in the container, units and dtypes of the
            training table.
        """
        check_is_fitted(self)
        latents = check_array(Z, dtype=[np.float64, np.float32], input_name="Z")
        if latents.shape[1] != self._n_features_out:
            raise ValueError(
                f"Z must have n_components={self._n_features_out} columns, got {latents.shape[1]}"
            )
        return self._format.restore(self._decode(latents))

    def sample(self, n_samples: int = 1) -> Any:
        """Draw new rows: z from the prior N(0, I), decoded.

        Parameters
        ----------
        n_samples : int, default=1
            Rows to draw, >= 1.

        Returns
        -------
        X : {ndarray, dataframe} of shape (n_samples, n_features)
            New rows in the container, units and dtypes of the training table. With an integer
            `random_state` every call returns the same rows.
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        rng = check_random_state(self.random_state)
        Z = self._draw_prior(n_samples, rng)
        return self._format.restore(self._draw(Z, rng, self._prior_shifts()))

    def score_samples(self, X: ArrayLike) -> NDArray[np.floating]:
        """ELBO of each row: a lower bound of its log-likelihood, in nats.

        The KL has weight 1, whatever `beta`; the expectation over q(z given x) is a mean over
        16 fixed latent draws, the same for every row and call. The likelihood is that of
        the coded row (of numbers under a Bernoulli likelihood, clipped to [0, 1]), so that models
        of other likelihoods or scales have other zeros.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        elbo : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        values = self._read(X)
        layout = self._codec.layout
        draws = np.random.RandomState(0).standard_normal((_N_DRAWS // 2, self._n_features_out))
        fixed = torch.from_numpy(np.concatenate([draws, -draws]).astype(values.dtype))

        def elbo(net: StackedVAE, x: torch.Tensor) -> torch.Tensor:
            mean, log_var = net.encode(x)
            sigma, inside = torch.exp(0.5 * log_var), x.clone()
            inside[:, : layout.n_bernoulli].clamp_(0, 1)
            nll = torch.zeros_like(mean[:, 0])
            for e in fixed:
                logits = net.decode(mean + sigma * e[:, None])
                nll += reconstruction_nll(logits, inside, layout, net.scale)
            return -(nll / len(fixed) + kl_to_standard_normal(mean, log_var))[:, None]

        return self._through_net(elbo, self._codec.encode(values, values.dtype))[:, 0]

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Mean of `score_samples` over the rows of `X`, in nats.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to score.
        y : ignored
            Present for scikit-learn's API.

        Returns
        -------
        elbo : float
        """
        return float(np.mean(self.score_samples(X)))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_net")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "indicator"
        return tags

    @property
    def _n_features_out(self) -> int:
        return self._net.n_components

    def _read(self, X: ArrayLike) -> NDArray[np.floating]:
        return read_table(self, X, self._format, missing=self.missing)

    def _draw_prior(self, n: int, rng: np.random.RandomState) -> NDArray[np.float32]:
        return rng.standard_normal((n, self._n_features_out)).astype(np.float32)

    def _latent_means(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        coded = self._codec.encode(values, values.dtype.type)
        return self._through_net(lambda net, x: net.encode(x)[0], coded)

    def _decode(self, Z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Means and most likely symbols of p(x given z)."""
        return self._codec.decode(self._means(Z))

    def _draw(
        self,
        Z: NDArray[np.floating],
        rng: np.random.RandomState,
        shifts: NDArray[np.float64] | None,
        residuals: NDArray[np.floating] | None = None,
    ) -> NDArray[np.float64]:
        """Draw from p(x given z): symbols as `discrete` says, Gaussian columns with their noise.

        Where there are `residuals` of originals, from `_residuals`, they take the noise's place.
        """
        means = self._means(Z)
        if residuals is not None:
            means += residuals
        elif self._net.scale is not None:
            # A generator of numpy's newer kind is five times as fast.
            fast = np.random.default_rng(rng.randint(2**31 - 1))
            shape = (len(Z), self._codec.layout.n_gaussian)
            noise = fast.standard_normal(shape, dtype=np.float32)
            noise *= self._net.scale[0, :, 0].numpy()
            means[:, self._codec.layout.gaussian] += noise
        return self._codec.decode(means, rng, shifts, discrete=self.discrete)

    def _residuals(
        self, values: NDArray[np.floating], Z: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Coded numbers of rows minus those decoded from their latent means `Z`."""
        return self._codec.residuals(values, self._means(Z))

    def _shifts_for(
        self, Z: NDArray[np.floating], shares: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What gives symbols decoded from `Z` their `shares`."""
        return self._codec.shifts_to(shares, self._means(Z))

    def _prior_shifts(self) -> NDArray[np.float64] | None:
        """What gives symbols drawn from the prior the shares that they had in training."""
        if not self._codec.has_symbols:
            return None
        return self._shifts_for(self._draw_prior(N_SHIFTED, np.random.RandomState(0)), self._shares)

    def _means(self, Z: NDArray[np.floating]) -> NDArray[np.floating]:
        layout = self._codec.layout
        return self._through_net(lambda net, z: reconstruction_means(net.decode(z), layout), Z)

    @own_torch_modes()
    @torch.no_grad()
    def _through_net(
        self,
        function: Callable[[StackedVAE, torch.Tensor], torch.Tensor],
        rows: NDArray[np.floating],
    ) -> NDArray[np.floating]:
        """Apply ``function(net, columns)`` to (n, k) rows, a batch at a time, in their dtype."""
        net = self._net
        if rows.dtype == np.float64:
            net = copy.deepcopy(net).double()
        parts = []
        n_rows = min(_BATCH, max(1, _BATCH_VALUES // widest(net)))
        with threads_for(n_rows * multiply_adds(net), n_models=1):
            for start in range(0, len(rows), n_rows):
                batch = np.ascontiguousarray(rows[start : start + n_rows])
                columns = torch.tensor(batch, device="cpu").T[None]
                parts.append(function(net, columns)[0].T.numpy())
        result = np.concatenate(parts)
        if np.isnan(result).any():
            raise ValueError(
                "rows and latent vectors must not be so far from the training data that the "
                "network overflows: check X or Z, and a sampler's alpha and noise_scale"
            )
        return result


def check_n_samples(n_samples: int) -> None:
    """Refuse anything but an integer >= 1."""
    if not isinstance(n_samples, Integral) or n_samples < 1:
        raise ValueError(f"n_samples must be an integer >= 1, got {n_samples!r}")
