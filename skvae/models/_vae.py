"""The variational autoencoder as a scikit-learn transformer."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from .._nn.likelihoods import inside_range, reconstruction_nll
from .._nn.networks import StackedVAE
from .._nn.objectives import (
    NegativeELBO,
    kl_by_component,
    kl_to_standard_normal,
    with_conditions,
)
from .._tables.layout import Layout
from .._tables.polars import takes_polars
from ..exceptions import LatentCollapseWarning, warn
from ._architecture import Architecture
from ._base import GenerativeModel
from ._fitting import Result
from ._mixins import EncoderMixin, PriorMixin, ScoreMixin, read_fitted

__all__ = ["VAE"]

# Draws of the latent noise over which `score_samples` averages, in antithetic pairs.
_N_DRAWS = 16
# Mean KL in nats from which a latent dimension counts as active.
_ACTIVE_KL = 0.01


class VAE(EncoderMixin, PriorMixin, ScoreMixin, GenerativeModel):
    r"""Variational autoencoder for tables and images.

    Codes the columns (numbers in [0, 1], categories as indicators) and maximises, on average over
    the rows,

    .. math:: E_{q(z|x)}[\log p(x|z)] - \beta\,\mathrm{KL}(q(z|x)\,\|\,N(0, I))

    with :math:`q(z|x) = N(\mu(x), \mathrm{diag}\,\sigma^2(x))` and a likelihood for each kind of
    column: Bernoulli (binary cross-entropy) or Gaussian for numbers, Bernoulli for two categories,
    categorical for more. Both terms are summed over their dimensions.

    Parameters
    ----------
    n_components : int, default=10
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
        Categorical columns, as a mask, indices or names; ``"auto"`` takes a frame's columns of
        text, categories and booleans, and none of an array. New rows hold only categories that the
        column had in `fit`. Dummies, columns of 0 and 1, count as one category in a table of at
        least 20 rows if one is 1 in every row, and they are neighbours or have one prefix such as
        ``name_`` or ``name=``, and if one is 1 at most in every row, and they have one prefix.
    discrete : {"sample", "mode"}, default="sample"
        Whether `sample` draws categories by their probabilities or takes the most likely ones.
        Missing values and spikes are drawn either way.
    likelihood : {"auto", "bernoulli", "gaussian"}, default="auto"
        Likelihood of the columns of numbers. ``"gaussian"`` learns each column's noise and adds it
        to new rows [4]_; ``"bernoulli"`` is the thesis' cross-entropy on [0, 1], whose new rows
        are means. ``"auto"`` is ``"gaussian"`` for tables and ``"bernoulli"`` for images. Integers
        are rounded, and all numbers stay in the range of `fit`.
    quantile_transform : "auto" or bool, default="auto"
        Map numbers to their quantiles first (`~sklearn.preprocessing.QuantileTransformer`),
        which tames heavy tails. ``"auto"`` is True for tables and False for images.
    spikes : "auto" or bool, default="auto"
        Whether a number that stands out is drawn as a category: sums that are often 0, say. At
        least a tenth of the column's rows hold such a number, four times as many as hold any of
        its other values, of which there are more than ten. ``"auto"`` is True for frames.
    missing : {"error", "indicator"}, default="error"
        Refuse missing values (NaN, None, `pandas.NA`), or learn where they are, and draw them.
    beta : float, default=0.5
        Weight of the KL term, >= 0 [2]_. Above 1 the latent space is smoother, below 1 the
        reconstructions are sharper.
    normalize_beta : bool, default=False
        Weigh the KL by ``beta * n_components / n_features_in_`` instead (section 4.2 of [2]_,
        solved for the weight), so that `beta` means the same for tables of any width.
    denoising_std : float, default=0.0
        Standard deviation, in scaled units, of normal noise on the encoder's input in training
        only; the reconstruction is compared with the clean row [3]_: the denoising VAE (DVAE).
    max_iter : int, default=300
        Optimiser steps at most, >= 1.
    batch_size : int, default=32
        Rows a step, >= 2. A table with fewer rows fills a batch by taking them several times,
        each time with other noise.
    learning_rate_init : float, default=1e-3
        Adam's step size, > 0.
    early_stopping : bool, default=False
        Hold out rows, stop when the ELBO on them (with its KL weighted as in training) has not
        grown for `n_iter_no_change` checks, and return to the best weights.
    validation_fraction : float, default=0.1
        Share of the rows to hold out, in (0, 1), rounded up; used with `early_stopping`.
    n_iter_no_change : int, default=10
        Checks of the held-out ELBO (one every 50 steps, or one an epoch where that is longer)
        without a gain before training stops, >= 1; used with `early_stopping`.
    tol : float, default=1e-4
        Gain in nats a row below which a check counts as one without, >= 0; used with
        `early_stopping`.
    early_checkpoint : float, default=None
        Share of `max_iter`, in (0, 1], after which to keep a copy of the model: its blurred rows
        are a source of noise for `GenerativeClassifierFilter`.
    mixed_precision : "auto" or bool, default="auto"
        Whether convolutions between 8 maps or more train with products of bfloat16 and sums of
        float32 [5]_; ``"auto"`` where the device has instructions for them (CUDA since Ampere;
        x86 CPUs with AVX512-BF16 or AMX, if torch can tell), which takes about a third off the
        time. The fitted model is float32 either way.
    device : str, default="auto"
        Where to train: a torch device, or ``"auto"`` for CUDA where there is one. The fitted
        estimator lives on the CPU either way.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches and noise, and of the rows that `sample` draws.
    verbose : int, default=0
        1 shows the loss and the time left in a bar where tqdm is installed, else in lines.

    Attributes
    ----------
    loss_curve_, reconstruction_curve_, kl_curve_ : ndarray of shape (n_iter_,)
        The batch's mean loss, reconstruction term and (unweighted) KL before each step, in nats.
    validation_curve_ : ndarray of shape (n_checks, 2)
        The steps done and the mean loss of held-out rows, at each check of `early_stopping`; only
        set with it.
    beta_ : float
        The weight of the KL in the loss.
    n_iter_ : int
        Steps taken.
    active_components_ : ndarray of shape (n_components,), bool
        Mask of the latent dimensions that are used: those with a mean KL of at least 0.01 nats (on
        about 1024 training rows).
    early_vae_ : VAE
        The model as it was at `early_checkpoint`, where that is set.
    image_shape_ : tuple of int or None
        `image_shape` as it was in `fit`.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `X` was a frame whose column names are all strings.

    See Also
    --------
    ConditionalVAE : The model that is told the classes of rows.
    Autoencoder : The model without a prior.
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
    (150, 10)
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
        **GenerativeModel._parameter_constraints,
        "beta": [Interval(Real, 0, None, closed="left")],
        "normalize_beta": ["boolean"],
    }

    def __init__(
        self,
        n_components: int = 10,
        *,
        hidden_layer_sizes: Sequence[int] | None = None,
        image_shape: Sequence[int] | None = None,
        conv_channels: Sequence[int] = (64, 128, 256),
        categorical_features: Any = "auto",
        discrete: str = "sample",
        likelihood: str = "auto",
        quantile_transform: bool | str = "auto",
        spikes: bool | str = "auto",
        missing: str = "error",
        beta: float = 0.5,
        normalize_beta: bool = False,
        denoising_std: float = 0.0,
        max_iter: int = 300,
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
        super().__init__(
            n_components,
            hidden_layer_sizes=hidden_layer_sizes,
            image_shape=image_shape,
            conv_channels=conv_channels,
            categorical_features=categorical_features,
            discrete=discrete,
            likelihood=likelihood,
            quantile_transform=quantile_transform,
            spikes=spikes,
            missing=missing,
            denoising_std=denoising_std,
            max_iter=max_iter,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            early_checkpoint=early_checkpoint,
            mixed_precision=mixed_precision,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.beta = beta
        self.normalize_beta = normalize_beta

    @takes_polars
    def score_samples(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return the ELBO of each row: a lower bound of its log-likelihood, in nats.

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
        return self._elbo(read_fitted(self, X))

    def _elbo(
        self,
        values: NDArray[np.floating],
        codes: NDArray[np.intp] | None = None,
        *,
        at_mean: bool = False,
    ) -> NDArray[np.floating]:
        """Return the ELBO of rows by fixed draws, or by the latent mean alone."""
        fitted, layout = self._fitted, self._fitted.layout
        draws = np.random.RandomState(0).standard_normal((_N_DRAWS // 2, fitted.n_components))
        points = 0 * draws[:1] if at_mean else np.concatenate([draws, -draws])
        fixed = torch.from_numpy(points.astype(values.dtype))

        def elbo(net: StackedVAE, x: torch.Tensor) -> torch.Tensor:
            mean, log_var = net.encode(x)
            sigma, inside = torch.exp(0.5 * log_var), inside_range(x, layout)
            nll = torch.zeros_like(mean[:, 0])
            for e in fixed:
                logits = net.decode(with_conditions(mean + sigma * e[:, None], x, layout))
                nll += reconstruction_nll(logits, inside, layout, net.scale)
            return -(nll / len(fixed) + kl_to_standard_normal(mean, log_var))[:, None]

        return fitted.through(elbo, fitted.coded(values, codes))[:, 0]

    has_posterior: ClassVar[bool] = True
    _other_way_out: ClassVar[str] = " or beta"

    def _network(
        self, architecture: Architecture, rngs: Sequence[torch.Generator], layout: Layout
    ) -> StackedVAE:
        encoder = architecture.encoder(rngs, layout, 2 * self.n_components)
        decoder = architecture.decoder(rngs, layout, self.n_components + layout.n_conditions)
        return StackedVAE(rngs, encoder, decoder, layout.n_gaussian)

    def _objective(self, layout: Layout) -> NegativeELBO:
        beta = self._normalized_beta() if self.normalize_beta else float(self.beta)
        return NegativeELBO(layout, self.n_components, beta, self.denoising_std)

    def _normalized_beta(self) -> float:
        return self.beta * self.n_components / self.n_features_in_

    def _adopt(self, result: Result) -> None:
        _, self.beta_ = result.weights
        self.reconstruction_curve_, self.kl_curve_ = (curve.copy() for curve in result.terms.T)
        kl = result.net.through(lambda net, x: kl_by_component(*net.encode(x)), result.sample)
        self.active_components_ = kl.mean(axis=0) >= _ACTIVE_KL
        super()._adopt(result)

    def _warn(self, models: Sequence[VAE], results: Sequence[Result], names: Sequence[str]) -> None:
        super()._warn(models, results, names)
        unused = [n for n, m in zip(names, models, strict=True) if not m.active_components_.any()]
        if not unused:
            return
        beta, normalized = self.beta_, self._normalized_beta()
        way_out = "lower beta"
        if not self.normalize_beta and normalized < beta:
            way_out = f"lower beta, or set normalize_beta=True, which weighs it by {normalized:.3g}"
        warn(
            f"No latent dimension is active for {', '.join(unused)} (mean KL below {_ACTIVE_KL} "
            "nats): what is decoded does not depend on z. The KL was weighed by "
            f"{beta:.3g}: {way_out}.",
            LatentCollapseWarning,
        )
