"""The autoencoder and the denoising autoencoder as scikit-learn transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from .._nn.likelihoods import inside_range, reconstruction_nll
from .._nn.networks import StackedAutoencoder
from .._nn.objectives import Reconstruction
from .._tables.layout import Layout
from .._tables.polars import takes_polars
from ._architecture import Architecture
from ._base import GenerativeModel
from ._mixins import EncoderMixin, ScoreMixin, read_fitted

__all__ = ["Autoencoder"]


class Autoencoder(EncoderMixin, ScoreMixin, GenerativeModel):
    r"""Autoencoder, or denoising autoencoder, for tables and images.

    Codes the columns as `VAE` does, and minimises the reconstruction loss

    .. math:: L(x, g(f(\tilde x))) = -\log p(x | z = f(\tilde x))

    of the encoder f and the decoder g, summed over the columns, each with the likelihood of its
    kind. :math:`\tilde x` is the row x, or with `denoising_std` the row with normal noise: the
    denoising autoencoder [2]_ (equations 3.1 and 3.2 of [1]_).

    Nothing orders the latent space between the codes of rows, so that random vectors decode to
    noise: there is no `sample`. `VAEOversampler` and `MultiVAEResampler` take the model with the
    rules that start from rows, such as ``"interpolation"``, and refuse ``"prior"``.

    Parameters
    ----------
    n_components : int, default=10
        Dimensions d of the latent space, >= 1.
    hidden_layer_sizes, image_shape, conv_channels, categorical_features, discrete, likelihood, \
            quantile_transform, spikes, missing
        As in `VAE`; `discrete` matters to samplers, which draw rows.
    denoising_std : float, default=0.0
        Standard deviation, in scaled units, of normal noise on the encoder's input in training
        only; the reconstruction is compared with the clean row. 0 is the plain autoencoder.
    max_iter, batch_size, learning_rate_init
        As in `VAE`.
    early_stopping : bool, default=False
        Hold out rows, stop when their reconstruction loss has not fallen for `n_iter_no_change`
        checks, and return to the best weights.
    validation_fraction, n_iter_no_change, tol, early_checkpoint, mixed_precision, device, \
            random_state, verbose
        As in `VAE`.

    Attributes
    ----------
    loss_curve_ : ndarray of shape (n_iter_,)
        The batch's mean reconstruction loss before each step, in nats.
    validation_curve_ : ndarray of shape (n_checks, 2)
        The steps done and the mean loss of held-out rows, as in `VAE`.
    n_iter_ : int
        Steps taken.
    early_vae_ : Autoencoder
        The model as it was at `early_checkpoint`, where that is set.
    image_shape_, n_features_in_, feature_names_in_
        As in `VAE`.

    See Also
    --------
    VAE : Its latent space has a prior that rows can be drawn from.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.
    .. [2] P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, "Extracting and composing
       robust features with denoising autoencoders", ICML 2008,
       https://doi.org/10.1145/1390156.1390294

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import Autoencoder
    >>> X = load_iris().data
    >>> autoencoder = Autoencoder(2, denoising_std=0.1, max_iter=200, random_state=0).fit(X)
    >>> Z = autoencoder.transform(X)
    >>> Z.shape
    (150, 2)
    >>> autoencoder.inverse_transform(Z).shape
    (150, 4)
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
        likelihood: str = "auto",
        quantile_transform: bool | str = "auto",
        spikes: bool | str = "auto",
        missing: str = "error",
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

    @takes_polars
    def score_samples(self, X: ArrayLike) -> NDArray[np.floating]:
        """Return minus the reconstruction loss of each row, in nats: the greater, the better.

        The loss is that of the clean row, also for a denoising autoencoder, with numbers under a
        Bernoulli likelihood clipped to [0, 1]. It is no bound of the row's likelihood, as the
        score of a `VAE` is.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to score.

        Returns
        -------
        scores : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        values, fitted = read_fitted(self, X), self._fitted
        layout = fitted.codec.layout

        def minus_loss(net: StackedAutoencoder, x: torch.Tensor) -> torch.Tensor:
            logits, inside = net.decode(net.latents(x)), inside_range(x, layout)
            return -reconstruction_nll(logits, inside, layout, net.scale)[:, None]

        return fitted.through(minus_loss, fitted.codec.encode(values, values.dtype.type))[:, 0]

    def _network(
        self, architecture: Architecture, rngs: Sequence[torch.Generator], layout: Layout
    ) -> StackedAutoencoder:
        encoder = architecture.encoder(rngs, layout, self.n_components)
        decoder = architecture.decoder(rngs, layout, self.n_components)
        return StackedAutoencoder(rngs, encoder, decoder, layout.n_gaussian)

    def _objective(self, layout: Layout) -> Reconstruction:
        return Reconstruction(layout, self.denoising_std)
