"""Laws of new rows, stated without the package: what came in, and what came out of it."""

from __future__ import annotations

import copy
import random
import re
import sys
import traceback
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import getcontext
from numbers import Number
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sklearn
import torch
from imblearn.utils import check_sampling_strategy
from sklearn.exceptions import ConvergenceWarning

from skvae import exceptions
from tests.random_columns import DTYPES
from tests.random_frames import ESTIMATORS, REFUSED_TARGETS, Case, flat, label_list, plain

# Those of skvae, and scikit-learn's where training or drawing falls short.
NAMED_WARNINGS = (
    *(getattr(exceptions, n) for n in exceptions.__all__ if n.endswith("Warning")),
    ConvergenceWarning,
)
PARAMETERS = {name for cls in ESTIMATORS.values() for name in cls().get_params()}
NAMED = re.compile(
    r"\b(column|columns|class|dtype|X|y|Z|" + "|".join(map(re.escape, sorted(PARAMETERS))) + r")\b"
)
JARGON = re.compile(
    r"NearestNeighbors|QuantileTransformer|tensor|numpy\.|dtype\('|<class|object at 0x|0-d|"
    r"Traceback|_[a-z]+\("
)


@dataclass
class Outcome:
    """What became of a case: its faults, and its error where it was refused."""

    refusal: str = ""
    faults: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.faults

    def expect(self, holds: Any, fault: str) -> None:
        if not holds:
            self.faults.append(fault)


def judge(case: Case) -> Outcome:
    """Run a case, and tell which laws its results break."""
    outcome, X, y = Outcome(), case.table(), case.y()
    before, state = (exact(X), exact_labels(y)), global_state()
    must, may = reasons_to_refuse(case, X, y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        filters = list(warnings.filters)
        try:
            check = check_model if case.estimator == "VAE" else check_sampler
            check(outcome, case, X, y)
        except Exception as error:
            check_error(outcome, error, must + may)
        else:
            outcome.expect(not must, f"accepted in spite of {', '.join(must)}")
        outcome.expect(warnings.filters == filters, "changed the filters of warnings")
    for warning in caught:
        named = issubclass(warning.category, NAMED_WARNINGS) and warning.filename == __file__
        text = f"{warning.category.__name__}: {warning.message} in {warning.filename}"
        outcome.expect(named, f"warned by {text}")
    outcome.expect((exact(X), exact_labels(y)) == before, "changed its input")
    after = global_state()
    for name, value in state.items():
        outcome.expect(after[name] == value, f"changed {name}")
    return outcome


# --- Reasons to refuse a case, read off the case ---------------------------------------------


def reasons_to_refuse(case: Case, X: Any, y: Any) -> tuple[list[str], list[str]]:
    """Reasons for which a case must be refused, and those for which it may be."""
    is_sampler, columns = case.estimator != "VAE", columns_of(X)
    tables = [columns] + ([] if case.unlabelled == "no" else [columns_of(case.unlabelled_table())])
    missing = any(column.isna().any() for table in tables for column in table)
    by_rule = {c.dtype: DTYPES[c.dtype].rule for c in case.columns}
    is_symbolic = [case.is_symbolic(j) for j in range(len(columns))]
    text = [
        (not symbolic) and holds_text(column)
        for symbolic, column in zip(is_symbolic, columns, strict=True)
    ]
    empty = [
        symbolic and by_rule[c.dtype] != "numbers" and all(t[j].isna().all() for t in tables)
        for j, (symbolic, c) in enumerate(zip(is_symbolic, case.columns, strict=True))
    ]
    odd = [c.dtype for c in case.columns if DTYPES[c.dtype].can_be_refused]
    must = {
        "repeated names": case.names == "repeated" and len(columns) > 1,
        "missing values": missing and case.params.get("missing") != "indicator",
        "text that is not categorical": any(text),
        "other columns": is_sampler
        and case.unlabelled == "other columns"
        and case.container == "frame",
        # Among categories it is an entry like any other.
        "an infinity": any(
            isinstance(v, float) and v == np.inf
            for j, column in enumerate(columns)
            if j not in case.named()
            for v in column
        ),
    }
    may = {
        "odd names": case.names in {"none", "mixed", "nan"},
        "odd dtypes": bool(odd),
        "an empty column": any(empty) or any(c.gaps > 0.5 for c in case.columns),
        "unlabelled rows of other columns": case.unlabelled == "other columns",
        "unlabelled rows of text": any(
            holds_text(u) and not holds_text(x) for u, x in zip(tables[-1], columns, strict=True)
        ),
        "unlabelled rows with other entries": case.unlabelled != "no"
        and any(
            c.gaps or c.dtype == "mixed objects" or isinstance(x.dtype, pd.CategoricalDtype)
            for c, x in zip(case.columns, columns, strict=True)
        ),
        "integers far apart": any(map(spans_too_much, columns)),
        "no numbers": not all(is_symbolic) and set(by_rule.values()) != {"numbers"},
    }
    if case.vae.get("early_stopping"):
        may["classes too small to hold rows out"] = min(case.classes) < 4
    if is_sampler:
        # A model of one class needs two rows of it.
        may["a class of one row"] = case.estimator == "MultiVAEResampler" and 1 in case.classes
        must["labels"] = case.target in REFUSED_TARGETS
        if not must["labels"]:
            must["sampling_strategy"] = (grown := growth(case, y)) is None
            sizes = Counter(label_list(y))
            must["one row of a class that grows"] = any(
                n and sizes[c] < 2 for c, n in (grown or {}).items()
            )
    return [r for r, holds in must.items() if holds], [r for r, holds in may.items() if holds]


def holds_text(column: pd.Series) -> bool:
    return any(isinstance(v, str) for v in column)


def spans_too_much(column: pd.Series) -> bool:
    """Say if a column holds integers that float64 can't tell apart, as distances from the least."""
    present = [v for v in entries(column) if type(v) is int]
    return bool(present) and max(present) - min(present) > 2**53


def growth(case: Case, y: Any) -> dict[Any, int] | None:
    """New rows of each class, by imbalanced-learn; None where the strategy is refused."""
    labels, strategy = np.array(label_list(y)), case.sampling_strategy(y)
    try:
        return dict(check_sampling_strategy(strategy, labels, "over-sampling"))
    except (ValueError, TypeError):
        return None


def check_error(outcome: Outcome, error: Exception, reasons: list[str]) -> None:
    """An error is a ValueError or TypeError of ours, short, with the name of what is wrong."""
    outcome.refusal = text = f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.split('site-packages/')[-1]}:{frames[-1].lineno}"
    ours = any(part in frames[-1].filename for part in ("/skvae/", "/sklearn/", "/imblearn/"))
    is_plain = type(error) in (ValueError, TypeError)
    is_named = isinstance(error, ValueError) and type(error).__module__.startswith("skvae")
    outcome.expect(is_plain or is_named, f"raised {text} in {place}")
    outcome.expect(ours, f"raised from {place}: {text}")
    outcome.expect(text.count("\n") < 3 and len(text) < 700, f"raised at length: {text}")
    outcome.expect(NAMED.search(text), f"raised without a name: {text}")
    outcome.expect(not JARGON.search(text), f"raised in jargon: {text}")
    outcome.expect(reasons, f"refused without a reason: {text}")


