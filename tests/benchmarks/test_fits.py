"""Fits of a cell, and the rows that they make."""

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal, assert_equal
from sklearn.datasets import load_wine
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler
from torch.cuda import device_count

from benchmarks.arms.augmenter import Augmenter
from benchmarks.arms.settings import Settings, relabelled
from benchmarks.arms.typed import ToNumbers
from benchmarks.classifiers.names import SCORES
from benchmarks.classifiers.protocols import make_classifier, rarest_class, scores
from benchmarks.engine.cells import Cell
from benchmarks.engine.csv_file import COLUMNS
from benchmarks.engine.fits import Split, fit_split
from skvae import VAE
from skvae.strategies import augment
from tests.benchmarks.settings import SETTINGS, TINY, cell

pytestmark = pytest.mark.usefixtures("no_warnings_of_tiny_models")


def split_of(X, y):
    return Split(*train_test_split(X, y, test_size=0.3, stratify=y, random_state=0))


def test_rows_of_a_cell(iris):
    split = split_of(*iris)
    asked = cell(["none", "class weights", "multi-VAE beta 1"], ["MLP", "forest"])
    rows = pd.DataFrame(fit_split(asked, split, SETTINGS, n_steps=20, device="cpu"))
    assert set(rows) <= set(COLUMNS)
    assert sorted(zip(rows.arm, rows.classifier, rows.protocol, strict=True)) == sorted(asked.fits)
    assert len(rows) == 3 * 3
    assert rows[list(SCORES)].apply(lambda column: column.between(0, 1)).all(axis=None)
    assert rows[["n_train", "n_test"]].drop_duplicates().to_numpy().tolist() == [[42, 18]]
    assert set(rows.device) == {"cpu"}
    assert rows.set_index("arm").resample_seconds["none"].eq(0).all()


@pytest.mark.parametrize(
    ("arm", "make_sampler"),
    [
        ("random", lambda: RandomOverSampler(sampling_strategy=augment(1.0), random_state=0)),
        ("VAEOversampler relabelled", lambda: SETTINGS.relabelled(0)),
    ],
)
@pytest.mark.parametrize("classifier", ["MLP", "forest", "logistic regression"])
def test_fits_equal_a_pipeline(arm, make_sampler, classifier, typed):
    split = split_of(*typed)
    protocol = "fixed" if classifier == "MLP" else "-"
    asked = Cell({"seed": 0}, ((arm, classifier, protocol),))
    [row] = fit_split(asked, split, SETTINGS, n_steps=30)
    model = make_classifier(classifier, protocol, 0, n_steps=30)
    steps = [make_sampler(), ToNumbers()]
    pipeline = make_pipeline(*(steps if arm == "VAEOversampler relabelled" else steps[::-1]), model)
    predicted = pipeline.fit(split.X_train, split.y_train).predict(split.X_test)
    expected = scores(split.y_test, predicted, rarest_class(split.y_train))
    assert_equal({name: row[name] for name in SCORES}, expected)


@pytest.mark.parametrize("arm", ["multi-VAE beta norm + GC", "single-VAE interpolation + LC"])
def test_shared_models_equal_a_pipeline_too(arm, iris):
    split = split_of(*iris)
    [row] = fit_split(Cell({"seed": 3}, ((arm, "forest", "-"),)), split, SETTINGS)
    sampler, _ = Augmenter(split.X_train, split.y_train, SETTINGS, 3).sampler(arm)
    pipeline = make_pipeline(sampler, make_classifier("forest", "-", 3))
    predicted = pipeline.fit(split.X_train, split.y_train).predict(split.X_test)
    assert {name: row[name] for name in SCORES} == scores(split.y_test, predicted, 2)


def test_new_rows_know_nothing_of_held_out_ones(iris, monkeypatch):
    seen = []

    class Watched(Augmenter):
        def __init__(self, X, *args):
            seen.append(X)
            super().__init__(X, *args)

    monkeypatch.setattr("benchmarks.engine.fits.Augmenter", Watched)
    split = split_of(*iris)
    fit_split(cell(["none"], ["MLP", "forest"]), split, SETTINGS, n_steps=10)
    whole, less = seen
    assert_array_equal(whole, split.X_train)
    assert len(less) == 42 - 3 - 2 - 1


@pytest.mark.parametrize(
    "arm", ["single-VAE noise", "multi-VAE beta 1 + GC", "VAEOversampler relabelled"]
)
def test_all_models_train_on_the_device_that_is_asked_for(arm, iris, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    brought = Settings(multi_vae=TINY, relabelled=relabelled)  # samplers' own models
    asked, split = cell([arm], ["logistic regression"]), split_of(*iris)
    [row] = fit_split(asked, split, brought, device="cpu")
    assert row["device"] == "cpu"
    if not device_count():  # what is on "auto" would go to a GPU, and fail
        with pytest.raises((AssertionError, RuntimeError, ValueError)):
            fit_split(asked, split, brought, device="auto")


def test_an_arm_that_cannot_draw_has_no_scores(iris, monkeypatch):
    X, y = load_wine(return_X_y=True)
    # No row has a neighbour of another class, and a class has one row.
    far = X + 1e6 * y[:, None]
    rows = fit_split(cell(["ADASYN", "SMOTE", "none"]), split_of(far, y), SETTINGS)
    assert np.isnan(rows[0]["f1_weighted"])
    assert np.isnan(rows[0]["resample_seconds"])
    assert rows[1]["f1_weighted"] > 0.9
    one = np.r_[0:60, 150]
    alone = Split(X[one], X, y[one], y)
    smote, none = fit_split(cell(["SMOTE", "none"]), alone, SETTINGS)
    assert np.isnan([smote[name] for name in SCORES]).all()
    assert none["f1_weighted"] > 0

    def broken(*args):
        raise ValueError("a bug")

    monkeypatch.setattr(SMOTE, "fit_resample", broken)
    with pytest.raises(ValueError, match="a bug"):
        fit_split(cell(["SMOTE"]), split_of(X, y), SETTINGS)


@pytest.mark.parametrize(
    ("arm", "classifier"),
    [
        ("logistic regression on latent means", LogisticRegression(max_iter=1000)),
        ("nearest class mean", NearestCentroid()),
    ],
)
def test_transfer_arms_classify_latent_means(arm, classifier, iris):
    split = split_of(*iris)
    vae = VAE(3, max_iter=50, random_state=0).fit(iris[0])
    frozen = Settings(single_vae=FrozenEstimator(vae))
    [row] = fit_split(cell([arm], ["forest"]), split, frozen)
    scaler = StandardScaler().fit(vae.transform(split.X_train))
    train, test = (scaler.transform(vae.transform(X)) for X in (split.X_train, split.X_test))
    predicted = classifier.fit(train, split.y_train).predict(test)
    assert row["f1_weighted"] == f1_score(split.y_test, predicted, average="weighted")
    assert row["resample_seconds"] == 0
