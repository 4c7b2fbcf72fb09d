"""Arms: the rows that they draw, and the models that they share."""

import doctest
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.datasets import load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier

from benchmarks.arms import devices, names, registry
from benchmarks.arms.augmenter import Augmenter
from benchmarks.arms.families import FAMILIES, MODELS
from benchmarks.arms.names import (
    ARMS,
    BASELINE,
    CLASS_WEIGHTS,
    CTGAN,
    ORDER,
    SELF_TRAINING,
    TRANSFER,
    TUNED_THRESHOLD,
    TYPED,
    UNLABELLED,
)
from benchmarks.arms.ours import ENLARGE, EVEN, RECOMMENDED, TRIALS
from benchmarks.arms.settings import Settings, relabelled
from benchmarks.arms.typed import fill_gaps
from benchmarks.experiments import EXPERIMENTS
from benchmarks.thesis.mnist import AddRows
from skvae import VAE, LabelConsistencyFilter, MultiVAEResampler, VAEOversampler
from skvae._seeding import unfrozen
from skvae.models._base import fit_together
from skvae.strategies import augment
from tests.benchmarks.settings import SETTINGS

pytestmark = pytest.mark.usefixtures("no_warnings_of_tiny_models")

DEFAULT_ARMS = EXPERIMENTS["proben1"].choices.default_arms
INSTALLED = [arm for arm in ARMS if arm not in CTGAN or find_spec("ctgan")]
# Of arms that differ in their latent rule or beta alone, one is tried behind each filter.
DRAWN = [
    arm
    for arm in INSTALLED
    if "-VAE" not in arm
    or " + " not in arm
    or arm.startswith(("single-VAE noise", "multi-VAE beta 1"))
]
TENFOLD = ("VAEOversampler relabelled", "SMOTE relabelled")


@pytest.mark.parametrize("arm", DRAWN)
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


@pytest.mark.parametrize("arm", [arm for arm in INSTALLED if arm in TYPED])
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

    def count(*args, **kwargs):
        fits.append(args)
        return fit_together(*args, **kwargs)

    monkeypatch.setattr("skvae.over_sampling._sources.fit_together", count)
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


@pytest.mark.parametrize(
    "arm", [arm for arm in ARMS if arm.startswith(("single-VAE", "multi-VAE"))]
)
def test_arms_are_what_they_are_called(arm, iris):
    sampler, _ = Augmenter(*iris, SETTINGS, 0).sampler(arm)
    name, _, filter_ = arm.partition(" + ")
    assert type(unfrozen(sampler.filter)).__name__[:1] == {"": "N", "GC": "G", "LC": "L"}[filter_]
    kind, what = name.split(" ", 1)
    if kind == "single-VAE":
        assert sampler.latent_sampling == what
    else:
        assert sampler.latent_sampling == "prior"
        beta = {"beta norm": 2 / 4, "beta 0.5": 0.5, "beta 1": 1}[what]
        assert {vae.beta_ for vae in sampler.vae.estimator.estimators_} == {beta}


@pytest.mark.parametrize("module", [names, devices])
def test_examples_in_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("arm", FAMILIES)
def test_families_draw_as_many_rows_as_the_other_arms(arm, iris):
    settings = Settings(single_vae=VAE(max_iter=5))
    X, y = iris
    sampler, _ = Augmenter(X, y, settings, 7).sampler(arm)
    assert sampler.sampling_strategy == settings.new_rows
    assert sampler.random_state == 7
    assert sampler.vae.max_iter == 5
    sampler.set_params(filter=None)
    assert len(sampler.fit_resample(X, y)[1]) == 2 * len(y)


@pytest.mark.parametrize("arm", MODELS)
def test_families_are_of_images_where_the_others_are(arm, iris):
    others = VAE(image_shape=(2, 2), conv_channels=(4,), max_iter=3)
    sampler, _ = Augmenter(*iris, Settings(multi_vae=others), 7).sampler(arm)
    assert sampler.vae.image_shape == (2, 2)
    assert sampler.vae.max_iter == 3