# --- What the estimators return --------------------------------------------------------------


def check_model(outcome: Outcome, case: Case, X: Any, y: Any) -> None:
    """Drawn and decoded rows of a VAE are like those it was fitted on."""
    model = case.make().fit(X)
    new = model.sample(9)
    outcome.expect(len(new) == 9, f"sampled {len(new)} rows, not 9")
    check_rows(outcome, case, X, new, None)
    Z = model.transform(X)
    outcome.expect(Z.shape == (case.n_rows, model.n_components), f"latent means {Z.shape}")
    outcome.expect(np.isfinite(Z).all(), "latent means that are not finite")
    check_rows(outcome, case, X, model.inverse_transform(Z), None)
    outcome.expect(np.isfinite(model.score_samples(X)).all(), "scores that are not finite")
    outcome.expect(exact(model.sample(9)) == exact(new), "another sample of the same seed")
    if case.seed % 3 == 0:
        outcome.expect(exact(case.make().fit(X).sample(9)) == exact(new), "other rows again")


def check_sampler(outcome: Outcome, case: Case, X: Any, y: Any) -> None:
    """Originals come first; new rows have their classes' numbers and are like them."""
    sampler, n_rows = case.make(y), case.n_rows
    X_both, y_both = sampler.fit_resample(X, y)
    wanted = growth(case, y) or {}
    n_new = sum(wanted.values())
    outcome.expect(type(X_both) is type(X), f"a table in a {type(X_both).__name__}")
    outcome.expect(len(X_both) == n_rows + n_new, f"{len(X_both)} rows, not {n_rows + n_new}")
    originals, new = split(X_both, n_rows)
    outcome.expect(exact(originals) == exact(X), f"other originals {difference(originals, X)}")
    check_rows(outcome, case, X, new, sampler.unlabelled if case.unlabelled != "no" else None)
    old_labels, new_labels = split(y_both, n_rows)
    same_type = type(y_both) is type(y) or isinstance(y, tuple)
    outcome.expect(same_type, f"labels in a {type(y_both).__name__}, not {type(y).__name__}")
    outcome.expect(exact_labels(old_labels) == exact_labels(y), "other labels of originals")
    counts = Counter(label_list(new_labels))
    outcome.expect(counts == Counter(wanted), f"new rows {dict(counts)}, not {wanted}")
    check_provenance(outcome, case, sampler, label_list(y), label_list(new_labels))
    grown = [c for c, n in Counter(label_list(y)).items() if n > 1]
    drawn, drawn_labels = sampler.sample(5, y=grown[0])
    outcome.expect(set(drawn_labels.tolist()) == {grown[0]}, "sampled another class")
    check_rows(outcome, case, X, drawn, sampler.unlabelled if case.unlabelled != "no" else None)
    if case.seed % 3 == 0:
        again = case.make(y).fit_resample(X, y)
        same = exact(again[0]) == exact(X_both) and exact_labels(again[1]) == exact_labels(y_both)
        outcome.expect(same, "other rows from the same seed")


