"""Stacks of models: the loss, its gradient, and that a model in a stack is as good as alone."""

from concurrent.futures import CancelledError, ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

from skvae import VAE, MultiVAEResampler
from skvae._nn import threads
from skvae._nn.devices import generators, resolve_device, standard_normal
from skvae._nn.likelihoods import reconstruction_nll
from skvae._nn.networks import StackedVAE
from skvae._nn.objectives import NegativeELBO, kl_to_standard_normal, negative_elbo
from skvae._nn.threads import in_threads, parts_of_stack, threads_for
from skvae._nn.training import train
from skvae._tables.layout import Layout

CPU = torch.device("cpu")
SETTINGS = {
    "max_iter": 60,
    "batch_size": 16,
    "learning_rate": 1e-2,
}


class PlainVAE(nn.Module):
    """One model of a stack as anybody would write it, with that model's weights."""

    def __init__(self, stack: StackedVAE, m: int) -> None:
        super().__init__()
        self.encoder = self._copy(stack.encoder, m)
        self.decoder = self._copy(stack.decoder, m)

    @staticmethod
    def _copy(mlp, m):
        layers = []
        for layer in mlp.layers:
            state = {k: v for k, v in layer.state_dict().items()}
            if "running_mean" in state:
                n = len(state["weight"]) // 3
                own = nn.BatchNorm1d(n)
                own.load_state_dict(
                    {k: v[m * n : (m + 1) * n] for k, v in state.items()}, strict=False
                )
            elif "weight" in state:
                _, n_out, n_in = state["weight"].shape
                own = nn.Linear(n_in, n_out, bias="bias" in state)
                own.load_state_dict({k: v[m].squeeze(-1) for k, v in state.items()})
            else:
                own = nn.LeakyReLU(layer.negative_slope)
            layers.append(own)
        return nn.Sequential(*layers)

    def loss(self, x, eps, beta):
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        logits = self.decoder(mean + log_var.exp().sqrt() * eps)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        posterior = torch.distributions.Normal(mean, log_var.exp().sqrt())
        prior = torch.distributions.Normal(0.0, 1.0)
        kl = torch.distributions.kl_divergence(posterior, prior).sum() / len(x)
        return reconstruction + beta * kl


def make_stack(seeds=(0, 1, 2), n_features=7, n_components=2, hidden=(16, 8)):
    return StackedVAE(generators(seeds, CPU), n_features, n_components, hidden)


def test_kl_matches_torch_distributions():
    mean, log_var = torch.randn(2, 3, 5, 50, generator=torch.Generator().manual_seed(0)).double()
    posterior = torch.distributions.Normal(mean, log_var.div(2).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(
        kl_to_standard_normal(mean, log_var), expected.sum(dim=1), atol=1e-6, rtol=1e-6
    )


def test_reconstruction_matches_torch_cross_entropy():
    g = torch.Generator().manual_seed(0)
    logits, x = 20 * torch.randn(3, 5, 50, generator=g), torch.rand(3, 5, 50, generator=g)
    expected = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    torch.testing.assert_close(reconstruction_nll(logits, x, Layout(5)), expected)


def test_loss_and_gradient_match_plain_models():
    stack = make_stack()
    g = torch.Generator().manual_seed(0)
    x, eps = torch.rand(3, 7, 32, generator=g), torch.randn(3, 2, 32, generator=g)
    plain = [PlainVAE(stack, m) for m in range(3)]
    terms = negative_elbo(stack, x, eps, Layout(7))
    losses = (terms.reconstruction + 0.7 * terms.kl).mean(dim=1)
    losses.sum().backward()
    for m, model in enumerate(plain):
        expected = model.loss(x[m].T, eps[m].T, beta=0.7)
        torch.testing.assert_close(losses[m], expected)
        expected.backward()
        # The reparametrised gradient reaches the first layer of both halves.
        for half in ("encoder", "decoder"):
            got = getattr(stack, half).layers[0].weight.grad[m]
            wanted = getattr(model, half)[0].weight.grad
            assert wanted.abs().max() > 0
            torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-4)


def test_running_statistics_match_plain_models():
    stack = make_stack()
    g = torch.Generator().manual_seed(0)
    x, eps = torch.rand(3, 7, 32, generator=g), torch.randn(3, 2, 32, generator=g)
    plain = [PlainVAE(stack, m) for m in range(3)]
    negative_elbo(stack, x, eps, Layout(7))
    for m, model in enumerate(plain):
        model.loss(x[m].T, eps[m].T, beta=1.0)
        torch.testing.assert_close(
            stack.encoder.layers[1].running_var.view(3, -1)[m], model.encoder[1].running_var
        )


