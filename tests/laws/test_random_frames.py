"""Random tables of all dtypes keep the laws of new rows, or are refused by name.

200 tables by default. For more, and over two processes::

    SKVAE_FRAMES=10000 python -m pytest -n 2 -m frames tests

The summary counts cases, refused ones and violations. A test that fails prints the smallest case of
each kind of violation it met, as code::

    from tests.frame_laws import judge
    from tests.random_frames import Case, Column
    judge(Case(...))
"""

import os
import re

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.frame_laws import judge
from tests.random_frames import Case, Column, cases

N_CASES = int(os.environ.get("SKVAE_FRAMES", 200))
CASES_A_TEST = min(N_CASES, 100)
# At most this share may be refused (a third is), or the generator tests errors rather than rows.
REFUSED = 0.6


@pytest.fixture(scope="module", autouse=True)
def _imported():
    """Import what torch imports at first use, which adds a filter of warnings."""
    judge(Case((Column("float64", "normal"),)))


def kind(fault):
    """A fault without its names and numbers."""
    return re.sub(r"'[^']*'|[-+]?\d[\d.e+-]*", "#", fault)[:80]


def n_options(case):
    """The number of things that a reader of the case has to look at."""
    defaults = Case(())
    changed = [name for name in vars(defaults) if getattr(case, name) != getattr(defaults, name)]
    return 5 * len(case.columns) + len(changed) + len(case.params) + len(case.vae)


def test_a_case_is_judged_again_alike():
    case = Case((Column("float64", "normal"), Column("str", "words")), seed=3)
    assert judge(case) == judge(case)
    assert judge(case)


@pytest.mark.frames
@pytest.mark.parametrize("part", range(-(-N_CASES // CASES_A_TEST)))
def test_random_frames(part, record_property):
    n_cases, n_refused, faults = 0, 0, {}

    @seed(part)
    @settings(
        max_examples=CASES_A_TEST, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(cases())
    def run(case):
        nonlocal n_cases, n_refused
        outcome = judge(case)
        n_cases, n_refused = n_cases + 1, n_refused + bool(outcome.refusal)
        for fault in outcome.faults:
            faults.setdefault(kind(fault), []).append((case, fault))

    run()
    n_violations = sum(map(len, faults.values()))
    record_property("frames", [n_cases, n_refused, n_violations])
    smallest = [min(found, key=lambda pair: n_options(pair[0])) for found in faults.values()]
    assert not faults, "\n".join(f"{fault}\n    judge({case})" for case, fault in smallest)
    assert n_cases == CASES_A_TEST
    assert n_refused < REFUSED * n_cases