def test_every_arm_has_a_name_and_a_sampler():
    without = {BASELINE, CLASS_WEIGHTS, TUNED_THRESHOLD, SELF_TRAINING, *TRANSFER}
    assert {*registry.SAMPLERS, *without} == {*ORDER, UNLABELLED}


@pytest.mark.parametrize("arm", [*EVEN, *ENLARGE])
def test_our_samplers_are_what_they_are_called(arm, iris):
    sampler, _ = Augmenter(*iris, Settings(), 7).sampler(arm)
    kind, *words = arm.replace(RECOMMENDED, "VAEOversampler x10").split()
    made = {"VAEOversampler": VAEOversampler, "MultiVAEResampler": MultiVAEResampler}[kind]
    expected = made(random_state=7)
    if "balance" in words:
        expected.set_params(filter=LabelConsistencyFilter(balance=1.0))
    if "unfiltered" in words:
        expected.set_params(filter=None)
    if arm in ENLARGE:
        limit = {"max_growth": 20.0} if arm == RECOMMENDED else {}
        ratio = float(words[-1].removeprefix("x"))
        expected.set_params(sampling_strategy=augment(ratio, **limit))
    assert str(sampler) == str(expected)


@pytest.mark.parametrize("arm", TRIALS)
def test_a_trial_changes_one_parameter(arm, iris):
    sampler, _ = Augmenter(*iris, Settings(), 7).sampler(arm)
    default = VAEOversampler(VAE(), filter=LabelConsistencyFilter(), random_state=7)
    own = default.get_params() | sampler.get_params()
    changed = [name for name, value in default.get_params().items() if own[name] != value]
    assert len([name for name in changed if name not in ("vae", "filter")]) == 1


def test_default_arms_are_known_and_need_nothing_more():
    assert set(DEFAULT_ARMS) <= {*ARMS, RECOMMENDED}
    assert not set(DEFAULT_ARMS) & set(CTGAN)
    assert len(DEFAULT_ARMS) == 6 + 9 + 2


def test_peers_that_are_not_installed_are_an_error(monkeypatch):
    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    registry.check_installed(DEFAULT_ARMS)
    with pytest.raises(Exception, match="pip install ctgan"):
        registry.check_installed(["none", "TVAE"])


def test_smote_takes_as_many_neighbours_as_there_are(iris):
    X, y = iris
    few = np.r_[0:20, 30:33, 50:52]
    rows = Augmenter(X[few], y[few], SETTINGS, 0)("SMOTE")
    assert np.bincount(rows.y).tolist() == [20, 15, 15]


def test_relabelled_is_what_the_documentation_says():
    sampler = relabelled(7)
    assert sampler.random_state == 7
    assert sampler.sampling_strategy == augment(10.0, balance=False)
    assert sampler.filter.relabel
    assert isinstance(sampler, VAEOversampler)


def test_classifiers_get_a_column_for_each_category(typed):
    X, y = fill_gaps(typed[0]), typed[1]
    settings = Settings(new_rows=augment(1.0), one_hot=True)
    n_columns = sum(len(c.cat.categories) if c.dtype == "category" else 1 for _, c in X.items())
    for arm in ("none", "random", "ADASYN", "SMOTE"):  # ADASYN gets numbers, the others the frame
        rows = Augmenter(X, y, settings, 0)(arm).X
        assert rows.shape[1] == n_columns
        assert_array_equal(rows[: len(X)], settings.coded(X))
    assert_array_equal(np.unique(settings.coded(X.select_dtypes("category"))), [0, 1])


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
    settings = Settings(new_rows=AddRows(4), only_new=True)
    augmented = Augmenter(X, y, settings, 0)("SMOTE")
    assert len(augmented.X) == 3 * 4
    assert_array_equal(np.unique(augmented.y, return_counts=True)[1], [4, 4, 4])
    assert len(Augmenter(X, y, settings, 0)("none").X) == len(X)
