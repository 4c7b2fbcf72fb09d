"""scikit-learn's and imbalanced-learn's laws for all estimators."""

import numpy as np
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.utils import estimator_checks as imblearn_checks
from sklearn.linear_model import LogisticRegression
from sklearn.utils import estimator_checks as sklearn_checks
from sklearn.utils import estimator_html_repr

from skvae import (
    GAN,
    VAE,
    VAEGAN,
    Autoencoder,
    ConditionalVAE,
    ConstraintFilter,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
    latent,
)
from skvae.model_selection import PriorCorrectedClassifier

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*break the constraint:skvae.exceptions.ConstraintViolationWarning"
)


class MostlyHolds:
    """A constraint whose name in tests' ids is the same in each process."""

    def __call__(self, rows):
        return ~(np.asarray(rows, float)[:, 0] * 1e3 % 1 > 0.8)

    def __repr__(self):
        return "mostly_holds"


# As users have them, but for the seed, which checks of equal results need.
MODELS = [
    VAE(random_state=0),
    VAE(hidden_layer_sizes=(8,), max_iter=60, early_stopping=True, random_state=0),
    # VAE's relatives, whose other defaults are its own, for fewer steps: that saves a minute.
    *(cls(max_iter=30, random_state=0) for cls in (Autoencoder, ConditionalVAE, GAN, VAEGAN)),
]
SAMPLERS = [
    VAEOversampler(random_state=0),
    MultiVAEResampler(random_state=0),
    # Rows of so few steps pass no filter.
    MultiVAEResampler(GAN(max_iter=20, random_state=0), filter=None, random_state=0),
    VAEOversampler(
        ConditionalVAE(hidden_layer_sizes=(8,), max_iter=20, random_state=0),
        latent_sampling="prior",
        random_state=0,
    ),
]
FILTERS = [
    GenerativeClassifierFilter(random_state=0),
    GenerativeClassifierFilter(
        hidden_layer_sizes=(8,), max_iter=60, cv=2, per_class=True, random_state=0
    ),
    LabelConsistencyFilter(random_state=0),
    ConstraintFilter(MostlyHolds()),
]


def with_checks_of(module, estimators):
    """Parametrize by a project's checks; as a list, because pytest refuses their generator."""
    mark = module.parametrize_with_checks(estimators).mark
    names, pairs = mark.args
    return pytest.mark.parametrize(names, list(pairs), **mark.kwargs)


@with_checks_of(sklearn_checks, MODELS)
def test_sklearn_laws_of_models(estimator, check):
    check(estimator)


@with_checks_of(sklearn_checks, [*SAMPLERS, *FILTERS])
def test_sklearn_laws_of_samplers(estimator, check):
    check(estimator)


# As in imbalanced-learn's own tests: no row of a class of random labels passes.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@with_checks_of(imblearn_checks, [*SAMPLERS, *FILTERS])
def test_imblearn_laws_of_samplers(estimator, check):
    skip_labels_of_detectors(estimator, check)
    check(estimator)


@with_checks_of(
    sklearn_checks,
    [PriorCorrectedClassifier(LogisticRegression(), RandomOverSampler(random_state=0))],
)
def test_sklearn_laws_of_classifiers(estimator, check):
    if "check_sample_weight_equivalence" in str(check):
        pytest.skip("a sampler draws as many rows as the classes have rows, not weights")
    check(estimator)


def test_html_leads_to_no_page_of_another_project():
    # scikit-learn's "?" is for the pages of a project, and these have no address yet.
    rules = [getattr(latent, name)() for name in latent.__all__ if name.endswith("Sampling")]
    assert len(rules) == 7
    for estimator in [*MODELS, *SAMPLERS, *FILTERS, *rules]:
        html = estimator_html_repr(estimator)
        assert type(estimator).__name__ in html
        assert "href=" not in html
    assert "href=" in estimator_html_repr(LogisticRegression())


def skip_labels_of_detectors(estimator, check):
    # imbalanced-learn takes whatever has `predict` for a classifier, outlier detectors too.
    if hasattr(estimator, "decision_function") and "check_classifiers" in str(check):
        pytest.skip("an outlier detector predicts -1 and 1, not labels")
