"""The conditional variational autoencoder: a VAE that is told classes and columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from .._tables.format import TableFormat
from .._tables.polars import gives_polars, takes_polars
from .._tables.target import Target, labels_of_rows
from ._conditional_prior import ConditionalPriorMixin
from ._conditions import Conditions, condition_columns
from ._fitting import Recipe, Result
from ._mixins import check_latents, read_fitted
from ._vae import VAE

__all__ = ["ConditionalVAE"]


class ConditionalVAE(ConditionalPriorMixin, VAE):
    r"""Conditional variational autoencoder (CVAE): a `VAE` that is told the class of each row.

    Encoder and decoder get the class y besides the row, so that one model of all classes draws
    rows of any one, and small classes share what large ones have taught (equation 8.2 of [1]_,
    after [2]_ and [3]_). It maximises, on average over the rows,

    .. math:: E_{q(z|x,y)}[\log p(x|z,y)] - \beta\,\mathrm{KL}(q(z|x,y)\,\|\,N(0, I))

    With `condition_on`, y is the class and the entries of these columns, and `sample` draws rows
    whose columns are as asked for, without rejecting any.

    Networks get y as indicators beside their other inputs: dense ones with the columns and with z,
    convolutional ones with the inputs of their linear layers.

    Parameters
    ----------
    n_components : int, default=10
        Dimensions d of the latent space, >= 1.
    condition_on : array-like of column names or numbers, default=None
        Columns of the table to condition on: names in a frame, numbers in an array. Categorical
        columns by their categories, numbers and dates by bins. Without it `fit` needs y.
    n_bins : int, default=5
        Bins of each column of numbers of `condition_on`, >= 2, between its quantiles; fewer where
        many values are equal.
    class_weight : {"balanced"} or None, default="balanced"
        Whether training draws its batches evenly from all classes, the rows of small ones several
        times over, or each row as often as any other.
    hidden_layer_sizes, image_shape, conv_channels, categorical_features, discrete, likelihood, \
            quantile_transform, spikes, missing, beta, normalize_beta, denoising_std, max_iter, \
            batch_size, learning_rate_init, early_stopping, validation_fraction, \
            n_iter_no_change, tol, early_checkpoint, mixed_precision, device, random_state, verbose
        As in `VAE`, but for the defaults of `beta`, 1.0, and `max_iter`, 1000: a step meets few
        rows of a small class. `condition_on` and `image_shape` exclude each other.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted; not set by a `fit` without y.
    loss_curve_, reconstruction_curve_, kl_curve_, validation_curve_, beta_, n_iter_, \
            active_components_, image_shape_, n_features_in_, feature_names_in_
        As in `VAE`.
    early_vae_ : ConditionalVAE
        The model as it was at `early_checkpoint`, where that is set.

    See Also
    --------
    VAEOversampler : Draws new rows of each class from one of these, by ``"prior"`` too.
    MultiVAEResampler : One VAE per class.

    Notes
    -----
    A method that is not told the classes of rows takes for each the class that makes it likeliest,
    by the ELBO plus the logarithm of the class's share in training. So a Pipeline can end in, or
    pass through, `transform`: `fit_transform` encodes training rows in the same way, and no label
    leaks into their codes.

    References
    ----------
    .. [1] P. H. Iser, "Data Augmentation mit Variational Autoencodern", bachelor thesis,
       Universitaet Bonn, 2023.
    .. [2] K. Sohn, H. Lee and X. Yan, "Learning structured output representation using deep
       conditional generative models", NIPS 2015.
    .. [3] D. P. Kingma, D. J. Rezende, S. Mohamed and M. Welling, "Semi-supervised learning with
       deep generative models", NIPS 2014, https://doi.org/10.48550/arXiv.1406.5298

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skvae import ConditionalVAE
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> vae = ConditionalVAE(
    ...     condition_on=["sepal width (cm)"], max_iter=200, random_state=0
    ... ).fit(X, y)
    >>> vae.sample(3, y=2).shape
    (3, 4)
    >>> new = vae.sample(100, y=1, conditions={"sepal width (cm)": (2.5, 3.0)})
    >>> bool(new["sepal width (cm)"].between(2.5, 3.0).all())
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **VAE._parameter_constraints,
        "condition_on": ["array-like", None],
        "n_bins": [Interval(Integral, 2, None, closed="left")],
        "class_weight": [StrOptions({"balanced"}), None],
    }
    _learns_classes: ClassVar[bool] = True

    def __init__(
        self,
        n_components: int = 10,
        *,
        condition_on: Any = None,
        n_bins: int = 5,
        class_weight: str | None = "balanced",
        hidden_layer_sizes: Sequence[int] | None = None,
        image_shape: Sequence[int] | None = None,
        conv_channels: Sequence[int] = (64, 128, 256),
        categorical_features: Any = "auto",
        discrete: str = "sample",
        likelihood: str = "auto",
        quantile_transform: bool | str = "auto",
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
            beta=beta,
            normalize_beta=normalize_beta,
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
        self.condition_on, self.n_bins, self.class_weight = condition_on, n_bins, class_weight

    def fit(self, X: ArrayLike, y: Any = None) -> ConditionalVAE:
        """Train on the rows of `X` and their classes.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            As in `VAE`; also in chunks, with labels `y` of all rows.
        y : array-like of shape (n_samples,) or (n_samples, n_classes), default=None
            Class labels of any kind (numbers, strings, booleans), or one-hot columns, whose
            numbers are the labels then. None with `condition_on` only: a model without classes.
            Some class must have 2 rows or more.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `X` is sparse.
        ValueError
            If a parameter, `X` or `y` is not as described; the message names it.

        Warns
        -----
        ConvergenceWarning, IdentifierWarning, LatentCollapseWarning
            As in `VAE`.
        """
        return super().fit(X, y)

    @takes_polars
    def transform(self, X: ArrayLike, y: Any = None) -> NDArray[np.floating]:
        r"""Return latent means :math:`\mu(x, y)`.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to encode.
        y : label or array-like of shape (n_samples,), default=None
            Their class, or the class of each, of `classes_`; None takes the likeliest class of
            each row. Ignored by a model without classes.

        Returns
        -------
        Z : ndarray of shape (n_samples, n_components)
            float32 for float32 and integers of up to 16 bits, else float64.
        """
        check_is_fitted(self)
        values = read_fitted(self, X)
        return self._fitted.latent_means(values, self._codes(values, y))

    @gives_polars
    def inverse_transform(self, Z: ArrayLike, y: Any = None, conditions: Any = None) -> Any:
        """Decode latent vectors to rows of classes.

        Parameters
        ----------
        Z : array-like of shape (n_samples, n_components)
            Latent vectors.
        y : label or array-like of shape (n_samples,), default=None
            The class to decode to, or one a row; needed by a model with classes.
        conditions : dict, default=None
            As in `sample`. Other columns of `condition_on` have what most rows of the class have.

        Returns
        -------
        X : {ndarray, dataframe} of shape (n_samples, n_features)
            Means of p(x given z and y) and most likely categories, in the container, units and
            dtypes of the training table.

        Raises
        ------
        ValueError
            If y is missing, or holds labels that `fit` has not seen.
        """
        check_is_fitted(self)
        latents, given = check_latents(self, Z), self._given(conditions)
        if given.classes is None:
            codes = given.commonest(len(latents))
        else:
            if y is None:
                raise ValueError(
                    "y must be the class to decode to, or one a row, because latent vectors "
                    "have none of their own, got None"
                )
            labels = labels_of_rows(y, len(latents), given.classes)
            codes = given.of_rows(labels, Conditions.commonest)
        return self._fitted.format.restore(self._fitted.on(given).decode(latents, codes))

    @gives_polars
    @takes_polars
    def reconstruct(self, X: ArrayLike, y: Any = None) -> Any:
        """Encode rows, and decode them with their classes and their entries of `condition_on`.

        Parameters
        ----------
        X, y
            As in `transform`.

        Returns
        -------
        X : {ndarray, dataframe} of shape (n_samples, n_features)
            As of `inverse_transform`.
        """
        check_is_fitted(self)
        values, fitted = read_fitted(self, X), self._fitted
        return fitted.format.restore(fitted.reconstruct(values, self._codes(values, y)))

    @takes_polars
    def score_samples(self, X: ArrayLike, y: Any = None) -> NDArray[np.floating]:
        """Return a lower bound of each row's log-likelihood, in nats.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to score.
        y : label or array-like of shape (n_samples,), default=None
            Their class, or the class of each: the ELBO of log p(x given y), as `VAE` computes it.
            None sums over the classes with their shares in training: a bound of log p(x).

        Returns
        -------
        elbo : ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        values, given = read_fitted(self, X), self._told
        if given.classes is not None and y is None:
            return logsumexp(self._by_class(values), axis=1).astype(values.dtype)
        return self._elbo(values, self._codes(values, y))

    def score(self, X: ArrayLike, y: Any = None) -> float:
        """Return the mean of `score_samples` over the rows of `X`, in nats.

        `X` and `y` are as there.

        Returns
        -------
        score : float
        """
        return float(np.mean(self.score_samples(X, y)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = not self._has_columns()
        return tags

    def _has_columns(self) -> bool:
        return self.condition_on is not None and len(self.condition_on) > 0

    def _labels(self, y: Any) -> NDArray[Any] | None:
        if y is None and not self._has_columns():
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None: give labels, or name columns in condition_on"
            )
        labels = None if y is None else Target.of(y).labels
        if labels is not None and len(np.unique(labels)) == len(labels) > 1:
            raise ValueError(
                f"y must have a class of at least 2 rows, got {len(labels)} classes of 1 row each"
            )
        return labels

    def _recipe(self, table_format: TableFormat) -> Recipe:
        balanced = self.class_weight == "balanced"
        return replace(super()._recipe(table_format), even_classes=balanced)

    def _conditions(
        self,
        table_format: TableFormat,
        values: NDArray[np.floating],
        labels: NDArray[Any] | None,
    ) -> tuple[Conditions, NDArray[np.intp]] | None:
        columns = condition_columns(self.condition_on, table_format)
        if columns and self.image_shape is not None:
            raise ValueError(
                f"condition_on must be None with image_shape={self.image_shape}, because pixels "
                "are no conditions, got columns"
            )
        check_consistent_length(values, labels)
        return Conditions.learn(table_format, values, labels, columns, self.n_bins)

    def _adopt(self, result: Result) -> None:
        self.__dict__.pop("classes_", None)
        given = result.net.given
        if given is not None and given.classes is not None:
            self.classes_ = given.classes[given.class_counts() > 0]
        super()._adopt(result)

    def _codes(self, values: NDArray[np.floating], y: Any) -> NDArray[np.intp]:
        """Return the codes of rows of known classes, or of the likeliest ones for None."""
        given = self._told
        if given.classes is None:
            return given.codes_of(values)
        if y is not None:
            return given.codes_of(values, labels_of_rows(y, len(values), self.classes_))
        likeliest = self._by_class(values, at_mean=True).argmax(axis=1)
        return given.codes_of(values, self.classes_[likeliest])

    def _by_class(self, values: NDArray[np.floating], **options: bool) -> NDArray[np.floating]:
        """Return log p(x, y), or its bound, of rows for each class, (n, n_classes)."""
        given = self._told
        counts = given.class_counts()
        log_shares = np.log(counts[counts > 0] / counts.sum())
        elbos = [
            self._elbo(values, given.codes_of(values, np.full(len(values), c)), **options)
            for c in self.classes_
        ]
        return np.stack(elbos, axis=1) + log_shares
