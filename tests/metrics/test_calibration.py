"""Expected calibration error."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from skvae.metrics import expected_calibration_error
from tests.helpers import begins

RNG = np.random.default_rng(0)
P = RNG.random(500)
Y = (RNG.random(500) < P**2).astype(int)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
@pytest.mark.parametrize("n_bins", [1, 5, 10])
def test_it_is_the_mean_gap_of_the_calibration_curve(strategy, n_bins):
    true, mean = calibration_curve(Y, P, n_bins=n_bins, strategy=strategy)
    edges = np.linspace(0, 1, n_bins + 1)
    edges = np.quantile(P, edges) if strategy == "quantile" else edges
    counts = np.histogram(P, edges)[0]
    expected = np.average(np.abs(true - mean), weights=counts)
    got = expected_calibration_error(Y, P, n_bins=n_bins, strategy=strategy)
    assert got == pytest.approx(expected)


def test_probabilities_that_come_true_have_a_small_error():
    y = RNG.random(500) < P
    assert expected_calibration_error(y, P) < 0.06 < expected_calibration_error(Y, P)


def test_a_column_for_each_class():
    both = np.column_stack([1 - P, P])
    assert expected_calibration_error(Y, both) == expected_calibration_error(Y, P)
    names = np.where(Y == 1, "b", "a")
    assert expected_calibration_error(names, both) == expected_calibration_error(Y, P)
    assert expected_calibration_error(names, both[:, ::-1], labels=["b", "a"]) == pytest.approx(
        expected_calibration_error(Y, P), abs=0.01
    )
    y = np.arange(300) % 3
    three = RNG.dirichlet([1, 1, 1], 300)
    by_class = [expected_calibration_error(y == k, three[:, k]) for k in range(3)]
    assert expected_calibration_error(y, three) == pytest.approx(np.mean(by_class))


def test_rows_of_one_class():
    assert expected_calibration_error([0, 0], [0.0, 0.0]) == 0
    assert expected_calibration_error([1, 1], [0.0, 0.0]) == 1
    assert expected_calibration_error(["a", "a"], [[0.8, 0.2]] * 2, labels=["a", "b"]) == (
        pytest.approx(0.2)
    )


@pytest.mark.parametrize(
    ("y", "proba", "options", "message"),
    [
        ([0, 1], [0.5, 1.5], {}, "y_proba must be in [0, 1], got values from"),
        ([0, 1, 2], [[0.5, 0.5]] * 3, {}, "y_proba must have a column for each of the 3 classes"),
        ([0, 1, 2], [0.5] * 3, {}, "y_proba must have a column for each of the 3 classes"),
        ([0, 3], [[0.5, 0.5]] * 2, {"labels": [0, 1]}, "labels must hold all classes of y_true, a"),
        ([0, 1], [0.5], {}, "Found input variables with inconsistent numbers of samples"),
        ([0, 1], [0.5, np.nan], {}, "Input y_proba contains NaN"),
        ([0, 1], [0.5, 0.5], {"n_bins": 0}, "The 'n_bins' parameter of expected_calibration_error"),
    ],
)
def test_what_is_refused(y, proba, options, message):
    with pytest.raises(ValueError, match=begins(message)):
        expected_calibration_error(y, proba, **options)
