"""Constraints: no new row breaks them, and nothing fills a class up instead."""

import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skvae import ConstraintFilter, LabelConsistencyFilter, VAEOversampler
from skvae.exceptions import ConstraintViolationWarning
from skvae.strategies import augment
from tests.helpers import LC, VAE_, begins, both_samplers, fresh

Y = np.repeat(["few", "many"], [15, 45])


def make_stays():
    """60 rows whose start is never after their end."""
    rng = np.random.default_rng(0)
    start = rng.integers(0, 40, 60)
    first = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, 60), unit="D")
    return pd.DataFrame(
        {
            "start": start,
            "end": start + rng.integers(0, 9, 60),
            "first": first,
            "last": first + pd.to_timedelta(rng.integers(0, 90, 60), unit="D"),
            "ward": rng.choice(["north", "south"], 60),
            "score": rng.normal(size=60).astype("float32"),
        }
    )


def in_order(rows):
    return (rows["start"] <= rows["end"]) & (rows["first"] <= rows["last"])


def never(rows):
    return np.zeros(len(rows), bool)


STAYS = make_stays()
KEEPS = ConstraintFilter(in_order)


class Passing(BaseEstimator):
    """A detector that passes rows of which something is true, and scores them."""

    def __init__(self, passes):
        self.passes = passes

    def fit(self, X):
        return self

    def score_samples(self, X):
        return X["score"].to_numpy(float)

    def predict(self, X):
        return np.where(self.passes(X), 1, -1)


def northern(rows):
    return (rows["ward"] == "north") & (rows["score"] < 0)


@both_samplers
@pytest.mark.parametrize(
    "filters",
    [
        KEEPS,
        [LabelConsistencyFilter(random_state=0), KEEPS],
        [KEEPS, LabelConsistencyFilter(relabel=True, random_state=0)],
        [Passing(northern), KEEPS],
    ],
    ids=["alone", "behind LC", "before relabelling", "beside a detector"],
)
@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_no_violation_in_10_000_rows(sampler, filters):
    wanted = {"few": 6_000, "many": 4_000}
    sampler = fresh(sampler, filter=filters, sampling_strategy=wanted, max_draws=50)
    X, y = sampler.fit_resample(STAYS, Y)
    assert Counter(y.tolist()) == wanted
    assert in_order(X).all()
    assert all(0 < rate < 1 for rate in sampler.acceptance_rate_.values())
    X_new, _ = sampler.sample(2_000)
    assert in_order(X_new).all()


def test_rows_that_break_it_never_fill_a_class_up():
    filters = [Passing(never), KEEPS]
    sampler = VAEOversampler(VAE_, filter=filters, max_draws=5, random_state=0)
    with pytest.warns(ConvergenceWarning, match="Only 0 of 150 rows"):
        X, y = sampler.fit_resample(STAYS, Y)
    assert Counter(y.tolist()) == {"few": 45, "many": 45}
    assert in_order(X).all()
    assert sampler.acceptance_rate_ == {"few": 0}


@both_samplers
def test_too_few_rows_that_keep_it_are_an_error(imbalanced, sampler):
    def real_only(rows):
        return np.isin(rows[:, 0], imbalanced[0][:, 0])

    sampler = fresh(sampler, filter=ConstraintFilter(real_only), max_draws=3)
    message = (
        "filter must let 8 rows of class 1 through within max_draws=3, but 2. of 24 rows drawn "
        r"break a constraint \(acceptance rate 0.0..\): raise max_draws"
    )
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(*imbalanced)
    with pytest.raises(ValueError, match="filter must let 5 rows of class 2 through"):
        sampler.fit(*imbalanced).sample(5, y=2)


@pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")
def test_relabelled_rows_that_move_out_of_a_gap_are_judged_again(monkeypatch):
    """A gap's end may break what the row kept where it was drawn."""
    y = np.repeat([0, 1], [20, 40])
    # The classes differ in the first column alone, and rows move in the second.
    X = np.column_stack([np.random.default_rng(0).normal(size=60), np.tile(np.arange(20), 3) / 20])
    monkeypatch.setattr(
        "skvae.over_sampling._drawing.SampledClass.out_of_gaps",
        lambda self, values: values + np.array([0, 100]),
    )
    options = {"sampling_strategy": {0: 90, 1: 90}, "random_state": 0}
    for limit, moves in ((1000, True), (150, False)):
        filters = [fresh(LC, relabel=True), ConstraintFilter(_below(limit))]
        X_out, _ = VAEOversampler(VAE_, filter=filters, **options).fit_resample(X, y)
        assert (X_out[60:, 1] > 150).any() == moves