def check_provenance(
    outcome: Outcome, case: Case, sampler: Any, labels: list[Any], new: list[Any]
) -> None:
    """Parents are rows of the class of the new row."""
    frame = sampler.provenance()
    outcome.expect(frame["class"].tolist() == new, "provenance of other classes")
    outcome.expect(
        frame.index.tolist() == list(range(len(labels), len(labels) + len(new))), "index"
    )
    parents, distances = frame["parent"].to_numpy(), frame["distance"].to_numpy()
    of_class = all(p < 0 or labels[p] == c for p, c in zip(parents.tolist(), new, strict=True))
    outcome.expect(of_class, "parents of another class")
    outcome.expect(np.isfinite(distances).all() and (distances >= 0).all(), "distances")
    n_known = len(labels) + (0 if case.unlabelled == "no" else 9)
    outcome.expect(frame["partner"].between(-1, n_known - 1).all(), "partners that are no rows")


def check_rows(outcome: Outcome, case: Case, X: Any, new: Any, unlabelled: Any) -> None:
    """New rows have the container, the names and the dtypes of `X`, and each column its law."""
    outcome.expect(type(new) is type(X), f"new rows in a {type(new).__name__}")
    if isinstance(X, pd.DataFrame):
        same = new.columns.equals(X.columns) and list(new.columns.names) == list(X.columns.names)
        outcome.expect(same, f"columns {new.columns}, not {X.columns}")
        outcome.expect(new.index.equals(pd.RangeIndex(len(new))), f"index {new.index[:3]}")
    elif isinstance(X, np.ndarray):
        outcome.expect(new.dtype == X.dtype, f"dtype {new.dtype}, not {X.dtype}")
    others = [None] * len(case.columns) if unlabelled is None else columns_of(unlabelled)
    if not len(new):  # an empty list has no columns
        return
    tables = zip(case.columns, columns_of(X), columns_of(new), others, strict=True)
    for j, (made, old_column, new_column, other) in enumerate(tables):
        rule = "symbols" if j in case.named() else DTYPES[made.dtype].rule
        if rule == "symbols" and not case.is_symbolic(j):
            rule = "numbers"  # categories and booleans that are not categorical
        for fault in column_faults(rule, old_column, new_column, other):
            outcome.expect(False, f"{fault} in column {j} of {made.dtype} {made.shape}")


# --- The law of a column -----------------------------------------------------------------------


def column_faults(rule: str, old: pd.Series, new: pd.Series, other: pd.Series | None) -> list[str]:
    """Say in what new entries of a column differ from known ones."""
    if new.dtype != old.dtype:
        return [f"dtype {new.dtype}, not {old.dtype}"]
    known, drawn = entries(old), entries(new)
    if other is not None:
        known += entries(other)
    present, drawn_present = ([v for v in part if v is not None] for part in (known, drawn))
    faults = []
    if len(present) == len(known) and len(drawn_present) < len(drawn):
        faults.append("missing entries")
    if not present:
        return faults + (["entries where none were"] if drawn_present else [])
    if rule == "symbols":
        seen = {(type(v), v) for v in present}
        strange = [v for v in drawn_present if (type(v), v) not in seen]
    elif rule == "times" and old.dtype != object:
        return faults + time_faults(present, drawn_present, old, new)
    elif rule == "any" and not all(isinstance(v, Number | date | timedelta) for v in present):
        strange = [v for v in drawn_present if repr(v) not in set(map(repr, present))]
    else:
        low, high, types = min(present), max(present), set(map(type, present))
        strange = [v for v in drawn_present if type(v) not in types or not low <= v <= high]
    return faults + ([f"strange {strange[:3]}"] if strange else [])


