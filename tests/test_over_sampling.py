"""Laws of both samplers under every latent rule, and the latent rules themselves."""

from collections import Counter

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_series_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from skvae import VAE, MultiVAEResampler, VAEOversampler, _latent
from skvae.latent._neighbors import PRIOR, RULES, any_partners, choose_partners, draw_latent
from skvae.strategies import augment

BOTH = pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
EVERY_RULE = pytest.mark.parametrize(
    ("cls", "rule"),
    [(VAEOversampler, rule) for rule in RULES]
    + [(MultiVAEResampler, rule) for rule in (PRIOR, *RULES)],
)
POOLS = pytest.mark.parametrize("pool", ["class", "all"])


def tiny(**params):
    return VAE(**{"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0, **params})


def sampler(cls, vae=None, **params):
    return cls(tiny() if vae is None else vae, **{"random_state": 0, **params})


def models(fitted):
    """The model that each class is drawn from."""
    if isinstance(fitted, MultiVAEResampler):
        return fitted.estimators_
    return [fitted.vae_] * len(fitted.classes_)


# What comes out


@EVERY_RULE
@POOLS
def test_originals_first_then_new_rows_with_their_parents(cls, rule, pool, imbalanced):
    X, y = imbalanced
    params = {"latent_sampling": rule, "neighbor_pool": pool, "sampling_strategy": augment(2.0)}
    over = sampler(cls, **params)
    X_both, y_both = over.fit_resample(X, y)
    assert_array_equal(X_both[:40], X)
    assert_array_equal(y_both[:40], y)
    assert X_both.shape == (120, 3)
    assert Counter(y_both.tolist()) == {0: 40, 1: 40, 2: 40}
    assert_array_equal(over.synthetic_mask_, np.arange(120) >= 40)
    assert over.synthetic_mask_.dtype == bool
    assert (X_both >= X.min(axis=0)).all()
    assert (X_both <= X.max(axis=0)).all()

    start, partner = over.parent_indices_.T
    assert over.parent_indices_.shape == (80, 2)
    if rule == PRIOR:
        assert_array_equal(over.parent_indices_, -1)
        return
    assert_array_equal(y[start], y_both[40:])
    assert len(set(start)) > 20
    if rule == "noise":
        assert_array_equal(partner, -1)
        return
    assert (partner != start).all()
    assert (partner >= 0).all()
    if pool == "class":
        assert_array_equal(y[partner], y[start])
    else:
        assert (y[partner] != y[start]).any()


@pytest.mark.parametrize("rule", ["interpolation", "extrapolation"])
@pytest.mark.parametrize("alpha", [0, 0.3, 2.0])
@BOTH
@POOLS
def test_new_rows_are_decoded_from_their_parents(cls, rule, alpha, pool, imbalanced):
    X, y = imbalanced
    params = {"latent_sampling": rule, "alpha": alpha, "neighbor_pool": pool}
    over = sampler(cls, sampling_strategy=augment(1.0), **params)
    X_both, y_both = over.fit_resample(X, y)
    step = alpha if rule == "interpolation" else -alpha
    for c, model in zip(over.classes_, models(over), strict=True):
        mine = y_both[40:] == c
        start, partner = (model.transform(X[i]) for i in over.parent_indices_[mine].T)
        Z = start + step * (partner - start)
        assert_allclose(X_both[40:][mine], model.inverse_transform(Z), rtol=1e-6)


@BOTH
def test_noise_of_no_scale_reconstructs(cls, imbalanced):
    X, y = imbalanced
    over = sampler(cls, latent_sampling="noise", noise_scale=0, sampling_strategy=augment())
    X_both, y_both = over.fit_resample(X, y)
    for c, model in zip(over.classes_, models(over), strict=True):
        mine = y_both[40:] == c
        Z = model.transform(X[over.parent_indices_[mine, 0]])
        assert_allclose(X_both[40:][mine], model.inverse_transform(Z), rtol=1e-6)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", {0: 20, 1: 20, 2: 20}),
        ("all", {0: 20, 1: 20, 2: 20}),
        ("not majority", {0: 20, 1: 20, 2: 20}),
        ("not minority", {0: 20, 1: 20, 2: 8}),
        ("minority", {0: 20, 1: 12, 2: 20}),
        ({1: 15, 2: 30}, {0: 20, 1: 15, 2: 30}),
        ({0: 21}, {0: 21, 1: 12, 2: 8}),
        (lambda y: {2: Counter(y)[2] + 1}, {0: 20, 1: 12, 2: 9}),
        (augment(1.0), {0: 26, 1: 27, 2: 27}),
        (augment(0.5, balance=False), {0: 30, 1: 18, 2: 12}),
        (augment(0.0), {0: 20, 1: 12, 2: 8}),
    ],
)
@BOTH
def test_quotas(cls, strategy, expected, imbalanced):
    over = sampler(cls, sampling_strategy=strategy)
    X, y = over.fit_resample(*imbalanced)
    assert Counter(y.tolist()) == expected
    assert len(X) == len(y) == len(over.synthetic_mask_)
    assert over.parent_indices_.shape == (len(X) - 40, 2)
    grown = {c: n - {0: 20, 1: 12, 2: 8}[c] for c, n in expected.items()}
    assert {c: n for c, n in over.sampling_strategy_.items() if n} == {
        c: n for c, n in grown.items() if n
    }


