"""Time of a training step and of drawing, and the memory of a fit.

Every arm trains the same network on the same rows with Adam. Tables come in batches of 32, and
what a fit costs beyond its steps is part of its time. Measurements are interleaved, so that a busy
moment of the machine falls on all arms.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from skvae import VAE, GenerativeClassifierFilter, MultiVAEResampler, VAEOversampler

from . import _conv_speed
from ._common import Row, print_table, show_progress, versions, write_csv

N_FEATURES = 21
ROWS_PER_CLASS = 500
N_COMPONENTS = 2
BATCH_SIZE = 32
LEARNING_RATE = 1e-3
# The peers train one class after the other, so that a model costs them the same for any k: of ten
# classes they train three.
N_LOOPED = 3
BATCHES_PER_EPOCH = -(-ROWS_PER_CLASS // BATCH_SIZE)

# Most that a step may take per model, as a share of the plain loop's, by number of models.
GOALS = {
    (128, 64): {1: 1.05, 3: 0.35, 10: 0.15},
    (512, 256, 128, 64): {1: 1.05, 3: 0.55, 10: 0.45},
}
DRAWING_GOAL = 2.0  # seconds
FILTER_GOAL = 0.5  # of the multi-VAE's own fit
MEMORY_GOAL = 1.5  # tables


class Sizes(NamedTuple):
    """How much is measured, with how many threads."""

    threads: int = 2
    n_models: tuple[int, ...] = (1, 3, 10)
    epochs: int = 20
    drawn_rows: int = 1_000_000
    memory_table: tuple[int, int] = (1_000_000, 50)
    convolutions: dict[str, _conv_speed.Network] = _conv_speed.NETWORKS
    conv_steps: int = 60


QUICK = Sizes(
    threads=1,
    n_models=(1, 3),
    epochs=1,
    drawn_rows=10_000,
    memory_table=(20_000, 50),
    convolutions=_conv_speed.QUICK,
    conv_steps=50,
)


def main(repeats: int, quick: bool, out: Path) -> None:
    """Measure, print beside the goals, and save every measurement."""
    sizes = QUICK if quick else Sizes()
    if "pythae" not in ARMS:
        print("pythae is not installed and left out (pip install pythae).")
    with n_threads(sizes.threads):
        steps = pd.DataFrame(measure_steps(sizes, repeats))
        convolutions = pd.DataFrame(
            _conv_speed.measure(sizes.convolutions, sizes.conv_steps, repeats)
        )
        drawing = pd.DataFrame(measure_drawing(sizes, repeats))
        filters = pd.DataFrame(measure_filter(repeats))
    memory = pd.DataFrame([measure_memory(sizes)])
    measured = [steps, convolutions, drawing, filters, memory]
    if torch.cuda.is_available():
        training = pd.DataFrame(_conv_speed.measure_training(sizes.convolutions, "cuda"))
        measured.append(training.assign(layers=torch.cuda.get_device_name()))
    rows = pd.concat(measured, ignore_index=True)
    write_csv(out / "speed.csv", rows.assign(threads=sizes.threads, versions=versions()))

    title = f"Milliseconds per model and step, median of {repeats}, {sizes.threads} threads"
    print_table(title, format_steps(steps), groups=["layers"])
    text = _conv_speed.format_steps(convolutions, sizes.convolutions)
    print_table(f"The same of images of 28 x 28 in batches of {_conv_speed.BATCH_SIZE}", text)
    if torch.cuda.is_available():
        text = _conv_speed.format_training(training, sizes.convolutions)
        print_table(f"The thesis' training for MNIST on {torch.cuda.get_device_name()}", text)
    print_table("Drawing, filter and memory", format_rest(drawing, filters, memory, sizes))
    print(f"Every measurement: {out / 'speed.csv'}.")


def measure_steps(sizes: Sizes, repeats: int) -> list[Row]:
    """Milliseconds per model and step of every arm, network and number of models."""
    cells = [
        (repeat, layers, k, arm)
        for repeat in range(-1, repeats)  # -1 warms up
        for layers in GOALS
        for k in sizes.n_models
        for arm in ARMS
    ]
    rows = []
    for repeat, layers, k, arm in show_progress(cells, len(cells), "steps"):
        epochs = 1 if repeat < 0 else sizes.epochs
        n_trained = k if arm == "skvae" else min(k, N_LOOPED)
        X, y = make_table(n_trained)
        start = time.perf_counter()
        ARMS[arm](X, y, layers, epochs)
        seconds = time.perf_counter() - start
        value = 1000 * seconds / (epochs * BATCHES_PER_EPOCH * n_trained)
        rows.append({"figure": "step", "arm": arm, "layers": str(layers), "k": k, "value": value})
        rows[-1] |= {"unit": "ms", "repeat": repeat}
    return [row for row in rows if row["repeat"] >= 0]


def make_table(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Uniform noise in k classes: time does not depend on what there is to learn."""
    rng = np.random.default_rng(0)
    X = rng.random((k * ROWS_PER_CLASS, N_FEATURES), dtype=np.float32)
    return X, np.repeat(np.arange(k), ROWS_PER_CLASS)


