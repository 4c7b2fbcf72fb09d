"""Input of the displays: checks of models and parameters, and the features that are drawn."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import infer_dtype, is_numeric_dtype
from sklearn.utils.validation import check_is_fitted

from .._seeding import short
from .._tables.images import check_image_shape
from ..exceptions import warn

# Features that are drawn where none are named; more panels would be too small to read.
MAX_PANELS = 16


def check_model(vae: Any, *names: str) -> None:
    """Refuse a model that lacks one of the named attributes or is not fitted.

    Raises
    ------
    TypeError
        If `vae` lacks an attribute.
    NotFittedError
        If `vae` is not fitted.
    """
    missing = [name for name in names if not hasattr(vae, name)]
    if missing:
        raise TypeError(f"vae must have {' and '.join(missing)}, got {type(vae).__name__}")
    check_is_fitted(vae)


def check_class(vae: Any, y: Any, *, one: bool = False) -> None:
    """Refuse classes for a model that is told none, and several where one is decoded to.

    Raises
    ------
    TypeError
        If `vae` is told no classes.
    ValueError
        If there must be one class, and `y` holds several.
    """
    if y is None:
        return
    if "y" not in inspect.signature(vae.inverse_transform).parameters:
        raise TypeError(
            f"y must be None with a {type(vae).__name__}, which decodes without classes, as a "
            f"ConditionalVAE does not, got {short(y)}"
        )
    if one and np.ndim(y):
        raise ValueError(f"y must be one label, got {short(y)}")


def n_latent(vae: Any) -> int:
    """Number of latent dimensions of a fitted model; its parameter may have changed since."""
    return len(vae.get_feature_names_out())


def encode(vae: Any, X: Any, y: Any = None) -> NDArray[np.floating]:
    """Latent means as an array, even if ``set_output`` asks for a frame."""
    return np.asarray(vae.transform(X) if y is None else vae.transform(X, y))


def check_components(vae: Any, components: int | Iterable[int], n: int | None) -> tuple[int, ...]:
    """Return latent dimensions as distinct integers: `n` of them, or any number for None."""
    asked = (components,) if isinstance(components, Integral) else components
    try:
        chosen = tuple(_index(c) for c in asked)  # type: ignore[union-attr]
    except TypeError:
        raise ValueError(f"components must be integers, got {short(components)}") from None
    d = n_latent(vae)
    outside = [c for c in chosen if not 0 <= c < d]
    if outside:
        raise ValueError(f"components must be in [0, {d}), got {outside[0]}")
    if not chosen or len(chosen) != (n or len(chosen)):
        wanted = "at least one latent dimension" if n is None else f"{n} latent dimensions"
        raise ValueError(f"components must be {wanted}, got {short(components)}")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"components must differ, got {short(components)}")
    return chosen


def check_count(name: str, value: Any, lowest: int) -> int:
    """Return an integer, or refuse a value that is none or is below `lowest`."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < lowest:
        raise ValueError(f"{name} must be an integer >= {lowest}, got {value!r}")
    return int(value)


