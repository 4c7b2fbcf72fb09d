"""Random tables with labels, parameters of estimators, and a hypothesis strategy for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae.latent import (
    ExtrapolationSampling,
    InterpolationSampling,
    MixtureSampling,
    NoiseSampling,
    PosteriorSampling,
    PriorSampling,
    RiemannianSampling,
)
from skvae.latent._names import ROW_RULES, RULES
from skvae.strategies import augment
from tests.random_columns import DTYPES, make_column

ESTIMATORS = {cls.__name__: cls for cls in (VAE, VAEOversampler, MultiVAEResampler)}
RULE_OBJECTS = {
    "NoiseSampling": lambda: NoiseSampling(0.3),
    "InterpolationSampling": lambda: InterpolationSampling(0.2, noise_scale=1.0, k_neighbors=2),
    "ExtrapolationSampling": lambda: ExtrapolationSampling(2.0, neighbor_pool="all"),
    "MixtureSampling": lambda: MixtureSampling(3, covariance_type="tied"),
    "PosteriorSampling": PosteriorSampling,
    "RiemannianSampling": lambda: RiemannianSampling(2.0, n_centroids=3, n_steps=3),
    "PriorSampling": PriorSampling,
}


@dataclass(frozen=True)
class Column:
    """A column to be made; see `tests.random_columns.make_column`."""

    dtype: str
    shape: str = "any"
    seed: int = 0
    gaps: float = 0.0


@dataclass(frozen=True)
class Case:
    """A table, its labels, and an estimator with its parameters.

    Attributes
    ----------
    columns : tuple of Column
    classes : tuple of int
        Rows of each class.
    seed : int
        Seed of the order of the rows and of the estimator.
    estimator : str
        Its class.
    container : {"frame", "array", "object array", "list"}
    names, index, target, strategy, categorical : str or tuple
        Keys of the tables below.
    unlabelled : {"no", "alike", "other dtypes", "other columns"}
    params, vae : dict
        Other parameters of the sampler and of its model.
    """

    columns: tuple[Column, ...]
    classes: tuple[int, ...] = (20, 8)
    seed: int = 0
    estimator: str = "VAEOversampler"
    container: str = "frame"
    names: str = "text"
    index: str = "plain"
    target: str = "list of ints"
    strategy: Any = "auto"
    categorical: str = "auto"
    unlabelled: str = "no"
    params: dict[str, Any] = field(default_factory=dict)
    vae: dict[str, Any] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        return sum(self.classes)

    def frame(self, n_rows: int, shift: int = 0) -> pd.DataFrame:
        """The columns under names and an index."""
        made = [make_column(c.dtype, c.shape, c.seed + shift, c.gaps, n_rows) for c in self.columns]
        X = pd.concat(made, axis=1, keys=range(len(made)))
        X.columns = NAMES[self.names](len(made))
        X.index = INDICES[self.index](n_rows)
        return X

    def contained(self, X: pd.DataFrame) -> Any:
        if self.container == "frame":
            return X
        if self.container == "array":
            return X.to_numpy()
        objects = np.empty(X.shape, object)
        for j in range(X.shape[1]):
            objects[:, j] = X.iloc[:, j].astype(object).tolist()
        return objects.tolist() if self.container == "list" else objects

    def table(self) -> Any:
        """The table in its container."""
        return self.contained(self.frame(self.n_rows))

    def unlabelled_table(self) -> Any:
        """The table without labels, or None."""
        if self.unlabelled == "no":
            return None
        X = self.frame(9, shift=10_000)
        if self.unlabelled == "other columns":
            X = X.iloc[:, ::-1] if X.shape[1] > 1 else X.set_axis(["other"], axis=1)
        if self.unlabelled == "other dtypes":
            X = pd.concat([_other_dtype(X.iloc[:, j]) for j in range(X.shape[1])], axis=1)
        return self.contained(X)

    def labels(self) -> np.ndarray:
        """The number of each row's class."""
        codes = np.repeat(np.arange(len(self.classes)), self.classes)
        return np.random.default_rng(self.seed).permutation(codes)

    def y(self) -> Any:
        """The target in its container."""
        return TARGETS[self.target](self.labels(), len(self.classes))

    def make(self, y: Any = None) -> Any:
        """The unfitted estimator."""
        small = {"n_components": 2, "hidden_layer_sizes": (4,), "max_iter": 3}
        vae = VAE(**{**small, **self.vae})
        if self.estimator == "VAE":
            return vae.set_params(
                random_state=self.seed,
                missing=self.params.get("missing", "error"),
                categorical_features=self.categorical_features(),
            )
        params = {"filter": None, **self.params, "random_state": self.seed}
        rule = params.get("latent_sampling")
        if rule in RULE_OBJECTS:
            params["latent_sampling"] = RULE_OBJECTS[rule]()
        if self.estimator == "VAEOversampler":
            params["unlabelled"] = self.unlabelled_table()
        return ESTIMATORS[self.estimator](
            vae,
            categorical_features=self.categorical_features(),
            sampling_strategy=self.sampling_strategy(y),
            **params,
        )

    def named(self) -> list[int]:
        """The numbers of the columns that `categorical_features` names."""
        n_columns = len(self.columns)
        steps = {"all": range(n_columns), "even": range(0, n_columns, 2)}
        return list(steps.get(self.categorical.split()[0], ()))

    def is_symbolic(self, j: int) -> bool:
        """Say if a column that does not hold numbers is categorical."""
        is_auto = self.categorical == "auto" and self.container == "frame"
        return is_auto or j in self.named()

    def categorical_features(self) -> Any:
        if self.categorical == "even mask":
            return [j in self.named() for j in range(len(self.columns))]
        if self.categorical == "even names":
            return [NAMES[self.names](len(self.columns))[j] for j in self.named()]
        return {"auto": "auto", "none": None}.get(self.categorical, self.named())

    def sampling_strategy(self, y: Any) -> Any:
        kind, *args = self.strategy if isinstance(self.strategy, tuple) else (None,)
        if kind == "augment":
            return augment(*args)
        if kind == "more":
            return {c: n + args[0] for c, n in Counter(label_list(y)).items()}
        return self.strategy


def plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def label_list(y: Any) -> list[Any]:
    """Labels as Python objects; the number of the column of one-hot labels."""
    if isinstance(y, np.ndarray) and y.ndim == 2:
        return y.argmax(axis=1).tolist()
    return [plain(v) for v in flat(y)]


def flat(y: Any) -> list[Any]:
    if isinstance(y, pd.DataFrame):
        return y.iloc[:, 0].tolist()
    return list(y.ravel()) if isinstance(y, np.ndarray) else list(y)


NAMES = {
    "text": lambda n: [f"c{j}" for j in range(n)],
    "odd text": lambda n: ["", "a b", "class", "ä", "c0", "x" * 60][:n],
    "ints": lambda n: list(range(n)),
    "other ints": lambda n: [10 * j - 20 for j in range(n)],
    "floats": lambda n: [j / 2 for j in range(n)],
    "tuples": lambda n: pd.MultiIndex.from_tuples([("a", j) for j in range(n)], names=["u", "v"]),
    "named": lambda n: pd.Index([f"c{j}" for j in range(n)], name="letters"),
    "dates": lambda n: pd.date_range("2024", periods=n),
    "categories": lambda n: pd.CategoricalIndex([f"c{j}" for j in range(n)]),
    "nan": lambda n: [np.nan, *map(float, range(1, n))],
    "none": lambda n: pd.Index([None, *(f"c{j}" for j in range(1, n))], dtype=object),
    "mixed": lambda n: pd.Index(
        ["a", 1, ("b", 2), 2.5, "c", 3][:n], dtype=object, tupleize_cols=False
    ),
    "repeated": lambda n: ["a"] * n,
}
INDICES = {
    "plain": pd.RangeIndex,
    "shifted": lambda n: pd.RangeIndex(100, 100 + n),
    "reversed": lambda n: list(range(n))[::-1],
    "text": lambda n: [f"row {i}" for i in range(n)],
    "repeated": lambda n: [0] * n,
    "dates": lambda n: pd.date_range("2024", periods=n, name="day"),
    "tuples": lambda n: pd.MultiIndex.from_arrays([range(n), ["a"] * n]),
    "nan": lambda n: [np.nan] * n,
}


