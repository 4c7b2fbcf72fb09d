"""Figures of the thesis' chapters 3, 6 and 8: latent spaces, reconstructions, samples."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from ..cli.checks import check_known
from ..cli.folder import hold
from ..cli.output import NO_RESULT, to_png, write_file
from ..engine.environment import versions
from .drawings import (
    ALPHA,
    DISENTANGLING,
    Drawing,
    class_spaces,
    digits,
    faces,
    fours,
    latent_space,
    latent_spaces,
    more_sweeps,
    neighbours,
    photographs,
    random_vectors,
    sweeps,
    vae_and_vaegan,
)
from .models import QUICK, FigureBudget, MissingDataError, Workshop
from .page import Entry, Picture, render_page


class Figure(NamedTuple):
    """Figure of the thesis: its title, its caption, and the function that draws it."""

    title: str
    caption: str
    draw: Callable[[Workshop], Drawing]


def _check_faces(folder: Path) -> None:
    """Refuse a folder without the files of CelebA, before any figure is drawn."""
    for name in ("list_attr_celeba.txt", "img_align_celeba"):
        if not (folder / name).exists():
            raise FileNotFoundError(
                f"--celeba {folder} must hold list_attr_celeba.txt and img_align_celeba/: {name} "
                "is not there"
            )


def main(
    only: list[str], quick: bool, celeba: Path | None, data_home: Path | None, out: Path
) -> None:
    """Draw the figures one by one, and write the page again after each."""
    import matplotlib.pyplot as plt

    check_known("--only", only, FIGURES)
    if celeba is not None:
        _check_faces(celeba.expanduser())
    plt.switch_backend("agg")  # no display needed
    workshop = Workshop(QUICK if quick else FigureBudget(), data_home, celeba)
    numbers = [number for number in FIGURES if number in only]
    note = f"{NO_RESULT}: small networks, few images and steps." if quick else ""
    entries: list[Entry] = []
    with hold(out):
        for number in numbers:
            entry = draw_figure(number, workshop, out)
            entries.append(entry)
            print(f"{number} {entry.title}{f': not drawn. {entry.missing}' * bool(entry.missing)}")
            write_file(out / "index.html", render_page(entries, len(numbers), note))
    print(f"All figures: {out / 'index.html'}. {note}".rstrip())
    missing = [entry.number for entry in entries if entry.missing]
    if missing:
        raise SystemExit(f"Error: not drawn for want of data: {', '.join(missing)}")


def draw_figure(number: str, workshop: Workshop, out: Path) -> Entry:
    """Draw one figure and save its pictures; without its data, say what is missing."""
    figure, start = FIGURES[number], time.perf_counter()
    try:
        drawing = figure.draw(workshop)
    except MissingDataError as error:
        return Entry(number, figure.title, figure.caption, missing=str(error))
    pictures = []
    for letter, (title, picture) in zip("abcdef", drawing.pictures.items(), strict=False):
        name = f"{number}{letter if len(drawing.pictures) > 1 else ''}.png"
        write_file(out / name, titled_png(picture, title))
        pictures.append(Picture(name, title))
    seconds = time.perf_counter() - start
    settings = [model.text for model in drawing.models]
    settings.append(f"Drawn in {seconds:.0f} s, threads: {torch.get_num_threads()}")
    settings.append(versions())
    return Entry(number, figure.title, figure.caption, pictures, settings)


def titled_png(picture: Any, title: str) -> bytes:
    """Render a matplotlib figure with a title as PNG, and close it."""
    import matplotlib.pyplot as plt

    picture.suptitle(title, fontsize="medium")
    # Cut to the contents: the layout of mosaics leaves too little room for long names of rows, or
    # too much.
    content = to_png(picture)
    plt.close(picture)
    return content


FIGURES = {
    "3.2": Figure(
        "Decoded codes and decoded random vectors",
        "Codes of test digits are decoded to digits by all three. Random vectors, which lie as far "
        "out as the codes do, are decoded to noise by the autoencoder and the denoising one, whose "
        "latent spaces have no order between the codes; those of the VAE resemble digits.",
        random_vectors,
    ),
    "6.1": Figure(
        "Latent space of MNIST",
        "Classes are apart where the latent means are far from 0, and overlap near it; the decoded "
        "vectors from (-3, 3) in both dimensions are mixtures there.",
        latent_space,
    ),
    "6.2": Figure(
        "Reconstructions of fours",
        "In two dimensions, 4 and 9 overlap and are reconstructed as something in between. More "
        "dimensions lose less.",
        fours,
    ),
    "6.3": Figure(
        "Interpolation and extrapolation",
        f"Step {ALPHA} is the interpolated point half way to the nearest neighbour of the class, "
        f"step -{ALPHA} the extrapolated one. The last picture goes from digit to digit.",
        neighbours,
    ),
    "6.4": Figure(
        "Latent space of MNIST by beta",
        "The smaller beta, the less the latent means resemble N(0, I); with too large a beta they "
        "shrink to 0 (mind the axes) and the structure is lost.",
        latent_spaces,
    ),
    "6.5": Figure(
        "Reconstructions of digits by beta and dimensions",
        "A larger beta blurs; a very small one does no harm to reconstructions.",
        digits,
    ),
    "6.6": Figure(
        "One latent space per class of thyroid",
        "Colours are sets of binary attributes. Above, all columns are numbers, as in the thesis: "
        "each set is a cluster of its own, with little between them. Below, attributes are "
        "categories and numbers are Gaussian after a quantile transform, as in the default model "
        "of MultiVAEResampler: the latent means spread like the prior instead, and categories are "
        "drawn by their probabilities. (Categories without the Gaussian keep the clusters: two "
        "categories have the same cross-entropy either way.)",
        class_spaces,
    ),
    "6.9": Figure(
        "Reconstructions of faces",
        f"beta_norm, which is d / N, against {DISENTANGLING} times as much, which blurs. Generated "
        "sprites stand in for CelebA where its folder is not named (--celeba).",
        faces,
    ),
    "6.10": Figure(
        "Sweeps along a latent dimension",
        "The first test image, while one latent dimension changes and the others stay; the two "
        "dimensions that vary most. In the thesis, a dimension changes a single trait of a face "
        f"with {DISENTANGLING} beta_norm, and several at once with beta_norm.",
        sweeps,
    ),
    "6.11": Figure(
        f"More dimensions with {DISENTANGLING} beta_norm",
        "The same along the next four dimensions.",
        more_sweeps,
    ),
    "6.13": Figure(
        "Reconstructions of CIFAR-10",
        "Photographs are blurred most: some classes can't be told any more. The cache may hold a "
        "subset of CIFAR-10; the line below says how much of it was used.",
        photographs,
    ),
    "8.2": Figure(
        "VAE above, VAE-GAN below",
        "A VAE blurs what it can't tell; the decoder of a VAE-GAN has to please a discriminator. "
        "Sharpness is the variance of the Laplacian of samples, as a share of that of test images. "
        "MNIST, and where they can be had CelebA (--celeba) and CIFAR-10.",
        vae_and_vaegan,
    ),
}
