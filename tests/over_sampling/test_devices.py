"""Devices of the models that samplers bring, and of those that they are handed."""

import pytest
from sklearn.frozen import FrozenEstimator

from tests.helpers import BOTH, begins, models, tiny


@BOTH
@pytest.mark.parametrize("bring", [True, False], ids=["own model", "a model on auto"])
def test_models_train_where_the_sampler_says(cls, bring, imbalanced):
    over = cls(None if bring else tiny(), device="cpu", random_state=0).fit(*imbalanced)
    assert {model.device for model in models(over)} == {"cpu"}


@BOTH
def test_a_model_with_a_device_keeps_it(cls, imbalanced):
    over = cls(tiny(device="cpu:0"), device="cpu", random_state=0).fit(*imbalanced)
    assert {model.device for model in models(over)} == {"cpu:0"}


@BOTH
@pytest.mark.parametrize("bring", [None, tiny(device="cpu"), "frozen"])
def test_a_device_that_is_none_is_refused(cls, bring, imbalanced, request):
    if bring == "frozen":
        bring = FrozenEstimator(tiny().fit(imbalanced[0]))
    request.getfixturevalue("no_training")
    message = "device must be 'auto' or a torch device of this machine, got 'no such device'"
    with pytest.raises(ValueError, match=begins(message)):
        cls(bring, latent_sampling="noise", device="no such device").fit(*imbalanced)
