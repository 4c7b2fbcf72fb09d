"""Progress is shown where it is asked for, ends with the work, and changes no result."""

import functools
import sys

import numpy as np
import pytest
import torch
import tqdm.auto
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.naive_bayes import GaussianNB

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
from skvae._nn import threads
from skvae._progress import Progress, progress, shown_by, training_progress
from tests.helpers import Detector

# Filters of a few steps let few rows pass.
pytestmark = pytest.mark.filterwarnings("ignore:Only:sklearn.exceptions.ConvergenceWarning")

FEW = {"hidden_layer_sizes": (6,), "max_iter": 60, "random_state": 0}
SMALL = VAE(**FEW)
GC = GenerativeClassifierFilter(cv=2, **FEW)
LC = LabelConsistencyFilter(GaussianNB(), cv=3, random_state=0)
Y = np.repeat([0, 1, 2], [20, 12, 8])
X = np.random.default_rng(0).normal(size=(40, 3)) + Y[:, None]

VAE_OF_X, VAE_OF_CLASSES = "VAE of X", "VAE of class 0, class 1, class 2"
OF_GC, OF_LC, ROWS = "GenerativeClassifierFilter", "LabelConsistencyFilter", "new rows"
FAMILIES = [Autoencoder, ConditionalVAE, GAN, VAEGAN]
# The estimators, and the work that each of them shows.
CASES = {
    "VAE": (SMALL, [VAE_OF_X]),
    "VAEOversampler": (VAEOversampler(SMALL, random_state=0), [VAE_OF_X, ROWS]),
    "VAEOversampler filtered": (
        VAEOversampler(SMALL, filter=[GC, Detector(0.5), LC], random_state=0),
        [VAE_OF_X, OF_GC, OF_LC, ROWS],
    ),
    "MultiVAEResampler": (MultiVAEResampler(SMALL, random_state=0), [VAE_OF_CLASSES, ROWS]),
    "MultiVAEResampler filtered": (
        MultiVAEResampler(SMALL, filter=LC, random_state=0),
        [VAE_OF_CLASSES, OF_LC, ROWS],
    ),
    "GenerativeClassifierFilter": (GC, [OF_GC]),
    "LabelConsistencyFilter": (LC, [OF_LC]),
    "LabelConsistencyFilter without folds": (clone(LC).set_params(cv=None), [OF_LC]),
}
every_case = pytest.mark.parametrize("case", CASES)


def run(estimator):
    if hasattr(estimator, "fit_resample"):
        return estimator.fit_resample(X, Y)
    return estimator.fit(X).sample(9), estimator.loss_curve_


@functools.cache
def result(case):
    return run(clone(CASES[case][0]))


def assert_same_result(case, got):
    for one, other in zip(got, result(case), strict=True):
        assert_array_equal(one, other)


@pytest.fixture
def no_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