@BOTH
def test_quota_as_a_share_of_two_classes(cls, imbalanced):
    X, y = imbalanced
    _, y_both = sampler(cls, sampling_strategy=0.9).fit_resample(X[y < 2], y[y < 2])
    assert Counter(y_both.tolist()) == {0: 20, 1: 18}


NAMES = np.array(["few", "some", "most"])
TARGETS = {
    "-1 and +1": lambda y: np.where(y == 0, -1, 1),
    "floats": lambda y: y.astype(float),
    "strings": lambda y: NAMES[y],
    "objects": lambda y: NAMES[y].astype(object),
    "bool": lambda y: y == 0,
    "list": lambda y: NAMES[y].tolist(),
    "series": lambda y: pd.Series(y, index=np.arange(40) + 7, name="class"),
    "str series": lambda y: pd.Series(NAMES[y], dtype="str"),
    "category": lambda y: pd.Series(NAMES[y], dtype=pd.CategoricalDtype([*NAMES, "none"])),
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "boolean": lambda y: pd.Series(y == 0, dtype="boolean"),
    "frame": lambda y: pd.DataFrame({"class": y}),
    "category frame": lambda y: pd.DataFrame({"class": pd.Categorical(NAMES[y], ordered=True)}),
    "numeric category": lambda y: pd.Series(pd.Categorical(y + 10), name="class"),
    "arrow strings": lambda y: pd.Series(NAMES[y], dtype=pd.ArrowDtype(pa.string())),
    "arrow integers": lambda y: pd.Series(y, dtype=pd.ArrowDtype(pa.int16())),
    "indicator": lambda y: np.eye(3, dtype=int)[y],
}


@pytest.mark.parametrize("make", TARGETS.values(), ids=TARGETS)
@BOTH
def test_targets_come_back_as_they_were(cls, make, imbalanced):
    X, numbers = imbalanced
    y = make(numbers)
    over = sampler(cls, sampling_strategy=augment(1.0, balance=False))
    _, y_both = over.fit_resample(X, y)
    assert type(y_both) is type(y)
    if isinstance(y, pd.Series):
        assert_series_equal(y_both[:40], y.reset_index(drop=True))
    elif isinstance(y, pd.DataFrame):
        assert_frame_equal(y_both[:40], y)
    else:
        assert_array_equal(y_both[:40], y)
        assert np.asarray(y_both).dtype == np.asarray(y).dtype
    flat = [str(row) for row in np.asarray(y).tolist()]
    assert Counter(str(row) for row in np.asarray(y_both).tolist()) == Counter(flat * 2)


@EVERY_RULE
def test_frames_come_back_as_frames(cls, rule, imbalanced, mixed_frame):
    y = imbalanced[1]
    over = sampler(cls, latent_sampling=rule)
    both, _ = over.fit_resample(mixed_frame, y)
    assert_frame_equal(both[:40], mixed_frame.reset_index(drop=True))
    assert_array_equal(both.index, np.arange(60))
    assert_frame_equal(over.sample(2)[0].iloc[:0], both.iloc[:0])
    assert_array_equal(over.feature_names_in_, mixed_frame.columns)


