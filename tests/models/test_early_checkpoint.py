"""The model of an earlier step that a fit may keep."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from tests.helpers import VAE_, fresh


@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
def test_early_checkpoint_is_a_model_of_its_own(imbalanced, share):
    X, _ = imbalanced
    vae = fresh(VAE_, early_checkpoint=share, random_state=0).fit(X)
    Z = np.random.default_rng(0).normal(size=(5, 10))
    same = np.allclose(vae.early_vae_.inverse_transform(Z), vae.inverse_transform(Z))
    assert same == (share == 1.0)
    assert_allclose(
        vae.inverse_transform(Z), fresh(VAE_, random_state=0).fit(X).inverse_transform(Z)
    )


def test_early_checkpoint_is_kept_only_when_asked(imbalanced):
    vae = fresh(VAE_, early_checkpoint=0.5).fit(imbalanced[0])
    assert hasattr(vae, "early_vae_")
    assert not hasattr(vae.set_params(early_checkpoint=None).fit(imbalanced[0]), "early_vae_")
    for share in (0, 1.5):
        with pytest.raises(ValueError, match="early_checkpoint"):
            vae.set_params(early_checkpoint=share).fit(imbalanced[0])


def test_an_early_checkpoint_is_what_a_shorter_training_gives(imbalanced):
    frame = pd.DataFrame(imbalanced[0], columns=list("abc"))
    early = fresh(VAE_, early_checkpoint=0.5, random_state=0).fit(frame).early_vae_
    shorter = fresh(VAE_, max_iter=10, random_state=0).fit(frame)
    assert_allclose(early.transform(frame), shorter.transform(frame), atol=1e-5)
    assert list(early.feature_names_in_) == ["a", "b", "c"]
    assert early.n_features_in_ == 3
    assert list(early.sample(2).columns) == ["a", "b", "c"]


def test_training_that_stops_before_its_checkpoint_ends_with_it(imbalanced):
    X, _ = imbalanced
    vae = fresh(
        VAE_, max_iter=2000, early_stopping=True, tol=1e9, early_checkpoint=0.9, random_state=0
    ).fit(X)
    assert vae.n_iter_ < 1800
    assert_allclose(vae.early_vae_.transform(X), vae.transform(X))
