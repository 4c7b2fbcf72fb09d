"""How well a classifier of generated rows does on real ones."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

from skvae.metrics import train_on_synthetic_score
from tests.columns import mixed


def test_score_is_that_of_a_classifier_of_synthetic_rows():
    X, y = load_wine(return_X_y=True, as_frame=True)
    train, test = np.arange(len(y)) % 2 == 0, np.arange(len(y)) % 2 == 1
    score = train_on_synthetic_score(
        X[train], y[train], X[test], y[test], estimator=GaussianNB(), scoring="accuracy"
    )
    assert score == GaussianNB().fit(X[train], y[train]).score(X[test], y[test])
    forest = train_on_synthetic_score(X[train], y[train], X[test], y[test], random_state=0)
    assert forest > 0.9
    arrays = (X[train].to_numpy(), y[train].to_numpy(), X[test].to_numpy(), y[test].to_numpy())
    assert train_on_synthetic_score(*arrays, random_state=0) == forest


def test_default_classifier_takes_mixed_tables_with_unseen_symbols():
    X, test = mixed(), mixed(seed=1, missing=0.3)
    y, y_test = (frame.pop("old").map({True: "old", False: "young"}) for frame in (X, test))
    test["ward"] = test["ward"].astype(object).where(test.index > 5, "new")
    X["dose"] = np.nan
    assert train_on_synthetic_score(X, y, test, y_test, random_state=0) > 0.8


def test_classes_that_were_not_generated():
    score = train_on_synthetic_score([[0.0], [1.0]], [0, 0], [[0.0], [1.0]], [0, 1])
    assert 0 < score < 1


def test_estimator_is_cloned_and_seeded():
    dummy = DummyClassifier(strategy="uniform")
    X, y = np.zeros((200, 1)), np.arange(200) % 2
    scores = [
        train_on_synthetic_score(X, y, X, y, estimator=dummy, random_state=seed)
        for seed in (0, 0, 1)
    ]
    assert scores[0] == scores[1] != scores[2]
    assert not hasattr(dummy, "classes_")


@pytest.mark.parametrize(
    ("params", "message"),
    [({"estimator": 3}, "'estimator' parameter"), ({"scoring": 3}, "'scoring' parameter")],
)
def test_usefulness_refuses_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        train_on_synthetic_score([[1]], [1], [[1]], [1], **params)


def test_usefulness_refuses_other_numbers_of_labels():
    with pytest.raises(ValueError, match="inconsistent numbers"):
        train_on_synthetic_score([[1], [2]], [1], [[1]], [1])
