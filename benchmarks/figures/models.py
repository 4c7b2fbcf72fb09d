"""Data and models of the figures: read and trained when first asked for, then shared."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from skvae import VAE, VAEGAN, Autoencoder, MultiVAEResampler
from skvae.datasets import fetch_cifar10, fetch_mnist, fetch_proben1, load_celeba, make_sprites
from skvae.exceptions import LatentCollapseWarning, ModeCollapseWarning

SEED = 0
BATCH_SIZE = 64  # of images
N_TEST_FACES = 200
CIFAR10_ROWS = 50_000


class Training(NamedTuple):
    """Number of images that a network sees, its convolutions, and its optimiser steps."""

    n_images: int
    channels: tuple[int, ...]
    n_steps: int


class FigureBudget(NamedTuple):
    """Training of all models, and the number of test images scattered in the latent space."""

    mnist: Training = Training(60_000, (64, 128, 256), 3000)
    sprites: Training = Training(20_000, (64, 128, 256), 3000)
    celeba: Training = Training(20_000, (64, 128, 256, 512), 3000)
    cifar10: Training = Training(50_000, (64, 128, 256, 512), 2000)
    n_scattered: int = 10_000
    face_size: int = 64
    thyroid_layers: tuple[int, ...] = (512, 256, 128, 64)
    thyroid_steps: int = 3000


QUICK = FigureBudget(
    mnist=Training(10_000, (16, 32, 64), 900),
    sprites=Training(4000, (16, 32, 64), 1500),
    celeba=Training(2000, (16, 32, 64), 600),
    cifar10=Training(5000, (32, 64, 128), 500),
    n_scattered=2000,
    face_size=32,
    thyroid_layers=(128, 64),
    thyroid_steps=1500,
)


class MissingDataError(Exception):
    """Error about data that cannot be had; the message says why."""


class Images(NamedTuple):
    """Training and test images, how they are modelled, and their description on the page."""

    text: str
    X: Any
    X_test: Any
    y_test: Any
    image_shape: tuple[int, ...]
    n_components: int
    training: Training


class Model(NamedTuple):
    """Fitted estimator, and its description on the page."""

    fitted: Any
    text: str


class Workshop:
    """Collection of data and models, each made once, when a figure first asks for it."""

    def __init__(self, budget: FigureBudget, data_home: Path | None, celeba: Path | None) -> None:
        self.budget = budget
        self.data_home = data_home
        self.celeba = celeba
        self._made: dict[Any, Any] = {}

    def mnist(self) -> Images:
        return self._load("MNIST", self._read_mnist)

    def faces(self) -> Images:
        """CelebA where the user names its folder, else sprites."""
        return self._load(
            "CelebA", partial(self._read_celeba, self.celeba) if self.celeba else self._make_sprites
        )

    def cifar10(self) -> Images:
        return self._load("CIFAR-10", self._read_cifar10)

    def thyroid(self) -> Any:
        return self._load("thyroid", lambda: fetch_proben1("thyroid", data_home=self.data_home))

    def vae(
        self,
        images: Images,
        beta: float,
        *,
        n_components: int | None = None,
        normalize_beta: bool = False,
    ) -> Model:
        """Train one VAE on all images; `beta` is that of the loss, or a multiple of beta_norm."""
        d = n_components or images.n_components
        text = f"VAE with d = {d}, beta = {name_of_beta(beta, normalize_beta)}"
        return self._fit_images(images, text, VAE(d, beta=beta, normalize_beta=normalize_beta))

    def autoencoder(
        self, images: Images, *, n_components: int, denoising_std: float = 0.0
    ) -> Model:
        """Train an autoencoder, or a denoising one, on all images."""
        noise = f", noise of {denoising_std:g} on its input" if denoising_std else ""
        text = f"autoencoder with d = {n_components}{noise}"
        model = Autoencoder(n_components, denoising_std=denoising_std)
        return self._fit_images(images, text, model)

    def vaegan(self, images: Images, n_components: int) -> Model:
        """Train a VAE-GAN on all images, its encoder and decoder those of the VAE."""
        model = VAEGAN(n_components)
        text = f"VAE-GAN with d = {n_components}, beta = {model.beta:g}, gamma = {model.gamma}"
        return self._fit_images(images, text, model)

    def class_vaes(self, *, typed: bool) -> Model:
        """Train a VAE per class of thyroid, with columns by their kinds or all as numbers."""
        table, budget = self.thyroid(), self.budget
        vae = VAE(
            2,
            hidden_layer_sizes=budget.thyroid_layers,
            likelihood="gaussian" if typed else "bernoulli",
            quantile_transform=typed,
            beta=1.0,
            normalize_beta=True,
            max_iter=budget.thyroid_steps,
        )
        categorical = table.categorical_features if typed else None
        sampler = MultiVAEResampler(vae, categorical_features=categorical, random_state=SEED)
        kind = "categories and Gaussian quantiles" if typed else "numbers"
        text = (
            f"one VAE per class, columns as {kind}, d = 2, beta = beta_norm, "
            f"hidden layers {budget.thyroid_layers}, {budget.thyroid_steps:,} steps of "
            f"{vae.batch_size} rows, seed {SEED}"
        )
        return self._fit(f"thyroid: {text}", sampler, table.data, table.target)

    def _load(self, name: str, read: Callable[[], Any]) -> Any:
        """Return the result of `read`, or raise the error of its first call: no second download."""
        if name not in self._made:
            try:
                self._made[name] = read()
            except (OSError, ImportError, ValueError) as error:
                self._made[name] = error
        found = self._made[name]
        if isinstance(found, Exception):
            raise MissingDataError(f"{name} can't be had: {found}") from found
        return found

    def _fit_images(self, images: Images, text: str, model: Any) -> Model:
        """Train a model on all images, by the networks and steps that all families have."""
        training = images.training
        model.set_params(
            image_shape=images.image_shape,
            conv_channels=training.channels,
            batch_size=BATCH_SIZE,
            max_iter=training.n_steps,
            random_state=SEED,
        )
        text = (
            f"{images.text}: {text}, convolutions {training.channels}, {training.n_steps:,} steps "
            f"of {BATCH_SIZE} images, seed {SEED}"
        )
        return self._fit(text, model, images.X)

    def _fit(self, text: str, estimator: Any, *data: Any) -> Model:
        if text not in self._made:
            print(f"  training {text}", file=sys.stderr, flush=True)
            start = time.perf_counter()
            with warnings.catch_warnings():  # a figure shows that a model collapses
                warnings.simplefilter("ignore", LatentCollapseWarning)
                warnings.simplefilter("ignore", ModeCollapseWarning)
                estimator.fit(*data)
            seconds = time.perf_counter() - start
            self._made[text] = Model(
                estimator, f"{text}; trained in {seconds:.0f} s, {describe_fit(estimator)}"
            )
        return self._made[text]

    def _read_mnist(self) -> Images:
        train = fetch_mnist(data_home=self.data_home)
        test = fetch_mnist(subset="test", data_home=self.data_home)
        training, n_scattered = self.budget.mnist, self.budget.n_scattered
        return Images(
            text=f"MNIST, {min(training.n_images, len(train.data)):,} training images",
            X=train.data[: training.n_images],
            X_test=test.data[:n_scattered],
            y_test=test.target[:n_scattered],
            image_shape=train.image_shape,
            n_components=2,
            training=training,
        )

    def _read_celeba(self, folder: Path) -> Images:
        training = self.budget.celeba
        faces = load_celeba(
            folder, image_size=self.budget.face_size, data_home=self.data_home, verbose=True
        )
        # The last images are test images, however many of the others are used.
        n_test = min(N_TEST_FACES, len(faces.data) // 2)
        X = faces.data[: min(training.n_images, len(faces.data) - n_test)]
        return Images(
            text=f"CelebA at {faces.image_shape[1:]} pixels, {len(X):,} training images",
            X=X,
            X_test=faces.data[len(faces.data) - n_test :],
            y_test=None,
            image_shape=faces.image_shape,
            n_components=50,
            training=training,
        )

    def _make_sprites(self) -> Images:
        training = self.budget.sprites
        sprites = make_sprites(training.n_images, random_state=SEED)
        return Images(
            text=f"generated sprites, {training.n_images:,} training images",
            X=sprites.data,
            X_test=make_sprites(N_TEST_FACES, random_state=SEED + 1).data,
            y_test=None,
            image_shape=sprites.image_shape,
            n_components=10,
            training=training,
        )

    def _read_cifar10(self) -> Images:
        train = fetch_cifar10(data_home=self.data_home)
        test = fetch_cifar10(subset="test", data_home=self.data_home)
        training, n_cached = self.budget.cifar10, len(train.data)
        rng = np.random.default_rng(SEED)  # a cache may be sorted by class
        rows = rng.permutation(n_cached)[: training.n_images]
        cache = "" if n_cached == CIFAR10_ROWS else f" (the cache is a subset of {n_cached:,})"
        return Images(
            text=f"CIFAR-10, {len(rows):,} of {CIFAR10_ROWS:,} training images{cache}",
            X=train.data[rows],
            X_test=test.data,
            y_test=test.target,
            image_shape=train.image_shape,
            n_components=50,
            training=training,
        )


def name_of_beta(beta: float, normalize: bool) -> str:
    """Format beta: ``0.5``, ``beta_norm`` or ``150 beta_norm``."""
    if not normalize:
        return f"{beta:g}"
    return "beta_norm" if beta == 1 else f"{beta:g} beta_norm"


def describe_fit(estimator: Any) -> str:
    """Describe what training came to: latent dimensions in use, or a loss, or diversity."""
    models = getattr(estimator, "estimators_", [estimator])
    if hasattr(models[0], "diversity_"):
        return f"diversity of samples {models[0].diversity_:.2f}"
    if not hasattr(models[0], "active_components_"):
        return f"reconstruction loss of the last batch {models[0].loss_curve_[-1]:.3g} nats"
    active = ", ".join(str(int(model.active_components_.sum())) for model in models)
    d = models[0].n_components
    return f"KL weighted by {models[0].beta_:.3g}, {active} of {d} latent dimensions active"
