"""Models that learn from tables in chunks, and draw in chunks."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal
from sklearn.datasets import load_iris

from skvae import GAN, VAE, Autoencoder, ConditionalVAE, VAEOversampler
from skvae.datasets import reservoir_sample
from tests.helpers import BOTH, begins, make, tiny

X, Y = load_iris(return_X_y=True, as_frame=True)
FEW = {"hidden_layer_sizes": (4,), "max_iter": 10, "random_state": 0}


@pytest.fixture(autouse=True)
def few_rows(monkeypatch):
    monkeypatch.setattr("skvae._tables.chunks.LEARNT_ROWS", 60)


@pytest.mark.parametrize("cls", [VAE, Autoencoder, GAN])
@pytest.mark.filterwarnings("ignore::skvae.exceptions.ModeCollapseWarning")
def test_fit_learns_from_a_sample_of_a_mapped_array(cls, tmp_path):
    X.to_numpy().tofile(tmp_path / "iris")
    mapped = np.memmap(tmp_path / "iris", float, "r", shape=X.shape)
    model = cls(**FEW).fit(mapped)
    expected = cls(**FEW).fit(reservoir_sample(mapped, 60, random_state=0))
    assert_array_equal(model.loss_curve_, expected.loss_curve_)
    assert model.n_features_in_ == 4


def test_fit_takes_an_iterator_of_frames():
    vae = VAE(**FEW).fit(X[i::3] for i in range(3))
    assert list(vae.sample(5)) == list(X)
    assert_array_equal(vae.feature_names_in_, X.columns)


def test_labels_of_a_table_in_chunks():
    vae = ConditionalVAE(**FEW).fit((X[i : i + 40] for i in range(0, 150, 40)), Y)
    rows = reservoir_sample(X.assign(y=Y), 60, random_state=0)
    expected = ConditionalVAE(**FEW).fit(rows[X.columns], rows["y"])
    assert_frame_equal(vae.sample(9, y=1), expected.sample(9, y=1))
    message = "y must hold a label for each row of X, got 149 for 150 rows"
    with pytest.raises(ValueError, match=begins(message)):
        ConditionalVAE(**FEW).fit(iter([X]), Y[1:])


# Drawing


def test_chunks_are_successive_samples():
    vae = tiny().fit(X)
    chunks = list(vae.iter_sample(25, 10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    again = tiny(random_state=0).fit(X).set_params(random_state=np.random.RandomState(0))
    for chunk in chunks:
        assert_frame_equal(chunk, again.sample(len(chunk)))
    assert_frame_equal(next(vae.iter_sample(25)), vae.sample(25))


@BOTH
def test_chunks_of_a_sampler(cls):
    over = make(cls, filter=None).fit(X, Y)
    wanted = np.repeat([2, 0, 1], [7, 9, 9])
    chunks = list(over.iter_sample(25, 10, y=wanted))
    assert_array_equal(np.concatenate([labels for _, labels in chunks]), wanted)
    assert_frame_equal(chunks[0][0], over.sample(10, y=wanted[:10])[0])
    rows, labels = next(over.iter_sample(6, 6, y=1))
    assert set(labels) == {1}
    assert_frame_equal(rows, over.sample(6, y=1)[0])
    assert sum(len(rows) for rows, _ in over.iter_sample(25, 10)) == 25


def test_chunks_of_classes_and_conditions():
    petal = X.columns[3]
    vae = ConditionalVAE(condition_on=[petal], **FEW).fit(X, Y)
    asked = {"y": np.repeat([1, 2], [12, 8]), "conditions": {petal: (1.5, 2.0)}}
    chunks = list(vae.iter_sample(20, 15, **asked))
    assert_frame_equal(chunks[0], vae.sample(15, y=asked["y"][:15], conditions={petal: (1.5, 2)}))
    assert pd.concat(chunks)[petal].between(1.5, 2).all()


def test_chunks_of_polars():
    pl = pytest.importorskip("polars")
    vae = tiny().fit(pl.from_pandas(X))
    assert all(isinstance(chunk, pl.DataFrame) for chunk in vae.iter_sample(4, 3))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"n_samples": 0}, "n_samples must be an integer >= 1, got 0"),
        ({"chunk_size": 2.5}, "chunk_size must be an integer >= 1, got 2.5"),
        ({"y": 7}, "y must hold labels of [0, 1, 2], got [7]"),
        ({"y": [0, 1]}, "y must be one label, or one for each of 5 rows, got 2"),
    ],
)
def test_bad_chunks_are_refused_before_the_first(asked, message):
    models = [VAEOversampler(tiny(), filter=None), tiny()]
    for model in models if "y" not in asked else [models[0], ConditionalVAE(**FEW)]:
        with pytest.raises(ValueError, match=begins(message)):
            model.fit(X, Y).iter_sample(**{"n_samples": 5, **asked})