@BOTH
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame, lambda X: X.tolist()])
def test_originals_that_no_float_can_hold(cls, container, imbalanced):
    y = imbalanced[1]
    X = container(2**53 + 1 + 2 * np.arange(80).reshape(40, 2))
    both, _ = sampler(cls).fit_resample(X, y)
    assert type(both) is type(X)
    assert_array_equal(np.asarray(both)[:40], np.asarray(X))
    assert np.asarray(both).dtype == np.int64


@BOTH
def test_float32_stays(cls, imbalanced):
    X, y = imbalanced
    both, _ = sampler(cls).fit_resample(X.astype("float32"), y)
    assert both.dtype == "float32"
    assert_array_equal(both[:40], X.astype("float32"))


# sample


@EVERY_RULE
@POOLS
def test_sample(cls, rule, pool, imbalanced):
    X, y = imbalanced
    over = sampler(cls, latent_sampling=rule, neighbor_pool=pool).fit(X, y)
    rows, labels = over.sample(7, y=2)
    assert rows.shape == (7, 3)
    assert_array_equal(labels, [2] * 7)
    assert labels.dtype == y.dtype
    wanted = [2, 0, 1, 0, 2]
    rows, labels = over.sample(5, y=wanted)
    assert_array_equal(labels, wanted)
    assert_array_equal(over.sample(5, y=pd.Series(wanted))[0], rows)
    assert not hasattr(over, "synthetic_mask_")


@BOTH
def test_sample_by_shares(cls, imbalanced):
    _, labels = sampler(cls).fit(*imbalanced).sample(4000)
    assert_allclose(np.bincount(labels) / 4000, [0.5, 0.3, 0.2], atol=0.04)


def test_sampled_rows_belong_to_the_class_that_was_asked_for():
    rng = np.random.default_rng(0)
    y = np.repeat(["low", "high"], 30)
    X = rng.normal(size=(60, 2)) + np.where(y == "low", 0, 20)[:, None]
    vae = tiny(max_iter=300, learning_rate_init=1e-2)
    for over in (
        sampler(MultiVAEResampler, vae),
        sampler(VAEOversampler, vae, latent_sampling="interpolation"),
    ):
        rows, labels = over.fit(X, y).sample(40, y=np.tile(["high", "low"], 20))
        assert_array_equal(rows[:, 0] > 10, labels == "high")


@BOTH
def test_fit_resample_after_fit_draws_the_same_as_alone(cls, imbalanced):
    X, y = imbalanced
    again = sampler(cls).fit(X, y).fit_resample(X, y)
    assert_array_equal(again[0], sampler(cls).fit_resample(X, y)[0])


# Models


@BOTH
def test_unfitted_model_is_cloned(cls, imbalanced):
    vae = tiny()
    sampler(cls, vae).fit(*imbalanced)
    with pytest.raises(NotFittedError):
        check_is_fitted(vae)


@BOTH
def test_fitted_model_that_is_not_frozen_is_trained_anew(cls, imbalanced):
    X, y = imbalanced
    vae = tiny().fit(100 * X)
    Z = vae.transform(X)
    over = sampler(cls, vae).fit(X, y)
    assert all(model is not vae for model in models(over))
    assert_allclose(models(over)[0]._codec.numbers.scaler.max_, X.max(axis=0))
    assert_array_equal(vae.transform(X), Z)


@pytest.mark.parametrize(
    ("cls", "rule"), [(c, r) for c in (VAEOversampler, MultiVAEResampler) for r in RULES]
)
def test_frozen_model_is_used_as_it_is(cls, rule, imbalanced, request):
    X, y = imbalanced
    frozen = FrozenEstimator(tiny().fit(X))
    before = joblib.hash(frozen.estimator)
    request.getfixturevalue("no_training")
    over = sampler(cls, frozen, latent_sampling=rule)
    over.fit_resample(X, y)
    over.sample(3)
    assert all(model is frozen.estimator for model in models(over))
    assert joblib.hash(frozen.estimator) == before


def test_frozen_model_of_frames_in_a_clone(imbalanced, mixed_frame):
    frozen = FrozenEstimator(tiny().fit(mixed_frame))
    over = clone(sampler(VAEOversampler, frozen)).fit(mixed_frame, imbalanced[1])
    assert over.vae_ is frozen.estimator
    assert over.sample(3)[0].dtypes.tolist() == mixed_frame.dtypes.tolist()


