"""The generative adversarial network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .._nn.adversarial import GeneratorAgainstDiscriminator, StackedGAN
from .._tables.layout import Layout
from ._adversarial import AdversarialModel
from ._architecture import Architecture
from ._fitting import Result

__all__ = ["GAN"]


class GAN(AdversarialModel):
    r"""Generative adversarial network for tables and images.

    A generator G makes rows of noise z from N(0, I), and a discriminator D tells them from real
    ones. G minimises :math:`-\log D(G(z))` (the non-saturating loss [1]_), D minimises

    .. math:: -\log D(x) - \log(1 - D(G(z)))
        + \frac{\gamma}{2} \|\nabla_x \mathrm{logit}\, D(x)\|^2

    where the penalty makes the game converge (R1 [2]_). Its gradient is measured along one random
    direction a row, by the difference over a step of 0.1. Both players move in each step, by Adam
    with :math:`\beta_1 = 0.5`. Categories are drawn by the Gumbel-softmax at temperature 0.2 [3]_.

    There is no encoder: no `transform`, no `inverse_transform`, and no latent rule that starts from
    rows. For new rows of each class use ``MultiVAEResampler(GAN(), latent_sampling="prior")``.

    Parameters
    ----------
    n_components : int, default=10
        Dimensions d of the noise z, >= 1.
    hidden_layer_sizes : sequence of int, default=None
        The discriminator's hidden layers; the generator mirrors them. None is ``(128, 64)``, and
        with `image_shape`, where they stand behind the convolutions and may be ``()``, ``(128,)``.
    image_shape : tuple of int, default=None
        (H, W) or (C, H, W) if every row is an image, as in `VAE`: the networks are then
        convolutional, and pixels share one range.
    conv_channels : sequence of int, default=(64, 128, 256)
        Used with `image_shape`: maps of the discriminator's convolutions, as in `VAE`.
    categorical_features : "auto", array-like or None, default="auto"
        Categorical columns, as in `VAE`. New rows hold only categories of `fit`.
    discrete : {"sample", "mode"}, default="sample"
        Whether `sample` draws categories by their probabilities or takes the most likely ones.
    quantile_transform, spikes : "auto" or bool, default="auto"
        How numbers are coded, as in `VAE`.
    missing : {"error", "indicator"}, default="error"
        Refuse missing values (NaN, None, `pandas.NA`), or learn where they are, and draw them.
    gradient_penalty : float, default=10.0
        Weight :math:`\gamma` of the penalty, >= 0.
    max_iter : int, default=2000
        Steps, >= 1.
    batch_size : int, default=64
        Real rows a step, and as many generated ones, >= 2.
    learning_rate_init : float, default=1e-3
        Adam's step size, > 0.
    validation_fraction : float, default=0.1
        Share of the rows that is held out for `discriminator_accuracy_`, in [0, 1); none are if
        that makes fewer than 10.
    mixed_precision : "auto" or bool, default="auto"
        Whether the generator's convolutions train in bfloat16, as in `VAE`.
    device : str, default="auto"
        Where to train: a torch device, or ``"auto"`` for CUDA where there is one.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, batches and noise, and of the rows that `sample` draws.
    verbose : int, default=0
        1 shows the losses and the time left in a bar where tqdm is installed, else in lines.

    Attributes
    ----------
    loss_curve_, discriminator_curve_ : ndarray of shape (n_iter_,)
        The generator's loss, and the discriminator's without the penalty, before each step, in
        nats. Neither tells how good the rows are.
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
    VAEGAN : Its relative with an encoder.
    MultiVAEResampler : New rows from one model per class.

    References
    ----------
    .. [1] I. J. Goodfellow et al., "Generative adversarial nets", NeurIPS 2014,
       https://doi.org/10.48550/arXiv.1406.2661
    .. [2] L. Mescheder, A. Geiger and S. Nowozin, "Which training methods for GANs do actually
       converge?", ICML 2018, https://doi.org/10.48550/arXiv.1801.04406
    .. [3] E. Jang, S. Gu and B. Poole, "Categorical reparameterization with Gumbel-softmax",
       ICLR 2017, https://doi.org/10.48550/arXiv.1611.01144

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import GAN, MultiVAEResampler
    >>> X, y = load_iris(return_X_y=True)
    >>> GAN(max_iter=300, random_state=0).fit(X).sample(3).shape
    (3, 4)
    >>> sampler = MultiVAEResampler(
    ...     GAN(max_iter=300), latent_sampling="prior", filter=None, random_state=0
    ... )
    >>> sampler.fit(X, y).sample(5, y=2)[0].shape
    (5, 4)
    """

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
        self.gradient_penalty = gradient_penalty

    def _network(
        self, architecture: Architecture, rngs: Sequence[torch.Generator], layout: Layout
    ) -> StackedGAN:
        generator = architecture.decoder(rngs, layout, self.n_components)
        return StackedGAN(generator, architecture.discriminator(rngs, layout))

    def _objective(self, layout: Layout) -> GeneratorAgainstDiscriminator:
        return GeneratorAgainstDiscriminator(
            self._rows(layout), self.n_components, float(self.gradient_penalty)
        )

    def _adopt(self, result: Result) -> None:
        _, real, fake, _ = result.terms.T
        self.discriminator_curve_ = real + fake
        super()._adopt(result)
