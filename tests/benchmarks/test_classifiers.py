"""The benchmarks' classifiers: two protocols, weights, and scores."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris, load_wine
from sklearn.metrics import balanced_accuracy_score, f1_score, log_loss
from sklearn.model_selection import train_test_split

from benchmarks.classifiers.names import NEURAL, NO_PROTOCOL, SCORES, TABULAR
from benchmarks.classifiers.protocols import (
    CHECK_EVERY,
    PATIENCE,
    StepwiseClassifier,
    hold_out,
    make_classifier,
    rarest_class,
    scores,
)

ALL = pytest.mark.parametrize("name", TABULAR)


def make(name, **options):
    return make_classifier(name, "fixed" if name in NEURAL else NO_PROTOCOL, 0, **options)


class Scripted(BaseEstimator):
    """A network that counts its rows, and whose n-th look sees the n-th of `scripted`."""

    def __init__(self, scripted=(), random_state=None, batch_size=4):
        self.scripted = scripted
        self.random_state = random_state
        self.batch_size = batch_size

    def partial_fit(self, X, y, classes, sample_weight):
        self.seen_ = [*getattr(self, "seen_", []), X[:, 0]]

    def predict_proba(self, X):
        good = self.scripted[len(self.seen_) - 1]
        return np.array([[good, 1 - good], [1 - good, good]])


VALIDATION = np.zeros((2, 1)), np.array([0, 1])


def stepwise(scripted=(), n_steps=300, validation=None, n_rows=7):
    X, y = np.arange(n_rows, dtype=float)[:, None], np.arange(n_rows) % 2
    return StepwiseClassifier(Scripted(scripted), None, n_steps, validation, 0).fit(X, y)


# Rows that are held out


def test_fifteen_percent_of_each_class_are_held_out_in_their_order():
    y = np.repeat(["a", "b", "c"], [100, 40, 20])
    X = np.arange(160)
    X_fit, X_val, y_fit, y_val = hold_out(X, y, 0)
    assert np.unique(y_val, return_counts=True)[1].tolist() == [15, 6, 3]
    assert_array_equal(np.sort(np.concatenate([X_fit, X_val])), X)
    assert (np.diff(X_fit) > 0).all()
    assert (np.diff(X_val) > 0).all()
    assert_array_equal(y[X_fit], y_fit)
    assert_array_equal(y[X_val], y_val)
    assert_array_equal(hold_out(X, y, 0)[1], X_val)
    assert (hold_out(X, y, 1)[1] != X_val).any()


@pytest.mark.parametrize(
    ("n", "n_held_out"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (10, 2), (20, 3)]
)
def test_two_rows_of_a_class_stay(n, n_held_out):
    y = np.repeat([0, 1], [n, 20])
    _, _, y_fit, y_val = hold_out(np.arange(len(y)), y, 0)
    assert ((y_fit == 0).sum(), (y_val == 0).sum()) == (n - n_held_out, n_held_out)
    assert (y_val == 1).sum() == 3


def test_nothing_can_be_held_out_of_pairs():
    X, y = load_iris(return_X_y=True)
    X, y = X[::25], y[::25]
    _, X_val, y_fit, y_val = hold_out(X, y, 0)
    assert (len(y_fit), len(X_val), len(y_val)) == (6, 0, 0)
    # Then there is nothing to look at, and both protocols are one.
    models = [
        make_classifier("MLP", protocol, 0, validation=(X_val, y_val), n_steps=50).fit(X, y)
        for protocol in ("fixed", "early-stopped")
    ]
    assert_array_equal(*(model.predict_proba(X) for model in models))


# Protocols


@pytest.mark.parametrize("n_rows", [2, 7, 1000])
@pytest.mark.parametrize("n_steps", [10, 100, 250])
def test_steps_do_not_hang_on_the_number_of_rows(n_rows, n_steps):
    seen = np.concatenate(stepwise(n_steps=n_steps, n_rows=n_rows).network_.seen_)
    assert len(seen) == n_steps * 4
    # Pass after pass over all rows: none is seen twice more than another.
    counts = np.bincount(seen.astype(int), minlength=n_rows)
    assert counts.max() - counts.min() <= 1


def test_best_step_is_given_back():
    scripted = [0.2, 0.6, 0.9, 0.7, 0.3]
    model = stepwise(scripted, 5 * CHECK_EVERY, VALIDATION)
    assert len(model.network_.seen_) == 3
    assert_array_equal(model.predict(np.zeros((2, 1))), [0, 1])
    # By the fixed protocol it is the last one.
    assert len(stepwise(scripted, 5 * CHECK_EVERY).network_.seen_) == 5


def test_training_stops_when_nothing_gets_better():
    scripted = np.linspace(0.9, 0.1, 2 * PATIENCE)
    looks = []

    class Counting(Scripted):
        def predict_proba(self, X):
            looks.append(len(self.seen_))
            return super().predict_proba(X)

    network = Counting(scripted)
    X, y = np.zeros((4, 1)), np.array([0, 1, 0, 1])
    model = StepwiseClassifier(network, None, 2 * PATIENCE * CHECK_EVERY, VALIDATION, 0).fit(X, y)
    assert looks == list(range(1, PATIENCE + 2))
    assert len(model.network_.seen_) == 1


def test_early_stopped_mlp_is_better_where_it_looked():
    X, y = load_wine(return_X_y=True)
    X = X + np.random.default_rng(0).normal(size=X.shape) * 2 * X.std(axis=0)
    X_fit, X_val, y_fit, y_val = hold_out(X, y, 0)
    qualities = []
    for protocol in ("fixed", "early-stopped"):
        model = make_classifier("MLP", protocol, 0, validation=(X_val, y_val), n_steps=600)
        model.fit(X_fit, y_fit)
        f1 = f1_score(y_val, model.predict(X_val), average="weighted")
        qualities.append((f1, -log_loss(y_val, model.predict_proba(X_val))))
    assert qualities[1] > qualities[0]


def test_protocols_are_for_neural_classifiers_only():
    for name, protocol in [("MLP", "-"), ("forest", "fixed"), ("MLP", "long")]:
        with pytest.raises(ValueError, match="does not train by the protocol"):
            make_classifier(name, protocol, 0)
    with pytest.raises(ValueError, match="unknown classifier 'tree'"):
        make_classifier("tree", "-", 0)


# What all classifiers do


@ALL
def test_classifiers_learn_and_repeat_themselves(name):
    X, y = load_wine(return_X_y=True, as_frame=True)
    y = np.array(["one", "two", "three"])[y]
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    models = [make(name, n_steps=200).fit(X_train, y_train) for _ in range(2)]
    predicted = models[0].predict(X_test)
    assert f1_score(y_test, predicted, average="weighted") > 0.9
    assert_array_equal(*(model.predict_proba(X_test) for model in models))


@ALL
def test_rows_of_no_weight_are_not_there(name):
    X, y = load_iris(return_X_y=True)
    # Of two labels for the same rows, the one counts that has weight.
    X, y, weights = np.concatenate([X, X]), np.concatenate([y, 2 - y]), np.repeat([1.0, 0.0], 150)
    model = make(name, n_steps=200).fit(X, y, sample_weight=weights)
    assert (model.predict(X[:150]) == y[:150]).mean() > 0.9


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_class_that_augmentation_lost_is_looked_at_and_never_predicted(lost):
    X, y = load_iris(return_X_y=True)
    kept = y != lost
    model = make_classifier("MLP", "early-stopped", 0, validation=(X, y), n_steps=200)
    predicted = model.fit(X[kept], y[kept]).predict(X)
    assert (predicted == y)[kept].mean() > 0.9
    assert lost not in predicted


# Scores


def test_there_is_no_rarest_class_of_equal_ones():
    assert rarest_class([1, 0, 0]) == 1
    assert rarest_class([1, 1, 0, 0, 2, 2, 2]) is None
    assert np.isnan(scores([0, 1], [0, 1], None)["minority_recall"])


def test_scores():
    y_train, y_test = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 0, 1, 2, 2])
    predicted = np.array([0, 0, 1, 1, 2, 0])
    got = scores(y_test, predicted, rarest_class(y_train))
    assert list(got) == list(SCORES)
    expected = [
        f1_score(y_test, predicted, average="weighted"),
        f1_score(y_test, predicted, average="macro"),
        balanced_accuracy_score(y_test, predicted),
        0.5,
    ]
    assert_allclose(list(got.values()), expected)


def test_scores_of_a_class_that_is_not_predicted_are_0():
    got = scores([0, 0, 1], [0, 0, 0], 1)
    assert got["minority_recall"] == 0
    assert_allclose(got["f1_weighted"], 2 / 3 * 0.8)
    assert scores([0, 0], [0, 1], 2)["minority_recall"] == 0


# The convolutional network


@pytest.fixture
def spots():
    """Images of 28 x 28 with a bright spot where their class, of three, has it."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.random((60, 28, 28)) * 0.5
    for c in range(3):
        X[y == c, 8 * c : 8 * c + 8, 8 * c : 8 * c + 8] += 0.5
    return X.reshape(60, -1), np.array(["x", "y", "z"])[y]


@pytest.mark.parametrize("protocol", ["fixed", "early-stopped"])
def test_cnn(protocol, spots, random_states):
    pytest.importorskip("skorch")
    X_fit, X_val, y_fit, y_val = hold_out(*spots, 0)
    before = random_states()
    first, second, other = (
        make_classifier("CNN", protocol, seed, validation=(X_val, y_val), n_steps=20).fit(
            X_fit, y_fit
        )
        for seed in (0, 0, 1)
    )
    assert random_states() == before
    assert (first.predict(X_val) == y_val).all()
    assert_array_equal(first.predict_proba(X_val), second.predict_proba(X_val))
    assert (first.predict_proba(X_val) != other.predict_proba(X_val)).any()


def test_cnn_takes_weights(spots):
    pytest.importorskip("skorch")
    X, y = spots
    weights = (y != "z").astype(float)
    model = make("CNN", n_steps=30).fit(X, y, sample_weight=weights)
    assert "z" not in model.predict(X)
