"""The benchmarks' arms: what they draw, what they share, and the rows that a cell makes of them."""

import os
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal, assert_equal
from pandas.testing import assert_frame_equal
from sklearn.datasets import load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from torch.cuda import device_count

from benchmarks import (
    _arms,
    _cells,
    _mnist,
    _peers,
    mnist_fewshot,
    mnist_fewshot_2000,
    mnist_synthetic_only,
    proben1,
    thyroid_fewshot,
)
from benchmarks._arms import ARMS, DEFAULT_ARMS, Augmenter, Settings
from benchmarks._cells import Split, all_fits, fit_split
from benchmarks._classifiers import SCORES, make_classifier, rarest_class, scores
from benchmarks._options import Asked, fill_in
from benchmarks._sweep import COLUMNS, Cell, read_rows
from benchmarks._typed import ToNumbers
from skvae import VAE, VAEOversampler
from skvae.filters._base import thawed
from skvae.strategies import augment

TINY = VAE(2, hidden_layer_sizes=(8,), max_iter=5)
SETTINGS = Settings(
    multi_vae=TINY,
    single_vae=TINY,
    recommended=lambda *args: _arms.recommended(*args).set_params(vae=TINY),
    peer_epochs=1,
)
INSTALLED = [arm for arm in ARMS if arm not in _arms.CTGAN or find_spec("ctgan")]
needs_data = pytest.mark.skipif("SKVAE_DATA" not in os.environ, reason="SKVAE_DATA is unset")


@pytest.fixture(autouse=True)
def no_warnings_of_tiny_models():
    with _arms.quiet():
        yield


@pytest.fixture
def iris():
    """Iris with classes of 30, 20 and 10 rows, which noise lets overlap."""
    X, y = load_iris(return_X_y=True)
    rows = np.r_[0:30, 50:70, 100:110]
    return X[rows] + np.random.default_rng(0).normal(size=(60, 4)), y[rows]