@pytest.mark.parametrize("rule", [PRIOR, *RULES])
def test_frozen_models_of_each_class_are_used_as_they_are(rule, imbalanced, mixed_frame, request):
    y = imbalanced[1]
    frozen = FrozenEstimator(sampler(MultiVAEResampler).fit(mixed_frame, y))
    before = joblib.hash(frozen.estimator)
    request.getfixturevalue("no_training")
    over = clone(sampler(MultiVAEResampler, frozen, latent_sampling=rule))
    over.fit_resample(mixed_frame, y)
    some = y != 1
    assert_array_equal(over.sample(3, 2)[1], 2)
    assert all(a is b for a, b in zip(over.estimators_, frozen.estimator.estimators_, strict=True))
    # Each class has its own model, also where the others are not there.
    over.fit(mixed_frame[some], y[some])
    assert over.estimators_ == [frozen.estimator.estimators_[k] for k in (0, 2)]
    assert joblib.hash(frozen.estimator) == before


def test_frozen_models_know_missing_values(imbalanced):
    X, y = imbalanced
    X[::5, 0] = np.nan
    own = sampler(MultiVAEResampler, tiny(missing="indicator")).fit(X, y)
    lent = sampler(MultiVAEResampler, FrozenEstimator(own)).fit(X, y)
    assert_array_equal(lent.sample(5, 1)[0], own.sample(5, 1)[0])


def test_single_model_equals_one_trained_alone(imbalanced, mixed_frame):
    y = imbalanced[1]
    over = sampler(VAEOversampler).fit(mixed_frame, y)
    alone = clone(over.vae_).fit(mixed_frame)
    assert_array_equal(over.vae_.transform(mixed_frame), alone.transform(mixed_frame))
    assert_frame_equal(over.vae_.sample(3), alone.sample(3))


@pytest.mark.parametrize("params", [{}, {"denoising_std": 0.1}, {"early_stopping": True}])
def test_each_class_model_equals_one_trained_alone(params, imbalanced):
    X, y = imbalanced
    # Every class spans the same ranges, so that alone its rows are scaled alike.
    for c in range(3):
        X[np.flatnonzero(y == c)[:2]] = X.min(axis=0), X.max(axis=0)
    over = sampler(MultiVAEResampler, tiny(max_iter=60, **params)).fit(X, y)
    assert len({model.random_state for model in over.estimators_}) == 3
    for c, model in enumerate(over.estimators_):
        alone = clone(model).fit(X[y == c])
        assert_allclose(model.transform(X), alone.transform(X), atol=1e-4)
        assert_allclose(model.loss_curve_, alone.loss_curve_, rtol=1e-4)
        assert_allclose(model.sample(4), alone.sample(4), atol=1e-3)


def test_class_models_learn_different_things(imbalanced):
    X, y = imbalanced
    over = sampler(MultiVAEResampler).fit(X, y)
    Z = [model.transform(X) for model in over.estimators_]
    assert not np.allclose(Z[0], Z[1])
    assert not np.allclose(Z[1], Z[2])


@BOTH
def test_models_know_the_frame(cls, imbalanced, mixed_frame):
    # transform would warn of missing names, and warnings are errors here.
    for model in models(sampler(cls).fit(mixed_frame, imbalanced[1])):
        assert model.transform(mixed_frame).shape == (40, 2)
        assert_array_equal(model.feature_names_in_, mixed_frame.columns)
        assert model.sample(2).dtypes.tolist() == mixed_frame.dtypes.tolist()


@pytest.mark.parametrize(
    ("n_own", "fraction", "n_others"), [(40, 0.2, 10), (40, 0.5, 40), (90, 0.2, 10), (40, 0.0, 0)]
)
def test_mixed_rows_are_a_share_of_the_whole(n_own, fraction, n_others):
    own = np.random.default_rng(0).permutation(100)[:n_own]
    over = MultiVAEResampler(mix_fraction=fraction)
    rows = over._mix(own, 100, np.random.RandomState(0))
    assert_array_equal(rows[:n_own], own)
    others = rows[n_own:]
    assert len(others) == len(set(others)) == n_others
    assert not set(others) & set(own)


def test_mixed_rows_reach_the_training(imbalanced):
    X, y = imbalanced
    X = X + 50 * y[:, None]
    low = [
        sampler(MultiVAEResampler, tiny(max_iter=200), mix_fraction=f).fit(X, y).sample(300, y=0)[0]
        for f in (0.0, 0.5)
    ]
    assert low[1].max() > low[0].max() + 10