def _series(values, codes, dtype=None):
    return pd.Series(np.asarray(values)[codes], dtype=dtype, name="kind")


def _with_none(codes):
    y = np.array(["a", "b", "c", "d"], object)[codes]
    y[3] = None
    return pd.Series(y)


WORDS = np.array(["no", "yes", "may be", "x"])
TARGETS = {
    "list of ints": lambda c, k: c.tolist(),
    "list of text": lambda c, k: WORDS[c].tolist(),
    "array of ints": lambda c, k: c - 1,
    "array of text": lambda c, k: WORDS[c],
    "array of objects": lambda c, k: WORDS.astype(object)[c],
    "int8": lambda c, k: c.astype("int8"),
    "uint8": lambda c, k: (c * 80).astype("uint8"),
    "large ints": lambda c, k: 2**60 + c,
    "whole floats": lambda c, k: c.astype(float),
    "bools": lambda c, k: c > 0,
    "list of bools": lambda c, k: (c > 0).tolist(),
    "series of ints": lambda c, k: _series([5, -1, 3, 0], c),
    "series of text": lambda c, k: _series(WORDS, c, "str"),
    "series of objects": lambda c, k: _series(WORDS, c, object),
    "series of bools": lambda c, k: pd.Series(c > 0, index=c),
    "category": lambda c, k: _series(WORDS, c, "category"),
    "ordered": lambda c, k: pd.Series(
        pd.Categorical(WORDS[c], ["x", "z", "yes", "may be", "no"], ordered=True)
    ),
    "category of ints": lambda c, k: _series([5, -1, 3, 0], c, "category"),
    "category of bools": lambda c, k: _series([True, False, True, False], c, "category"),
    "string": lambda c, k: _series(WORDS, c, "string"),
    "Int64": lambda c, k: _series([5, -1, 3, 0], c, "Int64"),
    "boolean": lambda c, k: pd.Series(c > 0, dtype="boolean"),
    "arrow text": lambda c, k: _series(WORDS, c, "string[pyarrow]"),
    "arrow ints": lambda c, k: _series([5, -1, 3, 0], c, "int16[pyarrow]"),
    "object ints": lambda c, k: pd.Series((c + 1).astype(object)),
    "object bools": lambda c, k: pd.Series((c > 0).astype(object)),
    "frame": lambda c, k: _series(WORDS, c).to_frame(),
    "one-hot": lambda c, k: np.eye(max(k, 3), dtype=int)[c],
    "tuple": lambda c, k: tuple(c.tolist()),
    "missing": lambda c, k: _with_none(c),
    "nan": lambda c, k: np.where(np.arange(len(c)) == 2, np.nan, c),
    "text and ints": lambda c, k: np.array(["a", 1, 2, 3], object)[c],
}
# Targets of at most two classes.
OF_TWO = {name for name in TARGETS if "bool" in name}
REFUSED_TARGETS = {"missing", "nan", "text and ints"}


def _other_dtype(column):
    """The same values in another dtype that a user may well have."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(dtype):
        return column.astype(object)
    if getattr(dtype, "kind", "O") in "mM" or isinstance(dtype, pd.SparseDtype):
        return column.astype(str)
    if pd.api.types.is_integer_dtype(dtype) and not column.isna().any():
        return column.astype(float)
    return column.astype(object)


# --- The strategy -------------------------------------------------------------------------------


def _often(usual, *others):
    """Mostly the usual value: odd ones hide each other's faults."""
    return st.integers(0, 9).flatmap(
        lambda i: st.just(usual) if i < 7 else st.sampled_from([usual, *others])
    )


@st.composite
def columns(draw, dtypes):
    dtype = draw(st.sampled_from(dtypes))
    shape = draw(st.sampled_from(DTYPES[dtype].shapes))
    gaps = draw(_often(0.0, 0.05, 0.3, 0.9, 1.0))
    return Column(dtype, shape, draw(st.integers(0, 9_999)), gaps)


