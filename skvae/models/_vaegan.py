"""The VAE whose decoder is judged by a discriminator."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils._param_validation import Interval, StrOptions

from .._nn.adversarial import StackedVAEGAN, VAEAgainstDiscriminator
from .._tables.layout import Layout
from ._adversarial import AdversarialModel
from ._architecture import Architecture
from ._fitting import Result
from ._mixins import EncoderMixin

__all__ = ["VAEGAN"]


class VAEGAN(EncoderMixin, AdversarialModel):
    r"""VAE whose decoder is the generator of a GAN, for tables and images.

    A discriminator D tells real rows from decoded ones, and what its hidden layer :math:`D_l` sees
    takes the place of columns and pixels in the reconstruction error [1]_, which is meant to make
    decoded rows sharper. With :math:`q(z|x) = N(\mu(x), \mathrm{diag}\,\sigma^2(x))`, a row
    :math:`\tilde x` decoded from it and a row :math:`x_p` decoded from N(0, I),

    - the encoder minimises :math:`L_\mathrm{rec} + \beta\,\mathrm{KL}(q(z|x)\,\|\,N(0, I))`,
    - the decoder :math:`\gamma L_\mathrm{rec} - \frac12 \log D(\tilde x)
      - \frac12 \log D(x_p)`,
    - the discriminator :math:`-\log D(x) - \frac12 \log(1 - D(\tilde x))
      - \frac12 \log(1 - D(x_p))` and half the weighted gradient penalty of `GAN`,

    where :math:`L_\mathrm{rec} = \frac12 \|D_l(x) - D_l(\tilde x)\|^2`, a Gaussian likelihood of
    unit variance. :math:`D_l` is the last hidden layer, or with `image_shape` the last convolution.

    Parameters
    ----------
    n_components : int, default=10
        Dimensions d of the latent space, >= 1.
    hidden_layer_sizes : sequence of int, default=None
        The hidden layers of encoder and discriminator; the decoder mirrors them. None is ``(128,
        64)``, and with `image_shape`, where they stand behind the convolutions and may be ``()``,
        ``(128,)``.
    image_shape : tuple of int, default=None
        (H, W) or (C, H, W) if every row is an image, as in `VAE`: the networks are then
        convolutional, and pixels share one range.
    conv_channels : sequence of int, default=(64, 128, 256)
        Used with `image_shape`: maps of the convolutions of encoder and discriminator, as in `VAE`.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as in `VAE`. New rows hold only categories of `fit`.
    discrete : {"sample", "mode"}, default="sample"
        Whether `sample` draws categories by their probabilities or takes the most likely ones.
    quantile_transform, spikes : "auto" or bool, default="auto"
        How numbers are coded, as in `VAE`.
    missing : {"error", "indicator"}, default="error"
        Refuse missing values (NaN, None, `pandas.NA`), or learn where they are, and draw them.
    beta : float, default=0.1
        Weight of the KL for the encoder, >= 0.
    gamma : float or "auto", default="auto"
        Weight of the reconstruction for the decoder, >= 0: more gives reconstructions that are
        nearer to the rows, less gives rows that the discriminator takes for real. "auto" is 0.1
        for tables, and 0.01 for images, whose :math:`D_l` is wide.
    gradient_penalty : float, default=10.0
        Weight of the gradient penalty, >= 0.
    max_iter : int, default=2000
        Steps, >= 1.
    batch_size : int, default=64
        Rows a step, >= 2.
    learning_rate_init : float, default=1e-3
        Adam's step size, > 0.
    validation_fraction : float, default=0.1
        Share of the rows that is held out for `discriminator_accuracy_`, in [0, 1); none are if
        that makes fewer than 10.
    mixed_precision : "auto" or bool, default="auto"
        Whether convolutions of encoder and decoder train in bfloat16, as in `VAE`.
    device : str, default="auto"
        Where to train: a torch device, or ``"auto"`` for CUDA where there is one.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches and noise, and of the rows that `sample` draws.
    verbose : int, default=0
        1 shows the losses and the time left in a bar where tqdm is installed, else in lines.

    Attributes
    ----------
    loss_curve_, reconstruction_curve_, kl_curve_ : ndarray of shape (n_iter_,)
        The encoder's loss and its two (unweighted) terms before each step. The discriminator, by
        whose layer they are measured, changes in each step.
    generator_curve_, discriminator_curve_ : ndarray of shape (n_iter_,)
        What the decoder and the discriminator minimise in the game, without the reconstruction and
        the penalty, in nats.
    diversity_ : float
        Distances between drawn rows, as a share of those between rows of `fit`, in [0, 1]: the
        lesser of the shares of the mean distance of pairs and of that to the nearest other row (on
        up to 256 rows).
    discriminator_accuracy_ : float
        Mean share of rows that the discriminator names rightly among held-out rows and among drawn
        ones; about 0.5 if it can't tell them, NaN where no rows were held out.
    n_iter_ : int
        Steps taken.
    image_shape_ : tuple of int or None
        `image_shape` as it was in `fit`.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `X` was a frame whose column names are all strings.

    See Also
    --------
    VAE : Its relative with a likelihood, `score` and early stopping.
    GAN : Its relative without an encoder.

    References
    ----------
    .. [1] A. B. L. Larsen, S. K. Sønderby, H. Larochelle and O. Winther, "Autoencoding beyond
       pixels using a learned similarity metric", ICML 2016,
       https://doi.org/10.48550/arXiv.1512.09300

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import VAEGAN
    >>> X = load_iris().data
    >>> vaegan = VAEGAN(2, max_iter=300, random_state=0).fit(X)
    >>> vaegan.transform(X).shape, vaegan.sample(3).shape
    ((150, 2), (3, 4))
    """

    _parameter_constraints: ClassVar[dict] = {
        **AdversarialModel._parameter_constraints,
        "beta": [Interval(Real, 0, None, closed="left")],
        "gamma": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    }

    has_posterior: ClassVar[bool] = True

    def __init__(
        self,
        n_components: int = 10,
        *,
        hidden_layer_sizes: Sequence[int] | None = None,
        image_shape: Sequence[int] | None = None,
        conv_channels: Sequence[int] = (64, 128, 256),
        categorical_features: Any = "auto",
        discrete: str = "sample",
        quantile_transform: bool | str = "auto",
        spikes: bool | str = "auto",
        missing: str = "error",
        beta: float = 0.1,
        gamma: float | str = "auto",
        gradient_penalty: float = 10.0,
        max_iter: int = 2000,
        batch_size: int = 64,
        learning_rate_init: float = 1e-3,
        validation_fraction: float = 0.1,
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
            quantile_transform=quantile_transform,
            spikes=spikes,
            missing=missing,
            max_iter=max_iter,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            validation_fraction=validation_fraction,
            mixed_precision=mixed_precision,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.beta = beta
        self.gamma = gamma
        self.gradient_penalty = gradient_penalty

    def _network(
        self, architecture: Architecture, rngs: Sequence[torch.Generator], layout: Layout
    ) -> StackedVAEGAN:
        encoder = architecture.encoder(rngs, layout, 2 * self.n_components)
        decoder = architecture.decoder(rngs, layout, self.n_components)
        return StackedVAEGAN(rngs, encoder, decoder, architecture.discriminator(rngs, layout))

    def _objective(self, layout: Layout) -> VAEAgainstDiscriminator:
        gamma = self.gamma
        if gamma == "auto":
            gamma = 0.1 if self.image_shape is None else 0.01
        return VAEAgainstDiscriminator(
            self._rows(layout),
            self.n_components,
            float(self.beta),
            float(gamma),
            float(self.gradient_penalty),
        )

    def _adopt(self, result: Result) -> None:
        self.reconstruction_curve_, self.kl_curve_, self.generator_curve_, real, fake, _ = (
            curve.copy() for curve in result.terms.T
        )
        self.discriminator_curve_ = real + fake
        super()._adopt(result)