def fit_skvae(X: np.ndarray, y: np.ndarray, layers: tuple[int, ...], epochs: int) -> None:
    """One VAE, or a stack of one per class."""
    vae = VAE(
        N_COMPONENTS,
        hidden_layer_sizes=layers,
        batch_size=BATCH_SIZE,
        learning_rate_init=LEARNING_RATE,
        max_iter=epochs * BATCHES_PER_EPOCH,
        device="cpu",
        random_state=0,
    )
    if y.any():
        MultiVAEResampler(vae, random_state=0).fit(X, y)
    else:
        vae.fit(X)


class PlainVAE(nn.Module):
    """What one writes down first."""

    def __init__(self, layers: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *hidden([N_FEATURES, *layers]), nn.Linear(layers[-1], 2 * N_COMPONENTS)
        )
        self.decoder = nn.Sequential(
            *hidden([N_COMPONENTS, *reversed(layers)]), nn.Linear(layers[0], N_FEATURES)
        )

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        mean, log_var = self.encoder(x).chunk(2, dim=1)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        nll = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (log_var.exp() + mean**2 - 1 - log_var).sum()
        return (nll + kl) / len(x)


def hidden(sizes: list[int]) -> Iterator[nn.Module]:
    """Linear, batch normalisation, LeakyReLU for each pair of neighbouring sizes."""
    for n_in, n_out in pairwise(sizes):
        yield from (nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.LeakyReLU())


def fit_plain(X: np.ndarray, y: np.ndarray, layers: tuple[int, ...], epochs: int) -> None:
    """A plain torch loop, one class after the other."""
    for label in np.unique(y):
        rows = torch.from_numpy(X[y == label])
        vae = PlainVAE(layers)
        optimizer = torch.optim.Adam(vae.parameters(), lr=LEARNING_RATE, fused=True)
        for _ in range(epochs):
            for batch in torch.randperm(len(rows)).split(BATCH_SIZE):
                optimizer.zero_grad()
                vae.loss(rows[batch]).backward()
                optimizer.step()


def fit_pythae(X: np.ndarray, y: np.ndarray, layers: tuple[int, ...], epochs: int) -> None:
    """pythae's BaseTrainer, one class after the other."""
    from pythae import models
    from pythae.data.datasets import BaseDataset
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    config = models.VAEConfig((N_FEATURES,), N_COMPONENTS, reconstruction_loss="bce")
    for label in np.unique(y):
        rows = torch.from_numpy(X[y == label])
        with tempfile.TemporaryDirectory() as folder, silence():
            BaseTrainer(
                models.VAE(config, *pythae_networks(layers)),
                BaseDataset(rows, torch.zeros(len(rows))),
                training_config=BaseTrainerConfig(
                    output_dir=folder,
                    num_epochs=epochs,
                    per_device_train_batch_size=BATCH_SIZE,
                    learning_rate=LEARNING_RATE,
                    no_cuda=True,
                ),
            ).train()


def pythae_networks(layers: tuple[int, ...]) -> tuple[nn.Module, nn.Module]:
    """The layers of PlainVAE, as pythae wants them wrapped."""
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = PlainVAE(layers).encoder

        def forward(self, x: torch.Tensor) -> Any:
            mean, log_var = self.layers(x).chunk(2, dim=1)
            return ModelOutput(embedding=mean, log_covariance=log_var)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.layers = PlainVAE(layers).decoder

        def forward(self, z: torch.Tensor) -> Any:
            return ModelOutput(reconstruction=self.layers(z).sigmoid())

    return Encoder(), Decoder()


ARMS: dict[str, Callable[..., None]] = {"skvae": fit_skvae, "plain": fit_plain}
if find_spec("pythae"):
    ARMS["pythae"] = fit_pythae


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep pythae's log and progress bars from the screen."""
    logging.disable()
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


