"""Devices of the models that samplers bring, and of those that they are handed."""

import pytest
from sklearn.frozen import FrozenEstimator

from skvae import VAE
from tests.helpers import BOTH, begins, models, tiny


@BOTH
@pytest.mark.parametrize("bring", [True, False], ids=["own model", "a model on auto"])
def test_models_train_where_the_sampler_says(cls, bring, imbalanced):
    over = cls(None if bring else tiny(), device="cpu", random_state=0).fit(*imbalanced)
    assert {model.device for model in models(over)} == {"cpu"}


@BOTH
def test_a_model_with_a_device_keeps_it(cls, imbalanced):
    over = cls(tiny(device="cpu"), device="no such device", random_state=0).fit(*imbalanced)
    assert {model.device for model in models(over)} == {"cpu"}


@BOTH
def test_a_device_that_is_none_is_refused(cls, imbalanced, no_training):
    message = "device must be 'auto' or a torch device of this machine, got 'no such device'"
    with pytest.raises(ValueError, match=begins(message)):
        cls(device="no such device").fit(*imbalanced)


@BOTH
def test_a_frozen_model_needs_none(cls, imbalanced):
    frozen = FrozenEstimator(VAE(max_iter=5, random_state=0).fit(imbalanced[0]))
    cls(frozen, latent_sampling="noise", device="no such device").fit(*imbalanced)
