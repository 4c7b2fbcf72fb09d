"""The command line: one command a benchmark."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from ._options import (
    Asked,
    DataHome,
    Datasets,
    Jobs,
    Out,
    Quick,
    Seeds,
    SpreadCommand,
    choose,
    fill_in,
    narrow,
    takes_options,
)

# The tables of the thesis. Each has a module of its own, with a TABLE that says what it knows, and
# a main that takes `Options`.
TABLES = [
    "proben1",
    "thyroid-fewshot",
    "mnist-fewshot",
    "mnist-synthetic-only",
    "mnist-fewshot-2000",
]

# The benchmarks themselves are imported when they run, which keeps --help instant.
app = typer.Typer(
    help="What skvae is worth, measured through its public API.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(cls=SpreadCommand)
def demo(
    datasets: Datasets = ["wine", "cancer", "digits"],  # noqa: B006 (typer copies it)
    quick: Quick = False,
    seeds: Seeds = None,
    jobs: Jobs = None,
    out: Out = Path("results"),
) -> None:
    """Samplers on few-shot and imbalanced versions of data that scikit-learn ships.

    Half of the rows, stratified, are the test set. Of the other half, "few-shot" keeps ten rows of
    every class (the samplers add as many), and "imbalanced" ten of every second class (they even
    out). Logistic regression on standardised columns; every sampler has its default settings.
    5 seeds.
    """
    from . import demo

    demo.main(datasets, seeds or (2 if quick else 5), jobs, out)


def module_of(table: str) -> ModuleType:
    return import_module(f".{table.replace('-', '_')}", __package__)


def start(name: str, asked: Asked) -> None:
    module = module_of(name)
    module.main(fill_in(asked, module.TABLE))


@app.command(cls=SpreadCommand)
@takes_options
def proben1(asked: Asked) -> None:
    """Table 6.2: PROBEN1, full training sets, with as many new rows as real ones.

    Stratified 80/20 splits of six data sets, 20 seeds. Every arm beside every classifier, the
    neural ones under both protocols: a fixed number of steps, and the best step on held-out rows.
    Each row tells the difference to no augmentation, and the thesis' own figure.

    The MLP takes 4,000 steps, and a multi-VAE 600 of each VAE (the thesis 6,000); single-VAEs
    take as many as their sampler's own model does. `--quick`: 300 and 50 steps, 3 seeds.

    By default the single-VAE has its default rule, and TVAE and CTGAN are left out.
    """
    start("proben1", asked)


@app.command(cls=SpreadCommand)
@takes_options
def thyroid_fewshot(asked: Asked) -> None:
    """Table 6.3 and figure 6.7: thyroid with few rows of each class.

    As `proben1`, but trained on n rows of each class only, for n from 5 to 100 (`--quick`: 5 and
    20). Here too the MLP takes 4,000 steps, and a multi-VAE 600 of each VAE.
    """
    start("thyroid-fewshot", asked)


@app.command(cls=SpreadCommand)
@takes_options
def mnist_fewshot(asked: Asked) -> None:
    """Table 6.4: MNIST with few images of each digit, and new ones beside them.

    The thesis' CNN by both protocols, 1,500 steps, scored on the 10,000 test images; 10 seeds, and
    `--sizes` of 2 to 2,000 images a digit. One single-VAE a seed learns all 60,000 images without
    their labels and serves all sizes and arms; it is kept in `models/` of the folder of results.

    On a GPU the VAEs take the thesis' 93,000 steps (multi-VAE: 6,000), on CPUs 2,000 (300).
    """
    start("mnist-fewshot", asked)


@app.command(cls=SpreadCommand)
@takes_options
def mnist_synthetic_only(asked: Asked) -> None:
    """Table 6.5 and figure 6.8: MNIST, classifiers that see generated images only.

    How many generated images stand in for the five real ones a digit that they come from? Here
    `--sizes` are of generated images; else as `mnist-fewshot`.
    """
    start("mnist-synthetic-only", asked)


@app.command(cls=SpreadCommand)
@takes_options
def mnist_fewshot_2000(asked: Asked) -> None:
    """Table 6.6: MNIST with few images of each digit, and 2,000 new ones of each.

    As `mnist-fewshot`, with far more new images than real ones.
    """
    start("mnist-fewshot-2000", asked)


@app.command("all", cls=SpreadCommand)
@takes_options
def run_all(asked: Asked) -> None:
    """Every table of the thesis, one after the other, and then the report.

    Of the names that are asked for, each table takes those that it knows.
    """
    tables = [module_of(name).TABLE for name in TABLES]
    choose("--datasets", asked.datasets, [name for table in tables for name in table.datasets])
    choose("--arms", asked.arms, [arm for table in tables for arm in table.arms])
    choose("--classifiers", asked.classifiers, [c for table in tables for c in table.classifiers])
    parts = {table.name: narrow(asked, table) for table in tables}
    if not any(parts.values()):
        raise typer.BadParameter("no table knows all of the names that are asked for")
    for name, part in parts.items():
        if part is not None:
            start(name, part)
    report([asked.out], asked.out)


@app.command()
def report(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="CSVs of tables, or folders with them.", show_default="results"),
    ] = None,
    out: Out = Path("results"),
) -> None:
    """Markdown and pictures from the CSVs of the tables; nothing is fitted again."""
    from . import _report

    _report.report(find_csvs(paths or [Path("results")]), out)


def find_csvs(paths: list[Path]) -> list[Path]:
    """The CSVs of tables; of a folder, those that are there."""
    found = []
    for path in paths:
        csvs = [path / f"{name}.csv" for name in TABLES] if path.is_dir() else [path]
        found += [csv for csv in csvs if csv.is_file()]
        if not any(csv.is_file() for csv in csvs):
            raise typer.BadParameter(f"{path} is no CSV of a table, and no folder with one")
    return found


@app.command(cls=SpreadCommand)
def filters(
    datasets: Datasets = ["card", "diabetes", "gene", "glass", "horse", "thyroid"],  # noqa: B006
    quick: Quick = False,
    seeds: Seeds = None,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """What the generative classifier finds in PROBEN1, and how far that hangs on the seed.

    First, noise planted among unseen real rows: uniform, and with shuffled columns. Second, the
    share of the same rows that filters of different seeds call noise: the thesis' one network at
    even odds, our networks at even odds, and our calibrated threshold. 10 seeds.
    """
    from . import filters

    filters.main(datasets, seeds or (2 if quick else 10), jobs, data_home, out)


@app.command(cls=SpreadCommand)
def tables(
    datasets: Datasets = ["card", "horse", "thyroid", "gene", "wine", "cancer", "iris"],  # noqa: B006
    quick: Quick = False,
    seeds: Seeds = None,
    quality_seeds: Seeds = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs of TVAE and CTGAN.", show_default="300; 10 if --quick"),
    ] = None,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """Tables of mixed types, beside TVAE, CTGAN and SMOTE: alike, useful, fast?

    Column distance (total variation, Kolmogorov-Smirnov), difference of correlations, weighted F1
    of a forest that is trained on generated rows only, and time. Then, on PROBEN1, what an MLP
    gains by a multi-VAE that knows which columns hold symbols, and by one that does not. 3 seeds
    for the qualities, 20 for the gain. TVAE and CTGAN are left out where ctgan is not installed.
    """
    from . import tables

    seeds = seeds or (2 if quick else 20)
    quality_seeds = quality_seeds or (2 if quick else 3)
    epochs = epochs or (10 if quick else 300)
    tables.main(datasets, seeds, quality_seeds, epochs, jobs, data_home, out)


@app.command()
def speed(
    repeats: Annotated[int, typer.Option(min=1, help="Measurements, interleaved.")] = 5,
    quick: Quick = False,
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
