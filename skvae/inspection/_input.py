"""What the displays ask of a model, and of what else they are given."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from pandas.api.types import infer_dtype, is_numeric_dtype
from sklearn.utils.validation import check_is_fitted

# Features that are drawn where none are named: more panels than that can't be read.
MAX_PANELS = 12


def check_model(vae: Any, *names: str) -> None:
    """Refuse what lacks one of the named attributes or is not fitted.

    Raises
    ------
    TypeError
        If `vae` has no such method.
    NotFittedError
        If it is not fitted.
    """
    missing = [name for name in names if not hasattr(vae, name)]
    if missing:
        raise TypeError(f"vae must have {' and '.join(missing)}, got {type(vae).__name__}")
    check_is_fitted(vae)


def n_latent(vae: Any) -> int:
    """Latent dimensions of a fitted model, whatever `n_components` was set to since."""
    return len(vae.get_feature_names_out())


def encode(vae: Any, X: Any) -> NDArray[np.floating]:
    """Latent means as an array, also where ``set_output`` asks for a frame."""
    return np.asarray(vae.transform(X))


def check_components(vae: Any, components: int | Iterable[int], n: int | None) -> tuple[int, ...]:
    """Latent dimensions as a tuple of `n`, or of any number, of distinct integers."""
    asked = (components,) if isinstance(components, Integral) else components
    try:
        chosen = tuple(_index(c) for c in asked)  # type: ignore[union-attr]
    except TypeError:
        raise ValueError(f"components must be integers, got {components!r}") from None
    d = n_latent(vae)
    outside = [c for c in chosen if not 0 <= c < d]
    if outside:
        raise ValueError(f"components must be in [0, {d}), got {outside[0]}")
    if not chosen or len(chosen) != (n or len(chosen)):
        wanted = "at least one latent dimension" if n is None else f"{n} latent dimensions"
        raise ValueError(f"components must be {wanted}, got {components!r}")
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"components must differ, got {components!r}")
    return chosen


def check_count(name: str, value: Any, lowest: int) -> int:
    """An integer of at least `lowest`."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < lowest:
        raise ValueError(f"{name} must be an integer >= {lowest}, got {value!r}")
    return int(value)


def check_positions(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Distinct finite numbers, at least two, in ascending order."""
    try:
        positions = np.unique(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers, got {values!r}") from None
    if np.ndim(values) != 1 or len(positions) < 2 or not np.isfinite(positions).all():
        raise ValueError(f"{name} must be at least 2 distinct finite numbers, got {values!r}")
    return positions


@dataclass(frozen=True)
class Rows:
    """How rows are drawn: as pictures, or by some of their features.

    Attributes
    ----------
    image_shape : tuple or None
        (H, W) or (C, H, W) for pictures.
    columns : ndarray of shape (n_chosen,)
        Features that are drawn; all of them for pictures.
    names : list of str, or None
        What they are called; None for pictures.
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
    ) -> Rows:
        """Settle between the two; the model's own `image_shape` counts where neither is given."""
        if image_shape is not None and features is not None:
            raise ValueError(
                f"features must be None where image_shape={image_shape!r}, got {features!r}"
            )
        if image_shape is None and features is None:
            image_shape = getattr(vae, "image_shape", None)
        n_features = vae.n_features_in_
        if image_shape is not None:
            return cls(check_image_shape(image_shape, n_features), np.arange(n_features), None)
        # One decoded row tells names and dtypes, whatever container the model was fitted on.
        example = _frame(vae.inverse_transform(np.zeros((1, n_latent(vae)))))
        names = _feature_names(vae, example)
        columns = _check_features(features, names, example)
        return cls(None, columns, [names[j] for j in columns])

    def read(self, table: Any) -> NDArray[np.float64]:
        """The drawn features of a table, as floats of shape (n_samples, n_chosen).

        Raises
        ------
        ValueError
            If one of them is not numeric; the message names it.
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

    def decode(self, vae: Any, Z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Decoded rows of shape (..., n_chosen) for latent vectors (..., n_components)."""
        flat = self.read(vae.inverse_transform(Z.reshape(-1, Z.shape[-1])))
        return flat.reshape(*Z.shape[:-1], -1)


def check_image_shape(image_shape: Any, n_features: int) -> tuple[int, ...]:
    """(H, W) or (C, H, W) that a flat row of `n_features` fills."""
    try:
        shape = tuple(_index(s) for s in image_shape)
    except TypeError:
        shape = ()
    if len(shape) not in (2, 3) or min(shape) < 1:
        raise ValueError(f"image_shape must be (H, W) or (C, H, W), got {image_shape!r}")
    if len(shape) == 3 and shape[0] not in (1, 3):
        raise ValueError(f"image_shape must have 1 or 3 channels, got {shape[0]} in {shape}")
    if math.prod(shape) != n_features:
        raise ValueError(
            f"image_shape must hold n_features_in_={n_features} values, got {shape}, which holds "
            f"{math.prod(shape)}"
        )
    return shape


def _index(value: Any) -> int:
    if isinstance(value, bool | np.bool_):
        raise TypeError("a truth value is no index")
    return operator.index(value)


def _frame(table: Any) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else pd.DataFrame(np.asarray(table))


def _is_numeric(column: pd.Series) -> bool:
    # A column of objects may hold numbers all the same.
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
        return np.array(numeric[:MAX_PANELS])
    if isinstance(features, str | Integral):
        features = [features]
    columns = [_check_feature(feature, names) for feature in features]
    if not columns:
        raise ValueError(f"features must be at least one feature, got {features!r}")
    return np.array(columns)


def _check_feature(feature: Any, names: list[str]) -> int:
    if isinstance(feature, str):
        if feature not in names:
            raise ValueError(f"features must be among {names}, got {feature!r}")
        return names.index(feature)
    try:
        column = _index(feature)
    except TypeError:
        raise ValueError(f"features must be names or integers, got {feature!r}") from None
    if not 0 <= column < len(names):
        raise ValueError(f"features must be in [0, {len(names)}), got {column}")
    return column
