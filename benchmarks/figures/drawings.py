"""Drawings of the thesis' figures by the displays of skvae.inspection, one function a figure."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from skvae.datasets import few_shot
from skvae.inspection import (
    LatentGridDisplay,
    LatentSpaceDisplay,
    LatentSweepDisplay,
    LatentWalkDisplay,
    ReconstructionDisplay,
)
from skvae.metrics import reconstruction_error, sharpness_ratio

from .models import Images, MissingDataError, Model, Workshop, name_of_beta

BETA = 0.5
BETAS = (0.01, 0.5, 5.0, 50.0)
MANY_COMPONENTS = 50
DISENTANGLING = 150  # times beta_norm
DENOISING_STD = 0.3  # of pixels in [0, 1]
ALPHA = 0.5  # share of the way to a neighbour, or away from it
N_FEW = 10
N_SETS = 5
N_PICTURES = 16
N_SAMPLES = 1000
MOST_POINTS = 600  # of a panel, more would hide each other


class Drawing(NamedTuple):
    """Pictures by their titles, and the models that they come from."""

    pictures: dict[str, Any]
    models: list[Model]


def random_vectors(workshop: Workshop) -> Drawing:
    """Draw figure 3.2: decoded codes, and decoded random vectors, of three kinds of models."""
    import matplotlib.pyplot as plt

    images = workshop.mnist()
    models = {
        "AE": workshop.autoencoder(images, n_components=MANY_COMPONENTS),
        "DAE": workshop.autoencoder(
            images, n_components=MANY_COMPONENTS, denoising_std=DENOISING_STD
        ),
        "VAE": workshop.vae(images, BETA, n_components=MANY_COMPONENTS),
    }
    first = [np.flatnonzero(images.y_test == digit)[0] for digit in range(10)]
    draws = np.random.default_rng(0).standard_normal((len(first), MANY_COMPONENTS))
    figure, panels = plt.subplots(2, len(models), figsize=(12, 3.4), layout="constrained")
    for (name, model), (above, below) in zip(models.items(), panels.T, strict=True):
        codes = model.fitted.transform(images.X_test)
        # As far out as codes lie in each dimension; those of the VAE lie like N(0, I).
        vectors = draws if name == "VAE" else codes.mean(axis=0) + codes.std(axis=0) * draws
        for panel, Z, what in ((above, codes[first], "codes"), (below, vectors, "random vectors")):
            decoded = model.fitted.inverse_transform(Z).reshape(2, -1, *images.image_shape)
            panel.imshow(np.block([list(row) for row in decoded]), cmap="gray_r")
            panel.set_title(f"{name}: decoded {what}", fontsize="small")
            panel.set_axis_off()
    return Drawing({"Decoded codes of test digits, and random vectors": figure}, [*models.values()])


def latent_space(workshop: Workshop) -> Drawing:
    """Draw figure 6.1: latent means, and decoded latent vectors."""
    images = workshop.mnist()
    model = workshop.vae(images, BETA)
    scatter = LatentSpaceDisplay.from_estimator(model.fitted, images.X_test, images.y_test)
    grid = LatentGridDisplay.from_estimator(model.fitted, n_cells=20, spread=3)
    pictures = {
        "Latent means of test digits": scatter.figure_,
        "Decoded latent vectors": grid.figure_,
    }
    return Drawing(pictures, [model])


def fours(workshop: Workshop) -> Drawing:
    """Draw figure 6.2: reconstructions of fours."""
    images = workshop.mnist()
    return reconstructions(workshop, images.X_test[images.y_test == 4], "Test images of a 4")


def digits(workshop: Workshop) -> Drawing:
    """Draw figure 6.5: reconstructions of all digits."""
    images = workshop.mnist()
    first = [np.flatnonzero(images.y_test == digit)[0] for digit in range(10)]
    return reconstructions(workshop, images.X_test[first], "Test images of all digits")


def reconstructions(workshop: Workshop, X: Any, title: str) -> Drawing:
    """Draw MNIST images beside their reconstructions, by each beta and by more dimensions."""
    models = {f"d = 2, beta = {beta:g}": workshop.vae(workshop.mnist(), beta) for beta in BETAS}
    models[f"d = {MANY_COMPONENTS}, beta = {BETA:g}"] = workshop.vae(
        workshop.mnist(), BETA, n_components=MANY_COMPONENTS
    )
    display = ReconstructionDisplay.from_estimator(
        {name: model.fitted for name, model in models.items()}, X, n_rows=10
    )
    return Drawing({title: display.figure_}, list(models.values()))


def latent_spaces(workshop: Workshop) -> Drawing:
    """Draw figure 6.4: latent means by beta."""
    import matplotlib.pyplot as plt

    images = workshop.mnist()
    models = [workshop.vae(images, beta) for beta in BETAS]
    figure, panels = plt.subplots(2, 2, figsize=(9.5, 8.5), layout="constrained")
    for panel, beta, model in zip(panels.flat, BETAS, models, strict=True):
        LatentSpaceDisplay.from_estimator(model.fitted, images.X_test, images.y_test, ax=panel)
        panel.set_title(f"beta = {beta:g}")
        panel.locator_params(nbins=5)  # labels are long where the space has shrunk
    keep_one_legend(panels)
    return Drawing({"Latent means of test digits": figure}, models)


def keep_one_legend(panels: Any, title: str | None = None) -> None:
    """Remove all legends but that of the upper right panel: all are the same."""
    for panel in panels.flat:
        legend = panel.get_legend()
        if panel is panels[0, -1]:
            legend.set_title(title)
        else:
            legend.remove()


def neighbours(workshop: Workshop) -> Drawing:
    """Draw figure 6.3: interpolation and extrapolation."""
    images = workshop.mnist()
    model = workshop.vae(images, BETA)
    X, y = few_shot(images.X_test, images.y_test, N_FEW, random_state=0)
    Z = model.fitted.transform(X)
    start = np.array([np.flatnonzero(y == digit)[0] for digit in range(10)])
    end = np.array([nearest_of_class(Z, y, i) for i in start])
    scatter = LatentSpaceDisplay.from_estimator(model.fitted, X, y)
    draw_ways(scatter.ax_, Z[start], Z[end])
    steps = (-ALPHA, 0, ALPHA, 1, 1 + ALPHA)
    halves = [
        LatentWalkDisplay.from_estimator(model.fitted, X[start[half]], X[end[half]], steps=steps)
        for half in (slice(5), slice(5, None))
    ]
    across = LatentWalkDisplay.from_estimator(model.fitted, X[start[:5]], X[start[5:]])
    pictures = {
        f"{N_FEW} images of each digit, and ways to the nearest of the same digit": scatter.figure_,
        "Digits 0, 1, 2, 3, 4: each to its nearest neighbour of the same digit": halves[0].figure_,
        "Digits 5, 6, 7, 8, 9: each to its nearest neighbour of the same digit": halves[1].figure_,
        "Pairs of digits: 0 to 5, 1 to 6, 2 to 7, 3 to 8, 4 to 9": across.figure_,
    }
    return Drawing(pictures, [model])


def nearest_of_class(Z: Any, y: Any, i: int) -> int:
    """Row of the same class whose latent mean is closest to that of row i."""
    distances = np.linalg.norm(Z - Z[i], axis=1)
    distances[(y != y[i]) | (np.arange(len(y)) == i)] = np.inf
    return int(distances.argmin())


def draw_ways(ax: Any, start: Any, end: Any) -> None:
    """Draw lines from extrapolated points over the originals to their neighbours."""
    inside, outside = (start + step * (end - start) for step in (ALPHA, -ALPHA))
    ax.plot(*np.stack([outside, end]).transpose(2, 0, 1), color="black", lw=0.8, zorder=3)
    ax.scatter(*start.T, s=70, fc="none", ec="black", zorder=4, label="start")
    ax.scatter(*inside.T, s=50, c="black", marker="+", zorder=4, label="interpolated")
    ax.scatter(*outside.T, s=40, c="black", marker="x", lw=1, zorder=4, label="extrapolated")
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0)


def class_spaces(workshop: Workshop) -> Drawing:
    """Draw figure 6.6: a latent space for each class of thyroid."""
    import matplotlib.pyplot as plt

    table = workshop.thyroid()
    sets = attribute_sets(table)
    models = {
        "as numbers": workshop.class_vaes(typed=False),
        "by kind": workshop.class_vaes(typed=True),
    }
    n_classes = len(table.target_names)
    figure, panels = plt.subplots(
        len(models), n_classes, figsize=(4 * n_classes + 2, 7.6), layout="constrained"
    )
    for row, (mode, model) in zip(panels, models.items(), strict=True):
        for panel, c, vae in zip(row, model.fitted.classes_, model.fitted.estimators_, strict=True):
            rows = np.flatnonzero(table.target == c)
            n_rows, rows = len(rows), np.random.default_rng(0).permutation(rows)[:MOST_POINTS]
            LatentSpaceDisplay.from_estimator(
                vae, table.data[rows], sets[rows], ax=panel, scatter_kw={"alpha": 0.5}
            )
            some = f"{len(rows)} of " * (len(rows) < n_rows)
            panel.set_title(f"{table.target_names[c]}, {some}{n_rows:,} rows,\ncolumns {mode}")
    keep_one_legend(panels, "attributes that are 1")
    return Drawing({"thyroid: one latent space per class": figure}, list(models.values()))


def attribute_sets(table: Any) -> Any:
    """Name the binary attributes of each row that are 1; "other" for sets that a class lacks."""
    names = np.array(table.feature_names)[table.categorical_features]
    flags = table.data[:, table.categorical_features] == 1
    sets = np.array([" + ".join(names[row]) or "none" for row in flags])
    shared = set.intersection(*(set(sets[table.target == c]) for c in np.unique(table.target)))
    shared_by_size = sorted(shared, key=lambda name: -(sets == name).sum())
    return np.where(np.isin(sets, shared_by_size[:N_SETS]), sets, "other")


def both_betas(workshop: Workshop, images: Images) -> dict[str, Model]:
    """Train the models of the faces, the disentangling one first; return them by beta."""
    return {
        name_of_beta(beta, normalize=True): workshop.vae(images, beta, normalize_beta=True)
        for beta in (DISENTANGLING, 1)
    }


def faces(workshop: Workshop) -> Drawing:
    """Draw figure 6.9: reconstructions of faces."""
    images = workshop.faces()
    models = both_betas(workshop, images)
    fitted = {name: models[name].fitted for name in reversed(models)}
    display = ReconstructionDisplay.from_estimator(fitted, images.X_test)
    return Drawing({"Test images": display.figure_}, list(models.values()))


def sweeps(workshop: Workshop) -> Drawing:
    """Draw figure 6.10: sweeps along two dimensions."""
    images = workshop.faces()
    models = both_betas(workshop, images)
    pictures = {f"beta = {name}": sweep(model, images, slice(2)) for name, model in models.items()}
    return Drawing(pictures, list(models.values()))


def more_sweeps(workshop: Workshop) -> Drawing:
    """Draw figure 6.11: sweeps along four more dimensions."""
    images = workshop.faces()
    name, model = next(iter(both_betas(workshop, images).items()))
    return Drawing({f"beta = {name}": sweep(model, images, slice(2, 6))}, [model])


def sweep(model: Model, images: Images, ranks: slice) -> Any:
    """Sweep from the first test image along the dimensions whose means vary most, by rank."""
    spread = model.fitted.transform(images.X_test).std(axis=0)
    components = [int(c) for c in np.argsort(-spread)[ranks]]
    return LatentSweepDisplay.from_estimator(
        model.fitted, images.X_test[:1], components=components
    ).figure_


def photographs(workshop: Workshop) -> Drawing:
    """Draw figure 6.13: reconstructions of photographs."""
    images = workshop.cifar10()
    model = workshop.vae(images, 1, normalize_beta=True)
    first = [np.flatnonzero(images.y_test == c)[0] for c in np.unique(images.y_test)]
    display = ReconstructionDisplay.from_estimator(model.fitted, images.X_test[first])
    return Drawing({"Test images of the classes": display.figure_}, [model])


def vae_and_vaegan(workshop: Workshop) -> Drawing:
    """Draw section 8.2: VAE above, VAE-GAN below, on MNIST and on the photographs there are."""
    images = workshop.mnist()
    pairs = [(images, workshop.vae(images, BETA, n_components=MANY_COMPONENTS))]
    pairs += [(found, workshop.vae(found, 1, normalize_beta=True)) for found in color(workshop)]
    drawings = [beside_vaegan(workshop, found, vae) for found, vae in pairs]
    pictures = {title: picture for d in drawings for title, picture in d.pictures.items()}
    return Drawing(pictures, [model for d in drawings for model in d.models])


def color(workshop: Workshop) -> list[Images]:
    """Return CelebA where the user names its folder, and CIFAR-10 where it can be had."""
    found = [workshop.faces()] if workshop.celeba else []
    with suppress(MissingDataError):
        found.append(workshop.cifar10())
    return found


def beside_vaegan(workshop: Workshop, images: Images, vae: Model) -> Drawing:
    """Draw reconstructions and samples of a VAE, and below those of a VAE-GAN."""
    import matplotlib.pyplot as plt

    models = {"VAE": vae, "VAE-GAN": workshop.vaegan(images, vae.fitted.n_components)}
    measured = []
    shown = images.X_test[:N_PICTURES]
    figure, panels = plt.subplots(len(models), figsize=(9, 4.4), layout="constrained")
    for panel, (name, model) in zip(panels, models.items(), strict=True):
        again = model.fitted.inverse_transform(model.fitted.transform(shown))
        samples = model.fitted.sample(N_SAMPLES)
        sharpness = sharpness_ratio(images.X_test, samples, image_shape=images.image_shape)
        error = reconstruction_error(model.fitted, images.X_test, scale=255).mean()
        text = f"sharpness of samples {sharpness:.2f}, squared error {error:.4f} of range 1"
        measured.append(model._replace(text=f"{model.text}; {text}"))
        panel.imshow(tiles([shown, again, samples[:N_PICTURES]], images.image_shape), cmap="gray_r")
        panel.set_title(f"{name}: test images, reconstructions, samples", fontsize="small")
        panel.set_axis_off()
    return Drawing({images.text: figure}, measured)


def tiles(rows: list[Any], image_shape: tuple[int, ...]) -> Any:
    """Return rows of images as one: (height, width), or (height, width, 3) in colour."""
    *channels, height, width = image_shape
    images = np.reshape(rows, (len(rows), -1, *(channels or [1]), height, width))
    n_wide = images.shape[1] * width
    return images.transpose(0, 3, 1, 4, 2).reshape(len(rows) * height, n_wide, *channels)
