"""The data and models of the figures: read and trained when first asked for, then shared."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from skvae import VAE, MultiVAEResampler
from skvae.datasets import fetch_cifar10, fetch_mnist, fetch_proben1, load_celeba, make_sprites
from skvae.exceptions import LatentCollapseWarning

SEED = 0
BATCH_SIZE = 64  # of images
N_TEST_FACES = 200
CIFAR10_ROWS = 50_000


class Budget(NamedTuple):
    """How many images a network sees, its convolutions, and the optimiser steps."""

    n_images: int
    channels: tuple[int, ...]
    n_steps: int


class Sizes(NamedTuple):
    """What is trained, and how many test images are scattered in the latent space."""

    mnist: Budget = Budget(60_000, (64, 128, 256), 3000)
    sprites: Budget = Budget(20_000, (64, 128, 256), 3000)
    celeba: Budget = Budget(20_000, (64, 128, 256, 512), 3000)
    cifar10: Budget = Budget(50_000, (64, 128, 256, 512), 2000)
    n_scattered: int = 10_000
    face_size: int = 64
    thyroid_layers: tuple[int, ...] = (512, 256, 128, 64)
    thyroid_steps: int = 3000


QUICK = Sizes(
    mnist=Budget(10_000, (16, 32, 64), 900),
    sprites=Budget(4000, (16, 32, 64), 1500),
    celeba=Budget(2000, (16, 32, 64), 600),
    cifar10=Budget(5000, (32, 64, 128), 500),
    n_scattered=2000,
    face_size=32,
    thyroid_layers=(128, 64),
    thyroid_steps=1500,
)


class MissingDataError(Exception):
    """Data can't be had; the message says why."""


class Images(NamedTuple):
    """Training and test images, how they are modelled, and what the page says of them."""

    text: str
    X: Any
    X_test: Any
    y_test: Any
    image_shape: tuple[int, ...]
    n_components: int
    budget: Budget


class Model(NamedTuple):
    """What was fitted, and what the page says of it."""

    fitted: Any
    text: str


