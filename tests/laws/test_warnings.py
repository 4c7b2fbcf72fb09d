"""Every warning names the user's line, whatever lies between it and the place that warns."""

import threading
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.base import clone
from sklearn.ensemble import IsolationForest
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

import skvae
from skvae import (
    GAN,
    VAE,
    VAEGAN,
    Autoencoder,
    ConditionalVAE,
    GenerativeClassifierFilter,
    LabelConsistencyFilter,
    MultiVAEResampler,
    VAEOversampler,
)
from skvae.exceptions import (
    IdentifierWarning,
    LatentCollapseWarning,
    NeighborsReducedWarning,
    RefitWarning,
)
from skvae.metrics import report
from tests.helpers import Detector

Y = np.repeat([0, 1, 2], [20, 12, 8])
X = np.random.default_rng(0).random((40, 4))
X[Y == 2] = X[Y == 0][:8]  # rows of class 2 look like rows of class 0


def behind(estimator):
    return make_pipeline(estimator, GaussianNB())


# Calls, each in the one line that a warning has to name.
WAYS = {
    "fit": lambda e: e.fit(X, Y),
    "fit_transform": lambda e: e.fit_transform(X),
    "fit_resample": lambda e: e.fit_resample(X, Y),
    "fit_predict": lambda e: e.fit_predict(X),
    "sample": lambda e: e.sample(9, y=1),
    "pipeline": lambda e: behind(e).fit(X, Y),
    "clone": lambda e: clone(behind(e)).fit(X, Y),
    "end of a pipeline": lambda e: make_pipeline(StandardScaler(), e).fit_resample(X, Y),
    "cross-validation": lambda e: cross_val_score(behind(e), X, Y, cv=2, error_score="raise"),
    "search": lambda e: GridSearchCV(behind(e), {}, cv=2, error_score="raise").fit(X, Y),
    "report": lambda e: report(e, X, Y, random_state=0),
}
AROUND = ["pipeline", "clone", "cross-validation", "search"]
OF_MODELS = ["fit", "fit_transform", *AROUND]
OF_FILTERS = ["fit_resample", "end of a pipeline", *AROUND]
OF_TRAINING = ["fit", "report", *OF_FILTERS]
OF_DRAWING = ["sample", "report", *OF_FILTERS]

FEW = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}
TINY = VAE(**FEW)
COLLAPSING = VAE(2, **{**FEW, "max_iter": 40}, beta=500.0, learning_rate_init=1e-2)
ENDLESS = {**FEW, "learning_rate_init": 1e30}
DIVERGING = VAE(**ENDLESS)
DIVERGING_FILTER = GenerativeClassifierFilter(cv=2, **FEW, learning_rate_init=1e30)
STRICT = GenerativeClassifierFilter(cv=2, **FEW, rejection_rate=0.99)
LABELS = LabelConsistencyFilter(GaussianNB(), cv=2, random_state=0)


def of_samplers(said, vae, warning, message, ways, **params):
    params = {"latent_sampling": "interpolation", "random_state": 0, "k_neighbors": 1, **params}
    return [
        (f"{cls.__name__} {said}", cls(vae, **params), warning, message, ways)
        for cls in (VAEOversampler, MultiVAEResampler)
    ]


COLLAPSE = LatentCollapseWarning, "No latent dimension is active"
DIVERGENCE = ConvergenceWarning, "stopped being finite"
NOT_SETTLED = ConvergenceWarning, "Only 0 of"
NONE_LEFT = ConvergenceWarning, "keeps none of the"
PROVOKED = [
    ("VAE that collapses", COLLAPSING, *COLLAPSE, OF_MODELS),
    ("VAE that diverges", DIVERGING, *DIVERGENCE, OF_MODELS),
    ("Autoencoder that diverges", Autoencoder(**ENDLESS), *DIVERGENCE, ["fit", "pipeline"]),
    ("ConditionalVAE that diverges", ConditionalVAE(**ENDLESS), *DIVERGENCE, ["fit", "pipeline"]),
    ("GAN that diverges", GAN(**ENDLESS), *DIVERGENCE, ["fit"]),
    ("VAEGAN that diverges", VAEGAN(**ENDLESS), *DIVERGENCE, ["fit", "pipeline"]),
    *of_samplers("that collapses", COLLAPSING, *COLLAPSE, OF_TRAINING),
    *of_samplers("that diverges", DIVERGING, *DIVERGENCE, OF_TRAINING),
    *of_samplers(
        "whose filter diverges", TINY, *DIVERGENCE, OF_TRAINING, filter=DIVERGING_FILTER
    ),
    *of_samplers(
        "of few neighbours", TINY, NeighborsReducedWarning, "k_neighbors must be smaller",
        OF_DRAWING, k_neighbors=50,
    ),
    *of_samplers(
        "whose filter lets nothing pass", TINY, *NOT_SETTLED, OF_DRAWING, filter=Detector(0.0),
        max_draws=1,
    ),
    ("filter that diverges", DIVERGING_FILTER, *DIVERGENCE, ["fit", "fit_predict", *OF_FILTERS]),
    ("filter of noise that keeps none", STRICT, *NONE_LEFT, OF_FILTERS),
    ("filter of labels that keeps none", LABELS, *NONE_LEFT, OF_FILTERS),
]  # fmt: skip


