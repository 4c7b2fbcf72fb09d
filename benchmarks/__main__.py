"""The command line: one command a benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

# The benchmarks themselves are imported when they run, which keeps --help instant.
app = typer.Typer(
    help="What skvae is worth, measured through its public API.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
)


class SpreadCommand(TyperCommand):
    """Lets an option take several values after one flag: ``--datasets diabetes horse``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        flags = {flag for param in self.params if param.multiple for flag in param.opts}
        return super().parse_args(ctx, repeat_flags(args, flags))


def repeat_flags(args: list[str], flags: set[str]) -> list[str]:
    """Put the flag in front of each value of its own: ``--d a b`` -> ``--d a --d b``."""
    spread: list[str] = []
    flag = None
    for arg in args:
        if arg.startswith("-"):
            flag = arg if arg in flags else None
        elif flag and spread[-1] != flag:
            spread.append(flag)
        spread.append(arg)
    return spread


Datasets = Annotated[list[str], typer.Option(help="Names, one or more after the flag.")]
Seeds = Annotated[int, typer.Option(min=1, help="Random splits of each data set.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one a core")]
DataHome = Annotated[
    Path | None,
    typer.Option(help="Folder of the data.", show_default="$SKVAE_DATA, else the user's cache"),
]
Out = Annotated[Path, typer.Option(help="Folder for tables and pictures.")]


@app.command(cls=SpreadCommand)
def demo(
    datasets: Datasets = ["wine", "cancer", "digits"],  # noqa: B006 (typer copies it)
    seeds: Seeds = 5,
    jobs: Jobs = None,
    out: Out = Path("results"),
) -> None:
    """Samplers on few-shot and imbalanced versions of data that scikit-learn ships.

    Half of the rows, stratified, are the test set. Of the other half, "few-shot" keeps ten rows of
    every class (the samplers add as many), and "imbalanced" ten of every second class (they even
    out). Logistic regression on standardised columns; every sampler has its default settings.
    """
    from . import demo

    demo.main(datasets, seeds, jobs, out)


@app.command(cls=SpreadCommand)
def proben1(
    datasets: Datasets = ["card", "diabetes", "gene", "glass", "horse", "thyroid"],  # noqa: B006
    seeds: Seeds = 3,
    jobs: Jobs = None,
    max_iter: Annotated[int, typer.Option(min=1, help="Optimiser steps of each VAE.")] = 2000,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """PROBEN1, full training sets: an MLP without and with the rows of a multi-VAE.

    Stratified 80/20 splits, weighted F1; one VAE per class with two latent dimensions and the
    hidden layers (512, 256, 128, 64), as many new rows as real ones, and beta as in table 6.2 of
    the thesis, whose figures stand beside ours; without a filter, with the generative
    classifier, and with label consistency.
    """
    from . import proben1

    proben1.main(datasets, seeds, jobs, max_iter, data_home, out)


@app.command(cls=SpreadCommand)
def filters(
    datasets: Datasets = ["card", "diabetes", "gene", "glass", "horse", "thyroid"],  # noqa: B006
    seeds: Seeds = 10,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """What the generative classifier finds in PROBEN1, and how far that hangs on the seed.

    First, noise planted among unseen real rows: uniform, and with shuffled columns. Second, the
    share of the same rows that filters of different seeds call noise: the thesis' one network at
    even odds, our networks at even odds, and our calibrated threshold.
    """
    from . import filters

    filters.main(datasets, seeds, jobs, data_home, out)


@app.command(cls=SpreadCommand)
def tables(
    datasets: Datasets = ["card", "horse", "thyroid", "gene", "wine", "cancer", "iris"],  # noqa: B006
    seeds: Annotated[int, typer.Option(min=1, help="Splits for the gain of an MLP.")] = 20,
    quality_seeds: Annotated[int, typer.Option(min=1, help="Splits for the qualities.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Epochs of TVAE and CTGAN.")] = 300,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """Tables of mixed types, beside TVAE, CTGAN and SMOTE: alike, useful, fast?

    Column distance (total variation, Kolmogorov-Smirnov), difference of correlations, weighted F1
    of a forest that is trained on generated rows only, and time. Then, on PROBEN1, what an MLP
    gains by a multi-VAE that knows which columns hold symbols, and by one that does not. TVAE
    and CTGAN are left out where ctgan is not installed.
    """
    from . import tables

    tables.main(datasets, seeds, quality_seeds, epochs, jobs, data_home, out)


@app.command(cls=SpreadCommand)
def mnist_fewshot(
    sizes: Annotated[list[int], typer.Option(min=2, help="Labels of each class.")] = [  # noqa: B006
        2,
        5,
        10,
        20,
        100,
    ],
    seeds: Seeds = 5,
    unlabelled: Annotated[int, typer.Option(min=100, help="Images without labels.")] = 6000,
    max_iter: Annotated[int, typer.Option(min=1, help="Optimiser steps of the VAE.")] = 3000,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """MNIST with few labels: latent rules, a multi-VAE, and unlabelled images as partners.

    One VAE of fully connected layers learns images without their labels; 100 new rows of each class
    from it join the few labelled ones. Weighted F1 of an MLP on 5,000 other images.
    """
    from . import mnist_fewshot

    mnist_fewshot.main(sizes, seeds, unlabelled, max_iter, jobs, data_home, out)


@app.command()
def speed(
    repeats: Annotated[int, typer.Option(min=1, help="Measurements, interleaved.")] = 5,
    quick: Annotated[bool, typer.Option("--quick", help="Tiny sizes: does it run?")] = False,
    out: Out = Path("results"),
) -> None:
    """Time of a training step against a plain torch loop and pythae, of drawing, and memory.

    Networks for tables, and the thesis' convolutional ones for MNIST (against the plain loop).

    Medians of interleaved measurements with two threads, each beside its goal. pythae is left
    out where it is not installed.
    """
    from . import speed

    speed.main(repeats, quick, out)


@app.command(cls=SpreadCommand)
def figures(
    quick: Annotated[bool, typer.Option("--quick", help="Small budgets: minutes.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Numbers of figures, one or more.", show_default="all"),
    ] = None,
    celeba: Annotated[
        Path | None,
        typer.Option(
            help="Folder with img_align_celeba/ and list_attr_celeba.txt.",
            show_default="generated sprites instead",
        ),
    ] = None,
    data_home: DataHome = None,
    out: Out = Path("results/figures"),
) -> None:
    """The thesis' figures 6.1 to 6.6, 6.9 to 6.11 and 6.13, drawn by skvae.inspection.

    MNIST: latent space with d = 2 and its decoded grid (6.1), reconstructions (6.2, 6.5), ways
    between digits (6.3), beta (6.4). thyroid: a latent space per class (6.6). CelebA, or sprites:
    reconstructions (6.9) and sweeps (6.10, 6.11) with beta_norm and 150 times as much. CIFAR-10:
    reconstructions (6.13).

    The networks are the thesis' (sprites have MNIST's). Of its 93,000 steps there are 2,000 to
    3,000 a model, in batches of 64 images: 20 to 30 minutes with two cores, and longer for CelebA
    (64 x 64 pixels, 20,000 images). `--quick` takes smaller networks, fewer images and steps: 2
    to 3 minutes.

    The folder's index.html shows the figures of the run with captions and settings, and is
    written after each of them: an interrupted run keeps what is done. A figure whose data are
    missing is left out, and the page says why.
    """
    from . import figures

    figures.main(list(figures.FIGURES) if only is None else only, quick, celeba, data_home, out)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