@BOTH
def test_divergence_warns_and_still_draws_finite_rows(cls, imbalanced):
    over = sampler(cls, tiny(learning_rate_init=1e30))
    with pytest.warns(ConvergenceWarning, match="at step 1 of 20"):
        X, _ = over.fit_resample(*imbalanced)
    assert np.isfinite(X).all()


# Reproducibility


@EVERY_RULE
def test_same_seed_same_rows_other_seed_other(cls, rule, imbalanced):
    X, y = imbalanced
    vae = tiny(random_state=None)
    a, b, c = (
        sampler(cls, vae, latent_sampling=rule, random_state=seed).fit_resample(X, y)[0]
        for seed in (0, 0, 1)
    )
    assert_array_equal(a, b)
    assert not np.allclose(a[40:], c[40:])


@BOTH
def test_seed_of_the_model_governs_its_training(cls, imbalanced):
    X, y = imbalanced
    first, second = (sampler(cls, random_state=seed).fit(X, y) for seed in (0, 1))
    for a, b in zip(models(first), models(second), strict=True):
        assert_array_equal(a.transform(X), b.transform(X))
    assert not np.allclose(first.sample(5, y=0)[0], second.sample(5, y=0)[0])


@BOTH
@pytest.mark.parametrize("seed", [0, np.random.RandomState(0)], ids=["int", "RandomState"])
def test_sample_repeats_with_an_integer_seed_only(cls, seed, imbalanced):
    over = sampler(cls, random_state=seed).fit(*imbalanced)
    first, second = over.sample(5, y=0)[0], over.sample(5, y=0)[0]
    assert (first == second).all() == isinstance(seed, int)


@EVERY_RULE
def test_global_random_states_are_left_alone(cls, rule, imbalanced, random_states):
    before = random_states()
    over = sampler(cls, latent_sampling=rule)
    over.fit_resample(*imbalanced)
    over.sample(3)
    assert random_states() == before


@BOTH
@pytest.mark.parametrize("rule", ["noise", "interpolation"])
def test_round_trip_of_a_fitted_sampler(cls, rule, copied, imbalanced):
    over = sampler(cls, latent_sampling=rule, sampling_strategy=augment()).fit(*imbalanced)
    again = copied(over)
    assert_array_equal(again.sample(6)[0], over.sample(6)[0])
    assert_array_equal(again.fit_resample(*imbalanced)[0], over.fit_resample(*imbalanced)[0])


@BOTH
def test_input_is_not_changed(cls, imbalanced):
    X, y = imbalanced
    X_before, y_before = X.copy(), y.copy()
    both, _ = sampler(cls).fit_resample(X, y)
    both[:] = 0
    assert_array_equal(X, X_before)
    assert_array_equal(y, y_before)


# Pipelines


@BOTH
def test_cross_validation_in_a_pipeline(cls, imbalanced):
    X, y = imbalanced
    pipeline = make_pipeline(StandardScaler(), sampler(cls, k_neighbors=3), GaussianNB())
    scores = cross_val_score(pipeline, X, y, cv=3, scoring="f1_weighted", error_score="raise")
    assert scores.shape == (3,)
    assert (scores > 0).all()


def test_grid_search_reaches_the_model(imbalanced):
    X, y = imbalanced
    pipeline = make_pipeline(sampler(VAEOversampler, k_neighbors=3), GaussianNB())
    grid = {"vaeoversampler__vae__beta": [0.1, 5.0]}
    search = GridSearchCV(pipeline, grid, cv=2, scoring="f1_weighted", error_score="raise")
    search.fit(X, y)
    best = search.best_params_["vaeoversampler__vae__beta"]
    assert search.best_estimator_[0].vae_.beta_ == best
    assert len(search.cv_results_["params"]) == 2


@BOTH
def test_pipeline_on_frames(cls, imbalanced, mixed_frame):
    y = pd.Series(NAMES[imbalanced[1]], index=mixed_frame.index, dtype="category")
    frame = mixed_frame.drop(columns="sparse")
    pipeline = make_pipeline(sampler(cls), GaussianNB()).fit(frame, y)
    assert_array_equal(pipeline[-1].feature_names_in_, frame.columns)
    assert pipeline[-1].class_count_.tolist() == [20, 20, 20]
    assert set(pipeline.predict(frame)) <= set(NAMES)


