"""The commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ._classifiers import Classifier
from ._errors import one_line_endings
from ._options import (
    Categorical,
    ClassifierName,
    Decimal,
    Delimiter,
    Device,
    Encoding,
    Exclude,
    Force,
    MaxIter,
    MissingMarks,
    MissingValues,
    SamplerName,
    Seed,
    Table,
    Target,
)
from ._reading import Reading
from ._sampler import Missing, Sampler, Wish

_EXIT_CODES = "Exit codes: 0 done, 1 a file can't be used, 2 the command line is wrong."

# Commands import their modules when they run, which keeps --help instant.
app = typer.Typer(
    help="New rows for small and imbalanced tables, from variational autoencoders.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(epilog=_EXIT_CODES)
def augment(
    data: Table,
    target: Target,
    out: Annotated[
        Path, typer.Option(help="The file to write, of the same kind; never replaced unasked.")
    ],
    sampler: SamplerName = Sampler.vae,
    sampling_strategy: Annotated[
        str | None,
        typer.Option(
            help="Which classes grow: auto (all but the largest, up to its rows), minority, all, a "
            "number (the ratio of two classes), or rows in all as 'good=200,bad=150'.",
            show_default="auto",
        ),
    ] = None,
    amount: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="New rows over real ones, small classes first: 1.0 doubles the table.",
        ),
    ] = None,
    only_new: Annotated[
        bool, typer.Option("--only-new", help="Leave out the rows of the table.")
    ] = False,
    categorical: Categorical = None,
    exclude: Exclude = None,
    missing: MissingValues = Missing.error,
    max_iter: MaxIter = None,
    seed: Seed = 0,
    device: Device = "auto",
    force: Force = False,
    na: MissingMarks = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
) -> None:
    """Write a table with new rows behind its own.

    The rows of the table stay as they are, byte for byte in a CSV. New rows are written like them:
    delimiter, quotes, decimals, dates and marks of missing values. Text and numbers with leading
    zeros are categories. The file is written whole or not at all.
    """
    from ._augment import augment

    reading = Reading(
        target, categorical or (), exclude or (), na or (), delimiter, decimal, encoding
    )
    augment(
        data,
        reading,
        Wish(sampler, missing, max_iter, seed, device),
        out,
        strategy=sampling_strategy,
        amount=amount,
        only_new=only_new,
        force=force,
    )


@app.command(epilog=_EXIT_CODES)
def report(
    data: Table,
    target: Target,
    out: Annotated[Path, typer.Option(help="The page to write; never replaced unasked.")],
    sampler: SamplerName = Sampler.vae,
    compare: Annotated[
        bool, typer.Option(help="Compare samplers by cross-validation; takes most of the time.")
    ] = True,
    classifier: ClassifierName = Classifier.logistic,
    categorical: Categorical = None,
    exclude: Exclude = None,
    missing: MissingValues = Missing.error,
    max_iter: MaxIter = None,
    seed: Seed = 0,
    device: Device = "auto",
    force: Force = False,
    na: MissingMarks = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
) -> None:
    """Write a page that tells how good new rows of a table are.

    Three quarters of the rows are learnt, and new rows are compared with the others. The page shows
    measures, columns, associations, the latent space, distances to the closest record, and whether
    new rows help a classifier. It is one file of HTML, which loads nothing.
    """
    from ._report import report

    reading = Reading(
        target, categorical or (), exclude or (), na or (), delimiter, decimal, encoding
    )
    wish = Wish(sampler, missing, max_iter, seed, device)
    report(data, reading, wish, out, classifier=classifier, compare=compare, force=force)


@app.command(epilog=_EXIT_CODES)
def compare(
    data: Table,
    target: Target,
    scoring: Annotated[str, typer.Option(help="A score of scikit-learn.")] = "f1_macro",
    classifier: ClassifierName = Classifier.logistic,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    categorical: Categorical = None,
    exclude: Exclude = None,
    missing: MissingValues = Missing.error,
    max_iter: MaxIter = None,
    seed: Seed = 0,
    device: Device = "auto",
    na: MissingMarks = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    encoding: Encoding = None,
) -> None:
    """Tell whether new rows help a classifier on a table.

    Compares class weights, SMOTE (where no value is missing and no column holds dates) and the
    samplers of skvae with the rows as they are, by cross-validation with new rows in the training
    parts alone. Prints each gain with its 95 % interval and corrected p-value.
    """
    from ._compare import compare

    reading = Reading(
        target, categorical or (), exclude or (), na or (), delimiter, decimal, encoding
    )
    wish = Wish(missing=missing, max_iter=max_iter, seed=seed, device=device)
    compare(data, reading, wish, classifier=classifier, scoring=scoring, jobs=jobs)


def run() -> None:
    """Run the command of the process, and exit; errors take one line."""
    with one_line_endings():
        code = app(prog_name="skvae", standalone_mode=False)
        if code:  # typer has caught Ctrl-C
            raise KeyboardInterrupt
