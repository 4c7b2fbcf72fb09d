"""What the model leaves unexplained of the originals, in new rows."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skvae import VAE, MultiVAEResampler, VAEOversampler
from skvae.latent._names import ROW_RULES, by_name
from skvae.metrics import sharpness_ratio
from skvae.strategies import augment

BOTH = pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
SETTINGS = {"alpha": 0.5, "noise_scale": 0.5, "k_neighbors": 5, "neighbor_pool": "class"}
# Rules whose new rows start from originals.
PARENT_RULES = [name for name in ROW_RULES if by_name(name, **SETTINGS).has_parents]
STILL = {"noise_scale": 0, "sampling_strategy": augment(1.0), "random_state": 0}


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:120], y[:120]


def image_vae():
    return VAE(2, image_shape=(8, 8), conv_channels=(4,), max_iter=20, random_state=0)


@BOTH
@pytest.mark.parametrize("pool", ["class", "all"])
def test_images_at_no_distance_from_originals_are_copies(cls, pool, digits):
    X, y = digits
    over = cls(image_vae(), latent_sampling="noise", neighbor_pool=pool, **STILL)
    X_new = over.fit_resample(X, y)[0][len(X) :]
    assert_allclose(X_new, X[over.parent_indices_[:, 0]], atol=1e-4)
    over.set_params(latent_sampling="interpolation", alpha=1.0)
    X_new = over.fit_resample(X, y)[0][len(X) :]
    assert_allclose(X_new, X[over.parent_indices_[:, 1]], atol=1e-4)


@BOTH
@pytest.mark.parametrize(
    ("rule", "alpha", "nearer"),
    [
        ("interpolation", 0.5, 0),
        ("interpolation", 0.7, 1),
        ("extrapolation", 0.7, 0),
    ],
)
def test_the_residual_is_that_of_the_nearer_original(cls, rule, alpha, nearer, digits):
    X, y = digits
    over = cls(image_vae(), latent_sampling=rule, alpha=alpha, **STILL)
    X_both, y_both = over.fit_resample(X, y)
    X_new, y_new = X_both[len(X) :], y_both[len(X) :]
    step = alpha if rule == "interpolation" else -alpha
    models = getattr(over, "estimators_", [None] * 10)
    for c, model in zip(over.classes_, models, strict=True):
        model = over.vae_ if model is None else model
        i, k = over.parent_indices_[y_new == c].T
        Z_i, Z_k = model.transform(X[i]), model.transform(X[k])
        moved = model.inverse_transform(Z_i + step * (Z_k - Z_i))
        rows, Z = ((i, Z_i), (k, Z_k))[nearer]
        expected = np.clip(moved + X[rows] - model.inverse_transform(Z), 0, 16)
        assert_allclose(X_new[y_new == c], expected, atol=1e-3)


@pytest.mark.parametrize("rule", PARENT_RULES)
def test_images_are_as_sharp_as_the_originals_only_with_residuals(rule, digits):
    X, y = digits
    frozen = FrozenEstimator(image_vae().fit(X))

    def sharpness(residuals):
        options = {"latent_sampling": rule, "sampling_strategy": augment(3.0)}
        over = VAEOversampler(frozen, residuals=residuals, **options)
        new = over.set_params(random_state=0).fit_resample(X, y)[0][len(X) :]
        return sharpness_ratio(X, new, image_shape=(8, 8))

    assert sharpness(False) < 0.5
    assert 0.75 < sharpness("auto") < 1.25
    assert sharpness("auto") == sharpness(True)


def test_unlabelled_images_at_the_end_of_the_way_are_copies(digits):
    X, y = digits
    params = {**STILL, "latent_sampling": "interpolation", "neighbor_pool": "all"}
    over = VAEOversampler(image_vae(), unlabelled=X[60:], k_neighbors=30, **params)
    X_new = over.fit_resample(X[:60], y[:60])[0][60:]
    partners = over.parent_indices_[:, 1]
    assert len(np.unique(partners[partners >= 60])) > 10
    assert_allclose(X_new, X[partners], atol=1e-4)
    assert_allclose(over.provenance()["distance"], 0, atol=1e-4)
    drawn = over.sample(20)[0]
    assert_array_equal(over.set_params(unlabelled=None).sample(20)[0], drawn)
    over.fit(X[:60], y[:60])
    assert not hasattr(over, "unlabelled_classes_")


@BOTH
def test_tables_keep_them_unless_told_not_to_and_only_where_there_are_numbers(cls):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    X["s"] = rng.choice(["p", "q", "r"], 60)
    X.loc[::4, "b"] = np.nan
    X.loc[1::3, "c"] = 0.5  # a spike
    y = np.repeat([0, 1], 30)
    # Quantiles are decoded from a table, to about three digits.
    vae = VAE(hidden_layer_sizes=(8,), quantile_transform=False, max_iter=20, random_state=0)
    over = cls(vae, missing="indicator", latent_sampling="noise", filter=None, **STILL)
    by_default = over.fit_resample(X, y)[0]
    without = over.set_params(residuals=False).fit_resample(X, y)[0].iloc[60:]
    assert np.abs(without["a"] - X["a"].iloc[over.parent_indices_[:, 0]].to_numpy()).mean() > 0.1
    new = over.set_params(residuals=True).fit_resample(X, y)[0]
    pd.testing.assert_frame_equal(new, by_default)
    new = new.iloc[60:]
    parents = X.iloc[over.parent_indices_[:, 0]]
    assert_allclose(new["a"], parents["a"], atol=1e-4)
    both = (new["b"].notna().to_numpy() & parents["b"].notna()).to_numpy()
    assert both.sum() > 20
    assert_allclose(new["b"][both], parents["b"][both], atol=1e-4)
    numbers = (new["c"].to_numpy() != 0.5) & (parents["c"].to_numpy() != 0.5)
    assert numbers.sum() > 10
    assert_allclose(new["c"][numbers], parents["c"][numbers], atol=1e-4)
    assert set(new["s"]) <= {"p", "q", "r"}
    # Without a number there is no residual: else it would make up for what stands in for one.
    vae = over.vae_ if cls is VAEOversampler else over.estimators_[0]
    values = X.assign(s=X["s"].map({"p": 0, "q": 1, "r": 2}))[:30].to_numpy(float)
    net = vae._fitted
    residuals = net.residuals(values, net.latent_means(values))
    absent = residuals[:, net.codec._number_columns] == 0
    assert_array_equal(absent[:, 1], np.isnan(values[:, 1]))
    assert_array_equal(absent[:, 2], values[:, 2] == 0.5)


def test_rows_of_the_prior_have_none(digits):
    X, y = digits
    over = MultiVAEResampler(image_vae(), sampling_strategy=augment(1.0), random_state=0)
    drawn = over.fit_resample(X, y)[0]
    assert_array_equal(over.parent_indices_, -1)
    assert_array_equal(over.set_params(residuals=False).fit_resample(X, y)[0], drawn)
    some = over.sample(5)[0]
    # What fit has not seen does not change what it left.
    assert_array_equal(over.set_params(residuals=True).sample(5)[0], some)
    for wanted in (True, np.True_):
        with pytest.raises(ValueError, match=r"residuals must be 'auto' or False where latent_"):
            over.set_params(residuals=wanted).fit(X, y)


@BOTH
def test_what_residuals_can_not_be(cls, digits):
    with pytest.raises(ValueError, match=r"The 'residuals' parameter"):
        cls(residuals="always").fit(*digits)