# Latent rules


@pytest.fixture
def latent():
    rng = np.random.default_rng(0)
    return rng.normal(size=(500, 2)), rng.normal(size=(500, 2))


def draw(rule, means, partners=None, alpha=0.5, noise_scale=0.25, seed=0):
    rng = np.random.RandomState(seed)
    return draw_latent(rule, means, partners, alpha=alpha, noise_scale=noise_scale, rng=rng)


def test_interpolation_goes_from_the_row_to_its_partner(latent):
    means, partners = latent
    assert_allclose(draw("interpolation", means, partners, alpha=0), means)
    assert_allclose(draw("interpolation", means, partners, alpha=1), partners)
    half = draw("interpolation", means, partners, alpha=0.5)
    assert (half >= np.minimum(means, partners)).all()
    assert (half <= np.maximum(means, partners)).all()


@pytest.mark.parametrize("alpha", [0.3, 1.0, 2.0])
def test_extrapolation_is_interpolation_mirrored_at_the_row(latent, alpha):
    means, partners = latent
    towards = draw("interpolation", means, partners, alpha)
    away = draw("extrapolation", means, partners, alpha)
    assert_allclose(towards + away, 2 * means)
    assert not np.allclose(towards, away)


@pytest.mark.parametrize("rule", ["noise", "interpolation+noise", "extrapolation+noise"])
def test_noise_is_standard_normal_times_its_scale(latent, rule):
    means, partners = latent[0], None if rule == "noise" else latent[1]
    silent = draw(rule, means, partners, noise_scale=0)
    assert_allclose(silent, draw(rule.removesuffix("+noise"), means, partners, noise_scale=0))
    noise = draw(rule, means, partners, noise_scale=0.5) - silent
    assert_allclose(noise.mean(axis=0), 0, atol=0.1)
    assert_allclose(noise.std(axis=0), 0.5, rtol=0.1)
    assert_allclose(draw(rule, means, partners, noise_scale=2.0) - silent, 4 * noise)


@pytest.mark.parametrize("rule", RULES)
def test_latent_dtype_and_inputs_stay(latent, rule):
    means, partners = (a.astype("float32") for a in latent)
    before = means.copy()
    Z = draw(rule, means, None if rule == "noise" else partners)
    assert Z.dtype == "float32"
    assert_array_equal(means, before)


