"""Threads, devices and random numbers of a stack."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits

from skvae import VAE, MultiVAEResampler
from skvae._nn import threads
from skvae._nn.devices import generators, resolve_device, standard_normal
from skvae._nn.threads import parts_of_stack, threads_for, workers

CPU = torch.device("cpu")


def test_generators_make_draws_independent_of_the_stack():
    both = standard_normal(generators([3, 4], CPU), 5)
    torch.testing.assert_close(standard_normal(generators([4], CPU), 5)[0], both[1])


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_threads_follow_the_work_and_come_back(two_threads):
    with threads_for(1, 3):
        assert torch.get_num_threads() == 1
    with threads_for(1e12, 3):
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("n_models", "share_of_cache", "sizes"),
    [
        (10, 0.05, [10]),
        (10, 0.3, [3, 3, 2, 2]),
        (3, 0.5, [2, 1]),
        (2, 0.3, [2]),
        (2, 5.0, [1, 1]),
        (1, 5.0, [1]),
    ],
)
def test_large_stacks_are_divided_among_threads(n_models, share_of_cache, sizes, two_threads):
    def count_values():
        return int(share_of_cache * threads._VALUES_OF_A_PART)

    parts = parts_of_stack(n_models, count_values, CPU)
    assert [len(range(n_models)[part]) for part in parts] == sizes
    assert [m for part in parts for m in range(n_models)[part]] == list(range(n_models))
    assert parts_of_stack(n_models, count_values, torch.device("meta")) == [slice(0, n_models)]


def test_parts_run_with_a_thread_each_and_threads_come_back(two_threads):
    ended = []

    def work(part, cancelled):
        if part.start == 7:
            raise ValueError("seven")
        if part.start == 8:  # as long as it is wanted
            ended.append(cancelled.wait(timeout=60))
        return part.start, torch.get_num_threads()

    def run(*parts):
        with workers(len(parts)) as (mapped, cancelled):
            return list(mapped(work, parts, [cancelled] * len(parts)))

    def threads_of_a_new_thread():
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(torch.get_num_threads).result()

    assert run(slice(3, 4), slice(5, 6), slice(6, 7)) == [(3, 1), (5, 1), (6, 1)]
    assert run(slice(3, 4)) == [(3, 2)]
    with pytest.raises(ValueError, match="seven"):
        run(slice(8, 9), slice(7, 8), slice(8, 9))
    assert ended == [True, True]
    assert torch.get_num_threads() == threads_of_a_new_thread() == 2


EARLY = {"early_stopping": True, "early_checkpoint": 0.1, "n_iter_no_change": 1, "tol": 5.0}


@pytest.mark.parametrize("options", [{}, EARLY], ids=["fixed", "early stopping"])
def test_models_are_the_same_in_parts(options, two_threads, monkeypatch, capsys):
    X, y = load_digits(return_X_y=True)
    X, y = X[:700], np.minimum(y[:700], 4)  # the last class is much larger
    vae = VAE(2, image_shape=(8, 8), conv_channels=(4,), max_iter=300, verbose=1, batch_size=4)
    vae.set_params(**options)

    def fit():
        over = MultiVAEResampler(vae, random_state=0).fit(X, y)
        return over.estimators_, capsys.readouterr().err

    whole, said = fit()
    monkeypatch.setattr(threads, "_VALUES_OF_A_PART", 1 << 12)
    parts, said_of_parts = fit()
    for a, b in zip(whole, parts, strict=True):
        assert a.n_iter_ == b.n_iter_
        assert_allclose(a.loss_curve_, b.loss_curve_, rtol=0.01)
        assert_allclose(a.transform(X), b.transform(X), atol=0.1)
        if options:
            assert_allclose(a.early_vae_.transform(X), b.early_vae_.transform(X), atol=0.1)
            assert_array_equal(b.early_vae_.active_components_, b.active_components_)
    # The parts share one bar.
    for text in (said, said_of_parts):
        assert set(re.findall(r"VAE of [^:]*", text)) == {"VAE of class 0, ..., class 4"}
        assert max(map(int, re.findall(r"(\d+)/300", text))) == 300 or options
    if options:
        assert min(model.n_iter_ for model in parts) < 300


def test_auto_device_is_cuda_where_there_is_one():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert resolve_device("auto").type == expected
