"""Samplers as steps of pipelines and in searches."""

import numpy as np
import pandas as pd
from imblearn.pipeline import make_pipeline
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

from skvae import VAEOversampler
from tests.helpers import BOTH, GC, SAMPLERS, fresh, sampler

NAMES = np.array(["few", "some", "most"])


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


def test_parameters_can_be_searched(imbalanced):
    # "noise" needs no neighbours, of which half the rows have too few.
    sampler = fresh(SAMPLERS[0], latent_sampling="noise")
    pipeline = make_pipeline(sampler, fresh(GC), GaussianNB())
    grid = {"generativeclassifierfilter__rejection_rate": [0.0, 0.2]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(*imbalanced)
    assert search.best_params_.keys() == grid.keys()
    inside = fresh(SAMPLERS[0], filter=fresh(GC)).set_params(filter__rejection_rate=0.2)
    assert inside.filter.rejection_rate == 0.2
