"""Command line: one command for each experiment and study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .classifiers.names import ALL_SCORES
from .cli.checks import check_known, choose
from .cli.choices import complete, narrow
from .cli.folder import hold
from .cli.options import (
    AllDatasets,
    Asked,
    Command,
    DataHome,
    Datasets,
    Device,
    Jobs,
    NewDataHome,
    Out,
    Quick,
    Seeds,
    takes_options,
)
from .experiments import EXPERIMENTS, presentations

# Commands import their modules when they run, which keeps --help instant.
app = typer.Typer(
    help="Benchmarks of skvae through its public API.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(cls=Command)
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
    10 seeds.
    """
    from .studies import demo

    demo.main(datasets, seeds or (2 if quick else 10), jobs, out, quick=quick)


# --- experiments ---


def start(name: str, asked: Asked) -> None:
    """Run an experiment with the options that the user gave."""
    if asked.unlabelled:
        name, asked = table_with_unlabelled(name), replace(asked, unlabelled=False)
    experiment = EXPERIMENTS[name]
    options = complete(asked, name, experiment.choices)
    from .engine.environment import on_gpu
    from .thesis.run import run

    budget = experiment.budgets.choose(quick=options.quick, on_gpu=on_gpu(options.device))
    run(name, experiment.plan(name, options, budget), options, presentations())


def table_with_unlabelled(name: str) -> str:
    """Return the table that `--unlabelled` measures instead of table `name`."""
    for table in (name, f"{name}-unlabelled"):
        if table.endswith("-unlabelled") and table in EXPERIMENTS:
            return table
    raise typer.BadParameter(f"--unlabelled: {name} has no rows without labels")


def add_command(name: str) -> None:
    """Add the command of an experiment."""
    command = takes_options(lambda asked: start(name, asked))
    app.command(name, cls=Command, help=EXPERIMENTS[name].help)(command)


for name in EXPERIMENTS:
    add_command(name)


@app.command("all", cls=Command)
@takes_options
def run_all(asked: Asked) -> None:
    """Every table of the thesis, one after the other, and then the report.

    Of the names that are asked for, each table takes those that it knows.
    """
    tables = {name: table for name, table in EXPERIMENTS.items() if table.of_thesis}
    known = [experiment.choices for experiment in tables.values()]
    choose("--datasets", asked.datasets, [name for choices in known for name in choices.datasets])
    choose("--arms", asked.arms, [arm for choices in known for arm in choices.arms])
    choose(
        "--classifiers", asked.classifiers, [c for choices in known for c in choices.classifiers]
    )
    parts = {name: narrow(asked, experiment.choices) for name, experiment in tables.items()}
    if not any(parts.values()):
        raise typer.BadParameter("no table knows all of the names that are asked for")
    with hold(asked.out):
        for name, part in parts.items():
            if part is not None:
                start(name, part)
        report([asked.out], asked.out)


@app.command(cls=Command)
def report(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="CSVs of tables, or folders with them.", show_default="results"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the pages and pictures.", show_default="only the terminal, no file"
        ),
    ] = None,
    score: Annotated[
        str | None,
        typer.Option(
            help=f"Column to compare the arms by, in all CSVs: {', '.join(ALL_SCORES)}.",
            show_default="f1_weighted; f1_macro for imbalanced",
        ),
    ] = None,
) -> None:
    """Summaries of the CSVs of the tables, and with --out their pages: Markdown and pictures.

    Pages by another score than the table's own have its name in theirs: proben1-f1-macro.md.
    Nothing is fitted again, and the CSVs stay as they are.
    """
    check_known("--score", [score] if score else [], ALL_SCORES)
    found = find_csvs(paths or [Path("results")])
    from .report import page

    page.report(found, out, presentations(), score)


def find_csvs(paths: list[Path]) -> list[Path]:
    """Return the CSVs of experiments among the paths and in the folders among them."""
    found = []
    for path in paths:
        csvs = [path / f"{name}.csv" for name in EXPERIMENTS] if path.is_dir() else [path]
        found += [csv for csv in csvs if csv.is_file()]
        if not any(csv.is_file() for csv in csvs):
            raise typer.BadParameter(f"{path} is no CSV of a table, and no folder with one")
    return found


# --- studies, speed and figures ---