def check_positions(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return at least two distinct finite numbers in ascending order."""
    try:
        positions = np.unique(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers, got {short(values)}") from None
    if np.ndim(values) != 1 or len(positions) < 2 or not np.isfinite(positions).all():
        raise ValueError(f"{name} must be at least 2 distinct finite numbers, got {short(values)}")
    return positions


@dataclass(frozen=True)
class DrawnFeatures:
    """Features of rows that are drawn: all of them as pictures, or some of a table.

    Attributes
    ----------
    image_shape : tuple or None
        (H, W) or (C, H, W) of pictures; None for tables.
    columns : ndarray of shape (n_chosen,)
        Indices of the features.
    names : list of str, or None
        Names of the features; None for pictures.
    """

    image_shape: tuple[int, ...] | None
    columns: NDArray[np.intp]
    names: list[str] | None

    @classmethod
    def of(
        cls,
        vae: Any,
        image_shape: Sequence[int] | None,
        features: Sequence[int | str] | None,
        example_of: Callable[[Any], Any],
    ) -> DrawnFeatures:
        """Choose pictures or features; without either, the `image_shape` of the model counts.

        Of a table, ``example_of(vae)`` decodes some rows.
        """
        if image_shape is not None and features is not None:
            raise ValueError(
                f"features must be None where image_shape={image_shape!r}, got {short(features)}"
            )
        if image_shape is None and features is None:
            image_shape = getattr(vae, "image_shape_", getattr(vae, "image_shape", None))
        n_features = vae.n_features_in_
        if image_shape is not None:
            shape = _picture_shape(image_shape, n_features)
            return cls(shape, np.arange(n_features), None)
        # A decoded row has the names and dtypes of the table that the model was fitted on.
        example = _frame(example_of(vae))
        names = _feature_names(vae, example)
        columns = _check_features(features, names, example)
        return cls(None, columns, [names[j] for j in columns])

    def read(self, table: Any) -> NDArray[np.float64]:
        """Return the drawn features of a table, as floats of shape (n_samples, n_chosen).

        Raises
        ------
        ValueError
            If a drawn column is not numeric; the message names it.
        """
        frame = _frame(table).iloc[:, self.columns]
        for j, (name, column) in enumerate(frame.items()):
            if not _is_numeric(column):
                name = name if self.names is None else self.names[j]
                raise ValueError(
                    f"columns must be numeric to be drawn, got dtype {str(column.dtype)!r} in "
                    f"column {name!r}"
                    + ("" if self.names is None else ": leave it out of features")
                )
        return frame.to_numpy(dtype=np.float64)

    def decode(self, vae: Any, Z: NDArray[np.floating], y: Any = None) -> NDArray[np.float64]:
        """Decode latent vectors of shape (n, ..., n_components), to rows (n, ..., n_chosen).

        `y` is the class to decode to, or one for each of the n, for models that are told classes.
        """
        flat = Z.reshape(-1, Z.shape[-1])
        labels = y if y is None or not np.ndim(y) else np.repeat(y, len(flat) // len(Z))
        return self.read(decode_rows(vae, flat, labels)).reshape(*Z.shape[:-1], -1)


def decode_rows(vae: Any, Z: NDArray[np.floating], y: Any = None) -> Any:
    """Decode latent vectors, to classes where a model is told them."""
    return vae.inverse_transform(Z) if y is None else vae.inverse_transform(Z, y)


def example_of(y: Any = None) -> Callable[[Any], Any]:
    """Return what decodes the centre of a model's latent space, to the first of some classes."""
    first = None if y is None else np.ravel(y)[0]
    return lambda vae: decode_rows(vae, np.zeros((1, n_latent(vae))), first)


def _picture_shape(image_shape: Sequence[int], n_features: int) -> tuple[int, ...]:
    """Return (H, W) or (C, H, W) as integers; only grey and RGB pictures can be drawn."""
    shape = check_image_shape(image_shape, n_features)
    if shape[0] not in (1, 3):
        raise ValueError(f"image_shape must have 1 or 3 channels, got {shape[0]} in {shape}")
    return shape[-len(image_shape) :]


def _index(value: Any) -> int:
    if isinstance(value, bool | np.bool_):
        raise TypeError("a truth value is no index")
    return operator.index(value)


def _frame(table: Any) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else pd.DataFrame(np.asarray(table))


def _is_numeric(column: pd.Series) -> bool:
    # A column of dtype object may hold numbers only.
    return is_numeric_dtype(column.dtype) or infer_dtype(column) in {
        "boolean",
        "floating",
        "integer",
        "mixed-integer-float",
    }


def _feature_names(vae: Any, example: pd.DataFrame) -> list[str]:
    if hasattr(vae, "feature_names_in_"):
        return [str(name) for name in vae.feature_names_in_]
    return [f"x{j}" for j in range(example.shape[1])]


def _check_features(
    features: Sequence[int | str] | None, names: list[str], example: pd.DataFrame
) -> NDArray[np.intp]:
    if features is None:
        numeric = [j for j in range(len(names)) if _is_numeric(example.iloc[:, j])]
        if not numeric:
            raise ValueError("X must have a numeric column to be drawn, got none")
        if len(numeric) > MAX_PANELS:
            left_out = [names[j] for j in numeric[MAX_PANELS:]]
            warn(
                f"{MAX_PANELS} of {len(numeric)} numeric features are drawn, without "
                f"{short(left_out)}; features=[...] draws those that you name",
                UserWarning,
            )
        return np.array(numeric[:MAX_PANELS])
    if isinstance(features, str | Integral):
        features = [features]
    columns = [_check_feature(feature, names) for feature in features]
    if not columns:
        raise ValueError(f"features must be at least one feature, got {short(features)}")
    return np.array(columns)


def _check_feature(feature: Any, names: list[str]) -> int:
    if isinstance(feature, str):
        if feature not in names:
            raise ValueError(f"features must be among {short(names)}, got {feature!r}")
        return names.index(feature)
    try:
        column = _index(feature)
    except TypeError:
        raise ValueError(f"features must be names or integers, got {feature!r}") from None
    if not 0 <= column < len(names):
        raise ValueError(f"features must be in [0, {len(names)}), got {column}")
    return column