def _below(limit):
    return lambda rows: rows[:, 1] < limit


def test_real_rows_that_break_it_are_reported():
    X = STAYS.copy()
    X.loc[[3, 9, 20, 21, 22, 50], "end"] = -7
    sampler = VAEOversampler(VAE_, filter=KEEPS, random_state=0)
    message = (
        "6 of 60 rows of X break the constraint in_order: rows 3, 9, 20, 21, 22, .... They stay"
    )
    with pytest.warns(ConstraintViolationWarning, match=begins(message)):
        X_out, _ = sampler.fit_resample(X, Y)
    assert_frame_equal(X_out.head(60), X, check_freq=False)
    assert in_order(X_out[60:]).all()
    X.loc[:, "end"] = STAYS["end"].where(STAYS.index != 59, -1)
    with pytest.warns(ConstraintViolationWarning, match="1 of 60 rows .* in_order: row 59. They"):
        ConstraintFilter(in_order).fit(X)


def test_a_class_of_one_row_counts_in_the_numbers_of_the_rows():
    X = STAYS.copy()
    X.loc[30, "end"] = -7
    y = Y.copy()
    y[0] = "one"
    sampler = VAEOversampler(VAE_, filter=KEEPS, sampling_strategy={"few": 20}, random_state=0)
    with pytest.warns(ConstraintViolationWarning, match="in_order: row 30. They"):
        sampler.fit(X, y)


def broken(rows):
    return rows["weight"] > 0


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (never, "constraint must hold for some rows of X, got never, which all 60 break"),
        (broken, "constraint broken must return a boolean for each row of X, but raised KeyError"),
        (lambda rows: True, "constraint <lambda> must return a boolean for each row of X, an array "
                            "of shape (60,), got True"),
        (lambda rows: None, "constraint <lambda> must return a boolean for each row of X, an array "
                            "of shape (60,), got None"),
        (lambda rows: in_order(rows).to_frame(), "constraint <lambda> must return a boolean for "
         "each row of X, an array of shape (60,), got DataFrame of shape (60, 1) and dtype bool"),
        (lambda rows: in_order(rows)[:9], "constraint <lambda> must return a boolean for each row "
                                          "of X, in their order"),
        (lambda rows: in_order(rows).astype(int), "constraint <lambda> must return a boolean for "
         "each row of X, an array of shape (60,), got Series of shape (60,) and dtype int64"),
        (lambda rows: in_order(rows).sort_values(), "constraint <lambda> must return a boolean for "
                                                    "each row of X, in their order"),
        (lambda rows: in_order(rows).astype("boolean").mask(rows["start"] > 20),
         "constraint <lambda> must return a boolean for each row of X, got a missing value for"),
    ],
)  # fmt: skip
def test_wrong_constraints_are_refused_before_training(constraint, message):
    filter_ = ConstraintFilter(constraint)
    sampler = VAEOversampler(_Untrainable(), filter=[LabelConsistencyFilter(), filter_])
    for refuse in (lambda: sampler.fit_resample(STAYS, Y), lambda: filter_.fit(STAYS)):
        with pytest.raises(ValueError, match=begins(message)):
            refuse()


class _Untrainable(type(VAE_)):
    """A model whose training is a failure."""

    def __init__(self):
        super().__init__()

    def _network(self, *args, **named):
        raise AssertionError("a model was trained")


@pytest.mark.parametrize("value", ["start <= end", None, 3])
def test_a_constraint_is_a_callable(value):
    with pytest.raises(ValueError, match="'constraint' parameter of ConstraintFilter must be a "):
        VAEOversampler(_Untrainable(), filter=ConstraintFilter(value)).fit(STAYS, Y)