@app.command(cls=Command)
def filters(
    datasets: Datasets = ["card", "diabetes", "gene", "glass", "horse", "thyroid"],  # noqa: B006
    quick: Quick = False,
    seeds: Seeds = None,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """Findings of the generative classifier on PROBEN1, and how much they depend on the seed.

    First, noise planted among unseen real rows: uniform, and with shuffled columns. Second, the
    share of the same rows that filters of different seeds call noise: the thesis' one network at
    even odds, our networks at even odds, and our calibrated threshold. 10 seeds.
    """
    from .studies import filters

    filters.main(datasets, seeds or (2 if quick else 10), jobs, data_home, out, quick=quick)


@app.command(cls=Command)
def calibration(
    datasets: AllDatasets = None,
    quick: Quick = False,
    seeds: Seeds = None,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """Damage that resampling does to probabilities on KEEL's imbalanced sets, and its repair.

    Brier score and expected calibration error without new rows, with those of SMOTE and
    VAEOversampler, after a correction to the original class shares, and after calibration on rows
    that inner folds leave out. Five folds, 1 seed. --quick: logistic regression alone.
    """
    from .studies import calibration

    calibration.main(datasets, seeds or 1, jobs, data_home, out, quick=quick)


@app.command(cls=Command)
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
    gains by a multi-VAE that knows which columns hold categories, and by one that does not. 3 seeds
    for the qualities, 20 for the gain. TVAE and CTGAN are left out where ctgan is not installed.
    """
    from .studies import mixed_tables

    seeds = seeds or (2 if quick else 20)
    quality_seeds = quality_seeds or (2 if quick else 3)
    epochs = epochs or (10 if quick else 300)
    mixed_tables.main(datasets, seeds, quality_seeds, epochs, jobs, data_home, out, quick=quick)


@app.command(cls=Command)
def digits(
    quick: Quick = False,
    seeds: Seeds = None,
    jobs: Jobs = None,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """Digits that models of images draw of MNIST: as asked, of every kind, sharp?

    VAE, VAE-GAN, GAN and conditional VAE (beta 4) learn 5,000 images, 1,000 steps of 64. A CNN that
    has learnt the other 55,000 names what they draw: the share that is named as asked (where a
    model takes classes), the share of the rarest digit, and the images' sharpness over that of
    test images (1 is as sharp). 3 seeds.
    """
    from .studies import digits

    digits.main(seeds or (1 if quick else 3), jobs, data_home, out, quick=quick)


@app.command(cls=Command)
def speed(
    repeats: Annotated[int, typer.Option(min=1, help="Measurements, interleaved.")] = 5,
    quick: Quick = False,
    device: Device = "cpu",
    out: Out = Path("results"),
) -> None:
    """Time of a training step against a plain torch loop and pythae, of drawing, and memory.

    Networks for tables, and the thesis' convolutional ones for MNIST (against the plain loop).

    Medians of interleaved measurements with two threads, each beside its goal. pythae is left
    out where it is not installed. On a GPU only steps are measured: all else runs on the CPU.
    """
    from .engine.environment import check_device
    from .speed import run

    check_device(device, here=True)
    run.main(repeats, quick, named_device(device), out)


@app.command(cls=Command)
def large(
    quick: Quick = False,
    rows: Annotated[int, typer.Option(min=1000, help="Rows of the table.")] = 10_000_000,
    out: Out = Path("results"),
) -> None:
    """Time and peak memory for a table in a file: a fit, and as many new rows in chunks.

    20 columns of float64, in files of 1.6 GB each, which are removed in the end.
    """
    from .speed import large

    large.main(20_000 if quick else rows, quick, out)


@app.command(cls=Command)
def gpu(
    device: Device = "cuda",
    quick: Quick = False,
    data_home: DataHome = None,
    out: Out = Path("results"),
) -> None:
    """Everything that a GPU is measured by, in under 8 minutes on a bare machine.

    The tests that need one; the thesis' training for MNIST: 93,000 steps of the single-VAE, 6,000
    of the ten VAEs of the multi-VAE, on generated images if MNIST isn't there; and `speed`'s
    training steps. Each part is printed and written to gpu.csv and gpu.md when it is done.

    Where there is no GPU, `--device cpu --quick` shows that the command runs.
    """
    from .engine.environment import check_device, on_gpu
    from .speed import gpu

    check_device(device, here=True)
    if not quick and not on_gpu(device):
        raise typer.BadParameter(f"--device {device} is no GPU here, and needs --quick")
    raise typer.Exit(min(1, gpu.main(named_device(device), quick, data_home, out)))


def named_device(device: str) -> str:
    """Return "cpu" or the GPU that the name of a device means here."""
    from .engine.environment import on_gpu

    return device.replace("auto", "cuda" if on_gpu(device) else "cpu")


@app.command(cls=Command)
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
    data_home: NewDataHome = None,
    out: Out = Path("results/figures"),
) -> None:
    """The thesis' figures 3.2, 6.1 to 6.6, 6.9 to 6.11 and 6.13, and VAE beside VAE-GAN (8.2).

    MNIST: latent space with d = 2 and its decoded grid (6.1), reconstructions (6.2, 6.5), ways
    between digits (6.3), beta (6.4). thyroid: a latent space per class (6.6). CelebA, or sprites:
    reconstructions (6.9) and sweeps (6.10, 6.11) with beta_norm and 150 times as much. CIFAR-10:
    reconstructions (6.13). MNIST, CelebA and CIFAR-10: samples and reconstructions of a VAE and a
    VAE-GAN (8.2).

    The networks are the thesis' (sprites have MNIST's). Of its 93,000 steps there are 2,000 to
    3,000 a model, in batches of 64 images: 20 to 30 minutes with two cores, and longer for CelebA
    (64 x 64 pixels, 20,000 images). `--quick` takes smaller networks, fewer images and steps: 2
    to 3 minutes.

    The folder's index.html shows the figures of the run with captions and settings, and is
    written after each of them: an interrupted run keeps what is done. A figure whose data are
    missing is left out, and the page says why.
    """
    from .figures import run

    run.main(list(run.FIGURES) if only is None else only, quick, celeba, data_home, out)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
