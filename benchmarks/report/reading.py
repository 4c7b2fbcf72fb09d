"""Explanation of a page's terms, on the page itself."""

from __future__ import annotations

from collections.abc import Iterator

from skvae.model_selection import MIN_PAIRS

from ..arms.names import BASELINE, GC
from ..arms.ours import LC
from ..classifiers.names import BRIER, NO_PROTOCOL
from .results import Results


def how_to_read(results: Results) -> list[str]:
    """Sentences on arms, splits, columns and marks: those that the page has."""
    presentation = results.presentation
    lines = [*on_measurements(results)]
    if presentation.overall:
        lines.append(on_means(results))
    lines += on_columns(results)
    if presentation.published.arms:
        lines.append(
            'The last column is the thesis\' F1 with its gain; "best" is the best of its arms. '
            f"{presentation.published.note}"
        )
    return [line for line in [*lines, presentation.note] if line]


def on_measurements(results: Results) -> Iterator[str]:
    """Explain what a fit is: arm, split, protocol, score."""
    presentation = results.presentation
    yield (
        "An *arm* is what is done to the training rows before a classifier learns from them; "
        f"*{BASELINE}*, the baseline, leaves them alone. skvae's arms add rows of its models, and "
        "all others are *controls*. `benchmarks/README.md` says what each arm does."
    )
    if any(arm.endswith((GC, LC)) for arm in results.arms(results.settings)):
        yield (
            f"*{GC[1:]}* and *{LC[1:]}*: new rows pass the filter of the generative classifier, or "
            "that for label consistency."
        )
    yield (
        "A *split* is one division into training and test rows, by a seed; all arms get the same "
        "ones. Two arms are compared by their differences on the splits that both have."
    )
    if any(protocol != NO_PROTOCOL for _, protocol in results.settings):
        yield (
            "A *protocol* is how long a neural network trains: *fixed*, for a fixed, long number "
            "of steps; *early-stopped*, up to the best step on real rows held out of training."
        )
    score = presentation.scores[presentation.score]
    if presentation.overall:
        yield f"Scores are {score} of unseen rows where nothing else is said."
    else:
        named = presentation.score_name
        yield (
            f"{named} is {'the weighted F1' if named == 'F1' else 'that'} of unseen rows, mean ± "
            "standard deviation over splits."
        )


def on_means(results: Results) -> str:
    """Explain the means over classifiers."""
    n_datasets = len({unit.dataset for unit in results.units})
    sizes = ", then over a data set's numbers of rows" if results.has_sizes else ""
    return (
        f"The first tables average over classifiers and splits{sizes}, and then over the data "
        f"sets. Their differences have 95 % bootstrap intervals over the {n_datasets} data sets: "
        "they are about other data sets like these, and bold where they exclude 0 and there are at "
        f"least {MIN_PAIRS} of these. There, a fit without scores (the sampler cannot "
        f"draw from these rows, or the classifier takes no weights) counts as *{BASELINE}*'s, "
        "which its user would have; everywhere else it is left out."
        + " Of a Brier score, a difference below 0 is an improvement."
        * (BRIER in results.presentation.scores)
    )


def on_columns(results: Results) -> Iterator[str]:
    """Explain gains and the columns that are made of them."""
    falls = " (a Brier score's: what it falls by)" * (BRIER in results.presentation.scores)
    yield (
        f"A *gain* is the mean difference to *{BASELINE}* on the same splits{falls}, with a 95 % "
        "bootstrap interval over splits: it is about new splits of these rows. **Bold**, or "
        f"*beyond chance*: the interval excludes 0, and there are at least {MIN_PAIRS} splits. Of "
        "twenty arms that change nothing, one is bold by chance."
    )
    if not results.gains_to_stronger.empty:
        yield (
            f"*To stronger*: gain over the stronger baseline, the better *{BASELINE}* of the "
            "classifier's two protocols."
        )
    if not results.presentation.overall:
        yield (
            "*p of gain* is by the corrected resampled t-test (Nadeau and Bengio), which allows "
            "for the rows that splits share, with Holm's correction for the number of arms. It "
            "asks about other rows than these and is stricter: a bold gain may have a large p."
        )
    yield (
        f"Summaries are of the mean over {results.kind_of_units}; *w/t/l* counts wins (the gain is "
        "above 0 beyond chance), ties and losses over them, and is n/a where splits are too few "
        "to tell."
    )
    yield (
        "*Rank* is the mean rank by the score, 1 the best, over the splits that more than half of "
        "the arms have. An arm that lacks some of these has no rank. *(3 of 20 splits)* marks an "
        f"arm with fewer splits, *(5 of 6)* one with fewer {results.kind_of_units}."
    )