@pytest.mark.parametrize("container", [np.asarray, list], ids=["array", "list"])
def test_arrays_and_lists(imbalanced, container):
    X = container(imbalanced[0].tolist())
    seen = []

    def positive_sum(rows):
        seen.append(type(rows))
        return rows[:, 1] > -9

    sampler = VAEOversampler(VAE_, filter=ConstraintFilter(positive_sum), random_state=0)
    with pytest.warns(ConstraintViolationWarning):
        X_out, _ = sampler.fit_resample(X, imbalanced[1])
    assert type(X_out) is type(X)
    assert (np.asarray(X_out)[40:, 1] > -9).all()
    assert set(seen) == {np.ndarray}


def test_frames_of_polars():
    polars = pytest.importorskip("polars")
    X, y = VAEOversampler(VAE_, filter=KEEPS, random_state=0).fit_resample(
        polars.from_pandas(STAYS), polars.Series(Y)
    )
    assert in_order(X.to_pandas()).all()
    assert len(y) == 90


def test_what_the_constraint_writes_stays_its_own():
    def clears(rows):
        held = in_order(rows)
        rows.loc[:, "start"] = 0
        return held

    X = STAYS.copy()
    X_out, _ = VAEOversampler(VAE_, filter=ConstraintFilter(clears), random_state=0).fit_resample(
        X, Y
    )
    assert_frame_equal(X, STAYS)
    assert X_out["start"][60:].any()


def test_a_step_of_its_own_drops_rows():
    alone = ConstraintFilter(in_order)
    X = STAYS.copy()
    X.loc[[3, 9], "end"] = -7
    X_out, y_out = alone.fit_resample(X, Y)
    assert in_order(X_out).all()
    assert_array_equal(alone.sample_indices_, np.delete(np.arange(60), [3, 9]))
    assert_array_equal(y_out, np.delete(Y, [3, 9]))
    only_few = ConstraintFilter(in_order, sampling_strategy=["many"])
    assert len(only_few.fit_resample(X, Y)[0]) == 60
    X.loc[Y == "few", "end"] = -7
    message = "constraint must hold for some rows of class 'few', got in_order, which all 15 break"
    with pytest.raises(ValueError, match=begins(message)):
        alone.fit_resample(X, Y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        alone.fit_resample(X[:40], Y)


def test_constraints_alone_leave_the_noise_as_without_a_filter():
    options = {"latent_sampling": "noise", "random_state": 0}
    all_hold = ConstraintFilter(lambda rows: rows["start"] < 1e9)
    alone, _ = VAEOversampler(VAE_, filter=all_hold, **options).fit_resample(STAYS, Y)
    none, _ = VAEOversampler(VAE_, filter=None, **options).fit_resample(STAYS, Y)
    assert_frame_equal(alone, none)


def test_frozen_and_searched():
    frozen = FrozenEstimator(ConstraintFilter(in_order).fit(STAYS))
    X, _ = VAEOversampler(VAE_, filter=frozen, random_state=0).fit_resample(STAYS, Y)
    assert in_order(X).all()
    numbers = STAYS[["start", "end", "score"]]
    pipe = make_pipeline(VAEOversampler(VAE_, filter=ConstraintFilter(never)), LogisticRegression())
    options = {"vaeoversampler__filter__constraint": [start_first, never]}
    search = GridSearchCV(pipe, options, cv=2, error_score=-1)
    with pytest.warns(FitFailedWarning, match="which all 30 break"):
        search.fit(numbers, Y)
    assert search.best_params_["vaeoversampler__filter__constraint"] is start_first


def start_first(rows):
    return rows["start"] <= rows["end"]


def test_functions_of_a_module_can_be_written():
    sampler = VAEOversampler(VAE_, filter=KEEPS, random_state=0).fit(STAYS, Y)
    again = pickle.loads(pickle.dumps(sampler))
    assert_frame_equal(again.sample(9)[0], sampler.sample(9)[0])
    sampler.set_params(filter=ConstraintFilter(lambda rows: in_order(rows))).fit(STAYS, Y)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(sampler)


def test_new_rows_only_have_the_parameters_of_the_last_fit():
    sampler = VAEOversampler(VAE_, filter=KEEPS, sampling_strategy=augment(1.0), random_state=0)
    before = sampler.fit(STAYS, Y).sample(9)[0]
    sampler.set_params(filter__constraint=never)
    assert_frame_equal(sampler.sample(9)[0], before)