@contextlib.contextmanager
def n_threads(n: int) -> Iterator[None]:
    """Let torch use n threads in the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure_drawing(sizes: Sizes, repeats: int) -> list[Row]:
    """Seconds to draw rows from fitted samplers with default settings."""
    X, y = make_table(3)
    vae = VAE(max_iter=BATCHES_PER_EPOCH)  # drawing takes as long after a short training
    samplers = [
        sampler(vae, random_state=0).fit(X, y) for sampler in (VAEOversampler, MultiVAEResampler)
    ]
    rows = []
    for repeat in show_progress(range(repeats), repeats, "drawing"):
        for sampler in samplers:
            start = time.perf_counter()
            sampler.sample(sizes.drawn_rows)
            value = time.perf_counter() - start
            rows.append({"figure": "drawing", "arm": type(sampler).__name__, "value": value})
            rows[-1] |= {"unit": "s", "repeat": repeat}
    return rows


def measure_filter(repeats: int) -> list[Row]:
    """Seconds to fit the multi-VAE and the generative classifier at their defaults."""
    X, y = make_table(3)
    estimators: list[Any] = [MultiVAEResampler(), GenerativeClassifierFilter()]
    rows = []
    for repeat in show_progress(range(repeats), repeats, "filter"):
        for estimator in estimators:
            start = time.perf_counter()
            estimator.fit(X, y)
            value = time.perf_counter() - start
            rows.append({"figure": "filter", "arm": type(estimator).__name__, "value": value})
            rows[-1] |= {"unit": "s", "repeat": repeat}
    return rows


def measure_memory(sizes: Sizes) -> Row:
    """Peak memory of a fit beyond the data, in tables, from a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        value = pool.submit(fit_memory, *sizes.memory_table).result()
    return {"figure": "memory", "arm": "VAE", "value": value, "unit": "tables", "repeat": 0}


def fit_memory(n_rows: int, n_features: int) -> float:
    """Peak of the resident memory in `VAE.fit` minus that before it, over the table's size.

    NaN on systems without Linux' ``/proc``. (`getrusage` would give the parent's peak if that
    was higher.)
    """
    if not Path("/proc/self/clear_refs").exists():
        return np.nan
    X = np.random.default_rng(0).random((n_rows, n_features), dtype=np.float32)
    VAE(max_iter=5).fit(X[:1000])  # libraries load parts of themselves at first use
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = resident_bytes("VmRSS")
    VAE(max_iter=5).fit(X)
    return (resident_bytes("VmHWM") - before) / X.nbytes


def resident_bytes(key: str) -> int:
    """VmRSS (now) or VmHWM (peak) of this process."""
    status = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in status if line.startswith(f"{key}:"))


def format_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Medians side by side, and our share of the plain loop beside its goal."""
    medians = steps.pivot_table("value", ["layers", "k"], "arm", aggfunc="median", sort=False)
    goals = {(str(layers), k): goal for layers, by_k in GOALS.items() for k, goal in by_k.items()}
    text = medians[list(ARMS)].map("{:.3f}".format)
    text["skvae / plain"] = (medians["skvae"] / medians["plain"]).map("{:.2f}".format)
    text["goal"] = [f"<= {goals[cell]:.2f}" for cell in medians.index]
    return text.reset_index()


def format_rest(
    drawing: pd.DataFrame, filters: pd.DataFrame, memory: pd.DataFrame, sizes: Sizes
) -> pd.DataFrame:
    """Drawing, filter and memory beside their goals."""
    n_rows, n_features = sizes.memory_table
    lines = [
        [f"{arm}: draw {sizes.drawn_rows:,} rows of {N_FEATURES} columns", f"{seconds:.2f} s",
         f"<= {DRAWING_GOAL} s"]
        for arm, seconds in drawing.groupby("arm", sort=False)["value"].median().items()
    ]  # fmt: skip
    seconds = filters.groupby("arm")["value"].median()
    share = seconds["GenerativeClassifierFilter"] / seconds["MultiVAEResampler"]
    lines.append(
        ["GenerativeClassifierFilter.fit: share of MultiVAEResampler.fit", f"{share:.2f}",
         f"<= {FILTER_GOAL}"]
    )  # fmt: skip
    lines.append(
        [f"VAE.fit: memory beyond {n_rows:,} x {n_features} float32",
         f"{memory['value'].item():.2f} tables", f"<= {MEMORY_GOAL} tables"]
    )  # fmt: skip
    return pd.DataFrame(lines, columns=["what", "measured", "goal"])
