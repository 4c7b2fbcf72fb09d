"""Experiments, those of the thesis' tables first: each is declared here, and nowhere else.

This file imports nothing that is slow to import, so that the command line can list experiments at
once. Their plans are imported when they run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .arms.families import FAMILIES
from .arms.names import (
    ARMS,
    BASELINE,
    BETA_HALF,
    CLASS_WEIGHTS,
    DUPLICATES,
    IMBALANCED,
    LABEL_SPREADING,
    MULTI_VAE,
    RELABELLED_SMOTE,
    SELF_TRAINING,
    SINGLE_VAE,
    SMALL,
    SMALL_PEERS,
    TRANSFER,
    UNLABELLED,
    UNLABELLED_ARMS,
    with_filters,
)
from .arms.ours import ENLARGE, EVEN, RECOMMENDED, TRIALS, VAE_OVERSAMPLER
from .classifiers.names import ALL_SCORES, N_STEPS, NEIGHBORS, NO_PROTOCOL, TABULAR
from .cli.choices import Choices, Options
from .report import published
from .report.presentation import Presentation
from .thesis.budget import Budget, Budgets
from .thesis.datasets import PROBEN1, keel_names

if TYPE_CHECKING:
    from .engine.sweep import Plan
    from .report.results import Results


@dataclass(frozen=True)
class Experiment:
    """Table that ``python -m benchmarks NAME`` measures.

    Attributes
    ----------
    help : str
        Help of its command.
    choices : Choices
        Values that the command's options may take, and their defaults.
    budgets : Budgets
        Training time of its models.
    plan : callable
        Function of name, options and budget that returns the cells to run.
    presentation : Presentation
        Title, picture and figures of the thesis for its report.
    of_thesis : bool
        Whether the thesis has the table; ``all`` measures those that it has.
    """

    help: str
    choices: Choices
    budgets: Budgets
    plan: Callable[[str, Options, Budget], Plan]
    presentation: Presentation
    of_thesis: bool = True


def plan_imbalanced(table: str, options: Options, budget: Budget) -> Plan:
    """Plan the experiment on KEEL's sets; see `benchmarks.thesis.imbalanced.plan`."""
    from .thesis import imbalanced

    return imbalanced.plan(table, options, budget)


def plan_proben1(table: str, options: Options, budget: Budget) -> Plan:
    """Plan an experiment on PROBEN1; see `benchmarks.thesis.proben1.plan`."""
    from .thesis import proben1

    return proben1.plan(table, options, budget)


def plan_small(table: str, options: Options, budget: Budget, *, unlabelled: bool = False) -> Plan:
    """Plan an experiment on tables with few rows; see `benchmarks.thesis.small.plan`."""
    from .thesis import small

    return small.plan(table, options, budget, unlabelled=unlabelled)


def plan_mnist(
    table: str,
    options: Options,
    budget: Budget,
    *,
    n_new: int | None = None,
    quick_n_new: int | None = None,
    n_real: int | None = None,
) -> Plan:
    """Plan an experiment on MNIST; see `benchmarks.thesis.mnist.plan`."""
    from .thesis import mnist

    drawn = quick_n_new if options.quick else n_new
    return mnist.plan(table, options, budget, n_new=drawn, n_real=n_real)