@pytest.mark.parametrize("k", [1, 4, 29])
@pytest.mark.parametrize("query", [7, 65_536])
def test_partners_are_among_the_nearest_by_brute_force(k, query, monkeypatch):
    monkeypatch.setattr(_latent, "_QUERY", query)
    pool = np.random.default_rng(0).normal(size=(30, 2))
    chosen = np.random.RandomState(0).randint(30, size=3000)
    partners = choose_partners(pool, chosen, k, np.random.RandomState(0))
    distances = np.linalg.norm(pool[:, None] - pool, axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argsort(axis=1)[:, :k]
    assert all(p in nearest[c] for c, p in zip(chosen, partners, strict=True))
    # Each of the k is drawn about as often: at 3000 / 30 draws a row, in the sum over rows.
    rank = (nearest[chosen] == partners[:, None]).argmax(axis=1)
    assert_allclose(np.bincount(rank, minlength=k) / 3000, 1 / k, atol=4 * np.sqrt(1 / k / 3000))


@pytest.mark.parametrize("k", [1, 3])
def test_no_row_is_its_own_partner_even_among_twins(k):
    pool = np.repeat([[0.0, 0.0], [5.0, 5.0]], [12, 4], axis=0)
    chosen = np.tile(np.arange(16), 50)
    partners = choose_partners(pool, chosen, k, np.random.RandomState(0))
    assert (partners != chosen).all()
    assert_array_equal(pool[partners], pool[chosen])


# Targets in other forms


@pytest.mark.parametrize("n_columns", [2, 3, 5])
@pytest.mark.parametrize("container", [np.asarray, np.ndarray.tolist, pd.DataFrame])
@BOTH
def test_one_hot_targets_keep_their_columns(cls, n_columns, container):
    resampler = sampler(cls)
    X = np.random.default_rng(0).random((40, 3))
    y = np.eye(n_columns, dtype=np.int64)[[0] * 25 + [n_columns - 1] * 15]
    X_resampled, y_resampled = resampler.fit_resample(X, container(y))
    assert isinstance(y_resampled, type(container(y)))
    assert_array_equal(np.asarray(y_resampled)[:40], y)
    assert_array_equal(np.sum(y_resampled, axis=0)[[0, n_columns - 1]], [25, 25])
    assert len(X_resampled) == 50


@BOTH
def test_large_nullable_labels_stay_apart(cls):
    resampler = sampler(cls)
    X = np.random.default_rng(0).random((40, 3))
    labels = np.array([2**53, 2**53 + 1])
    y = pd.Series(labels[[0] * 25 + [1] * 15], dtype="Int64", name="patient")
    _, y_resampled = resampler.fit_resample(X, y)
    assert y_resampled.dtype == "Int64"
    assert y_resampled.name == "patient"
    assert y_resampled.value_counts().to_dict() == dict.fromkeys(labels.tolist(), 25)
    assert_array_equal(resampler.classes_, labels)


# A fit that fails, parameters that change, and numbers that are too large


@BOTH
def test_failed_fit_is_no_fit(cls):
    resampler = sampler(cls)
    X, y = np.random.default_rng(0).random((40, 3)), np.repeat([0, 1], [25, 15])
    resampler.fit(X, y)
    with pytest.raises(ValueError, match="has 1 row"):
        resampler.fit(X, np.repeat([5, 6, 7], [20, 19, 1]))
    with pytest.raises(NotFittedError):
        resampler.sample(2)


@BOTH
def test_parameters_set_after_fit_wait_for_the_next(cls):
    resampler = sampler(cls)
    X, y = np.random.default_rng(0).random((40, 3)), np.repeat([0, 1], [25, 15])
    expected = resampler.fit(X, y).sample(3, y=1)[0]
    other = "noise" if resampler.latent_sampling != "noise" else "interpolation"
    resampler.set_params(latent_sampling=other, neighbor_pool="all")
    assert_array_equal(resampler.sample(3, y=1)[0], expected)


def test_latent_vectors_beyond_the_numbers_are_refused():
    X, y = np.random.default_rng(0).random((40, 3)).astype(np.float32), np.repeat([0, 1], [25, 15])
    resampler = sampler(VAEOversampler, noise_scale=1e39)
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="alpha and noise_scale"):
        resampler.fit_resample(X, y)


# Unlabelled rows


@pytest.fixture
def clusters():
    """Two rows of each of three well-parted clusters, and 60 rows of them without labels."""
    rng = np.random.default_rng(0)
    centres = 8 * np.eye(3)
    y_all = np.repeat([0, 1, 2], 22)
    X_all = centres[y_all] + rng.normal(size=(66, 3))
    labelled = np.r_[0:2, 22:24, 44:46]
    hidden = np.setdiff1d(np.arange(66), labelled)
    return X_all[labelled], y_all[labelled], X_all[hidden], y_all[hidden]


def informed(X_u, **params):
    vae = VAE(3, beta=0.05, max_iter=400, random_state=0)
    return VAEOversampler(vae, unlabelled=X_u, **{"random_state": 0, **params})


def test_unlabelled_rows_are_partners_of_the_class_that_reaches_them(clusters):
    X, y, X_u, y_u = clusters
    over = informed(X_u, sampling_strategy=augment(20.0))
    X_both, y_both = over.fit_resample(X, y)
    assert len(X_both) == 6 * 21
    known = over.unlabelled_classes_
    sure = np.array([c is not None for c in known])
    assert sure.mean() > 0.8
    assert (known[sure] == y_u[sure]).mean() > 0.95
    partners = over.parent_indices_[:, 1]
    from_hidden = partners >= len(X)
    assert from_hidden.mean() > 0.7
    hidden_class = known[partners[from_hidden] - len(X)]
    assert_array_equal(hidden_class, y_both[6:][from_hidden])
    # The few originals alone say little of how far their clusters reach.
    alone = informed(None, k_neighbors=1, sampling_strategy=augment(20.0)).fit_resample(X, y)[0][6:]
    spread = [
        np.mean([rows[y_both[6:] == c].std(axis=0) for c in range(3)])
        for rows in (X_both[6:], alone)
    ]
    assert spread[0] > spread[1]