@pytest.fixture
def typed():
    """A frame of numbers and symbols with gaps, and its classes."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    X = pd.DataFrame({"a": rng.normal(size=60) + y, "b": rng.random(60)})
    X["s"] = pd.Categorical.from_codes(rng.integers(0, 3, 60), ["x", "y", "z"])
    X.loc[::7, "a"] = np.nan
    X.loc[::9, "s"] = np.nan
    return X, y


def cell(arms, classifiers=("forest",), seed=0):
    return Cell({"table": "t", "dataset": "d", "seed": seed}, all_fits(arms, classifiers))


# What the arms draw

TENFOLD = ("recommended", "SMOTE relabelled")


@pytest.mark.parametrize("arm", INSTALLED)
def test_real_rows_come_first_and_as_many_new_ones_as_asked(arm, iris):
    X, y = iris
    first, second = (Augmenter(X, y, SETTINGS, 0)(arm) for _ in range(2))
    assert_array_equal(first.X[:60], X)
    assert_array_equal(first.y[:60], y)
    assert_array_equal(first.X, second.X)
    if arm == "class weights":
        assert_allclose(first.sample_weight * np.array([30, 20, 10])[y], 20)
    else:
        assert first.sample_weight is None
    n_new = {"none": 0, "class weights": 0, **dict.fromkeys(TENFOLD, 600)}.get(arm, 60)
    # ADASYN rounds a row's share of the new ones.
    assert len(first.y) == pytest.approx(60 + n_new, abs=20 if arm == "ADASYN" else 0)
    if n_new == 60 and arm != "ADASYN":
        assert np.bincount(first.y).tolist() == [40, 40, 40]


@pytest.mark.parametrize("arm", [arm for arm in INSTALLED if arm in _arms.TYPED])
def test_kinds_of_columns_are_known_where_they_matter(arm, typed):
    X, y = typed
    sampler, _ = Augmenter(X, y, SETTINGS, 0).sampler(arm)
    X_both, _ = sampler.fit_resample(X, y)
    assert_frame_equal(X_both[:60].astype(X.dtypes), X)
    assert (X_both.dtypes == X.dtypes).all()
    rows = Augmenter(X, y, SETTINGS, 0)(arm)
    assert_array_equal(np.unique(rows.X[:, 2]), [0, 0.5, 1])
    assert np.isfinite(rows.X).all()


def test_what_an_arm_draws_does_not_hang_on_other_arms(iris):
    chosen = ["multi-VAE beta 1 + LC", "single-VAE noise", "SMOTE"]
    together = Augmenter(*iris, SETTINGS, 0)
    for arm in ["random", "multi-VAE beta norm", "multi-VAE beta 1", "single-VAE interpolation"]:
        together(arm)
    for arm in chosen:
        assert_array_equal(together(arm).X, Augmenter(*iris, SETTINGS, 0)(arm).X)


@pytest.mark.parametrize(
    ("arms", "n_trained"),
    [
        (["single-VAE noise", "single-VAE extrapolation+noise", "single-VAE noise + LC"], 1),
        (["multi-VAE beta 1", "multi-VAE beta 1 + LC", "multi-VAE beta norm"], 2),
        (["none", "class weights", "random", "SMOTE", "ADASYN"], 0),
    ],
)
def test_arms_share_trained_models(arms, n_trained, iris, monkeypatch):
    fits = []
    for cls in (_arms.VAEOversampler, _arms.MultiVAEResampler):
        whole = cls._fit_models
        monkeypatch.setattr(
            cls, "_fit_models", lambda *args, whole=whole: (fits.append(args), whole(*args))
        )
    augmenter = Augmenter(*iris, SETTINGS, 0)
    seconds = [augmenter(arm).seconds for arm in arms]
    assert len(fits) == n_trained
    # Each counts what it would take alone.
    trained = [took for _, took in augmenter._trained.values()]
    assert min(seconds) >= min(trained, default=0)


def test_multi_vaes_share_fitted_filters(iris):
    augmenter = Augmenter(*iris, SETTINGS, 0)
    arms = [f"multi-VAE beta {beta} + LC" for beta in ("norm", "1")]
    (one, took), (other, took_too) = map(augmenter.sampler, arms)
    assert one.filter.estimator is other.filter.estimator
    _, filter_took = augmenter.trained(" + LC", pytest.fail)
    assert min(took, took_too) > filter_took > 0


@pytest.mark.parametrize("arm", [arm for arm in ARMS if "VAE" in arm and arm not in _arms.CTGAN])
def test_arms_are_what_they_are_called(arm, iris):
    sampler, _ = Augmenter(*iris, SETTINGS, 0).sampler(arm)
    name, _, filter_ = arm.partition(" + ")
    assert type(thawed(sampler.filter)).__name__[:1] == {"": "N", "GC": "G", "LC": "L"}[filter_]
    kind, what = name.split(" ", 1)
    if kind == "single-VAE":
        assert sampler.latent_sampling == what
    else:
        assert sampler.latent_sampling == "prior"
        beta = {"beta norm": 2 / 4, "beta 0.5": 0.5, "beta 1": 1}[what]
        assert {vae.beta_ for vae in sampler.vae.estimator.estimators_} == {beta}


def test_default_arms_are_known_and_need_nothing_more():
    assert set(DEFAULT_ARMS) <= set(ARMS)
    assert not set(DEFAULT_ARMS) & set(_arms.CTGAN)
    assert len(DEFAULT_ARMS) == 6 + 9 + 2


def test_peers_that_are_not_installed_are_an_error(monkeypatch):
    monkeypatch.setattr(_arms, "find_spec", lambda name: None)
    _arms.check_arms(DEFAULT_ARMS)
    with pytest.raises(Exception, match="pip install ctgan"):
        _arms.check_arms(["none", "TVAE"])


# Fits


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
        ("recommended", lambda: SETTINGS.recommended(0)),
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
    pipeline = make_pipeline(*(steps if arm == "recommended" else steps[::-1]), model)
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

    monkeypatch.setattr(_cells, "Augmenter", Watched)
    split = split_of(*iris)
    fit_split(cell(["none"], ["MLP", "forest"]), split, SETTINGS, n_steps=10)
    whole, less = seen
    assert_array_equal(whole, split.X_train)
    assert len(less) == 42 - 3 - 2 - 1


@pytest.mark.parametrize("arm", ["single-VAE noise", "multi-VAE beta 1 + GC", "recommended"])
def test_all_models_train_on_the_device_that_is_asked_for(arm, iris, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    brought = Settings(multi_vae=TINY, recommended=_arms.recommended)  # samplers' own models
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

    monkeypatch.setattr(_peers.SMOTE, "fit_resample", broken)
    with pytest.raises(ValueError, match="a bug"):
        fit_split(cell(["SMOTE"]), split_of(X, y), SETTINGS)


def test_smote_takes_as_many_neighbours_as_there_are(iris):
    X, y = iris
    few = np.r_[0:20, 30:33, 50:52]
    rows = Augmenter(X[few], y[few], SETTINGS, 0)("SMOTE")
    assert np.bincount(rows.y).tolist() == [20, 15, 15]


def test_recommended_is_what_the_documentation_says():
    sampler = _arms.recommended(7)
    assert sampler.random_state == 7
    assert sampler.sampling_strategy == augment(10.0, balance=False)
    assert sampler.filter.relabel
    assert isinstance(sampler, VAEOversampler)


# The tables of PROBEN1

BUDGET = proben1.Budget(steps=20, vae_steps=3, peer_epochs=1)


@pytest.mark.data
@pytest.mark.slow
@needs_data
@pytest.mark.parametrize(("dataset", "n_test"), [("horse", 73), ("gene", 635)])
def test_proben1_cell(dataset, n_test):
    arms = ["none", "SMOTE", "multi-VAE beta norm + GC", "recommended"]
    asked = replace(cell(arms, ["MLP"]), labels={"table": "t", "dataset": dataset, "seed": 1})
    rows = pd.DataFrame(proben1.fit_cell(asked, budget=BUDGET, device="cpu", data_home=None))
    assert len(rows) == 8
    assert rows[list(SCORES)].notna().all(axis=None)
    assert set(rows.n_test) == {n_test}


@pytest.mark.data
@pytest.mark.slow
@needs_data
def test_thyroid_fewshot_cell():
    labels = {"table": "t", "dataset": "thyroid", "n": 5, "seed": 0}
    asked = replace(cell(DEFAULT_ARMS, ["MLP"]), labels=labels)
    rows = pd.DataFrame(
        thyroid_fewshot.fit_cell(asked, budget=BUDGET, device="cpu", data_home=None)
    )
    assert set(rows.n_train) == {15}
    assert set(rows.n_test) == {1440}
    assert rows.set_index("arm").f1_weighted.drop("ADASYN").notna().all()


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("table", [mnist_fewshot, mnist_fewshot_2000, mnist_synthetic_only])
def test_quick_mnist(table, tmp_path, monkeypatch):
    monkeypatch.setattr(_mnist, "QUICK", _mnist.Budget(2, 2, 2, 50))
    arms = ["none", "SMOTE", "single-VAE noise", "multi-VAE beta 0.5", "single-VAE unlabelled"]
    asked = Asked(quick=True, seeds=1, arms=arms, sizes=[3], jobs=1, out=tmp_path)
    table.main(fill_in(asked, table.TABLE))
    fits = read_rows(tmp_path / f"{table.TABLE.name}.csv")
    assert fits["arm"].tolist() == arms * 2  # protocols
    assert fits["f1_weighted"].notna().all()
    only_new = table is mnist_synthetic_only
    assert fits["n"].eq(5 if only_new else 3).all()
    assert fits["n_new"].eq(3).all() if only_new else fits["n_new"].isna().all()


def test_relabelled_smote_has_the_classes_that_forests_see():
    X, y = load_wine(return_X_y=True)
    y_wrong = y.copy()
    y_wrong[::10] = (y[::10] + 1) % 3
    augmented = Augmenter(X, y_wrong, SETTINGS, 0)("SMOTE relabelled")
    assert len(augmented.X) == 11 * len(X)
    assert_array_equal(augmented.y[: len(y)], y_wrong)
    smote = Augmenter(X, y_wrong, replace(SETTINGS, new_rows=augment(10, balance=False)), 0)(
        "SMOTE"
    )
    assert_array_equal(augmented.X, smote.X)
    forest = RandomForestClassifier(random_state=0).fit(X, y)
    right = [(forest.predict(rows.X) == rows.y)[len(y) :].mean() for rows in (smote, augmented)]
    assert right[0] < 0.9 < 0.95 < right[1]


def test_only_new_rows_leaves_the_real_ones_out():
    X, y = load_iris(return_X_y=True)
    settings = _arms.Settings(new_rows=_mnist.AddRows(4), only_new=True)
    augmented = _arms.Augmenter(X, y, settings, 0)("SMOTE")
    assert len(augmented.X) == 3 * 4
    assert_array_equal(np.unique(augmented.y, return_counts=True)[1], [4, 4, 4])
    assert len(_arms.Augmenter(X, y, settings, 0)("none").X) == len(X)