PROBEN1_BUDGETS = Budgets(
    full=Budget(N_STEPS, multi_vae_steps=600, peer_epochs=300),
    quick=Budget(300, multi_vae_steps=50, peer_epochs=5),
)
PROBEN1_CHOICES = Choices(
    datasets=tuple(PROBEN1),
    arms=(*ARMS, *EVEN, *ENLARGE, *FAMILIES),
    default_arms=(
        *(BASELINE, CLASS_WEIGHTS, "random", "SMOTE", RELABELLED_SMOTE, "ADASYN"),
        *("single-VAE interpolation+noise", *with_filters(MULTI_VAE), RECOMMENDED),
    ),
    classifiers=TABULAR,
    baseline=BASELINE,
    seeds=20,
    quick_seeds=3,
)
MNIST_BUDGETS = Budgets(
    full=Budget(1500, single_vae_steps=2000, multi_vae_steps=300, n_unlabelled=6000),
    quick=Budget(50, single_vae_steps=20, multi_vae_steps=20, n_unlabelled=500),
    full_on_gpu=Budget(1500, single_vae_steps=93_000, multi_vae_steps=6000, n_unlabelled=6000),
)
MNIST_CHOICES = Choices(
    datasets=("MNIST",),
    arms=(*ARMS, UNLABELLED, *FAMILIES),
    default_arms=(BASELINE, "SMOTE", *SINGLE_VAE, BETA_HALF, UNLABELLED),
    classifiers=("CNN",),
    baseline=BASELINE,
    seeds=10,
    quick_seeds=2,
    sizes=(2, 3, 4, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000),
    quick_sizes=(2, 20),
    largest_size=5421,
)
# Other uses of images without labels, which new ones have to beat.
MNIST_CONTROLS = (LABEL_SPREADING, SELF_TRAINING, *TRANSFER)
MNIST_TEST_RATIO = 10_000 / 60_000
IMBALANCED_BUDGETS = Budgets(full=Budget(N_STEPS), quick=Budget(300, single_vae_steps=20))
IMBALANCED_CHOICES = Choices(
    datasets=(),
    arms=(*IMBALANCED, *FAMILIES, *TRIALS),
    default_arms=IMBALANCED,
    classifiers=(*TABULAR, NEIGHBORS),
    baseline=BASELINE,
    seeds=2,
    quick_seeds=1,
    find_datasets=keel_names,
)
SMALL_BUDGETS = Budgets(full=Budget(N_STEPS), quick=Budget(300, single_vae_steps=20, peer_epochs=5))
SMALL_CHOICES = Choices(
    # Largest class at most five times the smallest: of PROBEN1 not glass and thyroid.
    datasets=("wine", "cancer", "digits", "iris", "card", "diabetes", "gene", "horse"),
    arms=(*SMALL, *SMALL_PEERS),
    default_arms=SMALL,
    classifiers=(*TABULAR, NEIGHBORS),
    baseline=BASELINE,
    seeds=5,
    quick_seeds=1,
    sizes=(20, 30, 50, 60, 100, 120, 200, 500),
    quick_sizes=(20, 60),
)
# Classifiers that a page averages over.
OVERALL = tuple((name, NO_PROTOCOL) for name in ("logistic regression", "forest", NEIGHBORS))
SMALL_PRESENTATION = Presentation(
    title="Small tables, cut to n rows in all",
    note="ROC AUC, average precision and Brier score are means over the classes; with two classes, "
    "they and minority recall are those of the class with fewer rows. Real rows count twice in "
    f"*{DUPLICATES}*, and SMOTE draws as many new rows as there are.",
    picture=None,
    scores=ALL_SCORES,
    overall=OVERALL,
    references=(BASELINE, DUPLICATES),
    rows_of="in all",
)