@pytest.mark.parametrize(
    ("estimator", "warning", "message", "way"),
    [
        pytest.param(estimator, warning, message, way, id=f"{name}: {way}")
        for name, estimator, warning, message, ways in PROVOKED
        for way in ways
    ],
)
def test_warnings_name_the_line_of_the_call(estimator, warning, message, way):
    call, estimator = WAYS[way], clone(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if way == "sample":
            estimator.fit(X, Y)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call(estimator)
    assert any(w.category is warning and message in str(w.message) for w in said)
    places = {(w.filename, w.lineno) for w in said}
    assert places == {(__file__, call.__code__.co_firstlineno)}


FITTED = VAE(**FEW).fit(X)
REFIT = "^{} is fitted already, but a clone of it is trained: put it into a sklearn.frozen"


@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
def test_fitted_parts_that_are_trained_again_are_told(cls):
    fitted_filter = clone(LABELS).fit(X, Y)
    for name, params in (
        ("vae", {"vae": FITTED}),
        ("filter", {"filter": fitted_filter}),
        ("filter", {"filter": [Detector(0.5), fitted_filter]}),
        ("filter", {"filter": IsolationForest().fit(X)}),
    ):
        over = cls(**{"vae": TINY, "filter": None, "random_state": 0, **params})
        with pytest.warns(RefitWarning, match=REFIT.format(name)) as said:
            over.fit(X, Y)
        refits = [w for w in said if w.category is RefitWarning]
        assert len(refits) == 1
        assert refits[0].filename == __file__


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
def test_clones_and_frozen_parts_are_not_told(cls):
    over = cls(FITTED, random_state=0)
    behind_over = behind(over)
    cross_val_score(behind_over, X, Y, cv=2, error_score="raise")
    GridSearchCV(behind_over, {}, cv=2, error_score="raise").fit(X, Y)
    rule = "noise"
    cls(FrozenEstimator(FITTED), latent_sampling=rule, random_state=0).fit(X, Y).fit(X, Y)
    again = cls(TINY, filter=FrozenEstimator(clone(LABELS).fit(X, Y)), random_state=0).fit(X, Y)
    again.fit(X, Y)


def test_identifiers_name_the_line_of_the_call():
    names = pd.DataFrame({"name": [f"person {i}" for i in range(40)]})
    with pytest.warns(IdentifierWarning) as said:
        VAE(**FEW).fit(names)
    assert said[0].filename == __file__


def test_all_ways_are_gone():
    gone = {way for *_, ways in PROVOKED for way in ways}
    assert gone == WAYS.keys()
    assert len({way.__code__.co_firstlineno for way in WAYS.values()}) == len(WAYS)


TWO_FEW = MultiVAEResampler(TINY, latent_sampling="interpolation", k_neighbors=50, random_state=0)


def said_by(call):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    [*_, last] = [w for w in said if w.category is NeighborsReducedWarning]
    return last


def test_code_without_a_name_is_warned_too():
    code = compile("sampler.fit_resample(X, Y)", "<ipython-input-1>", "exec")
    warned = said_by(lambda: exec(code, {"sampler": clone(TWO_FEW), "X": X, "Y": Y}))
    assert (warned.filename, warned.lineno) == ("<ipython-input-1>", 1)


def test_a_thread_that_has_no_line_of_the_user_names_the_line_that_warns():
    thread = threading.Thread(target=clone(TWO_FEW).fit_resample, args=(X, Y))
    warned = said_by(lambda: (thread.start(), thread.join()))
    assert Path(warned.filename).is_relative_to(Path(skvae.__file__).parent)


def test_a_package_of_a_similar_name_is_the_users(tmp_path):
    path = tmp_path / "skvae_experiments.py"
    path.write_text("def run(sampler, X, Y):\n    sampler.fit_resample(X, Y)\n")
    # Beside the package itself.
    name = f"{Path(skvae.__file__).parent}_experiments.py"
    space = {}
    exec(compile(path.read_text(), name, "exec"), space)
    warned = said_by(lambda: space["run"](clone(TWO_FEW), X, Y))
    assert (warned.filename, warned.lineno) == (name, 2)