class Workshop:
    """Data and models, each made once, when a figure first asks for it."""

    def __init__(self, sizes: Sizes, data_home: Path | None, celeba: Path | None) -> None:
        self.sizes = sizes
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
        """One VAE on all images; `beta` is that of the loss, or a multiple of beta_norm."""
        budget, d = images.budget, n_components or images.n_components
        vae = VAE(
            d,
            image_shape=images.image_shape,
            conv_channels=budget.channels,
            beta=beta,
            normalize_beta=normalize_beta,
            batch_size=BATCH_SIZE,
            max_iter=budget.n_steps,
            random_state=SEED,
        )
        text = (
            f"VAE with d = {d}, beta = {name_of_beta(beta, normalize_beta)}, "
            f"convolutions {budget.channels}, {budget.n_steps:,} steps of {BATCH_SIZE} images, "
            f"seed {SEED}"
        )
        return self._fit(f"{images.text}: {text}", vae, images.X)

    def class_vaes(self, *, typed: bool) -> Model:
        """A VAE per class of thyroid, for which all columns are numbers, or not."""
        table, sizes = self.thyroid(), self.sizes
        vae = VAE(
            2,
            hidden_layer_sizes=sizes.thyroid_layers,
            likelihood="gaussian" if typed else "bernoulli",
            quantile_transform=typed,
            normalize_beta=True,
            max_iter=sizes.thyroid_steps,
        )
        symbols = table.categorical_features if typed else None
        sampler = MultiVAEResampler(vae, categorical_features=symbols, random_state=SEED)
        kind = "symbols and Gaussian quantiles" if typed else "numbers"
        text = (
            f"one VAE per class, columns as {kind}, d = 2, beta = beta_norm, "
            f"hidden layers {sizes.thyroid_layers}, {sizes.thyroid_steps:,} steps of "
            f"{vae.batch_size} rows, seed {SEED}"
        )
        return self._fit(f"thyroid: {text}", sampler, table.data, table.target)

    def _load(self, name: str, read: Callable[[], Any]) -> Any:
        """What `read` returns, or the error that it once raised: no second try of a download."""
        if name not in self._made:
            try:
                self._made[name] = read()
            except (OSError, ImportError, ValueError) as error:
                self._made[name] = error
        found = self._made[name]
        if isinstance(found, Exception):
            raise MissingDataError(f"{name} can't be had: {found}") from found
        return found

    def _fit(self, text: str, estimator: Any, *data: Any) -> Model:
        if text not in self._made:
            print(f"  training {text}", file=sys.stderr, flush=True)
            start = time.perf_counter()
            with warnings.catch_warnings():  # that a model collapses is what a figure shows
                warnings.simplefilter("ignore", LatentCollapseWarning)
                estimator.fit(*data)
            seconds = time.perf_counter() - start
            self._made[text] = Model(
                estimator, f"{text}; trained in {seconds:.0f} s, {describe_fit(estimator)}"
            )
        return self._made[text]

    def _read_mnist(self) -> Images:
        train = fetch_mnist(data_home=self.data_home)
        test = fetch_mnist(subset="test", data_home=self.data_home)
        budget, n_scattered = self.sizes.mnist, self.sizes.n_scattered
        return Images(
            text=f"MNIST, {min(budget.n_images, len(train.data)):,} training images",
            X=train.data[: budget.n_images],
            X_test=test.data[:n_scattered],
            y_test=test.target[:n_scattered],
            image_shape=train.image_shape,
            n_components=2,
            budget=budget,
        )

    def _read_celeba(self, folder: Path) -> Images:
        budget = self.sizes.celeba
        faces = load_celeba(
            folder, image_size=self.sizes.face_size, data_home=self.data_home, verbose=True
        )
        # The last ones are test images, whatever part of the others is used.
        n_test = min(N_TEST_FACES, len(faces.data) // 2)
        X = faces.data[: min(budget.n_images, len(faces.data) - n_test)]
        return Images(
            text=f"CelebA at {faces.image_shape[1:]} pixels, {len(X):,} training images",
            X=X,
            X_test=faces.data[len(faces.data) - n_test :],
            y_test=None,
            image_shape=faces.image_shape,
            n_components=50,
            budget=budget,
        )

    def _make_sprites(self) -> Images:
        budget = self.sizes.sprites
        sprites = make_sprites(budget.n_images, random_state=SEED)
        return Images(
            text=f"generated sprites, {budget.n_images:,} training images",
            X=sprites.data,
            X_test=make_sprites(N_TEST_FACES, random_state=SEED + 1).data,
            y_test=None,
            image_shape=sprites.image_shape,
            n_components=10,
            budget=budget,
        )

    def _read_cifar10(self) -> Images:
        train = fetch_cifar10(data_home=self.data_home)
        test = fetch_cifar10(subset="test", data_home=self.data_home)
        budget, n_cached = self.sizes.cifar10, len(train.data)
        rng = np.random.default_rng(SEED)  # a cache may be sorted by class
        rows = rng.permutation(n_cached)[: budget.n_images]
        cache = "" if n_cached == CIFAR10_ROWS else f" (the cache is a subset of {n_cached:,})"
        return Images(
            text=f"CIFAR-10, {len(rows):,} of {CIFAR10_ROWS:,} training images{cache}",
            X=train.data[rows],
            X_test=test.data,
            y_test=test.target,
            image_shape=train.image_shape,
            n_components=50,
            budget=budget,
        )


def name_of_beta(beta: float, normalize: bool) -> str:
    """``0.5``, ``beta_norm`` or ``150 beta_norm``."""
    if not normalize:
        return f"{beta:g}"
    return "beta_norm" if beta == 1 else f"{beta:g} beta_norm"


def describe_fit(estimator: Any) -> str:
    """How many latent dimensions the models use, and the weight that beta comes to."""
    models = getattr(estimator, "estimators_", [estimator])
    active = ", ".join(str(int(model.active_components_.sum())) for model in models)
    d = models[0].n_components
    return f"KL weighted by {models[0].beta_:.3g}, {active} of {d} latent dimensions active"