def time_faults(known: list[int], drawn: list[int], old: pd.Series, new: pd.Series) -> list[str]:
    """Times lie in the range, on the step of the local clock, unless it leaps over the place."""
    strange = [v for v in drawn if not min(known) <= v <= max(known)]
    faults = [f"times out of range by {strange[:3]}"] if strange else []
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit_of(old.dtype)]
    local = clock(old)
    steps = [per_second * s for s in (86400, 3600, 60, 1)]
    step = next((s for s in steps if all(v % s == 0 for v in local)), 1)
    off = [v for v in clock(new) if v % step]
    if off and getattr(old.dtype, "tz", None) is None:
        faults.append(f"times off the step of {step}: {off[:3]}")
    return faults


def unit_of(dtype: Any) -> str:
    if isinstance(dtype, pd.ArrowDtype):
        return dtype.pyarrow_dtype.unit
    return dtype.unit if isinstance(dtype, pd.DatetimeTZDtype) else np.datetime_data(dtype)[0]


def clock(column: pd.Series) -> list[int]:
    """Integers of the column's unit from 1970, as a clock on the spot shows the time."""
    is_zoned = isinstance(column.dtype, pd.DatetimeTZDtype)
    return [
        v for v in entries(column.dt.tz_localize(None) if is_zoned else column) if v is not None
    ]


def entries(column: pd.Series) -> list[Any]:
    """Entries of a column as Python objects, exactly: times as integers, None where missing."""
    dtype, absent = column.dtype, column.isna().to_numpy()
    if isinstance(dtype, pd.SparseDtype):
        column = column.sparse.to_dense()
    if isinstance(dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert(None)
    is_arrow_time = isinstance(dtype, pd.ArrowDtype) and (
        pa.types.is_timestamp(dtype.pyarrow_dtype) or pa.types.is_duration(dtype.pyarrow_dtype)
    )
    if is_arrow_time:
        values = pa.array(column.array).cast(pa.int64()).to_pylist()
    elif getattr(column.dtype, "kind", "O") in "mM" and isinstance(column.dtype, np.dtype):
        values = column.to_numpy().view(np.int64).tolist()
    elif isinstance(column.dtype, np.dtype):
        values = column.tolist()
    else:
        values = column.astype(object).tolist()
    return [None if gone else plain(v) for v, gone in zip(values, absent, strict=True)]


# --- Tables and labels -------------------------------------------------------------------------


def columns_of(table: Any) -> list[pd.Series]:
    """The columns of a table of any container."""
    if isinstance(table, pd.DataFrame):
        return [table.iloc[:, j] for j in range(table.shape[1])]
    if isinstance(table, list):
        return [pd.Series(list(column), dtype=object) for column in zip(*table, strict=True)]
    return [pd.Series(column, dtype=table.dtype) for column in table.T]


def split(table: Any, n_rows: int) -> tuple[Any, Any]:
    """The first rows of a table or target, and the others."""
    if isinstance(table, pd.DataFrame | pd.Series):
        return table.iloc[:n_rows], table.iloc[n_rows:].reset_index(drop=True)
    return table[:n_rows], table[n_rows:]


def exact(table: Any) -> Any:
    """A table without its index, so that two are equal only if all entries are."""
    names = list(map(repr, table.columns)) if isinstance(table, pd.DataFrame) else type(table)
    return names, [
        (column.dtype, [(type(v), repr(v)) for v in column.astype(object)])
        for column in columns_of(table)
    ]


def difference(a: Any, b: Any) -> str:
    for one, other in zip(exact(a)[1], exact(b)[1], strict=True):
        if one[0] != other[0]:
            return f"of {one[0]}, not {other[0]}"
        for here, there in zip(one[1], other[1], strict=True):
            if here != there:
                return f"{here} for {there}"
    return "of other names"


def exact_labels(y: Any) -> Any:
    dtype = getattr(y, "dtypes", getattr(y, "dtype", None))
    name = getattr(y, "name", None)
    if isinstance(y, tuple):  # imbalanced-learn returns an array
        return exact_labels(np.array(y))
    return str(dtype), name, [(type(v), repr(v)) for v in flat(y)]


# --- The state of the process ------------------------------------------------------------------


def global_state() -> dict[str, Any]:
    """All that a call must leave as it was."""
    return {
        "numpy's random state": [np.asarray(part).tolist() for part in np.random.get_state()],
        "Python's random state": random.getstate(),
        "torch's random state": torch.get_rng_state().tolist(),
        "torch's threads": torch.get_num_threads(),
        "torch's dtype": torch.get_default_dtype(),
        "torch's modes": (
            torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled(),
            torch.is_inference_mode_enabled(),
            torch.get_float32_matmul_precision(),
        ),
        "numpy's errors": np.geterr(),
        "numpy's printing": repr(np.get_printoptions()),
        "pandas' options": copy.deepcopy(pd.options.d),
        "scikit-learn's settings": sklearn.get_config(),
        "the context of decimals": repr(getcontext()),
        "Python's limits": (sys.getrecursionlimit(), sys.get_int_max_str_digits()),
    }