@pytest.fixture
def bars(monkeypatch):
    """All bars that are made."""
    made = []

    class Recorded(tqdm.auto.tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            made.append(self)

    monkeypatch.setattr(tqdm.auto, "tqdm", Recorded)
    return made


def all_closed(bars):
    return all(bar.disable for bar in bars) and not any(bar in type(bar)._instances for bar in bars)


@every_case
@pytest.mark.parametrize("installed", [True, False])
def test_silent_unless_verbose(case, installed, capsys, monkeypatch):
    if not installed:
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert_same_result(case, run(clone(CASES[case][0])))
    assert capsys.readouterr() == ("", "")


@every_case
def test_bars(case, bars, capsys):
    estimator, work = CASES[case]
    assert_same_result(case, run(clone(estimator).set_params(verbose=1)))
    assert [bar.desc for bar in bars] == work
    assert all_closed(bars)
    for bar in bars:
        assert bar.n == bar.total
        trained = bar.desc.startswith(("VAE", OF_GC))
        assert bar.total == 60 if trained else bar.total in (3, 5, 20)
        assert ("loss " in (bar.postfix or "")) == trained
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("100%") >= len(work)  # a slow machine draws a full bar twice


@every_case
def test_lines_without_tqdm(case, no_tqdm, capsys):
    estimator, work = CASES[case]
    assert_same_result(case, run(clone(estimator).set_params(verbose=1)))
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert err == ""
    assert list(dict.fromkeys(line[1:].split("]")[0] for line in lines)) == work
    assert all("s left)" in line for line in lines)
    assert all(sum(name in line for line in lines) <= 11 for name in work)


def test_lines_come_at_a_bounded_rate_and_tell_the_end(no_tqdm, capsys):
    with progress(1, "work", 1000, "piece") as shown:
        for done in range(1, 778):
            shown.reach(done)
    places = [line.split()[2] for line in capsys.readouterr().out.splitlines()]
    assert places == [f"{done}/1000" for done in [*range(100, 701, 100), 777]]


def test_nothing_to_do_shows_nothing(capsys):
    with progress(1, "work", 0, "piece") as shown:
        shown.reach(0)
    over = VAEOversampler(SMALL, sampling_strategy={1: 12}, random_state=0)
    over.set_params(verbose=1).fit_resample(X, Y)
    assert ROWS not in capsys.readouterr().err


def test_verbose_of_the_model_and_the_filter_count_too(bars):
    VAEOversampler(clone(SMALL).set_params(verbose=1), random_state=0).fit_resample(X, Y)
    VAEOversampler(SMALL, filter=clone(LC).set_params(verbose=2), random_state=0).fit(X, Y)
    over = VAEOversampler(SMALL, filter=LC, random_state=0, verbose=1).fit(X, Y)
    names = [bar.desc for bar in bars]
    assert names == [VAE_OF_X, OF_LC, VAE_OF_X, OF_LC]
    assert over.vae.verbose == over.filter.verbose == 0


@pytest.mark.parametrize("cls", [VAEOversampler, MultiVAEResampler])
def test_verbose_waits_for_the_next_fit(cls, bars):
    over = cls(SMALL, random_state=0).fit(X, Y).set_params(verbose=1)
    over.sample(5)
    assert bars == []
    over.fit(X, Y).set_params(verbose=0).sample(5)
    assert bars[-1].desc == ROWS
    n_bars = len(bars)
    over.fit(X, Y).sample(5)
    assert len(bars) == n_bars


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.filterwarnings("ignore::skvae.exceptions.ModeCollapseWarning")
def test_every_family_shows_its_training_and_is_the_same_without(family, bars, capsys):
    model = family(**{**FEW, "max_iter": 5})
    quiet = clone(model).fit(X, Y).loss_curve_
    assert (capsys.readouterr(), bars) == (("", ""), [])
    assert_array_equal(clone(model).set_params(verbose=1).fit(X, Y).loss_curve_, quiet)
    [bar] = bars
    assert bar.desc == f"{family.__name__} of X"
    assert bar.n == bar.total == 5
    assert all_closed(bars)


# The end of the work, however it comes


class Interrupted(GaussianNB):
    def fit(self, X, y):
        raise KeyboardInterrupt


class InterruptedDetector(Detector):
    def predict(self, X):
        raise KeyboardInterrupt


INTERRUPTED = [
    (LabelConsistencyFilter(Interrupted(), cv=3, verbose=1), [OF_LC]),
    (VAEOversampler(SMALL, filter=LabelConsistencyFilter(Interrupted(), cv=3)), [VAE_OF_X, OF_LC]),
    (MultiVAEResampler(SMALL, filter=InterruptedDetector()), [VAE_OF_CLASSES, ROWS]),
]


@pytest.fixture
def interrupted_steps(monkeypatch):
    """Interrupt training at its 30th step."""
    grad, n_steps = torch.autograd.grad, []

    def interrupt(*args, **kwargs):
        n_steps.append(1)
        if len(n_steps) == 30:
            raise KeyboardInterrupt
        return grad(*args, **kwargs)

    monkeypatch.setattr(torch.autograd, "grad", interrupt)


@pytest.mark.parametrize("case", [case for case in CASES if "Label" not in case])
def test_an_interrupted_training_closes_its_bar(case, bars, interrupted_steps):
    estimator, work = CASES[case]
    with pytest.raises(KeyboardInterrupt):
        run(clone(estimator).set_params(verbose=1))
    [bar] = bars
    assert bar.desc == work[0]
    assert bar.n == 29
    assert all_closed(bars)


@pytest.mark.parametrize(("estimator", "work"), INTERRUPTED)
def test_interrupted_folds_and_draws_close_their_bars(estimator, work, bars):
    with pytest.raises(KeyboardInterrupt):
        clone(estimator).set_params(verbose=1).fit_resample(X, Y)
    assert [bar.desc for bar in bars] == work
    assert all_closed(bars)


def test_an_interrupted_training_tells_in_lines_where_it_ended(no_tqdm, interrupted_steps, capsys):
    with pytest.raises(KeyboardInterrupt):
        clone(SMALL).set_params(verbose=1).fit(X)
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"[{VAE_OF_X}] step 29/60 (")


# Stacks in parts


@pytest.fixture
def in_parts(monkeypatch):
    """Train every stack in parts, by two threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    monkeypatch.setattr(threads, "_VALUES_OF_A_PART", 1)
    yield
    torch.set_num_threads(before)


def test_parts_share_a_bar(bars, in_parts):
    MultiVAEResampler(SMALL, random_state=0, verbose=1).fit(X, Y)
    [bar] = bars
    assert bar.n == bar.total == 60
    assert all_closed(bars)


def test_parts_share_a_bar_that_closes_when_one_of_them_is_interrupted(
    bars, in_parts, interrupted_steps
):
    with pytest.raises(KeyboardInterrupt):
        MultiVAEResampler(SMALL, random_state=0, verbose=1).fit(X, Y)
    [bar] = bars
    assert bar.n < 60
    assert all_closed(bars)


def test_a_bar_of_parts_shows_the_mean_of_their_models(bars):
    with training_progress(1, "a stack", 100, [3, 1]) as (large, small):
        large(20, {"loss": 1.0})
        small(60, {"loss": 3.0})
        [bar] = bars
        assert bar.n == 30
        assert bar.postfix == "loss 1.500 nats"
        small(100, None)
        assert bar.n == 40
    assert all_closed(bars)


def test_another_display_takes_the_place_of_bars_within_its_block(bars):
    asked = []

    def display(name, total, unit):
        asked.append((name, total, unit))
        return Progress()

    with shown_by(display):
        VAE(**FEW, verbose=1).fit(X)
        VAE(**FEW).fit(X)
    assert [entry[1:] for entry in asked] == [(60, "step")]
    assert not bars
    VAE(**FEW, verbose=1).fit(X)
    assert len(bars) == 1
