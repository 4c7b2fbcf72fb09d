"""Measures of images and reconstructions: sharpness and squared error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import correlate1d
from sklearn.utils._param_validation import HasMethods

from .._seeding import checked_params
from .._tables.frames import check_container, is_plain, row_chunks, symbolic_columns
from .._tables.images import check_image_shape
from .._tables.reading import finite_array
from .._tables.together import read_together


@checked_params({"image_shape": ["array-like"]})
def sharpness_ratio(
    X_real: ArrayLike, X_generated: ArrayLike, *, image_shape: Sequence[int]
) -> float:
    r"""Sharpness of generated images over that of real ones.

    The sharpness of an image is the variance of its Laplacian [1]_, a measure of focus:

    .. math:: \frac{\mathrm{mean}_{x \in X_\mathrm{generated}} \mathrm{Var}(\Delta x)}
        {\mathrm{mean}_{x \in X_\mathrm{real}} \mathrm{Var}(\Delta x)}, \quad
        \Delta x = \mathrm{four\ neighbours} - 4 x

    with the variance over the pixels of a channel, and the mean over images and channels. Both
    tables must have the same unit, which cancels.

    Parameters
    ----------
    X_real : array-like of shape (n_real, n_pixels)
        Real images, one in each row.
    X_generated : array-like of shape (n_generated, n_pixels)
        Generated images or reconstructions, any number of them.
    image_shape : tuple
        (H, W) or (C, H, W) of a row; any number of channels.

    Returns
    -------
    ratio : float
        >= 0: 1 if generated images are as sharp as real ones, less if they are blurred, 0 if they
        are flat, more if they are noisy.

    Raises
    ------
    ValueError
        If a table holds anything but finite numbers, its rows don't fill `image_shape`, or all
        real images are flat, so that the ratio is undefined.

    Notes
    -----
    Noise counts as sharpness. Compare images without noise, as means of p(x given z) are.

    References
    ----------
    .. [1] J. L. Pech-Pacheco, G. Cristóbal, J. Chamorro-Martínez and J. Fernández-Valdivia,
       "Diatom autofocusing in brightfield microscopy: a comparative study", ICPR 2000,
       https://doi.org/10.1109/ICPR.2000.903548

    Examples
    --------
    >>> from scipy.ndimage import gaussian_filter
    >>> from skvae.datasets import make_sprites
    >>> from skvae.metrics import sharpness_ratio
    >>> X = make_sprites(100, image_size=16, random_state=0).data
    >>> blurred = gaussian_filter(X.reshape(-1, 16, 16), sigma=(0, 1, 1)).reshape(X.shape)
    >>> sharpness_ratio(X, X, image_shape=(16, 16))
    1.0
    >>> sharpness_ratio(X, blurred, image_shape=(16, 16)) < 0.2
    True
    """
    shape = check_image_shape(image_shape)
    real = _sharpness("X_real", X_real, shape)
    generated = _sharpness("X_generated", X_generated, shape)
    if real == 0:
        raise ValueError("X_real must hold an image that is not flat, got flat ones only")
    return generated / real


@checked_params(
    {
        "vae": [HasMethods(["transform", "inverse_transform"])],
        "scale": [Real, "array-like", None],
    }
)
def reconstruction_error(
    vae: Any, X: ArrayLike, *, scale: float | ArrayLike | None = None
) -> NDArray[np.float64]:
    r"""Mean squared error of the reconstruction of each row, over the numeric columns.

    .. math:: e_i = \frac{1}{d} \sum_{j=1}^{d} \left(\frac{x_{ij} - \hat x_{ij}}{s_j}\right)^2

    with the decoded latent means :math:`\hat x`. The mean leaves out categorical columns, columns
    of `scale` 0, and the values of a row that are missing in `X` or in the reconstruction;
    :math:`d` is the number of the others.

    Parameters
    ----------
    vae : estimator
        Fitted; has `transform` and `inverse_transform`. Its parameter `categorical_features`, if
        there is one, names the categorical columns.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        Rows to encode and decode.
    scale : float or array-like of shape (n_features,), default=None
        Differences that count as an error of 1, >= 0: for instance 255 for images of bytes, or
        ``np.ptp(X_train, axis=0)`` for the ranges in other rows. None stands for the range of each
        column in `X`.

    Returns
    -------
    errors : ndarray of shape (n_samples,)
        >= 0, 0 for a perfect reconstruction; NaN if no value of a row can be compared.

    Raises
    ------
    TypeError
        If `X` is sparse, or a table of an unsupported library.
    ValueError
        If the model does not accept `X`, `scale` is not as described, or it is 0 for all numeric
        columns.

    Examples
    --------
    >>> from skvae import VAE
    >>> from skvae.datasets import make_sprites
    >>> from skvae.metrics import reconstruction_error
    >>> X = make_sprites(200, image_size=8, random_state=0).data
    >>> short, long = (VAE(max_iter=n, random_state=0).fit(X) for n in (1, 300))
    >>> errors, less = (reconstruction_error(vae, X, scale=255) for vae in (short, long))
    >>> errors.shape, bool(less.mean() < errors.mean() / 2)
    ((200,), True)
    """
    check_container(X)
    X_again = vae.inverse_transform(vae.transform(X))
    categorical_features = getattr(vae, "categorical_features", "auto")
    numeric, values, decoded = _numbers(X, X_again, categorical_features)
    units = _check_scale(scale, values, numeric)
    used = units > 0
    if not used.any():
        raise ValueError("X must have a column of numbers whose scale is not 0, got none")
    values, decoded, units = values[:, used], decoded[:, used], units[used]
    errors = np.empty(len(values))
    for rows in row_chunks(values):
        # Scaled before the subtraction, so that no difference overflows.
        squares = (values[rows] / units - decoded[rows] / units) ** 2
        total, n_columns = np.nansum(squares, axis=1), (~np.isnan(squares)).sum(axis=1)
        errors[rows] = np.where(n_columns > 0, total / np.maximum(1, n_columns), np.nan)
    return errors


def _sharpness(name: str, X: ArrayLike, shape: tuple[int, ...]) -> float:
    """Mean variance of the Laplacian over the images and channels of a table."""
    images = finite_array(X, input_name=name)
    if images.shape[1] != math.prod(shape):
        raise ValueError(
            f"{name} must have the {math.prod(shape)} columns of image_shape (C, H, W) = {shape}, "
            f"got {images.shape[1]}"
        )
    total = 0.0
    for rows in row_chunks(images):
        part = images[rows].astype(np.float64).reshape(-1, *shape)
        # scipy.ndimage.laplace would also differentiate over images and channels.
        laplacian = sum(correlate1d(part, [1, -2, 1], axis=axis) for axis in (-2, -1))
        total += laplacian.var(axis=(-2, -1)).mean(axis=1).sum()
    return float(total / len(images))


def _numbers(
    X: Any, X_again: Any, categorical_features: Any
) -> tuple[NDArray[np.bool_], NDArray[Any], NDArray[Any]]:
    """Return the mask of numeric columns, and their values in both tables, NaN where missing."""
    if is_plain(X) and is_plain(X_again) and not symbolic_columns(X, categorical_features).any():
        # Fast path for numeric arrays, such as images: no column is read by itself.
        tables = [finite_array(table, ensure_all_finite="allow-nan") for table in (X, X_again)]
        return np.ones(tables[0].shape[1], bool), tables[0], tables[1]
    table_format, (values, decoded) = read_together(
        {"X": X, "its reconstruction": X_again}, categorical_features
    )
    numeric = table_format.n_symbols == 0
    return numeric, values[:, numeric], decoded[:, numeric]


def _check_scale(
    scale: Any, values: NDArray[Any], numeric: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the scale of each numeric column."""
    if scale is None:
        low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
        return np.nan_to_num(high.astype(np.float64) - low.astype(np.float64))
    units = np.asarray(scale, dtype=np.float64)
    if units.shape not in {(), (len(numeric),)}:
        raise ValueError(
            f"scale must be a number or one for each of {len(numeric)} columns, got the shape "
            f"{units.shape}"
        )
    units = np.broadcast_to(units, len(numeric))[numeric]
    if not (np.isfinite(units) & (units >= 0)).all():
        raise ValueError(f"scale must be finite and >= 0, got {units.min():g}")
    return units