def train_stack(data, rows, seeds, beta=0.7, denoising_std=0.0, **changes):
    rngs = generators(seeds, CPU)
    net = StackedVAE(rngs, data.shape[1], 2, (16, 8))
    objective = NegativeELBO(Layout(data.shape[1]), 2, beta, denoising_std)
    history = train(net, objective, data, rows, rngs, **{**SETTINGS, **changes})
    return net.split(), history


@pytest.mark.parametrize(
    "changes",
    [{}, {"denoising_std": 0.1}, {"held_out": True, "n_iter_no_change": 1, "max_iter": 400}],
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
    kept = {"held_out": [torch.arange(20, 40)], "n_iter_no_change": 3, "max_iter": 4000}
    (best,), history = train_stack(data, [torch.arange(20)], (0,), beta=0.0, **kept)
    (last,), _ = train_stack(data, [torch.arange(20)], (0,), beta=0.0, max_iter=history.n_iter[0])
    assert history.n_iter[0] < 4000

    def held_out_loss(net):
        x = data[20:].T[None]
        return negative_elbo(net, x, torch.zeros(1, 2, 20), Layout(7)).reconstruction.mean()

    assert held_out_loss(best) < held_out_loss(last)


def test_training_ends_when_it_is_cancelled():
    cancelled, steps = Event(), []

    def report(step, terms):
        steps.append(step)
        cancelled.set()

    data = torch.rand(40, 7, generator=torch.Generator().manual_seed(0))
    with pytest.raises(CancelledError):
        train_stack(data, [torch.arange(40)], [0], max_iter=400, report=report, cancelled=cancelled)
    assert steps == [50]


def test_decay_makes_the_last_step_the_smallest():
    data = torch.rand(100, 7, generator=torch.Generator().manual_seed(0))
    last = "encoder.layers.4.weight"  # no normalisation is folded into it
    last_steps = []
    for decay in (False, True):
        (net,), history = train_stack(
            data, [torch.arange(100)], (0,), checkpoint_at=59, decay=decay
        )
        before = history.checkpoint.split()[0].state_dict()[last]
        last_steps.append((net.state_dict()[last] - before).abs().mean())
    assert last_steps[1] < 0.1 * last_steps[0]


def test_small_sets_fill_a_batch_evenly():
    data = torch.rand(2, 7, generator=torch.Generator().manual_seed(0))
    (net,), history = train_stack(data, [torch.arange(2)], (0,), batch_size=512, max_iter=5)
    assert history.terms.shape == (5, 2, 1)
    assert all(v.isfinite().all() for v in net.state_dict().values())


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

    def threads_of_a_new_thread():
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(torch.get_num_threads).result()

    assert in_threads(work, [slice(3, 4), slice(5, 6), slice(6, 7)]) == [(3, 1), (5, 1), (6, 1)]
    assert in_threads(work, [slice(3, 4)]) == [(3, 2)]
    with pytest.raises(ValueError, match="seven"):
        in_threads(work, [slice(8, 9), slice(7, 8), slice(8, 9)])
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
        return over.estimators_, capsys.readouterr().out

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
    assert "[VAE of class 0, class 1, class 2, class 3, class 4] step " in said
    assert "[VAE of class 4] step " in said_of_parts
    if options:
        assert min(model.n_iter_ for model in parts) < 300


def test_auto_device_is_cuda_where_there_is_one():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert resolve_device("auto").type == expected


class PlainRecorder:
    """What a device without graphs can do: what is repeated is called again."""

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


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@needs_cuda
@pytest.mark.parametrize("images", [False, True], ids=["table", "images"])
def test_cuda_graphs_learn_what_single_steps_learn(images, monkeypatch):
    X = np.random.default_rng(0).random((200, 64))
    shape = {"image_shape": (8, 8), "conv_channels": (8, 16)} if images else {}
    vae = VAE(max_iter=100, device="cuda", random_state=0, **shape)
    graphs = vae.fit(X).loss_curve_
    monkeypatch.setattr("skvae._nn.training.recorder_of", lambda device: None)
    assert_allclose(graphs, vae.fit(X).loss_curve_, rtol=5e-3)


@needs_cuda
def test_cuda_fit_lives_on_the_cpu():
    X = np.random.default_rng(0).random((50, 4))
    vae = VAE(max_iter=20, device="cuda", random_state=0).fit(X)
    assert all(v.device.type == "cpu" for v in vae._net.state_dict().values())
    assert np.isfinite(vae.transform(X)).all()