@st.composite
def cases(draw):
    """A strategy for cases that are mostly fine and sometimes at fault."""
    container = draw(_often("frame", "array", "object array", "list"))
    dtypes = sorted(name for name in DTYPES if not DTYPES[name].can_be_refused)
    if container == "array":
        dtypes = [draw(st.sampled_from([t for t in dtypes if DTYPES[t].is_arrayable]))]
    elif draw(st.integers(0, 9)) == 0:
        dtypes = sorted(DTYPES)
    table = draw(st.lists(columns(dtypes), min_size=1, max_size=6))
    target = draw(st.sampled_from(sorted(TARGETS)))
    small = st.sampled_from([2, 2, 3, 3, 4, 5, 8, 8, 12, 12, 12, 1])
    most = 1 if target in OF_TWO else 3
    classes = [draw(st.integers(12, 40)), *draw(st.lists(small, min_size=1, max_size=most))]
    estimator = draw(st.sampled_from(sorted(ESTIMATORS)))
    two_classes = [0.9] if len(classes) == 2 else []
    strategies = ["all", "minority", "not minority", ("augment", 1.0, True), ("more", 3)]
    strategies += [("augment", 0.5, False), ("more", 0), *two_classes]
    names = draw(_often("text", *NAMES)) if container == "frame" else "text"
    ways = ["auto", "even mask", "even"]
    ways += ["even names"] if container == "frame" and names in ("text", "odd text") else []
    if any(DTYPES[c.dtype].rule != "numbers" for c in table):
        ways = [*ways, "none"] if container == "frame" else ["all", "auto", *ways]
    else:
        ways += ["none"]
    return Case(
        columns=tuple(table),
        classes=tuple(classes),
        seed=draw(st.integers(0, 9_999)),
        estimator=estimator,
        container=container,
        names=names,
        index=draw(_often("plain", *INDICES)) if container == "frame" else "plain",
        target=target,
        strategy=draw(_often("auto", *strategies)),
        categorical=draw(_often(*ways)),
        unlabelled=draw(_often("no", "alike", "other dtypes", "other columns"))
        if estimator == "VAEOversampler"
        else "no",
        params=draw(sampler_params(estimator, any(c.gaps for c in table))),
        vae=draw(vae_params()),
    )


@st.composite
def sampler_params(draw, estimator, has_gaps):
    params: dict[str, Any] = {}
    if has_gaps and draw(st.integers(0, 9)):
        params["missing"] = "indicator"
    if estimator == "VAE":
        return params
    rules = [*ROW_RULES, *list(RULE_OBJECTS)[:-1]]
    if estimator == "MultiVAEResampler":
        rules = [*RULES, *RULE_OBJECTS]
    rule = draw(_often("default", *rules))
    options = {}
    if rule != "default":
        options["latent_sampling"] = [rule]
    if rule not in RULE_OBJECTS:
        options["alpha"] = [0.0, 0.3, 1.0, 4.0]
        options["noise_scale"] = [0.0, 0.1, 3.0]
        options["k_neighbors"] = [1, 7]
        options["neighbor_pool"] = ["all"]
    prior = rule == "default" and estimator == "MultiVAEResampler"
    has_parents = not (prior or rule.lower().startswith(("prior", "mixture", "riemannian")))
    options["residuals"] = [True, False] if has_parents else [False]
    options["filter"] = ["auto"] if draw(st.integers(0, 5)) == 0 else []
    if estimator == "MultiVAEResampler":
        options["mix_fraction"] = [0.2, 0.7]
    for name, values in options.items():
        value = draw(_often("left", *values)) if name != "latent_sampling" else values[0]
        if value != "left":
            params[name] = value
    return params


@st.composite
def vae_params(draw):
    options = {
        "n_components": [1, 6],
        "hidden_layer_sizes": [(), (5, 3)],
        "max_iter": [1, 6],
        "likelihood": ["bernoulli", "gaussian"],
        "quantile_transform": [True, False],
        "spikes": [True, False],
        "discrete": ["mode"],
        "beta": [0.0, 4.0],
        "batch_size": [2, 500],
        "early_stopping": [True],
        "denoising_std": [0.1],
    }
    chosen = {name: draw(_often("left", *values)) for name, values in options.items()}
    return {name: value for name, value in chosen.items() if value != "left"}