def test_unlabelled_rows_join_the_training_of_a_model_that_is_not_frozen(clusters):
    X, y, X_u, _ = clusters
    trained = informed(X_u).fit(X, y).vae_
    alone = VAE(3, beta=0.05, max_iter=400, random_state=0)
    alone.set_params(random_state=trained.random_state).fit(np.concatenate([X, X_u]))
    assert_allclose(trained.transform(X), alone.transform(X), rtol=1e-5, atol=1e-6)
    frozen = FrozenEstimator(alone)
    over = VAEOversampler(frozen, unlabelled=X_u, random_state=0).fit(X, y)
    assert over.vae_ is alone


@pytest.mark.parametrize(
    ("n_labelled", "n_unlabelled", "share"),
    [(2, 99, 30 / 31), (10, 3, 3 / 12), (300, 99, 30 / 329), (1, 3, 1.0), (3, 0, 0.0)],
)
def test_unlabelled_rows_weigh_as_thirty_labelled_ones_at_most(n_labelled, n_unlabelled, share):
    rng = np.random.RandomState(0)
    chosen = rng.randint(n_labelled, size=20_000)
    partners = any_partners(n_labelled, n_unlabelled, chosen, rng)
    assert (partners != chosen).all()
    assert len(np.unique(partners)) == n_labelled * (n_labelled > 1) + n_unlabelled
    assert_allclose((partners >= n_labelled).mean(), share, atol=0.01)


@pytest.mark.parametrize("pool", ["class", "all"])
def test_a_step_goes_all_the_way_to_an_unlabelled_partner(pool, clusters):
    X, y, X_u, _ = clusters
    over = informed(X_u, latent_sampling="interpolation", neighbor_pool=pool)
    over.set_params(sampling_strategy=augment(5.0))
    X_new = over.fit_resample(X, y)[0][6:]
    partners = np.concatenate([X, X_u])[over.parent_indices_[:, 1]]
    vae = over.vae_
    assert_allclose(X_new, vae.inverse_transform(vae.transform(partners)), rtol=1e-4, atol=1e-4)
    half = over.set_params(alpha=0.5).fit_resample(X, y)[0][6:]
    assert not np.allclose(half, X_new, atol=0.1)


def test_unlabelled_frames_may_hold_symbols_of_their_own(clusters):
    X, y, X_u, y_u = clusters
    names = np.array(["p", "q", "r"])
    X = pd.DataFrame(X, columns=list("abc")).assign(s=names[0])
    X_u = pd.DataFrame(X_u, columns=list("abc")).assign(s=names[y_u])
    over = informed(X_u, sampling_strategy=augment(2.0))
    X_both, _ = over.fit_resample(X, y)
    assert set(X_both["s"]) <= set(names)
    assert len(over.provenance()) == 12
    with pytest.raises(ValueError, match=r"unlabelled must have the columns of X in their order"):
        informed(X_u[["s", "a", "b", "c"]]).fit(X, y)
    with pytest.raises(ValueError, match=r"unlabelled must be a DataFrame as X is, got a ndarray"):
        informed(X_u.to_numpy()).fit(X, y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X_u: X_u[:, :2], r"unlabelled must have as many columns as X, got shapes \(60, 2"),
        (lambda X_u: X_u[:0], r"unlabelled must have at least 1 row, got none"),
        (lambda X_u: np.where(X_u > 8, np.nan, X_u), r"X contains NaN in column"),
        (lambda X_u: 3, r"The 'unlabelled' parameter of VAEOversampler must be an array-like"),
    ],
    ids=["columns", "none", "NaN", "number"],
)
def test_unlabelled_rows_that_can_not_be_used(change, message, clusters):
    X, y, X_u, _ = clusters
    over = informed(change(X_u), sampling_strategy=augment(1.0))
    with pytest.raises(ValueError, match=message):
        over.fit(X, y)


def test_a_sampler_of_unlabelled_rows_can_be_cloned_and_searched(clusters):
    X, y, X_u, _ = clusters
    over = clone(informed(X_u))
    assert_array_equal(over.unlabelled, X_u)
    pipeline = make_pipeline(over.set_params(sampling_strategy=augment(5.0)), GaussianNB())
    assert pipeline.fit(X, y).score(X, y) == 1
