"""The loop: a model in a stack is as good as alone; early stopping, decay, divergence."""

from concurrent.futures import CancelledError
from threading import Event

import numpy as np
import pytest
import torch

from skvae._nn.devices import generators
from skvae._nn.layers import split
from skvae._nn.objectives import NegativeELBO, negative_elbo
from skvae._tables.layout import Layout
from tests.stacks import dense_vae, train_rows

CPU = torch.device("cpu")
SETTINGS = {
    "max_iter": 60,
    "batch_size": 16,
    "learning_rate": 1e-2,
}


def train_stack(data, rows, seeds, beta=0.7, denoising_std=0.0, **changes):
    rngs = generators(seeds, CPU)
    net = dense_vae(rngs, data.shape[1], 2, (16, 8))
    objective = NegativeELBO(Layout(data.shape[1]), 2, beta, denoising_std)
    history = train_rows(net, objective, data, rows, rngs, **{**SETTINGS, **changes})
    return split(net), history


@pytest.mark.parametrize(
    "changes",
    [{}, {"denoising_std": 0.1}, {"held_out": True, "patience": 1, "max_iter": 400}],
    ids=["plain", "denoising", "early stopping"],
)
def test_model_in_a_stack_equals_model_alone(changes):
    data = torch.rand(200, 7, generator=torch.Generator().manual_seed(0))
    rows = [torch.arange(0, 100), torch.arange(100, 180), torch.arange(180, 185)]
    held_out = [torch.arange(185, 190), torch.arange(190, 198), torch.arange(198, 200)]

    def run(ms):
        own = (
            {**changes, "held_out": [held_out[m] for m in ms]} if "held_out" in changes else changes
        )
        return train_stack(data, [rows[m] for m in ms], ms, **own)

    together, history = run([0, 1, 2])
    for m in range(3):
        [alone], own = run([m])
        assert own.n_iter == history.n_iter[m : m + 1]
        for name, value in alone.state_dict().items():
            torch.testing.assert_close(
                together[m].state_dict()[name], value, atol=1e-4, rtol=1e-4, msg=name
            )


def test_models_of_a_stack_are_as_good_as_alone_over_seeds():
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((120, 2))
    data = torch.from_numpy(latent @ rng.standard_normal((2, 7))).float().sigmoid()
    rows = [torch.arange(0, 100), torch.arange(100, 120)]
    last = slice(-100, None)
    stacked, alone = [], []
    for seed in range(8):
        _, history = train_stack(data, rows, (seed, seed + 50), max_iter=300)
        stacked.append(history.terms[last, 0, 1].mean())
        # Other seeds, so that equality is of distributions and not of draws.
        _, history = train_stack(data, rows[1:], (seed + 100,), max_iter=300)
        alone.append(history.terms[last, 0, 0].mean())
    stacked, alone = np.array(stacked), np.array(alone)
    spread = np.sqrt((stacked.var(ddof=1) + alone.var(ddof=1)) / 8)
    assert abs(stacked.mean() - alone.mean()) < 3 * spread


def test_a_diverging_model_leaves_its_neighbours_alone():
    data = torch.rand(100, 7, generator=torch.Generator().manual_seed(0))
    spoilt = torch.cat([data, torch.full((1, 7), torch.inf)])
    rows = [torch.arange(0, 50), torch.arange(50, 101)]
    (good, bad), history = train_stack(spoilt, rows, (0, 1))
    (expected,), _ = train_stack(data, rows[:1], (0,))
    assert history.diverged_at[0] is None
    assert history.diverged_at[1] is not None
    assert all(v.isfinite().all() for v in bad.state_dict().values())
    for name, value in expected.state_dict().items():
        torch.testing.assert_close(good.state_dict()[name], value, atol=1e-4, rtol=1e-4)


def test_early_stopping_keeps_the_best_weights():
    # Pure noise: after a while every step makes the held-out rows less likely.
    data = torch.rand(40, 7, generator=torch.Generator().manual_seed(0)).round()
    kept = {"held_out": [torch.arange(20, 40)], "patience": 3, "max_iter": 4000}
    (best,), history = train_stack(data, [torch.arange(20)], (0,), beta=0.0, **kept)
    (last,), _ = train_stack(data, [torch.arange(20)], (0,), beta=0.0, max_iter=history.n_iter[0])
    assert history.n_iter[0] < 4000

    def held_out_loss(net):
        x = data[20:].T[None]
        return negative_elbo(net, x, torch.zeros(1, 2, 20), Layout(7)).reconstruction.mean()

    assert held_out_loss(best) < held_out_loss(last)


def test_training_ends_when_it_is_cancelled():
    cancelled, steps = Event(), []

    def report(step, losses):
        steps.append(step)
        cancelled.set()

    data = torch.rand(40, 7, generator=torch.Generator().manual_seed(0))
    with pytest.raises(CancelledError):
        train_stack(data, [torch.arange(40)], [0], max_iter=400, report=report, cancelled=cancelled)
    assert steps == [1]


def test_decay_makes_the_last_step_the_smallest():
    data = torch.rand(100, 7, generator=torch.Generator().manual_seed(0))
    last = "encoder.layers.6.weight"  # no normalisation is folded into it
    last_steps = []
    for decay in (False, True):
        (net,), history = train_stack(
            data, [torch.arange(100)], (0,), checkpoint_at=59, decay=decay
        )
        before = split(history.checkpoint)[0].state_dict()[last]
        last_steps.append((net.state_dict()[last] - before).abs().mean())
    assert last_steps[1] < 0.1 * last_steps[0]


def test_checking_more_often_changes_no_draw():
    data = torch.rand(100, 7, generator=torch.Generator().manual_seed(0))
    (often,), history = train_stack(data, [torch.arange(100)], (0,), check_every=7)
    (seldom,), expected = train_stack(data, [torch.arange(100)], (0,), check_every=50)
    torch.testing.assert_close(history.terms, expected.terms, rtol=0, atol=0)
    torch.testing.assert_close(often.state_dict(), seldom.state_dict(), rtol=0, atol=0)


def test_small_sets_fill_a_batch_evenly():
    data = torch.rand(2, 7, generator=torch.Generator().manual_seed(0))
    (net,), history = train_stack(data, [torch.arange(2)], (0,), batch_size=512, max_iter=5)
    assert history.terms.shape == (5, 2, 1)
    assert all(v.isfinite().all() for v in net.state_dict().values())


class PlainRecorder:
    """Stands for a device without graphs: a repeated step is called again."""

    def __init__(self):
        self.n_runs = self.n_records = 0

    def run(self, function):
        self.n_runs += 1
        return function()

    def record(self, function):
        self.n_records += 1
        return function


def test_recorded_steps_are_the_steps(monkeypatch):
    recorder = PlainRecorder()
    data = torch.rand(80, 7, generator=torch.Generator().manual_seed(0))
    rows = [torch.arange(50), torch.arange(50, 80)]
    nets, history = train_stack(data, rows, (0, 1), decay=True)
    monkeypatch.setattr("skvae._nn.training.recorder_of", lambda device: recorder)
    others, recorded = train_stack(data, rows, (0, 1), decay=True)

    assert (recorder.n_runs, recorder.n_records) == (3, 1)
    torch.testing.assert_close(recorded.terms, history.terms, rtol=0, atol=0)
    for net, other in zip(nets, others, strict=True):
        torch.testing.assert_close(net.state_dict(), other.state_dict(), rtol=0, atol=0)