EXPERIMENTS = {
    "proben1": Experiment(
        help=f"""Table 6.2: PROBEN1, full training sets, with as many new rows as real ones.

        Stratified 80/20 splits of six data sets, 20 seeds. Every arm beside every classifier, the
        neural ones under both protocols: a fixed number of steps, and the best step on held-out
        rows. Each row shows the difference to no augmentation, and the thesis' own figure.

        The MLP takes {PROBEN1_BUDGETS.full.classifier_steps:,} steps, and a multi-VAE
        {PROBEN1_BUDGETS.full.multi_vae_steps} of each VAE (the thesis 6,000); single-VAEs
        take as many as their sampler's own model does. `--quick`:
        {PROBEN1_BUDGETS.quick.classifier_steps} and {PROBEN1_BUDGETS.quick.multi_vae_steps} steps,
        3 seeds.

        By default the single-VAE has its default rule, and TVAE and CTGAN are left out.
        """,
        choices=PROBEN1_CHOICES,
        budgets=PROBEN1_BUDGETS,
        plan=plan_proben1,
        presentation=Presentation(
            title="PROBEN1, full training sets (the thesis' table 6.2)",
            picture="ranks",
            published=published.PROBEN1,
        ),
    ),
    "thyroid-fewshot": Experiment(
        help=f"""Table 6.3 and figure 6.7: thyroid with few rows of each class.

        As `proben1`, but trained on n rows of each class only, for n from 5 to 100 (`--quick`: 5
        and 20). Here too the MLP takes {PROBEN1_BUDGETS.full.classifier_steps:,} steps, and a
        multi-VAE {PROBEN1_BUDGETS.full.multi_vae_steps} of each VAE.
        """,
        choices=replace(
            PROBEN1_CHOICES,
            datasets=("thyroid",),
            sizes=(5, 10, 20, 30, 50, 100),
            quick_sizes=(5, 20),
            largest_size=132,
        ),
        budgets=PROBEN1_BUDGETS,
        plan=plan_proben1,
        presentation=Presentation(
            title="thyroid with few rows a class (the thesis' table 6.3 and figure 6.7)",
            picture="score",
            published=published.THYROID,
            test_ratio=0.2 / 0.8,
        ),
    ),
    "mnist-fewshot": Experiment(
        help=f"""Table 6.4: MNIST with few images of each digit, and new ones beside them.

        The thesis' CNN by both protocols, {MNIST_BUDGETS.full.classifier_steps:,} steps, scored on
        the 10,000 test images; 10 seeds, and `--sizes` of 2 to 2,000 images a digit. One
        single-VAE a seed learns all 60,000 images without their labels and serves all sizes and
        arms; it is kept in `models/` of the folder of results.

        Beside new images, `--arms` has what else unlabelled images are good for: label spreading
        and self-training of the CNN, with the same 6,000 as `single-VAE unlabelled`; and, in place
        of the CNN, logistic regression and the nearest class mean on the latent means of the
        single-VAE.

        On a GPU the VAEs take the thesis' 93,000 steps (multi-VAE: 6,000), on CPUs
        {MNIST_BUDGETS.full.single_vae_steps:,} ({MNIST_BUDGETS.full.multi_vae_steps}).
        """,
        choices=replace(
            MNIST_CHOICES,
            arms=(*MNIST_CHOICES.arms, *MNIST_CONTROLS),
        ),
        budgets=MNIST_BUDGETS,
        plan=plan_mnist,
        presentation=Presentation(
            title="MNIST with few rows a class, as many new ones (the thesis' table 6.4)",
            picture="gain",
            published=published.MNIST,
            test_ratio=MNIST_TEST_RATIO,
        ),
    ),
    "mnist-synthetic-only": Experiment(
        help="""Table 6.5 and figure 6.8: MNIST, classifiers that see generated images only.

        How many generated images stand in for the five real ones a digit that they come from? Here
        `--sizes` are of generated images; else as `mnist-fewshot`.
        """,
        choices=replace(MNIST_CHOICES, largest_size=math.inf),
        budgets=MNIST_BUDGETS,
        plan=partial(plan_mnist, n_real=5),
        presentation=Presentation(
            title="MNIST, trained on new rows only (the thesis' table 6.5 and figure 6.8)",
            note="The baseline is trained on the real rows that the new ones come from.",
            picture="score",
            published=published.MNIST_SYNTHETIC_ONLY,
            test_ratio=MNIST_TEST_RATIO,
        ),
    ),
    "mnist-fewshot-2000": Experiment(
        help="""Table 6.6: MNIST with few images of each digit, and 2,000 new ones of each.

        As `mnist-fewshot`, with far more new images than real ones.
        """,
        choices=MNIST_CHOICES,
        budgets=MNIST_BUDGETS,
        plan=partial(plan_mnist, n_new=2000, quick_n_new=20),
        presentation=Presentation(
            title="MNIST with few rows a class and 2,000 new ones (the thesis' table 6.6)",
            picture="gain",
            published=published.MNIST_2000,
            test_ratio=MNIST_TEST_RATIO,
        ),
    ),
    "imbalanced": Experiment(
        help=f"""KEEL's imbalanced sets of two classes; not a table of the thesis.

        All files of `keel/` in the folder of the data, or those that `--datasets` names. Stratified
        five-fold cross-validation, {IMBALANCED_CHOICES.seeds} seeds: `--seeds` repeats it with
        other folds. The samplers of the package have their default settings, and all arms even
        out the classes.

        The MLP takes {IMBALANCED_BUDGETS.full.classifier_steps:,} steps. `--quick`:
        {IMBALANCED_BUDGETS.quick.classifier_steps}, and {IMBALANCED_BUDGETS.quick.single_vae_steps}
        of each VAE, one seed.
        """,
        choices=IMBALANCED_CHOICES,
        budgets=IMBALANCED_BUDGETS,
        plan=plan_imbalanced,
        presentation=Presentation(
            title="KEEL's imbalanced sets, five-fold cross-validation",
            note="A seed is one split here: seed 7 is the third of the five folds of the second "
            "repeat. ROC AUC, average precision, Brier score and minority recall are those of the "
            "class with fewer rows. SMOTE and its kin take fewer than five neighbours where the "
            "class has fewer rows.",
            picture="ranks",
            scores=ALL_SCORES,
            score="f1_macro",
            overall=OVERALL,
            references=("SMOTE", BASELINE, VAE_OVERSAMPLER),
        ),
        of_thesis=False,
    ),
    "small": Experiment(
        help=f"""Balanced or nearly balanced tables with few rows; not a table of the thesis.

        Tables of scikit-learn and PROBEN1, cut to `--sizes` training rows in all, stratified, with
        two rows of each class at least. The other rows are test rows, at most 2,000; a size that
        leaves fewer than 30 is left out. {SMALL_CHOICES.seeds} seeds. The MLP takes
        {SMALL_BUDGETS.full.classifier_steps:,} steps. `--quick`:
        {SMALL_BUDGETS.quick.classifier_steps}, and {SMALL_BUDGETS.quick.single_vae_steps} of each
        VAE.

        By default the peers TVAE, ForestDiffusion and ARF are left out, which need packages of
        their own. `--unlabelled` measures `small-unlabelled` instead.
        """,
        choices=SMALL_CHOICES,
        budgets=SMALL_BUDGETS,
        plan=plan_small,
        presentation=SMALL_PRESENTATION,
        of_thesis=False,
    ),
    "small-unlabelled": Experiment(
        help="""Tables with few rows, and others without labels; not a table of the thesis.

        As `small`, but half of the rows that a cut leaves out serve as unlabelled rows, and the
        other half as test rows. The same as `small --unlabelled`.
        """,
        choices=replace(
            SMALL_CHOICES,
            arms=(*SMALL, *SMALL_PEERS, *UNLABELLED_ARMS),
            default_arms=(BASELINE, RECOMMENDED, *UNLABELLED_ARMS),
        ),
        budgets=SMALL_BUDGETS,
        plan=partial(plan_small, unlabelled=True),
        presentation=replace(
            SMALL_PRESENTATION,
            title="Small tables, cut to n rows in all, with unlabelled rows",
            note="Label spreading labels the unlabelled rows, which the classifier then learns "
            "from; in self-training the classifier labels them itself. " + SMALL_PRESENTATION.note,
            references=(BASELINE,),
        ),
        of_thesis=False,
    ),
}


def presentations() -> dict[str, Presentation]:
    """Presentations of all experiments by name."""
    return {name: experiment.presentation for name, experiment in EXPERIMENTS.items()}


def read_table(path: Path) -> Results:
    """Read the CSV of an experiment, and compare its arms."""
    from .report.results import read_results

    return read_results(path, presentations())
