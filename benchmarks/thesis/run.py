"""Run of an experiment: measure, then report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..cli.choices import Options
from ..engine.environment import check_device, device_name, versions
from ..engine.sweep import Plan, sweep
from ..report.page import report
from ..report.presentation import Presentation


def run(
    table: str, plan: Plan, options: Options, presentations: Mapping[str, Presentation]
) -> None:
    """Measure the cells of a plan into ``<out>/<table>.csv``, and report on it."""
    check_device(options.device, here=options.backend == "loky")
    path = options.out / f"{table}.csv"
    environment = {"device": device_name(options.device), "versions": versions()}
    sweep(
        replace(
            plan,
            settings={**plan.settings, **environment},
            scores=tuple(presentations[table].scores),
        ),
        path,
        jobs=options.jobs,
        backend=options.backend,
        scheduler=options.scheduler,
        resume=options.resume,
        command=options.command,
        label=table,
    )
    report([path], options.out, presentations)
