"""Estimators as parameters: checks, clones with seeds of their own, contents of frozen ones."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils._param_validation import InvalidParameterError, validate_params

Function = TypeVar("Function", bound=Callable)

# Characters that a message has for a value.
_SHORT = 80


class CheckedParameters:
    """Mixin of estimators whose messages about parameters are short."""

    def _validate_params(self) -> None:
        """Check the parameters as scikit-learn does, and refuse classes in place of instances."""
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        for name, value in params.items():
            if isinstance(value, type):
                raise InvalidParameterError(
                    f"The {name!r} parameter of {type(self).__name__} must be an instance, such "
                    f"as {value.__name__}(). Got {short(value)} instead."
                )
        try:
            super()._validate_params()  # type: ignore[misc]
        except InvalidParameterError as error:
            raise _cut(error, params) from None

    def set_params(self, **params: Any) -> Any:
        """Set parameters, also those of estimators among them, as in ``vae__beta=0.5``.

        Parameters
        ----------
        **params : dict
            Parameters by name.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        known = self.get_params(deep=False)  # type: ignore[attr-defined]
        for key in params:
            name, nested, _ = key.partition("__")
            part = params.get(name, known.get(name))
            if nested and name in known and (isinstance(part, type) or not _is_estimator(part)):
                raise ValueError(
                    f"parameter can't be set: {key!r} needs an estimator as {name}, got "
                    f"{short(part)}"
                )
        return super().set_params(**params)  # type: ignore[misc]


def checked_params(constraints: dict[str, Any]) -> Callable[[Function], Function]:
    """Return a decorator that checks a function's parameters as scikit-learn does."""

    def decorate(function: Function) -> Function:
        checked = validate_params(constraints, prefer_skip_nested_validation=True)(function)

        @wraps(checked)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return checked(*args, **kwargs)
            except InvalidParameterError as error:
                raise _cut(error, signature(function).bind(*args, **kwargs).arguments) from None

        return call  # type: ignore[return-value]

    return decorate


def short(value: Any) -> str:
    """Return in one line what a message says of a value, which may be large."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if getattr(value, "shape", ()):
        return f"{type(value).__name__} of shape {tuple(value.shape)}"
    brief = reprlib.Repr()
    brief.maxstring = brief.maxother = _SHORT
    text = " ".join(brief.repr(value).split())
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."


def _cut(error: InvalidParameterError, params: dict[str, Any]) -> InvalidParameterError:
    """Return scikit-learn's error about one of the parameters, whose value is cut."""
    expected, _, got = str(error).partition(" Got ")
    name = expected.split("'")[1]
    if len(got) <= _SHORT or name not in params:
        return error
    return InvalidParameterError(f"{expected} Got {short(params[name])} instead.")


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and hasattr(value, "set_params")


def seeded(estimator: BaseEstimator, rng: np.random.RandomState) -> Any:
    """Return a clone whose random states that are None are drawn from `rng`."""
    copy = clone(estimator)
    unset = [
        name
        for name, value in sorted(copy.get_params().items())
        if name.split("__")[-1] == "random_state" and value is None
    ]
    copy.set_params(**{name: rng.randint(2**31 - 1) for name in unset})
    return copy  # a FrozenEstimator's set_params returns nothing


def unfrozen(estimator: Any) -> Any:
    """Return the estimator in a `FrozenEstimator`, however deep; anything else as it is."""
    while isinstance(estimator, FrozenEstimator):
        estimator = estimator.estimator
    return estimator
